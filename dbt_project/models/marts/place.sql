-- Divisions in force at the as-of, by name: what the live views join.
select place.code, place.name, place.level, city.code as city_code, city.name as city_name
from {{ source('reference', 'ref_division') }} place
left join {{ source('reference', 'ref_division') }} city on city.code = place.city_code
