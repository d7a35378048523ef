"""The province: its size, its people, its procedures, and that exactly what was planted is there to be found."""

from __future__ import annotations

import runpy
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from jiandu.demo import places
from jiandu.demo.draws import Draws
from jiandu.demo.generate import Slice, plant, slices
from jiandu.demo.numbers import Serials
from jiandu.demo.people import Population
from jiandu.demo.plants.stage import Stage
from jiandu.demo.world import World

TODAY = date(2026, 11, 20)
findings = runpy.run_path(str(Path(__file__).with_name("oracle.py")))["findings"]
ORDERS = {
    "justice__penalty": ["decision_date", "served_date"], "court__nonlit_case": ["received_date", "accepted_date", "ruling_date"],
    "court__enforcement_case": ["filed_date", "closed_date"], "justice__relief_case": ["filed_date", "closed_date", "served_date"],
    "police__admin_case": ["incident_date", "accepted_date", "decision_date"], "police__criminal_case": ["incident_date", "filed_date"],
    "civil__death": ["death_date", "registered_date"], "civil__aid_household": ["start_date", "end_date"],
    "rural__monitored_person": ["start_date", "end_date"], "procuratorate__case": ["accepted_date", "closed_date"],
    "procuratorate__document": ["sent_date", "replied_date"], "justice__custody": ["admitted_date", "released_date"],
    "labour__injury_recognition": ["injury_date", "recognised_date"], "market__food_licence": ["issued_date", "valid_until_date"],
}
FUTURE = {"valid_until_date", "reply_due_date", "defer_until_date"}
"""Dates that may lie ahead."""


@pytest.fixture(scope="module")
def province() -> Slice:
    """The province of scale 1."""
    [only] = slices(1.0, 1, TODAY)
    return only


@pytest.fixture(scope="module")
def sql(province: Slice) -> duckdb.DuckDBPyConnection:
    """Its rows, to be asked."""
    connection = duckdb.connect()
    for name, rows in province.rows.items():
        connection.register(name, rows)
    return connection


def test_scale_1_is_about_a_hundred_thousand_rows_of_all_data_sets(province: Slice) -> None:
    sizes = {name: len(rows) for name, rows in province.rows.items()}
    assert len(sizes) == 22
    assert 90_000 <= sum(sizes.values()) <= 110_000
    assert max(sizes, key=lambda name: sizes[name]) == "social__pension_payment"


def test_answer_key_has_a_hundred_of_each_kind_over_all_counties(province: Slice) -> None:
    planted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for answer in province.answers:
        planted[answer.model, answer.kind].append(answer.anchor)
    assert {kind for _, kind in planted} == {"truth", "decoy", "early"}
    assert len({anchor for (model, kind), anchors in planted.items() if kind == "early" for anchor in anchors}) >= 12
    for (model, kind), anchors in planted.items():
        if kind == "early":
            continue
        assert len(anchors) >= 100, (model, kind)
        assert len(set(anchors)) == len(anchors), (model, kind)
        where = {answer.county_code for answer in province.answers if (answer.model, answer.kind) == (model, kind)}
        assert where == set(places.column("code")), (model, kind)


def test_an_independent_reading_finds_exactly_what_was_planted(province: Slice) -> None:
    found = findings(province.rows)
    for model, said in found.items():
        truths = {(answer.finding, answer.anchor) for answer in province.answers if answer.model == model and answer.kind == "truth"}
        assert said == truths, model


def test_stories_stay_true_when_there_are_ten_times_as_many() -> None:
    stage = Stage(World(3, 0, 1.0, 1.0, TODAY, Population(), Serials()), Draws(3, "stage"))
    plant(stage, 10.0)
    said = findings({name: stage.planted.table(name) for name in stage.planted.rows})
    for model, found in said.items():
        assert found == {(answer.finding, answer.anchor) for answer in stage.answers if answer.model == model and answer.kind == "truth"}, model
        assert len(found) == 1200


def test_a_clean_province_plants_nothing_and_gives_no_finding() -> None:
    [clean] = slices(0.3, 5, TODAY, clean=True)
    assert clean.answers == []
    assert not any(clean.planted.rows.values())
    assert findings(clean.rows) == {model: set() for model in findings(clean.rows)}


def resident_id_is_valid(number: str) -> bool:
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(number[:17]))
    return len(number) == 18 and "10X98765432"[total % 11] == number[17]


@pytest.mark.parametrize("seed", [1, 2])
def test_identity_numbers_have_valid_check_digits_and_belong_to_one_person(seed: int) -> None:
    [part] = slices(0.2, seed, TODAY, clean=True)
    owners: defaultdict[str, set[str]] = defaultdict(set)
    codes: set[str] = set()
    for name, rows in part.rows.items():
        for column, person in (("person_id_no", "party_name" if name == "procuratorate__case_party" else "person_name"), ("suspect_id_no", "suspect_name")):
            if column in rows.column_names and person in rows.column_names:
                for number, owner in zip(rows.column(column).to_pylist(), rows.column(person).to_pylist(), strict=True):
                    if number is not None:
                        owners[number].add(owner)
        for column in ("uscc", "agency_uscc", "company_uscc"):
            if column in rows.column_names:
                codes |= {code for code in rows.column(column).to_pylist() if code}
    assert len(owners) > 1000
    assert all(resident_id_is_valid(number) and number.startswith("99") for number in owners)
    assert Counter(len(who) for who in owners.values()).keys() == {1}
    assert len(codes) > 200
    assert all(uscc.is_valid(code) for code in codes)
    licences = part.rows["market__food_licence"].column("licence_no").to_pylist()
    assert all(number.startswith("JY") and mod_11_10.is_valid(number[2:]) for number in licences)


def test_birth_date_and_gender_agree_with_the_identity_number(sql: duckdb.DuckDBPyConnection) -> None:
    for name in ("civil__aid_household", "rural__monitored_person"):
        [(wrong,)] = sql.execute(
            f"SELECT count(*) FROM {name} WHERE person_id_no IS NOT NULL AND (strftime(birth_date, '%Y%m%d') <> person_id_no[7:14]"
            " OR gender <> CASE WHEN person_id_no[17:17]::INT % 2 = 1 THEN '男' ELSE '女' END)",
        ).fetchall()
        assert wrong <= 15, name  # namesakes of the stories stand there without a number or under another's birth date


@pytest.mark.parametrize("data_set", ORDERS)
def test_dates_obey_procedure(province: Slice, sql: duckdb.DuckDBPyConnection, data_set: str) -> None:
    for before, after in zip(ORDERS[data_set], ORDERS[data_set][1:], strict=False):
        assert sql.execute(f"SELECT count(*) FROM {data_set} WHERE {before} > {after}").fetchall() == [(0,)], (before, after)


def test_no_agency_knows_the_future(province: Slice, sql: duckdb.DuckDBPyConnection) -> None:
    for name, rows in province.rows.items():
        for column in rows.schema:
            if pa.types.is_temporal(column.type) and column.name not in FUTURE:
                [(late,)] = sql.execute(f"SELECT count(*) FROM {name} WHERE {column.name} >= DATE '2026-11-20'").fetchall()
                assert late == 0, (name, column.name)


def test_numbers_are_unique_by_the_key_of_the_contract(province: Slice, sql: duckdb.DuckDBPyConnection) -> None:
    from jiandu import contracts

    for name, contract in contracts.load_all().items():
        if name in province.rows:
            key = ", ".join(contract.key)
            assert sql.execute(f"SELECT {key} FROM {name} GROUP BY ALL HAVING count(*) > 1").fetchall() == [], name


def test_indicators_move_as_the_years_did(sql: duckdb.DuckDBPyConnection) -> None:
    months = sql.execute("SELECT count(DISTINCT date_trunc('month', accepted_date)), count(DISTINCT county_code) FROM procuratorate__case").fetchall()
    assert months[0][0] >= 24
    assert months[0][1] == 30
    [(arrest, plea)] = sql.execute(
        "SELECT avg((result = '不批准逮捕')::INT) FILTER (case_kind = '审查逮捕' AND result IS NOT NULL), avg(is_guilty_plea::INT) FROM procuratorate__case",
    ).fetchall()
    assert 0.3 < arrest < 0.5
    assert 0.84 < plea < 0.93


def test_slices_share_no_numbers() -> None:
    from jiandu.demo import generate

    small, generate.SLICE = generate.SLICE, 0.05
    try:
        parts = list(slices(0.15, 3, TODAY, clean=True))
    finally:
        generate.SLICE = small
    assert len(parts) == 3
    for name in ("justice__penalty", "social__pension_payment", "police__admin_case", "civil__aid_household"):
        keys = {"justice__penalty": "penalty_doc_no", "social__pension_payment": "payment_no", "police__admin_case": "admin_case_no"}
        column = keys.get(name, "person_id_no")
        values = [set(part.rows[name].column(column).to_pylist()) for part in parts]
        assert sum(map(len, values)) == len(set.union(*values)), name
