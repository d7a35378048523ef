"""The agencies' own databases on a real PostgreSQL: filled once, changed once, every kind of change in it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jiandu.clock import parse_as_of
from jiandu.demo import agencies
from jiandu.demo.generate import generate
from jiandu.errors import SetupError
from jiandu.settings import Settings

AS_OF = parse_as_of(Settings().demo_as_of)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agencies")
    generate(0.05, 1, AS_OF, folder / "demo", folder / "landing")
    return folder / "demo"


def ask(database: str, query: str) -> list[tuple[object, ...]]:
    with agencies.session(database) as agency:
        return agency.execute(query.encode()).fetchall()


def test_without_a_province_there_is_nothing_to_load(postgres: Settings, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no province was generated"):
        agencies.load(AS_OF, tmp_path)


def test_tables_hold_what_was_generated_and_a_second_load_writes_nothing(postgres: Settings, out: Path) -> None:
    counts = agencies.load(AS_OF, out)
    for table in (agencies.POLICE, agencies.CIVIL):
        assert counts[table.name] == pq.read_metadata(out / "databases" / f"{table.data_set}.parquet").num_rows
    assert ask("agency_civil", "SELECT DISTINCT xb FROM civil.aid_household ORDER BY 1") == [("1",), ("2",)]
    assert ask("agency_police", "SELECT count(*) > 0 FROM police.criminal_case WHERE jarq = 'infinity'") == [(True,)]
    before = ask("agency_police", "SELECT sum(xmin::text::bigint), count(*) FROM police.criminal_case")
    assert agencies.load(AS_OF, out) == counts
    assert ask("agency_police", "SELECT sum(xmin::text::bigint), count(*) FROM police.criminal_case") == before


def test_changes_are_of_every_kind_and_happen_once(postgres: Settings, out: Path) -> None:
    counts = agencies.load(AS_OF, out)
    numbers = {row[0] for row in ask("agency_police", "SELECT ajbh FROM police.criminal_case")}
    changed = agencies.apply_changes(AS_OF)
    assert changed > 20
    after = {row[0] for row in ask("agency_police", "SELECT ajbh FROM police.criminal_case")}
    renumbered = {str(number) for number in after if str(number).endswith("-1号")}
    assert len(renumbered) == 3
    assert len(after - numbers) == 5 + 3
    assert len(numbers - after) == 3 + 3
    assert ask("agency_police", "SELECT max(updated_at) < timestamptz '2026-11-20 08:00+08' FROM police.criminal_case") == [(True,)]
    assert ask("agency_civil", "SELECT count(*) FROM civil.aid_household WHERE lxdh IS NULL") == [(4,)]
    assert agencies.apply_changes(AS_OF) == 0
    assert agencies.load(AS_OF, out)[agencies.CIVIL.name] == counts[agencies.CIVIL.name] + 3, "a second load does not undo the clerks' work"


def test_another_province_replaces_the_first(postgres: Settings, out: Path, tmp_path: Path) -> None:
    generate(0.02, 7, AS_OF, tmp_path / "demo", tmp_path / "landing")
    counts = agencies.load(AS_OF, tmp_path / "demo")
    assert counts[agencies.POLICE.name] == pq.read_metadata(tmp_path / "demo" / "databases" / "police__criminal_case.parquet").num_rows
    assert agencies.apply_changes(AS_OF) > 0
