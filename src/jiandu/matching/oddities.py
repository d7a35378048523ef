"""What is odd about the records of a match, told and counted: nothing is dropped in silence, nobody's data are quoted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from jiandu import lake
from jiandu.matching.bands import APART
from jiandu.matching.evidence import OTHER_HOLDER, SAME_HOLDER

SHIFTED = 0.2
"""Share of names that cannot be names from which on a table's columns are taken to be shifted."""
KINDS = {
    "sound_household": "同音姓名和户号", "birth_household": "出生日期和户号",
    "sound_birth": "同音姓名和出生日期", "sound_phone": "同音姓名和电话", "sound_village": "同音姓名和村居", "birth_phone": "出生日期和电话",
    "birth_village": "出生日期和村居", "surname_phone_village": "姓氏、电话和村居",
    "number": "证件号码", "text": "未通过校验的证件号码", "repaired": "可能的证件号码",
    "former": "曾用名", "name": "名称", "stem_county": "名称主干和县", "phone_county": "电话和县",
}


@dataclass(frozen=True)
class Oddity:
    """``kind``, where, how many records, what that means in one Chinese sentence, and whether it stops people from trusting the result."""

    kind: str
    where: str
    count: int
    says: str
    is_grave: bool = False


SHARED_NUMBERS = f"""
    WITH shared AS (SELECT * FROM side WHERE id_no IS NOT NULL AND name IS NOT NULL QUALIFY count(*) OVER (PARTITION BY id_no) > 1),
    first AS (SELECT * FROM shared QUALIFY row_number() OVER (PARTITION BY id_no ORDER BY uid) = 1)
    SELECT count(DISTINCT l.id_no) AS numbers FROM first AS l JOIN shared AS r ON l.id_no = r.id_no AND l.uid <> r.uid
    WHERE NOT coalesce({SAME_HOLDER}, FALSE) OR coalesce({OTHER_HOLDER}, FALSE)
"""
"""Each record of a number beside the first one: a number that thousands share costs no more than thousands."""


TWO_NUMBERS = """
    SELECT count(*) FROM (
        SELECT 1 FROM side WHERE id_no IS NOT NULL AND name IS NOT NULL AND birth IS NOT NULL AND (phone IS NOT NULL OR home IS NOT NULL)
        GROUP BY name, birth, coalesce(phone, home) HAVING count(DISTINCT id_no) > 1)
"""
"""One name, birth date and phone (or home) with several valid numbers within one side."""
MISREAD = """
    SELECT count(*) FILTER (WHERE contains(misread, 'birth_date')), count(*) FILTER (WHERE contains(misread, 'gender')),
           count(*) FILTER (WHERE contains(misread, 'phone')), count(*) FILTER (WHERE died_on < seen_on) FROM side
"""
READ_AS = ("出生日期不是日期", "性别既不是男也不是女", "联系电话不像电话")


def of_side(people: pa.Table, where: str) -> Iterator[Oddity]:
    """What is odd about one side by itself."""
    rows, is_person = people.num_rows, "sound" in people.column_names and bool(pc.any(pc.is_valid(people["sound"]), min_count=0).as_py())
    strange = pc.sum(people["is_strange"]).as_py() or 0
    if strange:
        shifted = strange > SHIFTED * rows
        yield Oddity("strange_rows", where, strange, (
            f"{rows} 行中有 {strange} 行的姓名不像姓名或者证件号码含汉字，" + ("各列可能错位，请先核对表头再使用匹配结果" if shifted else "这些姓名未参与匹配")
        ), shifted)
    with lake.glance() as duck:
        duck.register("side", people)
        *misread, dead = duck.sql(MISREAD).fetchall()[0]
        shared, doubled = (duck.sql(sql).fetchall()[0][0] for sql in (SHARED_NUMBERS, TWO_NUMBERS)) if is_person else (0, 0)
    for field, says, count in zip(("birth_date", "gender", "phone"), READ_AS, misread, strict=True):
        if count:
            shifted = count > SHIFTED * rows
            yield Oddity(f"misread_{field}", where, count, (
                f"{rows} 行中有 {count} 行的{says}，" + ("各列可能错位，请先核对表头再使用匹配结果" if shifted else "按没有填写处理")
            ), shifted)
    if dead:
        yield Oddity("number_of_the_dead", where, dead, f"有 {dead} 条记录登记于该证件号码的持有人死亡之后，与其匹配的记录须人工核对")
    if shared:
        says = f"有 {shared} 个有效证件号码登记在姓名不同或者出生日期、性别矛盾的多人名下（一号多人），与其匹配的记录须人工核对"
        yield Oddity("one_number_two_people", where, shared, says)
    if doubled:
        yield Oddity("two_numbers_of_one", where, doubled, f"有 {doubled} 组姓名、出生日期和电话（或者住址）都一致的记录使用不同的有效证件号码，可能是一人两号")
    damaged = pc.sum(pc.and_(pc.is_valid(people["id_text"]), pc.is_null(people["id_no"]))).as_py() or 0
    if damaged:
        yield Oddity("damaged_numbers", where, damaged, f"有 {damaged} 个证件号码未通过校验，只按可能的一位之差参与匹配")


def of_reading(broken: int, where: str) -> Iterator[Oddity]:
    """Rows of a file that could not be split into its columns."""
    if broken:
        yield Oddity("broken_rows", where, broken, f"有 {broken} 行的单元格数与表头不符，未参与匹配", True)


def of_hubs(hubs: pa.Table) -> Iterator[Oddity]:
    """Keys that too many records share to follow."""
    for row in hubs.to_pylist():
        yield Oddity("too_common", KINDS[row["kind"]], row["keys"], (
            f"{KINDS[row['kind']]}相同者过多（最多 {row['entries']} 条），{row['keys']} 组不据此比对，涉及 {row['parties']} 条记录；它们仍按其他信息比对"
        ))


def of_pairs(pairs: pa.Table) -> Iterator[Oddity]:
    """Pairs whose records contradict each other, by reason."""
    for kind, reason in {
        "one_person_two_numbers": "可能是一人两号",
        "joined_through_others": "会通过其他记录", "dead_number": "已经死亡", "judgement_contradicted": "两者矛盾", "one_number_two_people": "一号多人",
    }.items():
        count = pc.sum(pc.match_substring(pairs["reason"], reason)).as_py() or 0
        if count:
            yield Oddity(kind, "pairs", count, f"有 {count} 对记录须人工核对：{reason}")
    apart = pc.sum(pc.match_substring(pairs["reason"], APART)).as_py() or 0
    if apart:
        yield Oddity("two_numbers_apart", "pairs", apart, f"有 {apart} 对记录姓名和出生日期一致而有效证件号码不同，按不同的人处理，列在结果中（reject）")
