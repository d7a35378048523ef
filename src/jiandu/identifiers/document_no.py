"""Document numbers of agencies and courts, in the one form on which data sets collide.

There is no national format for penalty numbers (``〔2026〕``, ``[2026]``, ``（2026）``, with or without 字 and 第, zeros in front of
the serial); the match key is agency, year and serial, so that is what stays: ``云青市监罚〔2026〕12号``. A court's case
number begins with its year and keeps round brackets, as 法〔2015〕137号 prescribes: ``(2026)泽0101行审12号``.
"""

from __future__ import annotations

from jiandu.identifiers.rewriting import Rewrites

DOCUMENT_NO = Rewrites((
    (r"\s+", ""),
    (r"[(\[〔【〖{<《〈]((?:19|20)\d{2})[)\]〕】〗}>》〉]", r"〔\1〕"),
    (r"字?〔(\d{4})〕(?:字第|字|第)?0*(\d)", r"〔\1〕\2"),
    (r"(?:字第|字|第)(\d+)号", r"\1号"),
    (r"([^\d])0+(\d+)号", r"\1\2号"),
    (r"^〔(\d{4})〕", r"(\1)"),
    (r"〕0*(\d+)$", r"〕\1号"),
))


def normalise(value: str) -> str:
    """A document or case number in its match form. Text that is no such number only loses its blanks and full-width forms."""
    return DOCUMENT_NO.text(value) or ""
