"""Start, stop and look at the embedded services of a home. Independent ones start side by side, each until it really serves."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from jiandu.errors import JianduError, Problem, ServiceUnavailable
from jiandu.services import catalog, environment, places, processes, secrets
from jiandu.services.catalog import SERVICES
from jiandu.services.reachable import occupied
from jiandu.services.supervisor import Supervisor, tail
from jiandu.settings import Settings, settings

Report = Callable[[str, str], None]
"""Called with a service and its phase: waiting, preparing, starting, ready, elsewhere, failed."""
DIED_OFTEN = 4


@dataclass(frozen=True)
class State:
    """One service as ``status`` shows it: ``state`` ∈ serving, starting, failing, stopped, elsewhere."""

    name: str
    title: str
    state: str
    detail: str
    address: str
    pids: list[int]
    memory_mib: int
    up_seconds: int


def up(
    names: Iterable[str] | None = None, config: Settings | None = None, with_demo: bool = False, report: Report = lambda name, phase: None,
) -> list[str]:
    """Start these services (default: all but the demo's) and what they need; safe to repeat. Returns the names that serve.

    Raises ``SetupError`` before anything starts (port in use, unwritable home, missing software), ``ServiceUnavailable``
    when one does not come up; the others stay up.
    """
    config = config or settings()
    wanted = catalog.chosen(names, with_demo)
    places.prepare_home(config)
    with _alone(config):
        secrets.ensure(config)
        supervisor = Supervisor(config)
        here = set(wanted) | _settings_changed(supervisor) | _running(supervisor)
        mine = catalog.ours([name for name in SERVICES if name in here], config)
        _sweep(supervisor)
        _check_ports(supervisor, mine)
        _launch_supervisor(supervisor, mine)
        for name in wanted:
            if name not in mine:
                report(name, "elsewhere")
        _start_all(supervisor, mine, report)
    return wanted


def down(config: Settings | None = None, report: Report = lambda name, phase: None) -> int:
    """Stop everything of a home and leave no process behind, whatever state it is in. Returns how many had to be killed."""
    config = config or settings()
    if processes.read_record(config) is None:
        return 0
    with _alone(config):
        return _stop(Supervisor(config), report)


def status(config: Settings | None = None) -> list[State]:
    """Every service, with a real check of those that run."""
    config = config or settings()
    supervisor = Supervisor(config)
    states = supervisor.states()
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        return list(pool.map(lambda name: _state(name, states, config), SERVICES))


def address(name: str, config: Settings) -> str:
    """Where a service listens, as a person would type it."""
    service = SERVICES[name]
    return service.elsewhere(config) or service.address.format(**{port: config.port(port) for port in service.ports})


def _start_all(supervisor: Supervisor, names: list[str], report: Report) -> None:
    """Start services as soon as those they need serve; collect every failure before raising."""
    tasks: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(len(names) or 1) as pool:
        for name in sorted(names, key=catalog.depth):
            report(name, "waiting")
            tasks[name] = pool.submit(_start_one, supervisor, name, [tasks[need] for need in SERVICES[name].needs if need in tasks], report)
    problems: list[Problem] = []
    for task in tasks.values():
        error = task.exception()
        if isinstance(error, JianduError):
            problems += [problem for problem in error.problems if problem not in problems]
        elif error is not None:
            raise error
    if problems:
        raise ServiceUnavailable(problems)


def _start_one(supervisor: Supervisor, name: str, needed: list[Future[None]], report: Report) -> None:
    for need in needed:
        need.result()  # a failure below is this one's failure
    service, config = SERVICES[name], supervisor.config
    try:
        report(name, "preparing")
        service.prepare(config)
        report(name, "starting")
        for program in service.programs(config):
            supervisor.launch(program.name)
        _await(supervisor, name)
        service.settle(config)
    except JianduError:
        report(name, "failed")
        raise
    report(name, "ready")


def _await(supervisor: Supervisor, name: str) -> None:
    """Wait until the service's check passes and its programs are up. Raises ``ServiceUnavailable`` with the end of the log."""
    service, config = SERVICES[name], supervisor.config
    mine = [program.name for program in service.programs(config)]
    pids: dict[str, set[int]] = {program: set() for program in mine}
    deadline = time.monotonic() + service.patience
    while True:
        states = supervisor.states()
        for program in mine:
            pids[program].add(states[program]["pid"])
            if states[program]["statename"] == "FATAL" or len(pids[program] - {0}) >= DIED_OFTEN:
                raise _failure(supervisor, name, program, "it keeps dying")
        missing = [program for program in mine if states[program]["statename"] != "RUNNING"]
        reason = f"{', '.join(missing)} not up yet" if missing else service.check(config)
        if not reason:
            return
        if time.monotonic() > deadline:
            raise _failure(supervisor, name, (missing or mine)[0], f"not ready after {service.patience} s: {reason}")
        time.sleep(0.3)


def _failure(supervisor: Supervisor, name: str, program: str, what: str) -> ServiceUnavailable:
    said = "\n    ".join(tail(places.log_file(supervisor.config, program), 12))
    return ServiceUnavailable.at(name, f"{what}. Last lines of {program}:\n    {said}\n   ", f"jiandu logs {program}; jiandu doctor")


def _launch_supervisor(supervisor: Supervisor, mine: list[str]) -> None:
    """Have a supervisor that knows these services' programs and runs in these settings."""
    changed = supervisor.configure(catalog.programs(mine, supervisor.config))
    if not supervisor.alive():
        (supervisor.run / "settings.txt").write_text(repr(environment.variables(supervisor.config)))
        supervisor.start()
    elif changed:
        supervisor.reload()


def _settings_changed(supervisor: Supervisor) -> set[str]:
    """Stop everything when it runs in other settings than ours; the services that ran, to be started again."""
    ran = _running(supervisor)
    written = supervisor.run / "settings.txt"
    if not supervisor.alive() or (written.exists() and written.read_text() == repr(environment.variables(supervisor.config))):
        return set()
    _stop(supervisor, lambda name, phase: None)
    return ran


def _running(supervisor: Supervisor) -> set[str]:
    """Services the supervisor keeps up now."""
    up_now = {program for program, info in supervisor.states().items() if info["statename"] in ("RUNNING", "STARTING", "BACKOFF")}
    return {name for name in SERVICES if any(program == name or program.startswith(f"{name}-") for program in up_now)}


def _sweep(supervisor: Supervisor) -> None:
    """End what a supervisor that was killed hard has left: it would hold our ports and files."""
    if not supervisor.alive() and processes.read_record(supervisor.config) is not None:
        _stop(supervisor, lambda name, phase: None)


def _check_ports(supervisor: Supervisor, names: list[str]) -> None:
    running = _running(supervisor)
    problems = [problem for name in names if name not in running for problem in occupied(SERVICES[name].title, SERVICES[name].ports, supervisor.config)]
    if problems:
        raise ServiceUnavailable(problems)


def _stop(supervisor: Supervisor, report: Report) -> int:
    """Programs from the top of the dependencies down, then whatever they left behind, then the supervisor."""
    record = processes.read_record(supervisor.config)
    if record is None:
        return 0
    if supervisor.alive():
        running = _running(supervisor)
        known = supervisor.states()
        for level in sorted({catalog.depth(name) for name in running}, reverse=True):
            names = [name for name in running if catalog.depth(name) == level]
            for name in names:
                report(name, "stopping")
            supervisor.stop([program for program in known for name in names if program == name or program.startswith(f"{name}-")], patience=40)
    killed = processes.end(processes.family(record), patience=5)
    leader = record.process()
    if leader is not None:
        processes.end([leader], patience=20)
    # What was born between the look and the end of the supervisor.
    killed += processes.end(processes.family(record), patience=2)
    processes.record_path(supervisor.config).unlink(missing_ok=True)
    return len(killed)


def _state(name: str, states: dict[str, dict[str, object]], config: Settings) -> State:
    import psutil

    service = SERVICES[name]
    if service.elsewhere(config):
        reason = service.check(config) if False else ""
        return State(name, service.title, "elsewhere", reason, service.elsewhere(config), [], 0, 0)
    mine = {program: info for program, info in states.items() if program == name or program.startswith(f"{name}-")}
    pids = [pid for info in mine.values() if isinstance(pid := info["pid"], int) and pid]
    if not pids:
        fatal = [program for program, info in mine.items() if info["statename"] in ("FATAL", "BACKOFF")]
        return State(name, service.title, "failing" if fatal else "stopped", ", ".join(fatal), address(name, config), [], 0, 0)
    down_programs = [f"{program} {info['statename']}" for program, info in mine.items() if info["statename"] != "RUNNING"]
    reason = ", ".join(down_programs) or service.check(config)
    memory, since = 0, 0.0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            memory += sum(member.memory_info().rss for member in [process, *process.children(recursive=True)])
            since = max(since, process.create_time())
        except psutil.NoSuchProcess:
            continue  # it ended while we looked: the check above tells
    return State(name, service.title, "starting" if reason else "serving", reason, address(name, config), pids, memory // 2**20, int(time.time() - since))


@contextmanager
def _alone(config: Settings) -> Iterator[None]:
    """One start or stop at a time in a home."""
    with (places.made(places.run_folder(config), 0o700) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
