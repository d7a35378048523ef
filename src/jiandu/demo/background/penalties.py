"""Penalties and what follows them when everybody does his duty: payment, relief, or an application to the court in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jiandu.demo import lexicon, places
from jiandu.demo.draws import NEVER, Amounts, Days, Draws, Flags, Text, Whole, add_months, compact, either, nothing, padded, weekday
from jiandu.demo.numbers import credit_codes
from jiandu.demo.record import Column
from jiandu.demo.world import World, court_numbers, document_numbers, year_of

FATES = {"paid": 0.79, "instalments": 0.04, "applied": 0.07, "revoked": 0.02, "relief_paid": 0.02, "relief_pending": 0.01, "deferred": 0.02, "warning": 0.03}
LAST_APPLICABLE = np.datetime64("2025-12-15")
"""Decisions served later than this are not yet ripe for the court in the clean background."""


@dataclass
class Penalties:
    """Columns of penalties under construction."""

    columns: dict[str, Column]
    county: Whole
    fate: Text
    served: Days

    def column(self, name: str) -> Column:
        """A column of the data set."""
        return self.columns[name]


def make(world: World) -> None:
    """Add penalties, payments, relief cases, court applications and enforcement cases of one slice."""
    penalties = decide(world, world.amount(3950))
    world.add("justice__penalty", penalties.columns)
    pay(world, penalties)
    relieve(world, penalties)
    apply_to_court(world, penalties)
    other_enforcement(world, world.amount(1150))


def offices(draws: Draws, county: Whole) -> tuple[Text, Text, Text, Text, Flags]:
    """For each penalty: the office's name, its word in document numbers, its level, the kind of violation, own enforcement power."""
    n = len(county)
    catalogue = [*lexicon.AGENCIES.values(), *lexicon.OWN_POWER.values()]
    chosen = draws.rng.choice(len(catalogue), n, p=_shares(len(lexicon.AGENCIES), len(lexicon.OWN_POWER)))
    level = draws.pick(["县", "市", "省"], n, [0.86, 0.12, 0.02])
    area = either(level == "县", places.column("name")[county], either(level == "市", places.column("city_name")[county], places.PROVINCE))
    short = places.column("short")[county]
    word = either(level == "县", short, either(level == "市", np.array([text[0] for text in short], dtype=object), "泽"))
    kinds = np.array([entry[0] for entry in catalogue], dtype=object)[chosen]
    words = np.array([entry[1] for entry in catalogue], dtype=object)[chosen]
    violations = np.array([entry[2][place % len(entry[2])] for entry, place in zip((catalogue[i] for i in chosen), draws.whole(0, 59, n), strict=True)],
        dtype=object)
    return np.asarray(area + kinds), np.asarray(word + words), level, violations, np.asarray(chosen >= len(lexicon.AGENCIES))


def _shares(ordinary: int, own: int) -> list[float]:
    return [0.95 / ordinary] * ordinary + [0.05 / own] * own


def decide(world: World, n: int) -> Penalties:
    """Penalty decisions of the last two years with their served dates and fates."""
    draws = world.draws("penalties")
    county = places.draw(draws, n)
    name, word, level, violation, own = offices(draws, county)
    decided = weekday(draws.days("2024-11-20", world.yesterday - 1, n))
    decided = np.minimum(decided, world.yesterday)
    served = world.until_now(decided + draws.whole(0, 7, n))
    fate = draws.pick(list(FATES), n, list(FATES.values()))
    fate = either((fate == "applied") & ~(served <= LAST_APPLICABLE), "paid", fate)
    fate = either((fate == "relief_pending") & ~(served >= np.datetime64("2026-08-20")), "relief_paid", fate)
    fate = either((fate == "relief_paid") & ~(served <= np.datetime64("2026-05-01")), "paid", fate)
    fate = either(own & (fate == "applied"), "paid", fate)
    person = draws.flags(0.45, n)
    people, companies = world.population.people(draws, county, "adult"), world.population.companies(draws, county)
    spot = draws.flags(0.08, n) & (fate == "paid")
    fine = either(person, draws.skewed(200, 50_000, n, 100), draws.skewed(1000, 400_000, n, 500))
    fine = either(spot, either(person, 100.0, 2000.0), either(fate == "warning", 0.0, fine))
    confiscated = either(draws.flags(0.2, n), draws.skewed(100, 30_000, n, 1), 0.0)
    revoked = either(fate == "revoked", world.until_now(served + draws.whole(20, 120, n)), NEVER)
    fate = either((fate == "revoked") & np.isnat(revoked), "paid", fate)
    party = either(person, people.name, companies.name)
    columns: dict[str, Column] = {
        "penalty_doc_no": document_numbers(world.serials, word, year_of(decided)), "case_name": party + violation + "案", "agency_name": name,
        "agency_uscc": authority_codes(world, name, county), "agency_level": level, "county_code": places.column("code")[county], "party_name": party,
        "party_category": either(person, "自然人", "法人及其他组织"), "party_id_no": either(person, people.id_no, companies.uscc), "violation_type": violation,
        "penalty_category": either(fate == "warning", either(person, "警告", "责令停产停业"), either(confiscated > 0, "罚款、没收违法所得", "罚款")),
        "fine_cny": fine, "confiscated_cny": confiscated,
        "decision_date": decided, "served_date": served, "service_method": draws.pick(["直接送达", "邮寄送达", "留置送达", "电子送达"], n, [6, 2, 1, 1]),
        "is_relief_told": np.full(n, True), "is_reconsideration_first": spot, "has_own_enforcement": own,
        "defer_until_date": either(fate == "deferred", add_months(served, draws.whole(2, 5, n)), NEVER).astype("datetime64[D]"),
        "revoked_date": revoked.astype("datetime64[D]"), "is_on_the_spot": spot,
    }
    return Penalties(columns, county, np.asarray(fate, dtype=object), served)


def authority_codes(world: World, names: Text, county: Whole) -> Text:
    """Unified social credit codes of authorities: one a name, kept over slices."""
    known = world.population.authorities
    places_of = dict(zip(names, county.tolist(), strict=True))
    missing = sorted(set(places_of) - set(known))
    if missing:
        divisions = places.column("code")[np.array([places_of[name] for name in missing])]
        known.update(zip(missing, credit_codes("11", divisions, world.population.serials.block("authorities", len(missing))), strict=True))
    return np.array([known[name] for name in names], dtype=object)


def pay(world: World, penalties: Penalties) -> None:
    """Payments of everybody who pays: at once, in two instalments, after relief, or at the end of a deferral."""
    draws = world.draws("payments")
    n = len(penalties.fate)
    fine, fate = penalties.column("fine_cny"), penalties.fate
    due = either(fate == "deferred", penalties.column("defer_until_date") - draws.whole(1, 20, n), penalties.served + draws.whole(1, 24, n))
    due = either(fate == "relief_paid", penalties.served + draws.whole(150, 170, n), due).astype("datetime64[D]")
    half = np.round(fine / 2)
    first = np.isin(fate, ["paid", "instalments", "relief_paid", "deferred"]) & (due <= world.yesterday)
    later = (due + draws.whole(20, 50, n)).astype("datetime64[D]")
    second = first & (fate == "instalments") & (later <= world.yesterday)
    # an instalment plan whose second part is still to come is young: its own clocks cannot have run out
    for rows, when, amount in ((first, due, either(fate == "instalments", half, fine)), (second, later, fine - half)):
        payment(world, draws, penalties, np.flatnonzero(rows), when, amount)


def payment(world: World, draws: Draws, penalties: Penalties, rows: Whole, when: Days, amount: Amounts) -> None:
    """Add payment rows for the penalties numbered ``rows``."""
    n = len(rows)
    lag = either(draws.flags(0.02, n), draws.whole(20, 45, n), 1)
    world.add("finance__fine_payment", {
        "payment_no": payment_numbers(world, when[rows]), "penalty_doc_no": penalties.column("penalty_doc_no")[rows], "paid_date": when[rows],
        "paid_cny": amount[rows], "agency_name": penalties.column("agency_name")[rows], "_lag": lag,
    })


def payment_numbers(world: World, when: Days) -> Text:
    """Numbers of payment slips: day and a serial."""
    serials = world.serials.block("payment", len(when))
    return np.asarray("JK" + compact(when) + padded(serials, 8), dtype=object)


def relieve(world: World, penalties: Penalties) -> None:
    """Reconsiderations: decided and upheld before the payment, or filed lately and still open."""
    draws = world.draws("relief")
    rows = np.flatnonzero(np.isin(penalties.fate, ["relief_paid", "relief_pending"]))
    n = len(rows)
    filed = penalties.served[rows] + draws.whole(5, 50, n)
    filed = np.minimum(filed, world.yesterday)
    closed = either(penalties.fate[rows] == "relief_paid", filed + draws.whole(30, 60, n), NEVER).astype("datetime64[D]")
    county = penalties.county[rows]
    offices_of = np.asarray(places.column("short")[county] + "府复字", dtype=object)
    world.add("justice__relief_case", {
        "relief_no": document_numbers(world.serials, offices_of, year_of(filed)), "penalty_doc_no": penalties.column("penalty_doc_no")[rows],
        "relief_kind": np.full(n, "复议", dtype=object), "filed_date": filed, "closed_date": closed, "served_date": closed + 3,
        "result": either(np.isnat(closed), None, "维持"),
    })


def apply_to_court(world: World, penalties: Penalties) -> None:
    """Applications within three months of the end of the relief period, quick acceptance and ruling, enforcement carried out."""
    draws = world.draws("applications")
    rows = np.flatnonzero(penalties.fate == "applied")
    n, county = len(rows), penalties.county[rows]
    received = weekday(add_months(penalties.served[rows], 6) + draws.whole(6, 75, n))
    accepted = weekday(received + draws.whole(1, 3, n))
    ruled = weekday(accepted + draws.whole(2, 5, n))
    result = draws.pick(["准予执行", "不准予执行", "撤回申请"], n, [0.86, 0.07, 0.07])
    number = court_numbers(world.serials, county, year_of(received), "行审")
    fine = penalties.column("fine_cny")[rows]
    world.add("court__nonlit_case", {
        "case_no": number, "court_code": places.column("court_code")[county], "court_name": places.column("court_name")[county],
        "county_code": places.column("code")[county], "penalty_doc_no": penalties.column("penalty_doc_no")[rows],
        "applicant_name": penalties.column("agency_name")[rows], "received_date": received, "accepted_date": accepted, "ruling_date": ruled,
        "ruling_result": result, "is_hearing_needed": np.full(n, False),
    })
    granted = np.flatnonzero(result == "准予执行")
    filed = weekday(ruled[granted] + draws.whole(1, 5, len(granted)))
    closed = world.until_now(weekday(filed + draws.whole(20, 80, len(granted))))
    done = ~np.isnat(closed)
    enforcement(world, county[granted], number[granted], filed, closed, either(done, "执行完毕", None), fine[granted], either(done, fine[granted], 0.0))
    settled = np.concatenate([granted[done], np.flatnonzero(result == "撤回申请")])  # who withdraws has been paid
    when = np.full(len(penalties.fate), NEVER)
    when[rows[granted]], when[rows[result == "撤回申请"]] = closed, ruled[result == "撤回申请"]
    payment(world, draws, penalties, rows[settled], when, penalties.column("fine_cny"))


def enforcement(
    world: World, county: Whole, origin: Text, filed: Days, closed: Days, method: Text, claim: Amounts, realised: Amounts,
) -> None:
    """Add enforcement cases."""
    world.add("court__enforcement_case", {
        "case_no": court_numbers(world.serials, county, year_of(filed), "执"), "court_code": places.column("court_code")[county],
        "county_code": places.column("code")[county], "origin_case_no": origin, "filed_date": filed, "closed_date": closed,
        "closing_method": method, "claim_cny": claim, "realised_cny": realised,
    })


def other_enforcement(world: World, n: int) -> None:
    """Enforcement of civil judgements: the bulk of the courts' enforcement, no concern of any model here."""
    draws = world.draws("civil enforcement")
    county = places.draw(draws, n)
    filed = weekday(draws.days("2024-12-01", world.yesterday - 2, n))
    closed = world.until_now(weekday(filed + draws.whole(30, 170, n)))
    method = draws.pick(["执行完毕", "终结本次执行程序", "终结执行", "销案"], n, [0.5, 0.36, 0.1, 0.04])
    method = either(np.isnat(closed), None, method)
    claim = draws.skewed(2_000, 3_000_000, n, 0.01)
    realised = either(method == "执行完毕", claim, np.round(claim * draws.rng.random(n) * 0.4, 2))
    origin = court_numbers(world.serials, county, year_of(filed - 90), "民初")
    enforcement(world, county, origin, filed, closed, either(np.isnat(closed), nothing(n), method), claim, realised)
