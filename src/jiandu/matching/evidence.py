"""What is compared between two people, and what each agreement is worth before any data speak.

``m`` is how often a level occurs between two records of one person, ``u`` how often between two strangers (Fellegi and Sunter 1969).
The figures here are expectations for hand-typed registers; training moves them towards what the data show (``weights``).
"""

from __future__ import annotations

from typing import Any

NAME, BIRTH, GENDER, PHONE, RESIDENCE, ID_TEXT = "name", "birth", "gender", "phone", "residence", "id_text"

SAME_NAME, NEAR_NAME = 2, 1
SAME_BIRTH, OTHER_BIRTH = 2, 0
SAME_GENDER, OTHER_GENDER = 1, 0
SAME_PHONE, NEAR_PHONE = 2, 1
SAME_HOME, SAME_VILLAGE, SAME_COUNTY, SAME_CITY = 4, 3, 2, 1
SAME_ID_TEXT, NEAR_ID_TEXT = 2, 1
"""Numbers Splink gives the levels of each comparison below: the weakest is 0, a missing value -1."""

ONE_CHARACTER_OFF = (
    "length(name_l) = length(name_r) AND length(name_l) >= 2 AND substr(name_l, 1, 1) = substr(name_r, 1, 1) AND ("
    "substr(name_l, 1, length(name_l) - 1) = substr(name_r, 1, length(name_r) - 1)"
    " OR substr(name_l, 1, 1) || substr(name_l, 3) = substr(name_r, 1, 1) || substr(name_r, 3))"
)
"""Same surname, one character of the given name differs: a homophone or a variant form, or a sibling."""


def comparisons() -> list[Any]:
    """The comparisons, independent of the engine they run on, the strongest level first."""
    import splink.comparison_level_library as levels
    from splink.comparison_library import CustomComparison

    def level(sql: str, m: float, u: float) -> Any:
        return levels.CustomLevel(sql).configure(m_probability=m, u_probability=u)

    def otherwise(m: float, u: float) -> Any:
        return levels.ElseLevel().configure(m_probability=m, u_probability=u)

    def near(column: str, m: float, u: float) -> Any:
        """One digit wrong, missing or too many, or two neighbours swapped."""
        return levels.DamerauLevenshteinLevel(column, 1).configure(m_probability=m, u_probability=u)

    same_birth = "birth_l = birth_r OR birth_l = id_birth_r OR id_birth_l = birth_r"
    return [
        CustomComparison(output_column_name=NAME, comparison_levels=[
            levels.NullLevel("name"),
            levels.ExactMatchLevel("name").configure(m_probability=0.95, u_probability=2e-4, tf_adjustment_column="name"),
            level(ONE_CHARACTER_OFF, 0.03, 3e-3), otherwise(0.02, 0.9968),
        ]),
        CustomComparison(output_column_name=BIRTH, comparison_levels=[
            levels.NullLevel("birth"), level(same_birth, 0.95, 4e-5), near("birth", 0.03, 2e-3), otherwise(0.02, 0.99796),
        ]),
        CustomComparison(output_column_name=GENDER, comparison_levels=[
            levels.NullLevel("gender"), level("gender_l = gender_r", 0.99, 0.5), otherwise(0.01, 0.5),
        ]),
        CustomComparison(output_column_name=PHONE, comparison_levels=[
            levels.NullLevel("phone"), level("phone_l = phone_r", 0.7, 1e-6), near("phone", 0.03, 5e-6), otherwise(0.27, 0.999994),
        ]),
        CustomComparison(output_column_name=RESIDENCE, comparison_levels=[
            levels.NullLevel("county"), level("home_l = home_r AND county_l = county_r", 0.6, 1e-6), level("village_l = village_r", 0.15, 3e-4),
            level("county_l = county_r", 0.15, 0.033), level("city_l = city_r", 0.04, 0.134), otherwise(0.06, 0.832699),
        ]),
        _damaged_number(levels, CustomComparison),
    ]


def _damaged_number(levels: Any, comparison: Any) -> Any:
    """Two identity numbers of which at least one is invalid. Fixed: pairs that share a valid number cannot teach how numbers get damaged."""

    def fixed(made: Any, m: float, u: float) -> Any:
        return made.configure(m_probability=m, u_probability=u, fix_m_probability=True, fix_u_probability=True)

    return comparison(output_column_name=ID_TEXT, comparison_levels=[
        levels.NullLevel("id_text"), fixed(levels.CustomLevel("id_text_l = id_text_r"), 0.2, 1e-8),
        fixed(levels.DamerauLevenshteinLevel("id_text", 1), 0.6, 1e-7), fixed(levels.ElseLevel(), 0.2, 0.9999999 - 1e-8),
    ])


NOT_BOTH_NUMBERED = "(l.id_no IS NULL OR r.id_no IS NULL)"
"""Two valid numbers decide alone: equal is the same person, different is a veto. Neither needs weighing."""

BLOCKS = (
    "l.name = r.name AND l.birth = r.birth",
    "l.name = r.name AND l.phone = r.phone",
    "l.name = r.name AND l.county = r.county",
    "l.birth = r.birth AND l.phone = r.phone",
    "l.birth = r.birth AND l.village = r.village",
    "l.phone = r.phone AND l.village = r.village AND substr(l.name, 1, 1) = substr(r.name, 1, 1)",
)
"""Pairs worth weighing agree on one of these."""


def blocking_rules() -> list[str]:
    """The blocks as Splink takes them."""
    return [f"{block} AND {NOT_BOTH_NUMBERED}" for block in BLOCKS]
