"""The Structured Streaming job over ``jiandu.posts``: Kafka → score on the executors → one Python process beside the driver a batch at a time.

``foreachBatch`` over a set kept in that process, not ``transformWithState``: the findings in the lake are the state, so nothing else has to be
restart-safe, a lost checkpoint loses nothing, and the same functions run in a test without Spark. What the lake holds is appended once
whatever Spark repeats. Back-pressure: a batch takes at most ``MOST_A_BATCH`` messages, the rest waits on the topic.
"""

from __future__ import annotations

import functools
import logging
import re
import threading
from typing import TYPE_CHECKING, Any

from jiandu import content, lake, spark
from jiandu.behaviour import lag
from jiandu.behaviour.batches import Batches
from jiandu.behaviour.scoring import DDL, score_batches
from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.keywords import Fresh
from jiandu.live import last_good
from jiandu.live.post import TOPIC
from jiandu.services import environment
from jiandu.settings import settings
from jiandu.stream import beat, broker

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger(__name__)
NAME = "behaviour"
MOST_A_BATCH = 20_000
EVERY = "1 second"
BEAT_SECONDS = 2.0
PATIENCE_SECONDS = 3.0
ERROR = re.compile(r"(?!org[.]|java[.]|Caused by)[A-Za-z_][\w.]*(Error|Exception|Unavailable|Refused|Gap)\b.*: ")
"""The last line of a Python traceback in Spark's message."""


def source() -> DataFrame:
    """The topic as an endless table of ``partition, offset, sent_ms, value``, new partitions included."""
    messages = (
        spark.session().readStream.format("kafka").option("kafka.bootstrap.servers", ",".join(broker.bootstrap())).option("subscribe", TOPIC)
        .option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", MOST_A_BATCH)
        # What the topic no longer holds was kept or has expired; a job that stands still would miss what comes.
        .option("failOnDataLoss", "false").load()
    )
    return messages.selectExpr("partition", "offset", "unix_millis(timestamp) AS sent_ms", "value")


def start(as_of: str | None = None) -> Any:
    """Start the query, or take over one that a killed client left running. Raises ``ServiceUnavailable``, and ``ContentError`` when the lexicons
    are broken and there never was a good version."""
    ensure_topic()
    folders = tuple(str(folder) for folder in content.folders("lexicons"))
    kept = source().mapInArrow(functools.partial(score_batches, folders=folders, good=Fresh(kept=last_good.lexicons).scorer.lexicons.dumped()), DDL)
    variables = environment.variables(settings()) | {"JIANDU_LAKE_URI": settings().lake_root}
    writer = kept.writeStream.queryName(NAME).option("checkpointLocation", checkpoint()).trigger(processingTime=EVERY)
    return writer.foreachBatch(Batches(variables, as_of)).start()


def checkpoint() -> str:
    """Where Spark keeps how far it has read: beside the lake's layers, so that a cluster finds it."""
    return f"{lake.as_uri(settings().lake_root)}/_checkpoints/{NAME}"


def ensure_topic() -> None:
    """Make the topics of posts and signals unless they exist. Raises ``ServiceUnavailable``."""
    from jiandu.behaviour.signal import TOPIC as SIGNALS

    client = broker.admin()
    try:
        for topic in (TOPIC, SIGNALS):
            broker.ensure_topic(client, topic, {})
    finally:
        client.close()


def run(as_of: str | None, stop: threading.Event) -> None:
    """Keep the query running until told to stop: whatever is down, wait and start again; the heartbeat says what it waits for."""
    told = beat.Beat(NAME, "starting")
    while not stop.is_set():
        try:
            follow(start(as_of), told, stop)
        except (JianduError, OSError) as error:
            waiting(told, stop, str(error))
        except Exception as error:  # Spark's own errors have no common root over Connect
            if not type(error).__module__.startswith(("pyspark", "grpc")):
                raise
            waiting(told, stop, f"Spark: {str(error).splitlines()[0]}")
    told.state = "stopped"
    beat.write(told)


def follow(query: Any, told: beat.Beat, stop: threading.Event) -> None:
    """Beat while the query runs; stop it when told to. Raises what ended it."""
    while not stop.wait(BEAT_SECONDS):
        if not query.isActive:
            raise ServiceUnavailable.at(NAME, f"the query ended: {reason(query)}", "see the log of spark")
        told.state, told.problem = "reading", ""
        lag.tell(told, query.lastProgress)
    query.stop()


def reason(query: Any) -> str:
    """What ended a query: the Python error inside it where there is one, for Spark's own first line only says that there was."""
    lines = [line.strip() for line in str(query.exception() or "no error given").splitlines() if line.strip()]
    return next((line for line in reversed(lines) if ERROR.match(line)), lines[0])[:400]


def waiting(told: beat.Beat, stop: threading.Event, problem: str) -> None:
    """Say why nothing is read, and wait a little."""
    log.warning("%s; trying again in %.0f s", problem, PATIENCE_SECONDS)
    told.state, told.problem = "waiting", problem
    beat.write(told)
    spark.session.cache_clear()  # a server that was restarted knows no old session
    stop.wait(PATIENCE_SECONDS)

