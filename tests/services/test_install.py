"""The two commands of a fresh machine, as far as they can be tried on one that is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jiandu.services import processes
from jiandu.settings import ROOT, Settings

from .test_up_and_down import eventually, gone

PACKAGES = ROOT / "infra" / "local" / "system_packages.sh"
TOOLS = ("bash", "env", "grep", "sed", "cut", "find", "id", "python3", "cat")


def machine_with(folder: Path, *tools: str) -> dict[str, str]:
    """An environment in which only these programs can be found."""
    for tool in tools:
        (folder / tool).symlink_to(Path(str(shutil.which(tool))).resolve())
    return {"PATH": str(folder), "HOME": str(folder)}


@pytest.mark.parametrize("script", [PACKAGES, ROOT / ".ci" / "run"])
def test_scripts_can_be_read_and_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_nothing_is_installed_where_nothing_is_missing() -> None:
    done = subprocess.run([PACKAGES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_what_is_missing_is_named_where_it_cannot_be_installed(tmp_path: Path) -> None:
    surroundings = machine_with(tmp_path, *TOOLS) | {"PYTHON": str(Path(sys.executable).resolve())}
    done = subprocess.run([PACKAGES], env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for package in ("openjdk-17-jre-headless", "maven", "chromium"):
        assert package in done.stdout
    assert "apt-get" in done.stderr
    assert "still missing" in done.stderr


def test_another_python_is_refused_with_a_way_out(tmp_path: Path) -> None:
    other = tmp_path / "python3.9"
    other.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    other.chmod(0o755)
    done = subprocess.run([PACKAGES], env=os.environ | {"PYTHON": str(other)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "3.9.2" in done.stderr
    assert "make PYTHON=" in done.stderr


def test_continuous_integration_insists_on_the_real_data(tmp_path: Path) -> None:
    done = subprocess.run([ROOT / ".ci" / "run"], env=os.environ | {"JIANDU_FIXTURES": str(tmp_path / "absent")}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "absent" in done.stderr


def test_continuous_integration_that_is_killed_leaves_no_service(home: Settings, tmp_path: Path) -> None:
    """``make`` here starts PostgreSQL, as a session of tests would, and then dies too fast to stop it."""
    started = tmp_path / "started"
    make = tmp_path / "make"
    make.write_text(
        '#!/bin/sh\nexport JIANDU_HOME="$JIANDU_TEST_HOMES/one"\nmkdir -m 711 "$JIANDU_HOME"\n'
        f'{Path(sys.executable).with_name("jiandu")} up --only postgres && cp "$JIANDU_HOME/run/supervisor.json" {started}.new && mv {started}.new {started}\n'
        "exec sleep 600\n"
    )
    make.chmod(0o755)
    surroundings = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "JIANDU_PORT_BASE": str(home.port_base + 100), "JIANDU_FIXTURES": str(tmp_path)}
    run = subprocess.Popen([ROOT / ".ci" / "run"], env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert eventually(started.exists, 120)
        supervisor = processes.Record(**json.loads(started.read_text()))
        members = processes.family(supervisor)
        assert len(members) > 2
        run.terminate()
        assert run.wait(timeout=120) == 143
    finally:
        run.kill()
    assert gone(members)
    assert supervisor.process() is None


def test_locks_hold_hashes_and_no_addresses() -> None:
    for lock in (ROOT / "requirements.lock", ROOT / "infra/superset/requirements.lock", ROOT / "infra/local/uv.lock"):
        text = lock.read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_installing_again_costs_nothing() -> None:
    if len(list((ROOT / ".tools" / "stamps").glob("*"))) < 4:
        pytest.skip("this checkout was not installed by make")
    plan = subprocess.run(["make", "--dry-run", "install"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "system_packages.sh" in plan
    assert not [step for step in ("pip sync", "mvn", "venv") if step in plan.replace(".venv", "")]
