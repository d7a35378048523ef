"""Short-circuit evaluation: what needs the fewest joins is asked first, and rows for which no finding can hold any more are left out.

Most anchor rows answer one of the first questions with no: the fine is paid, no court has the case. What is left out could only have been
answered with no or "cannot be computed"; rows with a live clue stay, for their clue may have to be withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jiandu.collision import vocabulary
from jiandu.collision.chain import Step
from jiandu.collision.dependencies import column_fragments, counted_beside, own_fragments
from jiandu.collision.model import Element, Model

CALENDAR_WORDS = re.compile(rf"\b({'|'.join([*vocabulary.TABLE_WORDS, 'term_days', 'term_months'])})\(", re.IGNORECASE)
WATCHED = "_watched"


@dataclass(frozen=True)
class Part:
    """A key of ``derive`` or an element: the columns it makes, the SQL it looks at, and the joins it costs."""

    what: str | Element
    makes: tuple[str, ...]
    texts: tuple[str, ...]
    joins: int


def parts(model: Model) -> Iterator[Part]:
    """The derived columns and the elements in the order of the file."""
    beside = counted_beside(model)
    for name, column in model.derive.items():
        texts = column_fragments(column)
        makes = (*(column.take or (name,)), *(count for count, taker in beside.items() if taker == name))
        yield Part(name, makes, tuple(texts), (column.lookup is not None) + words(texts))
    for element in model.elements:
        counts = [f"_n_{element.id}_{number}" for number in range(len(element.counted.match))] if element.counted else []
        texts = [*own_fragments(element), *(f"e_{name}" for name in element.any or ()), *(count for count in counts if count in beside)]
        joins = sum(len(lookup.match) for lookup in element.lookups) + words(texts) + (element.expected is not None) - sum(count in beside for count in counts)
        yield Part(element, (f"e_{element.id}", *element.takes_out), tuple(texts), joins)


def words(texts: Sequence[str]) -> int:
    """How many words of these texts join the calendar."""
    return sum(len(CALENDAR_WORDS.findall(text)) for text in texts)


def order(model: Model) -> list[str | Element]:
    """Keys of ``derive`` and elements, each after what it looks at: time and again the element that costs the fewest joins more, with what it needs."""
    every = list(parts(model))
    makers = {name: number for number, part in enumerate(every) for name in part.makes}
    needs = [{makers[name] for text in part.texts for _, name in vocabulary.names_in(text) if name in makers} - {number} for number, part in enumerate(every)]
    waiting, closures = [number for number, part in enumerate(every) if isinstance(part.what, Element)], dict[int, list[int]]()
    done: dict[int, None] = {}
    while waiting:
        missing = {number: [one for one in closure(number, needs, closures) if one not in done] for number in waiting}
        chosen = min(waiting, key=lambda number: (sum(every[one].joins for one in missing[number]), number))
        done |= dict.fromkeys(missing[chosen])
        waiting = [number for number in waiting if number not in done]
    return [every[number].what for number in [*done, *(number for number in range(len(every)) if number not in done)]]


def closure(number: int, needs: Sequence[set[int]], known: dict[int, list[int]]) -> list[int]:
    """A part and all it needs, each after what it needs itself; ``known`` remembers."""
    if number not in known:
        known[number] = list(dict.fromkeys([*(part for one in sorted(needs[number]) for part in closure(one, needs, known)), number]))
    return known[number]


def narrowed(model: Model, steps: Sequence[Step]) -> list[Step]:
    """The steps, reading only the rows that may still have a finding or have a live clue: from the first step that can tell, and again each time
    twice as many answers are known. Oftener would leave out little more, and every condition costs Spark's planner seconds in a long model.
    """
    alias, found, asked = model.anchor.alias, list[Step](), 0
    for step in steps:
        known = found[-1].columns if found else []
        answers = sum(f"e_{element.id}" in known for element in model.elements)
        if step.joins and answers >= 2 * asked and (possible := possibly(model, known)):
            step, asked = replace(step, source=chosen(alias, step.source, possible, bool(asked))), answers
        found.append(step.handing_on(alias, [WATCHED]) if asked else step)
    return found


def chosen(alias: str, source: str, possible: str, is_marked: bool) -> str:
    """The rows of a step that are still wanted."""
    live = f"LEFT JOIN clue__live AS _watching ON _watching.anchor = {alias}._anchor"
    rows = source if is_marked else f"(SELECT {alias}.*, _watching.anchor IS NOT NULL AS {WATCHED} FROM {source} AS {alias} {live})"
    return f"(SELECT {alias}.* FROM {rows} AS {alias} WHERE {alias}.{WATCHED} OR {possible})"


def possibly(model: Model, columns: Sequence[str]) -> str:
    """Whether some finding may still hold or be warned of, by the answers among these columns; empty while one of them has no answer yet."""
    alias, found = model.anchor.alias, list[frozenset[str]]()
    for finding in model.findings:
        early = {element.id for element in model.warns_early(finding)}
        known = [name for name in finding.all if f"e_{name}" in columns]
        found.append(frozenset(f'({alias}."e_{name}" OR {alias}."_w_{name}")' if name in early else f'{alias}."e_{name}"' for name in known))
    weakest = [one for one in dict.fromkeys(found) if not any(other < one for other in found)]
    return " OR ".join(f"({' AND '.join(sorted(one))})" for one in weakest) if all(found) else ""
