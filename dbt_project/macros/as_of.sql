{# One clock: the as-of instant of this run. Nothing here may ask for the time. #}
{% macro as_of() -%}
  {%- if not var('as_of') and execute -%}{{ exceptions.raise_compiler_error("give --vars 'as_of: <ISO instant>', or run `jiandu publish`") }}{%- endif -%}
  timestamp '{{ var("as_of") }}'
{%- endmacro %}

{% macro as_of_date() -%}
  to_date({{ as_of() }})
{%- endmacro %}

{# First day of the month a date falls in. #}
{% macro month_of(day) -%}
  to_date(date_trunc('month', {{ day }}))
{%- endmacro %}

{# Whole months between the month of a date and the month of the as-of: 0 is the running, incomplete month. #}
{% macro month_age(month) -%}
  cast(months_between({{ month_of(as_of_date()) }}, {{ month }}) as int)
{%- endmacro %}

{#
  The records of a silver table as they were known at the as-of: the newest valid version of each key among the rows
  loaded by then and not yet replaced by then; deleted ones left out.
#}
{% macro known(relation) -%}
(
  select * from (
    select *, row_number() over (partition by record_key order by valid_from desc, position desc) as newest
    from {{ relation }}
    where loaded_at <= {{ as_of() }}
      and (superseded_at is null or superseded_at > {{ as_of() }})
      and valid_from <= {{ as_of() }}
  ) versions
  where newest = 1 and outcome <> 'deleted'
)
{%- endmacro %}
