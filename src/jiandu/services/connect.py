"""Kafka Connect with the Debezium PostgreSQL connector: an agency database is followed change by change.

Connectors are registered by REST (``secrets.read()["connect_url"]``). A standalone worker forgets them when it dies, so
whoever registers one also keeps it as ``<home>/connect/connectors/<name>.json`` (``{"name": …, "config": {…}}``): every
file there is started with the worker.
"""

from __future__ import annotations

import json
from pathlib import Path

from jiandu.services import places
from jiandu.services.kafka import java
from jiandu.services.reachable import page
from jiandu.services.service import Program, Service
from jiandu.settings import Settings

WORKER = """\
bootstrap.servers={bootstrap}
listeners=http://127.0.0.1:{rest}
rest.advertised.host.name=127.0.0.1
plugin.path={plugins}
plugin.discovery=service_load
offset.storage.file.filename={offsets}
offset.flush.interval.ms=5000
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
key.converter.schemas.enable=false
value.converter.schemas.enable=false
# An explicit NULL must not arrive as the column's default.
key.converter.replace.null.with.default=false
value.converter.replace.null.with.default=false
producer.acks=all
producer.enable.idempotence=true
"""
START = 'cd "$1" && shift && exec "$@" $(find connectors -name "*.json" | sort)'


def folder(config: Settings) -> Path:
    """Configuration and offsets of the worker; a lost offset file means a new snapshot."""
    return places.home(config) / "connect"


def connectors(config: Settings) -> Path:
    """Where connectors are kept over a restart of the worker."""
    return folder(config) / "connectors"


def prepare(config: Settings) -> None:
    """Write the worker's properties; nothing of a connector is touched."""
    places.made(connectors(config), 0o700)
    bootstrap = config.kafka_bootstrap or f"127.0.0.1:{config.port('kafka')}"
    (folder(config) / "worker.properties").write_text(WORKER.format(
        bootstrap=bootstrap, rest=config.port("connect"), plugins=places.jars("connect-plugins"), offsets=folder(config) / "offsets",
    ))


def programs(config: Settings) -> list[Program]:
    """The worker; the shell only lists the connectors' files and becomes Java."""
    worker = java("512m", "org.apache.kafka.connect.cli.ConnectStandalone", str(folder(config) / "worker.properties"), level="info")
    return [Program("connect", ["/bin/sh", "-c", START, "connect", str(folder(config)), *worker], folder=folder(config), stop_seconds=20)]


def check(config: Settings) -> str:
    """Empty when the REST interface lists the Debezium connector."""
    status, body = page(f"http://127.0.0.1:{config.port('connect')}/connector-plugins")
    if status != 200:
        return body.splitlines()[0] if body else f"HTTP {status}"
    classes = {plugin["class"] for plugin in json.loads(body)}
    return "" if "io.debezium.connector.postgresql.PostgresConnector" in classes else "the Debezium plugin is not loaded"


SERVICE = Service("connect", "Kafka Connect", programs, check, prepare, needs=("kafka",), ports=("connect",), address="http://127.0.0.1:{connect}")
