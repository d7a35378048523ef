"""What a perfect reading of a drawn licence says: field names of readings and their values in the form they are compared in."""

from __future__ import annotations

from jiandu.demo.licence_pictures.licence import TITLES, Licence
from jiandu.licence.vocabulary import compact

KINDS = {TITLES["food"]: TITLES["food"], TITLES["business"]: TITLES["business"], TITLES["small_catering"]: TITLES["small_catering"],
         TITLES["filing"]: "仅销售预包装食品备案"}


def expected(licence: Licence) -> dict[str, str]:
    """Field → value for every field that is printed."""
    until, issued = (day.isoformat() if day else "" for day in (licence.valid_until, licence.issued))
    fields = {"operator_name": licence.operator_name, "uscc": licence.uscc, "legal_rep": licence.legal_rep, "issuer": licence.issuer,
              "business_items": licence.business_items, "valid_until_date": until}
    if licence.kind == "business":
        shown = "business_address" if licence.business_address else "registered_address"
        fields |= {shown: licence.business_address or licence.registered_address, "company_type": licence.company_type, "capital": licence.capital,
                   "established_date": issued}
    else:
        fields |= {"issued_date": issued, "business_address": licence.business_address, "licence_no": licence.number}
    if licence.kind == "food":
        fields |= {"registered_address": licence.registered_address, "business_form": licence.business_form}
    return {name: compact(value).strip("。") for name, value in fields.items() if value}
