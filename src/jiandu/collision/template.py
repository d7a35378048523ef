"""A new model, or a new element of the library, to start from: a whole one that fails until somebody has made it right."""

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
  # Each asks one question: is | exists | absent | expected | measure | concentration | overlap | text | compare | reach | any,
  # or imports one: use: not_filed_as_crime, with: {{…}}. NULL means "cannot be computed".
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


ELEMENT = """\
title: TODO 中文名称，模型可以另写
description: TODO what it asks, in plain words, and what it must not be taken for.
takes:
  # What a model gives under with; a default makes it optional ({{says: …, default: …}}).
  record: TODO what to give here, e.g. p.penalty_doc_no
asks:
  # One question, as in a model; $record stands for what the model gives.
  exists: {{data: {data}, as: found_row, match: found_row.{key} = $record}}
"""


def write_element(name: str, data: str = "justice__penalty", into: Path | None = None) -> Path:
    """Write ``elements/<name>.yml`` over a data set and return its path. Raises ``JianduError`` for a bad or taken name."""
    path = _free("elements", name, into)
    path.write_text(ELEMENT.format(data=data, key=dataset(data).key[0]), "utf-8")
    return path


def _free(kind: str, name: str, into: Path | None) -> Path:
    """Where a new unit goes. Raises ``JianduError`` for a name that is none or taken."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise JianduError.at(name, "is not a name in small letters and underscores", "e.g. overdue_reply")
    folder = into / kind if into else ROOT / "spark_jobs" / kind
    path = folder / f"{name}.yml"
    if path.exists():
        raise JianduError.at(str(path), "exists already", "choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    return path


def write(name: str, data: str = "justice__penalty", into: Path | None = None) -> Path:
    """Write ``models/<name>.yml`` over a data set and return its path. Raises ``JianduError`` for a bad or taken name."""
    chosen, path = dataset(data), _free("models", name, into)
    moment = next((f"p.{column}" for column, kind in chosen.columns.items() if kind == "DATE"), "as_of")
    county = "p.county_code" if "county_code" in chosen.columns else "'990101'"
    path.write_text(FORM.format(data=data, key=chosen.key[0], moment=moment, county=county), "utf-8")
    return path
