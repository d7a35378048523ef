"""What the global options of the command line mean to a command: the as-of, the engine, the form of output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jiandu.clock import parse_as_of

ENGINES = ("spark", "duckdb")


@dataclass
class Options:
    """The global options of one call of ``jiandu``."""

    as_of_text: str | None = None
    engine: str = "spark"
    json: bool = False

    @property
    def as_of(self) -> datetime:
        """The as-of instant; the present when none was given."""
        return parse_as_of(self.as_of_text)


_current = Options()


def options() -> Options:
    """The options of this process."""
    return _current
