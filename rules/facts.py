"""What is known of one patient, indexed for matching: findings, coverage of tests, contradictions.

Nothing is inferred here but what DESIGN section 3 allows: entailments that a table states with a source, a stated
wild type, and coverage by a test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from graph.claims import Criterion, Is, Statement, VariantClass
from graph.describe import MEASURED
from graph.errors import DataError
from graph.patient import Finding, Profile
from rules.bands import arm
from rules.criteria import compare
from rules.entailments import entailments
from rules.genes import symbol
from rules.genotype_text import of_gene
from rules.markers import markers

SEQUENCED = frozenset({"snv", "indel", "splice", "itd"})
"""What a test sees in its genes when it does not say."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A patient's facts. ``by_gene`` and ``by_marker`` hold findings by name, derived ones included."""

    findings: tuple[Finding, ...]
    by_gene: Mapping[str, tuple[Finding, ...]]
    by_marker: Mapping[str, tuple[Finding, ...]]
    wild_type: Mapping[str, Finding]
    """Gene -> the finding that states its wild type."""
    contradicted: frozenset[str]
    """Genes with a stated wild type and a stated change."""
    unread: frozenset[str]
    """Genes with a finding that was not understood or is of uncertain significance: wild type is unknown."""
    covered: Mapping[str, frozenset[str]]
    """Gene -> alteration types that a test looked for."""
    genotypes: Mapping[str, tuple[str, ...]]
    """Pharmacogene -> stated germline phenotypes or diplotypes; several only when its name was spelt in two ways."""
    origins: Mapping[str, Finding]
    """``read_as`` of a derived finding -> the stated finding that entails it."""
    classes: Mapping[str, tuple[VariantClass, ...]] = field(default_factory=dict)
    """Gene -> hotspots, suppressors and exceptions that the release holds."""
    particular: frozenset[str] = frozenset()
    """Ingredients for which ``classes`` hold exceptions: only for these does a reading depend on the drug."""
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Gene -> protein changes, and codons as numbers, that a sensitising statement of level A-C or a label names."""

    def stated(self, finding: Finding) -> Finding:
        """The finding as the patient's file has it, for one that was entailed."""
        return self.origins.get(finding.read_as, finding)


def genes_of(finding: Finding) -> tuple[str, ...]:
    """Gene symbols that a finding touches."""
    return tuple(dict.fromkeys(g for g in (finding.gene, finding.gene_5p, finding.gene_3p) if g))


def markers_of(finding: Finding) -> tuple[str, ...]:
    """The markers that a finding measures: one, or a chromosome band and the arm that it lies on."""
    marker = MEASURED.get(finding.kind) or finding.marker
    if marker is None:
        return ()
    on = arm(marker) if finding.kind == "cna" else None
    return (marker,) if on in (None, marker) else (marker, on)


def gather(
    profile: Profile,
    findings: Iterable[Finding],
    classes: Mapping[str, tuple[VariantClass, ...]],
) -> Facts:
    """Index a patient's findings. What statements name is not known yet; ``with_named`` adds it."""
    stated = tuple(findings)
    origins: dict[str, Finding] = {}
    every = list(stated)
    known = {f.read_as for f in stated}
    for finding in stated:
        for derived in _entailed(finding, stated):
            if derived.read_as not in known:
                known.add(derived.read_as)
                origins[derived.read_as] = finding
                every.append(derived)
    by_gene: defaultdict[str, list[Finding]] = defaultdict(list)
    by_marker: defaultdict[str, list[Finding]] = defaultdict(list)
    wild_type: dict[str, Finding] = {}
    unread = {u.gene for u in profile.unread if u.gene}
    for finding in every:
        if finding.kind == "wildtype" and finding.gene:
            wild_type.setdefault(finding.gene, finding)
            continue
        for gene in genes_of(finding):
            by_gene[gene].append(finding)
        for marker in markers_of(finding):
            by_marker[marker].append(finding)
        if finding.uncertain and finding.gene:
            unread.add(finding.gene)
    covered: dict[str, frozenset[str]] = {}
    for test in profile.tests:
        looked_for = frozenset(test.alteration_types) or SEQUENCED
        for gene in test.genes:
            for name in (gene, symbol(gene)):
                covered[name] = covered[name] | looked_for if name in covered else looked_for
    genotypes: defaultdict[str, list[str]] = defaultdict(list)
    for gene, text in (of_gene(*item) for item in profile.context.germline_pgx.items()):
        genotypes[symbol(gene)].append(text)
    return Facts(
        findings=stated,
        by_gene={g: _by_name(f) for g, f in by_gene.items()},
        by_marker={m: _by_name(f) for m, f in by_marker.items()},
        wild_type=wild_type,
        contradicted=frozenset(g for g in wild_type if any(_changes(f) for f in by_gene.get(g, ()))),
        unread=frozenset(unread),
        covered=covered,
        genotypes={g: tuple(texts) for g, texts in genotypes.items()},
        origins=origins,
        classes=classes,
        particular=frozenset(d for rows in classes.values() for row in rows for d in row.drugs),
    )


def with_named(facts: Facts, named: Mapping[str, frozenset[str]]) -> Facts:
    """The same facts, once it is known which protein changes sensitising statements name."""
    return replace(facts, named=named)


def named_changes(statements: Iterable[Statement]) -> Mapping[str, frozenset[str]]:
    """Gene -> the protein changes, and codons as numbers, that sensitising statements of level A-C or labels name.

    Who tells that a tumour with this very change answers to a drug says that the change matters.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for s in statements:
        if s.direction != "sensitive" or not s.supports or s.strength in ("D", "E") or s.quarantined:
            continue
        if not isinstance(s.profile, Is) or (c := s.profile.criterion).type != "variant" or not c.gene:
            continue
        if c.protein:
            found[c.gene].add(c.protein)
        elif c.codons and c.codons[0] == c.codons[1]:
            found[c.gene].add(str(c.codons[0]))
    return {gene: frozenset(names) for gene, names in found.items()}


def marker_behind(gene: str) -> tuple[str, ...]:
    """Markers whose expression a gene's copy number may bear on (ERBB2 amplification and HER2)."""
    return tuple(m.name for m in markers().values() if m.kind == "expression" and m.gene == gene)


def _changes(finding: Finding) -> bool:
    return finding.kind in ("variant", "fusion", "rearrangement") and finding.consequences != ("synonymous",)


def _entailed(finding: Finding, stated: tuple[Finding, ...]) -> list[Finding]:
    return [
        as_finding(then, finding)
        for row in entailments().get(finding.kind, ())
        if _satisfies(row.given, finding) and all(any(_satisfies(b, f) for f in stated) for b in row.beside)
        for then in row.then
    ]


def _satisfies(criterion: Criterion, finding: Finding) -> bool:
    return (
        criterion.marker in (None, finding.marker)
        # A band is a loss of its arm, but not of every gene of it.
        and criterion.region in (None, finding.marker)
        and compare(criterion, finding, lambda f, requires: None).truth is True
    )


def as_finding(criterion: Criterion, origin: Finding | None = None) -> Finding:
    """The finding that a criterion describes: what is true of a tumour that has it and of which no more is known.

    Raises:
        DataError: for a criterion that no single finding can state.
    """
    kind = criterion.type
    if kind == "genotype" or kind == "other" or criterion.comparator not in (None, ">="):
        raise DataError("an entailed fact must be one that a finding can state", column="then", value=criterion.name)
    return Finding(
        input=origin.input if origin else criterion.name,
        read_as=criterion.name,
        kind=kind,
        gene=criterion.gene,
        protein=criterion.protein,
        cdna=criterion.cdna,
        alleles=criterion.alleles,
        codons=criterion.codons,
        residues=criterion.residues,
        exon=criterion.exons[0] if criterion.exons and criterion.exons[0] == criterion.exons[1] else None,
        consequences=criterion.consequences,
        gene_5p=criterion.gene_5p,
        gene_3p=criterion.gene_3p,
        exon_5p=criterion.exon_5p,
        exon_3p=criterion.exon_3p,
        zygosity=criterion.zygosity,
        direction=criterion.directions[0] if criterion.directions else None,
        marker=criterion.marker or (None if criterion.gene else criterion.region),
        status=criterion.statuses[0] if criterion.statuses else None,
        value=criterion.value,
        at_least=criterion.value is not None,
        unit=criterion.unit,
        scheme=criterion.scheme,
        origin=origin.origin if origin else criterion.origin or "unknown",
        source=origin.source if origin else None,
    )


def _by_name(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(findings) if len(findings) == 1 else tuple(sorted(findings, key=lambda f: f.read_as))
