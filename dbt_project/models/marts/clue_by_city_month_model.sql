-- Trends and levels of clues. Four counts, each in the month of its own date:
--   occurred  standing clues whose event happened in the month      opened     clues opened or reopened in the month
--   withdrawn clues withdrawn in the month                          standing   clues standing at the end of the month (or at the as-of)
with change as (
  select *, concat(substr(county_code, 1, 4), '00') as place from {{ ref('stg_clue_change') }}
),
month as (
  select explode(sequence(coalesce(min({{ month_of('changed_at') }}), {{ month_of(as_of_date()) }}), {{ month_of(as_of_date()) }}, interval 1 month)) as month
  from change
),
fact as (
  select {{ month_of('occurred_on') }} as month, place, model, model_title, line, severity, 1 as occurred, 0 as opened, 0 as withdrawn, 0 as standing
  from change where is_newest and is_standing
  union all
  select {{ month_of('changed_at') }}, place, model, model_title, line, severity,
    0, if(state in ('open', 'reopened'), 1, 0), if(state = 'withdrawn', 1, 0), 0
  from change where state in ('open', 'reopened', 'withdrawn')
  union all
  select month.month, change.place, change.model, change.model_title, change.line, change.severity, 0, 0, 0, 1
  from month join change
    on change.is_standing
    and change.changed_at < add_months(month.month, 1)
    and (change.ended_at is null or change.ended_at >= add_months(month.month, 1))
)
select
  {{ as_of() }} as as_of,
  fact.month,
  {{ month_age('fact.month') }} as month_age,
  fact.place as city_code,
  city.name as city_name,
  fact.model,
  max(fact.model_title) as model_title,
  fact.line,
  {{ line_title('fact.line') }} as line_title,
  fact.severity,
  {{ severity_title('fact.severity') }} as severity_title,
  {{ severity_rank('fact.severity') }} as severity_rank,
  sum(fact.occurred) as occurred,
  sum(fact.opened) as opened,
  sum(fact.withdrawn) as withdrawn,
  sum(fact.standing) as standing
from fact
left join {{ source('reference', 'place') }} city on city.code = fact.place
group by fact.month, fact.place, city.name, fact.model, fact.line, fact.severity
