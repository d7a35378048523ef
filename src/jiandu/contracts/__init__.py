"""Contracts: what each agency delivers, and the promises silver makes about it."""

from __future__ import annotations

from jiandu.contracts.loading import lint, load, load_all
from jiandu.contracts.shape import Check, Column, Contract, Delivery

__all__ = ["Check", "Column", "Contract", "Delivery", "lint", "load", "load_all"]
