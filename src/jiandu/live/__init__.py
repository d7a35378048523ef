"""Early warning on public posts: the lean consumer that scores each post at once and is the one writer of live clues (``README.md`` here).

``post`` is what travels on Kafka, ``campaign`` says which posts belong together, ``door`` turns scored posts and behaviour signals into
clues, ``service`` runs it, ``settle`` carries the journal into the lake.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jiandu.live.settlement import Settled

MODEL = "online_risk"
"""Model 16 of the library: the stem of every live clue."""


def settle(as_of: datetime) -> Settled:
    """See ``jiandu.live.settlement.settle``; the reader of posts does without what it imports."""
    from jiandu.live import settlement

    return settlement.settle(as_of)
