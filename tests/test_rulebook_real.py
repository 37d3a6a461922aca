"""Compiled rows of real sources stand as each of them does when it is read by itself.

The book reads only the parts of a row on which a finding may bear, and keeps what it read; a row by itself
(``rules.weigh.rule``) is read in full. Findings are the changes that the sources' own criteria describe.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import msgspec
import pytest
from pyarrow import parquet

from api.diagnosis import ReleaseTaxonomy
from graph.claims import Criterion, GuidelineRow, Statement, criteria
from graph.patient import Context, Disease, Finding, Profile, Test
from graph.release import Release
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules.diseases import Taxonomy, diagnose
from rules.facts import as_finding
from rules.match import Matcher
from rules.rulebook import Patient, Rulebook
from rules.weigh import rule

ROWS, PATIENTS = 2500, 60


class _Kept:
    """The release's taxonomy, asked once a disease."""

    def __init__(self, of: Taxonomy) -> None:
        self._of = of
        self._ancestors: dict[str, Mapping[str, bool]] = {}
        self._compartments: dict[str, frozenset[str]] = {}

    def ancestors(self, disease: str) -> Mapping[str, bool]:
        if disease not in self._ancestors:
            self._ancestors[disease] = self._of.ancestors(disease)
        return self._ancestors[disease]

    def compartments(self, disease: str) -> frozenset[str]:
        if disease not in self._compartments:
            self._compartments[disease] = self._of.compartments(disease)
        return self._compartments[disease]

    def disease_name(self, disease: str) -> str | None:
        return self._of.disease_name(disease)


@pytest.fixture(scope="module")
def rows(full_release: Release) -> list[GuidelineRow]:
    """Statements as if they were rows that exclude or require, for the sake of their conditions."""
    table = parquet.read_table(full_release.path / "tables" / "statements.parquet", columns=["data"])
    statements = [msgspec.json.decode(data, type=Statement) for data in table.column("data").to_pylist()]
    made = [
        GuidelineRow(
            id=f"guideline:made:{s.id}",
            guideline="made",
            kind="require" if i % 9 == 0 else "exclude",
            drugs=s.therapy,
            reason="As the statement asks.",
            sources=(s.record,),
            profile=s.profile,
            disease=s.disease,
            settings=s.settings,
        )
        for i, s in enumerate(statements)
    ]
    return Random(1).sample(made, min(ROWS, len(made)))


def _found(c: Criterion, rng: Random) -> Finding | None:
    if c.type in ("genotype", "other", "wildtype") or c.known is not None or c.comparator not in (None, ">="):
        return None
    finding = as_finding(c)
    stated = rng.choice(({}, {"oncogenic": True}, {"uncertain": True}, {"protein": None}, {"codons": None}))
    return msgspec.structs.replace(finding, **stated) if c.type == "variant" else finding


def test_a_book_of_real_rows_answers_as_its_rows_do_one_by_one(rows: list[GuidelineRow], full_release: Release) -> None:
    rng = Random(2)
    taxonomy = _Kept(ReleaseTaxonomy(full_release.serve()))
    asked = list({c: None for r in rows if r.profile is not None for c, _ in criteria(r.profile)})
    diseases = [id for r in rows if r.disease is not None for id in r.disease.ids]
    genes = sorted({c.gene for c in asked if c.gene})
    book = Rulebook(rows, taxonomy)
    fired = 0
    for _ in range(PATIENTS):
        found = [f for c in rng.sample(asked, k=6) if (f := _found(c, rng)) is not None]
        disease = rng.choice(diseases)
        profile = Profile(
            id="P",
            disease=Disease(name=disease, stage=rng.choice((None, "II", "IV"))),
            biomarkers=(),
            tests=(Test(genes=tuple(rng.sample(genes, k=30))),),
            context=Context(age_years=rng.choice((None, 8, 60)), sex=rng.choice((None, "female"))),
        )
        facts = patient_facts.gather(profile, found, {})
        diagnosis = diagnose(disease, (disease,), taxonomy, {})
        setting = patient_settings.gather(profile, lambda drug: (drug,))
        stands = book.ask(Patient(Matcher(facts), diagnosis, setting, profile.context))
        matcher = Matcher(facts)
        for i, row in enumerate(book.rows):
            alone = rule(row, matcher, diagnosis, taxonomy, setting, profile.context)
            told = "fired" if stands.fired >> i & 1 else "failed" if stands.failed >> i & 1 else "undecided"
            assert told == alone.outcome, f"{row} {[f.read_as for f in found]} {disease}"
            fired += told == "fired"
    assert fired > 100
