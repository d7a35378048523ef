"""Proof: every night the clues kept up by changes are compared with a full run of every model; a difference fails the run and names the clues.

It also lets clocks run out on nights when no agency delivered. Its clues start the alerts like those of any other pass.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import CLUE, at, policy, steps


@dag(dag_id="collision.proof", schedule=at("30 2 * * *"), dag_display_name="碰撞全量核对", **policy("collision", __doc__, hours=8))
def proof() -> None:
    """Compare."""

    @task(inlets=[CLUE], outlets=[CLUE])
    def compare(**context: object) -> list[str]:
        return steps.prove(context)

    @task
    def differ(problems: list[str]) -> None:
        if problems:
            steps.refuse(problems)

    differ(compare())


proof()
