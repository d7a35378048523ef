"""Chinese fonts of the machine, by file name: Debian's packages, nothing is shipped."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from jiandu.errors import JianduError

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
USUAL = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc", "wqy-zenhei.ttc", "uming.ttc")
"""What the demo draws with, as far as it is there: a licence is printed in a sober face."""
OTHERS = re.compile(r"cjk|wqy|simsun|simhei|simfang|yahei|sourcehan|ukai|wenkai", re.IGNORECASE)
"""Fonts with Chinese, by their file names, where none of the usual ones is there."""
CHINESE_OF_NOTO = 2
"""Index of the simplified Chinese face in Noto's collections (JP, KR, SC, TC, HK)."""


@lru_cache
def found(names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Paths of the fonts called ``names`` (paths stand for themselves), in that order; without names the usual ones. ``JianduError`` if none is there."""
    wanted = names or USUAL
    files: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted(Path(folder).expanduser().rglob("*.[to]t[cf]")):
            files.setdefault(path.name, str(path))
    there = tuple(name if Path(name).is_file() else files[name] for name in wanted if Path(name).is_file() or name in files)
    if not there and not names:
        there = tuple(path for name, path in sorted(files.items()) if OTHERS.search(name))[:4]
    if not there:
        raise JianduError.at("fonts", f"none of the Chinese fonts {', '.join(wanted)} is on this machine", "apt-get install fonts-noto-cjk")
    return there


@lru_cache(maxsize=256)
def face(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels."""
    return ImageFont.truetype(path, size, index=CHINESE_OF_NOTO if Path(path).name.startswith("Noto") and path.endswith(".ttc") else 0)
