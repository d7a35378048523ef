"""Superset: the screens, served by gunicorn from an environment of its own (it cannot share Airflow's SQLAlchemy)."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

from jiandu.errors import ServiceUnavailable
from jiandu.services import environment as surroundings
from jiandu.services import places, secrets
from jiandu.services.reachable import page
from jiandu.services.service import Program, Service
from jiandu.settings import ROOT, Settings

INFRA = ROOT / "infra" / "superset"


def folder(config: Settings) -> Path:
    """Caches; the state is in PostgreSQL."""
    return places.home(config) / "superset"


def environment(config: Settings) -> dict[str, str]:
    """What ``infra/superset/superset_config.py`` reads; also for scripts run in Superset's environment."""
    kept = secrets.read(config)
    return {
        "SUPERSET_CONFIG_PATH": str(INFRA / "superset_config.py"), "SUPERSET_HOME": str(folder(config)), "SUPERSET_SECRET_KEY": kept["superset_secret_key"],
        "SUPERSET_GUEST_SECRET": kept["superset_guest_secret"], "SUPERSET_METADATA_URI": kept["superset_dsn"], "SUPERSET_ADMIN_USER": kept["superset_user"],
        "SUPERSET_ADMIN_PASSWORD": kept["superset_password"], "SUPERSET_BIND": f"127.0.0.1:{config.port('superset')}", "FLASK_APP": "superset.app:create_app()",
    }


def run(script: Path, config: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python script in Superset's environment and configuration; output is captured, the caller judges the return code."""
    return subprocess.run(
        [str(places.superset_python()), str(script), *arguments], env=surroundings.clean(config) | environment(config), cwd=places.made(folder(config)),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )


def prepare(config: Settings) -> None:
    """Schema, roles and the administrator in one process, once for each lock of its environment."""
    root, stamp = places.made(folder(config)), folder(config) / "schema-version"
    version = sha256((INFRA / "requirements.lock").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == version and _migrated(config):
        return
    done = run(INFRA / "bootstrap.py", config)
    log = places.log_file(config, "superset-bootstrap")
    log.write_text(done.stdout + done.stderr)
    if done.returncode:
        raise ServiceUnavailable.at(str(log), "Superset could not make its database", "see that log; jiandu doctor")
    (root / "schema-version").write_text(version)


def programs(config: Settings) -> list[Program]:
    """gunicorn with two workers."""
    gunicorn = [str(places.superset_python()), "-m", "gunicorn", "-c", str(INFRA / "gunicorn.conf.py"), "superset.app:create_app()"]
    return [Program("superset", gunicorn, environment(config), folder=folder(config), stop_seconds=20)]


def check(config: Settings) -> str:
    """Empty when the login page loads: ``/health`` says 200 even when every page fails."""
    status, body = page(f"http://127.0.0.1:{config.port('superset')}/login/", seconds=20)
    return "" if status == 200 else (body.splitlines()[0][:200] if status == 0 else f"/login/ answers HTTP {status}")


def _migrated(config: Settings) -> bool:
    from jiandu.services.databases import connect

    with connect(config, "superset") as database:
        return database.execute("SELECT to_regclass('ab_user')").fetchone() != (None,)


SERVICE = Service(
    "superset", "Superset", programs, check, prepare, needs=("postgres",), ports=("superset",), address="http://127.0.0.1:{superset}", patience=300,
)
