"""Every setting in one table: name, default, help. Read from ``JIANDU_*`` variables; the README's table is generated from here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: the first content root, and where the fixed folders live."""

PORTS = {
    "postgres": 10, "kafka": 0, "kafka_controller": 1, "connect": 3, "spark_connect": 20, "spark_thrift": 21,
    "spark_driver": 22, "spark_block_manager": 23, "airflow": 40, "superset": 50, "desk": 60,
    "webhook": 61, "smtp": 62, "site": 70, "takeaway": 71, "takeaway_api": 72,
}
"""Offset of each listener from ``port_base``. All of them bind to loopback."""


class Settings(BaseSettings):
    """Where things are and how large they may grow. A province overrides the addresses; the code does not change."""

    model_config = SettingsConfigDict(env_prefix="JIANDU_", extra="ignore")

    home: Path = Field(ROOT / "var", description="Folder for everything the embedded default writes: data, logs, secrets.")
    content: list[Path] = Field([], description="Further content roots, a JSON list; the same as repeating --content.")
    fixtures: Path = Field(ROOT.parent / "shared" / "data", description="Real public data used by tests; tests skip without it.")
    port_base: int = Field(18200, description="First port of the embedded services; each listener has a fixed offset from it.")
    lake_uri: str = Field("", description="Root of the lake: a folder, s3a:// or hdfs:// address. Empty: <home>/lake.")
    landing: Path | None = Field(None, description="Folder where agencies' files land. Empty: <home>/landing.")
    postgres_dsn: str = Field("", description="Operational store, postgresql://…/jiandu. Empty: the embedded server.")
    kafka_bootstrap: str = Field("", description="Kafka brokers, host:port,… Empty: the embedded broker.")
    connect_url: str = Field("", description="REST address of Kafka Connect, http://host:port. Empty: the embedded worker.")
    engine: str = Field("spark", description="What evaluates models: spark, or duckdb where one machine is enough.")
    spark_remote: str = Field("", description="Spark Connect address, sc://host:port. Empty: the embedded server.")
    spark_thrift: str = Field("", description="Spark Thrift server for dbt, host:port. Empty: the embedded server.")
    spark_memory: str = Field("3g", description="Driver memory of the embedded Spark server.")
    webhook_url: str = Field("", description="Where alerts are posted. Empty: the demo's own receiver.")
    smtp_address: str = Field("", description="Mail relay, host:port. Empty: the demo's own receiver.")
    webhook_secret: str = Field("", description="Key that signs posted alerts. Empty: made once, kept in <home>/webhook.secret.")
    desk_url: str = Field("", description="Address an alert's link opens, the clue number is appended. Empty: the embedded live-alerts screen.")
    desk_page: str = Field("", description="Address under which boards link to the desk's evidence page, https://host. Empty: the embedded one.")
    desk_accounts: Path | None = Field(None, description="YAML list of who may see clues at the desk (name, password, area). Empty: one account of this home.")
    mail_from: str = Field("jiandu@yunze.example", description="Sender of alert mails.")
    licence_site: str = Field("", description="Public list of food licences the spider reads, https://host. Empty: the demo's own site.")
    takeaway_sites: list[str] = Field([], description="Addresses of the two takeaway platforms, a JSON list. Empty: the demo's own sites.")
    crawl_approvals: Path | None = Field(None, description="YAML list of approved sites (host, legal_basis, approved_by, until). Empty: this machine only.")
    crawl_loopback_delay: float = Field(0.0, description="Seconds between requests to a site on this machine; other sites get the polite defaults.")
    timestamp_url: str = Field("", description="RFC 3161 time-stamping authority for evidence, https://…. Empty: a local test authority.")
    timestamp_ca: Path | None = Field(None, description="Its root certificates (PEM). Empty: those of the local test authority.")
    hash_key: str = Field("", description="Key of the hash that stands for a person's number. Empty: made once, kept in <home>/subject.key.")
    province: str = Field("99", description="Two-digit division prefix of the province; 99 is the fictional 云泽省.")
    demo_as_of: str = Field("2026-11-20T08:00:00+08:00", description="The fixed day of the demo: same as-of, same result.")

    def port(self, service: str) -> int:
        """The loopback port of an embedded service."""
        return self.port_base + PORTS[service]

    def takeaway_site(self, place: int) -> str:
        """Address of one of the two takeaway platforms, without a trailing slash."""
        own = [f"http://127.0.0.1:{self.port(name)}" for name in ("takeaway", "takeaway_api")]
        return (self.takeaway_sites or own)[place].rstrip("/")

    @property
    def lake_root(self) -> str:
        """Root address of the lake, without a trailing slash."""
        return (self.lake_uri or str(self.home.resolve() / "lake")).rstrip("/")

    @property
    def landing_root(self) -> Path:
        """Folder where file deliveries land."""
        return self.landing or self.home.resolve() / "landing"


@cache
def settings() -> Settings:
    """The settings of this process. Tests call ``settings.cache_clear()`` after changing the environment."""
    return Settings()
