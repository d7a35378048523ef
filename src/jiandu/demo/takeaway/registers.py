"""What the authorities hold about the shops: rows of the food licence register and of those beside it, by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jiandu.demo.takeaway.shops import Shop


def food_licences(shops: Sequence[Shop]) -> list[dict[str, Any]]:
    """Rows of ``market__food_licence``, once a number (a head office's licence is named by several branches)."""
    return [*{row["licence_no"]: row for shop in shops for row in shop.registered}.values()]


def small_catering(shops: Sequence[Shop]) -> list[dict[str, Any]]:
    """Rows of the register of small catering; the certificate's number stands in ``licence_no``."""
    return [row for shop in shops for row in shop.small_catering]


def filings(shops: Sequence[Shop]) -> list[dict[str, Any]]:
    """Rows of the filings of sellers of prepackaged food only; the filing's number stands in ``licence_no``."""
    return [row for shop in shops for row in shop.filings]


def renewals(shops: Sequence[Shop]) -> list[dict[str, Any]]:
    """Applications for renewal that are not decided: ``licence_no``, ``uscc``, ``applied_date``, ``county_code``."""
    return [row for shop in shops for row in shop.renewals]
