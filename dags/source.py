"""Source → bronze → silver: one Airflow DAG per contract in `sources/` (per site where several are crawled for one), on the contract's own schedule."""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import at, policy, scheduled_sources, silver, steps
from jiandu.schedule import Source


def source_dag(source: Source, dag_id: str, site: str) -> None:
    """Declare the DAG of one contract or site. It fails alone, and its good deliveries flow on even when the newest one is held."""

    title = source.title if len(source.dag_ids) == 1 else f"{source.title} {site}"

    @dag(dag_id=dag_id, schedule=at(source.schedule), dag_display_name=title, **policy("source", source.doc, owner=source.owner))
    def load() -> None:
        @task
        def crawl(**context: object) -> None:
            steps.crawl(site, context)

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
    for name, read in each.dag_ids.items():
        source_dag(each, name, read)
