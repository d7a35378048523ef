"""The broker: clients with the settings this product needs, and reading a topic up to its present end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jiandu.errors import ServiceUnavailable
from jiandu.settings import settings
from jiandu.stream.change import Message

if TYPE_CHECKING:
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

GROUP = "jiandu.stream"
PATIENCE_POLLS = 30


def bootstrap() -> list[str]:
    """Addresses of the brokers."""
    return [part.strip() for part in (settings().kafka_bootstrap or f"127.0.0.1:{settings().port('kafka')}").split(",")]


def consumer(group: str | None = GROUP) -> KafkaConsumer:
    """A consumer that assigns itself and commits by hand: the lake says where to go on, the group only what was skipped since."""
    from kafka import KafkaConsumer

    return made(KafkaConsumer, group_id=group, enable_auto_commit=False, auto_offset_reset="none", max_poll_records=5000,
                fetch_max_wait_ms=100, isolation_level="read_committed")


def producer() -> KafkaProducer:
    """A producer whose acknowledged messages are on every replica, once."""
    from kafka import KafkaProducer

    return made(KafkaProducer, acks="all", enable_idempotence=True)


def admin() -> KafkaAdminClient:
    """A client for topics."""
    from kafka import KafkaAdminClient

    return made(KafkaAdminClient)


def made(client: Any, **options: Any) -> Any:
    """A client of the brokers. Raises ``ServiceUnavailable`` when none answers."""
    from kafka.errors import KafkaError

    try:
        # Its own patience grows to half a minute, long after a restarted broker is back.
        return client(bootstrap_servers=bootstrap(), bootstrap_timeout_ms=10_000, reconnect_backoff_max_ms=2000, **options)
    except KafkaError as error:
        raise ServiceUnavailable.at(",".join(bootstrap()), f"Kafka does not answer: {error}", "jiandu status, jiandu up") from error


def ensure_topic(client: KafkaAdminClient, topic: str, configs: dict[str, str], partitions: int = 1) -> None:
    """Make a topic unless it exists."""
    from kafka.errors import TopicAlreadyExistsError

    if topic in client.list_topics():
        return
    try:
        client.create_topics({topic: {"num_partitions": partitions, "replication_factor": -1, "configs": configs}}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return  # another process was faster: the topic is there


def partitions_of(client: KafkaConsumer, topic: str) -> list[TopicPartition]:
    """The partitions of a topic; empty while it does not exist."""
    from kafka import TopicPartition

    return [TopicPartition(topic, number) for number in sorted(client.partitions_for_topic(topic) or ())]


def all_messages(client: KafkaConsumer, topic: str) -> Iterator[Message]:
    """Every message a topic holds at this moment, partition by partition in order of offset."""
    for partition in partitions_of(client, topic):
        first, end = client.beginning_offsets([partition])[partition], client.end_offsets([partition])[partition]
        yield from messages_between(client, partition, first, end)


def messages_between(client: KafkaConsumer, partition: TopicPartition, first: int, end: int) -> Iterator[Message]:
    """Messages of a partition with first ≤ offset < end. Compaction and aborted transactions leave gaps, which are no messages."""
    client.assign([partition])
    client.seek(partition, first)
    silent = 0
    while client.position(partition) < end:
        records = client.poll(timeout_ms=1000).get(partition, [])
        silent = 0 if records else silent + 1
        if silent > PATIENCE_POLLS:  # the client itself waits for a broker for ever
            raise ServiceUnavailable.at(",".join(bootstrap()), f"Kafka stopped answering at {partition.topic}:{partition.partition}", "jiandu status")
        for record in records:
            if record.offset >= end:
                return
            yield message_of(record)


def message_of(record: Any) -> Message:
    """A client's record as a message."""
    return Message(record.topic, record.partition, record.offset, record.value, record.key, record.timestamp or 0)
