"""Statements and guideline rows against one patient: which fire, which fail, which wait, and why in plain words."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from graph.answer import Outcome, Tier
from graph.claims import Edition, GuidelineRow, Statement
from graph.patient import Context
from rules.diseases import Diagnosis, Fit, Taxonomy, fit
from rules.kleene import Truth, conjunction
from rules.match import Matcher, Reading
from rules.settings import Setting, ask

STRENGTHS = ("label", "guideline", "A", "B", "C", "D", "E")
"""Strongest first."""
TIERS: tuple[Tier, ...] = ("label", "guideline", "clinical", "preclinical", "inferred")
"""Highest first."""
TIER_RANK: Mapping[str, int] = {tier: i for i, tier in enumerate(TIERS)}
_TIER: Mapping[str, Tier] = {
    "label": "label", "guideline": "guideline", "A": "clinical", "B": "clinical", "C": "clinical",
    "D": "preclinical", "E": "inferred",
}  # fmt: skip


def tier_of(strength: str) -> Tier:
    """The tier of a row of this strength, before any cap."""
    return _TIER[strength]


_RANK = {strength: i for i, strength in enumerate(STRENGTHS)}


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """One statement as it stands for the patient."""

    statement: Statement
    reading: Reading
    fit: Fit
    outcome: Outcome
    failed_by: str | None
    """``biomarker``, ``disease``, ``age``, ``setting``, ``date`` or ``quarantine``: the first that is false."""
    tier: Tier
    """After the caps for off-tumour-type and foreign rows."""
    foreign: bool
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    counts: bool = True
    """Whether the row is one of the day and place asked: a draft, a row of a later day or one that was replaced says
    nothing, not even whom it excepts."""

    @property
    def rank(self) -> int:
        """Strength as a number, 0 the strongest."""
        return _RANK[self.statement.strength]

    @property
    def fired(self) -> bool:
        return self.outcome == "fired"

    @property
    def capped(self) -> bool:
        """Whether the row gives at most an option."""
        return self.fit.capped or self.foreign

    @property
    def reason(self) -> str:
        """Why the row does not simply fire, or that it does, as one sentence."""
        return "; ".join(self.notes) if self.notes else f"{self.reading.words} holds"

    @property
    def concerns(self) -> bool:
        """Whether the row is about this patient: a finding bears on it, or it waits for absences only."""
        return self.reading.touched or self.reading.waits_for_absence or self.reading.truth is True


def weigh(
    statement: Statement,
    matcher: Matcher,
    diagnosis: Diagnosis,
    taxonomy: Taxonomy,
    setting: Setting,
    context: Context,
) -> Weighed | None:
    """One statement against one patient (DESIGN section 3, "A row").

    ``None``: its biomarker is absent and no finding has to do with it, so it has nothing to say here.
    """
    s = statement
    positive = s.direction == "sensitive"
    reading = matcher.read(s.profile, excludes=not positive, drugs=frozenset(s.therapy))
    if reading.truth is False and not reading.touched:
        return None
    where = fit(s.disease, diagnosis, taxonomy)
    if s.direction in ("resistant", "no_benefit") and where.truth is False and not where.excluded:
        # Resistance on a finding is a property of the change: it is weighed in every disease, as from another one.
        where = Fit(True, "off", True, where.note)
    if reading.truth is None and not reading.touched and not reading.waits_for_absence:
        # Another marker than the patient's: no option, but a test that may decide one, if the row can hold at all.
        if s.quarantined or ask(s.settings, setting).failed or not in_force(s, context.as_of):
            return None
        return Weighed(s, reading, where, "undecided", None, _TIER[s.strength], False, reading.missing, ())
    notes: list[str] = []
    missing: list[str] = []
    failed: str | None = None
    undecided = False

    if s.quarantined:
        failed = "quarantine"
        notes.append(f"set aside: {s.quarantined}")
    if reading.truth is False:
        failed = failed or "biomarker"
        notes.append(_against_profile(reading))
    elif reading.truth is None:
        missing += reading.missing
        if s.accepts_unknown and reading.waits_for_absence and reading.untested:
            notes.append(f"the row accepts that {', '.join(reading.missing)} is not known")
        else:
            undecided = True
            notes.append(f"not known: {', '.join(reading.missing) or 'the biomarker'}")
    else:
        missing += reading.missing
    if where.truth is False:
        failed = failed or "disease"
    elif where.truth is None:
        undecided = True
    if where.note:
        notes.append(where.note)
    if where.missing:
        missing.append(where.missing)

    asked = ask(s.settings, setting)
    failed = failed or asked.failed
    notes += asked.notes
    missing += asked.missing if s.settings_stated else ("setting", *asked.missing)
    missing += asked.accepted

    late = False
    if positive and context.as_of:
        if s.date is None:
            if s.kind == "label":
                undecided = True
                missing.append("approval date")
                notes.append("the source gives no date for this label")
            else:
                notes.append("undated")
        elif s.date > context.as_of:
            failed = failed or "date"
            late = True
            notes.append(f"in force from {s.date}, after {context.as_of}")

    foreign = bool(positive and context.jurisdiction and s.agency and s.agency != context.jurisdiction.casefold())
    if foreign:
        notes.append(f"a label of {s.agency}, not of {(context.jurisdiction or '').casefold()}")
    tier = _TIER[s.strength]
    if (where.capped or foreign) and TIERS.index(tier) < TIERS.index("clinical"):
        tier = "clinical"
    outcome: Outcome = "failed" if failed else "undecided" if undecided else "fired"
    return Weighed(
        s,
        reading,
        where,
        outcome,
        failed,
        tier,
        foreign,
        _once(missing),
        _once(notes),
        not late,
    )


def _once(items: list[str]) -> tuple[str, ...]:
    return tuple(items) if len(items) < 2 else tuple(dict.fromkeys(items))


def in_force(s: Statement, as_of: str | None) -> bool:
    """Whether a positive row may count on a day; an undated label is not known to, undated evidence is."""
    if as_of is None:
        return True
    return s.date <= as_of if s.date else s.kind != "label"


def _against_profile(reading: Reading) -> str:
    """Which finding rules the profile out, in words."""
    for use in reading.uses:
        held = use.held
        if held.truth is not None and held.truth is use.negated and held.finding is not None:
            verb = "must be absent" if use.negated else "does not hold"
            return f"{use.criterion.name} {verb}: the tumour has {held.finding.read_as}"
    return f"{reading.words} does not hold"


LIMITS = frozenset({"exclude", "require", "caution"})
"""Kinds of row that limit a therapy: whatever they ask and is not known leaves them undecided."""


class Ruled(msgspec.Struct, frozen=True, gc=False):
    """One guideline row as it stands for the patient."""

    row: GuidelineRow
    reading: Reading | None
    fit: Fit | None
    outcome: Outcome
    foreign: bool
    missing: tuple[str, ...]
    why: str
    """Why it does not simply fire."""
    defeated_by: str | None = None
    """What took its place: a newer version of its guideline, a row that supersedes it, a more specific one."""

    @property
    def answered(self) -> bool:
        """Whether the row fails on its biomarker, for this disease, because somebody looked."""
        by_finding = self.reading is not None and self.reading.truth is (self.row.kind == "require")
        return by_finding and (self.fit is None or inside(self.fit) is True)

    @property
    def findings(self) -> frozenset[str]:
        """The findings that make the row fire, by ``read_as``."""
        return self.reading.findings if self.reading is not None else frozenset()


def inside(where: Fit) -> Truth:
    """Whether the patient's disease is the row's: a row for another tumour does not hold, one for a subtype may."""
    if where.truth is True and where.capped:
        return False if where.on == "off" else None
    return where.truth


def conclude(
    row: GuidelineRow,
    reading: Reading | None,
    where: Fit | None,
    setting: Setting,
    context: Context,
    day: str | None = None,
    replaced: str | None = None,
) -> Ruled:
    """How one row stands, from what its conditions came to.

    A ``require`` row fires when anything that it requires, biomarker or setting, is not so. Of a row that does not
    limit, settings that are not known are listed and it fires all the same. ``day``: on which rows must be in force;
    ``replaced``: what took its place on that day.
    """
    missing: list[str] = []
    why: list[str] = []
    asked = ask(row.settings, setting)
    # Of a row that does not limit, a setting that is not known leaves it standing.
    met: list[Truth] = [False if asked.failed else None if asked.missing and row.kind in LIMITS else True]
    if reading is not None:
        met.append(reading.truth)
        missing += reading.missing
        if reading.truth is None:
            why.append(f"not known: {', '.join(reading.missing) or reading.words}")
    held = conjunction(met)
    if row.kind == "require":
        # It limits where anything of what it asks is not so; the disease alone says for whom.
        held = None if held is None else not held
    truths = [held]
    if where is not None:
        within = inside(where)
        truths.append(within)
        if within is None:
            missing.append(where.missing or "disease")
            name = row.disease.name if row.disease else ""
            why.append(where.note or f"whether the disease is {name} is not known")
    missing += (*asked.missing, *asked.accepted)
    if row.kind == "require" and asked.failed:
        why += asked.notes
    if row.status != "active":
        truths.append(False)
        why.append(f"the row is {'a draft' if row.status == 'draft' else 'retired'}")
    if late := out_of_force(row, day):
        truths.append(False)
        why.append(late)
    if replaced:
        why.append(f"replaced by {replaced}")
    truth = conjunction(truths)
    outcome: Outcome = "fired" if truth else "failed" if truth is False else "undecided"
    foreign = is_foreign(row, context)
    return Ruled(row, reading, where, outcome, foreign, tuple(dict.fromkeys(missing)), "; ".join(why), replaced)


def is_foreign(row: GuidelineRow, context: Context) -> bool:
    """Whether the row is of another jurisdiction than the one that was asked for."""
    asked, own = context.jurisdiction, row.jurisdiction
    return bool(asked and own and own.casefold() != asked.casefold())


def out_of_force(row: GuidelineRow | Edition, as_of: str | None) -> str | None:
    """Why a row does not hold on a day, in words; ``None`` when it does, or when no day was asked."""
    if as_of is None:
        return None
    if row.effective_from and row.effective_from > as_of:
        return f"in force from {row.effective_from}, after {as_of}"
    if row.effective_to and row.effective_to <= as_of:
        return f"in force until {row.effective_to}"
    return None


def rule(
    row: GuidelineRow,
    matcher: Matcher,
    diagnosis: Diagnosis,
    taxonomy: Taxonomy,
    setting: Setting,
    context: Context,
) -> Ruled:
    """One guideline row by itself against one patient; many rows are asked through ``rules.rulebook``."""
    reading = None
    if row.profile is not None:
        reading = matcher.read(row.profile, excludes=row.kind in ("exclude", "caution"))
    where = fit(row.disease, diagnosis, taxonomy) if row.disease is not None else None
    return conclude(row, reading, where, setting, context, context.as_of)
