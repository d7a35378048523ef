"""The map: closed shapes without gaps or overlaps, the same every time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from jiandu.demo import places
from jiandu.demo.geometry import Points, polygons


def area(ring: Points) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def within(ring: Points, points: Points) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    crossings = np.zeros(len(points), dtype=int)
    for (ax, ay), (bx, by) in pairwise(ring):
        spans = (points[:, 1] >= min(ay, by)) & (points[:, 1] < max(ay, by))
        crossings += spans & (points[:, 0] < ax + (bx - ax) * (points[:, 1] - ay) / (by - ay if by != ay else 1))
    return crossings % 2 == 1


@pytest.fixture(scope="module")
def rings() -> dict[str, Points]:
    return {shape["code"]: np.array(shape["polygon"]) for shape in polygons()}


def test_every_city_and_county_has_a_closed_ring(rings: dict[str, Points]) -> None:
    assert set(rings) == set(places.column("code")) | set(places.column("city_code"))
    for code, ring in rings.items():
        assert (ring[0] == ring[-1]).all(), code
        assert len(ring) > 30, code
        assert area(ring) > 0.1, code


def test_cities_are_exactly_their_counties(rings: dict[str, Points]) -> None:
    for city in set(places.column("city_code")):
        parts = sum(area(rings[county.code]) for county in places.counties() if county.city_code == city)
        assert area(rings[city]) == pytest.approx(parts, rel=1e-9)


def test_no_gap_and_no_overlap(rings: dict[str, Points]) -> None:
    points = np.random.default_rng(4).uniform([101, 26], [106.5, 30.5], (4000, 2))
    cities = np.sum([within(rings[code], points) for code in set(places.column("city_code"))], axis=0)
    counties = np.sum([within(rings[code], points) for code in places.column("code")], axis=0)
    assert set(cities) == {0, 1}
    assert (cities == counties).all()
    assert 0.3 < cities.mean() < 0.8
