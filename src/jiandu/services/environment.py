"""The environment services run in: built from the settings, not inherited by accident."""

from __future__ import annotations

import json
import os
from pathlib import Path

from jiandu.settings import Settings

KEPT = ("PATH", "HOME", "JAVA_HOME", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def variables(config: Settings) -> dict[str, str]:
    """Every setting that differs from its default as its ``JIANDU_*`` variable; home and port base always, home absolute.

    A child of the services reads the very settings the services were started with, wherever it is started.
    """
    result: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(config, name)
        if value == field.default and name not in ("home", "port_base"):
            continue
        result[f"JIANDU_{name.upper()}"] = text(value)
    return result


def text(value: object) -> str:
    """A setting's value as its variable holds it: folders absolute, lists as JSON."""
    if isinstance(value, Path):
        return str(value.resolve())
    if isinstance(value, list):
        return json.dumps([text(item) for item in value])
    return str(value)


def clean(config: Settings) -> dict[str, str]:
    """The whole environment of the supervisor and its programs, before each program's own variables."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"LANG": "C.UTF-8", "TZ": "Asia/Shanghai", "PYTHONUNBUFFERED": "1"} | variables(config)
