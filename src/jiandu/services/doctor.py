"""What the machine lacks to run the embedded services, each with how to get it. Looks only; nothing is changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from jiandu.errors import JianduError
from jiandu.services import catalog, places, postgres, processes, reachable, secrets
from jiandu.services.supervisor import LONGEST_SOCKET, Supervisor
from jiandu.settings import ROOT, Settings

DISK_GIB = 5
MEMORY_GIB = 6
LOCKS = {"Python packages": (places.VENV, ROOT / "requirements.lock"),
         "Superset packages": (places.VENV_SUPERSET, ROOT / "infra" / "superset" / "requirements.lock")}
JARS = {"spark": "delta-spark_*.jar", "kafka": "kafka-server-common-*.jar", "connect-plugins": "*/debezium-connector-postgres-*.jar"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``todo`` says how to get it when it is not good."""

    name: str
    good: bool
    what: str
    todo: str = ""


def examine(config: Settings) -> list[Finding]:
    """Everything a fresh machine may lack, in the order in which to get it."""
    looks: list[Callable[[Settings], Finding]] = [
        _python, *(lambda config, name=name: _packages(name) for name in LOCKS), _java, *(lambda config, name=name: _jars(name) for name in JARS),
        _postgres, _browser, _fonts, _home, _secrets, _disk, _memory, _ports, _programs,
    ]
    return [look(config) for look in looks]


def differences(site: Path, lock: Path) -> list[str]:
    """Packages of a lock that an environment lacks or has in another version."""
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", lock.read_text("utf-8"), re.MULTILINE)
    stems = (folder.name.removesuffix(".dist-info").rsplit("-", 1) for folder in site.glob("*.dist-info"))
    installed = {_normal(name): version for name, version in stems}
    return [f"{name} {installed.get(_normal(name), 'missing')} (lock: {version})" for name, version in pinned if installed.get(_normal(name)) != version]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _judge(name: str, good: bool, what: str, todo: str) -> Finding:
    return Finding(name, good, what, "" if good else todo)


def _python(config: Settings) -> Finding:
    return _judge("Python", sys.version_info[:2] == (3, 11), ".".join(map(str, sys.version_info[:3])), "Python 3.11 is what the locks were made for")


def _packages(name: str) -> Finding:
    venv, lock = LOCKS[name]
    site = next(venv.glob("lib/python3.*/site-packages"), None)
    if site is None:
        return Finding(name, False, f"{venv} is missing", places.INSTALL)
    wrong = differences(site, lock)
    what = f"{len(wrong)} differ from the lock: {', '.join(wrong[:3])}" if wrong else f"as {lock.name} says"
    return _judge(name, not wrong, what, places.INSTALL)


def _java(config: Settings) -> Finding:
    apt = "make install, or apt-get install openjdk-17-jre-headless (17 or newer; JAVA_HOME decides)"
    try:
        said = subprocess.run([places.java(), "-version"], check=False, capture_output=True, text=True).stderr
    except JianduError:
        return Finding("Java", False, "none found", apt)
    found = re.search(r'version "(\d+)', said)
    return _judge("Java", found is not None and int(found.group(1)) >= 17, said.splitlines()[0] if said else "does not start", apt)


def _jars(name: str) -> Finding:
    found = next((places.JARS / name).glob(JARS[name]), None)
    return _judge(f"Jars: {name}", found is not None, found.name if found else f"{places.JARS / name} lacks {JARS[name]}", "make install (needs Maven)")


def _postgres(config: Settings) -> Finding:
    found = postgres.binaries()
    if found and os.geteuid() == 0 and shutil.which("setpriv") is None:
        return Finding("PostgreSQL", False, "setpriv is missing (the server refuses to run as root)", "apt-get install util-linux")
    return _judge("PostgreSQL", bool(found), str(found[0]) if found else "no server programs", postgres.APT)


def _browser(config: Settings) -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return _judge("Browser", found is not None, found or "none found (tests open the screens in one)", "make install, or apt-get install chromium")


def _fonts(config: Settings) -> Finding:
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts", Path.home() / ".local/share/fonts"]
    cjk = re.compile(r"cjk|wqy|simsun|simhei|yahei|sourcehan|droidsansfallback", re.IGNORECASE)
    found = next((file.name for folder in folders for file in folder.rglob("*.[to]t[fc]") if cjk.search(file.name)), None)
    return _judge("Chinese fonts", found is not None, found or "none found", "make install, or apt-get install fonts-noto-cjk")


def _home(config: Settings) -> Finding:
    root = places.home(config)
    if not os.access(_nearest(root), os.W_OK | os.X_OK):
        return Finding("Home", False, f"{root} cannot be written", "set JIANDU_HOME to a folder you may write")
    if len(str(Supervisor(config).socket).encode()) > LONGEST_SOCKET:
        return Finding("Home", False, f"{root} is too long a path for a unix socket", "set JIANDU_HOME to a shorter path")
    return Finding("Home", True, str(root))


def _secrets(config: Settings) -> Finding:
    path = secrets.path(config)
    if not path.exists():
        return Finding("Secrets", True, "made at the first start")
    mode = path.stat().st_mode & 0o777
    return _judge("Secrets", mode == 0o600, f"{path} has mode {mode:04o}", f"chmod 600 {path}")


def _disk(config: Settings) -> Finding:
    gib = shutil.disk_usage(_nearest(places.home(config))).free / 2**30
    return _judge("Disk", gib >= DISK_GIB, f"{gib:.0f} GiB free", f"{DISK_GIB} GiB are needed; free some or move JIANDU_HOME")


def _memory(config: Settings) -> Finding:
    if Supervisor(config).alive():
        return Finding("Memory", True, "services run already")
    gib = psutil.virtual_memory().available / 2**30
    todo = f"{MEMORY_GIB} GiB are needed; less for Spark: JIANDU_SPARK_MEMORY=1g, or fewer services: jiandu up --only …"
    return _judge("Memory", gib >= MEMORY_GIB, f"{gib:.0f} GiB available", todo)


def _ports(config: Settings) -> Finding:
    record = processes.read_record(config)
    own = {process.pid for process in processes.family(record)} if record else set()
    problems = [
        problem for service in catalog.SERVICES.values() for name in service.ports
        if reachable.listener(config.port(name)) not in own for problem in reachable.occupied(service.title, (name,), config)
    ]
    what = "; ".join(f"{problem.where}: {problem.what}" for problem in problems) or f"free or ours, {config.port_base}-{config.port_base + 99}"
    return _judge("Ports", not problems, what, problems[0].todo if problems else "")


def _programs(config: Settings) -> Finding:
    failing = [f"{name} {info['statename']}" for name, info in Supervisor(config).states().items() if info["statename"] in ("FATAL", "BACKOFF")]
    return _judge("Programs", not failing, ", ".join(failing) or "none failing", f"jiandu logs {failing[0].split()[0]}" if failing else "")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(candidate for candidate in (folder, *folder.parents) if candidate.exists())
