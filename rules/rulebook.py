"""Guideline rows, compiled: every distinct condition once, rows as bits, one answer a patient in a few operations.

A row holds when all its conditions do (Kleene). So for every condition that fails, all rows that have it fail, and for
every one that is unknown, they wait: with a row a bit of an integer, a patient's answer is a handful of ANDs and ORs
over the whole table. Each condition is evaluated by the same functions that read statements (``rules.match``,
``rules.diseases``, ``rules.settings``), and what one patient's facts make of a gene's rows is kept for the next patient
with the same facts. The row by itself, in words, is ``rules.weigh.conclude``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from graph.answer import CellRead
from graph.claims import All, Edition, GuidelineRow
from graph.patient import Context, Disease, Profile
from rules.asking import Asked, Asking
from rules.cells import Listed
from rules.compiled import (
    BLANK,
    MOST,
    Group,
    Layout,
    Read,
    bits,
    compiled,
    kept,
    picks,
    positions,
    stated_keys,
    union,
)
from rules.diseases import Diagnosis, Taxonomy
from rules.facts import Facts, gather
from rules.match import Matcher, Reading
from rules.policy import Calendar, settle
from rules.scopes import Placed
from rules.settings import Setting, holds, signature, stated
from rules.weigh import LIMITS, Ruled, Weighed, conclude, is_foreign, out_of_force


class Patient(NamedTuple):
    """One patient, ready to be asked."""

    matcher: Matcher
    diagnosis: Diagnosis
    setting: Setting
    context: Context
    today: str | None = None
    """ISO date; on it rows must be in force where no other day is asked. ``None``: every row is."""

    @property
    def day(self) -> str | None:
        """The day on which rows must be in force."""
        return self.context.as_of or self.today


class Rulebook:
    """Compiled rows; it may be asked about any number of patients."""

    def __init__(self, rows: Iterable[GuidelineRow], taxonomy: Taxonomy, others: Iterable[Edition] = ()) -> None:
        """``others``: editions of rows that are not in the book (``graph.claims.editions``)."""
        # Rows on several genes come first: what is worked out for them alone then has short numbers.
        unique = {r.id: r for r in rows}.values()
        self.rows: tuple[GuidelineRow, ...] = tuple(
            sorted(unique, key=lambda r: (not isinstance(r.profile, All), r.id))
        )
        """By position."""
        self.at: Mapping[str, int] = {r.id: i for i, r in enumerate(self.rows)}
        self.all = (1 << len(self.rows)) - 1
        self.limits = bits(i for i, r in enumerate(self.rows) if r.kind in LIMITS)
        self._requiring = bits(i for i, r in enumerate(self.rows) if r.kind == "require")
        self._taxonomy = taxonomy
        self._calendar = Calendar(self.rows, others)
        self._groups, self._by_key, self._scopes, self._facts, self._where = compiled(self.rows)
        self._always = [i for i, g in enumerate(self._groups) if g.always]
        self._layout: Layout | None = None
        self._of_many: dict[int, int] = {}
        """Number of groups that a row's parts are in -> the rows with so many."""
        for i, where in enumerate(self._where):
            many = len({group for group, _ in where.parts})
            self._of_many[many] = self._of_many.get(many, 0) | 1 << i
        self._single = self._of_many.get(1, 0)
        self._several = union(rows for many, rows in self._of_many.items() if many > 1)
        self._panels: dict[Hashable, _Panel] = {}
        self._signatures: dict[tuple[Any, ...], int] = {}
        self._classes: dict[int, object] = {}
        """Kept, for an id is only good while its object lives: hashing all classes of a gene costs more than asking."""
        self._placed: dict[Hashable, Placed] = {}

    def positions(self, ids: Iterable[str]) -> int:
        """The bits of rows by id; ids that the book does not have are left out."""
        return bits(self.at[id] for id in ids if id in self.at)

    def ask(self, patient: Patient, among: int | None = None) -> Stands:
        """How the rows (all, or those of the bits ``among``) stand for one patient."""
        late, replaced = self._calendar.on(patient.day, patient.context.jurisdiction)
        facts = patient.matcher.facts
        panel = self._panel(facts)
        read = self._read(facts, patient.matcher, panel)
        own = union(self._groups[group].rows for group in read)
        failed = panel.failed & ~own
        unknown = panel.unknown & ~own | self._single & ~(panel.rows | own) | self._crossing(panel, read)
        for answer in read.values():
            failed |= answer.failed
            unknown |= answer.unknown
        for group, _, fails, waits in panel.several:
            if group not in read:
                failed |= fails
                unknown |= waits
        placed = self._place(patient.diagnosis)
        asked = {fact: self._ask(asking, fact, patient.setting) for fact, asking in self._facts.items()}
        for on in asked.values():
            failed |= on.failed
            unknown |= on.unknown & self.limits
        # Rows that require hold where what they ask does not; the disease alone says for whom.
        met = self._requiring & ~failed & ~unknown
        failed, unknown = failed & ~self._requiring | met, unknown & ~(self._requiring & failed)
        failed |= placed.failed | late
        unknown |= placed.unknown
        chosen = self.all if among is None else among
        failed &= chosen
        undecided = unknown & chosen & ~failed
        fired = chosen & ~failed & ~undecided
        return Stands(self, patient, fired, undecided, failed, replaced, panel, read, placed, asked)

    def _crossing(self, panel: _Panel, read: Mapping[int, Read]) -> int:
        """The rows on several groups of which some part is about genes that nothing is known of: it is unknown.

        They are those that are not in as many of the groups that were read as they have groups.
        """
        least = list(panel.least)
        for group in read:
            if group not in panel.reads:
                _count(least, self._groups[group].rows & self._several)
        return union(rows & ~least[many - 1] for many, rows in self._of_many.items() if many > 1)

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
            size = scopes + len(self._scopes.listed)
            for fact, asking in self._facts.items():
                facts[fact] = size
                size += len(asking.conditions)
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

    def _panel(self, facts: Facts) -> _Panel:
        """What the patient's tests alone tell; many patients have the same."""
        key = frozenset(facts.covered.items())
        known = self._panels.get(key)
        if known is None:
            groups = {at: self._groups[at] for gene in facts.covered for at in self._by_key.get(gene, ())}
            alone = {at: group for at, group in groups.items() if len(group.keys) == 1 and not group.always}
            reads = {at: self._tested(group, facts, alone=True) for at, group in alone.items()}
            least = [0] * max(self._of_many, default=0)
            for group in alone.values():
                _count(least, group.rows & self._several)
            known = kept(
                self._panels,
                key,
                _Panel(
                    reads=reads,
                    across=tuple(at for at in groups if at not in alone),
                    rows=union(group.rows for group in alone.values()) & self._single,
                    failed=union(read.failed for read in reads.values()) & self._single,
                    unknown=union(read.unknown for read in reads.values()) & self._single,
                    several=tuple(
                        (
                            at,
                            group.rows & self._several,
                            reads[at].failed & self._several,
                            reads[at].unknown & self._several,
                        )
                        for at, group in alone.items()
                        if group.rows & self._several
                    ),
                    least=tuple(least),
                    page=[],
                ),
            )
        return known

    def _read(self, facts: Facts, matcher: Matcher, panel: _Panel) -> dict[int, Read]:
        """The groups of which more is known than that they were tested, and those that may hold though nothing is."""
        if len(self._signatures) >= MOST:
            # Numbers that are given out again would mean other facts: what was read under them goes too.
            self._signatures.clear()
            self._classes.clear()
            for group in self._groups:
                group.known.clear()
        found: dict[int, Read] = {}
        said = stated_keys(facts)
        touched: dict[int, None] = dict.fromkeys((*self._always, *panel.across))
        signed = {key: self._sign(key, facts) for key in said if key in self._by_key}
        for key in signed:
            touched.update(dict.fromkeys(self._by_key[key]))
        for at in touched:
            group = self._groups[at]
            if any(key in facts.covered and key not in signed for key in group.keys):
                signed |= {key: self._sign(key, facts) for key in group.keys if key in facts.covered}
            numbers = tuple(signed.get(key, BLANK) for key in group.keys)
            answer = group.known.get(numbers)
            if answer is None:
                answer = kept(group.known, numbers, self._anew(group, facts, matcher))
            found[at] = answer
        return found

    def _anew(self, group: Group, facts: Facts, matcher: Matcher) -> Read:
        """A group that was not read before with what is known of its genes."""
        key = group.keys[0] if len(group.keys) == 1 else None
        if key is None or key in facts.by_marker or key in facts.genotypes:
            return Read(group, matcher)
        if not (findings := facts.by_gene.get(key, ())):
            return self._tested(group, facts)
        return Read(group, matcher, self._tested(group, facts), group.borne_on(findings))

    def _tested(self, group: Group, facts: Facts, alone: bool = False) -> Read:
        """How a group's parts stand when its gene was tested, or said to be wild type, and nothing is found in it.

        ``alone``: that it was tested is all that is known.
        """
        (key,) = group.keys
        wild = None if alone else facts.wild_type.get(key)
        state = facts.covered.get(key), wild, not alone and key in facts.unread
        known = group.tested.get(state)
        if known is None:
            bare = replace(
                facts, findings=(), by_gene={}, by_marker={}, contradicted=frozenset(), genotypes={}, origins={},
                wild_type=facts.wild_type if wild else {}, unread=facts.unread if state[2] else frozenset(),
            )  # fmt: skip
            known = kept(group.tested, state, Read(group, Matcher(bare)))
        return known

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
        return self._signatures.setdefault(known, len(self._signatures))

    def _place(self, diagnosis: Diagnosis) -> Placed:
        key = diagnosis.ids, diagnosis.name, diagnosis.input, tuple(diagnosis.implied.items())
        known = self._placed.get(key)
        if known is None:
            known = kept(self._placed, key, self._scopes.place(diagnosis, self._taxonomy))
        return known

    def _ask(self, asking: Asking, fact: str, setting: Setting) -> Asked:
        value = signature(fact, setting)
        known = asking.known.get(value)
        if known is None:
            if isinstance(value, Listed) and value.items:
                nothing = Listed(frozenset(), value.complete)
                base = self._ask(asking, fact, replace(setting, facts={**setting.facts, fact: nothing}))
                changed = {i: holds(asking.conditions[i], setting) for i in asking.on(value.items)}
                settled = asking.sheet.over(base.settled, changed)
            else:
                settled = asking.sheet.settled([holds(c, setting) for c in asking.conditions])
            known = kept(asking.known, value, Asked(asking, settled, stated(fact, setting)))
        return known


def _write(page: list[CellRead], layout: Layout, reads: Mapping[int, Read]) -> None:
    for group, read in reads.items():
        cells = read.cells
        start = layout.groups[group]
        page[start : start + len(cells)] = cells


def _count(least: list[int], rows: int) -> None:
    """One more group has these rows: ``least[n]`` are the rows that at least ``n + 1`` groups have, bit by bit."""
    if rows:
        for n in range(len(least) - 1, 0, -1):
            least[n] |= least[n - 1] & rows
        least[0] |= rows


class _Panel(NamedTuple):
    """What tests alone say of genes: how the rows on them stand as long as nothing more is known."""

    reads: Mapping[int, Read]
    """Groups on one gene that was tested."""
    across: tuple[int, ...]
    """Groups that ask about more than one gene, one of which was tested."""
    rows: int
    """Of the rows that are in one group only: all, those that fail, those that wait."""
    failed: int
    unknown: int
    several: tuple[tuple[int, int, int, int], ...]
    """Groups with the same of their rows that are in several groups."""
    least: tuple[int, ...]
    """The rows that are in at least one of these groups, in at least two, …: of those that are in several."""
    page: list[CellRead]
    """A page of a trace with what these groups come to; made when the first patient with these tests is traced."""


class Stands:
    """How the rows of a book stand for one patient: as bits, row by row, and condition by condition."""

    __slots__ = (
        "_asked",
        "_cells",
        "_own",
        "_panel",
        "_placed",
        "_read",
        "book",
        "failed",
        "fired",
        "patient",
        "replaced",
        "undecided",
    )

    def __init__(
        self,
        book: Rulebook,
        patient: Patient,
        fired: int,
        undecided: int,
        failed: int,
        replaced: Mapping[int, str],
        panel: _Panel,
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
        self._own = read
        self._panel = panel
        self._read = {**panel.reads, **read}
        self._placed = placed
        self._asked = asked
        self._cells: list[CellRead] = []

    def ruled(self, rows: int) -> list[Ruled]:
        """The rows of some bits, each with its reading, its reason and what defeated it, in order of id."""
        found = sorted((self._ruled(i) for i in positions(rows)), key=lambda r: r.row.id)
        return settle(found, self.book._taxonomy)

    def candidates(self) -> int:
        """Rows that ask about a gene or marker of which something is stated, and those that ask about none."""
        asked = self.fired | self.undecided | self.failed
        said = stated_keys(self.patient.matcher.facts)
        touched = union(g.rows for g in map(self.book._groups.__getitem__, self._own) if not said.isdisjoint(g.keys))
        return asked & (touched | self.book._of_many.get(0, 0))

    def concerned(self) -> int:
        """Rows that fired or wait, and those that failed on a gene or marker of which something is known."""
        touched = union(self.book._groups[g].rows for g in self._read)
        return self.fired | self.undecided | self.failed & (touched | self.book._of_many.get(0, 0))

    def asked_about(self, position: int) -> bool:
        """Whether a row is among those that were asked."""
        return bool((self.fired | self.undecided | self.failed) >> position & 1)

    def cells(self, position: int) -> tuple[CellRead, ...]:
        """Every condition of one row as it was asked."""
        return self.book.layout().rows[position](self._page())

    def cells_of(self, id: str) -> tuple[CellRead, ...]:
        """``cells`` of a row by its id."""
        return self.cells(self.book.at[id])

    def traces(self) -> list[tuple[CellRead, ...]]:
        """Every condition of every candidate, in no particular order."""
        page, picks = self._page(), self.book.layout().rows
        return [picks[i](page) for i in positions(self.candidates())]

    def _page(self) -> list[CellRead]:
        """The cells of all conditions of the book for this patient."""
        if not self._cells:
            layout = self.book.layout()
            if not self._panel.page:
                self._panel.page[:] = layout.blank
                _write(self._panel.page, layout, self._panel.reads)
            page = list(self._panel.page)
            _write(page, layout, self._own)
            page[layout.scopes : layout.scopes + len(self._placed.cells)] = self._placed.cells
            for fact, start in layout.facts.items():
                cells = self._asked[fact].cells
                page[start : start + len(cells)] = cells
            self._cells = page
        return self._cells

    def _ruled(self, position: int) -> Ruled:
        where = self.book._where[position]
        row, patient = self.book.rows[position], self.patient
        reading: Reading | None = None
        if row.profile is not None:
            reading = patient.matcher.read(row.profile, excludes=row.kind in ("exclude", "caution"))
        place = self._placed.fit(where.scope) if where.scope >= 0 else None
        return conclude(row, reading, place, patient.setting, patient.context, patient.day, self.replaced.get(position))


def in_force_by_row(w: Weighed, stands: Stands) -> Weighed:
    """A positive statement as the guideline row that it is lets it count: a draft, a row out of force, or one that a
    newer one took the place of says nothing any more.
    """
    at = stands.book.at.get(w.statement.row or "")
    if at is None or not stands.asked_about(at):
        return w
    row, context = stands.book.rows[at], stands.patient.context
    replaced = stands.replaced.get(at)
    why = out_of_force(row, stands.patient.day) or (f"replaced by {replaced}" if replaced else None)
    failed_by = "date"
    if row.status != "active":
        why, failed_by = f"the row is {'a draft' if row.status == 'draft' else 'retired'}", "status"
    elif why is None and row.strength != "label" and is_foreign(row, context):
        why, failed_by = f"the row is for {row.jurisdiction}", "jurisdiction"
    if why is not None:
        # A draft is nothing yet, whatever else would fail it.
        failed_by = failed_by if failed_by == "status" else w.failed_by or failed_by
        return msgspec.structs.replace(w, outcome="failed", failed_by=failed_by, notes=(*w.notes, why), counts=False)
    if row.effective_to and stands.patient.day is None:
        ends = f"the day (the row ends on {row.effective_to})"
        return msgspec.structs.replace(w, missing=(*w.missing, ends))
    return w
