"""The parts of compiled guideline rows: conditions with the rows that have them, and what they come to for a patient.

Rows are bits of an integer, by their place in the book.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from graph.answer import CellRead, Outcome
from graph.claims import All, Condition, DiseaseScope, Expression, GuidelineRow, criteria, phrase
from graph.paths import criterion_genes, criterion_marker
from rules.diseases import Diagnosis, Fit
from rules.facts import Facts
from rules.kleene import Truth
from rules.match import Matcher, Reading, asks_unknown

MOST = 4096
"""Answers that are kept for later patients, by kind; then memory is given back at once."""
BLANK = -1
"""The signature of a gene or marker of which nothing is known."""
OUTCOME: Mapping[Truth, Outcome] = {True: "fired", False: "failed", None: "undecided"}


class Part(NamedTuple):
    """A condition on genes and markers in one of its uses, and the rows that have it.

    Rows are conjunctions, so the parts of an AND are conditions of their own: rows share them, and each is about few
    genes.
    """

    profile: Expression
    excludes: bool
    negated: bool
    """For rows that require: they hold when the profile does not."""
    rows: int


class Group:
    """Parts that ask about the same genes and markers."""

    __slots__ = ("always", "keys", "known", "parts", "rows")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.parts: list[Part] = []
        self.rows = 0
        self.always = False
        """Some part may hold though nothing is known: it asks for what is not known."""
        self.known: dict[tuple[int, ...], Read] = {}


class Read:
    """What a group's parts come to: rows that fail, rows that wait, and the reading of each part."""

    __slots__ = ("_cells", "_facts", "_group", "failed", "readings", "unknown")

    def __init__(self, group: Group, matcher: Matcher) -> None:
        self._group = group
        self._facts = matcher.facts
        self.readings = tuple(matcher.read(p.profile, excludes=p.excludes) for p in group.parts)
        self.failed, self.unknown = split([p.rows for p in group.parts], self._truths())
        self._cells: tuple[CellRead, ...] = ()

    def _truths(self) -> list[Truth]:
        return [
            not r.truth if p.negated and r.truth is not None else r.truth
            for p, r in zip(self._group.parts, self.readings, strict=True)
        ]

    @property
    def cells(self) -> tuple[CellRead, ...]:
        """One a part."""
        if not self._cells:
            self._cells = tuple(
                CellRead(
                    fact="biomarker",
                    asked=f"NOT ({phrase(p.profile)})" if p.negated else phrase(p.profile),
                    found=reading_words(r, self._facts),
                    outcome=OUTCOME[truth],
                )
                for p, r, truth in zip(self._group.parts, self.readings, self._truths(), strict=True)
            )
        return self._cells


class Placed(NamedTuple):
    """What the diseases of all rows come to for one diagnosis."""

    diagnosis: Diagnosis
    failed: int
    unknown: int
    fits: tuple[Fit, ...]
    cells: tuple[CellRead, ...]


class Asked(NamedTuple):
    """What all conditions on one fact come to for one value of it."""

    failed: int
    unknown: int
    cells: tuple[CellRead, ...]


class Where(NamedTuple):
    """Where the conditions of a row are found."""

    parts: tuple[tuple[int, int], ...]
    """Group, and place in it, of every part of the profile."""
    scope: int
    settings: tuple[tuple[str, int], ...]


class Layout(NamedTuple):
    """A page with a place for every condition: first the parts group by group, then the diseases, then fact by fact."""

    groups: tuple[int, ...]
    scopes: int
    facts: Mapping[str, int]
    blank: tuple[CellRead, ...]
    """What stands there when nothing is known of any gene."""
    rows: tuple[Callable[[list[CellRead]], tuple[CellRead, ...]], ...]
    """What takes a row's cells from the page."""


class Compiled(NamedTuple):
    """All conditions of a book."""

    groups: list[Group]
    by_key: Mapping[str, list[int]]
    """Gene or marker -> the groups that ask about it."""
    scopes: list[tuple[DiseaseScope, int]]
    facts: Mapping[str, list[tuple[Condition, int]]]
    where: tuple[Where, ...]


def compiled(rows: Sequence[GuidelineRow]) -> Compiled:
    """Every distinct condition of the rows once."""
    groups: list[Group] = []
    by_key: dict[str, list[int]] = {}
    facts: dict[str, list[tuple[Condition, int]]] = {}
    listed_scopes: list[tuple[DiseaseScope, int]] = []
    numbers: dict[tuple[str, ...], int] = {}
    parts: dict[tuple[Expression, bool, bool], tuple[int, int]] = {}
    scopes: dict[DiseaseScope, int] = {}
    conditions: dict[Condition, tuple[str, int]] = {}
    found: list[Where] = []
    for i, row in enumerate(rows):
        bit = 1 << i
        of_row: dict[tuple[int, int], None] = {}
        for use in _uses(row):
            if use not in parts:
                keys = keys_of(use[0])
                at = numbers.setdefault(keys, len(groups))
                if at == len(groups):
                    groups.append(Group(keys))
                    for key in keys:
                        by_key.setdefault(key, []).append(at)
                groups[at].parts.append(Part(*use, 0))
                groups[at].always |= any(asks_unknown(c) for c, _ in criteria(use[0])) or not keys
                parts[use] = at, len(groups[at].parts) - 1
            at, n = parts[use]
            group = groups[at]
            group.rows |= bit
            group.parts[n] = group.parts[n]._replace(rows=group.parts[n].rows | bit)
            of_row[at, n] = None
        scope = -1
        if row.disease is not None:
            scope = scopes.setdefault(row.disease, len(listed_scopes))
            if scope == len(listed_scopes):
                listed_scopes.append((row.disease, 0))
            listed_scopes[scope] = listed_scopes[scope][0], listed_scopes[scope][1] | bit
        for condition in row.settings:
            if condition not in conditions:
                listed = facts.setdefault(condition.fact, [])
                listed.append((condition, 0))
                conditions[condition] = condition.fact, len(listed) - 1
            fact, n = conditions[condition]
            facts[fact][n] = condition, facts[fact][n][1] | bit
        found.append(Where(tuple(of_row), scope, tuple(conditions[c] for c in row.settings)))
    return Compiled(groups, by_key, listed_scopes, facts, tuple(found))


def keys_of(profile: Expression) -> tuple[str, ...]:
    """Genes and markers on which a profile depends, sorted."""
    found: set[str] = set()
    for criterion, _ in criteria(profile):
        found.update(criterion_genes(criterion))
        found.update(k for k in (criterion_marker(criterion), criterion.gene, criterion.region) if k)
    return tuple(sorted(found))


def positions(rows: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    # Looking through the digits is a memory scan; taking the lowest bit off copies the whole number each time.
    digits = f"{rows:b}"[::-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


def picks(places: list[int]) -> Callable[[list[CellRead]], tuple[CellRead, ...]]:
    """What takes the cells of some places from a page."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda page: tuple(page[i] for i in places)


def _uses(row: GuidelineRow) -> list[tuple[Expression, bool, bool]]:
    """The parts of a row's profile, each with how it is read; what is required is one part, for it is denied whole."""
    if row.profile is None:
        return []
    if row.kind == "require":
        return [(row.profile, False, True)]
    excludes = row.kind in ("exclude", "caution")
    flat: list[Expression] = []
    queue = [row.profile]
    while queue:
        part = queue.pop(0)
        if isinstance(part, All) and part.args:
            queue = [*part.args, *queue]
        else:
            flat.append(part)
    return [(part, excludes, False) for part in flat]


def reading_words(reading: Reading, facts: Facts) -> str:
    """What is known of a profile, for people."""
    known: list[str] = []
    for use in reading.uses:
        criterion, held = use.criterion, use.held
        if criterion.type == "genotype" and (stated := facts.genotypes.get(criterion.gene or "")):
            known.append(f"{criterion.gene} {', '.join(stated)}")
        elif held.finding is not None:
            known.append(held.finding.read_as)
        elif held.truth is False:
            known.append(f"{criterion.name}: tested and absent")
    open_ = [f"{name} not known" for name in reading.missing]
    return "; ".join(dict.fromkeys((*known, *open_))) or "not known"


def known_keys(facts: Facts) -> Iterator[str]:
    """Genes and markers of which anything is known."""
    seen: dict[str, None] = {}
    for index in (facts.by_gene, facts.by_marker, facts.wild_type, facts.covered, facts.genotypes):
        seen.update(dict.fromkeys(index))
    return iter(seen.keys() | facts.unread)


def split(rows: Sequence[int], truths: Sequence[Truth]) -> tuple[int, int]:
    """The rows of conditions that fail, and those of conditions that are unknown."""
    failed = unknown = 0
    for bits, truth in zip(rows, truths, strict=True):
        if truth is False:
            failed |= bits
        elif truth is None:
            unknown |= bits
    return failed, unknown


def kept(store: dict[Any, Any], key: Hashable, value: Any) -> Any:
    """``value``, which ``store`` now has too; a store that is full is emptied first."""
    if len(store) >= MOST:
        store.clear()
    store[key] = value
    return value


def bits(places: Iterable[int]) -> int:
    """The number with these bits set."""
    found = 0
    for place in places:
        found |= 1 << place
    return found


def union(bits: Iterable[int]) -> int:
    """The bits of all numbers."""
    found = 0
    for one in bits:
        found |= one
    return found
