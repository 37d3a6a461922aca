"""Whether a molecular profile holds of a patient, in three-valued logic, and which findings say so.

A criterion is compared with every finding of its gene or marker; where none settles it, coverage by a test or a stated
wild type makes it absent, and everything else leaves it unknown. Contradictory facts count as unknown for a positive
row and as whatever makes the row hold for one that excludes.
"""

from __future__ import annotations

from functools import cache

import msgspec

from graph.answer import Rung
from graph.claims import All, Any, Criterion, Expression, Is, Not, Requires, VariantClass, phrase
from graph.packaged import rows
from graph.paths import criterion_genes, criterion_marker
from graph.patient import Finding
from rules import genotypes
from rules.criteria import compare, met_at, rung_of, usual_side
from rules.facts import Facts
from rules.kleene import Truth

RUNGS: tuple[Rung, ...] = ("allele", "protein", "codon", "exon", "category", "gene")
"""Narrowest first."""
_ORDER = {rung: i for i, rung in enumerate(RUNGS)}
_FUSED = frozenset({"fusion", "rearrangement"})
_CHANGES = _FUSED | {"variant"}


class Held(msgspec.Struct, frozen=True, gc=False):
    """How one criterion stands."""

    truth: Truth
    finding: Finding | None
    """A finding that satisfies it, the one at the narrowest rung, or one that rules it out."""
    rung: Rung
    missing: str | None
    """The fact to look for when unknown: a gene or a marker."""
    named: frozenset[str] = frozenset()
    """``read_as`` of every finding that satisfies it, where the criterion names more than the gene."""
    stated: str | None = None
    """What is stated of the gene's genotype and understood, for a criterion on it: ``DPYD poor metabolizer``."""


class Use(msgspec.Struct, frozen=True, gc=False):
    """A criterion of a profile as it was read; ``negated``: it stands under an odd number of NOTs."""

    criterion: Criterion
    negated: bool
    held: Held

    @property
    def asks_unknown(self) -> bool:
        """Whether the profile holds here for want of knowledge."""
        return not self.negated and asks_unknown(self.criterion)


class Reading(msgspec.Struct, frozen=True, gc=False):
    """How a whole profile stands. Its parts are worked out once, for one reading serves many rows."""

    profile: Expression
    truth: Truth
    uses: tuple[Use, ...]
    satisfied_by: tuple[Use, ...]
    """Uses whose criterion stands as the profile asks, with the finding that makes it so."""
    findings: frozenset[str]
    """``read_as`` of the findings in ``satisfied_by``."""
    named: frozenset[str]
    """``read_as`` of every finding that the profile names and that satisfies it; "EGFR mutation" names none."""
    touched: bool
    """Whether a stated finding bears on any criterion."""
    missing: tuple[str, ...]
    """Facts that the reading waits for, or that it holds for want of; empty unless it is unknown or asks what is."""
    waits_for_absence: bool
    """Unknown, and only because something must be absent that is not known to be."""
    untested: bool
    """Unknown, and no finding bears on what is open."""
    rung: Rung | None
    """The narrowest rung at which a finding satisfies the profile."""

    @property
    def words(self) -> str:
        """The profile, for people."""
        return phrase(self.profile)


def _reading(profile: Expression, truth: Truth, uses: tuple[Use, ...]) -> Reading:
    satisfied: list[Use] = []
    findings: set[str] = set()
    named: set[str] = set()
    missing: dict[str, None] = {}
    touched, absence, untested = False, truth is None, truth is None
    rung: Rung | None = None
    for use in uses:
        held = use.held
        if held.finding is not None:
            touched = True
            if held.truth is (not use.negated):
                satisfied.append(use)
                findings.add(held.finding.read_as)
                named |= held.named
                if rung is None or _ORDER[held.rung] < _ORDER[rung]:
                    rung = held.rung
        if held.truth is None and truth is None:
            if held.missing:
                missing[held.missing] = None
            absence = absence and use.negated != (use.criterion.type == "wildtype")
            untested = untested and held.finding is None
        elif truth is True and held.truth is True and held.missing and held.stated is None and use.asks_unknown:
            missing[held.missing] = None
    return Reading(
        profile=profile,
        truth=truth,
        uses=uses,
        satisfied_by=tuple(satisfied),
        findings=frozenset(findings),
        named=frozenset(named),
        touched=touched,
        missing=tuple(missing),
        waits_for_absence=absence,
        untested=untested,
        rung=rung,
    )


NOTHING = _reading(All(()), True, ())
"""How a row without any biomarker condition reads."""


class Matcher:
    """Reads profiles against one patient's facts; what it has read once it remembers."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        # By identity: rows share profiles and criteria (graph.serve keeps one object each), and hashing one costs more
        # than reading it. What is remembered is kept, for an id is only good while its object lives.
        self._readings: dict[tuple[int, bool, frozenset[str]], tuple[Expression, Reading]] = {}
        self._held: dict[tuple[int, bool, bool, frozenset[str]], tuple[Criterion, Held]] = {}

    def read(self, profile: Expression, *, excludes: bool = False, drugs: frozenset[str] = frozenset()) -> Reading:
        """How ``profile`` stands; ``excludes``: for a row that speaks against a therapy.

        ``drugs`` are the therapy's ingredients: what counts as "activating" may depend on them.
        """
        key = (id(profile), excludes, drugs & self.facts.particular)
        known = self._readings.get(key)
        if known is None:
            uses: list[Use] = []
            truth = self._walk(profile, False, excludes, drugs & self.facts.particular, uses)
            known = self._readings[key] = profile, _reading(profile, truth, tuple(uses))
        return known[1]

    def _walk(
        self, e: Expression, negated: bool, excludes: bool, drugs: frozenset[str], uses: list[Use]
    ) -> Truth:  # fmt: skip
        if isinstance(e, Is):
            held = self.held(e.criterion, negated, excludes, drugs)
            uses.append(Use(e.criterion, negated, held))
            return held.truth
        if isinstance(e, Not):
            truth = self._walk(e.arg, not negated, excludes, drugs, uses)
            return None if truth is None else not truth
        # Every branch that decides explains the result, whatever the order of the branches; others do not.
        decides = isinstance(e, Any)
        start = len(uses)
        deciding: list[Use] = []
        result: Truth = not decides
        for arg in e.args:
            mark = len(uses)
            truth = self._walk(arg, negated, excludes, drugs, uses)
            if truth is decides:
                deciding += uses[mark:]
            elif truth is None:
                result = None
        if deciding:
            uses[start:] = deciding
            return decides
        return result

    def held(self, c: Criterion, negated: bool, excludes: bool, drugs: frozenset[str]) -> Held:
        """How one criterion stands."""
        key = (id(c), negated, excludes, drugs)
        known = self._held.get(key)
        if known is None:
            known = self._held[key] = c, self._judge(c, negated, excludes, drugs)
        return known[1]

    def _judge(self, c: Criterion, negated: bool, excludes: bool, drugs: frozenset[str]) -> Held:
        # What makes the row hold when facts contradict each other: see the module's docstring.
        disputed: Truth = (not negated) if excludes else None
        if c.known is not None:
            return self._known(c, c.known)
        if c.type == "wildtype":
            return self._wild_type(c, negated, excludes, drugs, disputed)
        if c.type == "genotype":
            texts = self.facts.genotypes.get(c.gene or "", ())
            answer = genotypes.holds(c, texts)
            truth = disputed if answer == genotypes.DISPUTED else answer
            return Held(truth, None, "gene", f"{c.gene} genotype", stated=genotypes.read_as(c, texts))
        if c.type == "other":
            return Held(None, None, "category", c.name)
        facts = self.facts
        marker = criterion_marker(c)
        genes = criterion_genes(c)
        missing = marker or c.gene or c.gene_3p or c.gene_5p or c.name
        if marker is not None:
            candidates = facts.by_marker.get(marker, ())
        elif len(genes) == 1:
            candidates = facts.by_gene.get(genes[0], ())
        else:
            every = dict.fromkeys(f for g in genes for f in facts.by_gene.get(g, ()))
            candidates = tuple(sorted(every, key=_by_name))
        held: list[Finding] = []
        maybe: Finding | None = None
        never: Finding | None = None
        for finding in candidates:
            result = compare(c, finding, lambda f, requires: class_of(f, requires, facts, drugs))
            # What limits a therapy holds until an exception is shown.
            if result.truth is True or (result.unnamed and excludes and not negated):
                held.append(finding)
            elif result.truth is None:
                maybe = maybe or finding
            elif result.settles:
                never = never or finding
        if held:
            best = min(held, key=lambda f: _ORDER[met_at(c, f)])
            rung = met_at(c, best)
            named = frozenset(facts.stated(f).read_as for f in held) if rung != "gene" else frozenset()
            if (never is not None and marker is not None) or any(g in facts.contradicted for g in genes):
                return Held(disputed, facts.stated(best), rung, missing, named)
            return Held(True, facts.stated(best), rung, None, named)
        if maybe is not None:
            return Held(None, facts.stated(maybe), rung_of(c), missing)
        if never is not None:
            return Held(False, facts.stated(never), rung_of(c), None)
        return self._absent(c, genes, missing)

    def _known(self, c: Criterion, wanted: bool) -> Held:
        """Whether it is settled what a gene or marker is; this itself is always known."""
        marker = criterion_marker(c)
        if marker is None:
            known, best = self._looked_at(c.gene or "")
            return Held(known == wanted, best and self.facts.stated(best), "gene", c.gene)
        measured = (f for f in self.facts.by_marker.get(marker, ()) if f.status is not None or f.value is not None)
        best = min((f for f in measured if c.scheme in (None, f.scheme)), key=_by_name, default=None)
        return Held((best is not None) == wanted, best and self.facts.stated(best), "gene", marker)

    def _looked_at(self, gene: str) -> tuple[bool, Finding | None]:
        """Whether it is known if a gene is changed: it was found changed, stated to be wild type, or sequenced. Copies
        tell nothing of its sequence; what was not understood or is of uncertain significance leaves it open."""
        facts = self.facts
        if gene in facts.contradicted:
            return False, facts.wild_type[gene]
        changes = [f for f in facts.by_gene.get(gene, ()) if f.kind in _CHANGES and not f.uncertain]
        best = min(changes, key=_by_name, default=facts.wild_type.get(gene))
        if best is not None:
            return True, best
        looked_for = {"fusion"} if gene in _rearranged() else {"snv", "indel"}
        return gene not in facts.unread and looked_for <= facts.covered.get(gene, frozenset()), None

    def _absent(self, c: Criterion, genes: tuple[str, ...], missing: str) -> Held:
        """A criterion that no finding bears on: absent where that is known, else unknown."""
        facts = self.facts
        kinases = tuple(g for g in (c.gene_5p, c.gene_3p) if g and usual_side(g) != "5p")
        named = c.gene or c.region
        for gene in (named,) if named else kinases or genes:
            if gene in facts.unread and c.type == "variant":
                continue
            if gene in facts.wild_type and c.type in ("variant", "fusion", "rearrangement"):
                return Held(False, facts.wild_type[gene], rung_of(c), None)
            if gene in facts.covered and _kinds(c) <= facts.covered[gene]:
                return Held(False, None, rung_of(c), None)
        return Held(None, None, rung_of(c), missing)

    def _wild_type(
        self, c: Criterion, negated: bool, excludes: bool, drugs: frozenset[str], disputed: Truth
    ) -> Held:  # fmt: skip
        gene = c.gene or ""
        if gene in self.facts.contradicted:
            return Held(disputed, self.facts.wild_type[gene], "gene", gene)
        change = self.held(_any_change(gene), not negated, excludes, drugs)
        if change.truth is True:
            return Held(False, change.finding, "gene", None)
        for other in sorted(self.facts.by_gene.get(gene, ()), key=_by_name):
            if other.kind in _FUSED:
                return Held(False, self.facts.stated(other), "gene", None)
            if other.kind == "cna" and other.direction in ("loss", "deep_deletion"):
                # A gene that is gone is no wild type; whether one that lost a copy is, cannot be told.
                gone = other.direction == "deep_deletion"
                return Held(False if gone else None, self.facts.stated(other), "gene", None if gone else gene)
        looked_only = change.truth is False and change.finding is None
        if looked_only and gene in _rearranged() and "fusion" not in self.facts.covered.get(gene, ()):
            # Its wild type means that it is not rearranged, which a search for small variants does not show.
            return Held(None, None, "gene", gene)
        return Held(None if change.truth is None else True, change.finding, "gene", change.missing)


def _by_name(finding: Finding) -> str:
    return finding.read_as


@cache
def _rearranged() -> frozenset[str]:
    return frozenset(row["gene"] for row in rows("rules", "tables/rearranged_genes.csv", ("gene", "source")))


def settled_words(criterion: Criterion, truth: bool) -> str:
    """What is known of a criterion that no finding tells of, for people."""
    if criterion.known is not None:
        return f"{criterion.gene or criterion_marker(criterion)} {'known' if truth is criterion.known else 'not known'}"
    return criterion.name if truth else f"{criterion.name}: tested and absent"


def asks_unknown(criterion: Criterion) -> bool:
    """Whether a criterion may hold because nothing is known."""
    return criterion.known is False or "unknown" in criterion.genotypes


@cache
def _any_change(gene: str) -> Criterion:
    return Criterion(type="variant", name=f"{gene} mutation", gene=gene)


_KIND_OF = {
    "missense": "snv",
    "nonsense": "snv",
    "synonymous": "snv",
    "splice": "splice",
    "itd": "itd",
    "frameshift": "indel",
    "inframe_deletion": "indel",
    "inframe_insertion": "indel",
    "delins": "indel",
    "duplication": "indel",
}
"""Consequence -> the alteration type that a test looks for."""


def _kinds(c: Criterion) -> frozenset[str]:
    """Alteration types that a test must have looked for before it can say that a criterion is absent."""
    if c.type in _FUSED:
        return frozenset({"fusion"})
    if c.type == "cna":
        return frozenset({"cna"})
    if c.type != "variant":
        return frozenset({c.type})
    kinds = {_KIND_OF[x] for x in c.consequences if x in _KIND_OF}
    kinds |= {"indel" if residue in ("i", "d") else "snv" for residue in c.residues}
    return frozenset(kinds) or frozenset({"snv", "indel"})


def class_of(f: Finding, requires: Requires, facts: Facts, drugs: frozenset[str] = frozenset()) -> Truth:
    """Whether a finding is oncogenic, activating, a loss of function or pathogenic.

    In this order: exceptions of the release's tables; what the file states; hotspots and suppressors that the release
    holds; a protein change that a sensitising statement names. Anything else is unknown, never ``False``.
    """
    rows = facts.classes.get(f.gene or "", ())
    for row in rows:
        if not row.holds and requires in row.classes and (not row.drugs or drugs & set(row.drugs)) and _is(row, f):
            return False
    if f.oncogenic is False:
        return False
    suppressor = any(row.holds and "loss_of_function" in row.classes for row in rows)
    if f.oncogenic is True:
        if requires == "loss_of_function":
            return True if suppressor or "truncating" in f.consequences else None
        return None if requires == "activating" and suppressor else True
    if f.uncertain:
        return None
    for row in rows:
        if row.holds and _is(row, f):
            if requires in row.classes or (requires == "activating" and "oncogenic" in row.classes and not suppressor):
                return True
            if requires == "pathogenic" and "loss_of_function" in row.classes:
                return True
    if requires in ("oncogenic", "activating") and (named := facts.named.get(f.gene or "")):
        codon = f.codons[0] if f.codons and f.codons[0] == f.codons[1] and "missense" in f.consequences else None
        return True if f.protein in named or (codon is not None and str(codon) in named) else None
    return None


def _is(row: VariantClass, f: Finding) -> bool:
    return compare(row.criterion, f, lambda finding, requires: True).truth is True
