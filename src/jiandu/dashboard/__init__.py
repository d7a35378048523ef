"""Screens: ``dashboards/*.yml`` checked, compiled to a Superset bundle and applied. Superset holds nothing that is not in content."""

from __future__ import annotations

from jiandu.dashboard.application import ApplySummary, apply
from jiandu.dashboard.catalogue import Catalogue, load
from jiandu.errors import ContentError, Problem

__all__ = ["ApplySummary", "Catalogue", "apply", "lint", "load"]


def lint() -> list[Problem]:
    """Every problem of every screen, each at file:line; empty when all is well."""
    try:
        load()
    except ContentError as error:
        return error.problems
    return []
