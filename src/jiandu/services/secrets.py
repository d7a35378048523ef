"""Passwords and keys of the embedded services: made once, kept in ``<home>/secrets.json`` for its owner alone."""

from __future__ import annotations

import base64
import json
import os
import secrets as random
from pathlib import Path

from jiandu.errors import SetupError
from jiandu.services import places
from jiandu.settings import Settings, settings

PASSWORDS = (
    "postgres_password", "jiandu_password", "airflow_db_password", "superset_db_password", "agency_police_password", "agency_civil_password",
    "bi_reader_password", "cdc_password", "airflow_password", "superset_password", "superset_viewer_password", "desk_password",
)
KEYS = ("airflow_jwt_secret", "airflow_api_secret", "superset_secret_key", "superset_guest_secret")
FERNET = "airflow_fernet_key"
NAMES = {
    "airflow_user": "admin", "superset_user": "admin", "superset_viewer": "viewer", "bi_reader_user": "bi_reader", "cdc_user": "cdc", "desk_user": "prosecutor",
}


def path(config: Settings) -> Path:
    """The secret file of a home."""
    return places.home(config) / "secrets.json"


def ensure(config: Settings) -> dict[str, str]:
    """Make whatever secret is missing; those that exist never change. Returns what ``read`` returns."""
    kept = _load(path(config)) if path(config).exists() else {}
    made = {name: random.token_urlsafe(18) for name in PASSWORDS} | {name: random.token_urlsafe(48) for name in KEYS}
    made[FERNET] = base64.urlsafe_b64encode(os.urandom(32)).decode()
    if missing := made.keys() - kept.keys():
        kept |= {name: made[name] for name in missing}
        partial = path(config).with_suffix(".partial")
        partial.unlink(missing_ok=True)
        # Born with mode 0600: no instant at which somebody else could open it.
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1, sort_keys=True)
        partial.replace(path(config))
    return kept | addresses(kept, config)


def read(config: Settings | None = None) -> dict[str, str]:
    """Secrets and the addresses made from them, e.g. ``postgres_dsn`` (SQLAlchemy form, driver psycopg).

    Raises ``SetupError`` while the services were never started in this home.
    """
    config = config or settings()
    if not path(config).exists():
        raise SetupError.at(str(path(config)), "no secrets yet: the services were never started in this home", "jiandu up, or check JIANDU_HOME")
    kept = _load(path(config))
    return kept | addresses(kept, config)


def addresses(kept: dict[str, str], config: Settings) -> dict[str, str]:
    """Data source names and web addresses; they follow the ports, the passwords stay."""
    at = f"127.0.0.1:{config.port('postgres')}"
    return NAMES | {
        "superuser_dsn": f"postgresql+psycopg://postgres:{kept['postgres_password']}@{at}/postgres",
        "postgres_dsn": f"postgresql+psycopg://jiandu:{kept['jiandu_password']}@{at}/jiandu",
        "bi_reader_dsn": f"postgresql+psycopg2://bi_reader:{kept['bi_reader_password']}@{at}/jiandu",
        "agency_police_dsn": f"postgresql+psycopg://agency_police:{kept['agency_police_password']}@{at}/agency_police",
        "agency_civil_dsn": f"postgresql+psycopg://agency_civil:{kept['agency_civil_password']}@{at}/agency_civil",
        "airflow_dsn": f"postgresql+psycopg2://airflow:{kept['airflow_db_password']}@{at}/airflow",
        "superset_dsn": f"postgresql+psycopg2://superset:{kept['superset_db_password']}@{at}/superset",
        "airflow_url": f"http://127.0.0.1:{config.port('airflow')}",
        "superset_url": f"http://127.0.0.1:{config.port('superset')}",
        "desk_page_url": f"http://127.0.0.1:{config.port('desk')}",
        "connect_url": f"http://127.0.0.1:{config.port('connect')}",
    }


def _load(file: Path) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError.at(str(file), f"cannot be read: {error}", "restore it; without it the databases of this home cannot be opened") from error
    return kept
