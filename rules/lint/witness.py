"""Made-up patients for whom rows fire: what makes a contradiction or a gap more than a guess.

Each condition of a row is turned into facts that satisfy it; the facts of several rows are put together, and the real
rules are asked whether the rows fire for the patient that comes of it. Only what they confirm is reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product

import msgspec

from graph.claims import Any, Criterion, DiseaseScope, Expression, GuidelineRow, Is, Not
from graph.describe import MEASURED
from graph.paths import criterion_genes
from graph.patient import Biomarker, Profile, Test
from rules.diseases import fit
from rules.lint import settled
from rules.lint.book import topics_of
from rules.lint.world import Patient, World
from rules.made import LOOKED_FOR, Made, measures, shows

Literal = tuple[Criterion, bool]
"""A criterion and whether it must hold."""
BRANCHES = 48
"""Ways to satisfy a profile that are looked at."""
TRIES = 48
"""Patients that are made up for one question."""
_TUMOURS = ("DOID:1909", "DOID:3908", "DOID:9256", "DOID:1612", "DOID:1040", "DOID:9119")
"""Diagnoses for a row that is for any tumour: common ones of every compartment."""
_CHANGES = frozenset({"variant", "fusion", "rearrangement"})
_MEASURED = frozenset({*MEASURED, "expression", "signature"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A patient as far as it is made up."""

    biomarkers: tuple[Biomarker, ...] = ()
    absent: frozenset[str] = frozenset()
    """Genes that were looked at."""
    germline: Mapping[str, str] = field(default_factory=dict)
    diagnosis: str | None = None
    facts: Mapping[str, settled.Value] = field(default_factory=dict)
    units: Mapping[str, str | None] = field(default_factory=dict)

    def patient(self, world: World) -> Patient:
        disease, context = settled.context_of(self.facts, self.units)
        if self.diagnosis is not None:
            system, _, code = self.diagnosis.partition(":")
            name = world.taxonomy.disease_name(self.diagnosis)
            codes = {"DOID": {"doid": self.diagnosis}, "ONCOTREE": {"oncotree": code}}.get(system, {})
            disease = msgspec.structs.replace(disease, name=name, **codes)
        if self.germline:
            context = msgspec.structs.replace(context, germline_pgx=dict(self.germline))
        tests = (Test(genes=tuple(sorted(self.absent)), alteration_types=LOOKED_FOR),) if self.absent else ()
        profile = Profile(id="made-up", disease=disease, biomarkers=self.biomarkers, tests=tests, context=context)
        return world.patient(profile, (self.diagnosis,) if self.diagnosis else ())


def branches(e: Expression, want: bool = True) -> Iterator[tuple[Literal, ...]]:
    """Every way in which an expression comes out as wanted, as criteria that must or must not hold."""
    if isinstance(e, Is):
        yield ((e.criterion, want),)
    elif isinstance(e, Not):
        yield from branches(e.arg, not want)
    elif isinstance(e, Any) == want:
        for arg in e.args:
            yield from branches(arg, want)
    else:
        yield from _joined(e.args, want)


def _joined(args: Sequence[Expression], want: bool) -> Iterator[tuple[Literal, ...]]:
    if not args:
        yield ()
        return
    for first in branches(args[0], want):
        for rest in _joined(args[1:], want):
            yield tuple(dict.fromkeys((*first, *rest)))


def made(literals: Sequence[Literal], genotypes: Mapping[str, Sequence[str]]) -> Iterator[Draft]:
    """Drafts of patients for whom the literals may come out as wanted, the plainest first."""
    parts: list[tuple[Made, ...]] = []
    absent: set[str] = set()
    measured: defaultdict[tuple[str, str | None, bool], list[Criterion]] = defaultdict(list)
    germline: defaultdict[str, list[Literal]] = defaultdict(list)
    avoid = {
        n
        for c, want in literals
        if not want and c.codons
        for n in range(c.codons[0], min(c.codons[1], c.codons[0] + 50) + 1)
    }
    avoid |= {n for c, _ in literals for n in c.except_codons}
    changed = {g for c, want in literals if want and c.type in _CHANGES for g in criterion_genes(c)}
    for c, want in literals:
        if c.known is not None:
            # Only whether it is known is asked: a test without a finding settles it, nothing at all does not.
            if c.known is want:
                absent |= set(criterion_genes(c))
                parts += [measures((c,))] if c.type in _MEASURED else []
        elif c.type == "genotype":
            germline[c.gene or ""].append((c, want))
        elif c.type in _MEASURED:
            measured[c.type if c.type in MEASURED else topics_of(c)[0], c.scheme, c.comparator is None].append(c)
        elif c.type == "wildtype" and want and c.gene in changed:
            # A wild type that is stated beside a change contradicts it, and what contradicts itself is unknown.
            continue
        elif c.type == "wildtype" and not want:
            parts.append(shows(Criterion(type="variant", name=f"{c.gene} mutation", gene=c.gene), avoid))
        elif want:
            parts.append(shows(c, avoid))
        else:
            absent |= {g for g in (criterion_genes(c) or (c.region,)) if g}
    parts += [measures(group) for group in measured.values()]
    alleles = [
        [(gene, value) for value in _genotypes(asked, genotypes.get(gene, ()))] for gene, asked in germline.items()
    ]
    for biomarkers in product(*parts):
        stated = tuple(dict.fromkeys(b for one in biomarkers for b in one))
        for chosen in product(*alleles):
            yield Draft(stated, frozenset(absent), {gene: value for gene, value in chosen if value is not None})


def _genotypes(asked: Sequence[Literal], known: Sequence[str]) -> list[str | None]:
    """What may be stated of a pharmacogene: what the criteria name, something else, nothing."""
    wanted = [g for c, want in asked if want for g in c.genotypes]
    both = [g for g in wanted if all(g in c.genotypes for c, want in asked if want)]
    stated = dict.fromkeys((*both, *wanted, *(known if any(not want for _, want in asked) else ())))
    found: list[str | None] = [g for g in stated if g != "unknown"]
    return [*found[:12], None] if "unknown" not in stated else [None, *found[:12]]


def diagnoses(scopes: Sequence[DiseaseScope], world: World) -> tuple[str | None, ...]:
    """Diagnoses that every scope is about."""
    if not scopes:
        return (None,)
    named = dict.fromkeys(i for s in scopes for i in s.ids) or dict.fromkeys(
        d for d in _TUMOURS if world.lookups.disease(d) is not None
    )
    found = []
    for one in named:
        diagnosis = world.diagnosis((one,))
        if all((f := fit(s, diagnosis, world.taxonomy)).inside and f.on != "off" for s in scopes):
            found.append(one)
    return tuple(found[:3])


def patients(
    rows: Sequence[GuidelineRow], world: World, genotypes: Mapping[str, Sequence[str]] | None = None
) -> Iterator[Patient]:
    """Made-up patients for whom all rows may fire, at most ``TRIES``."""
    conditions = tuple(c for row in rows for c in row.settings)
    facts, _ = settled.solve(conditions)
    where = diagnoses([row.disease for row in rows if row.disease is not None], world)
    if facts is None or not where:
        return
    units = {c.fact: c.unit for c in conditions}
    ways = [
        islice(branches(row.profile, row.kind != "require"), BRANCHES) for row in rows if row.profile is not None
    ]  # fmt: skip
    count = 0
    for chosen in product(*ways):
        literals = tuple(dict.fromkeys(literal for branch in chosen for literal in branch))
        for draft in islice(made(literals, genotypes or {}), TRIES):
            for diagnosis in where:
                count += 1
                if count > TRIES:
                    return
                yield replace(draft, diagnosis=diagnosis, facts=facts, units=units).patient(world)


def witness(
    rows: Sequence[GuidelineRow], world: World, genotypes: Mapping[str, Sequence[str]] | None = None
) -> Patient | None:
    """A patient for whom every row fires, with nothing left unknown; ``None``: none was found."""
    for patient in patients(rows, world, genotypes):
        if all(world.fires(row, patient) for row in rows):
            return patient
    return None


def firing(row: GuidelineRow, world: World, genotypes: Mapping[str, Sequence[str]]) -> Iterator[Patient]:
    """Patients for whom a row fires, one or more for each way to satisfy it, who have nothing that it does not ask."""
    return (patient for patient in patients((row,), world, genotypes) if world.fires(row, patient))
