-- Each feed: is it fresh, and did each row of bronze end in exactly one of silver and quarantine?
select
  {{ as_of() }} as as_of,
  contract,
  title,
  owner,
  kind,
  tier,
  deliveries,
  last_delivered_at,
  last_loaded_at,
  freshness_days,
  datediff({{ as_of_date() }}, to_date(last_delivered_at)) as age_days,
  bronze_rows,
  silver_rows,
  silver_current_rows,
  quarantine_rows,
  replayed_rows,
  bronze_rows - silver_rows - quarantine_rows as missing_rows,
  case
    when bronze_rows = 0 then '尚无数据'
    when bronze_rows <> silver_rows + quarantine_rows then '行数不平'
    when datediff({{ as_of_date() }}, to_date(last_delivered_at)) > freshness_days then '超期未更新'
    else '正常'
  end as status
from {{ source('reference', 'feed') }}
