"""Source → bronze → silver: one Airflow DAG per contract in `sources/`, on the contract's own schedule; backfill by date with the Airflow CLI."""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import at, dag_id, policy, scheduled_sources, silver, steps
from jiandu.schedule import Source


def source_dag(source: Source) -> None:
    """Declare the DAG of one contract. It fails alone, and its good deliveries flow on even when the newest one is held."""

    @dag(dag_id=dag_id(source.contract), schedule=at(source.schedule), dag_display_name=source.title, **policy("source", source.doc, owner=source.owner))
    def load() -> None:
        @task
        def crawl(**context: object) -> None:
            steps.crawl(source.contract, context)

        @task.short_circuit(outlets=[silver(source.contract)])
        def ingest(**context: object) -> list[str]:
            return steps.ingest(source.contract, context)

        @task
        def held(reasons: list[str]) -> None:
            steps.refuse(reasons)

        loaded = ingest()
        held(loaded)
        if source.kind == "crawl":
            crawl() >> loaded

    load()


for each in scheduled_sources():
    source_dag(each)
