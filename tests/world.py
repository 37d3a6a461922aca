"""A small world for questions of meaning: a few diseases, statements made in one line, verdicts by therapy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graph.claims import (
    Condition,
    Criterion,
    DiseaseScope,
    Expression,
    GuidelineRow,
    Is,
    Level,
    Statement,
    VariantClass,
)
from graph.hgvs import protein_change
from graph.patient import Context, Disease, Finding, Profile, Test, Unread
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules.diseases import diagnose
from rules.judge import Verdict, judge
from rules.match import Matcher
from rules.rulebook import Patient, Rulebook, in_force_by_row
from rules.weigh import LIMITS, weigh

PARENTS = {
    "D:lung-adeno": ("D:nsclc",),
    "D:nsclc": ("D:lung",),
    "D:lung": ("D:solid-tumours",),
    "D:colorectal": ("D:solid-tumours",),
    "D:rectal": ("D:colorectal",),
    "D:melanoma": ("D:solid-tumours",),
    "D:aml": ("D:blood",),
    "D:ph-all": ("D:all",),
    "D:all": ("D:blood",),
    "D:cml": ("D:blood",),
    "D:solid-tumours": ("DOID:162",),
    "D:blood": ("DOID:162",),
    "DOID:162": (),
}
COMPARTMENTS = {"D:blood": "myeloid", "D:all": "lymphoid", "D:solid-tumours": "solid"}


class SmallTaxonomy:
    def ancestors(self, disease: str) -> Mapping[str, bool]:
        found = {disease: False}
        for parent in PARENTS.get(disease, ()):
            found |= self.ancestors(parent)
        return found

    def compartments(self, disease: str) -> frozenset[str]:
        if disease in COMPARTMENTS:
            return frozenset({COMPARTMENTS[disease]})
        return frozenset(c for parent in PARENTS.get(disease, ()) for c in self.compartments(parent))

    def disease_name(self, disease: str) -> str | None:
        return disease.partition(":")[2] if disease in PARENTS else None


def change(gene: str, protein: str, **more: Any) -> Criterion:
    """``change("BRAF", "V600E")``: the criterion that a row on one protein change states."""
    parsed = protein_change(protein)
    assert parsed is not None
    return Criterion(
        type="variant",
        name=f"{gene} {protein}",
        gene=gene,
        protein=parsed.text,
        codons=(parsed.first, parsed.last),
        **more,
    )


def found(gene: str, protein: str, **more: Any) -> Finding:
    """``found("BRAF", "V600E")``: the same as a finding."""
    parsed = protein_change(protein)
    assert parsed is not None
    return Finding(
        input=f"{gene} {protein}",
        read_as=f"{gene} {parsed.text}",
        kind="variant",
        gene=gene,
        protein=parsed.text,
        codons=(parsed.first, parsed.last),
        consequences=parsed.consequences,
        **more,
    )


def fused(gene_5p: str | None, gene_3p: str | None, kind: Any = "fusion") -> Finding:
    name = f"{gene_5p or 'v'}::{gene_3p or 'v'}"
    return Finding(input=name, read_as=f"{name} fusion", kind=kind, gene_5p=gene_5p, gene_3p=gene_3p)


def wild(gene: str) -> Finding:
    return Finding(input=f"{gene} wild type", read_as=f"{gene} wild type", kind="wildtype", gene=gene)


def mutation(gene: str, **more: Any) -> Criterion:
    return Criterion(type="variant", name=f"{gene} mutation", gene=gene, **more)


def says(
    drugs: str | tuple[str, ...],
    profile: Expression | Criterion,
    disease: str | DiseaseScope = "D:nsclc",
    strength: Any = "label",
    direction: Any = "sensitive",
    **more: Any,
) -> Statement:
    """One statement; its id tells what it says."""
    therapy = (drugs,) if isinstance(drugs, str) else tuple(sorted(drugs))
    scope = (
        disease if isinstance(disease, DiseaseScope) else DiseaseScope(name=disease.partition(":")[2], ids=(disease,))
    )
    expression = Is(profile) if isinstance(profile, Criterion) else profile
    kind: Any = strength if strength in ("label", "guideline") else "evidence"
    id_ = f"t:{'+'.join(therapy)}/{scope.name}/{strength}/{direction}/{abs(hash(str(expression))) % 10**6}"
    return Statement(
        id=more.pop("id", id_),
        record=id_,
        provenance="t",
        kind=kind,
        direction=direction,
        therapy=therapy,
        profile=expression,
        disease=scope,
        level=Level(scheme="t", value=strength),
        strength=strength,
        settings_stated=more.pop("settings_stated", True),
        agency=more.pop("agency", "fda" if kind == "label" else None),
        **more,
    )


def limits(
    drugs: str | tuple[str, ...],
    profile: Expression | Criterion,
    kind: Any = "exclude",
    because: Any = "resistance",
    **more: Any,
) -> GuidelineRow:
    names = (drugs,) if isinstance(drugs, str) else drugs
    return GuidelineRow(
        id=more.pop(
            "id", f"guideline:t:{kind}-{'-'.join(names)}-{abs(hash(str((profile, sorted(more.items()))))) % 10**6}"
        ),
        guideline="t",
        kind=kind,
        because=because,
        drugs=names,
        reason="the table says so",
        sources=("t:1",),
        profile=Is(profile) if isinstance(profile, Criterion) else profile,
        **more,
    )


def ask(
    statements: Iterable[Statement],
    findings: Iterable[Finding] = (),
    disease: str | None = "D:lung-adeno",
    rows: Iterable[GuidelineRow] = (),
    *,
    tests: tuple[Test, ...] = (),
    unread: tuple[Unread, ...] = (),
    context: Context | None = None,
    state: str | None = None,
    stage: str | None = None,
    names: tuple[str, ...] = (),
    known: bool = True,
    classes: Mapping[str, tuple[VariantClass, ...]] | None = None,
    named: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, Verdict]:
    """Verdicts by ``"Drug + Drug"`` for the sensitive direction, ``"Drug + Drug: resistant"`` for others."""
    context = context or Context()
    profile = Profile(
        id="P",
        disease=Disease(name=disease, state=state, stage=stage),
        biomarkers=(),
        tests=tests,
        unread=unread,
        context=context,
    )
    taxonomy = SmallTaxonomy()
    facts = patient_facts.with_named(patient_facts.gather(profile, findings, classes or {}), named or {})
    matcher = Matcher(facts)
    diagnosis = diagnose(disease or "", (disease,) if disease in PARENTS else (), taxonomy, {})
    setting = patient_settings.gather(profile, lambda drug: (drug,), names, lambda drug: known)
    every = list(statements)  # kept: matching remembers by identity
    weighed = [w for s in every if (w := weigh(s, matcher, diagnosis, taxonomy, setting, context)) is not None]
    book = Rulebook(rows, taxonomy)
    stands = book.ask(Patient(matcher, diagnosis, setting, context))
    weighed = [in_force_by_row(w, stands) for w in weighed]
    ruled = [r for r in stands.ruled(stands.concerned()) if r.row.kind in LIMITS]
    return {
        " + ".join(v.therapy) + ("" if v.direction == "sensitive" else f": {v.direction}"): v
        for v in judge(weighed, ruled)
    }


def when(fact: Any, cell: str) -> Condition:
    return Condition(fact=fact, cell=cell, derived_from_text=True)
