"""The test forum on loopback for tests of crawling, and what the spider sent from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jiandu import clock
from jiandu.demo.forum import switch as switches
from jiandu.demo.forum.posts import Forum, Written
from jiandu.live.post import TOPIC, Post, decode
from jiandu.stream import broker

AS_OF = datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)


@dataclass
class Town:
    """The forum: its home, its switch, its world as the site shows it."""

    home: Path
    world: Forum

    @property
    def switch_file(self) -> Path:
        return self.home / "switch.json"

    def set(self, **changes: Any) -> None:
        """Turn the switch."""
        switches.write(self.switch_file, replace(switches.read(self.switch_file), **changes))

    def requests(self) -> list[dict[str, Any]]:
        """What the crawler asked for."""
        return [json.loads(line) for line in (self.home / "access.jsonl").read_text("utf-8").splitlines()]

    def shown(self, at: datetime) -> dict[str, Written]:
        """Posts that stand there at an instant and are young enough to be looked at."""
        posts = (post for thread in self.world.threads.values() for post in thread.there(at))
        return {post.post_id: post for post in posts if not (post.removed and post.removed <= at) and post.at >= at - timedelta(hours=72)}


@contextmanager
def hearing() -> Iterator[list[Post]]:
    """The posts that reach the topic while the block runs, to be read when it has ended."""
    client = broker.consumer(None)
    admin = broker.admin()
    broker.ensure_topic(admin, TOPIC, {})
    admin.close()
    before = client.end_offsets(broker.partitions_of(client, TOPIC))
    heard: list[Post] = []
    yield heard
    for partition, end in client.end_offsets(list(before)).items():
        heard.extend(decode(message.value) for message in broker.messages_between(client, partition, before[partition], end))
    client.close()
