"""Where things are: the checkout's tools, the home's folders, the system's programs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from jiandu.errors import SetupError
from jiandu.settings import ROOT, Settings

VENV = ROOT / ".venv"
VENV_SUPERSET = ROOT / ".venv-superset"
JARS = ROOT / ".tools" / "jars"
INSTALL = "make install"
MARKER = ".jiandu-home"
"""Stands in a home that was made for us or was empty: only such a one is removed whole."""


def python() -> Path:
    """The interpreter of the main environment, for programs the supervisor starts."""
    return _tool(VENV / "bin" / "python")


def superset_python() -> Path:
    """The interpreter of Superset's own environment."""
    return _tool(VENV_SUPERSET / "bin" / "python")


def jars(name: str) -> Path:
    """A folder of jars fetched by ``infra/jars``: spark, kafka or connect-plugins."""
    folder = JARS / name
    if not folder.is_dir() or not any(folder.iterdir()):
        raise SetupError.at(str(folder), "the jars are missing", INSTALL)
    return folder


def java() -> str:
    """The Java launcher."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    if found is None:
        raise SetupError.at("java", "no Java on this machine", f"{INSTALL}, or apt-get install openjdk-17-jre-headless")
    return found


def made(folder: Path, mode: int = 0o755) -> Path:
    """The folder, made if needed. Raises ``SetupError`` naming it when that is not possible."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError.at(str(folder), f"cannot be made: {error.strerror}", "set JIANDU_HOME to a folder you may write") from error
    return folder


def home(config: Settings) -> Path:
    """The absolute home. Others may pass through it (PostgreSQL runs as another user when we are root) but not list it."""
    return config.home.resolve()


def prepare_home(config: Settings) -> Path:
    """Make the home and prove that it can be written. Raises ``SetupError`` naming it."""
    root = made(home(config), 0o711)
    probe = root / ".writable"
    try:
        untouched = not any(root.iterdir())
        probe.write_text("")
        if untouched:
            probe.rename(root / MARKER)
        else:
            probe.unlink()
    except OSError as error:
        raise SetupError.at(str(root), f"cannot be written: {error.strerror}", "set JIANDU_HOME to a folder you may write") from error
    for name in ("run", "logs"):
        made(root / name, 0o700)
    made(config.landing_root)
    if "://" not in config.lake_root:
        made(Path(config.lake_root))
    return root


def run_folder(config: Settings) -> Path:
    """Socket, process ids and generated configuration."""
    return home(config) / "run"


def log_file(config: Settings, program: str) -> Path:
    """Where a program's output goes."""
    return home(config) / "logs" / f"{program}.log"


def _tool(path: Path) -> Path:
    if not path.exists():
        raise SetupError.at(str(path), "the environment is missing", INSTALL)
    return path
