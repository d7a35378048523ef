-- The trend table, the maps and the overview must show one and the same number of standing clues as the clue store.
with store as (
  select count(distinct clue_id) as clues
  from {{ ref('stg_clue_change') }} where is_newest and is_standing
),
shown as (
  select 'clue_overview' as mart, count(*) as clues from {{ ref('clue_overview') }} where is_standing
  union all
  select 'clue_by_city_month_model.standing', coalesce(sum(standing), 0) from {{ ref('clue_by_city_month_model') }} where month_age = 0
  union all
  select 'clue_by_city_month_model.occurred', coalesce(sum(occurred), 0) from {{ ref('clue_by_city_month_model') }}
  union all
  select 'division_map ' || level, coalesce(sum(standing), 0) from {{ ref('division_map') }} group by level
  union all
  select 'model_yield', coalesce(sum(standing), 0) from {{ ref('model_yield') }}
)
select shown.mart, shown.clues, store.clues as in_store
from shown cross join store
-- What the province's own organs answer for lies in no city or county.
where if(shown.mart like 'division_map%', shown.clues > store.clues, shown.clues <> store.clues)
