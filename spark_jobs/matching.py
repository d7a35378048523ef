"""Entry of the matching stage, for schedulers that submit files: ``python spark_jobs/matching.py [AS_OF [spark]]``.

The match is kept up on DuckDB inside this process: it compares what changed. A second word ``spark`` compares everybody anew by the same
statements on Spark, where the province outgrows one machine; both give the same pairs.
"""

from __future__ import annotations

import sys

from jiandu import matching
from jiandu.clock import parse_as_of

if __name__ == "__main__":
    words = dict(enumerate(sys.argv))
    print(matching.run(parse_as_of(words.get(1)), words.get(2, "duckdb")).as_dict())
