"""Small questions to a listener: is the port free, does it answer, does this page load."""

from __future__ import annotations

import socket

import psutil

from jiandu.errors import Problem
from jiandu.settings import Settings


def answers(port: int, seconds: float = 1.0) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds):
            return True
    except OSError:
        return False


def free(port: int) -> bool:
    """Whether a listener could bind this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def occupied(service: str, names: tuple[str, ...], config: Settings) -> list[Problem]:
    """One problem for each port of a service that somebody else holds, with how to move ours."""
    return [
        Problem(
            f"port {config.port(name)}", f"{service} needs it ({name}) but it is in use{holder(config.port(name))}",
            f"stop that program, or move all ports: JIANDU_PORT_BASE={config.port_base + 1000} jiandu up",
        )
        for name in names
        if not free(config.port(name))
    ]


def holder(port: int) -> str:
    """`` by name (pid)`` for the program that listens on a port, empty when the system does not tell."""
    pid = listener(port)
    if pid is None:
        return ""
    try:
        return f" by {psutil.Process(pid).name()} (pid {pid})"
    except psutil.NoSuchProcess:
        return ""


def listener(port: int) -> int | None:
    """The process that listens on a port; ``None`` for nobody, or somebody we may not look at."""
    found = psutil.net_connections("tcp")
    return next((one.pid for one in found if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port), None)


def page(url: str, seconds: float = 5.0) -> tuple[int, str]:
    """Status and body of a page; status 0 and the reason when nothing answers."""
    import httpx

    try:
        # No proxy from the environment: these addresses are this machine's own.
        reply = httpx.get(url, timeout=seconds, trust_env=False)
    except httpx.HTTPError as error:
        return 0, f"{type(error).__name__}: {error}"
    return reply.status_code, reply.text
