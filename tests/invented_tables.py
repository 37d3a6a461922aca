"""Guideline tables, disease hierarchies and patients drawn at random, small enough for rows to meet often.

Everything is drawn from one ``random.Random``, a seeded one or one that hypothesis shrinks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, TypeVar

import msgspec
from world import change, found, mutation, wild

from graph.claims import (
    All,
    Condition,
    Criterion,
    DiseaseScope,
    Expression,
    GuidelineRow,
    Is,
    Level,
    Not,
    Statement,
    criteria,
    phrase,
)
from graph.claims import Any as AnyOf
from graph.patient import Context, Disease, Finding, Profile, Test, Unread
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules.diseases import diagnose
from rules.judge import Verdict, judge
from rules.match import Matcher
from rules.rulebook import Patient, Rulebook, Stands, in_force_by_row
from rules.weigh import LIMITS, Ruled, weigh

T = TypeVar("T")
GENES = ("BRAF", "EGFR", "KRAS")
CHANGES = {
    "BRAF": ("V600E", "V600K", "K601E"),
    "EGFR": ("L858R", "L858M", "T790M"),
    "KRAS": ("G12C", "G12D", "G13D"),
}
CODONS = {"BRAF": (600, 601), "EGFR": (858, 790), "KRAS": (12, 13)}
DRUGS = ("Alpha", "Beta", "Gamma", "Delta")
THERAPIES = (("Alpha",), ("Alpha",), ("Beta",), ("Gamma",), ("Alpha", "Beta"), ("Alpha", "Beta"), ("Beta", "Delta"))
DAYS = (None, "2019-12-31", "2020-01-01", "2021-06-01", "2022-01-01", "2023-06-01")
METABOLISERS = ("poor metabolizer", "intermediate metabolizer", "normal metabolizer")
STAGES = ("I", "II", "III", "IV")


def maybe(rng: Random, chance: float, value: T) -> T | None:
    return value if rng.random() < chance else None


# -- diseases ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hierarchy:
    """An is-a hierarchy: a root without a compartment, a solid and a myeloid branch, and what lies below."""

    parents: Mapping[str, tuple[str, ...]]
    tagged: Mapping[str, str]

    def ancestors(self, disease: str) -> Mapping[str, bool]:
        known = {disease: False}
        for parent in self.parents.get(disease, ()):
            known |= self.ancestors(parent)
        return known

    def compartments(self, disease: str) -> frozenset[str]:
        return frozenset(self.tagged[d] for d in self.ancestors(disease) if d in self.tagged)

    def disease_name(self, disease: str) -> str | None:
        return f"disease {disease}" if disease in self.parents else None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.parents)


def hierarchy(rng: Random) -> Hierarchy:
    parents: dict[str, tuple[str, ...]] = {"D0": (), "D1": ("D0",), "D2": ("D0",)}
    for i in range(3, 9):
        above = [f"D{j}" for j in range(1, i)]
        parents[f"D{i}"] = tuple(sorted(set(rng.choices(above, k=rng.choice((1, 1, 2))))))
    return Hierarchy(parents, {"D1": "solid", "D2": "myeloid"})


# -- tables ------------------------------------------------------------------------------------------------------------


def criterion(rng: Random) -> Criterion:
    gene = rng.choice(GENES)
    match rng.randrange(12):
        case 0 | 1 | 2 | 3:
            return change(gene, rng.choice(CHANGES[gene]))
        case 4 | 5:
            codon = rng.choice(CODONS[gene])
            return Criterion(type="variant", name=f"{gene} codon {codon}", gene=gene, codons=(codon, codon))
        case 6 | 7:
            return mutation(gene)
        case 8:
            return Criterion(type="wildtype", name=f"{gene} wild type", gene=gene)
        case 9:
            status = rng.choice(("positive", "negative"))
            return Criterion(type="expression", name=f"AR {status}", marker="AR", statuses=(status,))
        case 10:
            bound = rng.choice((1, 50))
            return Criterion(
                type="expression", name=f"PD-L1 TPS >= {bound}%", marker="PD-L1", comparator=">=", value=float(bound),
                unit="percent", scheme="TPS",
            )  # fmt: skip
        case _:
            asked = rng.sample((*METABOLISERS[:2], "unknown"), k=rng.choice((1, 1, 2)))
            return Criterion(type="genotype", name=f"DPYD {' or '.join(asked)}", gene="DPYD", genotypes=tuple(asked))


def expression(rng: Random, depth: int = 2) -> Expression:
    kind = rng.random()
    if depth == 0 or kind < 0.45:
        leaf = Is(criterion(rng))
        return Not(leaf) if rng.random() < 0.2 else leaf
    if kind < 0.55:
        return Not(expression(rng, depth - 1))
    parts = tuple(expression(rng, depth - 1) for _ in range(rng.choice((2, 2, 3))))
    return All(parts) if kind < 0.82 else AnyOf(parts)


def scope(rng: Random, diseases: Hierarchy) -> DiseaseScope:
    if rng.random() < 0.3:
        agnostic: Any = rng.choice(("any", "any", "solid"))
        excluded = tuple(rng.sample(diseases.ids[3:], k=rng.choice((0, 1, 1, 2))))
        return DiseaseScope(name=f"any {agnostic}", agnostic=agnostic, excluded=excluded)
    ids = tuple(sorted(rng.sample(diseases.ids[1:], k=rng.choice((1, 1, 2)))))
    below = tuple(d for d in diseases.ids if d not in ids and any(i in diseases.ancestors(d) for i in ids))
    excluded = (rng.choice(below),) if below and rng.random() < 0.25 else ()
    return DiseaseScope(name=" or ".join(ids), ids=ids, excluded=excluded)


def condition(rng: Random) -> Condition:
    low = rng.choice((12, 18, 40))
    cells = {
        "age_years": (f">={low}", f"<{low + 20}", f"[{low}..{low + 30})", f"({low}..{low + 25}]", "known"),
        "sex": ("female", "male", "!male"),
        "stage": ("III|IV", "!I|II", "IV"),
        "prior_therapies": ("present:Alpha", "absent:Alpha|Gamma", "present:Beta|Delta", "absent:Beta"),
        "population": ("naive", "!naive|pretreated", "unknown"),
    }
    fact = rng.choice(tuple(cells))
    return Condition(fact=fact, cell=rng.choice(cells[fact]))


def row(rng: Random, diseases: Hierarchy, number: int, kinds: tuple[str, ...]) -> GuidelineRow:
    """One row of one of three guidelines: ``g`` has two dated versions, ``h`` dates without versions, ``i`` neither."""
    guideline = rng.choice("gghi")
    version = from_ = to = None
    if guideline == "g":
        version, from_, to = rng.choice((("1", "2020-01-01", None), ("2", "2022-01-01", None), (None, None, None)))
    elif guideline == "h":
        from_, to = rng.choice((("2020-01-01", "2022-01-01"), ("2021-06-01", None), (None, "2023-06-01"), (None, None)))
    kind: Any = rng.choice(kinds)
    alone = kind not in ("recommend",)
    drugs = tuple(sorted(rng.sample(DRUGS, k=rng.choice((1, 1, 2))))) if alone else rng.choice(THERAPIES)
    limit = kind in ("exclude", "require", "caution")
    bare = rng.random() < 0.12
    return GuidelineRow(
        id=f"guideline:{guideline}:{number}",
        guideline=guideline,
        kind=kind,
        drugs=drugs,
        reason=f"row {number} says so.",
        sources=(f"t:{number}",),
        because=rng.choice(("contraindicated", "resistance", "toxicity")) if limit else None,
        profile=None if bare and kind != "require" else expression(rng),
        disease=scope(rng, diseases) if rng.random() < 0.6 else None,
        settings=tuple(condition(rng) for _ in range(rng.choice((0, 0, 1, 1, 2)))),
        if_unknown=rng.choice(("needs_check", "needs_check", "caution")),
        points=float(rng.choice((5, 10, -10))) if kind == "score" else None,
        version=version,
        effective_from=from_,
        effective_to=to,
        jurisdiction=maybe(rng, 0.3, rng.choice(("us", "eu"))),
        supersedes=maybe(rng, 0.06, f"guideline:{rng.choice('ghi')}:{rng.randrange(12)}"),
        status=rng.choice(("active",) * 10 + ("draft", "retired")),
    )


KINDS = ("recommend",) * 5 + ("exclude",) * 4 + ("require", "require", "caution", "dose", "score")


def table(rng: Random, diseases: Hierarchy, size: int, kinds: tuple[str, ...] = KINDS) -> tuple[GuidelineRow, ...]:
    """Rows, of which some restate an earlier one for fewer patients or more."""
    rows: list[GuidelineRow] = []
    for i in range(size):
        one = row(rng, diseases, i, kinds)
        if rows and rng.random() < 0.4:
            one = _akin(rng, rng.choice(rows), one, diseases)
        together = [r for r in rows if r.kind == "recommend" and len(r.drugs) > 1 and r.profile is not None]
        if together and one.kind == "exclude" and rng.random() < 0.4:
            one = _answered(rng, rng.choice(together), one)
        rows.append(one)
    return tuple(rows)


def _akin(rng: Random, earlier: GuidelineRow, fresh: GuidelineRow, diseases: Hierarchy) -> GuidelineRow:
    profile = earlier.profile
    if profile is not None and fresh.profile is not None and rng.random() < 0.6:
        profile = rng.choice((All((profile, fresh.profile)), AnyOf((profile, fresh.profile)), fresh.profile))
    disease = earlier.disease
    if disease is not None and disease.ids and rng.random() < 0.4:
        below = tuple(d for d in diseases.ids if disease.ids[0] in diseases.ancestors(d))
        disease = DiseaseScope(name="below", ids=(rng.choice(below),))
    return msgspec.structs.replace(
        fresh,
        id=f"guideline:{earlier.guideline}:{fresh.id.rpartition(':')[2]}",
        guideline=earlier.guideline,
        version=earlier.version,
        effective_from=earlier.effective_from,
        effective_to=earlier.effective_to,
        drugs=earlier.drugs,
        profile=profile,
        disease=disease if rng.random() < 0.8 else fresh.disease,
        settings=(*earlier.settings, *fresh.settings) if rng.random() < 0.6 else earlier.settings,
    )


def _answered(rng: Random, combination: GuidelineRow, fresh: GuidelineRow) -> GuidelineRow:
    """A veto on a part of a combination because of something that the combination's row may name."""
    assert combination.profile is not None
    named = [c for c, _ in criteria(combination.profile)]
    return msgspec.structs.replace(
        fresh,
        drugs=(rng.choice(combination.drugs),),
        because="resistance",
        profile=Is(rng.choice(named)),
        disease=None,
        settings=(),
    )


def written(r: GuidelineRow) -> str:
    """A row on one line, for the message of a test that fails."""
    for_ = r.disease and (r.disease.ids or r.disease.agnostic, r.disease.excluded)
    settings = ", ".join(f"{c.fact} {c.cell}" for c in r.settings)
    life = [x for x in (r.version, r.effective_from, r.effective_to, r.supersedes, r.jurisdiction, r.because) if x]
    asked = r.profile and phrase(r.profile)
    return f"{r.id} {r.status} {r.kind} {'+'.join(r.drugs)} | {asked} | {for_} | {settings} | {life} {r.if_unknown}"


# -- patients ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """A patient: the profile, and its findings as they were read."""

    profile: Profile
    findings: tuple[Finding, ...]
    disease: str | None

    def written(self) -> str:
        """The patient on one line, for the message of a test that fails."""
        known = {k: v for k, v in msgspec.structs.asdict(self.profile.context).items() if v}
        found = [f"{f.read_as}{'*' if f.oncogenic else '?' if f.uncertain else ''}" for f in self.findings]
        tested = [g for t in self.profile.tests for g in t.genes]
        unread = [u.gene for u in self.profile.unread]
        return f"{found} tested {tested} unread {unread} {self.disease} {self.profile.disease.stage} {known}"


def person(rng: Random, diseases: Hierarchy) -> Person:
    findings: dict[str, Finding] = {}
    unread: list[Unread] = []
    covered: list[str] = []
    for gene in GENES:
        kind = rng.random()
        if kind < 0.55:
            for text in rng.sample(CHANGES[gene], k=rng.choice((1, 1, 1, 2))):
                stated: dict[str, Any] = rng.choice(({}, {"oncogenic": True}, {"oncogenic": True}, {"uncertain": True}))
                one = found(gene, text, **stated)
                findings[one.read_as] = one
        if kind > 0.45 and rng.random() < 0.3:
            findings[f"{gene} wild type"] = wild(gene)
        if rng.random() < 0.5:
            covered.append(gene)
        if rng.random() < 0.08:
            unread.append(Unread(input=f"{gene} ???", reason="not understood", gene=gene))
    for status in rng.choice(((), ("positive",), ("negative",), ("negative",), ("positive", "negative"))):
        name = f"AR {status}"
        findings[name] = Finding(input=name, read_as=name, kind="expression", marker="AR", status=status)
    high, low = ("TPS", "percent", 60.0), ("TPS", "percent", 10.0)
    for scheme, unit, value in rng.choice(
        ((), (high,), (("TPS", "percent", 0.0),), (("TPS", "percent", 1.0),), (("CPS", "count", 60.0),), (high, low))
    ):
        name = f"PD-L1 {scheme} {value:g}"
        findings[name] = Finding(
            input=name, read_as=name, kind="expression", marker="PD-L1", value=value, unit=unit, scheme=scheme
        )
    disease = maybe(rng, 0.9, rng.choice(diseases.ids))
    prior = rng.choice((None, (), ("Alpha",), ("Beta",), ("Alpha", "Gamma")))
    context = Context(
        age_years=maybe(rng, 0.7, float(rng.choice((11, 12, 17, 18, 30, 37, 42, 48, 60, 70)))),
        sex=maybe(rng, 0.7, rng.choice(("female", "male"))),
        prior_therapies=prior,
        prior_therapies_complete=prior is not None and rng.random() < 0.5,
        jurisdiction=maybe(rng, 0.4, "us"),
        as_of=rng.choice(DAYS),
        germline_pgx={"DPYD": rng.choice(METABOLISERS)} if rng.random() < 0.6 else {},
        population=maybe(rng, 0.6, rng.choice(("naive", "pretreated", "other"))),
    )
    profile = Profile(
        id="P",
        disease=Disease(name=disease or "something else", stage=maybe(rng, 0.6, rng.choice(STAGES))),
        biomarkers=(),
        tests=(Test(genes=tuple(covered)),) if covered else (),
        unread=tuple(unread),
        context=context,
    )
    return Person(profile, tuple(findings.values()), disease)


def ready(one: Person, diseases: Hierarchy) -> Patient:
    """The patient as rows are asked about one."""
    facts = patient_facts.gather(one.profile, one.findings, {})
    return Patient(
        Matcher(facts),
        diagnose(one.profile.disease.name or "", (one.disease,) if one.disease else (), diseases, {}),
        patient_settings.gather(one.profile, lambda drug: (drug,)),
        one.profile.context,
    )


# -- answers -----------------------------------------------------------------------------------------------------------


def recommends(row: GuidelineRow) -> Statement:
    """The statement that a recommendation is too."""
    return Statement(
        id=f"{row.id}/statement",
        record=row.id,
        provenance="t",
        kind="guideline",
        direction="sensitive",
        therapy=row.drugs,
        profile=row.profile or All(()),
        disease=row.disease or DiseaseScope(name="any tumour", agnostic="any"),
        level=Level(scheme="t", value="recommended"),
        strength="guideline",
        settings_stated=True,
        settings=row.settings,
        row=row.id,
        date=row.effective_from,
    )


@dataclass(frozen=True)
class Answered:
    """What the rows of a book make of one patient, nothing worded yet."""

    stands: Stands
    ruled: list[Ruled]
    verdicts: Mapping[tuple[str, ...], Verdict]


def ask(book: Rulebook, one: Person, diseases: Hierarchy) -> Answered:
    """As the engine asks: how the rows stand, and the verdict on each therapy that a row recommends."""
    patient = ready(one, diseases)
    stands = book.ask(patient)
    ruled = stands.ruled(book.all)
    weighed = [
        in_force_by_row(w, stands)
        for row in book.rows
        if row.kind == "recommend"
        and (
            w := weigh(_statement(row), patient.matcher, patient.diagnosis, diseases, patient.setting, patient.context)
        )
    ]
    verdicts = judge(weighed, [r for r in ruled if r.row.kind in LIMITS])
    return Answered(stands, ruled, {v.therapy: v for v in verdicts})


@cache
def _statement(row: GuidelineRow) -> Statement:
    return recommends(row)
