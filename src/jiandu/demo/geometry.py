"""Polygons of the fictional province for its map: an invented outline, cut into cities and counties by nearest centres, with rough borders.

Everything follows from fixed numbers, so the map is the same in every province generated. Longitude and latitude only place the shape
somewhere on a screen; it covers no claim about real land.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jiandu.demo import places

Points = npt.NDArray[np.float64]
Edge = tuple[tuple[float, float], tuple[float, float]]

CENTRE, RADII = np.array([103.6, 28.1]), np.array([2.3, 1.75])
WAVES = [(2, 0.14, 0.4), (3, 0.11, 1.9), (5, 0.075, 4.0), (7, 0.045, 0.8), (11, 0.03, 2.2), (17, 0.015, 5.0)]
"""Frequency, amplitude and phase of the bumps of the outline."""
ROUNDING = 5
"""Decimal places of a coordinate, about a metre."""
NEAR = 2e-4
"""Corners closer than this are one corner."""


@cache
def polygons() -> list[dict[str, Any]]:
    """Cities and counties as ``{code, name, level, city_code, polygon}``; a polygon is a closed ring of [longitude, latitude], anticlockwise."""
    counties = places.counties()
    cities = {county.city_code: county.city_name for county in counties}
    members = {code: [county for county in counties if county.city_code == code] for code in cities}
    rings: dict[str, Points] = {}
    for code, ring in zip(cities, cut(outline(), len(cities), 3), strict=True):
        rings |= {county.code: part for county, part in zip(members[code], cut(ring, len(members[code]), int(code) % 97), strict=True)}
    rings = snapped(rings)
    corners = np.unique(np.concatenate(list(rings.values())), axis=0)
    shared = {code: with_neighbours(ring, corners) for code, ring in rings.items()}
    rough = {code: [leg for edge in edges(ring) for leg in roughened(edge)] for code, ring in shared.items()}
    found = [
        {"code": code, "name": name, "level": "city", "city_code": code, "polygon": ring_of(border([rough[county.code] for county in members[code]]))}
        for code, name in cities.items()
    ]
    found += [
        {"code": county.code, "name": county.name, "level": "county", "city_code": county.city_code, "polygon": ring_of(rough[county.code])}
        for county in counties
    ]
    return found


def outline() -> Points:
    """The outline of the province as an open ring."""
    angle = np.linspace(0, 2 * np.pi, 150, endpoint=False)
    radius = 1 + np.sum([height * np.sin(times * angle + phase) for times, height, phase in WAVES], axis=0)
    ring: Points = CENTRE + RADII * radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(np.round(ring, ROUNDING))


def cut(ring: Points, parts: int, seed: int) -> list[Points]:
    """The ring cut into parts of about equal size: each part is nearer to its own centre than to any other."""
    inside = grid_within(ring)
    centres = inside[np.random.default_rng(seed).choice(len(inside), parts, replace=False)]
    for _ in range(25):  # Lloyd's relaxation
        nearest = ((inside[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.array([inside[nearest == part].mean(axis=0) for part in range(parts)])
    order = np.lexsort((centres[:, 0], -centres[:, 1]))
    centres = centres[order]
    return [cell(ring, centres, part) for part in range(parts)]


def cell(ring: Points, centres: Points, part: int) -> Points:
    """The points of the ring that are nearest to one centre."""
    for other in np.delete(centres, part, axis=0):
        normal = other - centres[part]
        ring = half(ring, normal, float(normal @ (other + centres[part]) / 2))
    return np.round(ring, ROUNDING)


def half(ring: Points, normal: Points, limit: float) -> Points:
    """The part of a ring where ``normal · point ≤ limit`` (Sutherland and Hodgman)."""
    kept: list[Points] = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        from_inside, to_inside = normal @ start <= limit, normal @ end <= limit
        if from_inside:
            kept.append(start)
        if from_inside != to_inside:
            kept.append(start + (end - start) * ((limit - normal @ start) / (normal @ (end - start))))
    return np.array(kept)


def grid_within(ring: Points) -> Points:
    """Points of a grid that lie inside a ring."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    x, y = np.meshgrid(*(np.linspace(a, b, 70) for a, b in zip(low, high, strict=True)))
    points = np.column_stack([x.ravel(), y.ravel()])
    crossings = np.zeros(len(points), dtype=int)
    for (ax, ay), (bx, by) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        spans = (points[:, 1] >= min(ay, by)) & (points[:, 1] < max(ay, by))
        crossings += spans & (points[:, 0] < ax + (bx - ax) * (points[:, 1] - ay) / (by - ay if by != ay else 1))
    return np.asarray(points[crossings % 2 == 1])


def snapped(rings: dict[str, Points]) -> dict[str, Points]:
    """The rings with corners that are the same place written the same way."""
    known: list[Points] = []
    made = {}
    for code, ring in rings.items():
        places_of = []
        for corner in ring:
            same = next((other for other in known if abs(other - corner).max() < NEAR), None)
            if same is None:
                known.append(corner)
            places_of.append(corner if same is None else same)
        made[code] = np.array([point for point, before in zip(places_of, places_of[-1:] + places_of[:-1], strict=True) if (point != before).any()])
    return made


def with_neighbours(ring: Points, corners: Points) -> Points:
    """The ring with every corner of a neighbour that touches one of its edges, so that common borders have common points."""
    made: list[Points] = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        along, offset = end - start, corners - start
        length = float(np.hypot(*along))
        share = offset @ along / length**2
        distance = np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) / length
        touching = np.flatnonzero((distance < NEAR) & (share > 0) & (share < 1) & (corners != start).any(axis=1) & (corners != end).any(axis=1))
        made += [start, *(corners[place] for place in touching[np.argsort(share[touching])])]
    return np.array(made)


def edges(ring: Points) -> list[Edge]:
    """The edges of a ring between different points."""
    points = [(float(x), float(y)) for x, y in ring]
    return [(start, end) for start, end in zip(points, points[1:] + points[:1], strict=True) if start != end]


def roughened(edge: Edge, depth: int = 4) -> list[Edge]:
    """An edge as a crooked line; the neighbour's edge, which runs the other way, gets the same line."""
    start, end = edge
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if depth == 0 or length < 0.02:
        return [edge]
    low, high = min(edge), max(edge)
    draw = np.random.default_rng([round(value * 10**ROUNDING) for value in (*low, *high)]).uniform(-0.16, 0.16)
    middle = (
        round((low[0] + high[0]) / 2 - draw * (high[1] - low[1]), ROUNDING), round((low[1] + high[1]) / 2 + draw * (high[0] - low[0]), ROUNDING),
    )
    return roughened((start, middle), depth - 1) + roughened((middle, end), depth - 1)


def border(parts: list[list[Edge]]) -> list[Edge]:
    """The outer border of adjoining parts: edges that two of them share cancel."""
    every = {edge for part in parts for edge in part}
    return [edge for part in parts for edge in part if (edge[1], edge[0]) not in every]


def ring_of(legs: list[Edge]) -> list[list[float]]:
    """Edges joined into the longest closed ring they form."""
    following: defaultdict[tuple[float, float], list[tuple[float, float]]] = defaultdict(list)
    for start, end in legs:
        following[start].append(end)
    longest: list[tuple[float, float]] = []
    while following:
        first = next(iter(following))
        ring, point = [first], first
        while following.get(point):
            after = following[point].pop()
            if not following[point]:
                del following[point]
            point = after
            ring.append(point)
            if point == first:
                break
        longest = max(longest, ring, key=len)
    return [[x, y] for x, y in longest]


def write_polygons(path: Path) -> None:
    """The polygons as JSON."""
    path.write_text(json.dumps(polygons(), ensure_ascii=False) + "\n", "utf-8")
