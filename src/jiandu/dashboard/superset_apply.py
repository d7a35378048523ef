"""Run by Superset's own interpreter: bring its metadata in line with a bundle. Safe to repeat; everything happens in one transaction a step.

Usage: python superset_apply.py PLAN.json. The plan holds ``contents`` (the bundle), ``mark``, ``database_password``, ``slugs``,
``viewer`` (role, permissions, user, password). Prints one line of JSON: what was applied and what was removed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(plan: dict[str, Any]) -> dict[str, Any]:
    """Import, remove what is no longer in the content, and set who may look."""
    from superset.app import create_app

    with create_app().app_context():
        from superset import db, security_manager
        from superset.utils.core import override_user

        admin = next(user for user in security_manager.get_all_users() if any(role.name == "Admin" for role in user.roles))
        with override_user(admin):
            apply(plan)
            removed = remove_stale(plan)
            grant(plan)
            db.session.commit()
    return {"charts": sum(path.startswith("charts/") for path in plan["contents"]), "dashboards": plan["slugs"], "removed": removed}


def apply(plan: dict[str, Any]) -> None:
    """Import the bundle; it overwrites whatever was changed by hand in things it owns."""
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    ImportAssetsCommand(plan["contents"], passwords={"databases/marts.yaml": plan["database_password"]}).run()


def remove_stale(plan: dict[str, Any]) -> list[str]:
    """Delete charts, dashboards and data sets that carry our mark and are not in the bundle: an import alone never deletes."""
    from superset import db
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    kept = {json.loads(text).get("uuid") for text in plan["contents"].values()}
    removed: list[str] = []
    for model, kind in ((Dashboard, "dashboard"), (Slice, "chart"), (SqlaTable, "dataset")):
        for item in db.session.query(model).filter(model.external_url.like(f"{plan['mark']}#%")).all():
            if str(item.uuid) not in kept:
                removed.append(f"{kind} {item}")
                db.session.delete(item)
        db.session.flush()
    return removed


def grant(plan: dict[str, Any]) -> None:
    """The viewer's role may open the screens and nothing else; the dashboards admit that role."""
    from superset import db, security_manager
    from superset.models.dashboard import Dashboard

    viewer = plan["viewer"]
    role = security_manager.find_role(viewer["role"]) or security_manager.add_role(viewer["role"])
    role.permissions = [security_manager.add_permission_view_menu(permission, view) for permission, view in viewer["permissions"]]
    for dashboard in db.session.query(Dashboard).filter(Dashboard.slug.in_(plan["slugs"])):
        dashboard.roles = [role]
    user = security_manager.find_user(username=viewer["user"])
    if user is None:
        made = security_manager.add_user(viewer["user"], "查看", "省院", f"{viewer['user']}@localhost.example", role, password=viewer["password"])
        if not made:
            raise RuntimeError(f"Superset refused to make the user {viewer['user']}")
    else:
        user.roles = [role]
        security_manager.reset_password(user.id, viewer["password"])


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))), ensure_ascii=False))
