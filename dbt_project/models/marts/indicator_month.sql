-- Indicators of the case data by month and procuratorate, as numerator and denominator, so that any roll-up divides sums.
-- Each fact is counted in the month of its own date (受理日, 审结日, 制发日, 期限届满日, 回复日): period rates, not cohort rates.
with accepted as (
  select {{ month_of('accepted_date') }} as month, procuratorate_code, indicator, numerator, cast(null as bigint) as denominator
  from {{ ref('stg_case') }}
  lateral view stack(7,
    'arrest_accepted_persons',        if(case_kind = '审查逮捕', person_count, 0L),
    'arrest_accepted_cases',          if(case_kind = '审查逮捕', 1L, 0L),
    'prosecution_accepted_persons',   if(case_kind = '审查起诉', person_count, 0L),
    'prosecution_accepted_cases',     if(case_kind = '审查起诉', 1L, 0L),
    'civil_accepted_cases',           if(case_kind = '民事监督', 1L, 0L),
    'administrative_accepted_cases',  if(case_kind = '行政监督', 1L, 0L),
    'public_interest_accepted_cases', if(case_kind = '公益诉讼', 1L, 0L)
  ) as indicator, numerator
),
closed as (
  select {{ month_of('closed_date') }} as month, procuratorate_code, indicator, numerator, denominator
  from (
    select *,
      if(case_kind = '审查逮捕' and result = '批准逮捕', person_count, 0L) as arrested,
      if(case_kind = '审查逮捕' and result = '不批准逮捕', person_count, 0L) as not_arrested,
      if(case_kind = '审查起诉' and result = '起诉', person_count, 0L) as prosecuted,
      if(case_kind = '审查起诉' and result = '不起诉', person_count, 0L) as not_prosecuted,
      if(case_kind = '审查起诉' and result = '附条件不起诉', person_count, 0L) as conditional
    from {{ ref('stg_case') }}
    where closed_date is not null
  ) decided
  lateral view stack(8,
    'arrested_persons',       arrested,       cast(null as bigint),
    'not_arrested_persons',   not_arrested,   cast(null as bigint),
    'prosecuted_persons',     prosecuted,     cast(null as bigint),
    'not_prosecuted_persons', not_prosecuted, cast(null as bigint),
    'arrest_refusal_rate',    not_arrested,   arrested + not_arrested,
    'non_prosecution_rate',   not_prosecuted, prosecuted + not_prosecuted,
    'conditional_non_prosecution_rate', if(is_minor_involved, conditional, 0L), if(is_minor_involved, prosecuted + not_prosecuted + conditional, 0L),
    'guilty_plea_rate',       if(is_guilty_plea, prosecuted + not_prosecuted + conditional, 0L), prosecuted + not_prosecuted + conditional
  ) as indicator, numerator, denominator
),
document as (
  select {{ month_of('day') }} as month, procuratorate_code, indicator, numerator, denominator
  from {{ ref('stg_document') }}
  lateral view stack(7,
    'documents_issued',   sent_date,      1L, cast(null as bigint),
    'documents_due',      if(reply_due_date < {{ as_of_date() }}, reply_due_date, null), 1L, cast(null as bigint),
    'documents_replied',  replied_date,   1L, cast(null as bigint),
    'documents_adopted',  if(is_adopted, replied_date, null), 1L, cast(null as bigint),
    'reply_in_time_rate', if(reply_due_date < {{ as_of_date() }}, reply_due_date, null), if(replied_date <= reply_due_date, 1L, 0L), 1L,
    'adoption_rate',      if(is_adopted, replied_date, null), 1L, 0L,
    'adoption_rate',      sent_date,      0L, 1L
  ) as indicator, day, numerator, denominator
  where day is not null
),
fact as (
  select * from accepted union all select * from closed union all select * from document
)
select
  {{ as_of() }} as as_of,
  fact.month,
  {{ month_age('fact.month') }} as month_age,
  city.code as city_code,
  city.name as city_name,
  fact.procuratorate_code,
  fact.procuratorate_code as county_code,
  place.name as county_name,
  fact.indicator,
  definition.title,
  definition.unit,
  definition.kind,
  sum(fact.numerator) as numerator,
  sum(fact.denominator) as denominator
from fact
join {{ ref('indicator_definition') }} definition on definition.indicator = fact.indicator
left join {{ source('reference', 'ref_division') }} place on place.code = fact.procuratorate_code
left join {{ source('reference', 'ref_division') }} city on city.code = place.city_code
group by all
having sum(fact.numerator) > 0 or sum(fact.denominator) > 0
