"""What a shop of the test platforms is: who runs it, what it is allowed to do, and what its pages show on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from jiandu.demo.licence_pictures import Licence

PAGES, API = "食速达", "百味到家"
"""The two fictional platforms: server-rendered pages, and an interface behind a script-driven page."""


@dataclass(frozen=True)
class Showing:
    """What a page shows of the shop's licence from a day on; ``depth`` is the number of clicks to it, ``None`` when nothing is shown.

    ``picture`` and ``text`` say whether the photo and the number as text are shown; ``licence`` is the place in the shop's ``licences``.
    """

    since: date
    depth: int | None = 0
    picture: bool = True
    text: bool = False
    licence: int = 0


@dataclass(frozen=True)
class Listing:
    """A shop on one platform. ``damage`` is how its licence photo was taken (of ``licence_pictures.DAMAGES``; empty: a clean scan)."""

    platform: str
    shop_id: str
    shop_name: str
    address: str
    showings: tuple[Showing, ...]
    damage: str = ""
    business: bool = False
    """Whether a photo of the business licence is shown too."""
    no_dine_in: bool = False
    delivery_only: bool = False
    status: str = "营业"

    def on(self, day: date) -> Showing:
        """What is shown on a day."""
        return max((one for one in self.showings if one.since <= day), key=lambda one: one.since, default=self.showings[0])


@dataclass(frozen=True)
class Shop:
    """One real shop with its truth: ``finding`` F1 … F8 or empty, ``variety`` the story that was planted (truth or decoy) or empty."""

    number: int
    finding: str
    variety: str
    county_code: str
    operator: str
    uscc: str
    legal_rep: str
    address: str
    latitude: float
    longitude: float
    trade: str
    classes: tuple[str, ...]
    dishes: tuple[str, ...]
    orders: int
    licences: tuple[Licence, ...]
    """What its pictures show; empty for a shop that has none."""
    listings: tuple[Listing, ...]
    registered: tuple[dict[str, Any], ...]
    """Its rows of the food licence register, by field."""
    small_catering: tuple[dict[str, Any], ...] = ()
    """Its rows of the small-catering register."""
    filings: tuple[dict[str, Any], ...] = ()
    """Its rows of the register of sellers of prepackaged food only."""
    renewals: tuple[dict[str, Any], ...] = ()
    """Its applications for renewal that are not decided yet."""
