"""Entry of the matching stage, for schedulers that submit files: ``python spark_jobs/matching.py [AS_OF]``.

The match is kept up on DuckDB inside this process: it compares what changed. ``jiandu match link --on spark`` runs the same statements on
Spark, where two tables outgrow one machine.
"""

from __future__ import annotations

import sys

from jiandu import matching
from jiandu.clock import parse_as_of

if __name__ == "__main__":
    print(matching.run(parse_as_of(sys.argv[1] if len(sys.argv) > 1 else None)).as_dict())
