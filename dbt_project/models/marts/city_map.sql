-- Cities with their outline and their standing clues; a city without clues is on the map with zero.
select
  {{ as_of() }} as as_of,
  city.code as city_code,
  city.name as city_name,
  city.polygon,
  city.longitude,
  city.latitude,
  count(clue.clue_id) as standing,
  count_if(clue.severity = 'red') as standing_red,
  count_if(clue.severity = 'orange') as standing_orange
from {{ source('reference', 'ref_division') }} city
left join {{ ref('clue_overview') }} clue on clue.city_code = city.code and clue.is_standing
where city.level = 'city'
group by all
