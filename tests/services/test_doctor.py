"""The doctor names what is missing and how to get it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jiandu.services import doctor, places, secrets
from jiandu.settings import Settings

from .conftest import variables


def finding(name: str, config: Settings) -> doctor.Finding:
    return next(finding for finding in doctor.examine(config) if finding.name == name)


def test_this_machine_is_fit(own: Settings) -> None:
    lacking = [finding for finding in doctor.examine(own) if not finding.good and finding.name != "Memory"]
    assert not lacking


def test_missing_java_is_a_finding_and_exit_1(own: Settings) -> None:
    command = [str(Path(sys.executable).with_name("jiandu")), "--json", "doctor"]
    surroundings = variables(own) | {"PATH": "/nonexistent", "JAVA_HOME": "/nonexistent"}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1, done.stderr
    found = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert not found["Java"]["good"]
    assert "openjdk-17" in found["Java"]["todo"]
    assert "chromium" in found["Browser"]["todo"]
    assert found["Jars: spark"]["good"]


def test_missing_jars_and_environment(own: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "JARS", tmp_path / "jars")
    monkeypatch.setitem(doctor.LOCKS, "Superset packages", (tmp_path / "venv", doctor.LOCKS["Superset packages"][1]))
    for name in ("Jars: spark", "Jars: kafka", "Jars: connect-plugins", "Superset packages"):
        assert not finding(name, own).good
        assert "make install" in finding(name, own).todo


def test_a_package_that_left_the_lock_is_named(tmp_path: Path) -> None:
    for name in ("kafka_python-3.0.11.dist-info", "Jinja2-3.1.6.dist-info"):
        (tmp_path / name).mkdir()
    lock = tmp_path / "requirements.lock"
    lock.write_text("jinja2==3.1.6 \\\n    --hash=sha256:0\nkafka-python==3.0.12\nrich==14.0.0\n")
    assert doctor.differences(tmp_path, lock) == ["kafka-python 3.0.11 (lock: 3.0.12)", "rich missing (lock: 14.0.0)"]


def test_a_taken_port_is_named_with_its_service(own: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", own.port("superset")))
        holder.listen()
        found = finding("Ports", own)
    assert not found.good
    assert f"port {own.port('superset')}: Superset" in found.what
    assert "JIANDU_PORT_BASE" in found.todo


def test_secrets_open_to_others_are_a_finding(own: Settings) -> None:
    places.prepare_home(own)
    secrets.ensure(own)
    assert finding("Secrets", own).good
    secrets.path(own).chmod(0o644)
    assert "chmod 600" in finding("Secrets", own).todo
