"""The parts of compiled guideline rows: conditions with the rows that have them, and what they come to for a patient.

Rows are bits of an integer, by their place in the book.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from operator import itemgetter
from typing import Any, NamedTuple

from graph.answer import CellRead
from graph.claims import All, Condition, Criterion, Expression, GuidelineRow, criteria, phrase
from graph.paths import criterion_genes, criterion_marker
from graph.patient import Finding
from rules.asking import Asking
from rules.facts import Facts
from rules.match import Matcher, Reading, asks_unknown, settled_words
from rules.scopes import Scopes
from rules.sheet import OUTCOME, Settled, Sheet

MOST = 4096
"""Answers that are kept for later patients, by kind; then memory is given back at once."""
BLANK = -1
"""The signature of a gene or marker of which nothing is known."""
_FEW = 64
_PLACES = tuple(tuple(place for place in range(8) if byte >> place & 1) for byte in range(256))


class Part(NamedTuple):
    """A condition on genes and markers in one of its uses.

    Rows are conjunctions, so the parts of an AND are conditions of their own: rows share them, and each is about few
    genes.
    """

    profile: Expression
    excludes: bool


class Group:
    """Parts that ask about the same genes and markers.

    Most parts of a gene are exact changes and codons. A finding whose protein change is known can bear only on those of
    its own residues and on parts that name none: these alone are read for it, all others stand as they do when nothing
    is found (``tested``).
    """

    __slots__ = ("_at", "_broad", "_wide", "always", "keys", "known", "parts", "rows", "sheet", "tested")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.parts: list[Part] = []
        self.rows = 0
        self.always = False
        """Some part may hold though nothing is known: it asks for what is not known."""
        self.known: dict[tuple[int, ...], Read] = {}
        self.tested: dict[Hashable, Read] = {}
        """What is stated of the gene beside findings -> how all parts stand then."""
        self._at: defaultdict[int, list[int]] = defaultdict(list)
        """Residue -> parts on it alone."""
        self._wide: list[tuple[int, int, int]] = []
        """First and last residue, and part, of those on a stretch."""
        self._broad: list[tuple[int, frozenset[str]]] = []
        """Parts on which any finding may bear that satisfies criteria of some types."""
        self.sheet = Sheet()

    def add(self, part: Part) -> int:
        """The place of a new part."""
        self.parts.append(part)
        self.sheet.rows.append(0)
        at = len(self.parts) - 1
        asked = [criterion for criterion, _ in criteria(part.profile)]
        stretches = [c.codons for c in asked if c.codons and _at_residues(c)]
        if len(self.keys) != 1 or len(stretches) != len(asked):
            # Whatever is found of a gene bears on whether anything is known of it.
            any_ = any(c.known is not None for c in asked)
            self._broad.append((at, _ANY if any_ else frozenset(c.type for c in asked)))
            return at
        for first, last in stretches:
            if first == last:
                self._at[first].append(at)
            else:
                self._wide.append((first, last, at))
        return at

    def borne_on(self, findings: Iterable[Finding]) -> Sequence[int]:
        """The parts on which any of the findings may bear."""
        found: set[int] = set()
        for finding in findings:
            bears = _BEARS.get(finding.kind)
            if bears is None:
                return range(len(self.parts))
            found.update(at for at, types in self._broad if not bears.isdisjoint(types))
            if finding.kind != "variant":
                continue
            if finding.protein is None or finding.codons is None:
                return range(len(self.parts))
            low, high = finding.codons
            if high - low > 64:
                return range(len(self.parts))
            for residue in range(low, high + 1):
                found.update(self._at.get(residue, ()))
            found.update(at for first, last, at in self._wide if first <= high and low <= last)
        return sorted(found)


_FUSED = frozenset({"fusion", "rearrangement", "wildtype"})
_BEARS: Mapping[str, frozenset[str]] = {
    "variant": frozenset({"variant", "wildtype"}),
    "fusion": _FUSED,
    "rearrangement": _FUSED,
    "cna": frozenset({"cna", "wildtype"}),
}
"""Kind of a finding -> types of criteria that it may satisfy or rule out."""
_ANY = frozenset().union(*_BEARS.values())


def _at_residues(c: Criterion) -> bool:
    """Whether only a change of the criterion's own residues may bear on it.

    One insertion may be written at several gaps of a repeat, and a finding may share an allele with any criterion.
    """
    moves = c.protein is not None and ("ins" in c.protein or "dup" in c.protein)
    return c.type == "variant" and not c.alleles and not c.cdna and c.known is None and not moves


class Read:
    """What a group's parts come to for one patient.

    ``base`` is how the parts stand when nothing was found; with it only the parts ``borne_on`` are read.
    """

    __slots__ = ("_base", "_cells", "_facts", "_group", "_readings", "_settled", "failed", "unknown")

    def __init__(
        self, group: Group, matcher: Matcher, base: Read | None = None, borne_on: Iterable[int] | None = None
    ) -> None:
        self._group = group
        self._base = base
        self._facts = matcher.facts
        places = range(len(group.parts)) if borne_on is None else borne_on
        self._readings = {i: matcher.read(group.parts[i].profile, excludes=group.parts[i].excludes) for i in places}
        self._cells: tuple[CellRead, ...] = ()
        truths = {i: reading.truth for i, reading in self._readings.items()}
        sheet = group.sheet
        self._settled: Settled = (
            sheet.over(base._settled, truths) if base is not None else sheet.settled([*truths.values()])
        )
        self.failed, self.unknown = self._settled.failed, self._settled.unknown

    @property
    def cells(self) -> tuple[CellRead, ...]:
        """One a part."""
        if not self._cells:
            own = {i: self._cell(i, reading) for i, reading in self._readings.items()}
            base = self._base.cells if self._base is not None else ()
            self._cells = tuple(own[i] if i in own else base[i] for i in range(len(self._group.parts)))
        return self._cells

    def _cell(self, at: int, reading: Reading) -> CellRead:
        return CellRead(
            fact="biomarker",
            asked=phrase(self._group.parts[at].profile),
            found=reading_words(reading, self._facts),
            outcome=OUTCOME[self._settled.truths[at]],
        )


class Where(NamedTuple):
    """Where the conditions of a row are found."""

    parts: tuple[tuple[int, int], ...]
    """Group, and place in it, of every part of the profile."""
    scope: int
    settings: tuple[tuple[str, int], ...]


Picks = tuple[Callable[[list[CellRead]], tuple[CellRead, ...]], ...]
"""What takes rows' cells from a page, one a row."""


class Layout(NamedTuple):
    """A page with a place for every condition: first the parts group by group, then the diseases, then fact by fact."""

    groups: tuple[int, ...]
    scopes: int
    facts: Mapping[str, int]
    blank: tuple[CellRead, ...]
    """What stands there when nothing is known of any gene."""
    rows: Picks
    """What takes a row's cells from the page."""


class Compiled(NamedTuple):
    """All conditions of a book."""

    groups: list[Group]
    by_key: Mapping[str, list[int]]
    """Gene or marker -> the groups that ask about it."""
    scopes: Scopes
    facts: Mapping[str, Asking]
    where: tuple[Where, ...]


def compiled(rows: Sequence[GuidelineRow]) -> Compiled:
    """Every distinct condition of the rows once."""
    groups: list[Group] = []
    by_key: dict[str, list[int]] = {}
    facts: dict[str, Asking] = {}
    scopes = Scopes()
    numbers: dict[tuple[str, ...], int] = {}
    parts: dict[tuple[Expression, bool], tuple[int, int]] = {}
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
                groups[at].always |= (
                    any(c.known is not None or asks_unknown(c) for c, _ in criteria(use[0])) or not keys
                )
                parts[use] = at, groups[at].add(Part(*use))
            at, n = parts[use]
            group = groups[at]
            group.rows |= bit
            group.sheet.rows[n] |= bit
            of_row[at, n] = None
        scope = scopes.add(row.disease, bit) if row.disease is not None else -1
        for condition in row.settings:
            if condition not in conditions:
                asking = facts.setdefault(condition.fact, Asking())
                conditions[condition] = condition.fact, asking.add(condition)
            fact, n = conditions[condition]
            facts[fact].sheet.rows[n] |= bit
        found.append(Where(tuple(of_row), scope, tuple(conditions[c] for c in row.settings)))
    return Compiled(groups, by_key, scopes, facts, tuple(found))


def keys_of(profile: Expression) -> tuple[str, ...]:
    """Genes and markers on which a profile depends, sorted."""
    found: set[str] = set()
    for criterion, _ in criteria(profile):
        found.update(criterion_genes(criterion))
        found.update(k for k in (criterion_marker(criterion), criterion.gene, criterion.region) if k)
    return tuple(sorted(found))


def positions(rows: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    if rows.bit_count() < _FEW:
        while rows:
            low = rows & -rows
            yield low.bit_length() - 1
            rows ^= low
        return
    # Taking the lowest bit off copies the whole number each time: of many bits, eight are looked up at once.
    start = 0
    for byte in rows.to_bytes((rows.bit_length() + 7) // 8, "little"):
        if byte:
            for place in _PLACES[byte]:
                yield start + place
        start += 8


def picks(places: list[int]) -> Callable[[list[CellRead]], tuple[CellRead, ...]]:
    """What takes the cells of some places from a page."""
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda page: ()
    only = places[0]
    return lambda page: (page[only],)


def _uses(row: GuidelineRow) -> list[tuple[Expression, bool]]:
    """The parts of a row's profile, each with whether it is read for a row that speaks against a therapy."""
    if row.profile is None:
        return []
    excludes = row.kind in ("exclude", "caution")
    flat: list[Expression] = []
    queue = [row.profile]
    while queue:
        part = queue.pop(0)
        if isinstance(part, All) and part.args:
            queue = [*part.args, *queue]
        else:
            flat.append(part)
    return [(part, excludes) for part in flat]


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
            known.append(settled_words(criterion, held.truth))
    open_ = [f"{name} not known" for name in reading.missing]
    return "; ".join(dict.fromkeys((*known, *open_))) or "not known"


def stated_keys(facts: Facts) -> Set[str]:
    """Genes and markers of which something is stated, beside those that were only tested."""
    indexes = (facts.by_gene, facts.by_marker, facts.wild_type, facts.genotypes)
    return set().union(facts.unread, *indexes)


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
