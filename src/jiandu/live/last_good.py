"""The lexicons that found something last, for a process that starts while an edit of them is broken."""

from __future__ import annotations

import json
import logging

from sqlalchemy import select

from jiandu import keywords, ops
from jiandu.errors import ServiceUnavailable
from jiandu.keywords.library import Lexicons
from jiandu.ops.tables import live_lexicon

log = logging.getLogger(__name__)


def lexicons() -> Lexicons | None:
    """The newest version that the store keeps (see ``judge.Judge.content``); ``None`` where there is none or the store does not answer."""
    newest = select(live_lexicon.c.content).order_by(live_lexicon.c.first_used_at.desc(), live_lexicon.c.version).limit(1)
    try:
        with ops.transaction() as connection:
            content = connection.scalar(newest)
    except ServiceUnavailable as error:
        log.warning("no earlier lexicons: %s", error)
        return None
    return keywords.restored(json.loads(content)["lexicons"]) if content else None
