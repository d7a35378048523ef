-- Which model can run in which county with the feeds there are. A fact about data, not about places: shown by model, or in the order of codes.
select
  {{ as_of() }} as as_of,
  readiness.model,
  readiness.model_title,
  readiness.county_code,
  place.name as county_name,
  place.city_code,
  place.city_name,
  readiness.status,
  case readiness.status
    when 'ready' then '可运行' when 'partial' then '部分可运行' when 'suspended' then '数据中断' when 'blocked' then '缺少数据'
  end as status_title,
  readiness.findings,
  readiness.findings_ready,
  readiness.missing,
  readiness.reason
from {{ source('reference', 'model_county') }} readiness
left join {{ source('reference', 'place') }} place on place.code = readiness.county_code
