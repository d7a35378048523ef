"""``jiandu keywords`` and ``jiandu new lexicon`` as their users call them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from jiandu import cli, content, keywords
from jiandu.cli_options import options
from jiandu.commands import check
from jiandu.errors import JianduError
from jiandu.keywords import lint, opinion
from jiandu.settings import ROOT, settings

TEXTS = ["高价收电话卡，加V：abc12345", "警方提醒：高价收电话卡是骗局", "今天天气好", "高价收电话咔"]


@pytest.fixture(scope="module", autouse=True)
def mounted() -> None:
    if not cli.application.registered_groups:
        cli.mount()


@pytest.fixture
def jiandu() -> Iterator[Callable[..., Result]]:
    """The command line in this process; what it refuses comes as its error."""
    def call(*words: str) -> Result:
        return CliRunner().invoke(cli.application, list(words), catch_exceptions=True)

    yield call
    options().json = False
    settings.cache_clear()


def write(path: Path) -> Path:
    """The texts as a file of the kind its name says, with a row that holds no text."""
    table = pa.table({"编号": [1, 2, 3, 4, 5], "正文": [*TEXTS, None]})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append(["编号", "正文"])
        for number, text in enumerate([*TEXTS, None], 1):
            book.active.append([number, text])
        book.save(path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps({"编号": number, "正文": text}) for number, text in enumerate([*TEXTS, None], 1)), "utf-8")
    else:
        lines = ["编号,正文", *(f"{number},{text}" for number, text in enumerate([*TEXTS, ""], 1))]
        data = "\n".join(lines).encode("gb18030" if "gb" in path.name else "utf-8")
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["a.csv", "gb.csv", "a.csv.gz", "a.parquet", "a.xlsx", "a.jsonl"])
def test_any_table_is_scored_alike(name: str, tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    told = json.loads(jiandu("--json", "keywords", "score", str(write(tmp_path / name)), "--text-column", "正文").stdout)
    assert (told["texts"], told["rows_without_text"], told["unreadable_rows"]) == (4, 1, 0)
    assert told["levels"] == {"none": 2, "blue": 1, "yellow": 1, "orange": 0, "red": 0}
    assert [[hit["tier"] for hit in row["hits"]] for row in told["results"]] == [["sure"], ["suspect"], ["suspect"]]
    assert told["results"][0]["contacts"][0]["value"] == "ab•••"
    assert "不是结论" in told["note"]


def test_a_screen_shows_the_gravest_first_and_what_it_is(tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("正文\n高价收电话咔\n\"高价收\x1b电话卡\"\n多,一格\n", "utf-8")
    told = jiandu("keywords", "score", str(path), "--text-column", "正文").stdout
    assert told.index("yellow") < told.index("blue")
    assert "\x1b" not in told
    assert "1 rows not readable" in told
    assert "不是结论" in told


def test_contacts_are_hidden_until_asked_for(tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    score = ("keywords", "score", str(write(tmp_path / "a.csv")), "--text-column", "正文")
    assert "加V：ab••••••" in jiandu(*score).stdout
    assert "abc12345" not in jiandu(*score).stdout + jiandu("--json", *score).stdout
    options().json = False
    assert "加V：abc12345" in jiandu(*score, "--unmasked").stdout


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_every_row_is_written(ending: str, tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    source = tmp_path / "a.csv"
    source.write_text("正文\n高价收电话卡\n=cmd()收卡日结\n", "utf-8")
    out = tmp_path / f"out{ending}"
    assert jiandu("keywords", "score", str(source), "--text-column", "正文", "--out", str(out)).exit_code == 0
    rows = (pq.read_table(out) if ending == ".parquet" else pa.csv.read_csv(out)).to_pylist()
    assert [row["level"] for row in rows] == ["yellow", "yellow"]
    assert rows[1]["text"] == ("'=cmd()收卡日结" if ending == ".csv" else "=cmd()收卡日结")
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("name", "data", "says"), [
    ("none.csv", None, "no such file"), ("a.doc", b"x", "neither CSV"), ("a.csv", b"", "empty"), ("a.csv", b"a,b\n1,2\n", "has no column '正文'"),
    ("a.csv", "正文\n\n".encode(), "no text in any row"), ("a.parquet", b"PAR1", "not a Parquet file"), ("a.xlsx", b"PK", "not a readable workbook"),
    ("a.csv.gz", b"\x1f\x8b\x08", "broken or cut off"), ("a.jsonl", b"{", "cut off"), ("a.csv", b"\xd5\xfd\xce\xc4\n\xff\xff\n", "not gb18030 text"),
], ids=lambda one: str(one)[:20])
def test_a_bad_file_is_one_clear_error(name: str, data: bytes | None, says: str, tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    failed = jiandu("keywords", "score", str(tmp_path / name), "--text-column", "正文").exception
    assert isinstance(failed, JianduError)
    assert len(failed.problems) == 1
    assert says in str(failed)


def test_what_was_wrong_too_often_is_demoted_and_says_so(tmp_path: Path, jiandu: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "root" / "lexicons"
    folder.mkdir(parents=True)
    lexicon = (ROOT / content.PRODUCT_FOLDERS["lexicons"] / "phone_cards.yml").read_text("utf-8")
    (folder / "own.yml").write_text(lexicon.replace("category: phone_card", "category: own"), "utf-8")
    rows = ["出租手机卡,own"] * 3 + ["出租手机卡,其他"] * 4 + ["高价收电话卡,own;其他"] * 6
    (tmp_path / "labelled.csv").write_text("\n".join(["正文,类别", *rows]), "utf-8")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path / "root")]))
    settings.cache_clear()
    before = keywords.load().version
    measure = ("keywords", "measure", str(tmp_path / "labelled.csv"), "--text-column", "正文", "--label-column", "类别", "--lexicon", "own")
    assert jiandu(*measure, "--dry").exit_code == 0
    assert keywords.load().version == before
    done = jiandu("--as-of", "2026-11-20", *measure)
    assert "出租电话卡  right 3 of 7 (0.43)，demoted" in done.stdout
    kept = (folder / "_measured.json").read_text("utf-8")
    lexicons = keywords.load()
    assert lexicons.version != before
    by_term = {hit.term: (hit.tier, hit.weight) for hit in keywords.Scorer(lexicons).score("高价收电话卡，出租手机卡").hits if hit.lexicon == "own"}
    assert by_term == {"高价收卡": ("sure", 4.0), "出租电话卡": ("suspect", 0.0)}
    assert "高价收卡 4  right 6 of 6 (1.00)" in jiandu("keywords", "list", "--terms").stdout
    jiandu("--as-of", "2026-11-20", *measure)
    assert (folder / "_measured.json").read_text("utf-8") == kept, "measuring again, with the demoted term, says the same"
    # Another pattern under the same name is another term: it was not measured.
    (folder / "own.yml").write_text(lexicon.replace("(电话|手机|流量|实名)?卡, weight: 4}", "(电话|手机|流量)?卡, weight: 4}", 1), "utf-8")
    assert keywords.load().figure("own", keywords.load().by_name["own"].terms[0]) is None
    (folder / "_measured.json").write_text("{", "utf-8")
    with pytest.raises(JianduError, match="measure again"):
        keywords.load()


def test_a_second_opinion_is_told_and_opens_nothing(tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    rows = [f"高价收电话卡{number},1" for number in range(20)] + [f"今天天气好{number},0" for number in range(20)]
    (tmp_path / "labelled.csv").write_text("\n".join(["正文,看", *rows]), "utf-8")
    kept = tmp_path / "opinion.npz"
    assert jiandu("keywords", "train", str(tmp_path / "labelled.csv"), "--text-column", "正文", "--label-column", "看", "--out", str(kept)).exit_code == 0
    second = opinion.Opinion.read(kept)
    assert second.ask(["高价收电话卡"])[0] > 0.5 > second.ask(["今天天气好"])[0]
    lexicons = keywords.load()
    alone, asked = keywords.Scorer(lexicons), keywords.Scorer(lexicons, second)
    for text in ("高价收电话卡", "今天天气好", "高价收电话", "打13812345678"):
        one, two = alone.score(text), asked.score(text)
        assert (one.level, one.weight, one.hits) == (two.level, two.weight, two.hits)
        assert (two.opinion is not None) == bool(two.hits)
    told = jiandu("keywords", "score", str(write(tmp_path / "a.csv")), "--text-column", "正文", "--opinion", str(kept)).stdout
    assert "second opinion" in told


def test_a_second_opinion_needs_both_answers(tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    (tmp_path / "a.csv").write_text("正文,看\n甲,1\n乙,1\n", "utf-8")
    failed = jiandu("keywords", "train", str(tmp_path / "a.csv"), "--text-column", "正文", "--label-column", "看", "--out", str(tmp_path / "o.npz")).exception
    assert "all the same" in str(failed)
    (tmp_path / "o.npz").write_bytes(b"no")
    with pytest.raises(JianduError, match="jiandu keywords train"):
        opinion.Opinion.read(tmp_path / "o.npz")


def test_a_new_lexicon_fails_its_check_until_it_is_filled_in(tmp_path: Path, jiandu: Callable[..., Result]) -> None:
    made = jiandu("new", "lexicon", "lottery", "--into", str(tmp_path))
    assert f"wrote {tmp_path / 'lexicons' / 'lottery.yml'}" in made.stdout
    problems = lint.lint([tmp_path / "lexicons" / "lottery.yml"])
    assert any("closed list" in problem.what for problem in problems)
    assert any(problem.what == "still to do" for problem in problems)
    assert check.LINTERS["lexicons"] == lint.__name__
    assert "exists already" in str(jiandu("new", "lexicon", "lottery", "--into", str(tmp_path)).exception)
    assert isinstance(jiandu("new", "lexicon", "Not A Name").exception, JianduError)
