"""An agency's table read by Spark's JDBC reader: text as contracts parse it, only what is new, nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from jiandu import contracts, ingest, lake
from jiandu.errors import DeliveryHeld, JianduError, ServiceUnavailable
from jiandu.services import secrets
from jiandu.settings import Settings
from jiandu.source import jdbc
from jiandu.stream import publication
from tests.stream.conftest import AS_OF, Shops, counts, current

TABLE = """
    CREATE SCHEMA IF NOT EXISTS civil_test;
    DROP TABLE IF EXISTS civil_test.shop;
    CREATE TABLE civil_test.shop (no text PRIMARY KEY, name text, capital numeric(14,2), issued date, expires date, changed timestamptz);
    INSERT INTO civil_test.shop
    SELECT 'S' || n, '店' || n, n * 1.5, '2026-01-02', CASE WHEN n = 1 THEN 'infinity'::date END, timestamptz '2026-11-01 08:00+08' + n * interval '1 minute'
    FROM generate_series(1, 30) n;
"""
BASE = "{{kind: jdbc, jdbc: {{database: agency_civil, table: {table}, watermark: {watermark}}}}}"


@pytest.fixture
def table(postgres: Settings, spark: Settings, empty_ops: Callable[[], None], shops: Shops) -> psycopg.Connection:
    """A table of thirty rows and the contract that reads it."""
    empty_ops()
    owner = publication.connected(secrets.read()["agency_civil_dsn"])
    owner.execute(TABLE)
    shops.write("test__shop", BASE.format(table="civil_test.shop", watermark="changed"), "shop_changed_at")
    return owner


def test_only_what_changed_is_read_again(table: psycopg.Connection) -> None:
    [first] = ingest.ingest("test__shop", None, AS_OF)
    assert (first.rows, first.silver, first.quarantined) == (30, {"new": 30}, 0)
    assert ingest.ingest("test__shop", None, AS_OF) == []
    with lake.duck() as connection:
        lake.view(connection, "silver", "test__shop", "silver")
        changed = "shop_changed_at = TIMESTAMPTZ '2026-11-01 08:02+08'"
        query = f"SELECT shop_capital_cny::VARCHAR, shop_issued_date::VARCHAR, {changed} FROM silver WHERE record_key = 'S2'"
        assert connection.execute(query).fetchall() == [("3.00", "2026-01-02", True)]
        expires = "SELECT shop_expires_date::VARCHAR FROM silver WHERE record_key = 'S1'"
        assert connection.execute(expires).fetchall() == [("9999-12-31",)], "infinity is never in the past"
    table.execute("UPDATE civil_test.shop SET name = '改名', changed = '2026-11-02 08:00+08' WHERE no = 'S5'")
    # Two that a watermark alone would lose: the same instant as the newest row, and one that was committed late.
    table.execute("INSERT INTO civil_test.shop VALUES ('T1', '同时', 1, NULL, NULL, '2026-11-01 08:30+08')")
    table.execute("INSERT INTO civil_test.shop VALUES ('T2', '迟提交', 1, NULL, NULL, '2026-11-01 08:10+08')")
    table.execute("INSERT INTO civil_test.shop VALUES ('T3', '无时间', 1, NULL, NULL, NULL)")
    [second] = ingest.ingest("test__shop", None, AS_OF)
    assert (second.silver, second.quarantined) == ({"new": 2, "changed": 1}, 1), "a row without time cannot be placed in time"
    assert current()["S5"] == "改名"
    assert ingest.ingest("test__shop", None, AS_OF) == []
    table.execute("UPDATE civil_test.shop SET name = '又改', changed = '2026-11-03 08:00+08' WHERE no = 'S7'")
    assert [result.silver for result in ingest.ingest("test__shop", None, AS_OF)] == [{"changed": 1}]
    table.execute("INSERT INTO civil_test.shop VALUES ('T9', '钟错', 1, NULL, NULL, '2099-01-01')")
    assert [result.silver for result in ingest.ingest("test__shop", None, AS_OF)] == [{"new": 1}]
    table.execute("UPDATE civil_test.shop SET name = '三改', changed = '2026-11-04 08:00+08' WHERE no = 'S7'")
    assert [result.silver for result in ingest.ingest("test__shop", None, AS_OF)] == [{"changed": 1}], "a wrong clock does not end the feed"
    table.execute("DELETE FROM civil_test.shop WHERE no = 'S6'")
    assert ingest.ingest("test__shop", None, AS_OF) == []
    assert "S6" in current(), "a watermark shows no deletes"
    counts()


def test_number_as_watermark_and_partitions(table: psycopg.Connection, shops: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdbc, "PARTITION_ROWS", 10)
    shops.write("test__shop", BASE.format(table="civil_test.shop", watermark="capital"))
    [first] = ingest.ingest("test__shop", None, AS_OF)
    assert first.silver == {"new": 30}
    table.execute("INSERT INTO civil_test.shop VALUES ('U1', '大', 46, NULL, NULL, NULL), ('U2', '小', 2, NULL, NULL, NULL)")
    [second] = ingest.ingest("test__shop", None, AS_OF)
    assert second.silver == {"new": 1}, "a smaller number is old news"
    assert ingest.ingest("test__shop", None, AS_OF) == []


def test_what_can_be_wrong(table: psycopg.Connection, shops: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    shops.write("test__shop", BASE.format(table="civil_test.nowhere", watermark="changed"))
    with pytest.raises(DeliveryHeld, match="nowhere"):
        jdbc.read(contracts.load("test__shop"))
    shops.write("test__shop", BASE.format(table="civil_test.shop", watermark="other"))
    with pytest.raises(DeliveryHeld, match="other"):
        jdbc.read(contracts.load("test__shop"))
    shops.write("test__shop", BASE.format(table="civil_test.shop", watermark="changed"))
    monkeypatch.setenv("JIANDU_JDBC_AGENCY_CIVIL", "postgresql://nobody:secret-word@127.0.0.1:9/agency_civil")
    with pytest.raises(ServiceUnavailable) as caught:
        jdbc.read(contracts.load("test__shop"))
    assert "secret-word" not in str(caught.value)


def test_addresses(shops: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jdbc.parsed("postgresql+psycopg://u:p%40@h:1/d") == jdbc.Connection("jdbc:postgresql://h:1/d", "u", "p@")
    assert jdbc.parsed("jdbc:dm://h:5236/d?user=u&password=p&x=1") == jdbc.Connection("jdbc:dm://h:5236/d?x=1", "u", "p")
    assert "p@" not in repr(jdbc.parsed("postgresql+psycopg://u:p%40@h:1/d"))
    shops.write("test__shop", "{kind: jdbc, jdbc: {url_setting: jdbc_far, table: t, watermark: w}}")
    with pytest.raises(JianduError, match="JIANDU_JDBC_FAR"):
        jdbc.connection(contracts.load("test__shop"))
    monkeypatch.setenv("JIANDU_JDBC_FAR", "jdbc:mysql://h/d?user=u&password=p")
    assert jdbc.connection(contracts.load("test__shop")).user == "u"
