"""A large guideline table and patients for it, drawn with the skew of real sources.

The skew was measured over all statements of CIViC and MOAlmanac (5,674 statements, 321 genes and markers, 271
diseases): the gene at rank r has a share that falls as (r + 14) ** -2.4, the disease as (r + 6) ** -1.7; 81, 11, 4 and
4 in a hundred have 1, 2, 3 and 4 conditions on the tumour; 6 in a hundred ask for an absence; a third asks for an
age, 8 in a hundred for a prior therapy; a gene with n rows has about n / 4 different criteria.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from graph.claims import All, Condition, Criterion, DiseaseScope, Expression, GuidelineRow, Is, Not
from graph.patient import Context, Disease, Finding, Profile, Test
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules.diseases import Diagnosis, diagnose
from rules.match import Matcher
from rules.rulebook import Patient

GENES, DISEASES, DRUGS = 320, 600, 300
PANELS = (20, 50, 50, 100)
"""Sizes of the tests that laboratories have, three of each; a patient had one of them."""
_SOLID = frozenset({"solid"})
AGES = ((18, 120), (18, 120), (18, 120), (12, 120), (1, 18), (18, 75), (40, 75))
"""Years, the first included, the last not."""


class Ranks:
    """Draws ranks, the first most often."""

    def __init__(self, count: int, shift: int, power: float) -> None:
        self.weights = list(accumulate((r + shift) ** -power for r in range(1, count + 1)))
        self._all = range(count)

    def draw(self, rng: Random) -> int:
        return rng.choices(self._all, cum_weights=self.weights)[0]


class Tree:
    """Diseases, each under one that comes earlier, six or so deep."""

    def __init__(self, above: Sequence[int], ids: Sequence[str]) -> None:
        # Looked up, as a release's are.
        self._ancestors: dict[str, dict[str, bool]] = {ids[0]: {ids[0]: False}}
        for i, parent in enumerate(above[1:], start=1):
            self._ancestors[ids[i]] = {ids[i]: False} | self._ancestors[ids[parent]]

    def ancestors(self, disease: str) -> Mapping[str, bool]:
        return self._ancestors[disease]

    def compartments(self, disease: str) -> frozenset[str]:
        return _SOLID

    def disease_name(self, disease: str) -> str | None:
        return disease


@dataclass(frozen=True)
class Words:
    """What genes, diseases and drugs are called: of their own here, a release's for what looks names up."""

    genes: Sequence[str] = tuple(f"G{i}" for i in range(GENES))
    diseases: Sequence[tuple[str, str]] = tuple((f"D{i}", f"D{i}") for i in range(DISEASES))
    """Ids with names."""
    drugs: Sequence[str] = tuple(f"Drug {i}" for i in range(DRUGS))


OWN = Words()


@dataclass(frozen=True)
class Feature:
    """One thing that may be known of a tumour, and what it looks like as a criterion and as a finding."""

    gene: str
    what: str
    criterion: Criterion


def features(name: str, rows: int) -> list[Feature]:
    """The criteria that are asked of a gene: changes, their codons, any mutation, high expression, a fusion."""
    found = [
        Feature(name, "mutation", Criterion(type="variant", name=f"{name} mutation", gene=name)),
        Feature(name, "high", Criterion(type="expression", name=f"{name} high", marker=name, statuses=("high",))),
        Feature(name, "fusion", Criterion(type="fusion", name=f"{name} fusion", gene=name)),
    ]
    for i in range(max(1, rows // 6)):
        codon = 10 + 7 * i
        change = Criterion(
            type="variant", name=f"{name} A{codon}V", gene=name, protein=f"p.A{codon}V", codons=(codon, codon)
        )
        whole = Criterion(type="variant", name=f"{name} codon {codon}", gene=name, codons=(codon, codon))
        found += [Feature(name, f"A{codon}V", change), Feature(name, f"codon-{codon}", whole)][: 1 + i % 2]
    return found


@dataclass(frozen=True)
class Asked:
    """A row as the rivals read it; ``row`` is the same for us."""

    row: GuidelineRow
    present: tuple[Feature, ...]
    absent: tuple[Feature, ...]
    disease: str | None
    age: tuple[int, int] | None
    prior: str | None
    never: str | None


@dataclass(frozen=True)
class Known:
    """A patient as the rivals read one; ``person`` holds what is needed to make the same patient for us."""

    found: tuple[tuple[str, str], ...]
    covered: tuple[str, ...]
    diseases: tuple[str, ...]
    age: int | None
    prior: tuple[str, ...]
    complete: bool
    profile: Profile
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Invented:
    tree: Tree
    table: tuple[Asked, ...]
    patients: tuple[Known, ...]

    @property
    def rows(self) -> tuple[GuidelineRow, ...]:
        return tuple(a.row for a in self.table)


class _Draws:
    """Everything is drawn here, the common more often than the rare."""

    def __init__(self, rng: Random, rows: int, words: Words) -> None:
        self.rng = rng
        self.words = words
        self._genes, self._diseases, self._drugs = Ranks(GENES, 14, 2.4), Ranks(DISEASES, 6, 1.7), Ranks(DRUGS, 10, 1.5)
        self.first = [self._genes.draw(rng) for _ in range(rows)]
        """The gene of each row's first condition."""
        self._of = [features(words.genes[g], self.first.count(g)) for g in range(GENES)]
        self.panels = [tuple(dict.fromkeys(self.gene() for _ in range(3 * size))) for size in PANELS for _ in range(3)]
        # What is common lies anywhere in the hierarchy.
        self._dealt = rng.sample(range(DISEASES), DISEASES)

    def gene(self) -> str:
        return self.words.genes[self._genes.draw(self.rng)]

    def feature(self, gene: int | None = None) -> Feature:
        return self.rng.choice(self._of[self._genes.draw(self.rng) if gene is None else gene])

    def disease(self) -> tuple[str, str]:
        return self.words.diseases[self._dealt[self._diseases.draw(self.rng)]]

    def drug(self) -> str:
        return self.words.drugs[self._drugs.draw(self.rng)]

    def chance(self, of: float) -> bool:
        return self.rng.random() < of


def invent(rows: int, patients: int, words: Words = OWN, seed: int = 4) -> Invented:
    """A table and patients for it; the same arguments give the same."""
    rng = Random(seed)
    above = (0, *(rng.randrange(max(1, d // 3), d) if d > 3 else 0 for d in range(1, DISEASES)))
    tree = Tree(above, [id for id, _ in words.diseases])
    draws = _Draws(rng, rows, words)
    table = tuple(_asked(draws, i, gene) for i, gene in enumerate(draws.first))
    return Invented(tree, table, tuple(_known(draws, i, tree) for i in range(patients)))


def _asked(draws: _Draws, number: int, gene: int) -> Asked:
    more = draws.rng.choices((0, 1, 2, 3), (81, 11, 4, 4))[0]
    present = tuple(dict.fromkeys((draws.feature(gene), *(draws.feature() for _ in range(more)))))
    absent = tuple(f for f in [draws.feature()] if draws.chance(0.06) and f.what not in ("high", "fusion"))
    disease = draws.disease() if draws.chance(0.9) else None
    age = draws.rng.choice(AGES) if draws.chance(0.33) else None
    prior = draws.drug() if draws.chance(0.06) else None
    never = draws.drug() if draws.chance(0.02) else None
    parts: list[Expression] = [*(Is(f.criterion) for f in present), *(Not(Is(f.criterion)) for f in absent)]
    settings = [Condition(fact="age_years", cell=f"[{age[0]}..{age[1]})")] if age else []
    settings += [Condition(fact="prior_therapies", cell=f"present:{prior}")] if prior else []
    settings += [Condition(fact="prior_therapies", cell=f"absent:{never}")] if never else []
    row = GuidelineRow(
        id=f"guideline:invented:{number}",
        guideline="invented",
        kind="caution" if number % 3 else "exclude",
        because="toxicity" if number % 3 else "contraindicated",
        drugs=(draws.drug(),),
        reason=f"Row {number} says so.",
        sources=(f"invented:{number}",),
        profile=parts[0] if len(parts) == 1 else All(tuple(parts)),
        disease=DiseaseScope(name=disease[1], ids=(disease[0],)) if disease else None,
        settings=tuple(settings),
    )
    return Asked(row, present, absent, disease[0] if disease else None, age, prior, never)


def _known(draws: _Draws, number: int, tree: Tree) -> Known:
    rng = draws.rng
    findings: dict[str, Finding] = {}
    found: dict[tuple[str, str], None] = {}
    for _ in range(rng.choice((1, 2, 2, 3, 3, 4, 6))):
        feature = draws.feature()
        gene, c = feature.gene, feature.criterion
        if feature.what == "high":
            findings[c.name] = Finding(input=c.name, read_as=c.name, kind="expression", marker=gene, status="high")
            found[gene, "high"] = None
        elif feature.what == "fusion":
            findings[c.name] = Finding(input=c.name, read_as=c.name, kind="fusion", gene_5p="X", gene_3p=gene)
            found[gene, "fusion"] = None
        elif c.codons:
            change = f"A{c.codons[0]}V"
            text = f"{gene} p.{change}"
            findings[text] = Finding(
                input=text,
                read_as=text,
                kind="variant",
                gene=gene,
                protein=f"p.{change}",
                codons=c.codons,
                consequences=("missense",),
                oncogenic=True,
            )
            found |= dict.fromkeys(((gene, change), (gene, f"codon-{c.codons[0]}"), (gene, "mutation")))
    covered = rng.choice(draws.panels)
    disease, name = draws.disease()
    age = rng.choice((None, 8, 15, 30, 45, 55, 65, 65, 78))
    prior = tuple(dict.fromkeys(draws.drug() for _ in range(rng.choice((0, 1, 2)))))
    complete = rng.random() < 0.5
    profile = Profile(
        id=f"P{number}",
        disease=Disease(name=name),
        biomarkers=(),
        tests=(Test(genes=covered),),
        context=Context(age_years=age, prior_therapies=prior, prior_therapies_complete=complete),
    )
    above = tuple(tree.ancestors(disease))
    return Known(tuple(found), covered, above, age, prior, complete, profile, tuple(findings.values()))


class Reception:
    """Makes patients for us as the engine does: a diagnosis is placed once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._placed: dict[str, Diagnosis] = {}

    def ready(self, one: Known) -> Patient:
        disease = one.diseases[0]
        if disease not in self._placed:
            self._placed[disease] = diagnose(disease, (disease,), self._tree, {})
        facts = patient_facts.gather(one.profile, one.findings, {})
        setting = patient_settings.gather(one.profile, lambda drug: (drug,))
        return Patient(Matcher(facts), self._placed[disease], setting, one.profile.context)
