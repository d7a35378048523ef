"""What a dead letter of the live reader holds of the message it is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jiandu.live.letters import SHOWN_BYTES, letter
from jiandu.live.post import TOPIC, Post, PostRefused, decode, encode
from tests.live.conftest import post


def refused(value: bytes) -> PostRefused:
    with pytest.raises(PostRefused) as caught:
        decode(value)
    return caught.value


@pytest.mark.parametrize(("made", "reason", "kept"), [(post(1, account="张三丰"), "account", 0), (post(2, "长" * 20_001), "huge", SHOWN_BYTES)])
def test_a_letter_keeps_the_beginning_but_never_a_name(made: Post, reason: str, kept: int) -> None:
    value = encode(made)
    record: Any = SimpleNamespace(topic=TOPIC, partition=0, offset=7, key=made.key.encode(), value=value, timestamp=0)
    told = letter(record, refused(value))
    assert told.what.startswith(f"{reason}: ")
    assert len(told.message.value or b"") == kept
    assert "张三丰" not in told.packed().decode()
    assert told.message.key == made.key.encode(), "whoever sent it can find it"
