"""A new model to start from: a whole one whose case fails, so that nobody forgets to make it right."""

from __future__ import annotations

import re
from pathlib import Path

from jiandu.collision.datasets import dataset
from jiandu.errors import JianduError
from jiandu.settings import ROOT

FORM = """\
title: TODO 中文名称
description: >-
  TODO the rule in plain words: what should have happened, by when, and which data sets show that it did not.
line: administrative  # criminal, civil, administrative, public_interest, juvenile or complaint
subject: {{kind: case, key: p.{key}, name: p.{key}}}
# The event a clue hangs on; its key makes the clue's number and must never change when data are corrected.
anchor: {{data: {data}, as: p, key: p.{key}}}

derive:
  # Columns in order; `jiandu model explain --words` lists the words beside SQL (terms, working days, parameters).
  due_on: term_days({moment}, 15)

elements:
  # Each asks one question: is | exists | absent (with by) | measure | any. NULL means "cannot be computed".
  - {{id: overdue, title: TODO 期限已届满, is: as_of > due_on}}

findings:
  # The first finding in file order whose elements all hold makes the clue.
  - id: not_done
    title: TODO 应为而未为
    all: [overdue]
    severity: {{red: "days_between(due_on, as_of) > 365", yellow: "true"}}
    sentence: "{{{key}}}应于{{due_on}}前办理，请核查。"
    clock_start: {moment}
    deadline: due_on
    document_type: 检察建议

occurred_on: {moment}
jurisdiction: {{county_code: {county}, body: "'TODO 被监督单位'", body_level: "'县'"}}
legal_basis:
  - {{law: TODO, article: TODO, from: 2020-01-01, says: TODO, status: unverified}}
false_positives:
  - TODO what looks like a finding and is none
runbook:
  - TODO which record to ask for, from whom, and which document follows
cases_as_of: 2026-11-20
cases:
  - name: the term has run out
    rows:
      {data}:
        - {{{key}: "1"}}  # TODO give the fields this model reads; the case fails until it does
    clues:
      - {{anchor: "1", finding: not_done}}
  - name: nothing to find
    rows: {{}}
"""


def write(name: str, data: str = "justice__penalty", into: Path | None = None) -> Path:
    """Write ``models/<name>.yml`` over a data set and return its path. Raises ``JianduError`` for a bad or taken name."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise JianduError.at(name, "is not a name in small letters and underscores", "e.g. overdue_reply")
    folder = into / "models" if into else ROOT / "spark_jobs" / "models"
    path = folder / f"{name}.yml"
    if path.exists():
        raise JianduError.at(str(path), "exists already", "choose another name")
    chosen = dataset(data)
    moment = next((f"p.{column}" for column, kind in chosen.columns.items() if kind == "DATE"), "as_of")
    county = "p.county_code" if "county_code" in chosen.columns else "'990101'"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(FORM.format(data=data, key=chosen.key[0], moment=moment, county=county), "utf-8")
    return path
