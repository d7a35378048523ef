"""Live behaviour on Spark: ``python spark_jobs/live.py [--as-of T]`` reads public posts until it is stopped. The job is ``jiandu.behaviour``."""

from __future__ import annotations

import argparse
import logging
import signal
import threading

from jiandu.behaviour import streaming
from jiandu.clock import parse_as_of


def main() -> None:
    """Run the streaming query; TERM and Ctrl-C end it, the next start goes on where it stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", help="a fixed instant of the clock (the demo's day); default: the present of each batch")
    chosen = parser.parse_args()
    if chosen.as_of:
        parse_as_of(chosen.as_of)  # a bad instant is refused before anything starts
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)  # it repeats every failed connection; the heartbeat says what it waits for
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: stop.set())
    streaming.run(chosen.as_of, stop)


if __name__ == "__main__":
    main()
