"""What a message says, in Chinese: clue number, severity, line and a link, and that a clue is a lead for a human; nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jiandu.alert.office import load as load_offices
from jiandu.settings import settings

NOTICE = "线索仅供人工核查，不是结论。"
STATES = {"open": "新线索", "updated": "线索更新", "reopened": "线索重新出现", "withdrawn": "线索撤回"}
SEVERITIES = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}
NUMBER_LENGTH = 12
LIVE_ALERTS = "/superset/dashboard/live_alerts/?clue="


@dataclass(frozen=True)
class Message:
    """One message to one office over one channel, carrying one alert or, as a digest, several."""

    key: str
    """Idempotency key: a receiver that honours it sees each message once."""
    recipient: str
    line: str
    alerts: tuple[Mapping[str, Any], ...]
    """Payloads of the outbox, one a clue, the most severe first."""

    @property
    def subject(self) -> str:
        """Subject line."""
        first = self.alerts[0]
        if len(self.alerts) == 1:
            return f"【监督线索】{STATES[first['state']]} {first['number']}（{SEVERITIES[first['severity']]}）"
        return f"【监督线索】{line_title(self.line)}：{len(self.alerts)} 条线索有变化"

    @property
    def text(self) -> str:
        """Plain-text body."""
        lines = [f"{line_title(self.line)}：", ""]
        if len(self.alerts) > 1:
            counts = Counter(alert["state"] for alert in self.alerts)
            lines += ["本次汇总：" + "，".join(f"{title} {counts[state]} 条" for state, title in STATES.items() if counts[state]) + "。", ""]
        for alert in self.alerts:
            lines.append(f"{STATES[alert['state']]}　编号 {alert['number']}　等级 {SEVERITIES[alert['severity']]}")
            lines.append(f"  {alert['link']}")
        return "\n".join([*lines, "", NOTICE, "详情请登录系统查看。本消息不含案件事实和个人信息。"])

    def as_json(self) -> dict[str, Any]:
        """Body for machines."""
        return {
            "key": self.key, "recipient": self.recipient, "line": self.line, "subject": self.subject, "text": self.text,
            "notice": NOTICE, "clues": [dict(alert) for alert in self.alerts],
        }


def compose(key: str, rows: Sequence[Mapping[str, Any]]) -> Message:
    """The message of outbox rows that travel together; of several changes of one clue only the newest is told."""
    newest: dict[str, Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: int(row["change_no"])):
        newest[row["clue_id"]] = row["payload"]
    ranks = list(SEVERITIES)
    alerts = sorted(newest.values(), key=lambda alert: (ranks.index(alert["severity"]), alert["number"]))
    return Message(key, rows[0]["recipient"], alerts[0]["line"], tuple(alerts))


def line_title(line: str) -> str:
    """Chinese name of the department of a line."""
    return load_offices().lines[line].title


def clue_number(clue_id: str) -> str:
    """The short number people read and compare with the screen: the first twelve characters of the clue id, in capitals."""
    return clue_id[:NUMBER_LENGTH].upper()


def clue_link(clue_id: str) -> str:
    """Where the link of an alert leads."""
    desk = settings().desk_url or f"http://127.0.0.1:{settings().port('superset')}{LIVE_ALERTS}"
    return desk + clue_number(clue_id)
