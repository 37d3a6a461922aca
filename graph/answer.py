"""What ``clew recommend`` answers: the recommendation contract, ready to be encoded.

Field order is the order in JSON, and every field is written, also when empty, so that readers need no defaults. Lists
are in rank order where rank means something, else sorted.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from graph.claims import Level
from graph.model import Path

Status = Literal["recommended", "option", "needs_check", "conflict", "excluded"]
ExcludedBy = Literal["contraindicated", "resistance", "not_met", "age", "date"]
OptionDirection = Literal["sensitive", "resistant", "no_benefit", "adverse"]
Tier = Literal["label", "guideline", "clinical", "preclinical", "inferred"]
OnTumourType = Literal["exact", "ancestor", "agnostic", "off", "unknown"]
Rung = Literal["allele", "protein", "codon", "exon", "category", "gene"]
Outcome = Literal["fired", "failed", "undecided"]


class OptionStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One source's statement behind an option."""

    id: str
    provenance: str
    agency: str | None
    disease: str
    profile: str
    setting: tuple[str, ...]
    dates: tuple[str, ...]
    level: Level
    strength: str
    outcome: Outcome
    on_tumour_type: OnTumourType
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    """Why it counts for less or not at all, in plain words: foreign label, off tumour type, read from the text."""
    url: str | None


class OptionRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A guideline row or label condition that was weighed for an option."""

    id: str
    kind: str
    outcome: Outcome
    reason: str
    sources: tuple[str, ...]
    cells: tuple[CellRead, ...] = ()
    """Every condition of a guideline row, one by one."""
    defeated_by: str | None = None
    """What took the row's place: a newer version, a row that supersedes it, a more specific one."""


class Against(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Something that speaks against an option: a veto, resistance evidence, toxicity."""

    id: str
    kind: str
    reason: str
    sources: tuple[str, ...]
    strength: str | None = None


class CellRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One condition of a row as it was asked of the patient."""

    fact: str
    """``biomarker``, ``disease``, or the fact of a setting: ``age_years``, ``facts.ecog``."""
    asked: str
    """What the row asks, in words or as its cell."""
    found: str
    """What is known of it; ``not known`` where nothing is."""
    outcome: Outcome
    """``fired``: it holds; ``failed``: it does not; ``undecided``: it cannot be told."""


class GuidanceRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A row of dosing, of points or on a germline genotype, as it stands for the patient."""

    id: str
    kind: str
    outcome: Outcome
    reason: str
    """What the row says and why it stands as it does, as one sentence."""
    action: str | None
    text: str | None
    level: Level | None
    points: float | None
    counted: bool
    """Whether the points are in the sum: of a group only the most are."""
    defeated_by: str | None
    missing: tuple[str, ...]
    sources: tuple[str, ...]
    cells: tuple[CellRead, ...]


class Guidance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What one guideline says on giving one drug to this patient, beside any option."""

    drug: str
    guideline: str
    title: str
    publisher: str | None
    version: str | None
    hit_policy: str
    score: float | None
    """Sum of the points of what fired; ``None`` where the guideline does not count points."""
    score_level: str | None
    """Of the sum so far, as ``score_code``."""
    score_code: str | None
    low: float | None = None
    """The least that rows which wait may still make of ``score``; ``None`` where that is."""
    high: float | None = None
    """The most."""
    conflict: bool
    """More than one row fired where exactly one may: none of them is to be followed before somebody has looked."""
    rows: tuple[GuidanceRow, ...]
    """Those that fired; where none did, those that wait for something that is not known."""
    waiting: int
    """How many rows wait, shown or not."""
    missing: tuple[str, ...]


class Caution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Something to mind that changes no status."""

    id: str
    reason: str
    sources: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """What is to be known before it holds; empty: it holds."""
    condition: str = ""
    """The finding that would speak against the option, where it waits for one: ``BRAF L505H``."""


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One ingredient set in one direction."""

    therapy: tuple[str, ...]
    direction: OptionDirection
    status: Status
    excluded_by: ExcludedBy | None
    tier: Tier
    level: Level
    on_tumour_type: OnTumourType
    match: Rung | None
    jurisdictions: tuple[str, ...]
    score: float
    contributions: dict[str, float]
    """Log-odds by feature; they sum to the log-odds of ``score``."""
    sources: tuple[str, ...]
    sequential: bool
    statements: tuple[OptionStatement, ...]
    paths: tuple[Path, ...]
    rules: tuple[OptionRule, ...]
    against: tuple[Against, ...]
    cautions: tuple[Caution, ...]
    defeated_by: tuple[str, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]


class FindingRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How one stated finding was read, and what it matched."""

    input: str
    read_as: str | None
    classes: tuple[str, ...]
    matched: int
    """Number of statements and rows that it satisfies."""
    why_not: str | None


class GenotypeRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A germline genotype as it was stated."""

    gene: str
    """HGNC symbol."""
    stated: str
    why_not: str | None
    """Why it decides nothing: it was not understood, or contradicts itself."""


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What becomes of giving a therapy; ``before`` or ``after`` is ``None`` where it is no option."""

    therapy: tuple[str, ...]
    before: Status | None
    after: Status | None
    tier: Tier
    """Of the rows that then decide; of those that did, where it is no option any more."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One answer to a fact that is not known, and what Clew would then answer."""

    answer: str
    """Without the fact: ``wild type``, ``G12C or G12D``, ``12 to below 18``."""
    allows: tuple[str, ...]
    """Therapies that are recommended or an option only then, best first."""
    excludes: tuple[str, ...]
    """Therapies that are excluded only then."""
    changes: tuple[StatusChange, ...]
    """Every option whose status differs, those in ``allows`` and ``excludes`` too, best first."""


class WouldDecide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A test, or a setting, that is not known and how many options wait for it."""

    fact: str
    options: int
    therapies: tuple[str, ...]
    answers: tuple[Answer, ...] | msgspec.UnsetType = msgspec.UNSET
    """Only when they were asked for, and only where they were tried: see ``Decisions.left``."""


class Supposition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A fact with an answer: ``KRAS``, ``wild type``."""

    fact: str
    answer: str


class Lead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Where some answers together lead."""

    suppose: tuple[Supposition, ...]
    becomes: Status | None
    """``None``: it is no option any more."""


class DecidingSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Facts that are not known and together change a verdict; no part of them leads to the same statuses."""

    facts: tuple[str, ...]
    leads: tuple[Lead, ...]


class OptionDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What would change the status of one option."""

    therapy: tuple[str, ...]
    direction: OptionDirection
    status: Status
    sets: tuple[DecidingSet, ...]
    """For an option that waits: the smallest sets of unknown facts, for every status that they lead to."""
    flips: tuple[Lead, ...]
    """The nearest changes of facts, stated ones too, that give it another status; all of the same size."""


class Decisions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What would change the verdicts on one patient: what the rules answered when asked about changed profiles."""

    options: tuple[OptionDecision, ...]
    """In rank order; an option that nothing which was tried changes has empty lists."""
    asked: int
    """How many changed profiles were judged."""
    left: tuple[str, ...]
    """What was not tried, in words."""


class ReleaseSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    name: str
    version: str | None
    licence: str


class ReleaseRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    digest: str
    sources: tuple[ReleaseSource, ...]


class DiagnosisRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The diagnosis as it was resolved; ``ids`` empty means that no route leads to the ontology."""

    input: str
    ids: tuple[str, ...]
    name: str | None
    compartment: str | None


class OptionChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How one option differs between two releases; ``before`` or ``after`` is ``None`` where it did not exist."""

    therapy: tuple[str, ...]
    direction: OptionDirection
    before: Status | None
    after: Status | None
    tier_before: Tier | None
    tier_after: Tier | None
    because: str
    """The reason that holds now, or held then for an option that is gone; empty where the answer states none."""
    because_before: str
    """The reason that held then; empty where there was none."""


class GuidanceChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How what one guideline says on one drug differs between two releases; ``None`` where it said nothing."""

    drug: str
    guideline: str
    score_before: float | None
    score_after: float | None
    level_before: str | None
    level_after: str | None
    rows_before: tuple[str, ...]
    """What each fired row said to do, or else its reason."""
    rows_after: tuple[str, ...]


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A rule that fired for the patient or was undecided, and says another thing or stands otherwise than it did.

    ``before`` or ``after`` is ``None`` where it did neither there.
    """

    id: str
    change: Literal["added", "removed", "changed"]
    before: Outcome | None
    after: Outcome | None
    reason: str
    """As the rule says it now, or said it then."""


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What changed for one patient since an earlier release."""

    since: str
    """Digest of the earlier release."""
    options: tuple[OptionChange, ...]
    unchanged: int
    guidance: tuple[GuidanceChange, ...]
    rules: tuple[RuleChange, ...]


class Recommendation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The answer for one profile."""

    profile_id: str
    release: ReleaseRef
    diagnosis: DiagnosisRead
    options: tuple[Option, ...]
    findings: tuple[FindingRead, ...]
    germline: tuple[GenotypeRead, ...] = ()
    would_decide: tuple[WouldDecide, ...]
    guidance: tuple[Guidance, ...]
    """Dosing, points and what rows say on germline genotypes, for drugs that are options and for others."""
    unmatched: tuple[str, ...]
    warnings: tuple[str, ...]
    changes: Changes | msgspec.UnsetType = msgspec.UNSET
    """Only when an earlier release was asked for; otherwise the key is not written."""
    decisions: Decisions | msgspec.UnsetType = msgspec.UNSET
    """Only when it was asked what would change the verdicts."""
