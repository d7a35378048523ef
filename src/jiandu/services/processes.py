"""Which processes are ours, and ending them: only those the supervisor's record leads to, never by name."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from jiandu.services import places
from jiandu.settings import Settings

RECORD = "supervisor.json"


@dataclass(frozen=True)
class Record:
    """The supervisor as it was started: process ids are used again by the system, id and start time together are not."""

    pid: int
    started: float

    def process(self) -> psutil.Process | None:
        """The living supervisor, or ``None``."""
        try:
            process = psutil.Process(self.pid)
            alive = abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if alive else None


def record_path(config: Settings) -> Path:
    """Where the record of a home is kept."""
    return places.run_folder(config) / RECORD


def write_record(config: Settings, pid: int) -> None:
    """Remember the supervisor that was just started; it leads a session of its own with the same number."""
    record_path(config).write_text(json.dumps({"pid": pid, "started": psutil.Process(pid).create_time()}))


def read_record(config: Settings) -> Record | None:
    """The record of a home; ``None`` when nothing was started or everything was stopped."""
    try:
        return Record(**json.loads(record_path(config).read_text()))
    except FileNotFoundError:
        return None


def family(record: Record) -> list[psutil.Process]:
    """Every living process the supervisor started, itself excluded.

    While it lives they are its descendants (it adopts orphans). After it was killed hard, they are the members of the
    session it led, and their descendants.
    """
    supervisor = record.process()
    if supervisor is not None:
        try:
            return supervisor.children(recursive=True)
        except psutil.NoSuchProcess:
            pass  # it ended meanwhile: look by session
    members = [process for process in psutil.process_iter() if process.pid != record.pid and _session(process.pid) == record.pid]
    # A session number is free for others once its last member is gone: none of ours is older than the supervisor.
    found = {process.pid: process for process in members if _started(process) >= record.started - 1}
    for member in list(found.values()):
        found |= {child.pid: child for child in _children(member)}
    return list(found.values())


def end(processes: list[psutil.Process], patience: float) -> list[psutil.Process]:
    """Ask each to stop, wait, then kill what is left. Returns those that had to be killed."""
    for process in processes:
        _signal(process, hard=False)
    _, stubborn = psutil.wait_procs(processes, timeout=patience)
    for process in stubborn:
        _signal(process, hard=True)
    psutil.wait_procs(stubborn, timeout=10)
    return stubborn


def _signal(process: psutil.Process, hard: bool) -> None:
    try:
        if hard:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return  # what we wanted


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1


def _started(process: psutil.Process) -> float:
    try:
        return process.create_time()
    except psutil.NoSuchProcess:
        return 0.0


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
