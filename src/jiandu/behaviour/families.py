"""Families of near-duplicate texts: MinHash and locality-sensitive hashing (Broder 1997), joined into connected components.

The likeness of two texts does not depend on which came first, so neither do the families: any order of arrival gives the same ones.
"""

from __future__ import annotations

from rensa import RMinHash, RMinHashLSH

from jiandu.behaviour.observation import Observation

PERMUTATIONS = 128
BANDS = 32
"""Bands of four: two texts that share 60 % of their pairs meet in one of them with probability 0.99, 30 % with 0.23; what meets is compared."""
SEED = 20261122
SHORTEST = 8
"""A text of fewer characters is a set phrase that many people use; it makes no family."""


def pairs(text: str) -> list[str]:
    """The different pairs of neighbouring characters; pairs, for lures are a dozen characters long."""
    return sorted({text[place:place + 2] for place in range(len(text) - 1)})


class Families:
    """Texts joined by likeness (estimated Jaccard similarity of ``pairs``). Equal texts are hashed once: ten thousand copies cost as much as one."""

    def __init__(self, likeness: float) -> None:
        self.likeness = likeness
        self.near = RMinHashLSH(threshold=likeness, num_perm=PERMUTATIONS, num_bands=BANDS)
        self.numbers: dict[str, int] = {}
        self.sketches: list[RMinHash] = []
        self.parent: list[int] = []
        self.members: dict[int, dict[str, Observation]] = {}
        self.first: dict[int, Observation] = {}
        self.roots: dict[str, int] = {}

    def takes(self, seen: Observation) -> bool:
        """Whether a post's text is long enough to be anybody's own words."""
        return len(seen.text) >= SHORTEST

    def add(self, seen: Observation) -> tuple[set[str], bool]:
        """Put a post into its family. Returns the names that no longer are one (families were joined, an earlier post came), and whether its own is new."""
        new = seen.text not in self.numbers
        number = self.numbers.setdefault(seen.text, len(self.parent))
        merged = {number: self._root(number)} if not new else {}
        if new:
            self.parent.append(number)
            merged = {other: self._root(other) for other in self._alike(seen.text, number)}
        before = {self._name(root) for root in merged.values() if root in self.first}
        root = number if new else merged[number]
        for other in merged.values():
            root = self._join(self._root(root), self._root(other))
        self.members.setdefault(root, {})[seen.key] = seen
        self.first[root] = min(self.first.get(root, seen), seen, key=lambda post: post.order)
        name = self._name(root)
        for gone in before - {name}:
            del self.roots[gone]
        self.roots[name] = root
        return before - {name}, name not in before

    def of(self, seen: Observation) -> str:
        """The name of a post's family: its earliest post."""
        return self._name(self._root(self.numbers[seen.text]))

    def posts(self, name: str) -> list[Observation]:
        """The posts of a family; none when no family has that name any more."""
        return list(self.members[self.roots[name]].values()) if name in self.roots else []

    def _name(self, root: int) -> str:
        return f"family:{self.first[root].key}"

    def _alike(self, text: str, number: int) -> list[int]:
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update(pairs(text))
        self.sketches.append(sketch)
        found = [other for other in self.near.query(sketch) if sketch.jaccard(self.sketches[other]) >= self.likeness]
        self.near.insert(number, sketch)
        return found

    def _root(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def _join(self, one: int, other: int) -> int:
        """Both as one family, under the lower number. Returns it."""
        if one == other:
            return one
        keeper, joined = sorted((one, other))
        self.parent[joined] = keeper
        self.members.setdefault(keeper, {}).update(self.members.pop(joined, {}))
        firsts = [self.first[root] for root in (keeper, joined) if root in self.first]
        self.first.pop(joined, None)
        if firsts:
            self.first[keeper] = min(firsts, key=lambda post: post.order)
        return keeper
