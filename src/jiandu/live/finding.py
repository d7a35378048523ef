"""What a campaign says as a clue: facts, one Chinese sentence, the answers of its three elements. Pure functions of what decided it.

The door, the settlement and the replay call the same functions, so that they cannot disagree. Nothing here names an account or a contact.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from jiandu.behaviour import Signal
from jiandu.clock import ZONE
from jiandu.collision import law
from jiandu.collision.identity import city_code, procuratorate_code
from jiandu.live import MODEL
from jiandu.settings import settings

Row = dict[str, Any]
SEVERITY = ("blue", "blue", "yellow", "orange", "red")
"""By grade. A clue that behaviour no longer supports stays a blue one: its posts were there."""

COLOUR = ("无", "蓝色", "黄色", "橙色", "红色")
ELEMENTS = {"words": "公开帖文含词库所列词语", "company": "多条帖文属同一活动", "behaviour": "有异常行为信号"}
SHOWN_TERMS = 12
SHOWN_SIGNALS = 4


@dataclass(frozen=True)
class About:
    """A campaign as counted at one of its changes; instants are ISO texts of event time, so that it is plain data in journal and evidence."""

    anchor: str
    category: str
    division_code: str
    posts: int
    accounts: int
    threads: int
    deleted: int
    platforms: list[str]
    first_at: str
    last_at: str
    level: int
    seen_until: str

    def plain(self) -> Row:
        """As a row."""
        return asdict(self)


def division_of(board: str) -> str:
    """The division whose name stands in a board's name, the county before the city; the province where none does."""
    province = settings().province
    names = sorted(law.division_names().items(), key=lambda item: (item[0].endswith("00"), -len(item[1]), item[0]))
    return next((code for code, name in names if name in board and code.startswith(province)), f"{province}0000")


def level_of(division_code: str) -> str:
    """县, 市 or 省."""
    return "省" if division_code.endswith("0000") else "市" if division_code.endswith("00") else "县"


def facts(about: About, grade: int, signals: Collection[Signal], title: str, model_title: str) -> Row:
    """The columns of ``clue.finding`` that a campaign decides."""
    place, level = about.division_code, level_of(about.division_code)
    county = place if level == "县" else None
    first = datetime.fromisoformat(about.first_at)
    return {
        "model": MODEL, "model_title": model_title, "finding": about.category, "finding_title": title, "sentence": sentence(about, grade, signals, title),
        "subject_kind": "campaign", "subject_key": about.anchor.partition("|")[0], "subject_name": None, "subject_id_hash": None, "anchor": about.anchor,
        "occurred_on": first.astimezone(ZONE).date(), "clock_start_on": None, "deadline_on": None, "overdue_days": None,
        "county_code": county, "city_code": city_code(county) or (place if level == "市" else None),
        "procuratorate_code": procuratorate_code(place, level) or place, "supervised_body": None, "supervised_body_level": level,
        "line": "juvenile", "severity": SEVERITY[grade], "computable": True, "confidence": None, "document_type": None,
        "data_as_of": datetime.fromisoformat(about.seen_until), "tier": "sensitive", "sealed": False,
    }


def sentence(about: About, grade: int, signals: Collection[Signal], title: str) -> str:
    """One sentence for the desk; numbers of posts and accounts, never their words."""
    kind = about.anchor.partition("|")[0]
    is_one = kind == "contact" or about.accounts == 1
    tie = {"contact": "留有同一联系方式", "account": "为同一账号发布"}[kind] if is_one else "内容近似"
    many = f"{about.posts}条公开帖文（{about.accounts}个账号、{about.threads}个主题）{tie}" if about.posts > 1 else "1条公开帖文"
    held = ordered(signals)
    behaviour = "".join(f"；{one.sentence.rstrip('。')}" for one in held[:SHOWN_SIGNALS])
    behaviour += f"；另有{len(held) - SHOWN_SIGNALS}项行为信号" if len(held) > SHOWN_SIGNALS else ""
    gone = f"；其中{about.deleted}条已被来源删除，采集件留存" if about.deleted else ""
    return f"疑似{title}：{many}，内容{COLOUR[about.level]}，预警{COLOUR[max(grade, 1)]}{behaviour}{gone}。"


def ordered(signals: Collection[Signal]) -> list[Signal]:
    """The signals that hold, of each kind and subject the latest window, in one order whatever order they came in."""
    last = {(one.kind, one.subject): one for one in sorted(signals, key=lambda one: (one.window_end, one.key)) if one.holds}
    return [last[key] for key in sorted(last)]


def elements(about: About, hits: Sequence[Row], signals: Sequence[Row], version: str) -> list[Row]:
    """The answers of the three elements: words, company, behaviour. ``signals`` hold, as plain data."""
    terms = sorted({f"{hit['term']}{'（疑似）' if hit['tier'] == 'suspect' else ''}" for hit in hits})
    more = f"等{len(terms)}个词" if len(terms) > SHOWN_TERMS else ""
    many = f"共{about.posts}条帖文、{about.accounts}个账号、{about.threads}个主题"
    behaviour = "；".join(one["sentence"] for one in sorted(signals, key=signal_key))
    reasons = (f"命中：{'、'.join(terms[:SHOWN_TERMS])}{more}（词库与分级版本{version}）", many, behaviour or "尚无行为信号")
    met = (True, about.posts > 1, bool(signals))
    return [
        {"element": name, "title": title, "source": None, "answer": "met" if holds else "not_met", "reason": reason}
        for (name, title), holds, reason in zip(ELEMENTS.items(), met, reasons, strict=True)
    ]


def signal_key(body: Row) -> str:
    """See ``behaviour.Signal.key``, of a signal as plain data."""
    return f"{body['kind']}|{body['subject']}|{body['window_start']}"
