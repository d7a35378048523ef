"""Work-safety accidents at the criminal threshold that were only fined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from jiandu.demo.background.accidents import KINDS
from jiandu.demo.plants.stage import Scene, Stage, Variety, ahead, at, back

MODEL = "work_safety_accident"
ONLY_FINED, POLICE_SILENT, LATE, OVERDUE, NOT_EVALUATED = "only_fined", "transferred_not_filed", "transferred_late", "report_overdue", "not_evaluated"
Result = tuple[str, str]
Play = Callable[[Scene], Result]


def accident(scene: Scene, early: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Plant an accident of last year or this spring whose report was approved and its rectification evaluated in time, and which was fined."""
    occurred = fields.pop("occurred_on", None) or back(date(2026, 5, 15), scene.turn * 13 + scene.number % 9)
    approved = fields.pop("report_approved_date", ahead(occurred, 48))
    evaluated = ahead(approved, 300) if approved else None
    company, uscc = fields.pop("company", None) or scene.company()
    row = {
        "accident_no": scene.accident_number(occurred), "occurred_at": at(occurred, 8 + scene.number % 10, scene.turn % 60),
        "place": scene.place.full_name + company,
        "company_name": company, "uscc": uscc, "accident_type": KINDS[scene.number % len(KINDS)], "is_production_accident": True, "death_count": 0,
        "serious_injury_count": 0, "direct_loss_cny": float(120_000 + scene.turn * 1000), "responsibility": scene.choose("主要责任", "同等责任"),
        "is_victim_sole_responsible": False, "report_approved_date": approved,
        "penalty_doc_no": scene.number_of(scene.place.short + "应急罚字", approved or occurred),
        "evaluated_date": evaluated if evaluated and evaluated < scene.today else None, **fields,
    }
    return scene.add("emergency__accident", row, early)


def crime(scene: Scene, when: date, company_uscc: str | None = None, accident_no: str | None = None) -> None:
    """Plant the police's criminal case of an accident or of another matter of the company."""
    person = scene.person()
    filed = when + timedelta(days=18)
    scene.add("police__criminal_case", {
        "criminal_case_no": scene.police_number(filed, criminal=True), "charge_name": "重大责任事故罪", "filed_date": filed, "incident_date": when,
        "suspect_name": person.name, "suspect_id_no": person.id_no, "company_uscc": company_uscc, "accident_no": accident_no, "updated_at": at(filed, 15),
    })


def done(row: dict[str, Any]) -> Result:
    """Subject and anchor: both are the accident."""
    return row["accident_no"], row["accident_no"]


def plain(early: dict[str, Any] | None = None, **fields: Any) -> Play:
    """A variety that is one row of the ledger."""
    return lambda scene: done(accident(scene, early, **fields))


def fined_through_unknown(scene: Scene) -> Result:
    """The company's credit code is missing from the ledger."""
    name, _ = scene.company()
    return done(accident(scene, company=(name, None), death_count=1))


def other_crime(scene: Scene) -> Result:
    """The company has a criminal case, of another accident half a year before."""
    company = scene.company()
    row = accident(scene, company=company, death_count=scene.choose(1, 2))
    crime(scene, row["occurred_at"].date() - timedelta(days=180), company_uscc=company[1])
    return done(row)


def filed(shift: int | None) -> Play:
    """The police filed: under the accident's number (``None``), or the company's code with a date so many days off."""
    def play(scene: Scene) -> Result:
        company = scene.company()
        row = accident(scene, company=company, death_count=scene.choose(1, 3))
        when = row["occurred_at"].date()
        crime(scene, when + timedelta(days=shift or 0), None if shift is None else company[1], row["accident_no"] if shift is None else None)
        return done(row)
    return play


def transferred(days_ago: int) -> Play:
    """Transferred so many days before the demo's day; an old transfer led to a case."""
    def play(scene: Scene) -> Result:
        day = back(scene.today, days_ago)
        occurred = back(day, 55)
        number = scene.number_of(scene.place.short + "应急移字", day)
        row = accident(scene, occurred_on=occurred, report_approved_date=back(day, 2), death_count=1, transfer_doc_no=number, transferred_date=day)
        if days_ago > 30:
            crime(scene, occurred, accident_no=row["accident_no"])
        return done(row)
    return play


def police_silent(scene: Scene) -> Result:
    """Transferred months ago, and the police decided nothing."""
    day = back(date(2026, 7, 3), scene.turn * 5)
    number = scene.number_of(scene.place.short + "应急移字", day)
    return done(accident(scene, occurred_on=back(day, 60), death_count=scene.choose(1, 2), transfer_doc_no=number, transferred_date=day))


def approved_lately(scene: Scene) -> Result:
    """The report was approved three days ago: the days for the transfer still run."""
    day = back(scene.today, 3)
    return done(accident(scene, occurred_on=back(day, 50), death_count=1, report_approved_date=day))


def not_approved(scene: Scene) -> Result:
    """The inquiry goes on."""
    return done(accident(scene, occurred_on=back(scene.today, 30 + scene.turn % 15), death_count=2, report_approved_date=None, penalty_doc_no=None))


def transferred_late(scene: Scene) -> Result:
    """Transferred and filed, but seven weeks after the approval."""
    row = accident(scene, death_count=scene.choose(1, 2))
    day = ahead(row["report_approved_date"], 48 + scene.turn % 9)
    row |= {"transfer_doc_no": scene.number_of(scene.place.short + "应急移字", day), "transferred_date": day}
    crime(scene, row["occurred_at"].date(), accident_no=row["accident_no"])
    return done(row)


def unapproved(days_ago: int) -> Play:
    """No report was approved, so many days after a small accident."""
    def play(scene: Scene) -> Result:
        occurred = back(scene.today, days_ago + scene.turn % 9)
        return done(accident(scene, occurred_on=occurred, serious_injury_count=1, report_approved_date=None, penalty_doc_no=None))
    return play


def approved_long_ago(late: int | None, early: bool = False) -> Play:
    """A small accident approved more than a year ago; evaluated so many days after the approval, or never; at first not written down if ``early``."""
    def play(scene: Scene) -> Result:
        occurred = back(date(2025, 8, 29), scene.turn * 13 + scene.number % 9)
        evaluated = None if late is None else ahead(occurred, 48) + timedelta(days=late)
        return done(accident(scene, {"evaluated_date": None} if early else None, occurred_on=occurred, serious_injury_count=1, evaluated_date=evaluated))
    return play


TRUTHS = [
    Variety("one_death", ONLY_FINED, "死亡一人，只罚款", plain(death_count=1)),
    Variety("three_deaths", ONLY_FINED, "死亡三人，主要责任", plain(death_count=3, responsibility="主要责任")),
    Variety("three_serious_injuries", ONLY_FINED, "重伤恰三人", plain(serious_injury_count=3)),
    Variety("ten_serious_injuries", ONLY_FINED, "重伤十人", plain(serious_injury_count=10, responsibility="主要责任")),
    Variety("loss_of_a_million", ONLY_FINED, "直接经济损失恰一百万元", plain(direct_loss_cny=1_000_000.0)),
    Variety("loss_of_millions", ONLY_FINED, "直接经济损失数百万元", plain(direct_loss_cny=3_580_000.0)),
    Variety("loss_corrected_upwards", ONLY_FINED, "损失后来更正为一百八十万元", plain(early={"direct_loss_cny": 800_000.0}, direct_loss_cny=1_800_000.0)),
    Variety("secondary_responsibility", ONLY_FINED, "次要责任也达到立案标准", plain(death_count=1, responsibility="次要责任")),
    Variety("no_penalty_either", ONLY_FINED, "连处罚也没有", plain(death_count=1, penalty_doc_no=None)),
    Variety("credit_code_missing", ONLY_FINED, "台账缺统一社会信用代码", fined_through_unknown),
    Variety("police_silent", POLICE_SILENT, "移送数月公安机关未立案", police_silent),
    Variety("transferred_late", LATE, "批复七周后才移送，公安已立案", transferred_late),
    Variety("report_overdue", OVERDUE, "事故后二百日调查报告未批复", unapproved(200)),
    Variety("never_evaluated", NOT_EVALUATED, "批复一年多未评估整改落实情况", approved_long_ago(None)),
    Variety("evaluated_late", NOT_EVALUATED, "批复后一年零一个月才评估", approved_long_ago(380)),
    Variety("crime_of_another_accident", ONLY_FINED, "同一公司另有半年前的刑事案件", other_crime),
]
DECOYS = [
    Variety("unforeseeable", ONLY_FINED, "意外事件", plain(death_count=1, responsibility="意外事件")),
    Variety("victim_alone", ONLY_FINED, "仅死者本人有责任", plain(death_count=1, is_victim_sole_responsible=True)),
    Variety("not_production", ONLY_FINED, "非生产安全事故", plain(death_count=2, is_production_accident=False)),
    Variety("traffic", ONLY_FINED, "道路交通事故", plain(death_count=1, is_production_accident=False, accident_type="道路交通事故")),
    Variety("loss_just_below", ONLY_FINED, "损失九十九万九千元", plain(direct_loss_cny=999_000.0)),
    Variety("two_serious_injuries", ONLY_FINED, "重伤两人", plain(serious_injury_count=2)),
    Variety("both_just_below", ONLY_FINED, "重伤两人且损失九十九万九千元", plain(serious_injury_count=2, direct_loss_cny=999_000.0)),
    Variety("loss_corrected_downwards", ONLY_FINED, "损失后来更正为九十五万元", plain(early={"direct_loss_cny": 1_500_000.0}, direct_loss_cny=950_000.0)),
    Variety("filed_by_number", ONLY_FINED, "公安已按事故编号立案", filed(None)),
    Variety("filed_by_company_same_day", ONLY_FINED, "公安已按公司和日期立案", filed(0)),
    Variety("filed_by_company_day_before", ONLY_FINED, "刑事案件日期早一日", filed(-1)),
    Variety("filed_by_company_day_after", ONLY_FINED, "刑事案件日期晚一日", filed(1)),
    Variety("transferred_lately", ONLY_FINED, "刚刚移送", transferred(3)),
    Variety("transferred_and_filed", ONLY_FINED, "已移送并立案", transferred(120)),
    Variety("approved_lately", ONLY_FINED, "报告批复未满期限", approved_lately),
    Variety("inquiry_extended", OVERDUE, "调查延长期内", unapproved(118)),
    Variety("evaluated_in_time", NOT_EVALUATED, "批复后十一个月评估", approved_long_ago(335)),
    Variety("evaluation_in_later_file", NOT_EVALUATED, "评估记录在后一文件中才到", approved_long_ago(350, early=True)),
    Variety("inquiry_open", ONLY_FINED, "调查报告尚未批复", not_approved),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
