"""``python -m jiandu``: the command line, for programs that start it with a given interpreter."""

from __future__ import annotations

from jiandu.cli import app

if __name__ == "__main__":
    app()
