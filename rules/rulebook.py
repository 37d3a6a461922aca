"""Guideline rows, compiled: every distinct condition once, rows as bits, one answer a patient in a few operations.

A row holds when all its conditions do (Kleene). So for every condition that fails, all rows that have it fail, and for
every one that is unknown, they wait: with a row a bit of an integer, a patient's answer is a handful of ANDs and ORs
over the whole table. Each condition is evaluated by the same functions that read statements (``rules.match``,
``rules.diseases``, ``rules.settings``), and what one patient's facts make of a gene's rows is kept for the next patient
with the same facts. The row by itself, in words, is ``rules.weigh.conclude``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from graph.answer import CellRead
from graph.claims import GuidelineRow
from graph.patient import Context, Disease, Profile
from rules.compiled import (
    BLANK,
    MOST,
    OUTCOME,
    Asked,
    Layout,
    Placed,
    Read,
    bits,
    compiled,
    kept,
    known_keys,
    picks,
    positions,
    split,
    union,
)
from rules.diseases import Diagnosis, Taxonomy, fit
from rules.facts import Facts, gather
from rules.match import Matcher, Reading
from rules.policy import Calendar, settle
from rules.settings import Setting, holds, in_words, signature, stated
from rules.weigh import LIMITS, Ruled, Weighed, conclude, inside, out_of_force


class Patient(NamedTuple):
    """One patient, ready to be asked."""

    matcher: Matcher
    diagnosis: Diagnosis
    setting: Setting
    context: Context


class Rulebook:
    """Compiled rows; it may be asked about any number of patients."""

    def __init__(self, rows: Iterable[GuidelineRow], taxonomy: Taxonomy) -> None:
        self.rows: tuple[GuidelineRow, ...] = tuple(sorted({r.id: r for r in rows}.values(), key=lambda r: r.id))
        self.at: Mapping[str, int] = {r.id: i for i, r in enumerate(self.rows)}
        self.all = (1 << len(self.rows)) - 1
        self.limits = bits(i for i, r in enumerate(self.rows) if r.kind in LIMITS)
        self._taxonomy = taxonomy
        self._calendar = Calendar(self.rows)
        self._groups, self._by_key, self._scopes, self._facts, self._where = compiled(self.rows)
        self._always = [i for i, g in enumerate(self._groups) if g.always]
        self._layout: Layout | None = None
        self._of_many: dict[int, int] = {}
        """Number of groups that a row's parts are in -> the rows with so many."""
        for i, where in enumerate(self._where):
            many = len({group for group, _ in where.parts})
            self._of_many[many] = self._of_many.get(many, 0) | 1 << i
        self._signatures: dict[tuple[Any, ...], int] = {}
        self._classes: dict[int, object] = {}
        """Kept, for an id is only good while its object lives: hashing all classes of a gene costs more than asking."""
        self._placed: dict[int, Placed] = {}
        self._asked: dict[tuple[str, Hashable], Asked] = {}

    def positions(self, ids: Iterable[str]) -> int:
        """The bits of rows by id; ids that the book does not have are left out."""
        return bits(self.at[id] for id in ids if id in self.at)

    def ask(self, patient: Patient, among: int | None = None) -> Stands:
        """How the rows (all, or those of the bits ``among``) stand for one patient."""
        failed, replaced = self._calendar.on(patient.context.as_of)
        read = self._read(patient.matcher.facts, patient.matcher)
        unknown = self._untouched(read)
        for answer in read.values():
            failed |= answer.failed
            unknown |= answer.unknown
        placed = self._place(patient.diagnosis)
        asked = {fact: self._ask(fact, patient.setting) for fact in self._facts}
        for on in asked.values():
            failed |= on.failed
            unknown |= on.unknown & self.limits
        failed |= placed.failed
        unknown |= placed.unknown
        chosen = self.all if among is None else among
        failed &= chosen
        undecided = unknown & chosen & ~failed
        return Stands(self, patient, chosen & ~failed & ~undecided, undecided, failed, replaced, read, placed, asked)

    def _untouched(self, read: Iterable[int]) -> int:
        """The rows of which some part is about genes that nothing is known of: it is unknown, so they cannot hold.

        They are those that are not in as many of the groups that were read as they have groups: ``least[n]`` are the
        rows that are in at least ``n + 1`` of them, counted bit by bit for all rows at once.
        """
        most = max(self._of_many, default=0)
        least = [0] * most
        for group in read:
            rows = self._groups[group].rows
            for n in range(most - 1, 0, -1):
                least[n] |= least[n - 1] & rows
            if most:
                least[0] |= rows
        return union(rows & ~least[many - 1] for many, rows in self._of_many.items() if many)

    # -- compiling ---------------------------------------------------------------------------------------------------

    def layout(self) -> Layout:
        """Where every condition has its place in a trace; worked out when a trace is first asked for."""
        if self._layout is None:
            nobody = Matcher(gather(Profile(id="", disease=Disease(), biomarkers=()), (), {}))
            starts: list[int] = []
            blank: list[CellRead] = []
            for group in self._groups:
                starts.append(len(blank))
                blank += Read(group, nobody).cells
            scopes = len(blank)
            facts: dict[str, int] = {}
            size = scopes + len(self._scopes)
            for fact, listed in self._facts.items():
                facts[fact] = size
                size += len(listed)
            unasked = CellRead(fact="", asked="", found="", outcome="undecided")
            blank += [unasked] * (size - scopes)
            rows = tuple(
                picks(
                    [starts[group] + n for group, n in where.parts]
                    + ([scopes + where.scope] if where.scope >= 0 else [])
                    + [facts[fact] + n for fact, n in where.settings]
                )
                for where in self._where
            )
            self._layout = Layout(tuple(starts), scopes, facts, tuple(blank), rows)
        return self._layout

    # -- asking ------------------------------------------------------------------------------------------------------

    def _read(self, facts: Facts, matcher: Matcher) -> dict[int, Read]:
        """The groups of which anything is known, and those that may hold though nothing is."""
        signed: dict[str, int] = {}
        touched: dict[int, None] = dict.fromkeys(self._always)
        for key in known_keys(facts):
            if key in self._by_key:
                signed[key] = self._sign(key, facts)
                touched.update(dict.fromkeys(self._by_key[key]))
        found: dict[int, Read] = {}
        for at in touched:
            group = self._groups[at]
            signature_ = tuple(signed.get(key, BLANK) for key in group.keys)
            answer = group.known.get(signature_)
            if answer is None:
                answer = kept(group.known, signature_, Read(group, matcher))
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
        if len(self._signatures) >= MOST:
            # Numbers that are given out again would mean other facts: what was read under them goes too.
            self._signatures.clear()
            self._classes.clear()
            for group in self._groups:
                group.known.clear()
        return self._signatures.setdefault(known, len(self._signatures))

    def _place(self, diagnosis: Diagnosis) -> Placed:
        known = self._placed.get(id(diagnosis))
        if known is None:
            fits = tuple(fit(scope, diagnosis, self._taxonomy) for scope, _ in self._scopes)
            truths = [inside(f) for f in fits]
            name = diagnosis.name or diagnosis.input or "not known"
            cells = tuple(
                CellRead(fact="disease", asked=scope.name, found=name, outcome=OUTCOME[truth])
                for (scope, _), truth in zip(self._scopes, truths, strict=True)
            )
            rows = [rows for _, rows in self._scopes]
            # The diagnosis is kept with what was found, for an id is only good while its object lives.
            known = kept(self._placed, id(diagnosis), Placed(diagnosis, *split(rows, truths), fits, cells))
        return known

    def _ask(self, fact: str, setting: Setting) -> Asked:
        value = fact, signature(fact, setting)
        known = self._asked.get(value)
        if known is None:
            listed = self._facts[fact]
            truths = [holds(condition, setting) for condition, _ in listed]
            cells = tuple(
                CellRead(fact=fact, asked=in_words(c), found=stated(fact, setting), outcome=OUTCOME[truth])
                for (c, _), truth in zip(listed, truths, strict=True)
            )
            known = kept(self._asked, value, Asked(*split([rows for _, rows in listed], truths), cells))
        return known


class Stands:
    """How the rows of a book stand for one patient: as bits, row by row, and condition by condition."""

    __slots__ = ("_asked", "_cells", "_placed", "_read", "book", "failed", "fired", "patient", "replaced", "undecided")

    def __init__(
        self,
        book: Rulebook,
        patient: Patient,
        fired: int,
        undecided: int,
        failed: int,
        replaced: Mapping[int, str],
        read: Mapping[int, Read],
        placed: Placed,
        asked: Mapping[str, Asked],
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
        self._cells: list[CellRead] = []

    def ruled(self, rows: int) -> list[Ruled]:
        """The rows of some bits, each with its reading, its reason and what defeated it, in order of id."""
        found = [self._ruled(i) for i in positions(rows)]
        return settle(found, self.book._taxonomy)

    def candidates(self) -> int:
        """Rows that ask about a gene or marker of which something is known, and those that ask about none."""
        asked = self.fired | self.undecided | self.failed
        touched = union(self.book._groups[g].rows for g in self._read)
        return asked & (touched | self.book._of_many.get(0, 0))

    def concerned(self) -> int:
        """Rows that fired or wait, and candidates that failed."""
        return self.fired | self.undecided | self.candidates()

    def asked_about(self, position: int) -> bool:
        """Whether a row is among those that were asked."""
        return bool((self.fired | self.undecided | self.failed) >> position & 1)

    def cells(self, position: int) -> tuple[CellRead, ...]:
        """Every condition of one row as it was asked."""
        return self.book.layout().rows[position](self._page())

    def cells_of(self, id: str) -> tuple[CellRead, ...]:
        """``cells`` of a row by its id."""
        return self.cells(self.book.at[id])

    def traces(self, rows: int) -> list[tuple[CellRead, ...]]:
        """Every condition of the rows of some bits, in their order."""
        page, picks = self._page(), self.book.layout().rows
        return [picks[i](page) for i in positions(rows)]

    def _page(self) -> list[CellRead]:
        """The cells of all conditions of the book for this patient."""
        if not self._cells:
            layout = self.book.layout()
            page = list(layout.blank)
            for group, read in self._read.items():
                start = layout.groups[group]
                page[start : start + len(read.cells)] = read.cells
            page[layout.scopes : layout.scopes + len(self._placed.cells)] = self._placed.cells
            for fact, start in layout.facts.items():
                cells = self._asked[fact].cells
                page[start : start + len(cells)] = cells
            self._cells = page
        return self._cells

    def _reads(self, group: int) -> Read:
        """What a group comes to, also one of which nothing is known."""
        read = self._read.get(group)
        if read is None:
            here = self.book._groups[group]
            blank = (BLANK,) * len(here.keys)
            read = here.known.get(blank) or kept(here.known, blank, Read(here, self.patient.matcher))
        return read

    def _ruled(self, position: int) -> Ruled:
        where = self.book._where[position]
        row, patient = self.book.rows[position], self.patient
        reading: Reading | None = None
        if len(where.parts) == 1:
            ((group, n),) = where.parts
            reading = self._reads(group).readings[n]
        elif row.profile is not None:
            reading = patient.matcher.read(row.profile, excludes=row.kind in ("exclude", "caution"))
        place = self._placed.fits[where.scope] if where.scope >= 0 else None
        return conclude(row, reading, place, patient.setting, patient.context, self.replaced.get(position))


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
