"""All services in the order in which they are shown; dependencies decide the order in which they start."""

from __future__ import annotations

from collections.abc import Iterable

from jiandu.errors import SetupError
from jiandu.services import airflow, connect, demo, desk, kafka, postgres, spark, superset
from jiandu.services.service import Program, Service
from jiandu.settings import Settings

SERVICES: dict[str, Service] = {
    service.name: service
    for service in (
        postgres.SERVICE, kafka.SERVICE, connect.SERVICE, spark.SERVICE, airflow.SERVICE, superset.SERVICE, desk.SERVICE, demo.RECEIVERS, demo.STREAM,
        demo.LIVE, demo.BEHAVIOUR, demo.SITE, demo.TAKEAWAY,
    )
}


def chosen(only: Iterable[str] | None, with_demo: bool) -> list[str]:
    """Service names to start, with everything they need. Raises ``SetupError`` for a name that is none."""
    names = list(only) if only is not None else [name for name, service in SERVICES.items() if not service.demo]
    if only is not None and (unknown := [name for name in names if name not in SERVICES]):
        raise SetupError.at("--only", f"no service called {', '.join(unknown)}", f"choose from {', '.join(SERVICES)}")
    if with_demo:
        names += [name for name, service in SERVICES.items() if service.demo]
    wanted = set(names)
    while more := {need for name in wanted for need in SERVICES[name].needs} - wanted:
        wanted |= more
    return [name for name in SERVICES if name in wanted]


def ours(names: Iterable[str], config: Settings) -> list[str]:
    """Those that run here: a service whose address the settings name runs elsewhere."""
    return [name for name in names if not SERVICES[name].elsewhere(config)]


def depth(name: str) -> int:
    """How many steps of dependencies lie below a service: 0 starts first and stops last."""
    return max((depth(need) + 1 for need in SERVICES[name].needs), default=0)


def programs(names: Iterable[str], config: Settings) -> list[tuple[int, Program]]:
    """Every program of these services with its priority for the supervisor."""
    return [(10 * (depth(name) + 1), program) for name in names for program in SERVICES[name].programs(config)]
