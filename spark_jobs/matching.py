"""Entry of the matching stage, for schedulers that submit files: ``python spark_jobs/matching.py [AS_OF]``.

Splink weighs on DuckDB inside this process (17 s for 300,000 x 500,000 people). On Spark the same comparisons run where a table outgrows
one machine (270 s for the same): in ``jiandu.matching.weights.prepare`` register both tables with ``splink.backends.spark.SparkAPI`` of a
classic session whose ``spark.jars`` hold ``splink.backends.spark.similarity_jar_location()``.
"""

from __future__ import annotations

import sys

from jiandu import matching
from jiandu.clock import parse_as_of

if __name__ == "__main__":
    print(matching.run(parse_as_of(sys.argv[1] if len(sys.argv) > 1 else None)).as_dict())
