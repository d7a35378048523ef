"""Outlines of divisions for the maps: the fictional province's own, and a tile map for divisions nobody drew."""

from __future__ import annotations

SIDE = 0.2
"""Side of a tile in degrees."""

ACROSS = 3
"""Cities side by side on the tile map."""


def outlines(codes: list[str]) -> dict[str, list[list[float]]]:
    """A closed ring of [longitude, latitude] points for each code. Drawn outlines are used as they are; if any code has none, all are tiles."""
    from jiandu.demo.geometry import polygons

    drawn: dict[str, list[list[float]]] = {place["code"]: place["polygon"] for place in polygons()}
    if set(codes) <= drawn.keys():
        return {code: drawn[code] for code in codes}
    return tiles(codes)


def tiles(codes: list[str]) -> dict[str, list[list[float]]]:
    """Each city a block of tiles, each of its counties a tile inside, in the order of their codes: a map that claims no geography."""
    cities = sorted({code[:4] for code in codes})
    rings: dict[str, list[list[float]]] = {}
    for index, city in enumerate(cities):
        west, north = 100 + (index % ACROSS) * (4 * SIDE), 30 - (index // ACROSS) * (4 * SIDE)
        counties = sorted(code for code in codes if code[:4] == city and not code.endswith("00"))
        rings[city + "00"] = square(west, north, 3 * SIDE + SIDE / 2)
        for place, county in enumerate(counties):
            rings[county] = square(west + (place % 3) * SIDE, north - (place // 3) * SIDE, SIDE * 0.95)
    return rings


def square(west: float, north: float, side: float) -> list[list[float]]:
    """A closed square by its north-west corner."""
    return [[west, north], [west + side, north], [west + side, north - side], [west, north - side], [west, north]]
