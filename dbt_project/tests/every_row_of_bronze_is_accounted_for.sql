-- bronze = silver + open quarantine, feed by feed. A warning, not a stop: the screen that shows the difference must not be hidden by it.
{{ config(severity='warn') }}
select contract, bronze_rows, silver_rows, quarantine_rows, missing_rows
from {{ ref('feed_health') }}
where missing_rows <> 0
