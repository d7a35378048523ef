-- What each finding of each model brought: a management fact about models, not about places or people.
select
  {{ as_of() }} as as_of,
  model,
  max(model_title) as model_title,
  finding,
  max(finding_title) as finding_title,
  line,
  {{ line_title('line') }} as line_title,
  count(distinct clue_id) as clues,
  sum(if(state = 'open', 1, 0)) as opened,
  sum(if(state = 'updated', 1, 0)) as updated,
  sum(if(state = 'withdrawn', 1, 0)) as withdrawn,
  sum(if(state = 'reopened', 1, 0)) as reopened,
  sum(if(is_newest and is_standing, 1, 0)) as standing,
  sum(if(is_newest and state = 'suspended', 1, 0)) as suspended,
  sum(if(is_newest and state = 'early', 1, 0)) as early,
  sum(if(is_newest and is_standing and severity = 'red', 1, 0)) as standing_red,
  cast(median(if(is_newest and is_standing, overdue_days, null)) as double) as median_overdue_days
from {{ ref('stg_clue_change') }}
group by model, finding, line
