"""Guideline rows, compiled: every distinct condition once, rows as bits, one answer a patient in a few operations.

A row holds when all its conditions do (Kleene). So for every condition that fails, all rows that have it fail, and for
every one that is unknown, they wait: with a row a bit of an integer, a patient's answer is a handful of ANDs and ORs
over the whole table. Each condition is evaluated by the same functions that read statements (``rules.match``,
``rules.diseases``, ``rules.settings``), and what one patient's facts make of a gene's rows is kept for the next patient
with the same facts. The row by itself, in words, is ``rules.weigh.conclude``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from graph.answer import CellRead, Outcome
from graph.claims import Condition, Criterion, DiseaseScope, Expression, GuidelineRow, criteria, phrase
from graph.paths import criterion_genes, criterion_marker
from graph.patient import Context
from rules.diseases import Diagnosis, Fit, Taxonomy, fit
from rules.facts import Facts
from rules.kleene import Truth
from rules.match import Matcher, Reading
from rules.policy import Calendar, settle
from rules.settings import Setting, holds, in_words, signature, stated
from rules.weigh import LIMITS, Ruled, Weighed, conclude, inside, out_of_force

Key = TypeVar("Key", bound=Hashable)
_MOST = 4096
"""Answers that are kept for later patients, by kind; then memory is given back at once."""
_BLANK = -1
"""The signature of a gene or marker of which nothing is known."""
_OUTCOME: Mapping[Truth, Outcome] = {True: "fired", False: "failed", None: "undecided"}


class Patient(NamedTuple):
    """One patient, ready to be asked."""

    matcher: Matcher
    diagnosis: Diagnosis
    setting: Setting
    context: Context


class _Profile(NamedTuple):
    """A molecular profile in one of its uses, and the rows that have it."""

    profile: Expression
    excludes: bool
    negated: bool
    """For rows that require: they hold when the profile does not."""
    rows: int


class _Group:
    """Profiles that ask about the same genes and markers."""

    __slots__ = ("always", "keys", "known", "profiles", "rows")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.profiles: list[_Profile] = []
        self.rows = 0
        self.always = False
        """Some profile may hold though nothing is known: it asks for what is not known."""
        self.known: dict[tuple[int, ...], _Read] = {}


class _Read(NamedTuple):
    """What a group's profiles come to: rows that fail, rows that wait, and the reading of each profile."""

    failed: int
    unknown: int
    readings: tuple[Reading, ...]
    cells: tuple[CellRead, ...]


class _Placed(NamedTuple):
    """What the diseases of all rows come to for one diagnosis."""

    diagnosis: Diagnosis
    failed: int
    unknown: int
    fits: tuple[Fit, ...]
    cells: tuple[CellRead, ...]


class _Asked(NamedTuple):
    """What all conditions on one fact come to for one value of it."""

    failed: int
    unknown: int
    cells: tuple[CellRead, ...]


class _Where(NamedTuple):
    """Where the conditions of a row are found."""

    group: int
    profile: int
    scope: int
    settings: tuple[tuple[str, int], ...]


class Rulebook:
    """Compiled rows; it may be asked about any number of patients."""

    def __init__(self, rows: Iterable[GuidelineRow], taxonomy: Taxonomy) -> None:
        self.rows: tuple[GuidelineRow, ...] = tuple(sorted({r.id: r for r in rows}.values(), key=lambda r: r.id))
        self.at: Mapping[str, int] = {r.id: i for i, r in enumerate(self.rows)}
        self.all = (1 << len(self.rows)) - 1
        self.limits = _bits(i for i, r in enumerate(self.rows) if r.kind in LIMITS)
        self._taxonomy = taxonomy
        self._calendar = Calendar(self.rows)
        self._groups: list[_Group] = []
        self._by_key: defaultdict[str, list[int]] = defaultdict(list)
        self._scopes: list[tuple[DiseaseScope, int]] = []
        self._facts: dict[str, list[tuple[Condition, int]]] = {}
        self._where = self._compile()
        self._always = [i for i, g in enumerate(self._groups) if g.always]
        self._profiled = _union(g.rows for g in self._groups)
        self._signatures: dict[tuple[Any, ...], int] = {}
        self._classes: dict[int, object] = {}
        """Kept, for an id is only good while its object lives: hashing all classes of a gene costs more than asking."""
        self._placed: dict[int, _Placed] = {}
        self._asked: dict[tuple[str, Hashable], _Asked] = {}

    def positions(self, ids: Iterable[str]) -> int:
        """The bits of rows by id; ids that the book does not have are left out."""
        return _bits(self.at[id] for id in ids if id in self.at)

    def ask(self, patient: Patient, among: int | None = None) -> Stands:
        """How the rows (all, or those of the bits ``among``) stand for one patient."""
        failed, replaced = self._calendar.on(patient.context.as_of)
        read = self._read(patient.matcher.facts, patient.matcher)
        untouched = self._profiled
        unknown = 0
        for group, answer in read.items():
            untouched &= ~self._groups[group].rows
            failed |= answer.failed
            unknown |= answer.unknown
        placed = self._place(patient.diagnosis)
        asked = {fact: self._ask(fact, patient.setting) for fact in self._facts}
        for on in asked.values():
            failed |= on.failed
            unknown |= on.unknown & self.limits
        failed |= placed.failed
        unknown |= placed.unknown | untouched
        chosen = self.all if among is None else among
        failed &= chosen
        undecided = unknown & chosen & ~failed
        return Stands(self, patient, chosen & ~failed & ~undecided, undecided, failed, replaced, read, placed, asked)

    # -- compiling ---------------------------------------------------------------------------------------------------

    def _compile(self) -> tuple[_Where, ...]:
        groups: dict[tuple[str, ...], int] = {}
        profiles: dict[tuple[Expression, bool, bool], tuple[int, int]] = {}
        scopes: dict[DiseaseScope, int] = {}
        conditions: dict[Condition, tuple[str, int]] = {}
        found: list[_Where] = []
        for i, row in enumerate(self.rows):
            bit = 1 << i
            group = profile = scope = -1
            if row.profile is not None:
                use = (row.profile, row.kind in ("exclude", "caution"), row.kind == "require")
                if use not in profiles:
                    keys = keys_of(row.profile)
                    at = groups.setdefault(keys, len(self._groups))
                    if at == len(self._groups):
                        self._groups.append(_Group(keys))
                        for key in keys:
                            self._by_key[key].append(at)
                    self._groups[at].profiles.append(_Profile(*use, 0))
                    self._groups[at].always |= any(_asks_unknown(c) for c, _ in criteria(row.profile)) or not keys
                    profiles[use] = at, len(self._groups[at].profiles) - 1
                group, profile = profiles[use]
                here = self._groups[group]
                here.rows |= bit
                here.profiles[profile] = here.profiles[profile]._replace(rows=here.profiles[profile].rows | bit)
            if row.disease is not None:
                scope = scopes.setdefault(row.disease, len(self._scopes))
                if scope == len(self._scopes):
                    self._scopes.append((row.disease, 0))
                self._scopes[scope] = self._scopes[scope][0], self._scopes[scope][1] | bit
            for condition in row.settings:
                if condition not in conditions:
                    listed = self._facts.setdefault(condition.fact, [])
                    listed.append((condition, 0))
                    conditions[condition] = condition.fact, len(listed) - 1
                fact, n = conditions[condition]
                self._facts[fact][n] = condition, self._facts[fact][n][1] | bit
            found.append(_Where(group, profile, scope, tuple(conditions[c] for c in row.settings)))
        return tuple(found)

    # -- asking ------------------------------------------------------------------------------------------------------

    def _read(self, facts: Facts, matcher: Matcher) -> dict[int, _Read]:
        """The groups of which anything is known, and those that may hold though nothing is."""
        signed: dict[str, int] = {}
        touched: dict[int, None] = dict.fromkeys(self._always)
        for key in _known(facts):
            if key in self._by_key:
                signed[key] = self._sign(key, facts)
                touched.update(dict.fromkeys(self._by_key[key]))
        found: dict[int, _Read] = {}
        for at in touched:
            group = self._groups[at]
            signature_ = tuple(signed.get(key, _BLANK) for key in group.keys)
            answer = group.known.get(signature_)
            if answer is None:
                answer = _kept(group.known, signature_, _reads(group, matcher))
            found[at] = answer
        return found

    def _sign(self, key: str, facts: Facts) -> int:
        """A number for all that is known of a gene or marker; the same facts have the same number."""
        findings = (*facts.by_gene.get(key, ()), *facts.by_marker.get(key, ()))
        classes = facts.classes.get(key)
        if classes is not None:
            self._classes[id(classes)] = classes
        known = (
            findings, tuple(facts.stated(f) for f in findings), facts.wild_type.get(key), key in facts.contradicted,
            key in facts.unread, facts.covered.get(key), facts.genotypes.get(key), classes and id(classes),
            facts.named.get(key),
        )  # fmt: skip
        if len(self._signatures) >= _MOST:
            # Numbers that are given out again would mean other facts: what was read under them goes too.
            self._signatures.clear()
            self._classes.clear()
            for group in self._groups:
                group.known.clear()
        return self._signatures.setdefault(known, len(self._signatures))

    def _place(self, diagnosis: Diagnosis) -> _Placed:
        known = self._placed.get(id(diagnosis))
        if known is None:
            fits = tuple(fit(scope, diagnosis, self._taxonomy) for scope, _ in self._scopes)
            truths = [inside(f) for f in fits]
            name = diagnosis.name or diagnosis.input or "not known"
            cells = tuple(
                CellRead(fact="disease", asked=scope.name, found=name, outcome=_OUTCOME[truth])
                for (scope, _), truth in zip(self._scopes, truths, strict=True)
            )
            rows = [rows for _, rows in self._scopes]
            # The diagnosis is kept with what was found, for an id is only good while its object lives.
            known = _kept(self._placed, id(diagnosis), _Placed(diagnosis, *_split(rows, truths), fits, cells))
        return known

    def _ask(self, fact: str, setting: Setting) -> _Asked:
        value = fact, signature(fact, setting)
        known = self._asked.get(value)
        if known is None:
            listed = self._facts[fact]
            truths = [holds(condition, setting) for condition, _ in listed]
            cells = tuple(
                CellRead(fact=fact, asked=in_words(c), found=stated(fact, setting), outcome=_OUTCOME[truth])
                for (c, _), truth in zip(listed, truths, strict=True)
            )
            known = _kept(self._asked, value, _Asked(*_split([rows for _, rows in listed], truths), cells))
        return known


class Stands:
    """How the rows of a book stand for one patient: as bits, row by row, and condition by condition."""

    __slots__ = ("_asked", "_placed", "_read", "book", "failed", "fired", "patient", "replaced", "undecided")

    def __init__(
        self,
        book: Rulebook,
        patient: Patient,
        fired: int,
        undecided: int,
        failed: int,
        replaced: Mapping[int, str],
        read: Mapping[int, _Read],
        placed: _Placed,
        asked: Mapping[str, _Asked],
    ) -> None:
        self.book = book
        self.patient = patient
        self.fired = fired
        self.undecided = undecided
        self.failed = failed
        self.replaced = replaced
        """Position of a row -> what took its place: a newer version, or the row that supersedes it."""
        self._read = read
        self._placed = placed
        self._asked = asked

    def ruled(self, rows: int) -> list[Ruled]:
        """The rows of some bits, each with its reading, its reason and what defeated it, in order of id."""
        found = [self._ruled(i) for i in positions(rows)]
        return settle(found, self.book._taxonomy)

    def concerned(self) -> int:
        """Rows that fired or wait, and those that failed on something that is known of their genes."""
        return self.fired | self.undecided | self.failed & _union(self.book._groups[g].rows for g in self._read)

    def asked_about(self, position: int) -> bool:
        """Whether a row is among those that were asked."""
        return bool((self.fired | self.undecided | self.failed) >> position & 1)

    def cells(self, position: int) -> tuple[CellRead, ...]:
        """Every condition of one row as it was asked."""
        where = self.book._where[position]
        found: list[CellRead] = []
        if where.group >= 0:
            read = self._read.get(where.group)
            found.append(read.cells[where.profile] if read else self._blank(where).cells[where.profile])
        if where.scope >= 0:
            found.append(self._placed.cells[where.scope])
        found += [self._asked[fact].cells[n] for fact, n in where.settings]
        return tuple(found)

    def _reading(self, where: _Where) -> Reading | None:
        if where.group < 0:
            return None
        read = self._read.get(where.group)
        return (read or self._blank(where)).readings[where.profile]

    def _blank(self, where: _Where) -> _Read:
        """What a group reads of which nothing is known."""
        group = self.book._groups[where.group]
        blank = tuple(_BLANK for _ in group.keys)
        return group.known.get(blank) or _kept(group.known, blank, _reads(group, self.patient.matcher))

    def _ruled(self, position: int) -> Ruled:
        where = self.book._where[position]
        place = self._placed.fits[where.scope] if where.scope >= 0 else None
        row, patient = self.book.rows[position], self.patient
        return conclude(row, self._reading(where), place, patient.setting, patient.context, self.replaced.get(position))


def in_force_by_row(w: Weighed, stands: Stands) -> Weighed:
    """A positive statement as the guideline row that it is lets it count: a draft, a row out of force, or one that a
    newer one took the place of says nothing any more.
    """
    at = stands.book.at.get(w.statement.row or "")
    if at is None or not stands.asked_about(at):
        return w
    row = stands.book.rows[at]
    late, replaced = out_of_force(row, stands.patient.context.as_of), stands.replaced.get(at)
    if why := (
        f"the row is {row.status}" if row.status != "active" else late or (replaced and f"replaced by {replaced}")
    ):
        failed_by = w.failed_by or ("date" if row.status == "active" else "status")
        return msgspec.structs.replace(w, outcome="failed", failed_by=failed_by, notes=(*w.notes, why))
    if row.effective_to and stands.patient.context.as_of is None:
        ends = f"the day (the row ends on {row.effective_to})"
        return msgspec.structs.replace(w, missing=(*w.missing, ends))
    return w


def keys_of(profile: Expression) -> tuple[str, ...]:
    """Genes and markers on which a profile depends, sorted."""
    found: set[str] = set()
    for criterion, _ in criteria(profile):
        found.update(criterion_genes(criterion))
        found.update(k for k in (criterion_marker(criterion), criterion.gene, criterion.region) if k)
    return tuple(sorted(found))


def positions(rows: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while rows:
        low = rows & -rows
        yield low.bit_length() - 1
        rows ^= low


def _reads(group: _Group, matcher: Matcher) -> _Read:
    readings = tuple(matcher.read(p.profile, excludes=p.excludes) for p in group.profiles)
    truths = [r.truth if not p.negated or r.truth is None else not r.truth
              for p, r in zip(group.profiles, readings, strict=True)]  # fmt: skip
    cells = tuple(
        CellRead(
            fact="biomarker", asked=f"not {phrase(p.profile)}" if p.negated else phrase(p.profile),
            found=reading_words(r), outcome=_OUTCOME[t],
        )
        for p, r, t in zip(group.profiles, readings, truths, strict=True)
    )  # fmt: skip
    return _Read(*_split([p.rows for p in group.profiles], truths), readings, cells)


def reading_words(reading: Reading) -> str:
    """What is known of a profile, for people."""
    known = [
        use.held.finding.read_as if use.held.finding is not None else f"{use.criterion.name} tested and absent"
        for use in reading.uses
        if use.held.finding is not None or use.held.truth is False
    ]
    open_ = [f"{name} not known" for name in reading.missing]
    return "; ".join(dict.fromkeys((*known, *open_))) or ("not known" if reading.truth is None else "as asked")


def _known(facts: Facts) -> Iterator[str]:
    seen: dict[str, None] = {}
    for index in (facts.by_gene, facts.by_marker, facts.wild_type, facts.covered, facts.genotypes):
        seen.update(dict.fromkeys(index))
    return iter(seen.keys() | facts.unread)


def _asks_unknown(criterion: Criterion) -> bool:
    return "unknown" in criterion.genotypes


def _split(rows: Sequence[int], truths: Sequence[Truth]) -> tuple[int, int]:
    """The rows of conditions that fail, and those of conditions that are unknown."""
    failed = unknown = 0
    for bits, truth in zip(rows, truths, strict=True):
        if truth is False:
            failed |= bits
        elif truth is None:
            unknown |= bits
    return failed, unknown


def _kept(store: dict[Any, Any], key: Hashable, value: Any) -> Any:
    if len(store) >= _MOST:
        store.clear()
    store[key] = value
    return value


def _bits(places: Iterable[int]) -> int:
    found = 0
    for place in places:
        found |= 1 << place
    return found


def _union(bits: Iterable[int]) -> int:
    found = 0
    for one in bits:
        found |= one
    return found
