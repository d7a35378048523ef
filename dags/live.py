"""Live: every ten minutes the journal of live clues goes into the lake, and both readers of public posts must be alive and caught up.

The readers themselves are services that never end: the consumer that writes live clues at once, and the behaviour job on Spark. What was found
is carried over first, so that a reader that stands still delays nothing that is there. The marts follow through an Airflow asset event.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import ALERT, at, policy, steps


@dag(schedule=at("*/10 * * * *"), dag_display_name="网络风险值守", **policy("watch", __doc__, retries=1))
def live() -> None:
    """Settle, then look after the readers."""

    @task(outlets=[ALERT])
    def settle(**context: object) -> None:
        steps.settle_live(context)

    @task(trigger_rule="all_done")
    def readers() -> None:
        steps.refuse_unless_loaded(steps.watch_live())

    settle() >> readers()


live()
