{#
  A source at the version this run began with: readers of posts, crawls and collisions go on writing while marts are built,
  and marts of one build must agree with each other.
#}
{% macro source(name, table) -%}
  {%- set relation = builtins.source(name, table) -%}
  {%- set version = var('versions').get(relation.schema ~ '.' ~ relation.identifier) -%}
  {%- do return(relation if version is none else relation ~ ' version as of ' ~ version) -%}
{%- endmacro %}
