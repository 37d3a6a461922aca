"""Finding nodes by what they are called: one way to compare words, whatever store holds the names.

A store hands in the nodes that come into question, more than fit if need be; what fits, and in which order, is decided
here, so that every store gives the same answer.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Iterable, Iterator

from graph.errors import UsageError, nearest
from graph.model import Node, PathNode

LIMIT = 20
"""How many nodes a search gives if not asked for another number."""

_Rank = tuple[int, int, str, str]


def words(text: str) -> tuple[str, ...]:
    """The words of a text without what does not matter: case, accents, punctuation.

    >>> words("Sjögren's syndrome (HER2-low)")
    ('sjogren', 's', 'syndrome', 'her2', 'low')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return tuple(re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c))))


def check_label(label: str | None) -> None:
    """Raises:
    UsageError: when ``label`` is no node type.
    """
    if label is None:
        return
    from graph.schema import schema  # a recommendation, which searches nothing, need not wait for it

    if label not in schema().nodes:
        hint = next(iter(nearest(label, schema().nodes)), None)
        raise UsageError(f"no node is called {label!r}" + (f" (did you mean {hint}?)" if hint else ""))


def best(text: str, nodes: Iterable[Node], limit: int = LIMIT) -> tuple[PathNode, ...]:
    """The nodes with a name or synonym in which every word of ``text`` begins a word, the closest first.

    A name that is exactly ``text`` comes first, then such a synonym, then those in which ``text`` is part of the name,
    then of a synonym; among these the one of fewest words, and then the first in the alphabet and by id.
    """
    wanted = words(text)
    found = ((rank, node) for node in nodes if wanted for rank in _rank(wanted, node))
    closest = heapq.nsmallest(limit, found, key=lambda pair: pair[0])
    return tuple(PathNode(id=node.id, label=node.label, name=node.name) for _, node in closest)


def _rank(wanted: tuple[str, ...], node: Node) -> Iterator[_Rank]:
    """How close a node is (smaller is closer); nothing for one that does not fit."""
    synonyms = node.properties.get("synonyms", ())
    ranks = []
    for kind, text in ((0, node.name), *((1, s) for s in (synonyms if isinstance(synonyms, tuple) else ()))):
        said = words(text)
        if all(any(word.startswith(one) for word in said) for one in wanted):
            ranks.append((kind if said == wanted else kind + 2, len(said), " ".join(said), node.id))
    yield from sorted(ranks)[:1]
