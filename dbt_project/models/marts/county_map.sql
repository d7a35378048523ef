-- Counties with their outline and their standing clues; a county without clues is on the map with zero.
select
  {{ as_of() }} as as_of,
  county.code as county_code,
  county.name as county_name,
  city.code as city_code,
  city.name as city_name,
  county.polygon,
  county.longitude,
  county.latitude,
  count(clue.clue_id) as standing,
  count_if(clue.severity = 'red') as standing_red,
  count_if(clue.severity = 'orange') as standing_orange
from {{ source('reference', 'ref_division') }} county
join {{ source('reference', 'ref_division') }} city on city.code = county.city_code
left join {{ ref('clue_overview') }} clue on clue.county_code = county.code and clue.is_standing
where county.level = 'county'
group by all
