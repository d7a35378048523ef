"""The other side of both channels, for the demo and the tests: a real webhook gateway and a real mail relay on loopback.

``python -m jiandu.alert.receivers`` serves until it is told to stop. Each message is stored once per idempotency key under
``<home>/received``; ``GET /received`` lists the posts, ``GET /mails`` the mails. In production both are the province's own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import tempfile
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from jiandu.alert.channels.webhook import KEY_HEADER
from jiandu.alert.signing import SIGNATURE_HEADER, is_signed
from jiandu.errors import Problem, ServiceUnavailable
from jiandu.settings import settings

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_BODY = 1_000_000


class Shelf:
    """Messages by key, one file each, durable before they are acknowledged; the same key twice is stored once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, body: bytes) -> bool:
        """Store ``body`` under ``key``; whether it was new."""
        place = self.folder / hashlib.sha256(key.encode()).hexdigest()
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".") as draft:
            draft.write(body)
            draft.flush()
            os.fsync(draft.fileno())
            try:
                os.link(draft.name, place)
            except FileExistsError:
                return False
        return True

    def bodies(self) -> list[bytes]:
        """Everything stored, oldest first."""
        places = [place for place in self.folder.iterdir() if not place.name.startswith(".")]
        return [place.read_bytes() for place in sorted(places, key=lambda place: (place.stat().st_mtime_ns, place.name))]


def shelf(kind: str) -> Shelf:
    """Where messages of a kind (``webhook``, ``mail``) are kept."""
    return Shelf(settings().home.resolve() / "received" / kind)


class Gateway(BaseHTTPRequestHandler):
    """POST /alerts takes a signed message; GET /received, /mails and /health answer what is there."""

    def do_POST(self) -> None:
        """Take one alert."""
        length = int(self.headers.get("Content-Length") or 0)
        key = self.headers.get(KEY_HEADER)
        if self.path != "/alerts":
            return self._answer(404, {"error": "POST /alerts"})
        if not key or not 0 < length <= LARGEST_BODY:
            return self._answer(400, {"error": f"needs {KEY_HEADER} and a body of at most {LARGEST_BODY} bytes"})
        body = self.rfile.read(length)
        if not is_signed(body, self.headers.get(SIGNATURE_HEADER, "")):
            return self._answer(401, {"error": "signature does not match"})
        return self._answer(200, {"is_new": shelf("webhook").put(key, body)})

    def do_GET(self) -> None:
        """List what was taken."""
        if self.path == "/received":
            self._answer(200, [json.loads(body) for body in shelf("webhook").bodies()])
        elif self.path == "/mails":
            self._answer(200, [as_json(body) for body in shelf("mail").bodies()])
        elif self.path == "/health":
            self._answer(200, {"status": "ok"})
        else:
            self._answer(404, {"error": "GET /received, /mails or /health"})

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the shelf is the record."""


class Mailroom:
    """What the mail relay does with a mail: one file a key, or a message id where a mail carries no key."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store one mail; the answer follows only once it is durable."""
        body = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(body, policy=policy.default)
        key = str(mail[KEY_HEADER] or mail["Message-ID"] or hashlib.sha256(body).hexdigest())
        await asyncio.to_thread(shelf("mail").put, key, body)
        return "250 OK"


def as_json(body: bytes) -> dict[str, str]:
    """A stored mail, readable."""
    mail = message_from_bytes(body, policy=policy.default)
    part = mail.get_body(("plain",))
    return {"key": str(mail[KEY_HEADER]), "to": str(mail["To"]), "subject": str(mail["Subject"]), "text": part.get_content() if part else ""}


class Receivers:
    """Both receivers, started and stopped together."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        address = f"127.0.0.1:{settings().port('webhook')} and :{settings().port('smtp')}"
        try:
            self.http = ThreadingHTTPServer(("127.0.0.1", settings().port("webhook")), Gateway)
            self.smtp = Controller(Mailroom(), hostname="127.0.0.1", port=settings().port("smtp"))
            self.smtp.start()
        except OSError as error:
            raise ServiceUnavailable(Problem(address, f"cannot listen: {error.strerror}", "another program uses the port: set JIANDU_PORT_BASE")) from error
        self.thread = threading.Thread(target=self.http.serve_forever, name="webhook", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Close both listeners and wait for what is under way."""
        self.http.shutdown()
        self.http.server_close()
        self.smtp.stop()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    over = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    receivers = Receivers()
    print(f"webhook http://127.0.0.1:{settings().port('webhook')}/alerts, mail 127.0.0.1:{settings().port('smtp')}", flush=True)
    over.wait()
    receivers.stop()


if __name__ == "__main__":
    main()
