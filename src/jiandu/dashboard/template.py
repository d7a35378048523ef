"""What ``jiandu new dashboard`` writes: a screen that compiles and says what to change."""

from __future__ import annotations

import re
from pathlib import Path

from jiandu.errors import JianduError
from jiandu.settings import ROOT

TEMPLATE = """\
title: {slug}
description: Who looks at this screen and what for.

datasets: {{}}   # a mart no other screen uses yet: <mart>: {{title: …, metrics: {{name: {{title: …, sql: …}}}}}}

filters:
  - {{title: 市, dataset: clue_overview, column: city_name}}

rows:
  - height: 6
    blocks:
      - {{kind: text, width: 12, markdown: "**线索仅供人工核查，不是结论。**"}}
  - height: 18
    blocks:
      - {{kind: number, width: 3, title: 有效线索, dataset: clue_overview, metric: standing, caption: 条}}
  - height: 42
    blocks:
      - {{kind: bar, width: 6, title: 各市有效线索, dataset: clue_overview, x: city_name, metrics: [standing], order: city_code}}
      - {{kind: line, width: 6, title: 每月新发现线索, dataset: clue_by_city_month_model, x: month, metrics: [opened]}}
"""


def write(slug: str, into: Path | None = None) -> Path:
    """Write the file into a content root (default: the product) and return its path. Raises ``JianduError`` for a bad name or a file that exists."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,49}", slug):
        raise JianduError.at(slug, "a slug is lower-case letters, digits and underscores, 3 to 50 of them", "e.g. juvenile_work")
    folder = ROOT / "dashboards" if into is None else into / "dashboards"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{slug}.yml"
    if path.exists():
        raise JianduError.at(str(path), "exists already", "choose another name, or edit it")
    path.write_text(TEMPLATE.format(slug=slug), "utf-8")
    return path
