"""The matcher on two public sets of synthetic English records (``JIANDU_FIXTURES``/er), far from what it was made for, beside the published figure.

    python benchmarks/match_public.py

Names are compared as they stand, the city or street stands in for the home, the mail address (hashed to digits) or social security number
for the phone; weights are the expectations for hand-typed registers, untrained. Printed: precision, recall and F1 of what was accepted, and
of everything from a probability on. Splink's documentation reaches F1 .857 (p >= .1) and .805 (p >= .5) on ``fake_1000`` with a model of its
own; without one, and with names in one piece, this matcher stays far behind it there.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from jiandu.matching.bands import Bands
from jiandu.matching.linkage import link
from jiandu.matching.model import expected
from jiandu.matching.normalise import normalise
from jiandu.settings import settings


def read(name: str) -> list[dict[str, str]]:
    """Rows as text, without blanks around names and values."""
    path = settings().fixtures / "er" / name
    return [{key.strip(): str(value or "").strip() for key, value in row.items()} for row in pyarrow.csv.read_csv(
        path, convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True)).to_pylist()]


def digits(text: str) -> str | None:
    """Eleven digits that are equal for equal texts: the matcher compares phones by their digits."""
    return f"{int(hashlib.sha256(text.lower().encode()).hexdigest(), 16) % 10**11:011d}" if text else None


def fake() -> tuple[list[dict[str, str | None]], dict[str, str]]:
    """Records and the person of each."""
    rows = read("fake_1000.csv")
    shaped = [{
        "key": row["unique_id"], "name": f"{row['first_name']}{row['surname']}".upper() or None, "birth_date": row["dob"] or None,
        "address": row["city"] or None, "county_code": "-", "phone": digits(row["email"]),
    } for row in rows]
    return shaped, {row["unique_id"]: row["cluster"] for row in rows}


def febrl() -> tuple[list[dict[str, str | None]], dict[str, str]]:
    """Records and the person of each."""
    rows = read("febrl1.csv")
    shaped = [{
        "key": row["rec_id"], "name": f"{row['surname']}{row['given_name']}".upper() or None, "birth_date": row["date_of_birth"] or None,
        "address": f"{row['street_number']}{row['address_1']}" or None, "county_code": row["state"] or "-", "phone": row["soc_sec_id"] or None,
    } for row in rows]
    return shaped, {row["rec_id"]: row["rec_id"].split("-")[1] for row in rows}


def figures(called: str, rows: list[dict[str, str | None]], person: dict[str, str]) -> None:
    """Link the records with themselves and print."""
    table = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in rows[0]]))
    pairs, _ = link(normalise(table, "l"), normalise(table, "r"), expected(), Bands(kept_from=0.01))
    keys = sorted(person)
    members: dict[str, int] = {}
    for key in keys:
        members[person[key]] = members.get(person[key], 0) + 1
    true = sum(n * (n - 1) // 2 for n in members.values())
    chosen = {
        "accepted": pairs.filter(pc.equal(pairs["band"], "accept")), "accepted or to review": pairs.filter(pc.not_equal(pairs["band"], "reject")),
        **{f"p >= {at}": pairs.filter(pc.greater_equal(pairs["probability"], at)) for at in (0.1, 0.5)},
    }
    for what, part in chosen.items():
        found = {tuple(sorted(pair)) for pair in zip(part["left_key"].to_pylist(), part["right_key"].to_pylist(), strict=True) if pair[0] != pair[1]}
        right = sum(person[first] == person[second] for first, second in found)
        precision, recall = right / max(len(found), 1), right / true
        print(f"{called:<12}{what:<24}precision {precision:.3f}  recall {recall:.3f}  F1 {2 * precision * recall / max(precision + recall, 1e-9):.3f}")


if __name__ == "__main__":
    figures("fake_1000", *fake())
    figures("febrl1", *febrl())
