-- Cities and counties with their outline and their standing clues; one without clues is on the map with zero.
select
  {{ as_of() }} as as_of,
  place.level,
  place.code,
  place.name,
  place.city_code,
  place.city_name,
  if(place.level = 'county', place.code, null) as county_code,
  place.polygon,
  count(clue.clue_id) as standing,
  count_if(clue.severity = 'red') as standing_red,
  count_if(clue.severity = 'orange') as standing_orange
from {{ source('reference', 'place') }} place
left join {{ ref('clue_overview') }} clue
  on clue.is_standing and if(place.level = 'county', clue.county_code, clue.city_code) = place.code
where place.level in ('city', 'county')
group by all
