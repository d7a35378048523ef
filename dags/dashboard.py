"""Mart → dashboard: the screens are brought in line with `dashboards/*.yml` when new marts are there (an Airflow asset)."""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import DASHBOARD, MART, policy, steps


@dag(schedule=MART, dag_display_name="大屏", **policy("dashboard", __doc__))
def dashboard() -> None:
    """Apply."""

    @task(outlets=[DASHBOARD])
    def apply(**context: object) -> None:
        steps.apply_dashboards(context)

    apply()


dashboard()
