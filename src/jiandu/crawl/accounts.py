"""Accounts of public platforms as keyed hashes: made where the page is read, so that a name never travels (未成年人网络保护条例 36, 个人信息保护法 6)."""

from __future__ import annotations

from jiandu.collision.identity import hash_key, subject_id_hash

DIGITS = 32


def account_hash(platform: str, name: str) -> str:
    """The account ``name`` of a platform: HMAC-SHA256 with the store's key, first 32 hex characters. Equal for equal names of one platform."""
    return subject_id_hash(f"{platform}:{name.strip()}", hash_key())[:DIGITS]
