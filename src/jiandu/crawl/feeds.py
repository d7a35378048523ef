"""Which contracts bring reports. Apart from what reads them, so that the scheduler can ask cheaply."""

from __future__ import annotations

FEEDS = ("hotline__report", "platform__report")
"""Contracts whose rows are reports: ``report_no``, ``reported_at``, ``report_text``, ``county_code`` and, where known, account and page."""
