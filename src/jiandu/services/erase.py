"""``python -m jiandu.services.erase``: stop the services of a home and remove everything in it (``make clean``)."""

from __future__ import annotations

import shutil
import sys

from jiandu.errors import SetupError
from jiandu.services import places, postgres, stack
from jiandu.settings import ROOT, Settings, settings


def erase(config: Settings) -> None:
    """Stop the services and remove the home.

    Raises ``SetupError`` for a folder that held other things before it became a home: that is left to its owner.
    """
    stack.down(config)
    root = places.home(config)
    if not root.exists():
        return
    data = postgres.data_folder(config) if postgres.binaries() else root
    if data.exists() and root not in data.parents:  # where the server's user could not reach the home
        shutil.rmtree(data)
    if root != ROOT / "var" and not (root / places.MARKER).exists():
        raise SetupError.at(str(root), "this folder was not made for Jiandu alone: not removed", "remove what you do not need of it yourself")
    shutil.rmtree(root)


if __name__ == "__main__":
    try:
        erase(settings())
    except SetupError as error:
        sys.exit(f"✗ {error}")
