"""Which county an address or a division code means today; of a name that several counties bear, what the rest of the address leaves of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyarrow as pa

from jiandu import content
from jiandu.identifiers import divisions

PROVINCE, CITY = "(?:[^省]{2,4}省|[^区]{2,6}自治区)?", "(?:[^市县区州盟]{1,10}(?:市|自治州|地区|盟))?"
COUNTY = "[^县区市旗镇乡村路]{1,10}(?:县|区|市|旗)"
COUNTY_NAME = f"^{PROVINCE}{CITY}({COUNTY})"
BELOW_COUNTY = f"^{PROVINCE}{CITY}(?:{COUNTY})?"
"""The address without province, city and county, which the county's code says better."""

RESOLVED = f"""
    unplaced AS (
        SELECT DISTINCT plain_address, regexp_extract(plain_address, '{COUNTY_NAME}', 1) AS county_name FROM split
        WHERE told IS NULL AND plain_address IS NOT NULL
    ), weighed AS (
        SELECT plain_address, named.code, CASE WHEN starts_with(plain_address, named.province) THEN 1 ELSE 0 END
               + CASE WHEN contains(substr(plain_address, 1, 24), named.city || named.name) THEN 2 ELSE 0 END AS agreement
        FROM unplaced JOIN named ON named.name = unplaced.county_name
    ), left_over AS (
        SELECT plain_address, code FROM weighed QUALIFY agreement = max(agreement) OVER (PARTITION BY plain_address)
    ), resolved AS (
        SELECT plain_address, CASE WHEN count(DISTINCT code) = 1 THEN min(code) END AS code,
               CASE WHEN count(DISTINCT code) > 1 THEN string_agg(DISTINCT code, ' ' ORDER BY code) END AS counties
        FROM left_over GROUP BY plain_address
    )
"""
"""SQL from ``split`` (``plain_address``; ``told``: the county's code, if given) to the county each other address names, or the counties it may name."""


def known_places() -> pa.Table:
    """Every division code with the code in force today where it was (``merged_into`` in the law's divisions) and its latest full name."""
    return _known_places(tuple(content.roots()))


@cache
def _known_places(_roots: tuple[Path, ...]) -> pa.Table:
    merged, names = divisions.merged(), latest()
    full = ["".join(names.get(part, "") for part in dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code))) for code in names]
    return pa.table({"code": list(names), "now": [merged.get(code, code) for code in names], "full_name": full})


def latest() -> dict[str, str]:
    """Division code → its latest name."""
    return {code: max(periods, key=lambda period: period.last_year).name for code, periods in divisions.table().items()}


def named() -> pa.Table:
    """County name → today's code, the first two characters of its province (no two provinces share them) and its city; old names too.

    A city that gave one name to several codes in turn means the one that lasted.
    """
    return _named(tuple(content.roots()))


@cache
def _named(_roots: tuple[Path, ...]) -> pa.Table:
    merged, names = divisions.merged(), latest()
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for code, periods in divisions.table().items():
        if not code.endswith("00"):
            for period in periods:
                now = merged.get(code, code)
                key = (period.name, now[:4])
                found[key] = max(found.get(key, (0, "")), (period.last_year, now))
    rows = [(name, code, names.get(f"{city[:2]}0000", "")[:2] or "-", names.get(f"{city}00", "")) for (name, city), (_, code) in found.items()]
    return pa.table({column: pa.array([row[place] for row in rows], pa.string()) for place, column in enumerate(("name", "code", "province", "city"))})
