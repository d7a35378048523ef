"""Synthetic parties and register entries with typed errors and decoys planted, for ``match.py`` and whoever wants to try a matcher.

    python benchmarks/match_people.py FOLDER [PARTIES ENTRIES [one-name]]

writes ``left.parquet``, ``right.parquet`` (text as a clerk typed it) and ``truth.parquet`` (left, right, error; decoys have no right).
Everything is drawn with one seed: names from the demo's own lists, numbers with valid check digits of the fictional province.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jiandu.demo import lexicon, places
from jiandu.demo.numbers import resident_ids
from jiandu.identifiers.characters import sounding

ERRORS = {
    "none": 0.40, "wrong digit": 0.05, "swapped digits": 0.04, "15 digits": 0.05, "missing id": 0.12, "homophone": 0.09, "traditional": 0.08, "moved": 0.09,
    "phone changed": 0.08,
}
"""Planted error of a true pair and its share. All but "none" come with a second one now and then (``BESIDE``)."""
BESIDE = {"missing id": 0.04, "moved": 0.03, "phone changed": 0.05}
DECOYS = {"name and birth": 0.3, "name and county": 0.25, "name, birth and county": 0.15, "twin": 0.13, "household": 0.13, "number of another": 0.04}
MISSING = {"birth_date": 0.04, "phone": 0.04, "address": 0.03}
"""Share of parties where the field was left empty; of entries half of it."""
TRUE_SHARE, DECOY_SHARE = 0.2, 0.05
SEED = 20261122


class Maker:
    """Columns of people, drawn with one seed."""

    def __init__(self, seed: int = SEED) -> None:
        self.rng = np.random.default_rng(seed)

    def pick(self, values: list[str], n: int, weights: list[float] | None = None) -> np.ndarray:
        chances = None if weights is None else np.array(weights) / sum(weights)
        return np.array(values, dtype=object)[self.rng.choice(len(values), n, p=chances)]

    def people(self, n: int) -> dict[str, np.ndarray]:
        """People in households of one to four, who share a home and a phone."""
        rng, columns = self.rng, places.column("code")
        sizes = rng.choice([1, 2, 3, 4], n, p=[0.4, 0.3, 0.2, 0.1])
        home = np.repeat(np.arange(n), sizes)[:n]
        county = rng.integers(0, len(columns), n)[home]
        birth = np.datetime64("1940-01-01") + rng.integers(0, 27_000, n)
        sequence = rng.integers(0, 990, n)
        born = np.array([text.replace("-", "") for text in np.datetime_as_string(birth, unit="D")], dtype=object)
        registered = np.where(rng.random(n) < 0.85, county, rng.integers(0, len(columns), n))
        stems = columns[registered] + born + np.char.zfill(sequence.astype(str), 3).astype(object)
        surname = self.pick(lexicon.SURNAMES, n, [1 / (place + 6) for place in range(len(lexicon.SURNAMES))])
        surname = np.where(rng.random(n) < 0.01, self.pick(lexicon.COMPOUND_SURNAMES, n), surname)
        middle = np.where(rng.random(n) < 0.85, self.pick(lexicon.MIDDLE + lexicon.MALE + lexicon.FEMALE, n), "")
        last = np.where(sequence % 2 == 1, self.pick(lexicon.MALE, n), self.pick(lexicon.FEMALE, n))
        return {
            "name": surname + middle + last, "id_no": np.asarray(resident_ids(stems), dtype=object),
            "birth_date": np.datetime_as_string(birth, unit="D").astype(object),
            "gender": np.where(sequence % 2 == 1, "男", "女").astype(object), "phone": self.phones(n)[home], "address": self.addresses(county)[home],
            "county_code": columns[county],
        }

    def phones(self, n: int) -> np.ndarray:
        return "16" + np.char.zfill(self.rng.integers(0, 10**9, n).astype(str), 9).astype(object)

    def addresses(self, county: np.ndarray) -> np.ndarray:
        n, rng = len(county), self.rng
        village = self.pick(lexicon.TOWNS, n) + "镇" + self.pick(lexicon.VILLAGES, n) + "村"
        group, house = (rng.integers(1, most, n).astype(str).astype(object) for most in (12, 200))
        return places.column("full_name")[county] + village + group + "组" + house + "号"


@cache
def homophones() -> dict[str, str]:
    """A common character → another common one of the same sound."""
    common = [bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]
    by_sound: dict[int, list[str]] = {}
    for sign in common:
        by_sound.setdefault(int(sounding()[ord(sign)]), []).append(sign)
    return {sign: same[(same.index(sign) + 1) % len(same)] for same in by_sound.values() if len(same) > 1 for sign in same}


@cache
def traditional() -> dict[int, str]:
    """Simplified character → traditional."""
    from importlib import resources

    lines = resources.files("opencc").joinpath("dictionary/STCharacters.txt").read_text("utf-8").splitlines()
    return {ord(plain): form.split(" ")[0] for plain, _, form in (line.partition("\t") for line in lines) if len(plain) == 1}


def typed(maker: Maker, people: dict[str, np.ndarray], error: np.ndarray) -> dict[str, np.ndarray]:
    """The people as clerks typed them, by planted error."""
    rng, n = maker.rng, len(error)
    # Nobody born after 1999 ever had a number of 15 digits.
    error[(error == "15 digits") & (people["birth_date"] >= "2000")] = "none"
    out = {name: column.copy() for name, column in people.items()}
    second = {name: (rng.random(n) < share) & (error != "none") for name, share in BESIDE.items()}
    error[(people["id_no"] == None) & np.isin(error, ["wrong digit", "swapped digits", "15 digits"])] = "none"  # noqa: E711 of an array
    for row in np.flatnonzero(np.isin(error, ["wrong digit", "swapped digits", "15 digits", "homophone", "traditional"])):
        number, name, kind = out["id_no"][row], out["name"][row], error[row]
        if kind == "wrong digit":
            place = int(rng.integers(0, 17))
            out["id_no"][row] = number[:place] + str((int(number[place]) + int(rng.integers(1, 10))) % 10) + number[place + 1 :]
        elif kind == "swapped digits":
            choices = [place for place in range(6, 16) if number[place] != number[place + 1]]
            place = int(rng.choice(choices))
            out["id_no"][row] = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        elif kind == "15 digits":
            out["id_no"][row] = number[:6] + number[8:17]
        elif kind == "homophone":
            places_of = [place for place in range(1, len(name)) if name[place] in homophones()]
            if places_of:
                place = places_of[-1]
                out["name"][row] = name[:place] + homophones()[name[place]] + name[place + 1 :]
        else:
            out["name"][row] = name.translate(traditional())
    out["id_no"] = np.where((error == "missing id") | second["missing id"], None, out["id_no"])
    moved = np.flatnonzero((error == "moved") | second["moved"])
    county = rng.integers(0, len(places.column("code")), len(moved))
    out["address"][moved], out["county_code"][moved] = maker.addresses(county), places.column("code")[county]
    changed = np.flatnonzero((error == "phone changed") | second["phone changed"])
    out["phone"][changed] = maker.phones(len(changed))
    return out


def decoys(maker: Maker, people: dict[str, np.ndarray], kind: np.ndarray) -> dict[str, np.ndarray]:
    """Somebody else who looks like each of these people; without a number, but for those who use that of another."""
    n = len(kind)
    out = maker.people(n)
    birth = np.isin(kind, ["name and birth", "name, birth and county", "twin"])
    for name, chosen in (
        ("name", np.isin(kind, ["name and birth", "name and county", "name, birth and county"])), ("birth_date", birth), ("gender", birth),
        ("county_code", np.isin(kind, ["name and county", "name, birth and county", "twin", "household"])), ("address", np.isin(kind, ["twin", "household"])),
        ("phone", np.isin(kind, ["twin", "household"])), ("id_no", kind == "number of another"),
    ):
        out[name] = np.where(chosen, people[name], out[name])
    where = np.array(list(places.column("code")))
    county = np.searchsorted(where, out["county_code"].astype(str))
    away = np.flatnonzero(np.isin(kind, ["name and county", "name, birth and county"]))
    out["address"][away] = maker.addresses(county[away])
    for row in np.flatnonzero(np.isin(kind, ["twin", "household"])):
        own = people["name"][row]
        out["name"][row] = own[:-1] + out["name"][row][-1] if kind[row] == "twin" and own[-1] != out["name"][row][-1] else own[0] + "某" + out["name"][row][-1]
    # Every second number of another is that of a relative in the same home: the surname is the same, and the phone.
    for row in np.flatnonzero(kind == "number of another")[::2]:
        out["name"][row] = people["name"][row][0] + out["name"][row][1:]
        for name in ("address", "phone", "county_code"):
            out[name][row] = people[name][row]
    out["id_no"] = np.where(kind == "number of another", out["id_no"], None)
    return out


def table(prefix: str, columns: dict[str, np.ndarray], maker: Maker, missing: float) -> pa.Table:
    n = len(columns["name"])
    for name, share in MISSING.items():
        columns[name] = np.where(maker.rng.random(n) < share * missing, None, columns[name])
    keys = [f"{prefix}{number}" for number in range(n)]
    return pa.table({"key": pa.array(keys), **{name: pa.array(list(column), pa.string()) for name, column in columns.items()}})


def one_name(people: dict[str, np.ndarray]) -> None:
    """One name in every second row, in every fourth without a number, with the village office's phone and in one village: nothing tells them apart."""
    people["name"][::2] = "张伟"
    people["id_no"][::4] = None
    people["phone"][::4] = "16000001234"
    people["county_code"][::4] = people["county_code"][0]
    people["address"][::4] = people["address"][0]


def write(folder: Path, parties: int = 500_000, entries: int = 300_000, is_one_name: bool = False) -> None:
    """Write the three files."""
    maker = Maker()
    register = maker.people(entries)
    if is_one_name:
        one_name(register)
    true, false = int(min(entries * TRUE_SHARE, parties * 0.6)), int(min(entries * DECOY_SHARE, parties * 0.15))
    chosen = maker.rng.permutation(entries)[: true + false]
    error, kind = maker.pick(list(ERRORS), true, list(ERRORS.values())), maker.pick(list(DECOYS), false, list(DECOYS.values()))
    shown = [
        typed(maker, {name: column[chosen[:true]] for name, column in register.items()}, error),
        decoys(maker, {name: column[chosen[true:]] for name, column in register.items()}, kind),
        maker.people(parties - true - false),
    ]
    order = maker.rng.permutation(parties)
    left = {name: np.concatenate([part[name] for part in shown])[order] for name in register}
    places_of = np.empty(parties, dtype=np.int64)
    places_of[order] = np.arange(parties)
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table("P", left, maker, 1.0), folder / "left.parquet")
    pq.write_table(table("E", register, maker, 0.5), folder / "right.parquet")
    pq.write_table(pa.table({
        "left": pa.array([f"P{place}" for place in places_of[: true + false]]),
        "right": pa.array([*(f"E{place}" for place in chosen[:true]), *[None] * false], pa.string()),
        "error": pa.array([*error, *(f"decoy: {one}" for one in kind)]),
    }), folder / "truth.parquet")


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:4]), is_one_name="one-name" in sys.argv)
