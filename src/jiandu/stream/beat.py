"""The heartbeat of a reader: one small file a contract, written often, so that others can see whether it lives and how far it is; and its lock."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from jiandu import whole
from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.settings import settings

STALE_SECONDS = 60.0
"""A living reader writes every few seconds, also while it waits for a service; one batch takes far less than this."""


@dataclass
class Beat:
    """What a reader last said of itself. ``beat_at`` is epoch seconds; ``next``: offset a partition will be read from next."""

    contract: str
    state: str
    problem: str = ""
    pid: int = 0
    beat_at: float = 0.0
    next: dict[str, int] = field(default_factory=dict)
    last_message_at: str = ""
    notes: dict[str, int] = field(default_factory=dict)
    dead: int = 0

    @property
    def alive(self) -> bool:
        """Whether the process exists and has written lately."""
        return self.state != "stopped" and time.time() - self.beat_at < STALE_SECONDS and _exists(self.pid)


def folder() -> Path:
    """Where heartbeats and locks are. Raises ``JianduError`` when it cannot be made."""
    path = settings().home.resolve() / "stream"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JianduError.at(str(path), f"cannot be made: {error.strerror}", "set JIANDU_HOME to a folder you may write") from error
    return path


def write(beat: Beat) -> None:
    """Replace the file in one step, stamped with process and time: a reader's life is in wall-clock time, whatever the as-of."""
    beat.pid, beat.beat_at = os.getpid(), time.time()
    whole.write(folder() / f"{beat.contract}.json", json.dumps(asdict(beat), ensure_ascii=False).encode())


def read(contract: str) -> Beat | None:
    """The last heartbeat; ``None`` when the contract was never read here."""
    path = folder() / f"{contract}.json"
    return Beat(**json.loads(path.read_text())) if path.exists() else None


@contextmanager
def locked(contract: str) -> Iterator[None]:
    """One writer a table: a second reader of the same contract on this host waits for the first to end."""
    handle = os.open(folder() / f"{contract}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceUnavailable.at(contract, "another process reads this topic already", "jiandu stream status shows its pid") from error
        yield
    finally:
        os.close(handle)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it lives, under another user
    return True
