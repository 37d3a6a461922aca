"""Changes of a question that must not change its answer, over every real case."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import api.options
from api.recommend import Engine
from graph.answer import Recommendation
from graph.patient import Biomarker, Disease, Profile
from graph.release import Release
from ingest.patients import decode


@pytest.fixture(scope="module")
def engine(full_release: Release) -> Engine:
    return Engine(full_release)


@pytest.fixture(scope="module")
def profiles(shared: Path) -> list[Profile]:
    lines = (shared.parent / "cases" / "oncology.jsonl").read_bytes().splitlines()
    cases = [msgspec.json.decode(line) for line in lines]
    return [decode(msgspec.json.encode({"id": c["id"], **c["profile"]})) for c in cases]


AMINO = dict(
    zip(
        "ACDEFGHIKLMNPQRSTVWY*",
        (
            "Ala",
            "Cys",
            "Asp",
            "Glu",
            "Phe",
            "Gly",
            "His",
            "Ile",
            "Lys",
            "Leu",
            "Met",
            "Asn",
            "Pro",
            "Gln",
            "Arg",
            "Ser",
            "Thr",
            "Val",
            "Trp",
            "Tyr",
            "Ter",
        ),
        strict=True,
    )
)


def three_letter(change: str) -> str:
    return "p." + "".join(AMINO.get(char, char) for char in change.removeprefix("p."))


def verdicts(answer: Recommendation) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {(o.therapy, o.direction): (o.status, o.excluded_by, o.tier, o.sources) for o in answer.options}


def labels(answer: Recommendation) -> set[tuple[str, ...]]:
    return {
        o.therapy
        for o in answer.options
        if o.direction == "sensitive" and o.tier == "label" and o.status in ("recommended", "option")
    }


def changed(profile: Profile, biomarkers: tuple[Biomarker, ...]) -> Profile:
    return msgspec.structs.replace(profile, biomarkers=biomarkers)


def test_the_order_of_findings_does_not_matter(engine: Engine, profiles: list[Profile]) -> None:
    for profile in profiles:
        shuffled = list(profile.biomarkers)
        random.Random(profile.id).shuffle(shuffled)
        assert verdicts(engine.recommend(changed(profile, tuple(shuffled)))) == verdicts(engine.recommend(profile))


def test_the_order_of_two_changes_in_one_gene_does_not_matter(engine: Engine, full_release: Release) -> None:
    chance = random.Random(3)
    for gene, disease in (
        ("EGFR", "NSCLC"),
        ("KIT", "GIST"),
        ("BRAF", "Melanoma"),
        ("KRAS", "COADREAD"),
        ("ABL1", "CML"),
    ):
        known = sorted(
            {
                str(node.properties["protein"])
                for node in full_release.nodes()
                if node.label == "Variant" and node.properties.get("gene") == gene and node.properties.get("protein")
            }
        )
        for _ in range(40):
            pair = [Biomarker(type="snv", gene=gene, hgvs_p=p, oncogenic=True) for p in chance.sample(known, 2)]
            ask = [
                Profile(id="P", disease=Disease(oncotree=disease), biomarkers=tuple(order))
                for order in (pair, pair[::-1])
            ]
            first, second = (verdicts(engine.recommend(p)) for p in ask)
            assert first == second, (gene, [b.hgvs_p for b in pair])


def test_a_finding_said_twice_counts_once(engine: Engine, profiles: list[Profile]) -> None:
    for profile in profiles:
        twice = changed(profile, (*profile.biomarkers, *profile.biomarkers))
        assert verdicts(engine.recommend(twice)) == verdicts(engine.recommend(profile))


def test_three_letter_spelling_is_the_same_change(engine: Engine, profiles: list[Profile]) -> None:
    for profile in profiles:
        spelled = tuple(
            msgspec.structs.replace(b, hgvs_p=three_letter(b.hgvs_p)) if b.hgvs_p else b for b in profile.biomarkers
        )
        assert verdicts(engine.recommend(changed(profile, spelled))) == verdicts(engine.recommend(profile))


def test_an_irrelevant_finding_changes_no_status(engine: Engine, profiles: list[Profile]) -> None:
    beside = Biomarker(type="snv", gene="TTN", hgvs_p="p.R9999W", origin="somatic")
    for profile in profiles:
        more = engine.recommend(changed(profile, (*profile.biomarkers, beside)))
        assert verdicts(more) == verdicts(engine.recommend(profile))


def test_permuted_scores_change_no_status(
    engine: Engine, profiles: list[Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [verdicts(engine.recommend(p)) for p in profiles]
    chance = random.Random(7)
    monkeypatch.setattr(api.options, "score", lambda **_: (chance.random(), {"chance": 0.0}))
    assert [verdicts(engine.recommend(p)) for p in profiles] == before


@pytest.mark.parametrize("as_of", ["2010-01-01", "2018-06-01", "2021-01-01"])
def test_an_earlier_day_never_adds_a_label(engine: Engine, profiles: list[Profile], as_of: str) -> None:
    for profile in profiles:
        if profile.context.as_of and profile.context.as_of < as_of:
            continue
        earlier = msgspec.structs.replace(profile, context=msgspec.structs.replace(profile.context, as_of=as_of))
        assert labels(engine.recommend(earlier)) <= labels(engine.recommend(profile))


def test_a_toxicity_genotype_never_adds_a_label(engine: Engine, profiles: list[Profile]) -> None:
    ill = {"DPYD": "poor metabolizer", "G6PD": "deficient", "UGT1A1": "*28/*28", "TPMT": "poor metabolizer"}
    for profile in profiles:
        toxic = msgspec.structs.replace(profile, context=msgspec.structs.replace(profile.context, germline_pgx=ill))
        assert labels(engine.recommend(toxic)) <= labels(engine.recommend(profile))


def without_one(profile: Profile) -> Iterator[tuple[Biomarker, Profile]]:
    for i, biomarker in enumerate(profile.biomarkers):
        yield biomarker, changed(profile, profile.biomarkers[:i] + profile.biomarkers[i + 1 :])


def test_removing_a_finding_that_no_veto_used_never_adds_a_label(engine: Engine, profiles: list[Profile]) -> None:
    for profile in profiles:
        full = engine.recommend(profile)
        for biomarker, rest in without_one(profile):
            gene = (
                biomarker.gene or biomarker.marker or biomarker.gene_3p or biomarker.gene_5p or biomarker.type.upper()
            )
            added = labels(engine.recommend(rest)) - labels(full)
            vetoed = {
                o.therapy
                for o in full.options
                if any(gene in text.reason for text in (*o.against, *(r for r in o.rules if r.outcome != "fired")))
            }
            assert added <= vetoed, (profile.id, gene)
