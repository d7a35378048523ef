"""The signature on posted alerts: HMAC-SHA256 of the body under a key both sides hold."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets

from jiandu.settings import settings

SIGNATURE_HEADER = "X-Jiandu-Signature"


def secret() -> bytes:
    """The signing key: the setting, else one made once for this home with mode 0600."""
    if settings().webhook_secret:
        return settings().webhook_secret.encode()
    path = settings().home.resolve() / "webhook.secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"webhook.secret.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        # Written whole, then linked: of two processes starting together one wins and both read the same key.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def signature(body: bytes) -> str:
    """Value of the signature header for ``body``."""
    return "sha256=" + hmac.new(secret(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, claimed: str) -> bool:
    """Whether ``claimed`` is the signature of ``body``, compared in constant time."""
    return hmac.compare_digest(signature(body), claimed)
