"""What runs in a home, and whether it really serves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psutil

from jiandu.services.catalog import SERVICES
from jiandu.services.supervisor import Supervisor
from jiandu.settings import Settings, settings


@dataclass(frozen=True)
class State:
    """One service: ``state`` ∈ serving, starting, failing, stopped, elsewhere; ``detail`` says why it does not serve."""

    name: str
    title: str
    state: str
    detail: str
    address: str
    pids: list[int]
    memory_mib: int
    up_seconds: int


def look(config: Settings | None = None) -> list[State]:
    """Every service, with a real check of those that run."""
    config = config or settings()
    states = Supervisor(config).states()
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        return list(pool.map(lambda name: _state(name, states, config), SERVICES))


def address(name: str, config: Settings) -> str:
    """Where a service listens, as a person would type it; empty for one without a listener."""
    service = SERVICES[name]
    return service.elsewhere(config) or service.address.format(**{port: config.port(port) for port in service.ports})


def belongs(program: str, service: str) -> bool:
    """Whether a program is one of a service's: it has its name, alone or with a part after a dash."""
    return program == service or program.startswith(f"{service}-")


def running(supervisor: Supervisor) -> set[str]:
    """Services the supervisor keeps up now."""
    up_now = [program for program, info in supervisor.states().items() if info["statename"] in ("RUNNING", "STARTING", "BACKOFF")]
    return {name for name in SERVICES if any(belongs(program, name) for program in up_now)}


def _state(name: str, states: Mapping[str, Mapping[str, Any]], config: Settings) -> State:
    service, where = SERVICES[name], address(name, config)
    if service.elsewhere(config):
        return State(name, service.title, "elsewhere", "", where, [], 0, 0)
    mine = {program: info for program, info in states.items() if belongs(program, name)}
    pids = [info["pid"] for info in mine.values() if info["pid"]]
    if not pids:
        failing = [program for program, info in mine.items() if info["statename"] in ("FATAL", "BACKOFF")]
        return State(name, service.title, "failing" if failing else "stopped", ", ".join(failing), where, [], 0, 0)
    not_up = [f"{program} {info['statename']}" for program, info in mine.items() if info["statename"] != "RUNNING"]
    reason = ", ".join(not_up) or service.check(config)
    memory, since = _weigh(pids)
    return State(name, service.title, "starting" if reason else "serving", reason, where, pids, memory, int(time.time() - since))


def _weigh(pids: list[int]) -> tuple[int, float]:
    """Memory in MiB of processes with their children, shared pages by share, and when the youngest of them started."""
    memory, since = 0, 0.0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            since = max(since, process.create_time())
            memory += sum(member.memory_full_info().pss for member in [process, *process.children(recursive=True)])
        except psutil.NoSuchProcess:
            continue  # it ended while we looked: the check tells
    return memory // 2**20, since
