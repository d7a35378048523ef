"""From the forum to the clues, as the demo does it: every campaign is one graded clue with its posts, no decoy is any, a repeat doubles nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from jiandu import ops
from jiandu.clock import parse_as_of
from jiandu.crawl import reported
from jiandu.crawl.expiry import expire_pages
from jiandu.demo import score
from jiandu.demo.forum import folder, reports, run, server, switch_file, truth
from jiandu.demo.forum import switch as switches
from jiandu.demo.forum.stories import TRUTHS
from jiandu.demo.forum.world import build
from jiandu.demo.plants.stage import Answer
from jiandu.evidence import site_folder
from jiandu.evidence.chain import read
from jiandu.evidence.verify import verify
from jiandu.ingest import ingest
from jiandu.live import service
from jiandu.live.catching_up import wait_until_read
from jiandu.live.post import TOPIC
from jiandu.ops.tables import clue, live_change, live_post, outbox
from jiandu.settings import Settings, settings
from jiandu.stream import broker

AS_OF = parse_as_of(Settings().demo_as_of)
SEED = 7
FOUND = {story.name for story in TRUTHS}


@pytest.fixture
def town(fresh_lake: Settings, kafka: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Answer]]:
    """A small forum is up and the live reader runs, its clock standing at the demo's instant; the rows of the answer key."""
    forget(TOPIC)
    for name, value in {"THREADS": 30, "RATE": 4000.0, "POSTS": 400, "HITS": 0.05}.items():
        monkeypatch.setattr(run, name, value)
    key = run.prepare(SEED, AS_OF, folder())
    switches.write(switch_file(), replace(switches.read(switch_file()), trouble=False))
    site = server.server(0, switch_file(), folder() / "access.jsonl")
    stop = threading.Event()
    running = [threading.Thread(target=site.serve_forever, daemon=True), threading.Thread(target=service.run, args=(lambda: AS_OF, False, stop), daemon=True)]
    for thread in running:
        thread.start()
    monkeypatch.setenv("JIANDU_FORUM_SITE", f"http://127.0.0.1:{site.server_port}")
    settings.cache_clear()
    yield key
    stop.set()
    running[1].join(30)
    site.shutdown()
    site.server_close()


def forget(topic: str) -> None:
    """Empty a topic: other tests of the session crawl the same forum, with other posts under the same numbers."""
    admin, reader = broker.admin(), broker.consumer(None)
    broker.ensure_topic(admin, topic, {})
    admin.delete_records(reader.end_offsets(broker.partitions_of(reader, topic)))
    admin.close()
    reader.close()


def test_every_campaign_is_one_clue_and_no_decoy_fires(town: list[Answer]) -> None:
    said = run.watch(AS_OF, lambda phase: None)
    assert "7 live clues" in said
    key = [score.Planted(one.model, one.finding, one.kind, one.variety, one.anchor) for one in town]
    [scored] = score.by_model(key, score.standing())
    assert scored.clean, score.faults(key, score.standing())
    assert (scored.name, scored.truths, scored.decoys) == (truth.MODEL, 7, 10)
    report(AS_OF)
    [scored] = score.by_model(key, score.standing())
    assert scored.clean, score.faults(key, score.standing())
    before = counted()
    run.watch(AS_OF, lambda phase: None)
    report(AS_OF)
    assert counted() == before
    gone = expire_pages(AS_OF + timedelta(hours=73))
    assert gone[run.SPIDER] > 20
    assert verify(run.SPIDER).problems == []
    left = {link.url.rpartition("/")[2] for link in read(site_folder(run.SPIDER)) if link.kind == "response"}
    left -= {link.url.rpartition("/")[2] for link in read(site_folder(run.SPIDER)) if link.kind == "expired"}
    lures = {thread.thread_id for thread in build(SEED, AS_OF, 30).threads.values() if any(post.story in FOUND for post in thread.posts)}
    assert left == {"robots.txt", *lures}, "what led to nothing is erased three days later, its decoys too"


def report(as_of: datetime) -> None:
    """What was reported about two of the campaigns arrives as files and joins their clues."""
    reports.write(SEED, as_of, settings().landing_root)
    for contract in (reports.HOTLINE, reports.PLATFORM, reports.TELECOM):
        [result] = ingest(contract, None, as_of)
        assert result.quarantined == 0, result.reason
    sent = reported.send(as_of)
    assert sent in ({reports.HOTLINE: 4, reports.PLATFORM: 3}, {reports.HOTLINE: 0, reports.PLATFORM: 0})
    wait_until_read()
    with ops.transaction() as connection:
        keys = {row.post_key for row in connection.execute(select(live_post.c.post_key))}
    assert set(reports.STORY_REPORTS) <= keys
    assert not {key for key in keys if key.startswith((reports.HOTLINE, reports.PLATFORM))} - set(reports.STORY_REPORTS)


def counted() -> dict[str, int]:
    """Everything a repeat could double."""
    with ops.transaction() as connection:
        return {table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one()) for table in (clue, live_post, live_change, outbox)}
