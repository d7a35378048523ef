"""What is printed on a licence: the ground truth of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["food", "business", "small_catering", "filing"]
TITLES: dict[Kind, str] = {"food": "食品经营许可证", "business": "营业执照", "small_catering": "小餐饮登记证", "filing": "仅销售预包装食品经营者备案信息"}
FOREVER = date(9999, 12, 31)
"""A business licence without an end: 长期."""


@dataclass(frozen=True)
class Licence:
    """A licence of one ``kind``. Texts are empty where that kind prints none; ``valid_until`` is ``FOREVER`` for 长期 and ``None`` where it is not printed.

    ``number`` is the licence, certificate or filing number (food: JY and 14 digits); a business licence has only its ``uscc``.
    """

    kind: Kind
    operator_name: str
    uscc: str
    legal_rep: str
    registered_address: str
    business_address: str = ""
    number: str = ""
    business_form: str = ""
    business_items: str = ""
    valid_until: date | None = None
    issued: date | None = None
    issuer: str = ""
    company_type: str = ""
    capital: str = ""
    qr_text: str = ""

    @property
    def title(self) -> str:
        """The heading of the document."""
        return TITLES[self.kind]
