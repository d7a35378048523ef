"""Homes of a test's own: what is killed, broken or filled up here must not be the session's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiandu.services import stack
from jiandu.services.reachable import free
from jiandu.settings import PORTS, Settings


@pytest.fixture
def own(home: Settings) -> Iterator[Settings]:
    """Settings of an empty home with ports of its own; whatever a test starts there is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="jiandu-test-", dir=os.environ.get("JIANDU_TEST_HOMES")))
    folder.chmod(0o711)
    base = next(base for base in range(home.port_base + 100, 60000, 100) if all(free(base + offset) for offset in PORTS.values()))
    config = home.model_copy(update={"home": folder, "port_base": base})
    yield config
    stack.down(config)
    shutil.rmtree(folder)


def variables(config: Settings) -> dict[str, str]:
    """An environment for the command line that means these settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JIANDU_")} | {
        "JIANDU_HOME": str(config.home), "JIANDU_PORT_BASE": str(config.port_base),
    }
