"""Files written whole: a reader sees all of a file or nothing, whoever else writes it at the same time."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write(target: Path, content: bytes) -> None:
    """Put ``content`` in the file's place in one step; its folder is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    part.write_bytes(content)
    part.replace(target)
