-- Supervision documents sent by the as-of; a reply after the as-of is not known yet, a deadline not yet over is not due.
select
  document_no,
  document_kind,
  line,
  sent_date,
  if(reply_due_date < {{ as_of_date() }}, reply_due_date, null) as due_date,
  if(replied_date <= {{ as_of_date() }}, replied_date, null) as replied_date,
  coalesce(is_adopted, false) and replied_date <= {{ as_of_date() }} as is_adopted,
  procuratorate_code,
  concat(substr(procuratorate_code, 1, 4), '00') as city_code
from {{ known(source('silver', 'procuratorate__document')) }} documents
where sent_date <= {{ as_of_date() }}
