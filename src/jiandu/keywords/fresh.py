"""A scorer that follows its lexicons: an edit takes effect while a service runs, a broken edit keeps the last good version."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jiandu.errors import ContentError, Problem
from jiandu.keywords.library import Lexicons, files, load
from jiandu.keywords.scorer import Scorer

log = logging.getLogger(__name__)


class Fresh:
    """Looks at the files' sizes and times at most every ``every_seconds``; ``problems`` says what keeps an edit from taking effect.

    ``kept`` gives the last good version from elsewhere, if there was one: a process that starts while an edit is broken goes on with it.
    Raises ``ContentError`` at the beginning, when there is no good version yet.
    """

    def __init__(
        self, folders: Sequence[Path] | None = None, every_seconds: float = 10.0, clock: Callable[[], float] = time.monotonic,
        kept: Callable[[], Lexicons | None] = lambda: None,
    ) -> None:
        self._folders, self._every, self._clock = folders, every_seconds, clock
        self.problems: list[Problem] = []
        self._seen, self._looked = self._state(), clock()
        try:
            self._scorer = Scorer(load(folders))
        except ContentError as error:
            lexicons = kept()
            if lexicons is None:
                raise
            self._scorer = Scorer(lexicons)
            self._keep(error.problems)

    @property
    def scorer(self) -> Scorer:
        """The scorer of the newest good version."""
        now = self._clock()
        if now - self._looked >= self._every:
            self._looked = now
            self._look()
        return self._scorer

    def _look(self) -> None:
        try:
            state = self._state()
            if state == self._seen:
                return
            self._seen = state
            lexicons = load(self._folders)
        except ContentError as error:
            self._keep(error.problems)
        except OSError as error:  # a file that is being replaced, or went between listing and reading: the next look sees the rest
            self._seen = ()
            self._keep([Problem(str(error.filename), f"cannot be read: {error.strerror}", "check the file")])
        else:
            self.problems = []
            if lexicons.version != self._scorer.version:
                self._scorer = Scorer(lexicons)
                log.info("lexicons %s in force", lexicons.version[:12])

    def _keep(self, problems: list[Problem]) -> None:
        if problems != self.problems:
            log.warning("lexicons %s stay in force: %s", self._scorer.version[:12], "; ".join(map(str, problems)))
        self.problems = problems

    def _state(self) -> tuple[tuple[str, int, int], ...]:
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path in files(self._folders) for stat in (path.stat(),))
