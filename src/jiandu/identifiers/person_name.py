"""Names of people in parts: surname (compound ones too), given name, names with a dot, a former name in brackets, and the sound."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jiandu.identifiers.characters import flat, rewritten, simplified, sounding
from jiandu.identifiers.cleaning import NAME

COMPOUND = pa.array([
    "欧阳", "上官", "司马", "诸葛", "司徒", "皇甫", "尉迟", "令狐", "东方", "慕容", "公孙", "长孙", "宇文", "夏侯", "轩辕", "端木", "百里", "南宫",
    "东郭", "西门", "独孤", "澹台", "公冶", "淳于", "单于", "申屠", "仲孙", "钟离", "鲜于", "闾丘", "赫连", "濮阳", "太史", "呼延", "拓跋",
])
"""Surnames of two characters; read as such in names of three characters or more."""
BEFORE = r"\((?:曾用名|原名|又名|别名|化名)?[:：]?([^()]+)\)"
"""``张三（曾用名李四）``: the other name stands in brackets after the name."""
USUAL = r"^[\x{4e00}-\x{9fff}]{2,4}$"
"""Nearly every name: nothing to clean, to take out of brackets or to doubt, but for a few words and the ends of addresses."""
NO_NAMES = pa.array(["不详", "未知", "匿名"])
NOT_A_NAME = r"[0-9]{3}|^[0-9.,\-/ ]+$|[A-Za-z]\d|(省|市|县|区|镇|村).*(号|组|室)$|^(男|女)$|^(无|不详|未知|匿名)$"
"""Numbers, dates and addresses in a name's column: a register whose columns are shifted, or a word that says there is no name."""


def parts(values: pa.Array | pa.ChunkedArray) -> dict[str, pa.Array]:
    """Columns of a column of names as delivered: name, former, surname, given, sound (all text, null where missing) and ``strange``.

    ``strange`` marks what cannot be a name (digits, an address, "不详"); its name is null, so that it matches nobody.
    """
    given = rewritten(flat(values), simplified())
    usual = pc.fill_null(pc.match_substring_regex(given, USUAL), False)
    usual = pc.and_not(usual, pc.or_(pc.is_in(given, value_set=NO_NAMES), _ends_like_an_address(given)))
    found = _split(given)
    columns = {"name": given, "former": pa.nulls(len(given), pa.string()), "surname": found[0], "given": found[1], "sound": rewritten(given, sounding()),
               "strange": pa.array(np.zeros(len(given), dtype=bool))}
    if pc.all(usual, min_count=0).as_py():
        return columns
    others = pc.invert(usual)
    slow = _parts(given.filter(others))
    return {name: pc.replace_with_mask(column, others, slow[name]) for name, column in columns.items()}


def _ends_like_an_address(values: pa.Array) -> pa.Array:
    return reduce(pc.or_, (pc.fill_null(pc.ends_with(values, sign), False) for sign in "号组室"))


def _parts(given: pa.Array) -> dict[str, pa.Array]:
    """The same for names that are none of the usual kind."""
    plain = NAME.column(given)
    bracketed = pc.fill_null(pc.match_substring_regex(plain, BEFORE), False)
    former = pa.nulls(len(plain), pa.string())
    if pc.any(bracketed, min_count=0).as_py():
        inside = pc.struct_field(pc.extract_regex(plain.filter(bracketed), f"^.*?{BEFORE.replace('([^()]+)', '(?P<other>[^()]+)')}.*$"), "other")
        former = pc.replace_with_mask(former, bracketed, inside)
        plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r"\(.*$", ""))
    strange = pc.fill_null(pc.match_substring_regex(plain, NOT_A_NAME), False)
    name = pc.if_else(pc.or_(strange, pc.fill_null(pc.equal(plain, ""), False)), pa.scalar(None, pa.string()), plain)
    surname, given = _split(name)
    return {"name": name, "former": former, "surname": surname, "given": given, "sound": rewritten(name, sounding()), "strange": strange}


def _split(name: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Surname and given name; a name with a dot has its part before the dot as surname, for the dot is where such names are told apart."""
    dotted = pc.fill_null(pc.match_substring(name, "·"), False)
    first_two = pc.utf8_slice_codeunits(name, 0, 2)
    compound = pc.and_(pc.is_in(first_two, value_set=COMPOUND), pc.fill_null(pc.greater(pc.utf8_length(name), 2), False))
    surname = pc.if_else(compound, first_two, pc.utf8_slice_codeunits(name, 0, 1))
    given = pc.if_else(compound, pc.utf8_slice_codeunits(name, 2), pc.utf8_slice_codeunits(name, 1))
    if pc.any(dotted, min_count=0).as_py():
        pieces = pc.extract_regex(name.filter(dotted), "^(?P<first>[^·]*)·(?P<rest>.*)$")
        surname = pc.replace_with_mask(surname, dotted, pc.struct_field(pieces, "first"))
        given = pc.replace_with_mask(given, dotted, pc.struct_field(pieces, "rest"))
    return surname, given
