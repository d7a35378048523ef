"""Silver → collision: any changed data set starts one pass of the affected models, after the registers were matched.

Airflow coalesces the events that arrive while a pass runs into one further pass; a pass over unchanged inputs is skipped.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import CLUE, any_silver, policy, steps


@dag(schedule=any_silver(), dag_display_name="碰撞", **policy("collision", __doc__, hours=4))
def collision() -> None:
    """Collide."""

    @task(inlets=[CLUE], outlets=[CLUE])
    def collide(**context: object) -> None:
        steps.collide(context)

    collide()


collision()
