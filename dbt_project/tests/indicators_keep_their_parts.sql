-- A rate's numerator and denominator are the very counts shown beside it, month by month.
with total as (
  select month, procuratorate_code, indicator, numerator, denominator from {{ ref('indicator_month') }}
)
select rate.month, rate.procuratorate_code, rate.indicator
from total rate
left join total refused on refused.month = rate.month and refused.procuratorate_code = rate.procuratorate_code
  and refused.indicator = if(rate.indicator = 'arrest_refusal_rate', 'not_arrested_persons', 'not_prosecuted_persons')
left join total granted on granted.month = rate.month and granted.procuratorate_code = rate.procuratorate_code
  and granted.indicator = if(rate.indicator = 'arrest_refusal_rate', 'arrested_persons', 'prosecuted_persons')
where rate.indicator in ('arrest_refusal_rate', 'non_prosecution_rate')
  and (rate.numerator <> coalesce(refused.numerator, 0) or rate.denominator <> coalesce(refused.numerator, 0) + coalesce(granted.numerator, 0))
