-- Indicators of the case data by month and procuratorate, as numerator and denominator, so that any roll-up divides sums.
-- Each fact is counted in the month of its own date (受理日, 审结日, 制发日, 期限届满日, 回复日): period rates, not cohort rates.
with decided as (
  select *,
    if(case_kind = '审查逮捕' and result = '批准逮捕', person_count, 0L) as arrested,
    if(case_kind = '审查逮捕' and result = '不批准逮捕', person_count, 0L) as not_arrested,
    if(case_kind = '审查起诉' and result = '起诉', person_count, 0L) as prosecuted,
    if(case_kind = '审查起诉' and result = '不起诉', person_count, 0L) as not_prosecuted,
    if(case_kind = '审查起诉' and result = '附条件不起诉', person_count, 0L) as conditional
  from {{ ref('stg_case') }}
),
case_fact as (
  select procuratorate_code, indicator, day, numerator, denominator
  from decided
  lateral view stack(15,
    'arrest_accepted_persons',        accepted_date, if(case_kind = '审查逮捕', person_count, 0L), 0L,
    'arrest_accepted_cases',          accepted_date, if(case_kind = '审查逮捕', 1L, 0L), 0L,
    'prosecution_accepted_persons',   accepted_date, if(case_kind = '审查起诉', person_count, 0L), 0L,
    'prosecution_accepted_cases',     accepted_date, if(case_kind = '审查起诉', 1L, 0L), 0L,
    'civil_accepted_cases',           accepted_date, if(case_kind = '民事监督', 1L, 0L), 0L,
    'administrative_accepted_cases',  accepted_date, if(case_kind = '行政监督', 1L, 0L), 0L,
    'public_interest_accepted_cases', accepted_date, if(case_kind = '公益诉讼', 1L, 0L), 0L,
    'arrested_persons',               closed_date, arrested, 0L,
    'not_arrested_persons',           closed_date, not_arrested, 0L,
    'prosecuted_persons',             closed_date, prosecuted, 0L,
    'not_prosecuted_persons',         closed_date, not_prosecuted, 0L,
    'arrest_refusal_rate',            closed_date, not_arrested, arrested + not_arrested,
    'non_prosecution_rate',           closed_date, not_prosecuted, prosecuted + not_prosecuted,
    'conditional_non_prosecution_rate', closed_date, if(is_minor_involved, conditional, 0L),
                                      if(is_minor_involved, prosecuted + not_prosecuted + conditional, 0L),
    'guilty_plea_rate',               closed_date, if(is_guilty_plea, prosecuted + not_prosecuted + conditional, 0L),
                                      prosecuted + not_prosecuted + conditional
  ) as indicator, day, numerator, denominator
),
document_fact as (
  select procuratorate_code, indicator, day, numerator, denominator
  from {{ ref('stg_document') }}
  lateral view stack(7,
    'documents_issued',   sent_date, 1L, 0L,
    'documents_due',      due_date, 1L, 0L,
    'documents_replied',  replied_date, 1L, 0L,
    'documents_adopted',  if(is_adopted, replied_date, null), 1L, 0L,
    'reply_in_time_rate', due_date, if(replied_date <= due_date, 1L, 0L), 1L,
    'adoption_rate',      if(is_adopted, replied_date, null), 1L, 0L,
    'adoption_rate',      sent_date, 0L, 1L
  ) as indicator, day, numerator, denominator
),
fact as (
  select procuratorate_code, indicator, {{ month_of('day') }} as month, sum(numerator) as numerator, sum(denominator) as denominator
  from (select * from case_fact union all select * from document_fact) facts
  where day is not null and numerator + denominator > 0
  group by all
)
select
  {{ as_of() }} as as_of,
  fact.month,
  {{ month_age('fact.month') }} as month_age,
  place.city_code,
  place.city_name,
  fact.procuratorate_code,
  fact.procuratorate_code as county_code,
  place.name as county_name,
  fact.indicator,
  definition.title,
  definition.unit,
  definition.kind,
  fact.numerator,
  fact.denominator
from fact
join {{ source('reference', 'indicator_definition') }} definition on definition.indicator = fact.indicator
left join {{ source('reference', 'place') }} place on place.code = fact.procuratorate_code
