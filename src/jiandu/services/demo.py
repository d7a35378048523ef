"""Programs of the demo: the receivers of alerts, the change-stream reader, the reader of public posts, and the public test site that is crawled."""

from __future__ import annotations

from jiandu.services import places
from jiandu.services.reachable import answers
from jiandu.services.service import Program, Service
from jiandu.settings import ROOT, Settings


def _python(name: str, *arguments: str) -> list[Program]:
    return [Program(name, [str(places.python()), "-m", *arguments], folder=ROOT)]


def _listening(config: Settings, *names: str) -> str:
    closed = [f"{config.port(name)} ({name})" for name in names if not answers(config.port(name))]
    return f"nothing listens on {', '.join(closed)}" if closed else ""


def _reading() -> str:
    """What the streaming query still waits for, by its heartbeat."""
    from jiandu.stream import beat

    told = beat.read("behaviour")
    if told is None or not told.alive:
        return "no heartbeat yet"
    return "" if told.state == "reading" else told.problem or told.state


RECEIVERS = Service(
    "receivers", "Alert receivers", lambda config: _python("receivers", "jiandu.alert.receivers"), lambda config: _listening(config, "webhook", "smtp"),
    ports=("webhook", "smtp"), address="http://127.0.0.1:{webhook}", patience=240, demo=True,
)
STREAM = Service(
    # It has no listener of its own: that it stays up is what the supervisor sees; `jiandu stream status` tells how far it has read.
    # The demo's time stands still: what the stream loads is as of the demo's day, like everything else there.
    "stream", "Change stream", lambda config: _python("stream", "jiandu", "--as-of", config.demo_as_of, "stream", "run"), lambda config: "",
    needs=("postgres", "kafka", "connect"), patience=240, demo=True,
)
LIVE = Service(
    # Two processes: a relay that hangs or a burst of notices must not hold up the reading of posts, nor the other way round.
    "live", "Public posts",
    lambda config: [
        *_python("live", "jiandu", "--as-of", config.demo_as_of, "live", "run"),
        *_python("live-alerts", "jiandu", "--as-of", config.demo_as_of, "live", "alerts"),
    ],
    lambda config: "", needs=("postgres", "kafka"), patience=240, demo=True,
)
BEHAVIOUR = Service(
    # The streaming query itself runs in the one Spark server; this program starts it, follows it and starts it again.
    "behaviour", "Behaviour stream",
    lambda config: [Program("behaviour", [str(places.python()), str(ROOT / "spark_jobs" / "live.py"), "--as-of", config.demo_as_of], folder=ROOT)],
    lambda config: _reading(), needs=("postgres", "kafka", "spark"), patience=240, demo=True,
)
TAKEAWAY = Service(
    "takeaway", "Takeaway test platforms", lambda config: _python("takeaway", "jiandu.demo.takeaway.server"),
    lambda config: _listening(config, "takeaway", "takeaway_api"), ports=("takeaway", "takeaway_api"), address="http://127.0.0.1:{takeaway}", patience=240,
    demo=True,
)
FORUM = Service(
    "forum", "Test forum", lambda config: _python("forum", "jiandu.demo.forum.server"), lambda config: _listening(config, "forum"),
    ports=("forum",), address="http://127.0.0.1:{forum}", patience=240, demo=True,
)
SITE = Service(
    "site", "Public test site", lambda config: _python("site", "jiandu.demo.site"), lambda config: _listening(config, "site"),
    ports=("site",), address="http://127.0.0.1:{site}", patience=240, demo=True,
)
