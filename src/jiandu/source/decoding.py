"""Bytes of a delivered file as UTF-8 text, strictly by the contract's encoding, with a reason a person can act on when they do not fit."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path

from jiandu.errors import DeliveryHeld, JianduError, Problem

CHUNK = 8 << 20
CANDIDATES = ("utf-8", "gb18030")


def read_bytes(path: Path) -> bytes:
    """The file's content, unpacked when its name ends in ``.gz``.

    Raises ``DeliveryHeld`` for an empty or cut-off file, ``JianduError`` when the file cannot be read at all.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DeliveryHeld(Problem(str(path), f"compressed file is broken or cut off: {error}", "ask the agency to send it again")) from error
    except OSError as error:
        raise JianduError.at(str(path), f"cannot be read: {error.strerror}", "check the path and its permissions") from error
    if not data.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise DeliveryHeld(Problem(str(path), "the file is empty", "ask the agency to send it again"))
    return data


def as_utf8(data: bytes, encoding: str, path: Path) -> bytes:
    """The text re-encoded as UTF-8 without a byte order mark. Raises ``DeliveryHeld`` naming line and likely encoding."""
    decoder = codecs.getincrementaldecoder("utf-8" if encoding.startswith("utf-8") else encoding)("strict")
    parts = []
    for start in range(0, len(data), CHUNK):
        try:
            text = decoder.decode(data[start : start + CHUNK], start + CHUNK >= len(data))
        except UnicodeDecodeError as error:
            raise DeliveryHeld(_misfit(data, encoding, start, error, path)) from error
        parts.append(text.encode())
    return b"".join(parts).removeprefix(codecs.BOM_UTF8)


def looks_like(data: bytes, besides: str) -> str:
    """Another encoding in which a sample of the bytes reads as plain text; empty when none does."""
    sample = data[:200_000]
    for encoding in CANDIDATES:
        if encoding.removesuffix("-sig") == besides.removesuffix("-sig"):
            continue
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(sample)
        except UnicodeDecodeError:
            continue
        return encoding
    return ""


def _misfit(data: bytes, encoding: str, start: int, error: UnicodeDecodeError, path: Path) -> Problem:
    position = start + error.start
    line = data.count(b"\n", 0, position) + 1
    if len(data) - position < 5 and ("incomplete" in error.reason or "unexpected end" in error.reason):
        return Problem(f"{path}:{line}", "the file ends in the middle of a character: it is cut off", "ask the agency to send it again")
    other = looks_like(data, encoding)
    todo = f"it reads as {other}: correct the contract's encoding or ask the agency" if other else "ask the agency in which encoding it exports"
    return Problem(f"{path}:{line}", f"not {encoding} text (byte {position})", todo)
