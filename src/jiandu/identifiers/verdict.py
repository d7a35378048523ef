"""What is said about one identifier."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Kind, whether it is valid, its normal form, why not, and what is odd about a valid one. Reasons are Chinese: screens show them."""

    kind: str
    value: str
    valid: bool
    normalised: str
    reason: str = ""
    warnings: tuple[str, ...] = ()
