"""From the lake to the desk: what reaches the store, what never does, and what a repeat or a crash changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from jiandu import ops
from jiandu.alert.routing import birth_date, is_minor
from jiandu.clue import publish as publishing
from jiandu.clue.publish import publish
from jiandu.settings import Settings

AS_OF = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
Change = Callable[..., str]


def rows(statement: str, **values: Any) -> list[Any]:
    with ops.transaction() as connection:
        return list(connection.execute(text(statement), values))


def states(clue_id: str) -> list[str]:
    return [row.state for row in rows("SELECT state FROM ops.outbox WHERE clue_id = :clue AND channel = 'webhook' ORDER BY change_no", clue=clue_id)]


def test_without_findings_nothing_happens(store: Settings) -> None:
    assert publish(AS_OF).clues == 0


def test_publishing_twice_changes_nothing(change: Change) -> None:
    clue_id = change()
    first = publish(AS_OF)
    assert (first.clues, first.by_state, first.alerts) == (1, {"open": 1}, 2)
    before = rows("SELECT c, o FROM ops.clue c JOIN ops.outbox o USING (clue_id) ORDER BY o.alert_id")
    assert publish(AS_OF + timedelta(days=1)).as_dict() == {"clues": 0, "by_state": {}, "alerts": 0}
    assert rows("SELECT c, o FROM ops.clue c JOIN ops.outbox o USING (clue_id) ORDER BY o.alert_id") == before
    keys = [row.alert_id for row in rows("SELECT alert_id FROM ops.outbox ORDER BY 1")]
    assert keys == [f"{clue_id}:open:mail", f"{clue_id}:open:webhook"]


def test_a_province_at_once(change: Change) -> None:
    change(copies=700)
    assert publish(AS_OF).alerts == 1400 == rows("SELECT count(*) FROM ops.outbox")[0][0]


def test_what_people_said_is_never_overwritten(change: Change) -> None:
    clue_id = change()
    publish(AS_OF)
    with ops.transaction() as connection:
        connection.execute(text("UPDATE ops.clue SET work_state = '核查中'"))
    change(change_no=2, state="updated", severity="yellow", as_of=AS_OF + timedelta(days=1))
    publish(AS_OF)
    (row,) = rows("SELECT * FROM ops.clue")
    assert (row.clue_id, row.work_state, row.severity, row.engine_state, row.change_no) == (clue_id, "核查中", "yellow", "updated", 2)
    assert (row.first_seen_at, row.updated_at) == (AS_OF, AS_OF + timedelta(days=1))


def test_a_crash_before_the_commit_leaves_neither_clue_nor_alert(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    change()

    def crash(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_alert", crash)
        with pytest.raises(KeyboardInterrupt):
            publish(AS_OF)
    assert rows("SELECT 1 FROM ops.clue UNION ALL SELECT 1 FROM ops.outbox UNION ALL SELECT 1 FROM ops.assignment") == []
    assert publish(AS_OF).alerts == 2


def test_an_office_hears_of_each_turn_of_a_clue_once(change: Change) -> None:
    clue_id = change()
    for number, state in enumerate(["updated", "withdrawn", "reopened", "suspended", "open", "updated", "withdrawn"], start=2):
        publish(AS_OF)
        change(change_no=number, state=state)
    publish(AS_OF)
    assert states(clue_id) == ["open", "updated", "withdrawn", "reopened", "updated", "withdrawn"]


def test_what_was_withdrawn_before_anybody_heard_of_it_stays_unheard(change: Change) -> None:
    clue_id = change()
    change(change_no=2, state="withdrawn")
    assert publish(AS_OF).alerts == 0
    change(change_no=3, state="reopened")
    publish(AS_OF)
    assert states(clue_id) == ["open"]


@pytest.mark.parametrize("state", ["early", "suspended"])
def test_states_that_wake_nobody(change: Change, state: str) -> None:
    change(state=state)
    summary = publish(AS_OF)
    assert (summary.clues, summary.alerts) == (1, 0)


def test_who_heard_of_a_breach_hears_that_the_term_still_runs_and_of_the_next_breach(change: Change) -> None:
    clue_id = change(state="early")
    for number, state in enumerate(["open", "early", "early", "open", "suspended", "early", "withdrawn"], start=2):
        publish(AS_OF)
        change(change_no=number, state=state)
    publish(AS_OF)
    assert states(clue_id) == ["open", "withdrawn", "reopened", "withdrawn"]


def test_clue_goes_to_the_queue_of_its_office_and_moves_with_it(change: Change) -> None:
    change()
    publish(AS_OF)
    change(change_no=2, state="updated", procuratorate_code="990100")
    publish(AS_OF)
    queues = rows("SELECT procuratorate_code, line, ended_at IS NULL AS is_current FROM ops.assignment ORDER BY assignment_id")
    assert [tuple(row) for row in queues] == [("990101", "administrative", False), ("990100", "administrative", True)]


def test_mail_goes_to_the_department_of_the_line(change: Change) -> None:
    change("juvenile", line="juvenile")
    change("adult")
    publish(AS_OF)
    recipients = {row.recipient: row.is_urgent for row in rows("SELECT recipient, is_urgent FROM ops.outbox")}
    assert recipients == {
        "weijian@990101.yunze.example": True, "990101:juvenile": True, "xingzheng@990101.yunze.example": False, "990101:administrative": False,
    }


def test_subject_under_18_by_its_own_id_goes_to_the_juvenile_line_whatever_the_model_says(change: Change) -> None:
    change(line="criminal", subject_kind="person", subject_key="990101200905206677", occurred_on=date(2026, 9, 1))
    publish(AS_OF)
    assert [row.line for row in rows("SELECT line FROM ops.clue UNION SELECT line FROM ops.assignment")] == ["juvenile"]
    assert all("juvenile" in row.recipient or "weijian" in row.recipient for row in rows("SELECT recipient FROM ops.outbox"))


def test_age_is_full_on_the_day_after_the_birthday() -> None:
    born = birth_date("990101200905206677")
    assert born == date(2009, 5, 20)
    assert is_minor(born, date(2027, 5, 20))
    assert not is_minor(born, date(2027, 5, 21))
    assert birth_date("990101200905206678") is None
