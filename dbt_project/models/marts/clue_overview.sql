-- One row a clue in its newest state, without names: what the screens count.
select
  {{ as_of() }} as as_of,
  change.clue_id,
  upper(substr(change.clue_id, 1, 12)) as clue_no,
  change.model,
  change.model_title,
  change.finding,
  change.finding_title,
  change.line,
  {{ line_title('change.line') }} as line_title,
  change.severity,
  {{ severity_title('change.severity') }} as severity_title,
  {{ severity_rank('change.severity') }} as severity_rank,
  change.state,
  {{ state_title('change.state') }} as state_title,
  change.is_standing,
  change.county_code,
  county.name as county_name,
  city.code as city_code,
  city.name as city_name,
  change.procuratorate_code,
  change.supervised_body_level,
  change.occurred_on,
  {{ month_of('change.occurred_on') }} as occurred_month,
  change.deadline_on,
  change.overdue_days,
  change.confidence,
  change.document_type,
  change.first_seen_at,
  change.changed_at,
  change.tier,
  change.sealed
from {{ ref('stg_clue_change') }} change
left join {{ source('reference', 'ref_division') }} county on county.code = change.county_code
left join {{ source('reference', 'ref_division') }} city on city.code = concat(substr(change.county_code, 1, 4), '00')
where change.is_newest
