"""Disease names: one spelling for every way to write one, the rows of a lookup, and the lookup itself.

The rows are made once, at build, and say already who wins where a name is given to several diseases; so a question
needs one lookup by the folded name and no dictionary of all names.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from graph.content import DiseaseName
from graph.model import Node

_CURIE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[^\s:]+")
_LITTLE = frozenset({"a", "an", "and", "of", "the"})
_BRITISH = (("leukaemi", "leukemi"), ("tumour", "tumor"), ("haem", "hem"), ("oesoph", "esoph"), ("paediatr", "pediatr"))
_PLURAL_EXCEPTIONS = ("ss", "us", "is")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """``text`` without what does not matter in a disease name: case, accents, punctuation, possessives, plurals,
    British spelling, little words and the order of words. A CURIE is only lowered.

    Two names with the same fold are taken for the same name. A hyphen separates words, save after ``non``; ``+`` and
    ``-`` behind a marker are ``positive`` and ``negative``.

    >>> fold("Non-Small Cell Lung Carcinomas") == fold("lung non-small cell carcinoma")
    True
    >>> fold("Hodgkin's Lymphoma"), fold("Tumours of the Thymus"), fold("DOID:1909")
    ('hodgkin lymphoma', 'thymus tumor', 'doid:1909')
    """
    text = text.strip()
    if _CURIE.fullmatch(text):
        return text.casefold()
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    text = re.sub(r"[’`´]", "'", text)
    text = re.sub(r"'s\b|s'(?=\s|$)", "", text)
    text = re.sub(r"\bnon[\s‐-―-]+", "non", text)
    text = re.sub(r"(?<=\w)\+(?=[\s/)]|$)", " positive", text)
    text = re.sub(r"(?<=\w)-(?=[\s/)]|$)", " negative", text)
    for british, american in _BRITISH:
        text = text.replace(british, american)
    words = [word for word in map(_singular, re.findall(r"[^\W_]+", text)) if word not in _LITTLE]
    # Which of two markers is the positive one, only the order tells.
    return " ".join(words if "positive" in words and "negative" in words else sorted(words))


def _singular(word: str) -> str:
    if len(word) < 5 or not word.endswith("s") or word.endswith(_PLURAL_EXCEPTIONS):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


class Entry(Protocol):
    """What a directory knows of one disease (``graph.serve.DiseaseEntry``, ``graph.model.Node``)."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


class Directory(Protocol):
    """Where names are looked up: an open release (``graph.serve``), or ``Listed`` while one is built."""

    def disease(self, id: str) -> Entry | None: ...
    def disease_ids(self, folded: str) -> tuple[str, ...]: ...
    def disease_names(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Match:
    """What a text means. Several diseases it might mean: ``ids`` is empty and ``candidates`` lists them."""

    ids: tuple[str, ...]
    name: str
    note: str | None = None
    candidates: tuple[tuple[str, str], ...] = ()


class Names:
    """Names, synonyms, codes and CURIEs to diseases."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def resolve(self, text: str) -> Match | None:
        """The disease that ``text`` names; ``None``: no disease goes by it. Nothing is guessed.

        Read are a CURIE, a label, an exact synonym, an OncoTree code, ``name (code)``, and these behind words for the
        extent of disease (``metastatic melanoma``), which are set aside with a note.
        """
        text = " ".join(text.split())
        if (found := self._plain(text)) is not None:
            return found
        if (halves := re.fullmatch(r"(.+?) ?[(\[]([^()\[\]]+)[)\]]", text)) is not None:
            first, second = self._plain(halves[1]), self._plain(halves[2])
            if first is not None and first.ids and second is not None and second.ids:
                return Match(tuple(dict.fromkeys((*first.ids, *second.ids))), first.name)
            return first if first is not None else second
        if (bare := _EXTENT.sub("", text)) != text and (found := self.resolve(bare)) is not None:
            aside = text[: len(text) - len(bare)].strip(" ,")
            return Match(found.ids, found.name, f"{aside!r} is not part of the disease's name", found.candidates)
        return None

    def suggest(self, text: str, count: int = 3) -> list[str]:
        """Known names that ``text`` may be a slip of, nearest first."""
        return _alike(text, self._directory.disease_names(), count)

    def _plain(self, text: str) -> Match | None:
        if _CURIE.fullmatch(text):
            prefix, _, local = text.partition(":")
            for id in dict.fromkeys((text, f"{prefix.upper()}:{local}", f"{prefix.upper()}:{local.upper()}")):
                if (entry := self._directory.disease(id)) is not None:
                    return Match((entry.id,), entry.name, _former(entry))
        folded = fold(text)
        entries = [e for id in self._directory.disease_ids(folded) if folded and (e := self._directory.disease(id))]
        if not entries:
            return None
        if len(entries) == 1:
            return Match((entries[0].id,), entries[0].name, _former(entries[0]))
        candidates = tuple((entry.id, entry.name) for entry in entries)
        return Match((), text, f"{text!r} may mean several diseases", candidates)


_EXTENT = re.compile(
    r"^(?:(?:locally advanced|advanced|metastatic|unresectable|recurrent|relapsed|refractory|resectable|early|or|and|"
    r"stage [0-4IV]+[A-C]?)\b[\s,/]*)+",
    re.IGNORECASE,
)


def _former(entry: Entry) -> str | None:
    obsolete = entry.properties.get("obsolete") if isinstance(entry, Node) else getattr(entry, "obsolete", False)
    return f"{entry.id} is a former code or identifier" if obsolete else None


class Listed:
    """A directory in memory, for nodes and the rows that ``name_rows`` made of them."""

    def __init__(self, nodes: Iterable[Node], names: Iterable[DiseaseName]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._ids: dict[str, dict[str, None]] = defaultdict(dict)
        self._texts: dict[str, None] = {}
        for name in names:
            self._ids[name.folded][name.id] = None
            self._texts[name.text] = None

    def disease(self, id: str) -> Node | None:
        return self._nodes.get(id)

    def disease_ids(self, folded: str) -> tuple[str, ...]:
        return tuple(self._ids.get(folded, ()))

    def disease_names(self) -> Iterable[str]:
        return self._texts


def name_rows(
    nodes: Iterable[Node], leader: Mapping[str, str], above: Callable[[str], Mapping[str, bool]]
) -> list[DiseaseName]:
    """The rows of a lookup by folded name, in order.

    A label beats codes and exact synonyms, these beat cross-references to the NCI Thesaurus. Ids of one disease count
    once, under the id that has the name. Where a name is left to several diseases and one of them is an ancestor of all
    the others, it gets the name; otherwise each has a row, and the name is ambiguous. Related synonyms name nothing;
    of an obsolete term the code and, where nothing else is called so, the name.

    Args:
        leader: id -> the id that its disease goes by (``Hierarchy.leader``).
        above: disease -> its ancestors -> whether only widening leads there (``Hierarchy.above``).
    """
    by_fold: dict[str, dict[int, dict[str, DiseaseName]]] = defaultdict(lambda: defaultdict(dict))
    for node in sorted(nodes, key=lambda node: (node.properties.get("obsolete") is True, node.id)):
        for rank, kind, text in _ways(node):
            if folded := fold(text):
                disease = leader.get(node.id, node.id)
                by_fold[folded][rank].setdefault(disease, DiseaseName(folded, node.id, text, kind))
    rows: list[DiseaseName] = []
    for folded in sorted(by_fold):
        best = by_fold[folded][min(by_fold[folded])]
        tops = [d for d in best if all(d in above(other) for other in best)]
        chosen = tops if len(tops) == 1 else sorted(best)
        kind = best[chosen[0]].kind if len(chosen) == 1 else "synonym"
        rows += [DiseaseName(folded, best[d].id, best[d].text, kind) for d in chosen]
    return rows


def _ways(node: Node) -> Iterator[tuple[int, str, str]]:
    obsolete = node.properties.get("obsolete") is True
    if not obsolete and node.id != "ONCOTREE:TISSUE":
        yield 0, "name", node.name
        yield from ((1, "synonym", text) for text in _listed(node, "synonyms"))
    elif node.id.startswith("ONCOTREE:") and node.name != node.id.removeprefix("ONCOTREE:"):
        yield 2, "synonym", node.name
    if node.id.startswith("ONCOTREE:"):
        yield 1, "code", node.id.removeprefix("ONCOTREE:")
    yield from ((3, "code", text) for text in _listed(node, "xrefs") if text.startswith("NCIT:"))


def _listed(node: Node, key: str) -> tuple[str, ...]:
    value = node.properties.get(key, ())
    return value if isinstance(value, tuple) else ()


def _alike(text: str, names: Iterable[str], count: int) -> list[str]:
    """Names that share most letter pairs with ``text`` (Dice's coefficient on bigrams of the folded names)."""
    wanted = _pairs(fold(text))
    scored = ((_dice(wanted, _pairs(fold(name))), name) for name in names)
    close = sorted((-score, len(name), name) for score, name in scored if score >= 0.6)
    return _distinct([name for _, _, name in close], count)


def _distinct(names: Sequence[str], count: int) -> list[str]:
    return list({fold(name): name for name in reversed(names)}.values())[::-1][:count]


def _pairs(folded: str) -> frozenset[str]:
    return frozenset(folded[i : i + 2] for i in range(len(folded) - 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0
