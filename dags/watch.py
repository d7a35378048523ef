"""Watch: every five minutes, are the change streams alive and caught up? Data they loaded is announced to the flow as an Airflow asset event."""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import STREAMS, at, policy, silver, steps, stream_contracts


@dag(schedule=at("*/5 * * * *"), dag_display_name="数据流值守", **policy("watch", __doc__, retries=1))
def watch() -> None:
    """Look after the streams."""

    @task.short_circuit(inlets=[silver(contract) for contract in stream_contracts()], outlets=[STREAMS])
    def streams(**context: object) -> list[str]:
        return steps.watch_streams(context)

    @task
    def behind(problems: list[str]) -> None:
        steps.refuse(problems)

    behind(streams())


watch()
