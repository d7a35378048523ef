"""Licences in pictures: every printed field with its box and confidence, and nothing that is doubtful in the place of a fact."""

from __future__ import annotations

from jiandu.licence.reading import FieldReading, Reading, read_licence

__all__ = ["FieldReading", "Reading", "read_licence"]
