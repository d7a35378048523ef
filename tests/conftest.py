"""Shared by all tests: one home and one set of ports a session, services started once and only when a test asks for them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from jiandu.settings import PORTS, Settings, settings

RANKS = ("postgres", "kafka", "spark", "stack", "browser", "last")
"""Fixture or marker names, the cheapest first: quick tests report before slow services are started at all."""
HOME = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """A home of this session alone, before any test module is imported: no test may touch a user's home."""
    config.addinivalue_line("markers", "last: ends the session's services, so it runs after all others")
    # Not below pytest's own folder, which nobody else may enter: PostgreSQL runs as another user when we are root.
    folder = Path(tempfile.mkdtemp(prefix="jiandu-test-", dir=os.environ.get("JIANDU_TEST_HOMES")))
    folder.chmod(0o711)
    config.stash[HOME] = folder
    os.environ |= {"JIANDU_HOME": str(folder), "JIANDU_PORT_BASE": str(free_ports())}
    os.environ.setdefault("JIANDU_SPARK_MEMORY", "2g")
    settings.cache_clear()
    # The same examples in every run: what fails for one fails for all, and what an exploration found stands as an example in its test.
    hypothesis.settings.register_profile("fixed", derandomize=True, database=None)
    hypothesis.settings.load_profile("fixed")
    # A polite kill ends the session like Ctrl-C does: with everything torn down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop whatever was started, also after a failure or Ctrl-C."""
    from jiandu.services import postgres, stack

    close_spark()
    ours = Settings(home=config.stash[HOME])
    away = postgres.data_folder(ours) if postgres.binaries() else ours.home
    stack.down(ours)
    for folder in {ours.home, away}:
        shutil.rmtree(folder, ignore_errors=True)


def close_spark() -> None:
    """Close this process's Spark session while its server still answers: at exit it would call a dead one for ten minutes."""
    from jiandu.spark import session

    if session.cache_info().currsize:
        session().stop()
        session.cache_clear()


@pytest.hookimpl(tryfirst=True)  # before the workers' own hook, which reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Quick tests first, then those of each service by its cost; the order within a file stays.

    With several workers (``make test`` runs two) one of them takes all that need a service, from the beginning: services start once.
    """
    items.sort(key=rank)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not rank(item))
        for item in filter(rank, items):
            item.add_marker(pytest.mark.xdist_group("services"))


def rank(item: pytest.Item) -> int:
    """0 for a test that needs no service, otherwise 1 + the dearest of what it needs."""
    names = {mark.name for mark in item.iter_markers()} | set(getattr(item, "fixturenames", ()))
    return max((index + 1 for index, name in enumerate(RANKS) if name in names), default=0)


def free_ports() -> int:
    """A port base with all of our ports free. Random, so that sessions side by side do not meet; workers of one session never do."""
    from jiandu.services.reachable import free

    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    draw = random.SystemRandom()  # whatever seeded the common one
    for _ in range(200):
        base = draw.randrange(22000 + worker % 4 * 100, 32000, 400)
        if all(free(base + offset) for offset in PORTS.values()):
            return base
    raise RuntimeError("no free block of ports between 22000 and 32000")


@pytest.fixture(autouse=True)
def _settings_of_this_test() -> Iterator[None]:
    """What a test did to the environment must not outlive it in the cache."""
    yield
    settings.cache_clear()


@pytest.fixture(scope="session")
def home() -> Settings:
    """The session's settings: a home of its own, nothing started."""
    settings.cache_clear()
    return settings()


@pytest.fixture(scope="session")
def postgres(home: Settings) -> Settings:
    """PostgreSQL with all roles and databases; 2-4 s at first use."""
    return started(home, ["postgres"])


@pytest.fixture(scope="session")
def kafka(home: Settings) -> Settings:
    """The Kafka broker."""
    return started(home, ["kafka"])


@pytest.fixture(scope="session")
def spark(home: Settings) -> Settings:
    """The Spark server; ``jiandu.spark.session()`` connects to it."""
    return started(home, ["spark"])


@pytest.fixture(scope="session")
def stack(home: Settings) -> Settings:
    """Every service, the demo's receivers, stream and site included."""
    from jiandu.services import stack

    stack.up(config=home, with_demo=True)
    return home


@pytest.fixture
def empty_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake and landing folder for one test; needs no service."""
    monkeypatch.setenv("JIANDU_LAKE_URI", str(tmp_path / "lake"))
    monkeypatch.setenv("JIANDU_LANDING", str(tmp_path / "landing"))
    (tmp_path / "landing").mkdir()
    settings.cache_clear()
    return settings()


@pytest.fixture
def fresh_lake(empty_lake: Settings, postgres: Settings, empty_ops: Callable[[], None]) -> Settings:
    """An empty lake and an empty operational store for one test."""
    empty_ops()
    return empty_lake


@pytest.fixture(scope="session")
def empty_ops(postgres: Settings) -> Callable[[], None]:
    """Call it to have every table of schema ``ops`` there and empty. Migrated once; emptying is quick."""
    import psycopg

    from jiandu import ops
    from jiandu.services import secrets

    ops.migrate()
    dsn = secrets.read(postgres)["postgres_dsn"].replace("+psycopg", "")

    def empty() -> None:
        with psycopg.connect(dsn) as store:
            query = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'ops' AND tablename NOT LIKE '%alembic%'"
            names = [f"ops.{row[0]}" for row in store.execute(query).fetchall()]
            if names:
                store.execute(f"TRUNCATE {', '.join(names)} CASCADE".encode())

    return empty


def started(config: Settings, names: list[str]) -> Settings:
    """Start services in the session's home."""
    from jiandu.services import stack

    stack.up(names, config)
    return config
