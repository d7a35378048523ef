-- A clue of a county is also one of its city: the two maps show the same sum, and nothing placed in the province is lost.
select county.total as counties, city.total as cities
from (select sum(standing) as total from {{ ref('county_map') }}) county
cross join (select sum(standing) as total from {{ ref('city_map') }}) city
where county.total > city.total
