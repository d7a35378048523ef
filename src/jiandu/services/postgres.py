"""PostgreSQL: the operational store, the marts for screens, and two agencies' databases of the demo, in one server."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

from jiandu.errors import ServiceUnavailable, SetupError
from jiandu.services import places, secrets
from jiandu.services.service import Program, Service
from jiandu.settings import Settings

APT = "make install, or apt-get install postgresql"
OPTIONS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "wal_level": "logical", "max_connections": "200",
    "max_wal_senders": "8", "max_replication_slots": "8",
    # A slot whose reader is gone must not fill the disk.
    "max_slot_wal_keep_size": "2GB",
    "timezone": "Asia/Shanghai", "log_timezone": "Asia/Shanghai", "log_line_prefix": "%m [%p] %q%u@%d ",
}


def binaries() -> list[Path]:
    """Folders with ``initdb`` and ``postgres``, the newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)
    onpath = shutil.which("initdb")
    return [folder for folder in reversed(found) if (folder / "initdb").exists()] + ([Path(onpath).resolve().parent] if onpath else [])


def system_user() -> str | None:
    """The user the server runs as when we are root, which it refuses to be; ``None`` when we are somebody else already."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise SetupError.at("postgres", "the server refuses to run as root and there is no user postgres", APT)


def as_user(command: list[str]) -> list[str]:
    """The command, run as ``system_user`` when there is one."""
    user = system_user()
    if user is None:
        return command
    account = pwd.getpwnam(user)
    return [_setpriv(), f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--", *command]


def data_folder(config: Settings) -> Path:
    """``<home>/postgres``, or a folder under /var/lib/jiandu when the server's user cannot reach the home (below /root)."""
    own = places.home(config) / "postgres"
    away = Path("/var/lib/jiandu") / f"postgres-{sha256(str(own).encode()).hexdigest()[:12]}"
    if (own / "PG_VERSION").exists() or system_user() is None:
        return own
    if (away / "PG_VERSION").exists():
        return away
    reaches = subprocess.run(as_user(["/usr/bin/test", "-x", str(places.home(config))]), check=False, cwd="/").returncode == 0
    return own if reaches else away


def server(config: Settings) -> Path:
    """The programs' folder that fits the data: the version that made it, or the newest when there is none yet."""
    found = binaries()
    if not found:
        raise SetupError.at("postgres", "no PostgreSQL server on this machine", APT)
    made_by = data_folder(config) / "PG_VERSION"
    if not made_by.exists():
        return found[0]
    version = made_by.read_text().strip()
    for folder in found:
        if _major(folder) == version:
            return folder
    raise SetupError.at(str(made_by), f"the data were made by PostgreSQL {version}, which is not installed", f"apt-get install postgresql-{version}")


def prepare(config: Settings) -> None:
    """``initdb`` once. Made beside and renamed, so that an interrupted first start leaves nothing half-made."""
    data = data_folder(config)
    if (data / "PG_VERSION").exists():
        return
    places.made(data.parent, 0o711)
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password = fresh.with_name(fresh.name + ".pw")
    password.write_text("")
    password.chmod(0o600)
    password.write_text(secrets.read(config)["postgres_password"])
    if user := system_user():
        for owned in (fresh, password):
            shutil.chown(owned, user, pwd.getpwnam(user).pw_gid)
    command = [str(server(config) / "initdb"), f"--pgdata={fresh}", "--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256",
               "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    try:
        done = subprocess.run(as_user(command), check=False, capture_output=True, text=True, cwd="/")
    finally:
        password.unlink()
    if done.returncode:
        raise ServiceUnavailable.at(str(fresh), f"initdb failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}", "see the message; jiandu doctor")
    fresh.rename(data)


def programs(config: Settings) -> list[Program]:
    """The server, stopped by SIGINT: its clients are told and it does not wait for them."""
    options = [word for name, value in (OPTIONS | {"port": str(config.port("postgres"))}).items() for word in ("-c", f"{name}={value}")]
    return [Program("postgres", as_user([str(server(config) / "postgres"), "-D", str(data_folder(config)), *options]), folder=Path("/"), stop_signal="INT")]


def check(config: Settings) -> str:
    """Empty when the server answers a query."""
    import psycopg

    try:
        with psycopg.connect(_plain(secrets.read(config)["superuser_dsn"]), connect_timeout=3) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[-1]
    return ""


def settle(config: Settings) -> None:
    """Roles and databases, idempotent."""
    from jiandu.services import databases

    databases.ensure(config)


@cache
def _major(folder: Path) -> str:
    text = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    return text.split()[2].split(".")[0]


def _setpriv() -> str:
    found = shutil.which("setpriv")
    if found is None:
        raise SetupError.at("setpriv", "needed to run PostgreSQL when we are root", "apt-get install util-linux")
    return found


def _plain(dsn: str) -> str:
    return dsn.replace("postgresql+psycopg://", "postgresql://")


SERVICE = Service("postgres", "PostgreSQL", programs, check, prepare, settle, ports=("postgres",), address="127.0.0.1:{postgres}", patience=240)
