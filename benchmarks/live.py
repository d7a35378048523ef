"""Public posts while a batch runs: from a post on Kafka to the row in the store and to the webhook, CPU, memory, and the most it can take.

    python benchmarks/live.py [--minutes 5] [--rate 2000] [--share 0.002] [--alone] [--part stream|most]

Services of their own in a temporary home. ``--rate`` posts a second, of which ``--share`` are lures with a contact of their own: each is a
first notice. Meanwhile ``benchmarks/collision.py`` (DuckDB, a million rows) runs again and again on the same cores (``--alone``: it does
not). Row: when another session sees it. Webhook: when the receiver has written it down. Then the most posts a CPU-second: decoding and
scoring alone, and a full topic through the whole reader. All posts are invented.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from jiandu.services.supervisor import Supervisor

CHATTER = [
    "今天食堂的红烧肉不错，下次还来，有人一起吗", "求问明天去云江市青澜区的大巴几点发车",
    "女儿期中考试进步了十名，晚上加个菜", "路口交通又堵了，建议绕行滨河路",
    "出一辆自行车，九成新，自提，价格好商量", "有没有人知道图书馆周末几点关门？作业还没写完……",
    "手机屏幕碎了，附近哪里能修，顺便换个电池", "这周末爬山，集合地点在南门，带好水和帽子",
    "昨晚的球赛太精彩了！最后一分钟绝杀", "楼上半夜装修，物业也不管，大家有什么办法",
    "新开的奶茶店第二杯半价，排队一小时", "谁捡到一串钥匙，上面有个蓝色小熊，请联系失物招领",
]
LURE = "高价收电话卡，学生也可以，办好日结，加微信 k{number:0>7}x"
GROUND = 20_000
ENGINES = ["postgres", "kafka"]


def post(number: int, text: str) -> bytes:
    from jiandu.live.post import Post, encode

    now = datetime.now(UTC)
    account, url = hashlib.sha256(str(number % GROUND).encode()).hexdigest()[:32], f"http://127.0.0.1/{number}"
    return encode(Post("firehose", str(number), f"t{number % 997}", "云江市青澜区闲聊", account, text, "", url, now, now, deleted=False))


def texts(share: float, dice: random.Random, start: int = 0) -> Iterator[tuple[int, str, bool]]:
    number = start
    while True:
        number += 1
        is_lure = dice.random() < share
        yield number, LURE.format(number=number) if is_lure else f"{dice.choice(CHATTER)}{number % 89}", is_lure


@contextmanager
def services(home: Path) -> Iterator[None]:
    """PostgreSQL and Kafka of our own, and the receivers of alerts."""
    from jiandu.services import stack
    from jiandu.services.reachable import free
    from jiandu.settings import PORTS, settings

    base = next(base for base in range(33000, 60000, 100) if all(free(base + offset) for offset in PORTS.values()))
    os.environ |= {"JIANDU_HOME": str(home), "JIANDU_PORT_BASE": str(base)}
    settings.cache_clear()
    try:
        stack.up(ENGINES, settings())
        from jiandu import ops

        ops.migrate()
        yield
    finally:
        stack.down(settings())


def started(is_alone: bool) -> Supervisor:
    """Reader and sender under the supervisor of the services, as they always run; beside them the batch, as nice as a task of the scheduler.

    One session for all: Linux shares the processors among sessions first and heeds niceness only within one (sched(7), autogroup).
    """
    from jiandu.services import catalog
    from jiandu.services.service import BATCH, Program
    from jiandu.services.supervisor import Supervisor
    from jiandu.settings import settings

    def module(name: str, *words: str) -> Program:
        return Program(name, [sys.executable, "-m", *words])

    own = [module("receivers", "jiandu.alert.receivers"), module("live", "jiandu", "live", "run"), module("live-alerts", "jiandu", "live", "alerts")]
    if not is_alone:
        # The supervisor starts it again whenever it is through.
        collision = [sys.executable, str(Path(__file__).with_name("collision.py").resolve()), "--engine", "duckdb", "1000000"]
        own.append(Program("batch", collision, {"TMPDIR": str(settings().home)}, nice=BATCH))
    supervisor = Supervisor(settings())
    supervisor.configure([*catalog.programs(ENGINES, settings()), *((90, program) for program in own)])
    supervisor.reload()
    for program in own:
        supervisor.launch(program.name)
    return supervisor


class Seen(threading.Thread):
    """When another session sees each post with a finding."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.at: dict[str, float] = {}
        self.clue: dict[str, str] = {}
        self.over = False

    def run(self) -> None:
        import psycopg

        from jiandu import ops

        last = 0
        with psycopg.connect(ops.dsn().replace("+psycopg", ""), autocommit=True) as store:
            store.execute("LISTEN jiandu_outbox")
            while not self.over:
                for _ in store.notifies(timeout=0.2, stop_after=1):
                    pass
                for number, key, clue in store.execute("SELECT hit_id, post_key, clue_id FROM ops.live_post WHERE hit_id > %s ORDER BY 1", [last]):
                    last = number
                    self.at[key], self.clue[clue] = time.time(), key


def shown(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    if not ordered:
        print(f"{name}: nothing arrived")
        return
    at = [1000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)] for part in (0.5, 0.95, 0.99, 1)]
    print(f"{name}: {len(ordered)} first notices, p50 {at[0]:.0f} ms, p95 {at[1]:.0f} ms, p99 {at[2]:.0f} ms, most {at[3]:.0f} ms")


def stream(home: Path, minutes: float, rate: int, share: float, is_alone: bool) -> None:
    """The latencies under load."""
    from jiandu.live.post import TOPIC
    from jiandu.services import catalog
    from jiandu.settings import settings
    from jiandu.stream import broker

    supervisor = started(is_alone)
    reader, sender = (psutil.Process(supervisor.states()[name]["pid"]) for name in ("live", "live-alerts"))
    beat = home / "stream" / "live-posts.json"
    while not (beat.exists() and json.loads(beat.read_text())["state"] == "reading"):
        time.sleep(0.2)
    seen = Seen()
    seen.start()
    producer, sent, dice = broker.producer(), dict[str, float](), random.Random(7)
    source = texts(share, dice)
    try:
        warm(producer, source, seen)
        before = [one.cpu_times() for one in (reader, sender)]
        began, count, most = time.time(), 0, [0, 0]
        while (now := time.time()) < began + 60 * minutes:
            due = int((now - began) * rate) - count
            for number, text, is_lure in (next(source) for _ in range(due)):
                if is_lure:
                    sent[f"firehose:{number}"] = time.time()
                producer.send(TOPIC, post(number, text))
            count += due
            if count % 50 == 0:
                most = [max(old, one.memory_info().rss) for old, one in zip(most, (reader, sender), strict=True)]
            time.sleep(0.005)
        took = time.time() - began
        producer.flush()
        time.sleep(10)
        spent = [sum(one.cpu_times()[:2]) - sum(old[:2]) for one, old in zip((reader, sender), before, strict=True)]
        most = [max(old, one.memory_info().rss) for old, one in zip(most, (reader, sender), strict=True)]
        company = "alone" if is_alone else "beside a batch collision on the same cores"
        print(f"{count:,} posts in {took:.0f} s ({count / took:,.0f}/s), {len(sent)} lures, {company}")
        shown("(a) row in the store", [seen.at[key] - at for key, at in sent.items() if key in seen.at])
        hooks = received(home, seen)
        shown("(b) webhook received", [hooks[key] - at for key, at in sent.items() if key in hooks])
        print(f"not in the store: {len(sent.keys() - seen.at.keys())}, no webhook: {len(sent.keys() - hooks.keys())}")
        for name, cpu, memory in zip(("reader", "sender"), spent, most, strict=True):
            print(f"{name}: {cpu / took:.2f} core, {memory / 2**20:.0f} MB")
    finally:
        seen.over = True
        seen.join()
        supervisor.configure(catalog.programs(ENGINES, settings()))
        supervisor.reload()


def warm(producer: Any, source: Iterator[tuple[int, str, bool]], seen: Seen) -> None:
    """One lure through everything: imports, first statements, first connection."""
    from jiandu.live.post import TOPIC

    producer.send(TOPIC, post(0, LURE.format(number="warm"))).get(30)
    until = time.time() + 30
    while not seen.at and time.time() < until:
        time.sleep(0.1)
    time.sleep(3)


def received(home: Path, seen: Seen) -> dict[str, float]:
    """Post key → when the receiver had written down the first notice of its clue."""
    found: dict[str, float] = {}
    for file in (home / "received" / "webhook").iterdir():
        if not file.name.startswith("."):
            for clue in json.loads(file.read_bytes())["clues"]:
                key = seen.clue.get(clue["clue_id"])
                if key is not None:
                    found[key] = min(found.get(key, float("inf")), file.stat().st_mtime_ns / 1e9)
    return found


def most(home: Path, share: float) -> None:
    """Posts a CPU-second: decoding and scoring, then a full topic through the whole reader."""
    from jiandu import keywords
    from jiandu.live.post import TOPIC, decode
    from jiandu.stream import broker

    source = texts(share, random.Random(11), 10_000_000)
    values = [post(number, text) for number, text, _ in (next(source) for _ in range(100_000))]
    scorer = keywords.Scorer(keywords.load())
    began = time.process_time()
    batches = (values[start:start + 500] for start in range(0, len(values), 500))
    found = sum(score.level > 0 for batch in batches for score in scorer.score_many([decode(one).words for one in batch]))
    spent = time.process_time() - began
    print(f"decode and score: {len(values) / spent:,.0f} posts a CPU-second ({found} with a finding, {sum(map(len, values)) / len(values):.0f} bytes a post)")
    once = [sys.executable, "-m", "jiandu", "live", "run", "--once"]
    empty = cpu_of(once, home)
    producer = broker.producer()
    for value in values:
        producer.send(TOPIC, value)
    producer.flush()
    began_at = time.time()
    spent, wall = cpu_of(once, home) - empty, time.time() - began_at
    print(f"whole reader: {len(values) / spent:,.0f} posts a CPU-second ({spent:.1f} s without its start, {wall:.1f} s by the clock, start included)")


def cpu_of(command: list[str], home: Path) -> float:
    """CPU seconds of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (home / "once.log").open("ab") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--share", type=float, default=0.002)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--part", choices=["stream", "most"], help="only the latencies, or only the most posts a CPU-second")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="jiandu-live-"))
    home.chmod(0o711)
    try:
        with services(home):
            if options.part != "most":
                stream(home, options.minutes, options.rate, options.share, options.alone)
            if options.part != "stream":
                most(home, options.share)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
