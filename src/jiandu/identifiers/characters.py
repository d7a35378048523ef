"""Chinese characters as matching sees them: traditional and variant forms as simplified ones, and one character for all that sound alike.

Every table maps a character to one of the same length in UTF-8, so a whole column is rewritten in its buffer by one lookup for each
character, at tens of millions a second, without making a Python text of any value. The tables come from ``opencc`` and ``pypinyin``.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jiandu.identifiers.rewriting import INVISIBLE

Table = npt.NDArray[np.uint16]
BMP = 0x10000
VARIANTS = dict(zip("喆叡堃淼祐峯羣啓菴鋭閲鈎昇陞垚濬祇", "哲睿坤淼佑峰群启庵锐阅钩升升尧浚祗", strict=True))
"""Forms that clerks use for one another in names and that no table of traditional characters lists."""
HOUSE_MARKS = "组号栋幢座室户楼"
"""Words between the numbers of an address: one mark stands for all of them."""


@cache
def simplified() -> Table:
    """Each traditional or variant character's simplified one."""
    lines = resources.files("opencc").joinpath("dictionary/TSCharacters.txt").read_text("utf-8").splitlines()
    pairs = {form: plain.split(" ")[0] for form, _, plain in (line.partition("\t") for line in lines) if plain and len(form) == 1}
    return mapping(pairs | VARIANTS)


@cache
def sounding() -> Table:
    """Each character's stand-in: the first character of its most common reading, tones aside. Equal for homophones."""
    # Single characters only: the dictionary of phrases would cost half a second to read.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style
    from pypinyin.pinyin_dict import pinyin_dict
    from pypinyin.style import convert

    plain: dict[str, str] = {}
    first: dict[str, str] = {}
    pairs: dict[str, str] = {}
    for code in sorted(code for code in pinyin_dict if 0x4E00 <= code <= 0x9FFF):
        reading = pinyin_dict[code].partition(",")[0]
        if reading not in plain:
            plain[reading] = convert(reading, Style.NORMAL, strict=True)
        pairs[chr(code)] = first.setdefault(plain[reading], chr(code))
    return mapping(pairs)


@cache
def house_marks() -> Table:
    """Words between house numbers as one mark."""
    return mapping(dict.fromkeys(HOUSE_MARKS, "－"))


def mapping(pairs: Mapping[str, str]) -> Table:
    """A lookup table; pairs that would change the length in UTF-8 are left out."""
    table = np.arange(BMP, dtype=np.uint16)
    for form, plain in pairs.items():
        if ord(form) < BMP and ord(plain) < BMP and len(form.encode()) == len(plain.encode()):
            table[ord(form)] = ord(plain)
    return table


@cache
def _needs_cleaning() -> npt.NDArray[np.bool_]:
    """Characters that compatibility normalisation changes, or that nobody sees."""
    table = np.zeros(BMP, dtype=bool)
    table[[code for code in range(0x80, BMP) if not 0xD800 <= code < 0xE000 and unicodedata.normalize("NFKC", chr(code)) != chr(code)]] = True
    for first, _, last in (part.partition("-") for part in ("\u200b-\u200f", "\u202a-\u202e", "\u2060-\u2060", "\ufeff-\ufeff")):
        table[ord(first) : ord(last) + 1] = True
    return table


def rewritten(values: pa.Array | pa.ChunkedArray, *tables: Table) -> pa.Array:
    """A text column in compatibility-free characters without invisible ones, each replaced by the tables in turn."""
    array = flat(values)
    codes = _codes(array)
    if _needs_cleaning()[codes].any():
        array = pc.replace_substring_regex(pc.utf8_normalize(array, form="NFKC"), f"[{INVISIBLE}]", "")
        codes = _codes(array)
    for table in tables:
        codes = table[codes]
    text = codes.tobytes().decode("utf-16-le").encode()
    return pa.StringArray.from_buffers(len(array), array.buffers()[1], pa.py_buffer(text), array.buffers()[0])


def reach(values: pa.Array | pa.ChunkedArray, endings: tuple[str, ...]) -> pa.Array:
    """For each text, how many of its characters there are up to the last of these endings (of one character or two); 0 for none of them."""
    array = flat(values)
    codes = np.frombuffer(_text(array).encode("utf-32-le"), dtype="<u4")
    sizes = pc.fill_null(pc.utf8_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    stops = np.cumsum(sizes)
    ended = np.zeros(len(codes), dtype=bool)
    for ending in endings:
        here = codes == ord(ending[-1])
        if len(ending) == 2:
            here[1:] &= codes[:-1] == ord(ending[0])
            here[(stops - sizes)[(sizes > 0)]] = False  # the text before does not lend its last character
        ended |= here
    places = np.concatenate([[-1], np.flatnonzero(ended)])
    found = places[np.searchsorted(places, stops) - 1] - (stops - sizes) + 1
    return pa.array(np.maximum(found, 0))


def flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array that starts at the beginning of its buffers."""
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    array = array.cast(pa.string())
    data = array.buffers()
    whole = array.offset == 0 and (not len(array) or np.frombuffer(data[1], dtype=np.int32, count=1)[0] == 0)
    return array if whole else pa.concat_arrays([array, pa.array([], pa.string())])


def _codes(array: pa.Array) -> npt.NDArray[np.uint16]:
    """All characters of a column, one after the other, as UTF-16 units."""
    result: npt.NDArray[np.uint16] = np.frombuffer(_text(array).encode("utf-16-le"), dtype="<u2")
    return result


def _text(array: pa.Array) -> str:
    """All texts of a flat column, one after the other."""
    offsets, data = array.buffers()[1:]
    size = int(np.frombuffer(offsets, dtype=np.int32, count=len(array) + 1)[-1]) if len(array) else 0
    return str(memoryview(data)[:size], "utf-8") if data is not None else ""
