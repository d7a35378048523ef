"""Office documents (zip archives, ISO/IEC 21320-1) without the clock of the machine that saved them: the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can state: every member has the same, so that the same content gives the same bytes."""


def undated(archive: bytes, edit: Callable[[str, bytes], bytes] = lambda name, data: data) -> bytes:
    """The archive with its members in order of name, each dated 1980-01-01, its content passed through ``edit(name, content)``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            target.writestr(zipfile.ZipInfo(name, EPOCH), edit(name, source.read(name)), zipfile.ZIP_DEFLATED)
    return out.getvalue()
