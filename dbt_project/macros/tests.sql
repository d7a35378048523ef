{#
  What a table promises, in one pass over it (each statement has a fixed price on Spark): no two rows share the key,
  the required columns are never empty, the listed columns take the listed values only. A failing row says which.
#}
{% test sound(model, key, required=[], values={}) %}
select {{ key | join(', ') }}, problem
from (
  select *,
    concat_ws('; ',
      if(count(*) over (partition by {{ key | join(', ') }}) > 1, 'key stands twice', null)
      {%- for column in key + required %},
      if({{ column }} is null, '{{ column }} is empty', null)
      {%- endfor %}
      {%- for column, allowed in values.items() %},
      if({{ column }} not in ('{{ allowed | join("', '") }}'), concat('{{ column }} is ', {{ column }}), null)
      {%- endfor %}
    ) as problem
  from {{ model }}
) checked
where problem <> ''
{% endtest %}
