"""Applying the screens: compile, compare with what Superset has, and let Superset's own interpreter make the difference."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from jiandu.dashboard.bundle import MARK, Bundle, compile_bundle
from jiandu.dashboard.lint import load
from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.settings import settings

SCRIPT = Path(__file__).parent / "superset_apply.py"
PERMISSIONS = [
    ["can_read", "Dashboard"], ["can_read", "Chart"], ["can_read", "Dataset"], ["can_read", "Database"], ["can_dashboard", "Superset"],
    ["can_explore_json", "Superset"], ["can_log", "Superset"], ["can_read", "CurrentUserRestApi"], ["can_read", "DashboardFilterStateRestApi"],
    ["can_write", "DashboardFilterStateRestApi"], ["can_read", "DashboardPermalinkRestApi"], ["can_write", "DashboardPermalinkRestApi"],
    ["can_get_drill_info", "Dataset"], ["can_time_range", "Api"], ["can_query_form_data", "Api"], ["can_query", "Api"], ["can_list", "AsyncEventsRestApi"],
    ["menu_access", "Dashboards"], ["can_userinfo", "UserDBModelView"], ["can_read", "Theme"],
]
"""What a viewer may do: open the list of dashboards, a dashboard, its charts' data; no editing, no SQL, no export."""


@dataclass(frozen=True)
class ApplySummary:
    """What one apply did. ``unchanged``: Superset had exactly this content already."""

    dashboards: list[str]
    charts: int
    unchanged: bool = False
    removed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        what = "unchanged" if self.unchanged else "applied"
        return f"{len(self.dashboards)} dashboards, {self.charts} charts {what}" + (f"; removed {', '.join(self.removed)}" if self.removed else "")


def apply(force: bool = False) -> ApplySummary:
    """Bring Superset in line with ``dashboards/``. Nothing happens when it has this content already, unless ``force``.

    Raises ``ContentError`` with every problem of every file, and ``ServiceUnavailable`` when Superset's database or script fails.
    """
    from jiandu.services import secrets, superset

    kept = secrets.read()
    address = make_url(kept["bi_reader_dsn"])
    bundle = compile_bundle(load(), address.set(password="XXXXXXXXXX").render_as_string(hide_password=False))
    charts = sum(path.startswith("charts/") for path in bundle.files)
    if not force and applied(bundle, kept["superset_dsn"]):
        return ApplySummary(bundle.slugs, charts, unchanged=True)
    viewer = {"role": bundle.viewer_role, "user": kept["superset_viewer"], "password": kept["superset_viewer_password"], "permissions": PERMISSIONS}
    plan = {"contents": bundle.contents(), "mark": MARK, "database_password": address.password, "slugs": bundle.slugs, "viewer": viewer}
    result = run(plan, superset)
    return ApplySummary(result["dashboards"], result["charts"], removed=result["removed"])


def applied(bundle: Bundle, superset_dsn: str) -> bool:
    """Whether Superset holds exactly this bundle: as many marked charts and dashboards as it has, all of its digest."""
    query = text(
        "SELECT (SELECT count(*) FROM slices WHERE external_url LIKE :ours), (SELECT count(*) FROM slices WHERE external_url = :mark),"
        " (SELECT count(*) FROM dashboards WHERE external_url LIKE :ours), (SELECT count(*) FROM dashboards WHERE external_url = :mark)"
    )
    engine = create_engine(make_url(superset_dsn).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            row = connection.execute(query, {"ours": f"{MARK}#%", "mark": f"{MARK}#{bundle.digest[:16]}"}).one()
    except OperationalError as error:
        raise ServiceUnavailable.at("Superset's database", str(error.orig).strip().splitlines()[0], "jiandu status, jiandu up") from error
    except ProgrammingError:
        return False  # no schema yet: the script will say so
    finally:
        engine.dispose()
    charts = sum(path.startswith("charts/") for path in bundle.files)
    return tuple(row) == (charts, charts, len(bundle.slugs), len(bundle.slugs))


def run(plan: dict[str, Any], superset: Any) -> dict[str, Any]:
    """The script in Superset's environment. The plan holds passwords: a file for its owner alone, deleted at once."""
    config = settings()
    file = superset.folder(config) / "dashboard-plan.json"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(plan, stream, ensure_ascii=False)
    try:
        done = superset.run(SCRIPT, config, str(file))
    finally:
        file.unlink()
    if done.returncode:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise JianduError.at("Superset", f"the screens were not applied: {lines[-1] if lines else 'no message'}", "jiandu status; jiandu logs superset")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result
