"""Screens: ``dashboards/*.yml`` checked, compiled to a Superset bundle and applied. Superset holds nothing that is not in content."""

from __future__ import annotations

from jiandu.dashboard.application import ApplySummary, apply

__all__ = ["ApplySummary", "apply"]
