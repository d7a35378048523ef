"""A real Debezium connector on a real database, from commit to silver, through everything that happens to a table and to Connect."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
import pytest

from jiandu import contracts, stream
from jiandu.services import databases, secrets, stack
from jiandu.settings import Settings
from jiandu.stream import connector, publication, reconciliation, replay, service
from tests.stream.conftest import AS_OF, Shops, counts, current
from tests.stream.test_consumer import kill, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]
TOPIC = "agency.civil.shop.shop"
TABLE = """
    CREATE SCHEMA IF NOT EXISTS shop;
    DROP TABLE IF EXISTS shop.shop;
    CREATE TABLE shop.shop (no text PRIMARY KEY, name text NOT NULL DEFAULT '无名', capital numeric, issued date, expires date, changed timestamptz);
    INSERT INTO shop.shop SELECT '老' || n, '快照', n, '2026-01-02', 'infinity', '2026-11-01 08:00+08' FROM generate_series(1, 20) n;
"""


@pytest.fixture
def agency(kafka: Settings, empty_ops: Callable[[], None], shops: Shops) -> Iterator[psycopg.Connection]:
    """An agency's database with a captured table, its connector running; both forgotten afterwards."""
    stack.up(["connect"], kafka)
    empty_ops()
    shops.write("test__shop", f"{{kind: kafka, kafka: {{topic: {TOPIC}, envelope: debezium}}}}")
    with databases.connect(kafka, "agency_civil") as admin:
        admin.execute("GRANT CONNECT ON DATABASE agency_civil TO cdc")
    owner = publication.connected(secrets.read()["agency_civil_dsn"])
    owner.execute(TABLE)
    [captured] = [found for found in connector.agencies(contracts.load_all().values()) if found.prefix == "agency.civil"]
    publication.ensure(captured, secrets.read()["agency_civil_dsn"])
    connector.apply(captured)
    yield owner
    connector.delete(captured)
    wait_for(lambda: dropped(captured), 30)
    owner.close()


def dropped(captured: connector.Agency) -> bool:
    """The slot can go only after the worker has let go of it."""
    try:
        return publication.drop_slot(captured)
    except psycopg.errors.ObjectInUse:
        return False


def test_a_table_through_its_whole_life(agency: psycopg.Connection, kafka: Settings, shops: Shops, at: Callable[[], datetime]) -> None:
    stop = threading.Event()
    running = threading.Thread(target=lambda: service.run(at, only="test__shop", stop=stop), daemon=True)
    running.start()
    try:
        wait_for(lambda: len(current()) == 20, 180)
        agency.execute("INSERT INTO shop.shop VALUES ('新1', '甲店', 12.50, '2026-02-03', NULL, now()), ('新2', '乙店', 'NaN', NULL, '-infinity', now())")
        agency.execute("UPDATE shop.shop SET name = '改名', capital = NULL WHERE no = '老1'")
        agency.execute("DELETE FROM shop.shop WHERE no = '老2'")
        agency.execute("UPDATE shop.shop SET no = '改号' WHERE no = '老3'")
        expected = {f"老{n}": "快照" for n in range(4, 21)} | {"新1": "甲店", "新2": "乙店", "老1": "改名", "改号": "快照"}
        wait_for(lambda: current() == expected, 120)
        assert silver("SELECT count(*) FROM silver WHERE shop_expires_date IS NOT NULL") == [(0,)], "infinity is no date in the past"
        capitals = "SELECT shop_capital_cny FROM silver WHERE record_key IN ('老1', '新2') AND superseded_at IS NULL AND valid_to IS NULL"
        assert silver(capitals) == [(None,), (None,)], "an explicit NULL and NaN"
        assert silver("SELECT shop_issued_date::VARCHAR FROM silver WHERE record_key = '新1'") == [("2026-02-03",)]

        kill(kafka, "org.apache.kafka.connect.cli.ConnectStandalone")
        agency.execute("INSERT INTO shop.shop SELECT '后' || n, '停机', n FROM generate_series(1, 300) n")
        agency.execute("UPDATE shop.shop SET name = '再改' WHERE no LIKE '后%'")
        stack.up(["connect"], kafka)
        after = {f"后{n}": "再改" for n in range(1, 301)}
        wait_for(lambda: current() == expected | after, 240)

        agency.execute("TRUNCATE shop.shop")
        agency.execute("INSERT INTO shop.shop VALUES ('老4', '重来')")
        wait_for(lambda: current().get("老4") == "重来", 60)
        wait_for(lambda: any("TRUNCATE" in letter.what for letter in replay.letters("test__shop")), 60)
        [state] = [found for found in stream.status() if found.contract == "test__shop"]
        assert (state.state, state.connector_state, state.lag) == ("reading", "RUNNING", 0)
    finally:
        stop.set()
        running.join(60)
    found = reconciliation.missing("test__shop")
    assert found is not None
    assert len(found.keys) == len(expected) + 300 - 1
    reconciliation.delete("test__shop", found, AS_OF)
    assert current() == {"老4": "重来"}
    assert counts()["quarantine"] == 0


def silver(query: str) -> list[tuple[object, ...]]:
    from jiandu import lake

    with lake.duck() as connection:
        lake.view(connection, "silver", "test__shop", "silver")
        return connection.execute(query).fetchall()


def test_registering_twice_changes_nothing_and_needs_least_rights(agency: psycopg.Connection) -> None:
    [captured] = [found for found in connector.agencies(contracts.load_all().values()) if found.prefix == "agency.civil"]
    wait_for(lambda: connector.state(captured.connector).running, 120)
    assert connector.apply(captured).running
    assert connector.kept_file(captured.connector).stat().st_mode & 0o777 == 0o600
    may = "has_table_privilege('cdc', 'shop.shop', '{}')"
    rights = f"SELECT {may.format('SELECT')}, {may.format('UPDATE')}, rolsuper FROM pg_roles WHERE rolname = 'cdc'"
    assert agency.execute(rights.encode()).fetchall() == [(True, False, False)]
