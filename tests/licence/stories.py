"""Stories of the planted set: each finding in its varieties, each decoy that the law explains, each thing that cannot be known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from jiandu.demo.licence_pictures.specimen import specimen

from .planted import COOKED, TODAY, Planted, Shop, lawful, write

Story = Callable[[Shop], str]
"""Changes a lawful shop; returns the finding that is then true, or nothing."""


def nothing_shown(shop: Shop) -> str:
    shop.shown = shop.shown_before = False
    shop.hours_apart = shop.rng.choice([24, 25, 48, 200])
    return "f1_not_shown"


def unregistered(shop: Shop) -> str:
    shop.registered = False
    return "f2_no_licence"


def expired(shop: Shop) -> str:
    shop.licence = replace(shop.licence, valid_until=TODAY - timedelta(days=shop.rng.randint(2, 900)))
    if shop.rng.random() < 0.3:  # asked too late, or refused
        late = shop.rng.random() < 0.5
        day = shop.licence.valid_until + timedelta(days=10 if late else -60)  # type: ignore[operator]
        shop.beside.append(("market__licence_renewal", {"licence_no": shop.licence.number, "uscc": shop.licence.uscc, "applied_date": day,
            "decided_date": None if late else TODAY - timedelta(days=1), "renewal_result": None if late else "refused", "county_code": "990103"}))
    return "f3_expired"


def out_of_scope(shop: Shop) -> str:
    extra = shop.rng.choice([one for one in sorted(COOKED) if one not in shop.classes])
    shop.classes = (*shop.classes, extra)
    return "f4_out_of_scope"


def reused(shop: Shop) -> str:
    """Pairs show one licence of a third operator."""
    third = specimen(900_000 + shop.number // 2)
    address = "云泽省云江市望津区远处街道一路1号"
    shop.licence = replace(third, valid_until=TODAY + timedelta(days=400), business_items="、".join(COOKED.values()), business_address=address)
    shop.registered = shop.number % 2 == 0
    return "f5_reused"


def elsewhere(shop: Shop) -> str:
    shop.page_address = f"云泽省云江市望津区竹影街道长堤路{shop.number}号"
    return "f6_elsewhere"


def unsound(shop: Shop) -> str:
    number = shop.licence.number
    shop.read_number, shop.sound = number[:-1] + str((int(number[-1]) + 3) % 10), False
    return "f7_unsound_number"


def unlabelled(shop: Shop) -> str:
    shop.delivery_only = True
    return "f8_no_label"


def as_it_should_be(shop: Shop) -> str:
    return ""


def renewal_pending(shop: Shop) -> str:
    until = TODAY - timedelta(days=shop.rng.randint(2, 60))
    shop.licence = replace(shop.licence, valid_until=until)
    shop.beside.append(("market__licence_renewal", {"licence_no": shop.licence.number, "uscc": shop.licence.uscc, "applied_date": until - timedelta(days=40),
        "decided_date": None, "renewal_result": None, "county_code": "990103"}))
    return ""


def renewed(shop: Shop) -> str:
    shop.licence = replace(shop.licence, valid_until=TODAY - timedelta(days=9))
    new = {"licence_no": specimen(700_000 + shop.number).number, "valid_until_date": TODAY + timedelta(days=1700)}
    shop.beside.append(("market__food_licence", shop.entry | new))
    return ""


def small_catering(shop: Shop) -> str:
    shop.registered = False
    shop.read_number = f"XCY{shop.number:011d}"
    shop.reading_changes = {"licence_kind": "小餐饮登记证", "is_licence_no_sound": None}
    shop.beside.append(("market__small_catering", {"licence_no": shop.read_number, "uscc": shop.licence.uscc, "valid_until_date": TODAY + timedelta(days=9)}))
    return ""


def prepackaged(shop: Shop) -> str:
    shop.registered, shop.classes = False, ("零食", "瓶装饮料")
    shop.read_number = f"YB{shop.number:014d}"
    shop.reading_changes = {"licence_kind": "仅销售预包装食品备案", "is_licence_no_sound": None}
    shop.beside.append(("market__prepackaged_filing", {"licence_no": shop.read_number, "uscc": shop.licence.uscc}))
    return ""


def chain(shop: Shop) -> str:
    """Branches show their head office's licence; each has its own at its own address."""
    own, head = shop.entry, specimen(950_000 + shop.number // 3)
    shop.licence = replace(head, valid_until=TODAY + timedelta(days=400), business_items="食品经营管理（食品连锁总部）、" + "、".join(COOKED.values()))
    shop.beside.append(("market__food_licence", own))
    shop.registered = shop.number % 3 == 0
    return ""


def one_click_deeper(shop: Shop) -> str:
    shop.depth = 1
    return ""


def missing_once(shop: Shop) -> str:
    shop.shown_before = False
    return ""


def missing_only_now(shop: Shop) -> str:
    """Not shown at the last capture, shown at the one before: too early to say."""
    shop.shown = False
    return ""


def captured_too_soon(shop: Shop) -> str:
    shop.shown = shop.shown_before = False
    shop.hours_apart = shop.rng.choice([0.5, 12, 23.9])
    return ""


def closed(shop: Shop) -> str:
    shop.shown = shop.shown_before = False
    shop.status = "停业"
    return ""


def written_otherwise(shop: Shop) -> str:
    shop.page_address = shop.page_address.removeprefix("云泽省") + "（一楼）"
    return ""


def labelled(shop: Shop) -> str:
    shop.delivery_only = shop.label = True
    return ""


def odd_but_registered(shop: Shop) -> str:
    """One true number in eight fails its check digit."""
    shop.sound = False
    return ""


TRUTHS: tuple[Story, ...] = (nothing_shown, unregistered, expired, out_of_scope, reused, elsewhere, unsound, unlabelled)
DECOYS: tuple[Story, ...] = (as_it_should_be, renewal_pending, renewed, small_catering, prepackaged, chain, one_click_deeper, missing_once, missing_only_now,
    captured_too_soon, closed, written_otherwise, labelled, odd_but_registered)
UNREAD = ({"reading_outcome": "unreadable", "licence_kind": None, "licence_no": None, "uscc": None, "valid_until_date": None, "business_items": None,
    "business_address": None, "is_licence_no_sound": None}, {"licence_no": None, "is_licence_no_sound": None}, {"uscc": None})
"""What the reader may not have been able to read, in whole or in part."""


def told(each: int) -> Planted:
    """``each`` shops of every truth, half as many of every decoy, and unregistered shops whose picture could not be read."""
    planted, number = Planted(), 600
    for stories, count in ((TRUTHS, each), (DECOYS, each // 2)):
        for story in stories:
            number += -number % 6
            for _ in range(count):
                shop = lawful(number)
                write(planted, shop, story(shop))
                number += 1
    for turn in range(each // 2):
        shop = lawful(number + turn)
        shop.registered, shop.reading_changes = False, UNREAD[turn % 3]
        write(planted, shop, "", undecided=True)
    return planted
