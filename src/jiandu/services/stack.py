"""Start and stop the embedded services of a home. Independent ones start side by side, each until it really serves."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event

from jiandu.errors import JianduError, Problem, ServiceUnavailable
from jiandu.services import catalog, environment, places, processes, secrets
from jiandu.services.catalog import SERVICES
from jiandu.services.reachable import occupied
from jiandu.services.status import belongs, running
from jiandu.services.supervisor import Supervisor, tail
from jiandu.settings import Settings, settings

Report = Callable[[str, str], None]
"""Called with a service and its phase: waiting, preparing, starting, ready, elsewhere, failed."""
DIED_OFTEN = 4


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
        here = set(wanted) | _settings_changed(supervisor) | running(supervisor)
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


def _start_all(supervisor: Supervisor, names: list[str], report: Report) -> None:
    """Start services as soon as those they need serve; collect every failure before raising."""
    tasks: dict[str, Future[None]] = {}
    given_up = Event()
    with ThreadPoolExecutor(len(names) or 1) as pool:
        for name in sorted(names, key=catalog.depth):
            report(name, "waiting")
            needed = [tasks[need] for need in SERVICES[name].needs if need in tasks]
            tasks[name] = pool.submit(_start_one, supervisor, name, needed, report, given_up)
        try:
            wait(tasks.values())
        except KeyboardInterrupt:
            given_up.set()  # otherwise leaving the pool would wait for the slowest service
            raise
    problems: list[Problem] = []
    for task in tasks.values():
        error = task.exception()
        if isinstance(error, JianduError):
            problems += [problem for problem in error.problems if problem not in problems]
        elif error is not None:
            raise error
    if problems:
        raise ServiceUnavailable(problems)


def _start_one(supervisor: Supervisor, name: str, needed: list[Future[None]], report: Report, given_up: Event) -> None:
    for need in needed:
        need.result()  # a failure below is this one's failure
    service, config = SERVICES[name], supervisor.config
    try:
        report(name, "preparing")
        service.prepare(config)
        report(name, "starting")
        for program in service.programs(config):
            supervisor.launch(program.name)
        _await(supervisor, name, given_up)
        service.settle(config)
    except JianduError:
        report(name, "failed")
        raise
    report(name, "ready")


def _await(supervisor: Supervisor, name: str, given_up: Event) -> None:
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
        if given_up.wait(0.3):
            raise ServiceUnavailable.at(name, "interrupted while it started", "jiandu up again, or jiandu down")
        if time.monotonic() > deadline:
            raise _failure(supervisor, name, (missing or mine)[0], f"not ready after {service.patience} s: {reason}")


def _failure(supervisor: Supervisor, name: str, program: str, what: str) -> JianduError:
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
    ran = running(supervisor)
    written = supervisor.run / "settings.txt"
    if not supervisor.alive() or (written.exists() and written.read_text() == repr(environment.variables(supervisor.config))):
        return set()
    _stop(supervisor, lambda name, phase: None)
    return ran


def _sweep(supervisor: Supervisor) -> None:
    """End what a supervisor that was killed hard has left: it would hold our ports and files."""
    if not supervisor.alive() and processes.read_record(supervisor.config) is not None:
        _stop(supervisor, lambda name, phase: None)


def _check_ports(supervisor: Supervisor, names: list[str]) -> None:
    up_now = running(supervisor)
    problems = [problem for name in names if name not in up_now for problem in occupied(SERVICES[name].title, SERVICES[name].ports, supervisor.config)]
    if problems:
        raise ServiceUnavailable(problems)


def _stop(supervisor: Supervisor, report: Report) -> int:
    """Programs from the top of the dependencies down, then whatever they left behind, then the supervisor."""
    record = processes.read_record(supervisor.config)
    if record is None:
        return 0
    if supervisor.alive():
        up_now = running(supervisor)
        for level in sorted({catalog.depth(name) for name in up_now}, reverse=True):
            names = [name for name in up_now if catalog.depth(name) == level]
            for name in names:
                report(name, "stopping")
            supervisor.stop([program for program in supervisor.states() if any(belongs(program, name) for name in names)], patience=40)
    killed = processes.end(processes.family(record), patience=5)
    leader = record.process()
    if leader is not None:
        processes.end([leader], patience=20)
    # What was born between the look and the end of the supervisor.
    killed += processes.end(processes.family(record), patience=2)
    processes.record_path(supervisor.config).unlink(missing_ok=True)
    return len(killed)


@contextmanager
def _alone(config: Settings) -> Iterator[None]:
    """One start or stop at a time in a home."""
    with (places.made(places.run_folder(config), 0o700) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
