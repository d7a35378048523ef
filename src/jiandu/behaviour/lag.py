"""How far the job has read and how far the topic goes: the heartbeat, the lag on the chart, and what a scheduler asks."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from jiandu.behaviour.rates import READER, write
from jiandu.errors import ServiceUnavailable
from jiandu.live.post import TOPIC
from jiandu.stream import beat, broker

LAG_ALLOWED = 50_000
"""Messages behind before somebody has to look: a few batches."""
TELL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Status:
    """The job as seen from outside. ``problem`` is empty where nobody has to look; ``lag`` is -1 while it is unknown."""

    state: str
    lag: int
    problem: str
    beat_seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def tell(told: beat.Beat, progress: dict[str, Any] | Any | None) -> None:
    """Write the heartbeat with the offsets of the query's last progress, and the lag now and then for the chart."""
    found = offsets(progress)
    told.next |= found
    beat.write(told)
    now = datetime.now(UTC)
    if now.second % int(TELL_SECONDS) < 2 and found:
        try:
            write(now.replace(second=0, microsecond=0), READER, 0, 0, 0, 0, behind(told.next))
        except ServiceUnavailable as error:
            told.problem = str(error)  # the chart waits, the stream goes on; the heartbeat says so
            beat.write(told)


def offsets(progress: dict[str, Any] | Any | None) -> dict[str, int]:
    """Next offset by partition in a progress of Spark's; empty before the first."""
    if progress is None:
        return {}
    tree = progress if isinstance(progress, dict) else json.loads(progress.json)
    ends = [source.get("endOffset") for source in tree.get("sources", [])]
    end = ends[0] if ends else None
    parsed = json.loads(end) if isinstance(end, str) else end
    return {str(partition): int(offset) for partition, offset in (parsed or {}).get(TOPIC, {}).items()}


def behind(read: dict[str, int]) -> int:
    """Messages of the topic not read yet. Raises ``ServiceUnavailable``."""
    client = broker.consumer(None)
    try:
        ends = client.end_offsets(broker.partitions_of(client, TOPIC))
        starts = client.beginning_offsets(list(ends))
    finally:
        client.close()
    return sum(max(0, end - max(read.get(str(one.partition), 0), starts[one])) for one, end in ends.items())


def status() -> Status:
    """Whether the job lives and has caught up; says what is wrong in words, also where Kafka is away."""
    told = beat.read(READER)
    if told is None:
        return Status("never started", -1, "the behaviour job never ran here: jiandu up", -1.0)
    age = round(time.time() - told.beat_at, 1)
    if told.state == "stopped":
        return Status("stopped", -1, "the behaviour job was stopped: jiandu up --only behaviour", age)
    if not told.alive:
        return Status("dead", -1, f"no heartbeat for {age:.0f} s: jiandu status, jiandu logs behaviour", age)
    try:
        lag = behind(told.next)
    except ServiceUnavailable as error:
        return Status(told.state, -1, str(error), age)
    problem = told.problem or (f"{lag} posts behind" if lag > LAG_ALLOWED else "" if told.state == "reading" else f"it is {told.state}")
    return Status(told.state, lag, problem, age)
