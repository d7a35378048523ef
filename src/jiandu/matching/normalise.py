"""People as delivered → people as matching compares them: one column operation after the other, never a loop over rows.

In: an Arrow table with ``key`` and any of ``RAW`` (text; ``birth_date`` may be a date; a missing column is all null). Out: ``COLUMNS``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jiandu import lake
from jiandu.identifiers import person_name, repair, resident_id
from jiandu.identifiers.characters import flat, house_marks, reach, rewritten, simplified, sounding
from jiandu.identifiers.cleaning import CODE, PHONE
from jiandu.identifiers.rewriting import Rewrites
from jiandu.matching.places import BELOW_COUNTY, RESOLVED, known_places, named

RAW = (
    "dataset", "key", "name", "former_name", "id_no", "birth_date", "gender", "phone", "address", "county_code", "household", "seen_on", "died_on",
    "consequence", "since",
)
"""What a side may tell about a person. ``seen_on``: day the record speaks of; ``died_on``: day the holder
of the number died, if known; ``consequence``: what a match would decide about, in yuan, infinite where not known;
``since``: microsecond of 1970's clock from which the record is as it is."""

COLUMNS = (
    "uid", "dataset", "key", "name", "former", "former_sound", "surname", "given", "sound", "id_no", "id_text", "repairs",
    "birth", "typed_birth", "id_birth", "gender", "phone", "home", "village", "county", "counties", "city", "household", "consequence", "since",
    "seen_on", "died_on", "is_strange", "misread",
)
"""``id_no``: valid, 18 characters; ``id_text``: as typed, if it looks like a number; ``repairs``: valid numbers one slip away;
``birth``: YYYYMMDD, ``typed_birth`` without what only the number says;
``county``: today's code; ``counties``: codes it may be, where the address names one of several; ``village``: county and village or
street; ``home``: canonical address below the county; ``is_strange``: a name that is none, or a number in words; ``misread``: fields whose
text is no such thing."""

DIGITS = Rewrites((*PHONE.steps, (r"[^0-9]", "")))
VILLAGES = ("村", "社区", "小区", "街道", "镇", "乡", "路")
NOTHING = pa.array([
    "", "无", "没有", "不详", "未知", "不明", "暂无", "空", "无证件", "无身份证", "未办理", "无电话", "无号码",
    "NULL", "null", "N/A", "-", "--", "/", "—", "——", "\\",
])
"""What clerks write where there is nothing to write."""
GENDERS = pa.array(["男", "女", "1", "2", "男性", "女性", "M", "F", "0", "9", "未说明", "未知的性别", "未说明的性别"])
MEANT = pa.array(["男", "女", "男", "女", "男", "女", "男", "女", None, None, None, None, None])
SHORTEST_PHONE = 7

PEOPLE = f"""
    WITH split AS (
        SELECT given.*, coalesce(places.now, county_code) AS told,
               nullif(CASE WHEN starts_with(plain_address, places.full_name) THEN substr(plain_address, length(places.full_name) + 1)
                           ELSE regexp_replace(plain_address, '{BELOW_COUNTY}', '') END, '') AS rest
        FROM given LEFT JOIN places ON places.code = given.county_code
    ), {RESOLVED}, placed AS (
        SELECT split.*, coalesce(told, resolved.code) AS county, resolved.counties
        FROM split LEFT JOIN resolved ON resolved.plain_address = CASE WHEN told IS NULL THEN split.plain_address END
    )
    SELECT dataset || '|' || key AS uid, dataset, key, name, former, former_sound, surname, given_name AS given, sound, id_no, id_text, repairs,
           coalesce(birth, substr(id_no, 7, 8), CASE WHEN id_no IS NULL AND length(id_text) = 18 AND try_strptime(substr(id_text, 7, 8), '%Y%m%d') IS NOT NULL
               THEN substr(id_text, 7, 8) END) AS birth, birth AS typed_birth, substr(id_no, 7, 8) AS id_birth,
           coalesce(gender, CASE WHEN id_no IS NULL THEN NULL WHEN CAST(substr(id_no, 17, 1) AS INTEGER) % 2 = 1 THEN '男' ELSE '女' END) AS gender,
           phone, rtrim(rest, '－') AS home,
           county
           || coalesce(substr(rest, 1, CAST(greatest(village_end - length(plain_address) + length(rest), 0) AS INTEGER)), '') AS village, county, counties,
           substr(county, 1, 4) AS city, household, consequence, since, seen_on, died_on, is_strange, misread
    FROM placed
"""


def normalise(raw: pa.Table, dataset: str = "") -> pa.Table:
    """People of one side in the columns ``COLUMNS``; one row out for each row in, in no particular order."""
    with lake.glance() as duck:
        for name, table in (("given", _columns(raw, dataset)), ("places", known_places()), ("named", named())):
            duck.register(name, table)
        return duck.sql(PEOPLE).to_arrow_table()


def _columns(raw: pa.Table, dataset: str) -> pa.Table:
    def text(name: str) -> pa.Array:
        if name not in raw.column_names:
            return pa.nulls(raw.num_rows, pa.string())
        trimmed = pc.utf8_trim_whitespace(flat(raw[name]))
        nothing = pc.is_in(trimmed, value_set=NOTHING)
        return pc.if_else(nothing, pa.scalar(None, pa.string()), trimmed) if pc.any(nothing, min_count=0).as_py() else trimmed

    def day(name: str) -> pa.Array:
        return text(name) if name not in raw.column_names or pa.types.is_string(raw[name].type) else raw[name].combine_chunks()

    names = person_name.parts(text("name"))
    former = names["former"]
    if "former_name" in raw.column_names:
        former = pc.coalesce(person_name.parts(text("former_name"))["name"], former)
    given_number, given_phone, given_gender, given_birth = text("id_no"), text("phone"), text("gender"), day("birth_date")
    compact = cleaned(given_number, resident_id.formed(given_number, 18, "X"), CODE)
    number = resident_id.upgrade_column(compact)
    valid = pc.fill_null(resident_id.valid_column(number), False)
    looks = pc.or_(valid, patterned(number, valid, "^([0-9]{14,19}|[0-9]{14,18}X)$", r"^(0+|1+|8+|9+|1234567.*)X?$"))
    number = pc.if_else(looks, number, pa.scalar(None, pa.string()))
    mobile = resident_id.formed(given_phone, 11)
    phone = cleaned(given_phone, mobile, DIGITS)
    usable = patterned(phone, pa.array(np.zeros(len(phone), dtype=bool)), "^[0-9]{7,}$", "^1?[0-9]?(0{6,}|1{6,}|8{6,}|9{6,})$")
    birth, gender = birth_column(given_birth), gender_column(given_gender)
    address = plain_address(text("address"))
    wrong = {
        "birth_date": pc.and_(pc.is_valid(given_birth), pc.is_null(birth)),
        "gender": pc.and_(pc.is_valid(given_gender), pc.is_null(pc.index_in(given_gender, value_set=GENDERS))),
        "phone": pc.and_(pc.is_valid(given_phone), pc.fill_null(pc.less(pc.binary_length(phone), SHORTEST_PHONE), True)),
    }
    return pa.table({
        "dataset": text("dataset") if "dataset" in raw.column_names else pa.array([dataset] * raw.num_rows, pa.string()),
        "key": text("key"),
        "name": names["name"], "former": former, "former_sound": rewritten(former, sounding()),
        "surname": names["surname"], "given_name": names["given"], "sound": names["sound"],
        "id_no": pc.if_else(valid, number, pa.scalar(None, pa.string())), "id_text": number,
        "repairs": repair.candidate_column(pc.if_else(valid, pa.scalar(None, pa.string()), number)),
        "birth": birth, "gender": gender, "phone": pc.if_else(usable, phone, pa.scalar(None, pa.string())),
        "plain_address": address, "village_end": reach(address, VILLAGES),
        "county_code": text("county_code"), "household": text("household"), "seen_on": birth_column(day("seen_on")), "died_on": birth_column(day("died_on")),
        "consequence": pc.cast(text("consequence"), pa.float64()),
        "since": pc.cast(text("since"), pa.int64()),
        "is_strange": pc.or_(names["strange"], chinese(compact)), "misread": misread(wrong),
    })


def gender_column(values: pa.Array) -> pa.Array:
    """男 or 女, also for the codes of GB/T 2261.1; null for what says neither."""
    return MEANT.take(pc.index_in(values, value_set=GENDERS))


def misread(wrong: Mapping[str, pa.Array]) -> pa.Array:
    """For each row the fields of it that hold something else, after one another; null for most rows."""
    told = [pc.if_else(flags, pa.scalar(f"{field} "), pa.scalar("")) for field, flags in wrong.items() if pc.any(flags, min_count=0).as_py()]
    rows = len(next(iter(wrong.values())))
    if not told:
        return pa.nulls(rows, pa.string())
    joined = pc.binary_join_element_wise(*told, "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def plain_address(values: pa.Array) -> pa.Array:
    """Addresses in simplified characters without blanks, their house numbers parted by one mark."""
    plain = rewritten(values, simplified(), house_marks())
    blank = pc.fill_null(pc.match_substring(plain, " "), False)
    return pc.replace_substring(plain, " ", "") if pc.any(blank, min_count=0).as_py() else plain


def chinese(values: pa.Array) -> pa.Array:
    """Which texts hold characters that no number has."""
    return pc.fill_null(pc.invert(pc.string_is_ascii(values)), False)


def patterned(values: pa.Array, skipped: pa.Array, shape: str, unless: str) -> pa.Array:
    """Which texts have a shape and not another; False where ``skipped`` or null."""
    asked = values.filter(pc.invert(skipped))
    right = pc.fill_null(pc.and_not(pc.match_substring_regex(asked, shape), pc.match_substring_regex(asked, unless)), False)
    return pc.replace_with_mask(pa.array(np.zeros(len(values), dtype=bool)), pc.invert(skipped), right)


def cleaned(values: pa.Array, done: pa.Array, rewrites: Rewrites) -> pa.Array:
    """A column cleaned, where the rows of ``done`` are known to be clean."""
    rest = pc.invert(done)
    return pc.replace_with_mask(values, rest, rewrites.column(values.filter(rest))) if pc.any(rest, min_count=0).as_py() else values


def birth_column(values: pa.Array) -> pa.Array:
    """Dates, or texts like 1985-05-05, 1985/5/5, 19850505, 1985年5月5日, as YYYYMMDD; null for what is no date."""
    if not pa.types.is_string(values.type):
        return pc.strftime(values.cast(pa.timestamp("s")), format="%Y%m%d")
    encoded = values.dictionary_encode()
    found = pc.extract_regex(encoded.dictionary, r"^\s*(?P<y>[12][0-9]{3})[-/.年]?(?P<m>[0-9]{1,2})[-/.月]?(?P<d>[0-9]{1,2})(?:日|[ T].*)?\s*$")
    pieces = [pc.utf8_lpad(pc.struct_field(found, name), width, "0") for name, width in (("y", 4), ("m", 2), ("d", 2))]
    joined = pc.binary_join_element_wise(*pieces, "")
    # Read and written again: the 31st of February becomes a day in March, and is none.
    again = pc.strftime(pc.strptime(joined, format="%Y%m%d", unit="s", error_is_null=True), format="%Y%m%d")
    return pc.if_else(pc.fill_null(pc.equal(joined, again), False), joined, pa.scalar(None, pa.string())).take(encoded.indices)
