"""Kafka: one native KRaft broker from Maven's jars, no container, a bounded heap."""

from __future__ import annotations

import base64
import subprocess
import uuid
from pathlib import Path

from jiandu.errors import ServiceUnavailable
from jiandu.services import places
from jiandu.services.service import Program, Service
from jiandu.settings import Settings

LOGGING = ("-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS")
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=1
auto.create.topics.enable=true
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


def folder(config: Settings) -> Path:
    """Configuration and data of the broker."""
    return places.home(config) / "kafka"


def java(heap: str, *arguments: str, level: str = "warn") -> list[str]:
    """A Java command on Kafka's class path with a bounded heap."""
    return [places.java(), f"-Xmx{heap}", "-Xms64m", "-XX:+UseSerialGC", *LOGGING, f"-Dorg.slf4j.simpleLogger.defaultLogLevel={level}",
            "-cp", f"{places.jars('kafka')}/*", *arguments]


def prepare(config: Settings) -> None:
    """Write the properties (ports may have moved) and format the storage once."""
    data = folder(config) / "data"
    places.made(folder(config))
    properties = folder(config) / "server.properties"
    properties.write_text(PROPERTIES.format(broker=config.port("kafka"), controller=config.port("kafka_controller"), data=data))
    if (data / "meta.properties").exists():
        return
    done = subprocess.run(
        java("256m", "kafka.tools.StorageTool", "format", "--cluster-id", _cluster_id(), "--config", str(properties)),
        check=False, capture_output=True, text=True,
    )
    if done.returncode:
        raise ServiceUnavailable.at(str(data), f"Kafka could not format its storage: {(done.stderr or done.stdout).strip()}", "see the message; jiandu doctor")


def programs(config: Settings) -> list[Program]:
    """The broker, which is its own controller."""
    return [Program("kafka", java("512m", "kafka.Kafka", str(folder(config) / "server.properties")), folder=folder(config), stop_seconds=20)]


def check(config: Settings) -> str:
    """Empty when the broker describes its cluster."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    from jiandu.services.reachable import answers

    if not answers(config.port("kafka")):
        return "nothing listens yet"
    try:
        client = KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{config.port('kafka')}", request_timeout_ms=4000, bootstrap_timeout_ms=4000)
        try:
            return "" if client.describe_cluster()["brokers"] else "no broker registered yet"
        finally:
            client.close()
    except KafkaError as error:
        return f"{type(error).__name__}: {error}"


def _cluster_id() -> str:
    """22 characters of URL-safe base64, not starting with a dash, which the tool would take for an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:22]).startswith("-"):
        continue
    return text


SERVICE = Service(
    "kafka", "Kafka", programs, check, prepare, ports=("kafka", "kafka_controller"), address="127.0.0.1:{kafka}", patience=240,
    elsewhere=lambda config: config.kafka_bootstrap,
)
