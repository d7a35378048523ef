"""``python -m jiandu.services.erase``: stop the services of a home and remove everything they wrote (``make clean``)."""

from __future__ import annotations

import shutil

from jiandu.services import places, postgres, stack
from jiandu.settings import Settings, settings

OURS = ("airflow", "connect", "kafka", "lake", "landing", "logs", "postgres", "run", "spark", "superset")


def erase(config: Settings) -> None:
    """Stop the services, then remove their folders and secrets. A folder of the user's own inside the home stays."""
    stack.down(config)
    root = places.home(config)
    # PostgreSQL's data may lie elsewhere: where the user it runs as could not reach the home.
    folders = [root / name for name in OURS] + ([postgres.data_folder(config)] if postgres.binaries() and root.exists() else [])
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=not folder.exists())
    (root / "secrets.json").unlink(missing_ok=True)
    if root.is_dir() and not any(root.iterdir()):
        root.rmdir()


if __name__ == "__main__":
    erase(settings())
