"""Spark: one warm JVM serves Spark Connect (for jobs) and Thrift (for dbt) on one context; tasks pay no start of their own."""

from __future__ import annotations

import os
from pathlib import Path

from jiandu.services import places
from jiandu.services.reachable import answers
from jiandu.services.service import BATCH, Program, Service
from jiandu.settings import Settings

THRIFT = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.thrift.name = org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
logger.thrift.level = info
logger.hive.name = org.apache.hadoop.hive
logger.hive.level = error
logger.datanucleus.name = DataNucleus
logger.datanucleus.level = error
"""


def folder(config: Settings) -> Path:
    """Configuration, catalog and scratch space; all of it can be thrown away, tables are found by path."""
    return places.home(config) / "spark"


def defaults(config: Settings) -> dict[str, str]:
    """The server's configuration. On a cluster the same server is the driver and only the master changes."""
    root = folder(config)
    return {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(config.port("spark_connect")),
        "spark.hadoop.hive.server2.thrift.bind.host": "127.0.0.1",
        "spark.hadoop.hive.server2.thrift.port": str(config.port("spark_thrift")),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.port": str(config.port("spark_driver")),
        "spark.blockManager.port": str(config.port("spark_block_manager")),
        # Without this a taken port is silently replaced by the next one, which may be another service's.
        "spark.port.maxRetries": "0",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.sources.default": "delta",
        "spark.sql.warehouse.dir": str(root / "warehouse"),
        "spark.sql.session.timeZone": "Asia/Shanghai",
        # Small local tables: fifty and two hundred tasks for a thousand rows cost seconds each.
        "spark.sql.shuffle.partitions": "4",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.local.dir": str(root / "scratch"),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={root / 'catalog'} -Dderby.stream.error.file={root / 'derby.log'} -Duser.timezone=Asia/Shanghai",
    }


def home_of_spark() -> Path:
    """PySpark's own folder: it ships the whole engine."""
    (found,) = places.VENV.glob("lib/python3.*/site-packages/pyspark")
    return found


def prepare(config: Settings) -> None:
    """Write the configuration; it holds no state."""
    conf = places.made(folder(config) / "conf")
    for name in ("warehouse", "scratch", "catalog"):
        places.made(folder(config) / name)
    (conf / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in defaults(config).items()))
    (conf / "log4j2.properties").write_text(LOGGING)


def programs(config: Settings) -> list[Program]:
    """The server. Jars stand on the driver's class path: Thrift sessions do not see those of ``spark.jars``."""
    root, python = folder(config), str(places.python())
    command = [
        str(home_of_spark() / "bin" / "spark-submit"), "--master", f"local[{os.cpu_count() or 2}]", "--driver-memory", config.spark_memory, "--name", "jiandu",
        "--class", THRIFT, "--driver-class-path", f"{places.jars('spark')}/*", "spark-internal",
    ]
    environment = {
        "SPARK_HOME": str(home_of_spark()), "SPARK_CONF_DIR": str(root / "conf"), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": python,
        "PYSPARK_DRIVER_PYTHON": python, "JAVA_HOME": str(Path(places.java()).resolve().parent.parent),
    }
    return [Program("spark", command, environment, folder=root, nice=BATCH)]


def check(config: Settings) -> str:
    """Empty when a Connect session answers and the Thrift port is open."""
    for name in ("spark_connect", "spark_thrift"):
        if not answers(config.port(name)):
            return f"nothing listens on {config.port(name)} ({name}) yet"
    return _select_one(f"sc://127.0.0.1:{config.port('spark_connect')}")


def _select_one(remote: str) -> str:
    """Ask through a bare client: making sessions is the business of ``jiandu.spark`` alone."""
    from grpc import RpcError  # type: ignore[import-untyped]
    from pyspark.errors import PySparkException
    from pyspark.sql.connect import proto
    from pyspark.sql.connect.client import SparkConnectClient

    client = SparkConnectClient(remote)
    try:
        client.to_table(proto.Plan(root=proto.Relation(sql=proto.SQL(query="SELECT 1"))), {})
        client.release_session()
    except (RpcError, PySparkException) as error:
        return str(error).splitlines()[0]
    finally:
        client.close()
    return ""


SERVICE = Service(
    "spark", "Spark", programs, check, prepare, ports=("spark_connect", "spark_thrift", "spark_driver", "spark_block_manager"),
    address="sc://127.0.0.1:{spark_connect}", elsewhere=lambda config: config.spark_remote,
)
