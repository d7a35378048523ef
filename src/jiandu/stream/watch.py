"""Are the streams alive and caught up? Asked by people (``jiandu stream status``) and by the watch DAG."""

from __future__ import annotations

from dataclasses import dataclass

from jiandu import contracts
from jiandu.contracts import Contract
from jiandu.errors import JianduError, Problem
from jiandu.stream import beat, broker, connector, dead
from jiandu.stream.positions import Place, spans

LAG_LIMIT = 10_000
"""More unread messages than this count as behind; a reader takes thousands a second."""


@dataclass(frozen=True)
class StreamStatus:
    """One topic: its reader, how far it is, its connector. ``lag`` is -1 while Kafka does not answer or the topic does not exist."""

    contract: str
    topic: str
    state: str
    alive: bool
    lag: int
    dead_letters: int
    last_message_at: str
    connector: str
    connector_state: str
    problem: str = ""

    @property
    def healthy(self) -> bool:
        """Whether nobody has to look."""
        return not self.problem

    @property
    def caught_up(self) -> bool:
        """Whether everything that was sent is in the lake, and what is sent would come."""
        return self.healthy and self.lag == 0


def status() -> list[StreamStatus]:
    """The state of every stream now; never raises for a service that is down, it says so in ``problem``."""
    listed = [contract for contract in contracts.load_all().values() if contract.delivery.kind == "kafka"]
    states = connector_states(listed)
    return [of(contract, states) for contract in listed]


def problems(statuses: list[StreamStatus]) -> list[Problem]:
    """What somebody has to look at."""
    return [Problem(f"stream {entry.contract}", entry.problem, "jiandu stream status; jiandu logs stream") for entry in statuses if entry.problem]


def of(contract: Contract, states: dict[str, connector.ConnectorState | str]) -> StreamStatus:
    """The state of one contract's stream."""
    topic = contract.delivery.kafka.topic if contract.delivery.kafka else ""
    heard = beat.read(contract.id) or beat.Beat(contract.id, "never started")
    found: list[str] = []
    if not heard.alive:
        found.append(f"the reader is not running ({heard.state})")
    elif heard.problem:
        found.append(heard.problem)
    try:
        lag, letters = measured(contract.id, topic, heard)
    except JianduError as error:
        lag, letters = -1, -1
        found.append(str(error))
    if lag > LAG_LIMIT:
        found.append(f"{lag} messages behind")
    name = topic.rsplit(".", 2)[0].replace(".", "-")
    state = states.get(name, "")
    shown = state if isinstance(state, str) else "+".join(dict.fromkeys((state.state, *state.tasks)))
    if isinstance(state, connector.ConnectorState) and not state.running:
        found.append(f"connector {name} is {shown}: {state.problem}".rstrip(": "))
    elif isinstance(state, str) and state:
        found.append(state)
    return StreamStatus(
        contract.id, topic, heard.state if heard.alive else "stopped", heard.alive, lag, letters, heard.last_message_at,
        name if state else "", shown, "; ".join(found),
    )


def measured(contract: str, topic: str, heard: beat.Beat) -> tuple[int, int]:
    """Unread messages and dead letters, from the broker and, where the reader has not said, from the lake."""
    from kafka.errors import KafkaError

    from jiandu.errors import ServiceUnavailable

    client = broker.consumer(None)
    try:
        partitions = broker.partitions_of(client, topic)
        ends, starts = client.end_offsets(partitions), client.beginning_offsets(partitions)
        known = spans(contract, topic) if not heard.next else {}
        lag = 0
        for partition in partitions:
            listed = known.get(Place(*partition))
            next_offset = heard.next.get(str(partition.partition), listed[-1].last + 1 if listed else starts[partition])
            lag += max(ends[partition] - max(next_offset, starts[partition]), 0)
        return (lag if partitions else -1), len(dead.read(client, topic, contract))
    except KafkaError as error:
        raise ServiceUnavailable.at("Kafka", f"{type(error).__name__}: {error}", "jiandu status") from error
    finally:
        client.close()


def connector_states(listed: list[Contract]) -> dict[str, connector.ConnectorState | str]:
    """States by connector; where Connect does not answer, what it said instead."""
    states: dict[str, connector.ConnectorState | str] = {}
    for agency in connector.agencies(listed):
        try:
            states[agency.connector] = connector.state(agency.connector)
        except JianduError as error:
            states[agency.connector] = str(error)
    return states
