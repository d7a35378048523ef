"""One clock: every evaluation, ingest, reminder and report takes an as-of instant; nothing else may ask for the time."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from jiandu.errors import JianduError

ZONE = ZoneInfo("Asia/Shanghai")


def parse_as_of(text: str | None) -> datetime:
    """The as-of instant, aware, in the province's zone.

    A date alone means the end of that day. ``None`` means the present: only command-line and scheduler entry points pass
    it, so that everything below them is a function of its arguments.
    """
    if text is None:
        return datetime.now(ZONE)
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), ZONE)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise JianduError.at("--as-of", f"{text!r} is neither a date nor an ISO instant", "e.g. 2026-11-20T08:00:00+08:00") from error
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)
