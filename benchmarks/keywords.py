"""Speed of the keyword matcher on real posts, one core: megabytes and posts a CPU-second, beside a plain `re` alternation and a plain `in` loop.

    python benchmarks/keywords.py [TERMS] [POSTS]

Posts are the labelled ones of ``JIANDU_FIXTURES``/text_cold, repeated; terms are ours, filled up to TERMS with words cut from the same
posts, so that some are found. Every way looks for the same words; only ours undoes width, script, signs and homophones, judges and finds contacts.
CPU time of this process is measured, the best of three; sizes are UTF-8.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from jiandu import keywords
from jiandu.keywords import evaluation, sieve, tables
from jiandu.keywords.lexicon import Term
from jiandu.keywords.patterns import expand

ROUNDS = 3


def corpus(count: int) -> list[str]:
    """Posts of about 47 characters."""
    texts = tables.read(evaluation.data(), "TEXT").values["TEXT"]
    return [texts[number % len(texts)] for number in range(count)]


def enlarged(lexicons: keywords.Lexicons, terms: int, posts: list[str]) -> keywords.Lexicons:
    """Our lexicons with words of the posts added to one, up to so many words in all."""
    known = {word for lexicon in lexicons.by_name.values() for term in lexicon.terms for word in expand(term.term)}
    added: dict[str, None] = {}
    for text in posts:
        plain = keywords.normalise(text)
        piece = plain[3:8] if len(plain) > 12 else ""
        if len(known) + len(added) < terms and len(piece) == 5 and all("\u4e00" <= one <= "\u9fff" for one in piece) and piece not in known:
            added[piece] = None
    name, lexicon = next(iter(lexicons.by_name.items()))
    more = lexicon.model_copy(update={"terms": [*lexicon.terms, *(Term(term=word, weight=1) for word in added)]})
    return replace(lexicons, by_name={**lexicons.by_name, name: more})


def timed(called: str, work: Callable[[], object], posts: list[str]) -> None:
    """Print what one way does in a CPU-second."""
    best = min(_once(work) for _ in range(ROUNDS))
    size = sum(len(text.encode()) for text in posts)
    print(f"{called:<46}{size / best / 1e6:>9.1f} MB/s{len(posts) / best:>12,.0f} posts a CPU-second")


def _once(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Print the figures."""
    terms, count = (int(sys.argv[place]) if len(sys.argv) > place else default for place, default in ((1, 0), (2, 20_000)))
    posts = corpus(count)
    lexicons = enlarged(keywords.load(), terms, posts)
    begun = time.process_time()
    scorer = keywords.Scorer(lexicons)
    scorer.score_many(posts[:2])
    built = time.process_time() - begun
    words = sorted({word for lexicon in lexicons.by_name.values() for term in lexicon.terms for word in expand(term.term)})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(words)} words, {len(posts)} posts; tables and automaton built in {built:.2f} CPU-s, {memory} MB")
    timed("ours, posts together (score_many)", lambda: scorer.score_many(posts), posts)
    timed("ours, post by post (score)", lambda: [scorer.score(text) for text in posts], posts)
    found = scorer.score_many(posts)
    print(f"    with hits {sum(bool(one.hits) for one in found)}, with contacts {sum(bool(one.contacts) for one in found)}")
    timed("    of it: normalisation alone", lambda: [keywords.normalise(text) for text in posts], posts)
    together = list(sieve.blocks(posts))
    timed("    of it: the sieve alone", lambda: [scorer.candidates(block) for block in together], posts)
    few = posts[: max(500, len(posts) // 20)]
    alternation = re.compile("|".join(map(re.escape, words)))
    timed("plain re alternation, as written", lambda: [alternation.search(text) for text in few], few)
    timed("plain in loop, as written", lambda: [any(word in text for word in words) for text in few], few)
    timed("plain in loop over the normalised text", lambda: [any(word in plain for word in words) for plain in map(keywords.normalise, few)], few)
    lure = ["高*价*收*电*话*卡，加V：abc12345，学生优先"] * (len(posts) // 10)
    timed("ours, every post a disguised lure", lambda: scorer.score_many(lure), lure)
    huge = ["".join(posts)[:1_000_000]]
    timed("ours, one text of a million characters", lambda: scorer.score_many(huge), huge)


if __name__ == "__main__":
    main()
