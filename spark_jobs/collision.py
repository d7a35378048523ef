"""Collision on Spark: ``python spark_jobs/collision.py --model M --as-of T``. The models are in models/, the engine in the package."""

from __future__ import annotations

import argparse

from jiandu import collision
from jiandu.clock import parse_as_of


def main() -> None:
    """Run the named models (none: all) at an instant and print what each did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", help="a model; repeatable; default: all")
    parser.add_argument("--as-of", help="the instant everything is evaluated at; default: the present")
    parser.add_argument("--engine", choices=("spark", "duckdb"), default="spark")
    chosen = parser.parse_args()
    for summary in collision.run(chosen.model, parse_as_of(chosen.as_of), chosen.engine):
        print(summary)


if __name__ == "__main__":
    main()
