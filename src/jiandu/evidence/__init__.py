"""What public sites answered, kept so that it stands up later: WARC records, chained by hash, time-stamped, checked by anybody.

``<home>/evidence`` holds ``pages/<aa>/<sha256>`` (bytes of pages and pictures, once), ``sites/<site>/`` (``chain.jsonl``, ``warc/``,
``seals/``, ``pictures/``), ``authority/`` (the local test time-stamping authority), ``signing/`` and ``trusted/`` (keys of bundles),
``outbox/`` (bundles made here). Nothing in a site's folder is ever rewritten: a chain only grows.
"""

from __future__ import annotations

from pathlib import Path

from jiandu.settings import settings


def root() -> Path:
    """The folder of all evidence of this home."""
    return settings().home.resolve() / "evidence"


def site_folder(site: str) -> Path:
    """The folder of one site's chain."""
    return root() / "sites" / site


def sites() -> list[str]:
    """Every site with a chain, by name."""
    return sorted(path.parent.name for path in (root() / "sites").glob("*/chain.jsonl"))
