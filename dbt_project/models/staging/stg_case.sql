-- The procuratorate's own cases as known at the as-of, placed by the procuratorate that handles them.
select
  case_no,
  case_kind,
  result,
  cast(person_count as bigint) as person_count,
  coalesce(is_minor_involved, false) as is_minor_involved,
  coalesce(is_guilty_plea, false) as is_guilty_plea,
  accepted_date,
  if(closed_date <= {{ as_of_date() }}, closed_date, null) as closed_date,
  procuratorate_code,
  concat(substr(procuratorate_code, 1, 4), '00') as city_code
from {{ known(source('silver', 'procuratorate__case')) }} cases
where accepted_date <= {{ as_of_date() }}
