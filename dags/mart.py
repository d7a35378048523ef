"""Alert → mart: dbt builds the marts on the lake and publishes them for the screens, whenever clues were published (an Airflow asset)."""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import ALERT, MART, policy, steps


@dag(schedule=ALERT, dag_display_name="数据集市", **policy("mart", __doc__, hours=2))
def mart() -> None:
    """Build and publish."""

    @task(outlets=[MART])
    def build(**context: object) -> None:
        steps.build_mart(context)

    build()


mart()
