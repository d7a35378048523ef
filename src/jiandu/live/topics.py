"""The topics of public posts: made with the retention that data minimisation asks for, and emptied by the one clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jiandu.behaviour import TOPIC as SIGNALS
from jiandu.live.post import DEAD, TOPIC
from jiandu.stream import broker

if TYPE_CHECKING:
    from kafka import KafkaConsumer, TopicPartition

KEEP = timedelta(hours=72)
"""Nothing without a finding is kept longer (网络数据安全管理条例 24: what is not needed is deleted)."""

SEGMENT = timedelta(hours=1)
RETENTION = {
    "cleanup.policy": "delete", "retention.ms": str((KEEP - SEGMENT) // timedelta(milliseconds=1)), "segment.ms": str(SEGMENT // timedelta(milliseconds=1)),
}
"""The broker drops whole segments, and the one being written never: a segment an hour, and an hour less of retention."""

ALL = (TOPIC, SIGNALS, DEAD, f"{SIGNALS}.dead")


def ensure() -> None:
    """Have every topic with its retention, also where a producer made it first. Raises ``ServiceUnavailable``."""
    from kafka.admin import ConfigResource, ConfigResourceType

    client = broker.admin()
    try:
        for topic in ALL:
            broker.ensure_topic(client, topic, RETENTION)
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, RETENTION) for topic in ALL], incremental=True)
    finally:
        client.close()


def consumer() -> KafkaConsumer:
    """A consumer that assigns itself: the store says where to go on, no group does. A waiting fetch is answered by the first post."""
    from kafka import KafkaConsumer

    return broker.made(
        KafkaConsumer, group_id=None, enable_auto_commit=False, auto_offset_reset="none", max_poll_records=2000, fetch_max_wait_ms=500, fetch_min_bytes=1,
        isolation_level="read_committed", metadata_max_age_ms=2000,
    )


def partitions(client: KafkaConsumer, topic: str) -> list[TopicPartition]:
    """The partitions a topic has by now."""
    from kafka import TopicPartition

    return [TopicPartition(topic, number) for number in sorted(client.partitions_for_topic(topic) or ())]


def expire(as_of: datetime) -> dict[str, int]:
    """Delete what lies in the topics for more than 72 hours before ``as_of``; the number of messages by topic.

    The broker's own retention does the same by the wall clock; this does it by the one clock, and for segments that are still written.
    Raises ``ServiceUnavailable``.
    """
    client, reader = broker.admin(), broker.consumer(None)
    limit = int((as_of - KEEP).timestamp() * 1000)
    gone: dict[str, int] = {}
    try:
        for topic in sorted(set(ALL) & set(client.list_topics())):
            known = broker.partitions_of(reader, topic)
            first, end = reader.beginning_offsets(known), reader.end_offsets(known)
            kept = reader.offsets_for_times(dict.fromkeys(known, limit))
            until = {partition: found.offset if (found := kept.get(partition)) else end[partition] for partition in known}
            old = {partition: offset for partition, offset in until.items() if offset > first[partition]}
            if old:
                client.delete_records(old)
            gone[topic] = sum(offset - first[partition] for partition, offset in old.items())
    finally:
        client.close()
        reader.close()
    return gone
