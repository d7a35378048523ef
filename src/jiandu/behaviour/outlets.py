"""Contacts that lawful feeds tie to a reported outlet: reports of the hotline, of the platforms and of the operators, as they stand in the lake."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, replace
from datetime import datetime
from pathlib import Path

from jiandu import lake, whole
from jiandu.behaviour import judging, windows
from jiandu.behaviour.judging import Reported
from jiandu.behaviour.kept import hashed
from jiandu.behaviour.observation import Observation, earlier, first_keys
from jiandu.behaviour.rules import Rule
from jiandu.behaviour.signal import Signal
from jiandu.keywords.contacts import Kind, as_told
from jiandu.settings import settings

FEEDS = ("hotline__report", "platform__report", "telecom__reported_number")
CONTACTS: dict[str, Kind] = {"outlet_phone": "phone", "outlet_wechat": "wechat"}
"""Columns of those feeds that name how an outlet is reached, and the kind of contact."""


def reported(as_of: datetime, key: bytes) -> dict[str, Reported]:
    """``kind:keyed hash`` of every contact of a reported outlet to its name and number of reports, among what was loaded by ``as_of``.

    Of several names for one contact the one reported most counts, of equals the first. A feed that is not there has reported nothing.
    """
    names: dict[str, Counter[str]] = {}
    with lake.glance() as connection:
        for feed in FEEDS:
            if not lake.view(connection, "silver", feed, "reports"):
                continue
            columns = {row[0] for row in connection.execute("DESCRIBE reports").fetchall()}
            for column, kind in CONTACTS.items():
                if column in columns:
                    cleared = f"AND (cleared_date IS NULL OR cleared_date > DATE '{as_of:%Y-%m-%d}')" if "cleared_date" in columns else ""
                    query = f"""SELECT "{column}", outlet_name FROM reports WHERE "{column}" IS NOT NULL AND superseded_at IS NULL
                        AND outcome <> 'deleted' AND NOT sealed AND loaded_at <= ? {cleared}"""
                    for contact, outlet in connection.execute(query, [as_of]).fetchall():
                        names.setdefault(hashed(f"{kind}:{as_told(kind, contact)}", key), Counter())[outlet or "名称未登记"] += 1
    return {
        contact: Reported(min(outlets, key=lambda name: (-outlets[name], name)), sum(outlets.values()))
        for contact, outlets in names.items()
    }


def turned(
    contacts: Collection[str], posts: Iterable[Observation], reported: Mapping[str, Reported], horizon: datetime | None, rule: Rule,
) -> list[Signal]:
    """Signals of contacts that have become reported or no longer are, in the windows memory does not hold whole (they begin before ``horizon``).

    A clue stands for months, memory for three days: ``posts`` are the captures with one of the contacts. A signal taken back names its posts.
    """
    first: dict[str, Observation] = {}
    for seen in posts:
        first[seen.key] = earlier(first.get(seen.key, seen), seen)
    found: list[Signal] = []
    for contact in sorted(contacts):
        mine = [seen for seen in first.values() if contact in seen.contacts]
        for window in sorted(windows.touched((seen.at for seen in mine), rule.window_minutes)):
            if horizon is None or windows.span(window, rule.window_minutes)[0] < horizon:
                signal = judging.outlet(f"contact:{contact}", mine, window, rule, reported.get(contact))
                inside = judging.within(mine, window, rule.window_minutes)
                found.append(signal if signal.holds else replace(signal, post_keys=first_keys(inside)))
    return found


def told() -> dict[str, Reported]:
    """The reported contacts, as keyed hashes, as they stood when their signals were last sent: what a restart compares with."""
    path = told_file()
    return {contact: Reported(*one) for contact, one in json.loads(path.read_text("utf-8")).items()} if path.exists() else {}


def tell(reported: Mapping[str, Reported]) -> None:
    """Remember reported contacts, once their signals are acknowledged; a kill before sends those signals again."""
    body = {contact: astuple(one) for contact, one in sorted(reported.items())}
    whole.write(told_file(), json.dumps(body, ensure_ascii=False).encode())


def told_file() -> Path:
    """Where they wait between two runs of the job."""
    return settings().home.resolve() / "live" / "reported.json"
