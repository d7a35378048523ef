"""The Debezium connectors on Kafka Connect: derived from the contracts, registered by REST as often as one likes, watched, deleted.

A contract whose topic is ``<prefix>.<schema>.<table>`` asks for that table of the database ``<prefix>`` with dots as underscores
(``agency.police.police.criminal_case`` → database ``agency_police``); all contracts of one prefix share one connector. Each line
of the configuration that is not obvious answers a pitfall seen on real servers, see ``README.md`` of this folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpx

from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.services import connect as worker
from jiandu.services import secrets
from jiandu.settings import settings

if TYPE_CHECKING:
    from jiandu.contracts import Contract

TIMEOUT = 20.0
RETRY = {409, 503}
"""Answers of a worker that is rebalancing or starting: ask again later."""


@dataclass(frozen=True)
class Agency:
    """One captured database: its topic prefix and the tables that contracts ask for, as ``schema.table``."""

    prefix: str
    tables: tuple[str, ...]

    @property
    def database(self) -> str:
        """Name of the database, also of its address among the secrets."""
        return self.prefix.replace(".", "_")

    @property
    def connector(self) -> str:
        """Name of the connector."""
        return self.prefix.replace(".", "-")

    @property
    def slot(self) -> str:
        """Name of the replication slot and of the publication: ``cdc_police`` for ``agency.police``."""
        return f"cdc_{self.prefix.rpartition('.')[2]}"

    @property
    def heartbeat(self) -> str:
        """The table whose update moves the slot while the captured tables are quiet."""
        return f"{self.tables[0].partition('.')[0]}.cdc_heartbeat"


@dataclass(frozen=True)
class ConnectorState:
    """A connector as the worker sees it; a failed task leaves the connector itself RUNNING."""

    name: str
    state: str
    tasks: tuple[str, ...]
    problem: str = ""

    @property
    def running(self) -> bool:
        """Whether the connector and at least one task run, and no task failed."""
        return self.state == "RUNNING" and bool(self.tasks) and set(self.tasks) == {"RUNNING"}


def agencies(contracts: Iterable[Contract]) -> list[Agency]:
    """The databases that Debezium contracts ask for. Raises ``JianduError`` for a topic that names no table."""
    found: dict[str, list[str]] = {}
    for contract in contracts:
        layout = contract.delivery.kafka
        if contract.delivery.kind != "kafka" or layout is None or layout.envelope != "debezium":
            continue
        parts = layout.topic.rsplit(".", 2)
        if len(parts) != 3:
            raise JianduError.at(contract.path, f"topic {layout.topic!r} is not <prefix>.<schema>.<table>", "a connector cannot be derived from it")
        found.setdefault(parts[0], []).append(f"{parts[1]}.{parts[2]}")
    return [Agency(prefix, tuple(sorted(tables))) for prefix, tables in sorted(found.items())]


def configuration(agency: Agency) -> dict[str, str]:
    """The connector's configuration. The password is resolved here, never written in a contract."""
    address = urlsplit(capture_dsn(agency))
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "tasks.max": "1", "plugin.name": "pgoutput",
        "database.hostname": address.hostname or "127.0.0.1", "database.port": str(address.port or 5432),
        "database.user": unquote(address.username or ""), "database.password": unquote(address.password or ""), "database.dbname": address.path.lstrip("/"),
        "topic.prefix": agency.prefix, "table.include.list": ",".join([*agency.tables, agency.heartbeat]),
        "slot.name": agency.slot, "publication.name": agency.slot, "publication.autocreate.mode": "disabled",
        "snapshot.mode": "when_needed", "decimal.handling.mode": "string", "time.precision.mode": "adaptive",
        # A tombstone follows each delete, a truncation is told, an explicit NULL is not replaced by the column's default.
        "tombstones.on.delete": "true", "skipped.operations": "none",
        "key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
        "key.converter.replace.null.with.default": "false", "value.converter.replace.null.with.default": "false",
        "poll.interval.ms": "50", "heartbeat.interval.ms": "2000",
        "heartbeat.action.query": f"UPDATE {agency.heartbeat} SET at = now() WHERE id = 1",
        "topic.creation.default.replication.factor": "-1", "topic.creation.default.partitions": "1", "topic.creation.default.cleanup.policy": "delete",
        "errors.tolerance": "none", "retriable.restart.connector.wait.ms": "2000",
    }


def register() -> list[ConnectorState]:
    """Prepare every captured database that is our own (the embedded ones) and register its connector; safe to repeat.

    An agency's database is prepared by its administrator: ``jiandu stream connector sql`` prints what is needed.
    """
    from jiandu import contracts
    from jiandu.stream import publication

    states = []
    for agency in agencies(contracts.load_all().values()):
        owner = None if os.environ.get(f"JIANDU_CDC_{agency.database.upper()}") else secrets.read().get(f"{agency.database}_dsn")
        if owner:
            publication.ensure(agency, owner)
        states.append(apply(agency))
    return states


def capture_dsn(agency: Agency) -> str:
    """Address with the capture role: ``JIANDU_CDC_<DATABASE>``, else the embedded database with role ``cdc``."""
    given = os.environ.get(f"JIANDU_CDC_{agency.database.upper()}")
    if given:
        return given
    kept = secrets.read()
    owner = kept.get(f"{agency.database}_dsn")
    if owner is None:
        raise JianduError.at(agency.database, "no address of this database is known", f"set JIANDU_CDC_{agency.database.upper()}=postgresql://role:password@host/db")
    address = urlsplit(owner)
    return f"postgresql://{kept['cdc_user']}:{kept['cdc_password']}@{address.hostname}:{address.port}{address.path}"


def apply(agency: Agency) -> ConnectorState:
    """Register or update the connector and keep it where a restarted worker finds it; nothing happens when all is the same."""
    wanted = configuration(agency)
    keep(agency, wanted)
    answer = request("PUT", f"/connectors/{agency.connector}/config", wanted)
    if answer.status_code not in (200, 201):
        what = f"Kafka Connect refuses the connector: {message_of(answer)}"
        raise JianduError.at(agency.connector, what, "jiandu stream connector sql shows what the database needs")
    return state(agency.connector)


def keep(agency: Agency, wanted: dict[str, str]) -> None:
    """Write the connector's file for the embedded worker, readable by its owner alone: it holds a password."""
    target = kept_file(agency.connector)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"name": agency.connector, "config": wanted}, file, indent=1)
    partial.replace(target)


def kept_file(connector: str) -> Path:
    """Where the embedded worker looks for the connector when it starts."""
    return worker.connectors(settings()) / f"{connector}.json"


def state(connector: str) -> ConnectorState:
    """What the worker says of a connector; ``state`` is ``ABSENT`` when it knows none of that name."""
    answer = request("GET", f"/connectors/{connector}/status")
    if answer.status_code == 404:
        return ConnectorState(connector, "ABSENT", (), "not registered")
    if answer.status_code != 200:
        return ConnectorState(connector, "UNKNOWN", (), message_of(answer))
    body = answer.json()
    traces = [part.get("trace", "") for part in (body["connector"], *body["tasks"]) if part.get("trace")]
    problem = next((line for trace in traces for line in reversed(trace.splitlines()) if line.startswith("Caused by: ")), traces[0] if traces else "")
    return ConnectorState(connector, body["connector"]["state"], tuple(task["state"] for task in body["tasks"]), problem.splitlines()[0] if problem else "")


def restart(connector: str) -> None:
    """Restart the connector and its failed tasks."""
    answer = request("POST", f"/connectors/{connector}/restart?includeTasks=true&onlyFailed=true")
    if answer.status_code not in (200, 202, 204):
        raise JianduError.at(connector, f"cannot be restarted: {message_of(answer)}", "jiandu logs connect")


def delete(agency: Agency) -> None:
    """Forget the connector. Its replication slot stays: drop it too (``drop_slot``), or the database keeps its log for ever."""
    kept_file(agency.connector).unlink(missing_ok=True)
    answer = request("DELETE", f"/connectors/{agency.connector}")
    if answer.status_code not in (204, 404):
        raise JianduError.at(agency.connector, f"cannot be deleted: {message_of(answer)}", "jiandu logs connect")


def request(method: str, path: str, body: Any = None) -> httpx.Response:
    """One call of the worker's REST interface, repeated while it rebalances. Raises ``ServiceUnavailable``."""
    address = settings().connect_url or f"http://127.0.0.1:{settings().port('connect')}"
    transport = httpx.HTTPTransport(retries=2)
    try:
        with httpx.Client(base_url=address, timeout=TIMEOUT, transport=transport, trust_env=False) as client:
            answer = client.request(method, path, json=body)
            for _ in range(3):
                if answer.status_code not in RETRY:
                    break
                answer = client.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise ServiceUnavailable.at(address, f"Kafka Connect does not answer: {error}", "jiandu status, jiandu up") from error
    return answer


def message_of(answer: httpx.Response) -> str:
    """The worker's own words, in one line."""
    try:
        said = str(answer.json().get("message", answer.text))
    except ValueError:
        said = answer.text
    return f"HTTP {answer.status_code}: {' '.join(said.split())[:500]}"
