"""Dead letters tried again after a fix: what can be applied now leaves the dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from jiandu import contracts, ingest
from jiandu.contracts import Contract
from jiandu.errors import JianduError
from jiandu.stream import broker, dead
from jiandu.stream.dead import DeadLetter
from jiandu.stream.intake import Intake


@dataclass(frozen=True)
class Outcome:
    """Messages applied, and messages that are still refused."""

    applied: int
    left: int


def letters(contract_id: str) -> list[DeadLetter]:
    """The dead letters of a contract, in order. Raises ``ServiceUnavailable``, ``JianduError`` for a contract without a topic."""
    client = broker.consumer(None)
    try:
        return dead.read(client, topic_of(contracts.load(contract_id)), contract_id)
    finally:
        client.close()


def replay(contract_id: str, as_of: datetime) -> Outcome:
    """Ingest what can be read now as one delivery named after its messages; then, not before, clear their letters."""
    contract, waiting = contracts.load(contract_id), letters(contract_id)
    intake = Intake(contract)
    batch = intake.batch(letter.message for letter in waiting)
    refused = {letter.message.where for letter in batch.letters}
    applied = [letter for letter in waiting if letter.message.where not in refused]
    if batch.rows:
        name = sha256("\0".join([contract_id, *(letter.message.where for letter in applied)]).encode()).hexdigest()
        result = ingest.ingest_rows(contract, name, batch.raw_rows(contract), as_of)
        if result.status == "held":
            raise JianduError.at(contract_id, f"the dead letters are held: {result.reason}", "fix the contract, then replay again")
    clear(applied)
    return Outcome(len(applied), len(waiting) - len(applied))


def clear(done: list[DeadLetter]) -> None:
    """Remove letters: a tombstone under the message's address."""
    if not done:
        return
    producer = broker.producer()
    try:
        for letter in done:
            producer.send(letter.message.topic + dead.SUFFIX, key=letter.message.where.encode(), value=None)
        producer.flush()
    finally:
        producer.close()


def topic_of(contract: Contract) -> str:
    """The topic of a contract. Raises ``JianduError`` when it has none."""
    if contract.delivery.kafka is None or not contract.delivery.kafka.topic:
        raise JianduError.at(contract.id, "this contract is not fed by a topic", f"jiandu quarantine list {contract.id}")
    return contract.delivery.kafka.topic
