"""What sources say about therapies: criteria, molecular profiles, statements and guideline rows.

A *criterion* is one defining property of a variant, a category or a marker (Cat-VRS). An *expression* joins criteria
with AND, OR and NOT. A *statement* is one source's word on one therapy for one expression and one disease. A *guideline
row* limits therapies. All of it is data: ``rules`` gives it meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from graph.patient import CopyDirection, Origin, Zygosity

CriterionType = Literal[
    "variant", "fusion", "rearrangement", "cna", "wildtype", "expression", "msi", "mmr", "tmb", "hrd", "signature",
    "genotype", "other",
]  # fmt: skip
Consequence = Literal[
    "missense", "nonsense", "frameshift", "inframe_deletion", "inframe_insertion", "delins", "splice", "duplication",
    "itd", "synonymous", "start_lost", "stop_lost", "truncating",
]  # fmt: skip
"""Classes of change. ``truncating`` holds for nonsense, frameshift and splice changes; ``duplication`` and ``itd`` are
in-frame insertions too."""
Requires = Literal["oncogenic", "activating", "loss_of_function", "pathogenic"]
Direction = Literal["sensitive", "resistant", "no_benefit", "adverse", "reduced"]
Strength = Literal["label", "guideline", "A", "B", "C", "D", "E"]
StatementKind = Literal["label", "guideline", "evidence"]
AGENCIES = ("ema", "fda", "hc", "hpra", "hse")
"""Agencies whose labels our sources hold, as they name them; a release may hold others'."""
RowKind = Literal["recommend", "exclude", "require", "caution", "dose", "score"]
HitPolicy = Literal["COLLECT", "UNIQUE", "SUM"]
"""How the rows of one guideline on one drug go together: all that fire count, exactly one may fire, points add up."""
RowStatus = Literal["active", "draft", "retired"]
Because = Literal["contraindicated", "resistance", "toxicity"]
CONTEXT_FACTS = ("age_years", "sex", "stage", "state", "line", "prior_therapies", "histology", "population")
"""Facts of a patient that a setting may ask for by name; others are ``facts.NAME`` (``context.facts`` of a profile)."""
OWN = "facts."
"""In front of the names of facts that an institution's own tables ask."""


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One thing that must hold of the tumour (or, for ``genotype``, of the germline).

    For ``variant`` the fields narrow step by step: ``gene`` alone is any change of the gene; ``exons``, ``codons``,
    ``consequences``, ``protein`` and ``alleles`` each narrow further, and all that are set must hold.
    """

    type: CriterionType
    name: str
    """As the source writes it, for people: ``EGFR Exon 19 (Deletion)``."""
    gene: str | None = None
    """HGNC symbol. For a fusion without a stated side: the kinase."""
    protein: str | None = None
    """Canonical one-letter protein change with its prefix: ``p.V600E``, ``p.E746_A750del``."""
    cdna: str | None = None
    alleles: tuple[str, ...] = ()
    """Genomic alleles, any of them, as ``GRCh37:7:140453136:A:T`` (VCF style, left-aligned as given)."""
    codons: tuple[int, int] | None = None
    """First and last codon, both included."""
    residues: tuple[str, ...] = ()
    """What the codon holds then, any of these: amino acids by one letter, ``i`` an insertion behind it, ``d`` nothing.
    For proteins of a virus, whose sequence is that of many copies: of a mixture one is enough."""
    except_codons: tuple[int, ...] = ()
    """Codons that do not count: ``Non-V600``."""
    except_changes: tuple[str, ...] = ()
    """Protein changes that do not count, as in ``protein``: ``exon 20 insertion except A763_Y764insFQEA``."""
    exons: tuple[int, int] | None = None
    consequences: tuple[Consequence, ...] = ()
    """Any of these; empty: any change."""
    requires: Requires | None = None
    origin: Origin | None = None
    zygosity: Zygosity | None = None
    gene_5p: str | None = None
    gene_3p: str | None = None
    exon_5p: int | None = None
    exon_3p: int | None = None
    directions: tuple[CopyDirection, ...] = ()
    region: str | None = None
    """Arm or band of a copy-number criterion that names no gene: ``5q``."""
    marker: str | None = None
    """``PD-L1``, ``HER2``, ``ER`` …; canonical names are in ``rules/tables/markers.csv``."""
    statuses: tuple[str, ...] = ()
    comparator: Literal["<", "<=", ">", ">=", "="] | None = None
    value: float | None = None
    unit: str | None = None
    """``percent`` for TPS, TC and IC (``scheme`` names the score), ``count`` for CPS, ``mut/Mb`` for TMB."""
    scheme: str | None = None
    """``TPS``, ``CPS``, ``IC``, ``TC``, ``TAP`` …: scores that never stand for each other."""
    genotypes: tuple[str, ...] = ()
    """For ``genotype``: phenotypes, activity scores, allele states or diplotypes of the pharmacogene that satisfy it,
    any of them; ``unknown`` is satisfied when nothing is stated of the gene."""
    among: tuple[str, ...] = ()
    """For ``genotype``: every result that the guideline has a row for. One of them that is stated rules out the others,
    though it may say nothing of them by itself (``Indeterminate`` and ``Poor Metabolizer``)."""
    known: bool | None = None
    """Asks not what the gene or marker is but whether that is known: ``True`` holds where it was found, measured or
    tested, ``False`` where it was not. Nothing else but the gene, or the marker and its ``scheme``, is then set."""


class Is(msgspec.Struct, frozen=True, tag="is", tag_field="op", forbid_unknown_fields=True, gc=False):
    """The criterion holds."""

    criterion: Criterion


class Not(msgspec.Struct, frozen=True, tag="not", tag_field="op", forbid_unknown_fields=True, gc=False):
    """The expression does not hold: tested and absent, not merely unknown."""

    arg: Expression


class All(msgspec.Struct, frozen=True, tag="all", tag_field="op", forbid_unknown_fields=True, gc=False):
    """Every argument holds (AND)."""

    args: tuple[Expression, ...]


class Any(msgspec.Struct, frozen=True, tag="any", tag_field="op", forbid_unknown_fields=True, gc=False):
    """At least one argument holds (OR)."""

    args: tuple[Expression, ...]


Expression = Is | Not | All | Any


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One setting condition: a fact of the patient and a cell that it must satisfy.

    ``cell`` has the grammar of guideline tables: ``a|b``, ``!x``, ``>=2``, ``[30..60)``, ``present:X``, ``absent:X``,
    ``known``, ``unknown``.
    """

    fact: str
    """One of ``CONTEXT_FACTS``, or ``facts.NAME``."""
    cell: str
    unit: str | None = None
    """The unit in which the cell's numbers are meant; a fact in another one is converted or refused."""
    among: tuple[str, ...] = ()
    """Every value that the table declares for the fact; anything else that is stated of it says nothing. Empty: the
    table declares none."""
    derived_from_text: bool = False


class DiseaseScope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The diseases that a row is about. ``ids`` are alternatives; descendants are included."""

    name: str
    ids: tuple[str, ...] = ()
    agnostic: Literal["any", "solid"] | None = None
    """Set for tumour-agnostic rows; ``ids`` is then empty."""
    excluded: tuple[str, ...] = ()
    """Diseases for which the row says that it does not hold."""


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The source's own level: ``{"scheme": "civic", "value": "A"}``."""

    scheme: str
    value: str


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One source's word on one ingredient set.

    ``supports=False`` is "does not support": never the opposite of its direction.
    """

    id: str
    """Unique in a release. Equals ``record`` unless one record speaks of several ingredient sets
    (``civic:EID7465/imatinib``)."""
    record: str
    """The id that answers cite: ``civic:EID7465``, ``moa-db:statement:95``, ``moa:assertion:245``."""
    provenance: str
    """Name of the source in the manifest: ``civic``, ``moalmanac`` …"""
    kind: StatementKind
    direction: Direction
    therapy: tuple[str, ...]
    """Canonical ingredient names, sorted: ``("Dabrafenib", "Trametinib")``."""
    profile: Expression
    disease: DiseaseScope
    level: Level
    strength: Strength
    supports: bool = True
    sequential: bool = False
    settings: tuple[Condition, ...] = ()
    settings_stated: bool = False
    """Whether the source has setting fields or text at all; if not, settings count as unknown."""
    accepts_unknown: bool = False
    """The row says itself that it holds where its absent biomarker was not tested, or only its text asks for the
    absence; it then gives at most an option."""
    row: str | None = None
    """The guideline row that this statement is, by id: labels and recommendations are rules too."""
    by_row: bool = False
    """The row has a status, a version, an end or a successor, which decide whether the statement still counts."""
    agency: str | None = None
    """One of ``AGENCIES`` or another: the jurisdiction of a label."""
    date: str | None = None
    """ISO date from which the statement holds (first approval, publication, last review)."""
    rating: int | None = None
    url: str | None = None
    citation: str | None = None
    text: str | None = None
    """The indication text, where the source's licence lets the release carry it."""
    quarantined: str | None = None
    """Why the row neither recommends nor excludes: what in it contradicts its own text."""
    derived_from_text: tuple[str, ...] = ()
    """Names of the fields that were read from the indication text."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One level of a scale of points, both ends included; ``None`` is open."""

    low: float | None = None
    high: float | None = None
    level: str
    """As the guideline calls it: ``Low-Level Resistance``."""
    code: str | None = None
    """Short form: ``S``, ``I``, ``R``."""


class GuidelineRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One line of a guideline: what it says of drugs, for whom, since when and on whose word.

    For ``recommend`` the drugs are one ingredient set, given together. For every other kind each is meant on its own,
    and a therapy with any of them is concerned; a class in the table has been expanded, and ``drug_class`` keeps its
    name.
    """

    id: str
    """``guideline:<guideline>:<row>``"""
    guideline: str
    kind: RowKind
    drugs: tuple[str, ...]
    reason: str
    """One plain sentence."""
    sources: tuple[str, ...]
    """Records that state it: ``civic:EID238``, ``PMID:…``, ``label:…``."""
    because: Because | None = None
    """Why it limits; only for exclude, require and caution."""
    profile: Expression | None = None
    """``None``: the row has no biomarker condition. Germline genotypes stand here too, as criteria."""
    disease: DiseaseScope | None = None
    """``None``: any disease."""
    settings: tuple[Condition, ...] = ()
    if_unknown: Literal["needs_check", "caution"] = "needs_check"
    strength: Strength = "guideline"
    level: Level | None = None
    """The guideline's own grade: ``{"scheme": "cpic", "value": "Strong"}``."""
    drug_class: str | None = None
    title: str | None = None
    """What the guideline is called, for people."""
    action: str | None = None
    """What to do, in a few words: ``half the dose``."""
    text: str | None = None
    """The guideline's own words, where its licence lets the release carry them."""
    points: float | None = None
    """What a ``score`` row adds when it fires."""
    points_group: str | None = None
    """Of the fired rows of one group only the one with the most points counts."""
    scale: tuple[Step, ...] = ()
    """Levels of the sum; on the row of a drug that asks nothing and adds 0."""
    hit_policy: HitPolicy = "COLLECT"
    priority: int = 0
    """Of the publisher, the institution's own choice: higher is shown first where guidelines differ."""
    version: str | None = None
    publisher: str | None = None
    jurisdiction: str | None = None
    effective_from: str | None = None
    """ISO date, included."""
    effective_to: str | None = None
    """ISO date, excluded."""
    supersedes: str | None = None
    """The id of a row, of this or another guideline, that this one replaces."""
    status: RowStatus = "active"
    curator: str | None = None
    reviewer: str | None = None
    reviewed_on: str | None = None
    url: str | None = None
    locator: str | None = None
    """Where in the source: ``table 2, row 5``."""


class Edition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True, gc=False):
    """That a guideline has a version with some days, or that one of its rows supersedes another: what decides whether
    other rows still count, also where the row itself has nothing to say of a patient. Of active rows only."""

    guideline: str
    version: str | None
    effective_from: str | None
    effective_to: str | None
    jurisdiction: str | None = None
    row: str | None = None
    supersedes: str | None = None


def editions(rows: Iterable[GuidelineRow]) -> tuple[Edition, ...]:
    """The editions that some rows make, each once, in order."""
    found: set[Edition] = set()
    for r in rows:
        if r.status == "active" and r.version is not None:
            found.add(Edition(r.guideline, r.version, r.effective_from, r.effective_to, r.jurisdiction))
        if r.status == "active" and r.supersedes is not None:
            found.add(
                Edition(r.guideline, r.version, r.effective_from, r.effective_to, r.jurisdiction, r.id, r.supersedes)
            )
    return tuple(sorted(found, key=lambda e: tuple(value or "" for value in msgspec.structs.astuple(e))))


class VariantClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Whether changes of one kind are oncogenic, activating, loss of function or pathogenic.

    Comes from loaded hotspots and from our own table of suppressors and exceptions. A row with ``holds=False`` and
    ``drugs`` is an exception for these drugs only (EGFR exon 20 insertions are not "activating" for erlotinib).
    """

    id: str
    criterion: Criterion
    classes: tuple[Requires, ...]
    provenance: str
    record: str
    holds: bool = True
    drugs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def criteria(expression: Expression, negated: bool = False) -> Iterator[tuple[Criterion, bool]]:
    """Every criterion of an expression with whether it stands under an odd number of NOTs, in reading order.

    >>> ras = Criterion(type="variant", name="KRAS mutation", gene="KRAS")
    >>> [(c.name, n) for c, n in criteria(Not(Is(ras)))]
    [('KRAS mutation', True)]
    """
    if isinstance(expression, Is):
        yield expression.criterion, negated
    elif isinstance(expression, Not):
        yield from criteria(expression.arg, not negated)
    else:
        for arg in expression.args:
            yield from criteria(arg, negated)


def phrase(expression: Expression) -> str:
    """The expression in words.

    >>> braf = Criterion(type="variant", name="BRAF V600E", gene="BRAF")
    >>> kras = Criterion(type="variant", name="KRAS mutation", gene="KRAS")
    >>> phrase(All((Is(braf), Not(Is(kras)))))
    'BRAF V600E AND NOT KRAS mutation'
    """
    if isinstance(expression, Is):
        return expression.criterion.name
    if isinstance(expression, Not):
        inner = phrase(expression.arg)
        return f"NOT {inner}" if isinstance(expression.arg, Is) else f"NOT ({inner})"
    word = " AND " if isinstance(expression, All) else " OR "
    return word.join(
        f"({phrase(arg)})" if isinstance(arg, All | Any) and len(arg.args) > 1 else phrase(arg)
        for arg in expression.args
    )
