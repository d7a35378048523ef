"""Values as read: parsed by their form, judged by their check digits and shapes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from jiandu.identifiers import food_licence, uscc
from jiandu.licence.vocabulary import Printed, compact, standard_items

FOREVER = "9999-12-31"
DAY = re.compile(r"((?:19|20)\d\d)\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?!\d)|((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
AUTHORITY = re.compile(r"^(.*?(?:局|委员会|管委会|厅)).*$")
BRACKETS = re.compile(r"[（）、，。]")
CODE = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "i": "1", "|": "1", "Z": "2", "z": "2", "S": "5", "s": "5", "Q": "Q"})
"""Letters the alphabet of credit codes does not have (GB 32100: no I, O, S, V, Z) and what they are misread from."""
DIGITS = str.maketrans({"O": "0", "o": "0", "D": "0", "Q": "0", "I": "1", "l": "1", "i": "1", "|": "1", "Z": "2", "z": "2", "S": "5", "s": "5", "B": "8"})


@dataclass(frozen=True)
class Value:
    """A parsed value. ``sound``: its shape is right and, where it has one, its check digit; ``certain``: a check digit proves it."""

    text: str
    sound: bool
    certain: bool = False


def parsed(text: str, printed: Printed) -> Value | None:
    """The value in a field's text; ``None`` where there is nothing of its form."""
    plain = compact(text).strip("：.·。、，;；'\"`")
    if not plain:
        return None
    if printed.form == "uscc":
        return credit_code(plain)
    if printed.form == "food_licence":
        return licence_number(plain)
    if printed.form == "date":
        return day(plain)
    if printed.form == "code":
        code = "".join(re.findall(r"[A-Za-z0-9]+", plain)).upper()
        return Value(code, len(code) >= 10) if code else None
    if printed.form == "person":
        return Value(plain, bool(re.fullmatch(r"[\u3400-\u9fff·]{2,15}", plain)))
    if printed.form == "items":
        plain = "、".join(snapped(item) for item in plain.split("、"))
    plain += "）" * (plain.count("（") - plain.count("）"))  # a bracket at a line's end is the character lost most often
    if printed.form == "authority":
        plain = AUTHORITY.sub(r"\1", plain)  # what follows the name of an office is a seal's lettering
    return Value(plain, len(plain) >= 2 and bool(re.search(r"[\u3400-\u9fff]|\d{5}", plain)))


def snapped(item: str) -> str:
    """An item of business as the forms of the 食品经营许可和备案管理办法 print it, if all but a misread character of it stands there."""
    bare = BRACKETS.sub("", item)
    ranked = sorted((distance(bare, BRACKETS.sub("", known)), known) for known in standard_items())
    best, known = ranked[0]
    return known if best <= 1 + len(bare) // 12 and best < ranked[1][0] and len(bare) >= 5 else item


def distance(one: str, other: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(other) + 1))
    for place, character in enumerate(one, 1):
        previous, row[0] = row[0], place
        for column, theirs in enumerate(other, 1):
            previous, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, previous + (character != theirs))
    return row[-1]


def credit_code(text: str) -> Value | None:
    """A unified social credit code anywhere in ``text``; certain when its check character fits (a single misread character never does)."""
    runs = re.findall(r"[0-9A-Za-z|]{15,21}", text)
    for run in runs:
        code = run.translate(CODE).upper()
        for start in range(max(len(code) - 17, 1)):
            window = code[start : start + 18]
            if len(window) == 18 and uscc.verdict(window).valid:
                return Value(window, True, True)
    if not runs:
        return None
    best = min(runs, key=lambda run: abs(len(run) - 18)).translate(CODE).upper()
    return Value(best, False)


def licence_number(text: str) -> Value | None:
    """JY (or SC) and 14 digits. Certain by the check digit; without, only sound: one in eight published numbers fails it."""
    found = re.search(r"([A-Z0-9]{2})([0-9OoDQIil|ZzSsB]{14})(?![0-9])", text)
    if not found:
        loose = re.search(r"[JSI1U]?[YVC][0-9OoDQIil|ZzSsB]{8,20}", text)
        return Value(loose.group(0), False) if loose else None
    letters = "SC" if found.group(1)[-1] in "C" else "JY"
    number = letters + found.group(2).translate(DIGITS)
    verdict = food_licence.verdict(number)
    certain = number[2] in food_licence.FORMS and number[-1] == food_licence.check_digit(number[2:15])
    return Value(number, verdict.valid and (number[2] in food_licence.FORMS or letters == "SC"), certain)


def day(text: str) -> Value | None:
    """The last day in ``text`` (a span ends with it) as ISO; 长期 is ``FOREVER``."""
    if re.search(r"长期|永久|长斯", text):
        return Value(FOREVER, True)
    found = list(DAY.finditer(text.translate(DIGITS)))
    if not found:
        return Value(text, False) if re.search(r"\d{4}", text) else None
    year, month, of_month = (int(group) for group in found[-1].groups() if group)
    try:
        return Value(date(year, month, of_month).isoformat(), True)
    except ValueError:
        return Value(found[-1].group(0), False)
