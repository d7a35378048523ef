"""Behaviour on public posts: findings a CPU-second that memory takes in, and from a post on Kafka to its signal on Kafka through Spark.

    python benchmarks/behaviour.py [--rate 200] [--seconds 60] [--memory-only]

The second part starts what it needs (Kafka, Spark, the service ``behaviour``) in a temporary home and ends it. At ``--rate`` posts a second one in a
hundred is a lure of one campaign, so every batch changes a signal; measured is the time until the signal that counts a probe post can be
read from ``jiandu.signals``. All posts are invented.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

AS_OF = "2026-11-20T08:00:00+08:00"
LURE = "高价收电话卡，学生优先，当天结算，电话13900000001"


def main() -> None:
    """Run both parts and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--memory-only", action="store_true")
    chosen = parser.parse_args()
    memory()
    if not chosen.memory_only:
        home = Path(tempfile.mkdtemp(prefix="jiandu-behaviour-"))
        home.chmod(0o711)
        os.environ |= {"JIANDU_HOME": str(home), "JIANDU_PORT_BASE": str(random.randrange(22000, 32000, 100)), "JIANDU_SPARK_MEMORY": "1500m"}
        try:
            stream(chosen.rate, chosen.seconds)
        finally:
            from jiandu.services import stack

            stack.down()
            shutil.rmtree(home, ignore_errors=True)


def memory(count: int = 10_000) -> None:
    """Findings into memory in batches of two hundred: a hundred campaigns, two thousand accounts, a day."""
    from jiandu.behaviour.memory import Memory
    from jiandu.behaviour.observation import Observation
    from jiandu.behaviour.rules import rules

    dice, held = random.Random(1), Memory(rules())
    start = datetime.fromisoformat(AS_OF).astimezone(UTC) - timedelta(days=1)
    words = [f"{''.join(dice.choices('收办租卖卡号码店日结详聊学生现金来人可靠', k=30))}" for _ in range(100)]
    posts = [
        Observation(f"p:{n}", "p", f"{dice.randrange(2000):032x}", f"b{n % 40}", f"t{dice.randrange(500)}", start + timedelta(seconds=n * 86400 / count),
                    start, 2, ("phone_card",), (f"phone:{dice.randrange(300)}",), words[dice.randrange(100)] + str(n % 5))
        for n in range(count)
    ]
    cpu, slowest, sent = time.process_time(), 0.0, 0
    for place in range(0, count, 200):
        begun = time.process_time()
        sent += len(held.add(posts[place:place + 200], datetime.fromisoformat(AS_OF)))
        slowest = max(slowest, time.process_time() - begun)
    used = time.process_time() - cpu
    print(f"memory: {count:,} findings in {used:.1f} CPU-s = {count / used:,.0f} a CPU-second; slowest batch of 200 {slowest * 1000:.0f} ms; {sent:,} signals")


def stream(rate: int, seconds: int) -> None:
    """Posts at a rate; every two seconds a probe by an account and with a contact of its own, three times: its third post makes the signal."""
    from jiandu.live.post import TOPIC, Post, encode
    from jiandu.services import stack
    from jiandu.settings import settings
    from jiandu.stream import broker

    settings.cache_clear()
    stack.up(["behaviour"])
    stop, clock = threading.Event(), datetime.fromisoformat(AS_OF) - timedelta(hours=3)

    def post(name: str, text: str, account: int) -> bytes:
        return encode(Post("bench", name, "t", "b", f"{account:032x}", text, "", "http://127.0.0.1/", clock, clock, deleted=False))

    def chatter() -> None:
        producer, number = broker.producer(), 0
        while not stop.wait(0.1):
            for _ in range(rate // 10):
                number += 1
                text = LURE if number % 100 == 0 else f"今天路口交通拥堵，女儿上学第{number}次迟到，{number * 7919}"
                producer.send(TOPIC, value=post(f"c{number}", text, number % 300))
            producer.flush()

    writer = threading.Thread(target=chatter)
    writer.start()
    try:
        waited = sorted(probes(post, seconds))
    finally:
        stop.set()
        writer.join()
    middle, high = waited[len(waited) // 2], waited[int(len(waited) * 0.95)]
    print(f"stream: {rate} posts/s, {len(waited)} probes: post → signal p50 {middle:.2f} s, p95 {high:.2f} s, most {waited[-1]:.2f} s")


def probes(post: object, seconds: int) -> list[float]:
    """Seconds from the third post of a contact to its signal; the first probe warms up and is not counted."""
    from kafka import TopicPartition

    from jiandu.behaviour import TOPIC as SIGNALS
    from jiandu.behaviour import decode
    from jiandu.live.post import TOPIC
    from jiandu.stream import broker

    producer, client, found, end = broker.producer(), broker.consumer(None), list[float](), time.monotonic() + seconds
    client.assign([TopicPartition(SIGNALS, 0)])
    client.seek_to_end()
    number = 0
    while time.monotonic() < end:
        number += 1
        names = [f"probe{number}-{place}" for place in range(3)]
        for name in names:
            producer.send(TOPIC, value=post(name, f"高价收电话卡，电话139{number:08d}", 10_000 + number))  # type: ignore[operator]
        producer.flush()
        sent = time.monotonic()
        while time.monotonic() - sent < 60:
            messages = [message for records in client.poll(timeout_ms=50).values() for message in records]
            if any(f"bench:{names[0]}" in decode(message.value).post_keys for message in messages):
                break
        found.append(time.monotonic() - sent)
        time.sleep(2)
    return found[1:]


if __name__ == "__main__":
    main()
