"""Contacts that lawful feeds tie to a reported outlet: reports of the hotline, of the platforms and of the operators, as they stand in the lake."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from jiandu import lake
from jiandu.behaviour.judging import Reported
from jiandu.behaviour.kept import hashed
from jiandu.keywords.contacts import Kind, as_told

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
