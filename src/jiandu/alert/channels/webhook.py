"""Posts an alert as JSON to the province's own messaging gateway, signed, with an idempotency key."""

from __future__ import annotations

import json

import httpx

from jiandu.alert.channels import SendFailed
from jiandu.alert.message import Message
from jiandu.alert.office import Office
from jiandu.alert.signing import SIGNATURE_HEADER, signature
from jiandu.settings import settings

TIMEOUT_S = 10.0
KEY_HEADER = "Idempotency-Key"


class Channel:
    """HTTP POST; any 2xx answer means taken."""

    name = "webhook"

    def __init__(self) -> None:
        # One client a run: each new one costs a TLS context. No proxy from the environment: the gateway is on the work network.
        self.client = httpx.Client(timeout=TIMEOUT_S, trust_env=False)

    def address(self, office: Office) -> str:
        """The gateway knows offices by their id."""
        return office.office_id

    def send(self, message: Message) -> None:
        """Post the message. Raises ``SendFailed`` for no answer or an answer other than 2xx."""
        url = settings().webhook_url or f"http://127.0.0.1:{settings().port('webhook')}/alerts"
        body = json.dumps(message.as_json(), ensure_ascii=False, sort_keys=True).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", KEY_HEADER: message.key, SIGNATURE_HEADER: signature(body)}
        try:
            response = self.client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise SendFailed(f"{url}: {type(error).__name__}: {error}") from error
        if not response.is_success:
            raise SendFailed(f"{url}: HTTP {response.status_code}")
