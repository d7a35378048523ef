"""Keys of the crawl side: an Ed25519 pair made at first use (private key mode 0600), and the public keys the work network trusts.

The public key is carried over once, by hand, into ``<home>/evidence/trusted`` of the receiving side (``jiandu evidence trust KEY``).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jiandu.errors import JianduError
from jiandu.evidence import root


def key() -> Ed25519PrivateKey:
    """The signing key of this side."""
    path = root() / "signing" / "key.pem"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Ed25519PrivateKey.generate()
        part = path.with_suffix(f".{os.getpid()}.part")
        part.touch(mode=0o600)
        part.write_bytes(made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        part.replace(path)
        path.with_name("public.pem").write_bytes(public_text(made.public_key()))
    return _private(path)


def public_text(public: Ed25519PublicKey) -> bytes:
    """A public key as PEM."""
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(public: Ed25519PublicKey) -> str:
    """SHA-256 of a public key, to be read aloud when the key is carried over."""
    return hashlib.sha256(public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)).hexdigest()


def trust(path: Path) -> str:
    """Trust the public key in a file; its fingerprint. Raises ``JianduError`` for a file that holds none."""
    public = _public(path)
    target = root() / "trusted" / f"{fingerprint(public)}.pem"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(public_text(public))
    return fingerprint(public)


def check(signature: bytes, data: bytes, signer: str) -> None:
    """Raise ``JianduError`` unless a trusted key with that fingerprint signed the data."""
    path = next((path for path in (root() / "trusted").glob("*.pem") if path.stem == signer), None)
    if path is None:
        raise JianduError.at("bundle", f"signed by {signer[:16]}…, a key that is not trusted here", "compare its fingerprint, then: jiandu evidence trust KEY")
    try:
        _public(path).verify(signature, data)
    except InvalidSignature as error:
        raise JianduError.at("bundle", "the signature does not hold: the manifest was changed", "have it sent again") from error


def _private(path: Path) -> Ed25519PrivateKey:
    found = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(found, Ed25519PrivateKey):
        raise JianduError.at(str(path), "is not an Ed25519 key", "remove it: a new one is made, and must be trusted anew")
    return found


def _public(path: Path) -> Ed25519PublicKey:
    try:
        found = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise JianduError.at(str(path), f"holds no public key ({error})", "give the public.pem of the crawl side") from error
    if not isinstance(found, Ed25519PublicKey):
        raise JianduError.at(str(path), "is not an Ed25519 key", "give the public.pem of the crawl side")
    return found
