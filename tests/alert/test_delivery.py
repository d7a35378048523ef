"""Delivery against real receivers: once per key through outages and crashes, grouped when calm, alone when urgent, never a fact."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from jiandu import ops
from jiandu.alert import deliver, delivery, ledger
from jiandu.alert.channels import channels
from jiandu.alert.channels.mail import relay
from jiandu.alert.channels.webhook import Channel as Webhook
from jiandu.alert.message import NOTICE
from jiandu.alert.receivers import Receivers, shelf
from jiandu.cli import application, mount
from jiandu.clue.publish import publish
from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.settings import Settings, settings

AS_OF = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
Change = Callable[..., str]


def received(kind: str = "received") -> list[dict[str, Any]]:
    """What a receiver shows over HTTP."""
    answer: list[dict[str, Any]] = httpx.get(f"http://127.0.0.1:{settings().port('webhook')}/{kind}", trust_env=False).json()
    return answer


def wait_no_longer() -> None:
    """Let the pause before the next try be over."""
    with ops.transaction() as connection:
        connection.execute(text("UPDATE ops.outbox SET next_attempt_at = clock_timestamp() WHERE next_attempt_at IS NOT NULL"))


def test_channels_are_found_by_listing() -> None:
    assert [channel.name for channel in channels()] == ["mail", "webhook"]


def test_one_clue_reaches_both_receivers_once(receivers: Receivers, change: Change) -> None:
    clue_id = change()
    publish(AS_OF)
    assert deliver(AS_OF).as_dict() == {"messages": 2, "alerts": 2, "failed": 0, "waiting": 0, "dead": 0}
    assert deliver(AS_OF).messages == 0
    (post,), (mail,) = received(), received("mails")
    assert post["key"] == f"{clue_id}:open:webhook"
    assert post["clues"][0] == {
        "number": clue_id[:12].upper(), "clue_id": clue_id, "state": "open", "severity": "orange", "line": "administrative", "procuratorate_code": "990101",
        "link": f"http://127.0.0.1:{settings().port('superset')}/superset/dashboard/live_alerts/?clue={clue_id[:12].upper()}",
    }
    assert mail["to"] == "xingzheng@990101.yunze.example"
    assert mail["subject"] == f"【监督线索】新线索 {clue_id[:12].upper()}（橙色）"
    assert NOTICE in mail["text"]
    assert NOTICE in post["text"]


def test_receiver_down_then_up_gets_each_alert_once(store: Settings, change: Change) -> None:
    for number in range(3):
        change(f"red-{number}", severity="red")
    publish(AS_OF)
    assert deliver(AS_OF).waiting == 6
    assert deliver(AS_OF).failed == 0, "the pause between tries is kept"
    (row,) = answer_of("alert", "ledger", "--limit", "1")["alerts"]
    assert row["attempts"] == 1
    assert "Connect" in row["last_error"]
    running = Receivers()
    try:
        wait_no_longer()
        assert deliver(AS_OF).waiting == 0
        assert len({post["key"] for post in received()}) == len(received()) == 3
        assert len(received("mails")) == 3
    finally:
        running.stop()
    assert [(count.delivered, count.messages) for count in ledger.counts()] == [(3, 3), (3, 3)]


def answer_of(*arguments: str) -> dict[str, Any]:
    """The answer of a command with --json."""
    mount()
    content: dict[str, Any] = json.loads(CliRunner().invoke(application, ["--json", *arguments]).stdout)
    return content


def test_crash_after_the_other_side_took_it_repeats_the_same_key(receivers: Receivers, change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        change(f"calm-{number}")
    publish(AS_OF)
    sent: list[str] = []
    send = Webhook.send

    def send_then_die(self: Webhook, message: Any) -> None:
        send(self, message)
        sent.append(message.key)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Webhook, "send", send_then_die)
        with pytest.raises(KeyboardInterrupt):
            deliver(AS_OF)
    change("late")  # joins the queue between the two tries and must not change the message that was under way
    publish(AS_OF)
    deliver(AS_OF)
    keys = [post["key"] for post in received()]
    assert sent[0] in keys
    assert len(keys) == len(set(keys)) == 2
    assert sorted(len(post["clues"]) for post in received()) == [1, 4]


def test_many_calm_clues_of_an_office_are_one_message_and_urgent_ones_never_hide_in_it(receivers: Receivers, change: Change) -> None:
    for number in range(8):
        change(f"calm-{number}")
    red, child = change("red", severity="red"), change("child", line="juvenile", severity="yellow")
    other = change("other", model="work_safety_accident")
    publish(AS_OF)
    deliver(AS_OF)
    by_size = {tuple(sorted(clue["clue_id"] for clue in post["clues"])) for post in received()}
    assert {(red,), (child,), (other,)} < by_size
    assert sorted(map(len, by_size)) == [1, 1, 1, 8]
    assert len(received("mails")) == 4
    digest = next(mail for mail in received("mails") if mail["key"].startswith("group:"))
    assert "8 条线索有变化" in digest["subject"]
    assert "新线索 8 条" in digest["text"]


def test_a_digest_stays_bounded(receivers: Receivers, change: Change) -> None:
    change(copies=450)
    publish(AS_OF)
    assert deliver(AS_OF).alerts == 900
    assert sorted(len(post["clues"]) for post in received()) == [50, 200, 200]


def test_withdrawal_follows_the_notice_it_takes_back(store: Settings, change: Change) -> None:
    change(severity="red")
    publish(AS_OF)
    deliver(AS_OF)
    change(change_no=2, state="withdrawn", severity="red")
    publish(AS_OF)
    running = Receivers()
    try:
        assert deliver(AS_OF).messages == 0, "the first notice still waits for its next try"
        wait_no_longer()
        assert deliver(AS_OF).waiting == 0
        assert [post["clues"][0]["state"] for post in received()] == ["open", "withdrawn"]
        assert "线索撤回" in received("mails")[1]["subject"]
    finally:
        running.stop()


def test_calm_alerts_die_after_the_last_try_urgent_ones_never(store: Settings, change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MAX_ATTEMPTS", 2)
    calm, red = change("calm"), change("red", severity="red")
    publish(AS_OF)
    for _ in range(3):
        summary = deliver(AS_OF)
        wait_no_longer()
    assert (summary.waiting, summary.dead) == (2, 2)
    assert {row["clue_id"] for row in ledger.entries(ledger.DEAD, 10)} == {calm}
    assert {row["clue_id"] for row in ledger.entries(ledger.WAITING, 10)} == {red}
    assert ledger.revive() == 2
    assert deliver(AS_OF).dead == 0


def test_no_message_holds_a_name_or_a_fact(receivers: Receivers, change: Change, finding: dict[str, Any]) -> None:
    for number, severity in enumerate(["red", "orange", "yellow", "blue"]):
        change(f"clue-{number}", severity=severity, subject_kind="person", subject_key="990101198505206674", tier="personal")
    publish(AS_OF)
    deliver(AS_OF)
    raw = b"".join(shelf("webhook").bodies()).decode() + json.dumps(received("mails"), ensure_ascii=False)
    secret = {
        "model_title", "finding_title", "sentence", "subject_key", "subject_name", "subject_id_hash", "anchor", "supervised_body", "document_type",
    }
    for column in secret:
        assert str(finding[column]) not in raw, column
    assert "990101198505206674" not in raw


def test_post_with_a_wrong_signature_is_refused(receivers: Receivers) -> None:
    url = f"http://127.0.0.1:{settings().port('webhook')}/alerts"
    headers = {"Idempotency-Key": "forged", "X-Jiandu-Signature": "sha256=0"}
    assert httpx.post(url, content=b"{}", headers=headers, trust_env=False).status_code == 401
    assert httpx.post(url, content=b"{}", trust_env=False).status_code == 400
    assert received() == []


def test_malformed_relay_address_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANDU_SMTP_ADDRESS", "relay.example")
    settings.cache_clear()
    with pytest.raises(JianduError, match="not host:port"):
        relay()


def test_port_in_use_is_one_clear_error(receivers: Receivers) -> None:
    with pytest.raises(ServiceUnavailable, match=r"cannot listen.*JIANDU_PORT_BASE"):
        Receivers()


def test_command_line_routes_delivers_and_says_what_waits(store: Settings, change: Change) -> None:
    change(severity="red")
    mount()
    runner = CliRunner()
    assert "alerts written 2" in runner.invoke(application, ["--as-of", "2026-11-20", "alert", "route"]).stdout
    down = runner.invoke(application, ["--as-of", "2026-11-20", "alert", "deliver"])
    assert down.exit_code == 1
    assert "waiting 2" in down.stdout
    assert answer_of("alert", "ledger")["channels"][0]["waiting"] == 1
