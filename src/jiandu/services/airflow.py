"""Airflow: four components with the local executor on PostgreSQL; DAG files are the checkout's ``dags/``."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from jiandu.errors import ServiceUnavailable
from jiandu.services import environment as surroundings
from jiandu.services import places, secrets
from jiandu.services.reachable import page
from jiandu.services.service import BATCH, Program, Service
from jiandu.settings import ROOT, Settings

API = "airflow-api"
COMPONENTS = {
    API: ("api-server",), "airflow-scheduler": ("scheduler", "--skip-serve-logs"), "airflow-processor": ("dag-processor",),
    "airflow-triggerer": ("triggerer", "--skip-serve-logs", "--capacity", "100"),
}
HEALTH = ("metadatabase", "scheduler", "triggerer", "dag_processor")


def folder(config: Settings) -> Path:
    """``AIRFLOW_HOME``: logs and the password file; the state is in PostgreSQL."""
    return places.home(config) / "airflow"


def environment(config: Settings) -> dict[str, str]:
    """Airflow's whole configuration; no airflow.cfg is read. Also for in-process use (``airflow`` command line, tests)."""
    kept = secrets.read(config)
    root, address = folder(config), kept["airflow_url"]
    options = {
        "CORE": {
            "EXECUTOR": "LocalExecutor", "PARALLELISM": "4", "MAX_ACTIVE_TASKS_PER_DAG": "4", "DAGS_FOLDER": str(ROOT / "dags"), "LOAD_EXAMPLES": "False",
            "DEFAULT_TIMEZONE": "Asia/Shanghai", "FERNET_KEY": kept["airflow_fernet_key"], "SIMPLE_AUTH_MANAGER_USERS": f"{kept['airflow_user']}:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(root / "passwords.json"), "EXECUTION_API_SERVER_URL": f"{address}/execution/",
            # The host's own name may resolve to an address that nothing of ours listens on.
            "HOSTNAME_CALLABLE": "jiandu.services.airflow.hostname", "PLUGINS_FOLDER": str(root / "plugins"),
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": kept["airflow_dsn"], "SQL_ALCHEMY_CONN_ASYNC": kept["airflow_dsn"].replace("+psycopg2", "+asyncpg")},
        "API": {"HOST": "127.0.0.1", "PORT": str(config.port("airflow")), "BASE_URL": address, "SECRET_KEY": kept["airflow_api_secret"], "WORKERS": "1"},
        "API_AUTH": {"JWT_SECRET": kept["airflow_jwt_secret"], "JWT_ISSUER": "jiandu"},
        "LOGGING": {"BASE_LOG_FOLDER": str(root / "logs"), "COLORED_CONSOLE_LOG": "False",
                    "DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(root / "logs" / "dag_processor")},
        # A new contract or DAG file is seen within half a minute; every file is read again no more often than that.
        "DAG_PROCESSOR": {"REFRESH_INTERVAL": "30", "MIN_FILE_PROCESS_INTERVAL": "30", "PARSING_PROCESSES": "1"},
        "SCHEDULER": {"ENABLE_HEALTH_CHECK": "False"},
        "USAGE_DATA_COLLECTION": {"ENABLED": "False"},
    }
    flat = {f"AIRFLOW__{section}__{name}": value for section, values in options.items() for name, value in values.items()}
    return flat | {"AIRFLOW_HOME": str(root), "AIRFLOW_CONFIG": str(root / "airflow.cfg")}


def hostname() -> str:
    """The name Airflow knows this machine by."""
    return "localhost"


def prepare(config: Settings) -> None:
    """Password file and database schema, the latter only when this version has not made it yet."""
    import importlib.metadata

    root, kept = places.made(folder(config)), secrets.read(config)
    with os.fdopen(os.open(root / "passwords.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({kept["airflow_user"]: kept["airflow_password"]}, file)
    (root / "airflow.cfg").touch()  # otherwise each component writes one with all defaults
    version, stamp = importlib.metadata.version("apache-airflow-core"), root / "schema-version"
    if stamp.exists() and stamp.read_text() == version and _migrated(config):
        return
    log = places.log_file(config, "airflow-migrate")
    with log.open("w") as output:
        done = subprocess.run(
            [str(places.python()), "-m", "airflow", "db", "migrate"], env=surroundings.clean(config) | environment(config), cwd=root,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False,
        )
    if done.returncode:
        raise ServiceUnavailable.at(str(log), "Airflow could not make its database schema", "see that log; jiandu doctor")
    stamp.write_text(version)


def programs(config: Settings) -> list[Program]:
    """The four components, each a program of its own. Tasks are children of the scheduler; the pages come first."""
    return [
        Program(name, [str(places.python()), "-m", "airflow", *words], environment(config), folder(config), stop_seconds=10, nice=BATCH if name != API else 0)
        for name, words in COMPONENTS.items()
    ]


def check(config: Settings) -> str:
    """Empty when Airflow's own health page calls all four parts healthy."""
    status, body = page(f"http://127.0.0.1:{config.port('airflow')}/api/v2/monitor/health")
    if status != 200:
        return body.splitlines()[0] if body else f"HTTP {status}"
    parts = json.loads(body)
    sick = [name for name in HEALTH if (parts.get(name) or {}).get("status") != "healthy"]
    return f"not healthy yet: {', '.join(sick)}" if sick else ""


def _migrated(config: Settings) -> bool:
    from jiandu.services.databases import connect

    with connect(config, "airflow") as database:
        return database.execute("SELECT to_regclass('alembic_version')").fetchone() != (None,)


SERVICE = Service(
    "airflow", "Airflow", programs, check, prepare, needs=("postgres",), ports=("airflow",), address="http://127.0.0.1:{airflow}", patience=300,
)
