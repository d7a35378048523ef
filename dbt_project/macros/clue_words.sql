{# What a code of the clue store is called on a Chinese screen. Unknown codes stay visible as themselves; accepted_values tests refuse them. #}
{% macro severity_title(column) -%}
  case {{ column }} when 'red' then '红色' when 'orange' then '橙色' when 'yellow' then '黄色' when 'blue' then '蓝色' else {{ column }} end
{%- endmacro %}

{% macro severity_rank(column) -%}
  case {{ column }} when 'red' then 1 when 'orange' then 2 when 'yellow' then 3 when 'blue' then 4 end
{%- endmacro %}

{% macro line_title(column) -%}
  case {{ column }}
    when 'criminal' then '刑事检察' when 'civil' then '民事检察' when 'administrative' then '行政检察'
    when 'public_interest' then '公益诉讼检察' when 'juvenile' then '未成年人检察' when 'complaint' then '控告申诉检察' else {{ column }} end
{%- endmacro %}

{% macro state_title(column) -%}
  case {{ column }}
    when 'open' then '新发现' when 'updated' then '有更新' when 'reopened' then '再次出现' when 'suspended' then '数据中断待恢复'
    when 'withdrawn' then '已撤回' when 'early' then '临期提醒' else {{ column }} end
{%- endmacro %}

{# A clue counts as standing while a person should look at it. Suspended: its feed is late, so nobody may be accused on it. #}
{% macro is_standing(column) -%}
  {{ column }} in ('open', 'updated', 'reopened')
{%- endmacro %}
