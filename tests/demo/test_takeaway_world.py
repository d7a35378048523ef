"""The world of the takeaway platforms: its size, its shares, its truth, and that the pages show no more than they should."""

from __future__ import annotations

from datetime import date, timedelta

from jiandu import content
from jiandu.demo.takeaway import DEMO_SHOPS, SHOPS, registers, truth
from jiandu.demo.takeaway.shops import Shop
from jiandu.demo.takeaway.stories import STORIES
from jiandu.demo.takeaway.world import build, findings
from jiandu.identifiers.food_licence import check_digit

TODAY = date(2026, 11, 20)
WORLD = build(1, TODAY)


def played(name: str) -> list[Shop]:
    return [shop for shop in WORLD if shop.variety == name]


def test_the_share_of_violations_is_the_field_s() -> None:
    assert len(WORLD) == SHOPS
    share = sum(findings(WORLD).values()) / SHOPS
    assert 0.024 < share < 0.028
    assert sorted(findings(WORLD)) == [f"F{number}" for number in range(1, 9)]


def test_a_small_demo_shows_every_story() -> None:
    assert {shop.variety for shop in WORLD[:DEMO_SHOPS]} == {"", *(story.name for story in STORIES)}
    assert build(1, TODAY, DEMO_SHOPS) == WORLD[:DEMO_SHOPS]


def test_same_seed_same_world_and_a_clean_one_has_no_story() -> None:
    assert build(1, TODAY, 60) == build(1, TODAY, 60)
    assert build(2, TODAY, 60) != build(1, TODAY, 60)
    assert findings(build(1, TODAY, clean=True)) == {}


def test_lawful_shops_stand_in_the_register_as_they_show() -> None:
    rows = {row["licence_no"]: row for row in registers.food_licences(WORLD)}
    for shop in (shop for shop in WORLD if not shop.variety):
        shown = shop.licences[0]
        assert rows[shown.number]["business_address"] == shop.address
        assert shown.valid_until is not None
        assert shown.valid_until > TODAY


def test_each_finding_is_what_it_says() -> None:
    numbers = {row["licence_no"] for row in registers.food_licences(WORLD)}
    before = TODAY - timedelta(days=1)
    for shop in played("nothing_shown"):
        assert all(one.on(day).depth is None and not one.on(day).picture for one in shop.listings for day in (before, TODAY))
    assert not {shop.licences[0].number for shop in played("not_registered")} & numbers
    assert all(shop.licences[0].valid_until < TODAY and shop.licences[0].number in numbers for shop in played("expired"))  # type: ignore[operator]
    pairs = [shop.licences[0].number for shop in played("reused")]
    assert sorted(map(pairs.count, pairs)) == [2] * len(pairs)
    assert all(one.address != shop.address for shop in played("moved") for one in shop.listings)
    assert all(one.delivery_only and not one.no_dine_in for shop in played("unlabelled") for one in shop.listings)


def test_only_forged_numbers_fail_their_check_digit() -> None:
    food = [(shop.variety, licence.number) for shop in WORLD for licence in shop.licences if licence.kind == "food"]
    wrong = {variety for variety, number in food if check_digit(number[2:15]) != number[15]}
    assert wrong == {"forged"}


def test_the_truth_names_every_listing() -> None:
    rows = truth.rows(WORLD)
    told = {(one["platform_name"], one["shop_id"]) for row in rows for one in row["listings"]}
    assert told == {(one.platform, one.shop_id) for shop in WORLD for one in shop.listings}
    assert sum(bool(row["finding"]) for row in rows) == sum(findings(WORLD).values())
    assert all(row["note"] for row in rows if row["variety"])


def test_the_answer_key_accuses_each_shop_once() -> None:
    key = truth.answers(WORLD)
    truths = [answer.anchor for answer in key if answer.kind == "truth"]
    assert len(truths) == len(set(truths)) == sum(findings(WORLD).values())
    assert not set(truths) & {answer.anchor for answer in key if answer.kind == "decoy"}
    model = content.read_yaml(content.units("models")["takeaway_licence"])
    assert {answer.finding for answer in key if answer.kind == "truth"} == {finding["id"] for finding in model["findings"]}
