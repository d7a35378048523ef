"""Source: licences that crawled pages show are read from their pictures, apart from the crawl; what was read is loaded like any delivery."""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import policy, silver, steps

SHOPS, READINGS = "platform__takeaway_shop", "platform__licence_reading"


@dag(dag_id=steps.READING, schedule=silver(SHOPS), dag_display_name="证照图片识别", **policy("source", __doc__, hours=12))
def reading() -> None:
    """Pictures first, then their rows."""

    @task
    def read(**context: object) -> None:
        steps.read_pictures(context)

    @task(outlets=[silver(READINGS)])
    def ingest(**context: object) -> None:
        steps.refuse_unless_loaded(steps.ingest(READINGS, context))

    read() >> ingest()


reading()
