"""QR codes in a picture, and whether they say what the print says."""

from __future__ import annotations

import re

import zxingcpp

from jiandu.identifiers import uscc
from jiandu.licence.picture import Pixels


def qr_text(pixels: Pixels) -> str:
    """The text of the first legible QR code; empty where there is none."""
    found = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return next((code.text for code in found if code.valid and code.text), "")


def numbers(text: str) -> dict[str, str]:
    """The licence number and credit code a QR text carries, by field name."""
    found = {}
    if number := re.search(r"(?:JY|SC)[0-9]{14}", text):
        found["licence_no"] = number.group(0)
    for run in re.findall(r"(?<![0-9A-Z])[0-9A-HJ-NP-RTUWXY]{18}(?![0-9A-Z])", text):
        if uscc.verdict(run).valid:
            found["uscc"] = run
    return found


def agrees(text: str, read: dict[str, str]) -> bool | None:
    """Whether the numbers in a QR text are those that were read with certainty; ``None`` where there is nothing to compare."""
    compared = [read[name] == number for name, number in numbers(text).items() if name in read]
    return all(compared) if compared else None
