"""Identity numbers with valid check digits and document serials, made for whole columns.

Algorithms: GB 11643-1999 (resident identity), GB 32100-2015 (unified social credit code), GB 11714 (organisation code),
GB/T 17710 MOD 11,10 (food licence).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from jiandu.demo.draws import Text, Whole

ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
ID_CHECKS = np.array(list("10X98765432"), dtype=object)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = np.array([3**place % 31 for place in range(17)])
ORG_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
SPREAD = 387_420_489  # odd and prime to 31: consecutive serials give unlike codes


def digits(texts: Text, width: int) -> Whole:
    """A matrix of the decimal digits of equally long texts."""
    if not len(texts):
        return np.empty((0, width), dtype=np.int64)
    return (np.array("".join(texts).encode("ascii"), dtype=f"S{len(texts) * width}").reshape(1).view("u1").reshape(-1, width) - 48).astype(np.int64)


def resident_ids(first17: Text) -> Text:
    """Complete 17-digit stems with their check character."""
    return np.asarray(first17 + ID_CHECKS[(digits(first17, 17) * ID_WEIGHTS).sum(axis=1) % 11], dtype=object)


def fifteen(id_no: str) -> str:
    """The old 15-digit form of a number of somebody born in the 20th century."""
    if id_no[6:8] != "19":
        raise ValueError(f"{id_no} was never issued with 15 digits")
    return id_no[:6] + id_no[8:17]


def credit_codes(prefix: str, divisions: Text, serials: Whole) -> Text:
    """Unified social credit codes: ``prefix`` is two characters (91 company, 92 sole trader, 11 authority); serials make them unique."""
    n = len(divisions)
    spread = (serials * SPREAD) % 31**6
    body = np.empty((n, 8), dtype=np.int64)
    body[:, 0], body[:, 1] = USCC_ALPHABET.index("M"), USCC_ALPHABET.index("A")
    for place in range(6):
        body[:, 7 - place] = spread % 31
        spread //= 31
    letters = np.array(list(USCC_ALPHABET))
    values = np.array([int(char) if char.isdigit() else ord(char) - 55 for char in USCC_ALPHABET])
    check = (11 - (values[body] * ORG_WEIGHTS).sum(axis=1) % 11) % 11
    organisation = np.array(["".join(row) for row in letters[body]], dtype=object) + np.array(list("0123456789X"), dtype=object)[check]
    stems = prefix + divisions + organisation
    index = {char: place for place, char in enumerate(USCC_ALPHABET)}
    matrix = np.array([[index[char] for char in stem] for stem in stems], dtype=np.int64).reshape(n, 17)
    return np.asarray(stems + letters.astype(object)[(31 - (matrix * USCC_WEIGHTS).sum(axis=1) % 31) % 31], dtype=object)


def licence_numbers(kinds: Whole, counties: Text, serials: Whole) -> Text:
    """``JY`` + 14 digits of food business licences: form of business, county, serial, check digit MOD 11,10."""
    stems = np.array([f"{kind}{county}{serial % 1_000_000:06d}" for kind, county, serial in zip(kinds, counties, serials, strict=True)], dtype=object)
    product = np.full(len(stems), 10)
    for column in digits(stems, 13).T:
        total = (column + product) % 10
        product = (np.where(total == 0, 10, total) * 2) % 11
    return np.asarray("JY" + stems + ((11 - product) % 10).astype(str).astype(object), dtype=object)


class Serials:
    """Running numbers a group (an office and a year, a court and a year …), continued from call to call."""

    def __init__(self) -> None:
        self.last: defaultdict[Hashable, int] = defaultdict(int)

    def next(self, groups: Sequence[Hashable] | Text) -> Whole:
        """The next number of each row's group."""
        found = np.empty(len(groups), dtype=np.int64)
        for place, group in enumerate(groups):
            self.last[group] += 1
            found[place] = self.last[group]
        return found

    def block(self, group: Hashable, n: int) -> Whole:
        """``n`` consecutive numbers of one group."""
        first = self.last[group] + 1
        self.last[group] += n
        return np.arange(first, first + n)
