"""Public posts: forums are crawled every ten minutes, reports are taken over when they arrive; both go to the topic where posts are scored."""

from __future__ import annotations

from airflow.sdk import dag, task

from jiandu.orchestration import ALERT, any_report, at, forums, policy, steps


def forum_dag(site: str) -> None:
    """Declare the DAG of one forum. Each post is sent as it is read; nothing is landed, and pages that led to nothing are erased in time."""

    @dag(dag_id=f"posts.{site}", schedule=at("*/10 * * * *"), dag_display_name=f"公开帖文 {site}", **policy("source", __doc__, retries=1))
    def posts() -> None:
        crawl = task(task_id="crawl")(lambda **context: steps.crawl(site, context))
        expire = task(task_id="expire", trigger_rule="all_done")(lambda **context: steps.expire_pages(context))
        crawl() >> expire()

    posts()


@dag(dag_id=steps.REPORTED, schedule=any_report(), dag_display_name="举报信息进入实时预警", **policy("source", __doc__))
def reported() -> None:
    """What hotlines and platforms reported, as their rows stand in silver; what became of it goes into the lake at once."""

    @task
    def send(**context: object) -> None:
        steps.send_reports(context)

    @task(outlets=[ALERT])
    def settle(**context: object) -> None:
        steps.settle_live(context)

    send() >> settle()


for each in forums():
    forum_dag(each)
reported()
