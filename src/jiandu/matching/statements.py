"""The match as SQL: keys, candidates, comparison, weight, band, reason, sentence. DuckDB's dialect, transpiled for Spark (``engines``).

Each step is a table for the next: ``left_given`` and ``right_given`` (people, numbered ``n``) → ``keys_left``, ``keys_right`` → ``hits`` → ``hubs`` →
``candidates`` → ``left`` and ``right`` (those among them, with ``share``) → ``weighed`` → ``banded`` → ``pairs``.
"""

from __future__ import annotations

import math

from jiandu.matching.bands import Bands, band_sql, reason_sql, sentence_sql
from jiandu.matching.evidence import COMPARISONS, KEYS, OTHER_HOLDER, PERSON, SAME_HOLDER, one_character_off
from jiandu.matching.model import EVERYWHERE, RAREST, Weights

LN2 = math.log(2)
PAIR = (
    "left_uid", "right_uid", "left_dataset", "left_key", "right_dataset", "right_key", "match_kind", "probability", "band", "reason", "explanation",
)
"""Columns of a pair, before its comparisons (``gamma_…``) and their weights (``bits_…``)."""
SUREST = 0.999999
"""No probability is certainty: 1 is said of pairs with the same valid number only."""
HUB = 100
"""A key that more records of the right side share leads nowhere: its pairs are not looked at, and that is reported."""


def described(source: str, among: str = "TRUE") -> str:
    """Records of one side with how common their name is. ``among``: condition of those that are asked for."""
    part = "coalesce({0}_here.share, {0}_all.share, " + str(RAREST) + ")"
    joins = " ".join(
        f"LEFT JOIN shares_{name} AS {name}_here ON {name}_here.county = s.county AND {name}_here.value = s.{name}"
        f" LEFT JOIN shares_{name} AS {name}_all ON {name}_all.county = '{EVERYWHERE}' AND {name}_all.value = s.{name}" for name in ("surname", "given")
    )
    return (
        f"SELECT s.*, CASE WHEN s.name IS NOT NULL THEN {part.format('surname')} * {part.format('given')} END AS share"
        f" FROM (SELECT * FROM {source} WHERE {among}) AS s {joins}"
    )


def keys(side: str, kind: str) -> str:
    """Every key of every record of a side: ``n``, ``kind``, ``h``. Keys of different fields never meet, for their name is hashed with them."""
    rows = [
        f"SELECT n, '{name}' AS kind, key_hash('{name}', {', '.join(columns)}) AS h FROM {side} WHERE {' AND '.join(f'{one} IS NOT NULL' for one in columns)}"
        for name, columns in KEYS[kind].items() if columns
    ]
    if kind == PERSON:
        rows += [
            f"SELECT n, 'repaired' AS kind, key_hash('number', number) AS h"
            f" FROM (SELECT n, unnest(repairs) AS number FROM {side} WHERE repairs IS NOT NULL) AS t",
            f"SELECT n, 'former' AS kind, key_hash('sound_birth', former_sound, birth) AS h FROM {side} WHERE former_sound IS NOT NULL AND birth IS NOT NULL",
            f"SELECT n, 'former' AS kind, key_hash('sound_phone', former_sound, phone) AS h FROM {side} WHERE former_sound IS NOT NULL AND phone IS NOT NULL",
            f"SELECT n, 'former' AS kind, key_hash('sound_village', former_sound, village) AS h FROM {side}"
            " WHERE former_sound IS NOT NULL AND village IS NOT NULL",
        ]
    return " UNION ALL ".join(rows)


HITS = "SELECT r.n, r.kind, r.h FROM keys_right AS r WHERE r.h IN (SELECT h FROM keys_left)"
"""Keys of the right side that lead anywhere: few, which is what makes the rest cheap."""
HUBS = f"SELECT h, min(kind) AS kind, count(*) AS entries FROM hits GROUP BY h HAVING count(*) > {HUB}"
HUB_REPORT = """
    SELECT hubs.kind, count(DISTINCT hubs.h) AS keys, CAST(max(hubs.entries) AS BIGINT) AS entries, count(DISTINCT l.n) AS parties
    FROM hubs JOIN keys_left AS l ON l.h = hubs.h GROUP BY hubs.kind ORDER BY hubs.kind
"""
CANDIDATES = """
    SELECT DISTINCT l.n AS ln, r.n AS rn FROM keys_left AS l JOIN hits AS r ON l.h = r.h WHERE l.h NOT IN (SELECT h FROM hubs)
    UNION SELECT l.n, r.n FROM judged AS j JOIN left_given AS l ON l.uid = j.left_uid JOIN right_given AS r ON r.uid = j.right_uid
"""

VETO_KEPT = "l.name = r.name AND (l.birth = r.birth OR l.typed_birth = r.typed_birth)"
"""Two different valid numbers are two people. Where name and birth date agree it may be one person with two numbers: such pairs are listed as
rejected and counted, and where a phone or the home agrees too, a person looks at them."""
DEAD = "coalesce(greatest(l.seen_on, r.seen_on) > least(l.died_on, r.died_on), FALSE)"
"""Either record speaks of a day after the death that either tells of."""


def weighed(weights: Weights) -> str:
    """Compared pairs with the weight of each comparison in bits. Two different valid numbers veto."""
    gammas, bits = [], []
    for one in COMPARISONS[weights.kind]:
        gammas.append(f"{one.gamma()} AS gamma_{one.name}")
        top = len(one.levels) - 1
        cases = [f"WHEN gamma_{one.name} = {gamma} THEN {weights.bits(one, gamma)!r}" for gamma in range(top)]
        best = repr(weights.bits(one, top))
        if one.by_frequency:
            best = f"CASE WHEN share IS NULL THEN {best} ELSE ln({weights.levels[one.name][0][0]!r} / share) / {LN2!r} END"
        bits.append(f"CASE WHEN gamma_{one.name} < 0 THEN 0.0 {' '.join(cases)} ELSE {best} END AS bits_{one.name}")
    near, clash = (SAME_HOLDER, OTHER_HOLDER) if weights.kind == PERSON else (
        f"contains(l.stem, r.stem) OR contains(r.stem, l.stem) OR {one_character_off('l.name', 'r.name')}", "FALSE")
    return f"""
        SELECT *, {', '.join(bits)} FROM (
            SELECT l.uid AS left_uid, r.uid AS right_uid, l.dataset AS left_dataset, l.key AS left_key, r.dataset AS right_dataset, r.key AS right_key,
                   l.id_no AS left_number, r.id_no AS right_number, {DEAD} AS is_dead, greatest(l.since, r.since) AS since, l.consequence,
                   coalesce(l.id_no = r.id_no, FALSE) AS same_number, coalesce(l.id_no <> r.id_no, FALSE) AS other_number,
                   coalesce({near}, FALSE) AS near_name, coalesce({clash}, FALSE) AS clash, greatest(l.share, r.share) AS share, {', '.join(gammas)}
            FROM candidates AS c JOIN "left" AS l ON l.n = c.ln JOIN "right" AS r ON r.n = c.rn
            WHERE l.id_no IS NULL OR r.id_no IS NULL OR l.id_no = r.id_no OR ({VETO_KEPT})
                  OR EXISTS (SELECT 1 FROM judged AS j WHERE j.left_uid = l.uid AND j.right_uid = r.uid)
        ) AS compared
    """




def scored(weights: Weights, bands: Bands) -> str:
    """Compared pairs with kind, probability, and what people said. A table of its own: a dozen conditions ask for the probability."""
    total = f"{weights.prior_bits()!r} + " + " + ".join(f"bits_{one.name}" for one in COMPARISONS[weights.kind])
    needed = "1" if bands.two_people_above is None else f"CASE WHEN consequence >= {bands.two_people_above} THEN 2 ELSE 1 END"
    return f"""
        SELECT w.*, CASE WHEN same_number THEN 'exact_id' ELSE 'probabilistic' END AS match_kind,
               CASE WHEN same_number THEN 1.0 ELSE least(round(1 / (1 + power(2.0, 0 - ({total}))), 6), {SUREST}) END AS probability,
               round({total}, 6) AS total,
               j.answer, coalesce(w.since <= j.answered_at, FALSE) AS is_seen, coalesce(j.people, 0) AS people, {needed} AS needed
        FROM weighed AS w LEFT JOIN judged AS j ON j.left_uid = w.left_uid AND j.right_uid = w.right_uid
    """


def banded(kind: str, bands: Bands) -> str:
    """Pairs worth keeping with band and reason."""
    return f"""
        SELECT told.*, {band_sql(bands, kind)} AS band, {reason_sql(bands, kind)} AS reason
        FROM scored AS told WHERE probability >= {bands.kept_from} OR answer IS NOT NULL OR other_number
    """


SURE = "CASE WHEN answer = 'same' THEN 0 WHEN match_kind = 'exact_id' THEN 1 ELSE 2 END"
ORDER = f"PARTITION BY left_uid ORDER BY CASE WHEN band = 'accept' THEN 0 ELSE 1 END, {SURE}, CASE WHEN same_number THEN 0.0 ELSE total END DESC"
RANK = f"{SURE} AS sure, rank() OVER ({ORDER}) AS place, row_number() OVER ({ORDER}, right_uid) AS turn"
TIED = "OVER (PARTITION BY left_uid, place)"
PLACES = (
    f"CASE WHEN count(right_number) {TIED} = count(*) {TIED} AND min(right_number) {TIED} = max(right_number) {TIED} THEN 1 ELSE count(*) {TIED} END AS ties"
)
"""Right records of one left record by how sure they are: ``place`` (the same for equal ones), ``turn`` (never the same) and how many share a
place, entries of one number counting as one."""


def pairs(bands: Bands, kind: str, right_called: str) -> str:
    """Banded pairs after what only a party's pairs together can tell, each with its sentence.

    Accepted pairs of one left record that lead to people with different valid numbers cannot all be right: all go to review. With
    ``one_right`` only the best accepted pair of a left record stays accepted; where several without a number are equally good, none is.
    """
    ambiguous = (
        "band = 'accept' AND match_kind = 'probabilistic' AND answer IS NULL AND right_number IS NOT NULL AND"
        " min(CASE WHEN band = 'accept' THEN right_number END) OVER (PARTITION BY left_uid) <> max(CASE WHEN band = 'accept' THEN right_number END)"
        " OVER (PARTITION BY left_uid)"
    )
    ranked, chosen = ("banded", ("", ""))
    if bands.one_right:
        ranked = f"(SELECT *, {RANK} FROM banded) AS r"
        chosen = (
            "WHEN band = 'accept' AND place = 1 AND ties > 1 AND sure = 2 THEN 'review' WHEN band = 'accept' AND turn > 1 THEN 'reject'",
            "WHEN band = 'accept' AND place = 1 AND ties > 1 AND sure = 2 THEN '名册中有几条同样可靠的记录，无法区分'"
            " WHEN band = 'accept' AND place = 1 AND turn > 1 THEN '名册中有几条同样可靠的记录，已采信其中一条'"
            " WHEN band = 'accept' AND turn > 1 THEN '同一记录已有更可靠的匹配'",
        )
    names = [f"{part}_{one.name}" for part in ("gamma", "bits") for one in COMPARISONS[kind]]
    kept = ", ".join([*(name for name in PAIR if name not in ("band", "reason", "explanation")), *names, "same_number", "share", "answer"])
    return f"""
        SELECT {", ".join(PAIR[:-1])}, {sentence_sql(kind, right_called)} AS explanation, {", ".join(names)}, share, answer, '{kind}' AS kind FROM (
            SELECT {kept}, CASE WHEN is_ambiguous THEN 'review' {chosen[0]} ELSE band END AS band,
                   CASE WHEN is_ambiguous THEN '名册中有证件号码不同的多人符合' {chosen[1]} ELSE reason END AS reason
            FROM (SELECT *, coalesce({ambiguous}, FALSE) AS is_ambiguous, {PLACES if bands.one_right else "0 AS ties"} FROM {ranked}) AS b
        ) AS settled
    """
