"""Clue → alert: changed clues reach the desk with an outbox row each, then every waiting alert is delivered once.

A receiver that is down delays its own alerts only: the marts follow the published clues, not the deliveries. An Airflow retry sends what is left.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import ALERT, CLUE, policy, steps


@dag(schedule=CLUE, dag_display_name="线索与预警", **policy("alert", __doc__, retries=5))
def alert() -> None:
    """Publish, then deliver; the pages that clues rest on are pictured meanwhile."""

    @task(outlets=[ALERT])
    def publish(**context: object) -> None:
        steps.publish(context)

    @task
    def deliver(**context: object) -> None:
        steps.deliver(context)

    @task
    def picture() -> None:
        steps.picture_pages()

    publish() >> [deliver(), picture()]


alert()
