"""Readers of what agencies deliver: each turns one delivery into ``RawRows``, text under the delivered names."""

from __future__ import annotations

from jiandu.source.rows import RawRow, RawRows

__all__ = ["RawRow", "RawRows"]
