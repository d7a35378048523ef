"""An alert: a clue on its way to a person. Written in the transaction that changes the clue, grouped, delivered at least once.

A message holds clue number, severity, line and a link; facts and names stay on the desk. ``deliver(as_of)`` sends what waits.
"""

from __future__ import annotations

from jiandu.alert.delivery import DeliverSummary, deliver

__all__ = ["DeliverSummary", "deliver"]
