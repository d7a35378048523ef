"""The desk: the evidence page that boards link to."""

from __future__ import annotations

from jiandu.services import places
from jiandu.services.reachable import page
from jiandu.services.service import Program, Service
from jiandu.settings import ROOT, Settings


def programs(config: Settings) -> list[Program]:
    """One process."""
    return [Program("desk", [str(places.python()), "-m", "jiandu.desk.server"], folder=ROOT)]


def check(config: Settings) -> str:
    """Empty when it asks who is there: without credentials it must tell nothing."""
    status, body = page(f"http://127.0.0.1:{config.port('desk')}/", seconds=20)
    return "" if status == 401 else (body.splitlines()[0][:200] if status == 0 else f"/ answers HTTP {status}")


SERVICE = Service("desk", "Desk (evidence page)", programs, check, needs=("postgres",), ports=("desk",), address="http://127.0.0.1:{desk}", patience=240)
