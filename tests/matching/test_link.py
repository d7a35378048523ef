"""Any two tables through the command line: a new user's five minutes, and bad input that is told, never silent."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from jiandu import lake, matching
from jiandu.cli import application, mount
from jiandu.errors import JianduError
from jiandu.identifiers.resident_id import check_digit
from jiandu.matching import chart, config, files, linkage, oddities, statements
from jiandu.matching.bands import Bands
from jiandu.matching.evidence import one_character_off
from jiandu.matching.model import expected
from jiandu.matching.normalise import normalise
from jiandu.settings import Settings

HEADERS = {"key": "编号", "name": "姓名", "person_id_no": "身份证号", "birth_date": "出生日期", "gender": "性别", "phone": "联系电话", "address": "住址"}
MakeMaker = Callable[[int], Any]


def number(day: str, sequence: int) -> str:
    stem = f"990101{day}{sequence:03d}"
    return stem + check_digit(stem)


def write(path: Path, people: list[dict[str, Any]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADERS.values())
        out.writerows([["" if person.get(field) is None else person[field] for field in HEADERS] for person in people])
    return path


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., Any]:
    """Run ``jiandu --json match …`` and give its answer; ``code`` is what it must exit with."""
    mount()

    def run(*words: str | Path, code: int = 0) -> Any:
        answer = CliRunner().invoke(application, ["--json", "match", *map(str, words)])
        assert answer.exit_code == code, (answer.output, answer.exception)
        return json.loads(answer.stdout) if answer.stdout.startswith(("{", "[")) else answer.stdout

    return run


@pytest.fixture
def tables(tmp_path: Path, maker: MakeMaker) -> Callable[..., tuple[Path, Path, list[dict[str, Any]]]]:
    """Write a register, and parties of whom the first were typed as ``change`` says."""

    def make(change: Callable[[dict[str, Any]], dict[str, Any]] = dict, n: int = 40) -> tuple[Path, Path, list[dict[str, Any]]]:
        draw = maker(5)
        people = [draw.person() | {"key": f"E{place}"} for place in range(n)]
        parties = [change(person) | {"key": f"P{place}"} for place, person in enumerate(people[: n // 2])]
        return write(tmp_path / "left.csv", parties), write(tmp_path / "right.csv", people), people

    return make


def test_a_new_user_links_two_files_and_sees_how_good_it_is(tables: Any, said: Any, tmp_path: Path) -> None:
    left, right, _ = tables(lambda person: person | ({"person_id_no": None} if person["key"] > "E15" else {}))
    mount()
    guessed = CliRunner().invoke(application, ["match", "guess", str(left), str(right)]).stdout
    (tmp_path / "match.yml").write_text(guessed, "utf-8")
    pairs = tmp_path / "pairs.parquet"
    told = said("link", left, right, "--config", tmp_path / "match.yml", "--out", pairs, "--keep-model", tmp_path / "weights.json")
    assert told["pairs"]["exact_id/accept"] + told["pairs"]["probabilistic/accept"] == 20
    truth = tmp_path / "truth.csv"
    truth.write_text("left,right\n" + "".join(f"P{place},E{place}\n" for place in range(20)), "utf-8")
    assert said("evaluate", pairs, "--truth", truth)["all"] == {
        "error": "all", "pairs": 20, "found": 20, "shown": 0, "wrong": 0, "recall": 1.0, "precision": 1.0, "f1": 1.0,
    }
    chart = tmp_path / "chart.svg"
    best = said("explain", "P17", "--pairs", pairs, "--chart", chart)[0]
    assert best["right_key"] == "E17"
    assert best["explanation"].startswith("当事人与名册中的记录：姓名一致")
    assert best["explanation"].endswith("匹配结果仅供人工核查。")
    assert "不是结论" in chart.read_text("utf-8")
    again = tmp_path / "again.yml"
    again.write_text(guessed + f"model: {tmp_path / 'weights.json'}\n", "utf-8")
    assert said("link", left, right, "--config", again, "--out", tmp_path / "again.csv")["model"] == told["model"]
    with (tmp_path / "again.csv").open(encoding="utf-8") as file:
        assert {(row["left_key"], row["right_key"]) for row in csv.DictReader(file)} == {(f"P{place}", f"E{place}") for place in range(20)}


def test_files_of_gb18030_need_no_more_than_guess(tables: Any, said: Any, tmp_path: Path) -> None:
    left, right, people = tables()
    write(right, people, "gb18030")
    place, pairs, truth = tmp_path / "c.yml", tmp_path / "o.csv", tmp_path / "truth.csv"
    place.write_text(CliRunner().invoke(application, ["match", "guess", str(left), str(right)]).stdout, "utf-8")
    assert [config.load(place).left.encoding, config.load(place).right.encoding] == ["utf-8", "gb18030"]
    assert said("link", left, right, "--config", place, "--out", pairs)["pairs"]["exact_id/accept"] == 20
    assert stat.S_IMODE(pairs.stat().st_mode) == 0o600
    truth.write_bytes("left,right,error\nP0,E0,无误\n".encode("gb18030"))
    assert said("evaluate", pairs, "--truth", truth)["all"]["found"] == 1


def test_a_workbook_with_a_title_and_no_key_needs_no_more_than_guess(tables: Any, said: Any, tmp_path: Path) -> None:
    left, _, people = tables()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["社会救助对象名册"])
    sheet.append([header for header in HEADERS.values() if header != "编号"])
    for person in people:
        sheet.append([str(person[field]) for field in HEADERS if field != "key"])
    right, place, out = tmp_path / "名册.xlsx", tmp_path / "c.yml", tmp_path / "o.csv"
    book.save(right)
    place.write_text(CliRunner().invoke(application, ["match", "guess", str(left), str(right)]).stdout, "utf-8")
    assert config.load(place).right.key == config.POSITION
    assert said("link", left, right, "--config", place, "--out", out)["pairs"]["exact_id/accept"] == 20
    with out.open(encoding="utf-8") as file:
        assert {(row["left_key"], row["right_key"]) for row in csv.DictReader(file)} == {(f"P{n}", str(n + 1)) for n in range(20)}
    broken = tmp_path / "broken.xlsx"
    broken.write_text("x")
    with pytest.raises(JianduError, match="not a readable workbook"):
        files.columns_of(broken)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--out", "o.xlsx"], "neither .csv nor .parquet"), (["--out", "no/o.csv"], "folder does not exist"),
        (["--out", "o.csv", "--keep-model", "no/w.json"], "folder does not exist"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_work(
    tables: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str,
) -> None:
    left, right, _ = tables(n=4)
    (tmp_path / "c.yml").write_text(config.guess(files.columns_of(left), files.columns_of(right)), "utf-8")
    monkeypatch.setattr(files, "link_files", lambda *_: pytest.fail("it was linked all the same"))
    monkeypatch.chdir(tmp_path)
    mount()
    answer = CliRunner().invoke(application, ["match", "link", str(left), str(right), "--config", "c.yml", *words])
    assert answer.exit_code != 0
    assert says in str(answer.exception) + answer.output


def test_files_that_are_something_else_are_refused(tables: Any, tmp_path: Path) -> None:
    left, right, _ = tables(n=4)
    with pytest.raises(JianduError, match="is no file of pairs: it has no column left_key"):
        list(files.read_pairs(left))
    write(right, [])
    chosen = config.Config.model_validate({side: {"key": "编号", "name": "姓名", "id_no": "身份证号"} for side in ("left", "right")})
    with pytest.raises(JianduError, match="header and no rows"):
        files.link_files(left, right, chosen)


def test_sums_are_read_or_refused() -> None:
    assert files.sums(pa.chunked_array([["12,000", "", None, " 5.5 "]]), "x", "金额").to_pylist() == ["12000", "inf", "inf", "5.5"]
    with pytest.raises(JianduError, match="'金额' is no sum of money in 2 rows, first in row 2"):
        files.sums(pa.chunked_array([["1", "约3万", "1,2"]]), "x", "金额")


def linked(left: Path, right: Path, said: Any, tmp_path: Path, code: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    place = tmp_path / "c.yml"
    place.write_text(config.guess(files.columns_of(left), files.columns_of(right)), "utf-8")
    told = said("link", left, right, "--config", place, "--out", tmp_path / "o.parquet", code=code)
    return told, pq.read_table(tmp_path / "o.parquet").to_pylist()


def kinds(told: dict[str, Any]) -> dict[str, int]:
    return {odd["kind"]: odd["count"] for odd in told["oddities"]}


def test_two_people_with_one_number_go_to_a_person(tables: Any, said: Any, tmp_path: Path) -> None:
    left, right, people = tables()
    write(right, [*people, people[0] | {"key": "E-other", "name": "尉迟笃"}])
    told, pairs = linked(left, right, said, tmp_path)
    found = {pair["right_key"]: pair for pair in pairs if pair["left_key"] == "P0"}
    assert found["E0"]["band"] == "accept"
    assert found["E-other"]["band"] == "review"
    assert "一号多人" in found["E-other"]["reason"]
    assert kinds(told)["one_number_two_people"] == 1


WANG = {"id_no": number("19800101", 1), "name": "王伟", "birth_date": "1980-01-01", "gender": "男"}


@pytest.mark.parametrize(
    ("other", "band"),
    [
        ({}, "accept"), ({"name": "王玮"}, "accept"), ({"name": "王小伟（曾用名王伟）"}, "accept"), ({"name": "王强"}, "accept"),
        ({"birth_date": "1980-01-11"}, "accept"), ({"birth_date": None, "gender": None}, "accept"),
        ({"name": "王小红", "birth_date": "2005-03-04", "gender": "女"}, "review"), ({"name": "王小红", "birth_date": None, "gender": None}, "review"),
        ({"name": "王强", "birth_date": None}, "review"), ({"name": "王强", "birth_date": "2005-03-04"}, "review"),
        ({"name": "李伟", "gender": "女"}, "review"),
        ({"gender": "女"}, "review"), ({"birth_date": "1955-07-09"}, "review"), ({"name": None}, "review"),
    ],
)
def test_a_shared_number_is_accepted_only_for_one_holder(other: dict[str, Any], band: str) -> None:
    rows = [WANG | {"key": "1"}, WANG | {"key": "2"} | other]
    pairs, _ = linkage.link(*(normalise(pa.Table.from_pylist([row]), side) for row, side in zip(rows, "lr", strict=True)), expected(), Bands())
    assert pairs["band"].to_pylist() == [band], pairs["explanation"].to_pylist()
    odd = [one.kind for one in oddities.of_side(normalise(pa.Table.from_pylist(rows)), "x")]
    assert odd == (["one_number_two_people"] if band == "review" and other != {"name": None} else [])


def pairs_of(left: list[dict[str, Any]], right: list[dict[str, Any]], bands: Bands) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = linkage.link(*(normalise(pa.Table.from_pylist(rows), side) for rows, side in ((left, "l"), (right, "r"))),
                                               expected(), bands)[0].to_pylist()
    return found


HOME = {"id_no": "", "phone": "16000000012", "address": "云泽省云江市青澜区清溪镇白石村1组2号", "county_code": "990101"}


@pytest.mark.parametrize(("sum_", "band"), [("500000", "review"), ("499999", "accept"), ("inf", "review"), (None, "accept")])
def test_what_is_costly_waits_for_two_people_before_anybody_was_asked(sum_: str | None, band: str) -> None:
    left = WANG | HOME | {"key": "1"} | ({"consequence": sum_} if sum_ else {})
    found = pairs_of([left], [WANG | HOME | {"key": "2"}], Bands(two_people_above=500_000))
    assert [(pair["band"], pair["match_kind"]) for pair in found] == [(band, "probabilistic")]
    assert found[0]["probability"] < 1, "only a shared number is said to be certain"
    assert ("两人分别认定" in found[0]["reason"]) == (band == "review")
    by_number = pairs_of([WANG | {"key": "1", "consequence": "900000"}], [WANG | {"key": "2"}], Bands(two_people_above=500_000))
    assert [pair["band"] for pair in by_number] == ["accept"]


def test_of_equally_good_records_without_a_number_none_is_taken() -> None:
    left, right, one = [WANG | HOME | {"key": "1"}], [WANG | HOME | {"key": key} for key in "ab"], Bands(one_right=True)
    assert [(pair["band"], "无法区分" in pair["reason"]) for pair in pairs_of(left, right, one)] == [("review", True)] * 2
    assert [pair["band"] for pair in pairs_of(left, right, Bands())] == ["accept"] * 2
    better = [right[0], right[1] | {"phone": None}]
    assert [(pair["band"], "更可靠" in pair["reason"]) for pair in pairs_of(left, better, one)] == [("accept", False), ("reject", True)]
    numbered = [row | {"id_no": WANG["id_no"]} for row in right]
    assert [(pair["band"], "已采信其中一条" in pair["reason"]) for pair in pairs_of(left, numbered, one)] == [("accept", False), ("reject", True)]


def test_blank_texts_say_nothing() -> None:
    blank = {"phone": "", "address": " ", "county_code": "", "gender": "", "id_no": "", "former_name": "　", "birth_date": "1980-01-01"}
    people = normalise(pa.Table.from_pylist([blank | {"key": "1", "name": "王伟"}])).to_pylist()[0]
    assert [people[name] for name in ("phone", "home", "village", "county", "gender", "id_text", "former")] == [None] * 7


def test_two_valid_numbers_are_not_called_missing() -> None:
    left, right = WANG | HOME | {"key": "1", "id_no": number("19800101", 3)}, WANG | HOME | {"key": "2", "id_no": number("19800101", 5)}
    pair = pairs_of([left], [right], Bands())[0]
    assert "双方证件号码均通过校验但不同" in pair["explanation"]
    assert "没有证件号码" not in pair["explanation"] + chart.svg(pair)
    equal = pairs_of([WANG | {"key": "1"}], [WANG | {"key": "2"}], Bands())[0]
    assert "双方证件号码均通过校验且一致" in chart.svg(equal)
    assert "没有证件号码" not in chart.svg(equal)


def test_one_person_with_two_numbers_is_shown_not_joined(tables: Any, maker: MakeMaker, said: Any, tmp_path: Path) -> None:
    draw = maker(6)
    left, right, _ = tables(lambda person: person | {"person_id_no": draw.number("990101", person["birth_date"], 991)} if person["key"] == "E3" else person)
    told, pairs = linked(left, right, said, tmp_path)
    assert [(pair["band"], "一人两号" in pair["reason"]) for pair in pairs if pair["left_key"] == "P3"] == [("review", True)]
    assert kinds(told)["one_person_two_numbers"] == 1


def test_shifted_columns_are_told_and_fail_the_command(tables: Any, said: Any, tmp_path: Path) -> None:
    left, right, people = tables()
    order = list(HEADERS)
    shifted = [{field: person[order[place - 1]] if place else person["key"] for place, field in enumerate(order)} for person in people]
    write(right, [row | {"key": f"E{place}", "name": people[place]["person_id_no"]} for place, row in enumerate(shifted)])
    told, _ = linked(left, right, said, tmp_path, code=1)
    grave = [odd for odd in told["oddities"] if odd["is_grave"]]
    assert {odd["where"] for odd in grave} == {str(right)}
    assert {odd["kind"] for odd in grave} >= {"strange_rows", "misread_birth_date", "misread_gender", "misread_phone"}
    assert all("错位" in odd["says"] for odd in grave)


def test_columns_shifted_beside_name_and_number_are_told_too(tables: Any, said: Any, tmp_path: Path) -> None:
    left, right, people = tables()
    write(right, [person | {"birth_date": person["gender"], "gender": person["phone"], "phone": person["address"], "address": None} for person in people])
    told, _ = linked(left, right, said, tmp_path, code=1)
    assert {odd["kind"]: odd["count"] for odd in told["oddities"] if odd["is_grave"]} == {
        "misread_birth_date": 40, "misread_gender": 40, "misread_phone": 40,
    }


def test_single_wrong_dates_and_genders_are_counted_and_grave_to_nobody(tables: Any, said: Any, tmp_path: Path) -> None:
    left, right, people = tables()
    wrong = [people[0] | {"birth_date": "1980-02-31"}, people[1] | {"gender": "是"}, people[2] | {"phone": "村委会"},
             people[3] | {"gender": {"男": "1", "女": "2"}[people[3]["gender"]], "phone": "无"}]
    write(right, [*wrong, *people[4:]])
    told, _ = linked(left, right, said, tmp_path)
    assert kinds(told) == {"misread_birth_date": 1, "misread_gender": 1, "misread_phone": 1}


def test_words_for_nothing_and_full_width_numbers_are_no_shifted_columns(tables: Any, said: Any, tmp_path: Path) -> None:
    left, right, people = tables()
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    words = ("无", "不详", "-", "未办理", " ")
    write(right, [person | {"person_id_no": words[place % 5] if place % 2 else person["person_id_no"].translate(wide)} for place, person in enumerate(people)])
    told, pairs = linked(left, right, said, tmp_path)
    assert kinds(told) == {}
    assert sum(pair["match_kind"] == "exact_id" for pair in pairs) == 10, "full-width digits are digits"


def test_a_number_of_somebody_dead_before_the_entry_goes_to_a_person() -> None:
    base = {"name": "王伟", "id_no": "11010519491231002X", "birth_date": "1949-12-31", "county_code": "990101", "seen_on": "2026-01-01"}
    sides = [normalise(pa.Table.from_pylist([base | {"key": "1", "died_on": died}]), side) for side, died in (("l", None), ("r", "2020-02-02"))]
    pairs, _ = linkage.link(*sides, expected(), Bands())
    assert pairs["band"].to_pylist() == ["review"]
    assert "已经死亡" in pairs["reason"][0].as_py()


def test_the_death_told_by_one_side_is_held_against_the_day_of_the_other() -> None:
    base = {"name": "王伟", "id_no": "11010519491231002X", "birth_date": "1949-12-31", "county_code": "990101"}
    rows = [base | {"key": "1", "seen_on": "2026-01-01", "died_on": None}, base | {"key": "2", "seen_on": None, "died_on": "2020-02-02"}]
    fields = pa.schema([(name, pa.string()) for name in ("key", "seen_on", "died_on", *base)])
    first, second = (normalise(pa.Table.from_pylist([row], fields), side) for row, side in zip(rows, "lr", strict=True))
    for sides in ((first, second), (second, first)):
        pairs, _ = linkage.link(*sides, expected(), Bands())
        assert pairs["band"].to_pylist() == ["review"]
        assert "已经死亡" in pairs["reason"][0].as_py()
    together = normalise(pa.Table.from_pylist([rows[0] | {"died_on": "2020-02-02"}], fields))
    assert [(odd.kind, odd.count) for odd in oddities.of_side(together, "x")] == [("number_of_the_dead", 1)]


def test_one_person_with_two_numbers_in_one_register_is_counted() -> None:
    rows = [WANG | HOME | {"key": str(n), "id_no": number("19800101", n)} for n in (1, 3)]
    assert [(odd.kind, odd.count) for odd in oddities.of_side(normalise(pa.Table.from_pylist(rows)), "x")] == [("two_numbers_of_one", 1)]


def test_a_county_of_a_common_name_is_found_by_its_city_or_left_open() -> None:
    def people(address: str) -> dict[str, Any]:
        told = WANG | {"key": "1", "id_no": "", "phone": "16000000012", "address": address}
        row: dict[str, Any] = normalise(pa.Table.from_pylist([told])).to_pylist()[0]
        return row

    assert people("北京市朝阳区建国路9号")["county"] == "110105"
    assert people("吉林省长春市朝阳区湖西路1号")["county"] == people("长春市朝阳区湖西路1号")["county"] == "220104"
    assert people("江苏省昆山市玉山镇1号")["county"] == "320583"
    assert people("内蒙古自治区呼和浩特市新城区成吉思汗街道1号")["county"] == "150102"
    open_one = people("朝阳区建国路9号")
    assert (open_one["county"], open_one["counties"], open_one["home"]) == (None, "110105 220104", "建国路9")


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        ("朝阳区建国路9号", "北京市朝阳区建国路9号", "住址所写的区县全国有几个同名"), ("朝阳区建国路9号", "朝阳区建国路9号", "住址所写的区县全国有几个同名"),
        ("朝阳区建国路9号", "江苏省昆山市玉山镇1号", "住址不在同市"), ("清溪镇白石村1号", "江苏省昆山市玉山镇1号", "住址没有写明区县"),
        ("", "江苏省昆山市玉山镇1号", "住址缺失"), ("北京市朝阳区建国路9号", "北京市朝阳区建国路9号", "住址一致"),
    ],
)
def test_an_address_that_is_there_is_never_called_missing(left: str, right: str, says: str) -> None:
    base = WANG | {"id_no": "", "phone": "16000000012"}
    pair = pairs_of([base | {"key": "1", "address": left}], [base | {"key": "2", "address": right}], Bands(kept_from=0))[0]
    assert says in pair["explanation"]


def test_one_household_of_both_tables_counts_as_one_home() -> None:
    base = WANG | {"id_no": "", "household": "H1"}
    pair = pairs_of([base | {"key": "1"}], [base | {"key": "2"}], Bands())[0]
    assert "登记为同一户" in pair["explanation"]
    assert pair["band"] == "accept"
    other = pairs_of([base | {"key": "1"}], [base | {"key": "2", "household": "H2"}], Bands())[0]
    assert ("住址缺失" in other["explanation"], other["band"]) == (True, "review"), "another number may be another numbering: it speaks against nothing"
    sister = base | {"key": "2", "name": "王丽", "birth_date": "1985-03-03", "gender": "女"}
    assert [pair["band"] for pair in pairs_of([base | {"key": "1"}], [sister], Bands(kept_from=0))] in ([], ["reject"])


@pytest.mark.parametrize(
    ("left", "right", "is_one_off"),
    [("云江澜汇商贸", "云江岚汇商贸", True), ("云江澜汇商贸", "云江澜汇商贸行", True), ("江澜汇商贸", "云江澜汇商贸", True),
     ("云江澜汇商贸", "云海岚汇商贸", False), ("云江澜汇商贸", "云江澜汇贸商", False), ("青屿", "青岛海屿", False), ("同" * 39 + "甲", "同" * 39 + "乙", True)],
)
def test_one_character_off_counts_characters_not_bytes(left: str, right: str, is_one_off: bool) -> None:
    told = lake.glance().execute(f"SELECT {one_character_off('l', 'r')} FROM (SELECT ? AS l, ? AS r)", [left, right]).fetchall()
    assert told == [(is_one_off,)]


def test_organisations_without_a_code_do_not_share_the_word_for_it() -> None:
    rows = [{"key": "1", "name": "云江澜汇商贸", "id_no": "无", "phone": None}, {"key": "2", "name": "青屿食品", "id_no": "无", "phone": None}]
    fields = pa.schema([(name, pa.string()) for name in rows[0]])
    sides = [pa.Table.from_pylist([row], fields) for row in rows]
    assert linkage.link(*files.people_of(*sides, "organisation"), expected("organisation"), Bands(kept_from=0))[0].num_rows == 0


def test_one_name_in_half_of_a_register_is_told_and_not_followed(maker: MakeMaker) -> None:
    n = 4000
    common = {"name": "张伟", "phone": None, "address": "云泽省云江市青澜区清溪镇白石村", "county_code": "990101"}
    rows = [common | {"key": str(place), "birth_date": f"{1950 + place % 50}-0{1 + place % 9}-11"} for place in range(n)]
    left = normalise(pa.Table.from_pylist([common | {"key": "P", "birth_date": "1990-05-11", "phone": "16000000077"}]), "l")
    right = normalise(pa.Table.from_pylist([*rows, common | {"key": "E", "birth_date": None, "phone": "16000000077"}]), "r")
    pairs, hubs = linkage.link(left, right, expected(), Bands())
    told = {row["kind"]: row["entries"] for row in hubs.to_pylist()}
    assert told["sound_village"] == n + 1
    assert "E" in pairs["right_key"].to_pylist(), "by name and phone he is compared all the same"
    assert pairs.num_rows <= statements.HUB + 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("left: {key: 编号, name: 姓名, phone: 手机}\nright: {key: 编号, name: 姓名, phone: 联系电话}\n", "手机"),
        ("left: {key: 姓名, name: 姓名, phone: 联系电话}\nright: {key: 编号, name: 姓名, phone: 联系电话}\n", "not a key"),
    ],
)
def test_a_configuration_that_does_not_fit_the_files_is_refused(tables: Any, tmp_path: Path, text: str, says: str) -> None:
    left, right, people = tables()
    write(left, [people[0], people[0] | {"key": "P-double"}])
    place = tmp_path / "c.yml"
    place.write_text(text, "utf-8")
    with pytest.raises(JianduError, match=says):
        files.link_files(left, right, config.load(place))


@pytest.mark.parametrize(
    ("left", "right", "bands", "says"),
    [
        ("", "", "{two_people_above: 200000}", "needs left.consequence"), ("", ", consequence: 金额", "{two_people_above: 200000}", "never read"),
        (", consequence: 金额", ", consequence: 金额", "{}", "never read"), (", consequence: 金额", "", "{two_people_above: 200000}", ""),
    ],
)
def test_two_people_are_not_left_out_for_want_of_a_sum(tmp_path: Path, left: str, right: str, bands: str, says: str) -> None:
    place = tmp_path / "c.yml"
    place.write_text(f"left: {{key: a, name: b, phone: c{left}}}\nright: {{key: a, name: b, phone: c{right}}}\nbands: {bands}\n", "utf-8")
    if not says:
        assert config.load(place).left.consequence == "金额"
        return
    with pytest.raises(JianduError, match=says):
        config.load(place)


def test_the_sums_of_the_register_are_not_guessed() -> None:
    names = ["编号", "姓名", "手机", "金额"]
    assert config.guess(names, names).count("consequence: 金额") == 1


def test_mistakes_of_a_configuration_are_named_by_line(tmp_path: Path) -> None:
    place = tmp_path / "c.yml"
    place.write_text("left: {key: a, name: b}\nright:\n  key: a\n  nam: b\nbands: {accept_from: 0.2}\n", "utf-8")
    with pytest.raises(JianduError) as caught:
        config.load(place)
    told = "\n".join(map(str, caught.value.problems))
    assert "c.yml:1: left" in told
    assert "a name alone never makes two records one" in told
    assert "right.nam" in told
    assert "accept_from" in told


def test_organisations_are_linked_by_code_name_and_place(tmp_path: Path) -> None:
    sides = []
    for rows in (
        [{"key": "1", "name": "云江澜汇商贸有限公司", "id_no": "91990101MADGFK2478"},
                 {"key": "2", "name": "云泽省云江市青屿食品有限责任公司", "address": "青澜区白石镇石门村1号", "county_code": "990101"},
                 {"key": "3", "name": "望川物流有限公司", "county_code": "990101"}],
        [{"key": "1", "name": "澜汇商贸（云江）有限公司", "id_no": "91990101MADGFK2478"},
                  {"key": "2", "name": "青屿食品有限公司", "address": "青澜区白石镇石门村1号", "county_code": "990101"},
                  {"key": "3", "name": "望川物流有限公司", "county_code": "990203"}],
    ):
        fields = ("key", "name", "id_no", "address", "county_code", "phone")
        sides.append(pa.Table.from_pylist([{field: row.get(field) for field in fields} for row in rows], pa.schema([(field, pa.string()) for field in fields])))
    pairs, _ = linkage.link(*files.people_of(*sides, "organisation"), expected("organisation"), Bands())
    found = {(row["left_key"], row["right_key"]): (row["match_kind"], row["band"]) for row in pairs.to_pylist()}
    assert found["1", "1"] == ("exact_id", "accept")
    assert found["2", "2"] == ("probabilistic", "accept")
    drawn = chart.svg(next(row for row in pairs.to_pylist() if row["left_key"] == "2"))
    assert "名称去掉地名和组织形式后一致" in drawn
    assert "统一社会信用代码" in drawn
    assert "姓名" not in drawn
    assert found.get(("3", "3"), ("", "review"))[1] != "accept", "a name alone is never enough"


@pytest.mark.spark
def test_spark_finds_the_same_pairs(spark: Settings, tables: Any) -> None:
    left, right, _ = tables(lambda person: person | ({"person_id_no": None, "gender": None} if person["key"] > "E2" else {}))
    chosen = config.Config.model_validate({side: {"key": "编号", "name": "姓名", "id_no": "身份证号", "birth_date": "出生日期", "phone": "联系电话",
                                                  "address": "住址"} for side in ("left", "right")})
    here, there = (files.link_files(left, right, chosen, linkage.engine(name)).pairs.to_pylist() for name in ("duckdb", "spark"))
    assert len(here) >= 20
    rounded = [[{name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()} for row in rows] for rows in (here, there)]
    assert rounded[0] == rounded[1]


@pytest.mark.spark
def test_spark_finds_the_same_pairs_with_every_error_and_decoy_and_in_the_flow(spark: Settings, county: Callable[..., Any]) -> None:
    county(strangers=200, of_each=8)
    day = datetime(2026, 11, 1, tzinfo=UTC)
    found = {}
    for engine in ("duckdb", "spark"):
        found[engine] = matching.run(day, engine), [
            {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items() if name != "as_of"}
            for row in lake.rows("match", "party_registry")
        ]
        day += timedelta(days=1)
    assert found["duckdb"][0].pairs == found["spark"][0].pairs
    assert len(found["duckdb"][1]) > 80
    assert sorted(map(str, found["duckdb"][1])) == sorted(map(str, found["spark"][1]))


def test_every_statement_can_be_said_in_spark() -> None:
    weights, bands = expected(), Bands(one_right=True, two_people_above=1.0)
    for sql in (
        statements.described("x"), statements.keys('"left"', "person"), statements.HITS, statements.HUBS, statements.HUB_REPORT, statements.CANDIDATES,
        statements.weighed(weights), statements.scored(weights, bands), statements.banded("person", bands), statements.pairs(bands, "person", "'x'"),
    ):
        told = linkage.spark_sql(sql)
        assert "KEY_HASH" not in told.upper()
        assert "LIST_CONTAINS" not in told.upper()
        assert '"left"' not in told
