"""What is compared between two records, what each agreement is worth before any data speak, and how it is said in Chinese.

``m`` is how often a level occurs between two records of one person, ``u`` how often between two strangers (Fellegi and Sunter 1969).
The figures here are expectations for hand-typed registers; training moves them towards what the data show (``training``). SQL is
DuckDB's over two records ``l`` and ``r``; it is transpiled for Spark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME, BIRTH, GENDER, PHONE, RESIDENCE, ID_TEXT = "name", "birth", "gender", "phone", "residence", "id_text"
PERSON, ORGANISATION = "person", "organisation"


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison: ``sql`` says when; empty for "none of those above". ``fixed`` weights are never trained."""

    sql: str
    says: str
    m: float
    u: float
    fixed: bool = False


@dataclass(frozen=True)
class Comparison:
    """One field compared: ``missing`` is the condition under which nothing can be said; levels from the strongest to the weakest."""

    name: str
    missing: str
    unknown: str
    levels: tuple[Level, ...]
    unless: tuple[tuple[str, str], ...] = ()
    """Conditions under which nothing is weighed for another reason than ``unknown``, and what is said then; levels -2, -3 and so on."""
    by_frequency: bool = False
    """Whether the strongest level counts by how rare the value is (``share`` of the records)."""

    def gamma(self) -> str:
        """SQL of the level's number: the strongest is the highest, the weakest 0, negative where nothing can be said."""
        top = len(self.levels) - 1
        before = " ".join(f"WHEN {when} THEN {-2 - place}" for place, (when, _) in enumerate(self.unless))
        cases = " ".join(f"WHEN {level.sql} THEN {top - place}" for place, level in enumerate(self.levels) if level.sql)
        return f"CASE {before} WHEN {self.missing} THEN -1 {cases} ELSE 0 END"

    def silent(self) -> str:
        """SQL of when nothing can be said, for whatever reason."""
        return " OR ".join(f"({when})" for when in (self.missing, *(when for when, _ in self.unless)))

    def says(self, gamma: int) -> str:
        """What the comparison said, in Chinese."""
        if gamma >= 0:
            return self.level(gamma).says
        return self.unknown if gamma == -1 else self.unless[-2 - gamma][1]

    def level(self, gamma: int) -> Level:
        """The level of that number."""
        return self.levels[len(self.levels) - 1 - gamma]


def either(column: str) -> str:
    """Condition: one of both lacks the column."""
    return f"l.{column} IS NULL OR r.{column} IS NULL"


ONE_CHARACTER_OFF = (
    "l.surname = r.surname AND length(l.name) = length(r.name) AND length(l.given) >= 1 AND ("
    "substr(l.given, 1, length(l.given) - 1) = substr(r.given, 1, length(r.given) - 1) OR substr(l.given, 2) = substr(r.given, 2))"
)
"""Same surname, one character of the given name differs: a slip, or a sibling."""
NEAR_DAY = (
    "levenshtein(l.birth, r.birth) <= 1 OR (substr(l.birth, 1, 4) = substr(r.birth, 1, 4)"
    " AND substr(l.birth, 5, 2) || substr(l.birth, 7, 2) = substr(r.birth, 7, 2) || substr(r.birth, 5, 2))"
    " OR (substr(l.birth, 1, 4) = substr(r.birth, 1, 4) AND levenshtein(l.birth, r.birth) <= 2)"
)
"""One digit wrong, month and day exchanged, or two digits of the day of one year."""
ONE_SIGN_OFF = " OR ".join(
    f"substr(l.name, 1, {place}) = substr(r.name, 1, {place}) AND substr(l.name, {place + 2}) = substr(r.name, {place + 2})" for place in range(6)
)
"""At most one of the first six characters differs (DuckDB's distances count bytes, of which a Chinese character has three)."""
LONGEST = 40


def one_character_off(left: str, right: str) -> str:
    """SQL: both texts are equal but for one character more, less or other, within the first forty, where names of organisations end.

    DuckDB's ``levenshtein`` counts bytes and Spark's counts characters; it is asked only to be spared the rest, which is the same on both.
    """
    def other(one: str, two: str, skipped: int) -> str:
        return " OR ".join(
            f"substr({one}, 1, {n}) = substr({two}, 1, {n}) AND substr({one}, {n + 2}) = substr({two}, {n + 1 + skipped})" for n in range(LONGEST)
        )

    lengths = f"length({left}) - length({right})"
    return (
        f"(levenshtein({left}, {right}) <= 4 AND CASE {lengths} WHEN 0 THEN {other(left, right, 1)} WHEN 1 THEN {other(left, right, 0)}"
        f" WHEN -1 THEN {other(right, left, 0)} ELSE FALSE END)"
    )


SAME_HOLDER = (
    "l.name = r.name OR l.sound = r.sound OR l.former = r.name OR l.name = r.former OR l.former = r.former"
    f" OR (length(l.name) = length(r.name) AND ({ONE_SIGN_OFF}) AND l.typed_birth = r.typed_birth AND l.gender = r.gender)"
)
"""Names of one holder of a number: a family shares a surname and a generation's character, and a relative's number is the one most often
given for one's own. One other character is a slip only where birth dates that were typed, not read from the number, say so."""
OTHER_HOLDER = f"(l.birth <> r.birth AND NOT ({NEAR_DAY})) OR l.gender <> r.gender"
"""Birth date or gender speak against one holder; a day with one slip does not."""

MAY_BE = "l.counties = r.counties OR contains(' ' || l.counties, ' ' || r.city) OR contains(' ' || r.counties, ' ' || l.city)"
"""The county's name is borne by several, and one of them may be the other record's, or lies in its city."""
NOWHERE = "(l.county IS NULL AND l.counties IS NULL) OR (r.county IS NULL AND r.counties IS NULL)"
WRITTEN = "coalesce(l.county, l.counties, l.home) IS NOT NULL AND coalesce(r.county, r.counties, r.home) IS NOT NULL"
OTHER_HOUSEHOLD = "(l.household <> r.household OR l.household IS NULL OR r.household IS NULL)"
UNPLACED = (
    (f"({either('county')}) AND ({MAY_BE}) AND {OTHER_HOUSEHOLD}", "住址所写的区县全国有几个同名，不能确定是否同一处"),
    (f"({NOWHERE}) AND {WRITTEN} AND {OTHER_HOUSEHOLD}", "住址没有写明区县，不能比对"),
)
"""Addresses that are there and cannot be compared; they are not missing."""

PERSON_COMPARISONS = (
    Comparison(NAME, either("name"), "姓名缺失", (
        Level("l.name = r.name", "姓名一致", 0.93, 2e-4),
        Level("l.former = r.name OR l.name = r.former OR l.former = r.former", "与曾用名一致", 0.01, 1e-6, fixed=True),
        Level("l.sound = r.sound", "姓名同音", 0.02, 4e-4),
        Level(ONE_CHARACTER_OFF, "姓名仅一字不同", 0.02, 3e-3), Level("", "姓名不同", 0.02, 0.9964),
    ), by_frequency=True),
    Comparison(BIRTH, either("birth"), "出生日期缺失", (
        Level("l.birth = r.birth OR l.birth = r.id_birth OR l.id_birth = r.birth", "出生日期一致", 0.95, 4e-5),
        Level(NEAR_DAY, "出生日期仅个别数字不同", 0.03, 2e-3), Level("", "出生日期不同", 0.02, 0.99796),
    )),
    Comparison(GENDER, either("gender"), "性别缺失", (Level("l.gender = r.gender", "性别一致", 0.99, 0.5), Level("", "性别不同", 0.01, 0.5))),
    Comparison(PHONE, either("phone"), "联系电话缺失", (
        Level("l.phone = r.phone", "联系电话一致", 0.7, 1e-6),
        Level("levenshtein(l.phone, r.phone) <= 1", "联系电话仅一位不同", 0.03, 5e-6), Level("", "联系电话不同", 0.27, 0.999994),
    )),
    Comparison(RESIDENCE, f"({NOWHERE}) AND {OTHER_HOUSEHOLD}", "住址缺失", (
        Level("l.household = r.household", "登记为同一户", 0.3, 1e-6),
        Level("l.home = r.home AND l.county = r.county", "住址一致", 0.6, 1e-6),
        Level("l.village = r.village AND l.village <> l.county", "住址同村或同街道", 0.15, 3e-4),
        Level("l.county = r.county", "住址同县", 0.15, 0.033), Level("l.city = r.city", "住址同市", 0.04, 0.134), Level("", "住址不在同市", 0.06, 0.832699),
    ), unless=UNPLACED),
    Comparison(ID_TEXT, either("id_text") + " OR (l.id_no IS NOT NULL AND r.id_no IS NOT NULL)", "至少一方没有证件号码", (
        Level("l.id_text = r.id_text", "登记的号码相同但未通过校验", 0.2, 1e-8, fixed=True),
        Level("list_contains(l.repairs, r.id_no) OR list_contains(r.repairs, l.id_no)", "证件号码仅一位之差或相邻两位颠倒", 0.6, 1e-7, fixed=True),
        Level("", "证件号码不同且至少一个未通过校验", 0.2, 0.99999989, fixed=True),
    ), unless=(("l.id_no <> r.id_no", "双方证件号码均通过校验但不同"), ("l.id_no = r.id_no", "双方证件号码均通过校验且一致"))),
)

ORGANISATION_COMPARISONS = (
    Comparison(NAME, either("name"), "名称缺失", (
        Level("l.name = r.name", "名称一致", 0.85, 1e-5), Level("l.stem = r.stem", "名称去掉地名和组织形式后一致", 0.08, 1e-4),
        Level(one_character_off("l.name", "r.name"), "名称仅一字不同", 0.04, 1e-4), Level("", "名称不同", 0.03, 0.99979),
    )),
    Comparison(PHONE, either("phone"), "联系电话缺失", (
        Level("l.phone = r.phone", "联系电话一致", 0.6, 1e-5), Level("", "联系电话不同", 0.4, 0.99999),
    )),
    Comparison(RESIDENCE, NOWHERE, "住所缺失", PERSON_COMPARISONS[4].levels[1:], unless=UNPLACED),
    Comparison(ID_TEXT, either("id_text") + " OR (l.id_no IS NOT NULL AND r.id_no IS NOT NULL)", "至少一方没有统一社会信用代码", (
        Level("l.id_text = r.id_text", "登记的代码相同但未通过校验", 0.3, 1e-8, fixed=True),
        Level("levenshtein(l.id_text, r.id_text) <= 1", "统一社会信用代码仅一位之差", 0.5, 1e-7, fixed=True),
        Level("", "统一社会信用代码不同且至少一个未通过校验", 0.2, 0.99999989, fixed=True),
    ), unless=(("l.id_no <> r.id_no", "双方统一社会信用代码均通过校验但不同"), ("l.id_no = r.id_no", "双方统一社会信用代码均通过校验且一致"))),
)
COMPARISONS: Mapping[str, tuple[Comparison, ...]] = {PERSON: PERSON_COMPARISONS, ORGANISATION: ORGANISATION_COMPARISONS}

PERSON_KEYS = {
    "number": ("id_no",), "repaired": (), "text": ("id_text",),
    "sound_birth": ("sound", "birth"), "sound_phone": ("sound", "phone"), "sound_village": ("sound", "village"),
    "sound_household": ("sound", "household"), "birth_household": ("birth", "household"),
    "birth_phone": ("birth", "phone"), "birth_village": ("birth", "village"), "surname_phone_village": ("surname", "phone", "village"),
    "former_birth": (), "former_phone": (),
}
"""Records worth comparing share one of these. Empty: made by a rule of its own (``keys``)."""
ORGANISATION_KEYS = {"number": ("id_no",), "text": ("id_text",), "name": ("name",), "stem_county": ("stem", "county"), "phone_county": ("phone", "county")}
KEYS: Mapping[str, Mapping[str, tuple[str, ...]]] = {PERSON: PERSON_KEYS, ORGANISATION: ORGANISATION_KEYS}


def for_splink(sql: str) -> str:
    """SQL over ``l`` and ``r`` in the form Splink wants: ``name_l``, ``name_r``."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", sql)
