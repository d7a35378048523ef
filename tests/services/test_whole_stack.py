"""All services together: reachable from this machine alone, healthy, with logins that work and in Chinese."""

from __future__ import annotations

import ipaddress
import time

import httpx
import psutil
import pytest

from jiandu import spark
from jiandu.services import processes, secrets
from jiandu.services import stack as services
from jiandu.services.status import look
from jiandu.services.supervisor import Supervisor
from jiandu.settings import Settings

from ..conftest import close_spark


def members(config: Settings) -> list[psutil.Process]:
    record = processes.read_record(config)
    assert record is not None
    return processes.family(record)


def loopback(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


@pytest.mark.spark
def test_spark_speaks_connect_and_thrift_over_one_catalog(spark: Settings) -> None:
    from pyhive import hive

    from jiandu.spark import session

    session().sql("CREATE DATABASE IF NOT EXISTS trial")
    session().sql("CREATE OR REPLACE TABLE trial.numbers USING delta AS SELECT id, TIMESTAMP '2026-11-20 08:00:00' AS at FROM range(5)")
    thrift = hive.connect("127.0.0.1", spark.port("spark_thrift"), username="jiandu")
    cursor = thrift.cursor()
    cursor.execute("SELECT count(*), min(CAST(at AS STRING)) FROM trial.numbers")
    assert cursor.fetchall() == [(5, "2026-11-20 08:00:00")]
    thrift.close()
    session().sql("DROP DATABASE trial CASCADE")


@pytest.mark.spark
def test_spark_reads_an_agencys_database(spark: Settings, postgres: Settings) -> None:
    from jiandu.spark import session

    kept = secrets.read(postgres)
    reader = session().read.format("jdbc").options(
        url=f"jdbc:postgresql://127.0.0.1:{postgres.port('postgres')}/agency_civil", user="agency_civil", password=kept["agency_civil_password"],
        query="SELECT 1 AS n, '最低生活保障' AS kind",
    )
    assert [tuple(row) for row in reader.load().collect()] == [(1, "最低生活保障")]


@pytest.mark.stack
def test_every_listener_is_on_loopback(stack: Settings) -> None:
    spark.session().sql("SELECT 1").collect()
    ours = {process.pid: process.name() for process in members(stack)}
    bound = [(ours[one.pid], one.laddr) for one in psutil.net_connections("inet") if one.pid in ours and one.laddr
             and (one.status == psutil.CONN_LISTEN or (one.status == psutil.CONN_NONE and not one.raddr))]
    assert len({address.port for _, address in bound}) >= 12
    assert not [entry for entry in bound if not loopback(entry[1].ip)]


@pytest.mark.stack
def test_every_service_serves(stack: Settings) -> None:
    assert {state.name: (state.state, state.detail) for state in look(stack) if state.state != "serving"} == {}


@pytest.mark.stack
def test_airflow_lets_in_whoever_has_the_password(stack: Settings) -> None:
    kept = secrets.read(stack)
    with httpx.Client(base_url=kept["airflow_url"], trust_env=False, timeout=60) as client:
        assert client.post("/auth/token", json={"username": kept["airflow_user"], "password": "wrong"}).status_code == 401
        assert client.get("/api/v2/dags").status_code == 401
        token = client.post("/auth/token", json={"username": kept["airflow_user"], "password": kept["airflow_password"]}).json()["access_token"]
        assert client.get("/api/v2/dags", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.stack
def test_superset_is_chinese_before_anybody_logs_in(stack: Settings) -> None:
    kept = secrets.read(stack)
    with httpx.Client(base_url=kept["superset_url"], trust_env=False, timeout=60) as client:
        page = client.get("/login/")
        policy = page.headers["content-security-policy"]
        assert "https:" not in policy, "no foreign address may be loaded"
        words = client.get("/superset/language_pack/zh/").json()["locale_data"]["superset"]
        assert words["Sign in"] == ["登录"]
        assert words["Dashboards"] == ["看板"]
        assert "检察" in client.get("/brand/logo.svg").text
        assert client.get("/api/v1/dashboard/").json().get("count", 0) == 0, "nothing is shown to strangers"
        login = {"username": kept["superset_user"], "password": kept["superset_password"], "provider": "db"}
        assert client.post("/api/v1/security/login", json=login | {"password": "wrong"}).status_code == 401
        assert "access_token" in client.post("/api/v1/security/login", json=login).json()


@pytest.mark.stack
@pytest.mark.last
def test_down_leaves_nothing_not_even_workers_of_a_scheduler_killed_hard(stack: Settings) -> None:
    """Ends the session's services: ordered after every other test."""
    from .test_up_and_down import eventually, gone

    scheduler = psutil.Process(Supervisor(stack).states()["airflow-scheduler"]["pid"])
    assert eventually(lambda: bool(scheduler.children()), 120), "the executor keeps workers"
    workers = scheduler.children(recursive=True)
    scheduler.kill()
    assert eventually(lambda: Supervisor(stack).states()["airflow-scheduler"]["pid"] not in (0, scheduler.pid), 60)
    time.sleep(1)
    orphans = [worker for worker in workers if worker.is_running()]
    assert orphans, "they ignore the death of their parent"
    close_spark()
    everybody = members(stack)
    assert set(orphans) <= set(everybody), "adopted, so that they are found"
    services.down(stack)
    assert gone(everybody)
    assert processes.read_record(stack) is None
    assert not [one for one in psutil.net_connections("tcp") if one.laddr and one.status == psutil.CONN_LISTEN
                and stack.port_base <= one.laddr.port < stack.port_base + 100]
