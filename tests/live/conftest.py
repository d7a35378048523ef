"""Posts of a test's own, judged by two small lexicons, on a topic of its own."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jiandu import content, keywords
from jiandu.live.door import Scored
from jiandu.live.judge import Judge
from jiandu.live.post import Post

AS_OF = datetime(2026, 11, 20, 8, tzinfo=UTC)
LURE = "学生看过来，闲置的手机卡高价回收，办好当天结算"
LEXICON = """\
title: 引诱未成年人买卖电话卡
description: Two terms for tests.
purpose: prevent_card_crime
category: phone_card
legal_basis:
  - {law: 反电信网络诈骗法, article: 第三十一条, from: 2022-12-01, says: 不得非法买卖、出租、出借电话卡}
terms:
  - {term: 手机卡高价回收, weight: 4}
  - {term: 带人办卡, weight: 9}
cases_as_of: 2026-11-20
cases:
  - {text: 手机卡高价回收, hits: [手机卡高价回收]}
  - {text: 带人办卡, hits: [带人办卡]}
  - {text: 今天天气不错, hits: []}
"""
CRIES = """\
title: 自伤、自杀的求助
description: One term for tests.
purpose: prevent_self_harm
category: self_harm
legal_basis:
  - {law: 未成年人保护法, article: 第十一条, from: 2021-06-01, says: 发现不利于未成年人身心健康的情形，有权劝阻、制止或者报告}
terms:
  - {term: 不想活了, weight: 2}
cases_as_of: 2026-11-20
cases:
  - {text: 不想活了, hits: [不想活了]}
  - {text: 今天天气不错, hits: []}
"""
CRY = "没有人愿意听我说话，我初二，真的不想活了"


def account(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def post(number: int, text: str = LURE, who: str = "甲", **more: Any) -> Post:
    made: dict[str, Any] = {
        "platform": "forum", "post_id": str(number), "thread_id": f"t{number}", "board": "云江市青澜区闲聊", "account": account(who), "text": text, "title": "",
        "url": f"http://127.0.0.1/{number}", "posted_at": AS_OF - timedelta(minutes=30), "seen_at": AS_OF - timedelta(minutes=20), "deleted": False,
    }
    return Post(**(made | more))


@pytest.fixture(scope="session")
def lexicons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two lexicons, and the product's shared signs."""
    folder = tmp_path_factory.mktemp("lexicons")
    (folder / "cards.yml").write_text(LEXICON)
    (folder / "cries.yml").write_text(CRIES)
    for shared in content.folders("lexicons")[0].glob("_*.yml"):
        shutil.copy(shared, folder)
    return folder


@pytest.fixture(scope="session")
def judge(lexicons: Path) -> Judge:
    return Judge.now(keywords.Scorer(keywords.load([lexicons])))


@pytest.fixture
def scored(judge: Judge) -> Callable[..., list[Scored]]:
    def score(*posts: Post) -> list[Scored]:
        return [Scored(one, judge.scorer.score(one.words), f"jiandu.posts:0:{number}") for number, one in enumerate(posts)]

    return score
