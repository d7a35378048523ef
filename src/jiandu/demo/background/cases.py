"""The procuratorate's own work: cases and supervision documents of two years with seasons and trends, parties, assistance paid."""

from __future__ import annotations

import numpy as np

from jiandu.demo import places
from jiandu.demo.draws import NEVER, Days, Draws, Text, Whole, either, padded, weekday
from jiandu.demo.record import Column
from jiandu.demo.world import World, document_numbers, year_of

FIRST = "2024-11-20"
KINDS = {"审查逮捕": 0.33, "审查起诉": 0.47, "民事监督": 0.07, "行政监督": 0.05, "公益诉讼": 0.08}
WORDS = {"审查逮捕": "检捕受", "审查起诉": "检诉受", "民事监督": "检民监", "行政监督": "检行监", "公益诉讼": "检公益"}
CHARGES = {"危险驾驶罪": 22, "盗窃罪": 17, "故意伤害罪": 11, "诈骗罪": 12, "帮助信息网络犯罪活动罪": 10, "交通肇事罪": 7, "开设赌场罪": 6,
    "掩饰、隐瞒犯罪所得罪": 6, "强奸罪": 3, "寻衅滋事罪": 6}
SUBJECTS = {
    "民事监督": ["民间借贷纠纷", "买卖合同纠纷", "劳动争议", "执行监督"], "行政监督": ["行政处罚", "行政非诉执行", "社会保障行政给付", "土地征收"],
    "公益诉讼": ["食品药品安全", "生态环境和资源保护", "国有财产保护", "安全生产", "未成年人保护"],
}
DOCUMENTS = {  # kind → line of work, addressee, reply term in days, weight
    "检察建议": [("administrative", "市场监督管理局", 60, 3), ("administrative", "人民法院", 90, 2), ("public_interest", "生态环境局", 60, 4),
        ("public_interest", "农业农村局", 60, 2),
                 ("civil", "人民法院", 90, 3), ("juvenile", "教育局", 60, 2), ("complaint", "民政局", 60, 1)],
    "纠正违法通知书": [("criminal", "公安局", 15, 6), ("criminal", "看守所", 15, 2)],
    "检察意见": [("criminal", "公安局", 60, 3), ("administrative", "自然资源局", 60, 1)],
    "要求说明不立案理由通知书": [("criminal", "公安局", 7, 3)],
    "通知立案书": [("criminal", "公安局", 15, 1)],
}


def make(world: World) -> None:
    """Add cases, their parties, documents and assistance of one slice."""
    cases(world, world.amount(12_000))
    documents(world, world.amount(2_500))


def seasonal(world: World, draws: Draws, n: int, growth: float) -> Days:
    """Days over two years: quiet in February and October, busy in spring and before the year's end, with a trend over the whole."""
    first, last = np.datetime64(FIRST), world.yesterday
    days = np.arange(first, last + 1)
    month = days.astype("datetime64[M]").astype(int) % 12
    season = np.array([0.95, 0.62, 1.08, 1.1, 1.04, 1.06, 1.03, 0.98, 1.1, 0.8, 1.12, 1.12])[month]
    weight = season * np.linspace(1.0, 1.0 + growth, len(days)) * either((days.astype("int64") + 3) % 7 >= 5, 0.02, 1.0)
    return draws.rng.choice(days, n, p=weight / weight.sum())


def cases(world: World, n: int) -> None:
    """Add cases: the share of arrests refused and of guilty pleas rises slowly, as the years did."""
    draws = world.draws("cases")
    county = places.draw(draws, n)
    kind = draws.pick(list(KINDS), n, list(KINDS.values()))
    accepted = seasonal(world, draws, n, 0.12)
    progress = (accepted - np.datetime64(FIRST)).astype(float) / 730.0
    term = either(kind == "审查逮捕", draws.whole(3, 7, n), either(kind == "审查起诉", draws.whole(12, 42, n), draws.whole(25, 85, n)))
    closed = world.until_now(weekday(accepted + term))
    minor = draws.flags(0.055, n) & np.isin(kind, ["审查逮捕", "审查起诉"])
    result = results(draws, kind, progress, minor)
    charge = draws.pick(list(CHARGES), n, list(CHARGES.values()))
    for name, subjects in SUBJECTS.items():
        charge = either(kind == name, draws.pick(subjects, n), charge)
    criminal = np.isin(kind, ["审查逮捕", "审查起诉"])
    persons = either(criminal, draws.pick(["1", "2", "3", "5", "8"], n, [0.74, 0.15, 0.06, 0.03, 0.02]).astype(np.int64), 1)
    plea = either(kind == "审查起诉", draws.rng.random(n) < 0.855 + 0.045 * progress, None)
    word = np.array([WORDS[text] for text in kind], dtype=object)
    number = document_numbers(world.serials, np.asarray(places.column("short")[county] + word, dtype=object), year_of(accepted))
    codes = places.column("code")[county]
    city = (kind == "民事监督") & draws.flags(0.3, n)
    world.add("procuratorate__case", {
        "case_no": number, "case_kind": kind, "charge_name": charge, "procuratorate_code": either(city, places.column("city_code")[county], codes),
        "county_code": codes, "accepted_date": accepted, "closed_date": closed, "result": either(np.isnat(closed), None, result),
        "person_count": persons, "is_minor_involved": minor, "is_guilty_plea": either(np.isnat(closed), None, plea),
    })
    harmed = np.flatnonzero((kind == "审查起诉") & np.isin(charge, ["故意伤害罪", "交通肇事罪", "强奸罪", "寻衅滋事罪"]))
    parties(world, draws, county[harmed], number[harmed], accepted[harmed])


def results(draws: Draws, kind: Text, progress: np.ndarray[tuple[int], np.dtype[np.float64]], minor: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Text:
    """How cases end, by kind; younger suspects are arrested and prosecuted less often."""
    n = len(kind)
    chance = draws.rng.random(n)
    arrest = either(chance < 0.33 + 0.08 * progress + 0.16 * minor, "不批准逮捕", "批准逮捕")
    indict = either(chance < 0.19 + 0.05 * progress, "不起诉", "起诉")
    indict = either(minor, either(chance < 0.3, "附条件不起诉", either(chance < 0.45, "不起诉", "起诉")), indict)
    review = either(chance < 0.34, "监督意见", "不支持监督")
    interest = either(chance < 0.8, "诉前检察建议", either(chance < 0.87, "提起诉讼", "终结案件"))
    return np.asarray(np.select(
        [kind == "审查逮捕", kind == "审查起诉", kind == "公益诉讼"], [arrest, indict, interest], default=review,
    ), dtype=object)


def parties(world: World, draws: Draws, county: Whole, number: Text, accepted: Days) -> None:
    """A suspect and a victim of each case; the victims are in no register or were compensated."""
    n = len(county)
    for role, injury in (("犯罪嫌疑人", np.full(n, "无", dtype=object)), ("被害人", draws.pick(["轻微伤", "轻伤", "重伤", "死亡"], n, [3, 5, 1, 1]))):
        people = world.population.people(draws, county, "adult")
        victim = role == "被害人"
        bereaved = victim & (injury == "死亡")
        grave = np.isin(injury, ["重伤", "死亡"])
        due = either(victim, either(grave, draws.skewed(80_000, 900_000, n, 100), draws.skewed(3_000, 60_000, n, 100)), np.nan)
        settled = draws.flags(0.7, n)
        unknown = draws.flags(0.08, n) & victim
        columns: dict[str, Column] = {
            "party_no": party_numbers(world, n), "case_no": number, "party_name": people.name, "person_id_no": either(unknown, None, people.id_no),
            "birth_date": people.birth, "gender": people.gender, "address": people.address, "phone": people.phone,
            "role": either(bereaved, "近亲属", role), "injury_level": injury, "is_compensated": either(victim, settled, None),
            "compensation_due_cny": due, "compensation_paid_cny": either(settled, due, np.round(due * 0.2, 2)),
            "is_own_major_fault": either(victim, draws.flags(0.05, n), None), "county_code": places.column("code")[county], "case_date": accepted,
        }
        world.add("procuratorate__case_party", columns)
        if victim:
            assisted = np.flatnonzero(~settled & grave & (accepted < np.datetime64("2026-06-01")))
            aid(world, draws, county[assisted], number[assisted], people.name[assisted], people.id_no[assisted], accepted[assisted] + 90)


def party_numbers(world: World, n: int) -> Text:
    """Numbers of parties in the case system."""
    return np.asarray("DSR" + padded(world.serials.block("party", n), 9), dtype=object)


def aid(world: World, draws: Draws, county: Whole, case_no: Text, name: Text, id_no: Text, paid: Days) -> None:
    """Add payments of judicial assistance."""
    n = len(county)
    offices = np.asarray(places.column("short")[county] + "检救字", dtype=object)
    world.add("procuratorate__aid_record", {
        "aid_no": document_numbers(world.serials, offices, year_of(paid)), "case_no": case_no, "person_name": name, "person_id_no": id_no,
        "paid_date": paid, "paid_cny": draws.skewed(5_000, 80_000, n, 1000), "county_code": places.column("code")[county],
    })


def documents(world: World, n: int) -> None:
    """Add supervision documents; most are answered in time, a few late, the youngest not yet."""
    draws = world.draws("documents")
    county = places.draw(draws, n)
    options = [(kind, *entry) for kind, entries in DOCUMENTS.items() for entry in entries]
    weights = np.array([option[4] for option in options], float)
    chosen = draws.rng.choice(len(options), n, p=weights / weights.sum())
    kind, line, body = (np.array([option[place] for option in options], dtype=object)[chosen] for place in range(3))
    term = np.array([option[3] for option in options])[chosen]
    sent = seasonal(world, draws, n, 0.2)
    due = sent + term
    replied = either(draws.flags(0.03, n), NEVER, sent + (term * draws.rng.uniform(0.3, 1.04, n)).astype(int) + 1).astype("datetime64[D]")
    replied = world.until_now(replied)
    number = document_numbers(world.serials,
        np.asarray(places.column("short")[county] + "检" + np.array([text[:2] for text in kind], dtype=object), dtype=object), year_of(sent))
    world.add("procuratorate__document", {
        "document_no": number, "document_kind": kind, "line": line, "procuratorate_code": places.column("code")[county],
        "county_code": places.column("code")[county], "addressee": places.column("name")[county] + body, "sent_date": sent, "reply_due_date": due,
        "replied_date": replied, "is_adopted": either(np.isnat(replied), None, draws.flags(0.93, n)),
    })
