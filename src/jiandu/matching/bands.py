"""From a probability to what may be done with it: accept, leave to a person, or drop; and why, in one Chinese sentence.

Accepting without a shared number needs more than a high probability. Same name and same birth date are shared by strangers, and nothing
in those fields tells them apart: beyond them a phone, a home or a nearly equal number has to agree. A match by name alone is never
accepted, whatever the figures.
"""

from __future__ import annotations

from itertools import takewhile

from pydantic import BaseModel, ConfigDict, Field

from jiandu.matching.evidence import COMPARISONS

ACCEPT, REVIEW, REJECT = "accept", "review", "reject"
EXACT, PROBABILISTIC = "exact_id", "probabilistic"
SAME, DIFFERENT, UNSURE = "same", "different", "unsure"
VERDICTS = {ACCEPT: "达到采信标准", REVIEW: "须人工核对", REJECT: "不予采信"}
NOTICE = "匹配结果仅供人工核查"


class Bands(BaseModel):
    """Where the bands lie, and when two people must say so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accept_from: float = Field(0.99, ge=0.9, le=1, description="Probability from which a pair may be accepted.")
    review_from: float = Field(0.5, ge=0, le=1, description="Probability from which a person is asked.")
    kept_from: float = Field(0.05, ge=0, le=1, description="Below it a pair is not even kept as rejected.")
    one_right: bool = Field(False, description="At most one accepted right record for each left record.")
    two_people_above: float | None = Field(None, ge=0, description="From this consequence (yuan) on two people must confirm a pair without a shared number.")


# Conditions in order; the first that holds gives band and reason. Names refer to the columns of ``statements.banded``.
NAME_IS, NAME_LIKE, NAME_MISSING = "gamma_name = 4", "gamma_name IN (2, 3)", "gamma_name = -1"
PHONE, HOME, VILLAGE, NUMBER = "gamma_phone = 2", "gamma_residence >= 4", "gamma_residence >= 3", "gamma_id_text >= 1"
SUPPORT = f"(CASE WHEN {PHONE} THEN 1 ELSE 0 END + CASE WHEN {VILLAGE} THEN 1 ELSE 0 END + CASE WHEN {NUMBER} THEN 1 ELSE 0 END)"
LIKE_SUPPORT = f"(CASE WHEN {PHONE} THEN 1 ELSE 0 END + CASE WHEN {HOME} THEN 1 ELSE 0 END + CASE WHEN {NUMBER} THEN 2 ELSE 0 END)"

EXACT = "same_number AND near_name AND NOT clash AND NOT is_dead"
APART = "只有姓名和出生日期一致"
COSTLY = "所涉金额较大或者不明，没有一致的证件号码，须两人分别认定"


def _rules(bands: Bands) -> list[tuple[str, str, str]]:
    """(condition, band, reason) in order of precedence. ``is_seen``: both records were as they are when the answer was given, so it weighed them."""
    return [
        ("answer = 'different' AND same_number AND near_name AND NOT is_seen", REVIEW, "人工曾认定不是同一人，但双方有效证件号码和姓名相符，两者矛盾，须复核"),
        ("answer = 'same' AND other_number AND NOT is_seen", REVIEW, "人工曾认定为同一人，但双方有效证件号码不同，两者矛盾，须复核"),
        ("answer = 'same' AND is_dead AND NOT is_seen", REVIEW, "人工曾认定为同一人，但该证件号码的持有人在登记之前已经死亡，两者矛盾，须复核"),
        ("answer = 'different'", REJECT, "人工认定不是同一人"),
        # The same valid number and the holder's name need nobody: an answer from before, or one of the two asked for, takes nothing from them.
        (f"answer = 'same' AND people < needed AND {EXACT}", ACCEPT, ""),
        ("answer = 'same' AND people < needed", REVIEW, "已有一人认定为同一人，所涉金额较大，尚须另一人确认"),
        ("answer = 'same'", ACCEPT, "人工认定为同一人"),
        (f"answer = 'unsure' AND NOT is_seen AND {EXACT}", ACCEPT, ""),
        ("answer = 'unsure'", REVIEW, "人工核对后仍不能确定"),
        (f"is_dead AND NOT other_number AND (same_number OR probability >= {bands.review_from})", REVIEW,
         "该证件号码的持有人在登记之前已经死亡，可能是冒用或者录入错误"),
        ("same_number AND near_name AND clash", REVIEW, "证件号码和姓名相符但出生日期或者性别矛盾，可能是录入错误、冒用或者一号多人"),
        ("same_number AND near_name", ACCEPT, ""),
        (f"same_number AND {NAME_MISSING}", REVIEW, "证件号码相同但至少一方没有姓名"),
        ("same_number", REVIEW, "证件号码相同但姓名不同，可能是录入错误、使用亲属的号码、冒用或者一号多人"),
        (f"other_number AND ({PHONE} OR {HOME})", REVIEW, "双方证件号码均有效但不同，按不同的人处理；其他信息一致，可能是一人两号"),
        ("other_number", REJECT, f"双方证件号码均有效但不同，按不同的人处理；{APART}"),
        (f"probability < {bands.review_from}", REJECT, ""),
        (f"probability < {bands.accept_from}", REVIEW, ""),
        ("gamma_birth = 0 OR gamma_gender = 0", REVIEW, "出生日期或性别相互矛盾"),
        (f"{NAME_LIKE} AND {LIKE_SUPPORT} < 2", REVIEW, "姓名只是同音或者与曾用名一致，其他一致信息不足"),
        (f"NOT ({NAME_IS}) AND NOT ({NAME_LIKE})", REVIEW, "姓名不完全一致，可能是同胞或他人"),
        (f"{SUPPORT} = 0", REVIEW, "除姓名和出生日期外没有其他一致信息，同名同日出生者无法区分"),
        (f"gamma_birth < 0 AND {SUPPORT} < 2", REVIEW, "缺少出生日期，其他一致信息不足"),
        (f"gamma_birth = 1 AND {SUPPORT} < 2", REVIEW, "出生日期不完全一致，其他一致信息不足"),
        ("needed > 1", REVIEW, COSTLY),
        ("TRUE", ACCEPT, ""),
    ]


def _organisation_rules(bands: Bands) -> list[tuple[str, str, str]]:
    by_number = takewhile(lambda rule: not rule[0].startswith("probability"), _rules(bands))
    return [
        *(rule for rule in by_number if "已经死亡" not in rule[2]),
        (f"probability < {bands.review_from}", REJECT, ""),
        (f"probability < {bands.accept_from}", REVIEW, ""),
        ("gamma_name < 2", REVIEW, "名称不完全一致"),
        ("NOT (gamma_phone = 1 OR gamma_residence >= 3 OR gamma_id_text >= 1)", REVIEW, "除名称外没有其他一致信息"),
        ("needed > 1", REVIEW, COSTLY),
        ("TRUE", ACCEPT, ""),
    ]


def band_sql(bands: Bands, kind: str = "person") -> str:
    """SQL of the band."""
    rules = _rules(bands) if kind == "person" else _organisation_rules(bands)
    return "CASE " + " ".join(f"WHEN {when} THEN '{band}'" for when, band, _ in rules) + " END"


def reason_sql(bands: Bands, kind: str = "person") -> str:
    """SQL of the reason, empty where the probability alone decides."""
    rules = _rules(bands) if kind == "person" else _organisation_rules(bands)
    return "CASE " + " ".join(f"WHEN {when} THEN '{reason}'" for when, _, reason in rules) + " END"


def sentence_sql(kind: str, right_called: str) -> str:
    """SQL of why two records are, may be or are not one; it names nobody and quotes no value. ``right_called``: SQL of what the right side is called."""
    told = []
    for one in COMPARISONS[kind]:
        cases = " ".join(f"WHEN gamma_{one.name} = {gamma} THEN '{one.says(gamma)}'" for gamma in range(-1 - len(one.unless), len(one.levels)))
        told.append(f"CASE {cases} END")
    facts = " || '，' || ".join(told)
    percent = "CAST(CAST(least(floor(probability * 10000) / 100, 99.99) AS DECIMAL(5, 2)) AS VARCHAR)"
    verdict = "CASE " + " ".join(f"WHEN band = '{band}' THEN '{text}'" for band, text in VERDICTS.items()) + " END"
    weighed = f"{facts} || '；匹配概率 ' || {percent} || '%'"
    return (
        f"'当事人与' || {right_called} || '中的记录：' || CASE WHEN same_number THEN '双方证件号码均通过校验且一致' ELSE {weighed} END"
        f" || '，' || {verdict} || CASE WHEN reason <> '' THEN '（' || reason || '）' ELSE '' END || '。{NOTICE}。'"
    )
