"""Start, death, restart and stop of real services, seen from outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from jiandu.errors import JianduError
from jiandu.services import processes, secrets, stack
from jiandu.services.status import look
from jiandu.services.supervisor import Supervisor
from jiandu.settings import Settings

from .conftest import variables


def eventually(truth: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if truth():
            return True
        time.sleep(0.1)
    return False


def jiandu(config: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("jiandu")), *arguments]
    return subprocess.run(command, env=variables(config), capture_output=True, text=True, check=False, timeout=300)


def family(config: Settings) -> list[psutil.Process]:
    record = processes.read_record(config)
    assert record is not None
    leader = record.process()
    return processes.family(record) + ([leader] if leader else [])


def gone(members: list[psutil.Process]) -> bool:
    return not [process for process in members if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_command_line_from_nothing_to_nothing(own: Settings) -> None:
    started = jiandu(own, "up", "--only", "postgres")
    assert started.returncode == 0, started.stderr
    assert f"127.0.0.1:{own.port('postgres')}" in started.stdout
    shown = jiandu(own, "status")
    assert shown.returncode == 0
    assert re.search(rf"PostgreSQL\s+serving\s+127\.0\.0\.1:{own.port('postgres')}", shown.stdout)
    assert re.search(r"Kafka\s+stopped", shown.stdout)
    assert "ready to accept connections" in jiandu(own, "logs", "postgres").stdout
    members = family(own)
    assert len(members) > 2
    assert jiandu(own, "down").returncode == 0
    assert gone(members)
    again = jiandu(own, "down")
    assert again.returncode == 0, "stopping what is stopped is no error"


def test_what_dies_is_started_again_and_keeps_its_data(own: Settings) -> None:
    stack.up(["postgres"], own)
    dsn = secrets.read(own)["postgres_dsn"].replace("+psycopg", "")
    with psycopg.connect(dsn) as store:
        store.execute("CREATE TABLE kept AS SELECT 42 AS n")
    pid = Supervisor(own).states()["postgres"]["pid"]
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: next(state.state for state in look(own) if state.name == "postgres") == "serving")
    assert Supervisor(own).states()["postgres"]["pid"] != pid
    with psycopg.connect(dsn) as store:
        assert store.execute("SELECT n FROM kept").fetchone() == (42,)


def test_a_second_up_changes_nothing_and_adds_what_is_new(own: Settings) -> None:
    stack.up(["postgres"], own)
    before = Supervisor(own).states()["postgres"]["pid"]
    kept = secrets.path(own).read_text()
    stack.up(["postgres"], own)
    stack.up(["kafka"], own)
    states = Supervisor(own).states()
    assert states["postgres"]["pid"] == before, "a running service is not touched"
    assert states["kafka"]["statename"] == "RUNNING"
    stack.down(own)
    stack.up(["postgres"], own)
    assert secrets.path(own).read_text() == kept, "secrets are made once"


def test_other_settings_restart_what_ran(own: Settings) -> None:
    stack.up(["postgres"], own)
    moved = own.model_copy(update={"mail_from": "other@yunze.example"})
    pid = Supervisor(own).states()["postgres"]["pid"]
    stack.up([], moved)
    states = Supervisor(moved).states()
    assert states["postgres"]["statename"] == "RUNNING"
    assert states["postgres"]["pid"] != pid
    assert psutil.Process(states["postgres"]["pid"]).parent() is not None
    leader = processes.read_record(moved)
    assert leader is not None
    assert psutil.Process(leader.pid).environ()["JIANDU_MAIL_FROM"] == "other@yunze.example"


def test_a_supervisor_killed_hard_leaves_nothing_either(own: Settings) -> None:
    stack.up(["postgres"], own)
    members = family(own)
    record = processes.read_record(own)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    assert eventually(lambda: record.process() is None)
    assert not gone(members), "the orphan still holds its port"
    stack.up(["postgres"], own)  # sweeps it away and starts again
    assert gone(members)
    second = family(own)
    leader = processes.read_record(own)
    assert leader is not None
    os.kill(leader.pid, signal.SIGKILL)
    assert eventually(lambda: leader.process() is None)
    stack.down(own)
    assert gone(second)


def test_a_port_in_use_is_named_with_its_holder_and_a_way_out(own: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", own.port("kafka")))
        holder.listen()
        refused = jiandu(own, "up", "--only", "postgres,kafka")
    assert refused.returncode == 2
    said = refused.stderr
    assert f"port {own.port('kafka')}" in said
    assert "Kafka" in said
    assert f"pid {os.getpid()}" in said
    assert "JIANDU_PORT_BASE=" in said
    assert "Traceback" not in said
    assert processes.read_record(own) is None, "nothing was started"


@pytest.mark.parametrize("place", ["/proc/jiandu", "/dev/null/jiandu"])
def test_a_home_that_cannot_be_written_is_named(own: Settings, place: str) -> None:
    refused = jiandu(own.model_copy(update={"home": Path(place)}), "up", "--only", "postgres")
    assert refused.returncode == 2
    assert place in refused.stderr
    assert "JIANDU_HOME" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_home_too_deep_for_a_socket_is_named(own: Settings) -> None:
    deep = own.home / ("d" * 90)
    refused = jiandu(own.model_copy(update={"home": deep}), "up", "--only", "postgres")
    assert refused.returncode == 2
    assert "too long" in refused.stderr


def test_an_unknown_service_is_refused_with_those_there_are(own: Settings) -> None:
    refused = jiandu(own, "up", "--only", "postgres,oracle")
    assert refused.returncode == 2
    assert "oracle" in refused.stderr
    assert "superset" in refused.stderr


def test_a_service_that_cannot_start_says_so_with_its_last_words(own: Settings) -> None:
    stack.up(["postgres"], own)
    stack.down(own)
    from jiandu.services import postgres

    hba = postgres.data_folder(own) / "pg_hba.conf"
    hba.write_text("this is no rule\n")
    with pytest.raises(JianduError) as refused:
        stack.up(["postgres"], own)
    assert "keeps dying" in str(refused.value)
    assert "pg_hba.conf" in str(refused.value), "the end of its log is shown"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL runs as somebody else")
def test_a_home_the_server_user_cannot_reach_still_works(own: Settings) -> None:
    from jiandu.services import erase, postgres

    own.home.chmod(0o700)
    hidden = own.model_copy(update={"home": own.home / "home"})
    try:
        stack.up(["postgres"], hidden)
        data = postgres.data_folder(hidden)
        assert data.parent == Path("/var/lib/jiandu")
        assert next(state.state for state in look(hidden) if state.name == "postgres") == "serving"
    finally:
        erase.erase(hidden)
    assert not data.exists()
    assert not hidden.home.exists()


def test_only_a_home_made_for_it_is_erased_whole(own: Settings) -> None:
    from jiandu.services import erase, places

    full = own.model_copy(update={"home": own.home / "full"})
    full.home.mkdir()
    (full.home / "thesis.txt").write_text("mine")
    places.prepare_home(full)
    with pytest.raises(JianduError, match="not removed"):
        erase.erase(full)
    assert (full.home / "thesis.txt").exists()
    empty = own.model_copy(update={"home": own.home / "empty"})
    places.prepare_home(empty)
    places.prepare_home(empty)
    erase.erase(empty)
    assert not empty.home.exists()
