"""The real tumour cases on the published sources: what is recommended, excluded, explained, and by which path."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from api.recommend import Engine
from graph.answer import Recommendation
from graph.release import Release
from ingest.patients import decode


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, object]]:
    lines = (shared.parent / "cases" / "oncology.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def answers(cases: list[dict[str, object]], full_release: Release) -> list[Recommendation]:
    engine = Engine(full_release)
    return [engine.recommend(decode(msgspec.json.encode({"id": c["id"], **c["profile"]}))) for c in cases]


def test_the_scorer_finds_nothing_to_complain_of(shared: Path, full_release: Release) -> None:
    scorer = shared.parent / "score" / "oncology.py"
    clew = [sys.executable, "-m", "clew", "recommend", "--release", str(full_release.path), "--format", "jsonl"]
    cases = shared.parent / "cases" / "oncology.jsonl"
    run = subprocess.run([sys.executable, scorer, cases, "--", *clew], capture_output=True, text=True, check=True)
    figures = dict(re.findall(r"^(\S+) ([\d./]+)", run.stdout, re.MULTILINE))
    assert float(figures["recall_all"]) >= 0.98
    assert float(figures["recall@5"]) >= 0.95
    assert float(figures["resistance_recall"]) >= 0.90
    assert [float(figures[f]) for f in ("provenance", "with_path", "negatives_clean")] == [1.0, 1.0, 1.0]
    assert figures["forbidden_shown"].startswith("0/")
    explained, of = figures["exclusion_explained"].split("/")
    assert explained == of


def test_every_path_that_is_shown_is_in_the_release(answers: list[Recommendation], full_release: Release) -> None:
    names = {node.id: node.name for node in full_release.nodes()}
    edges = {(edge.source, edge.type, edge.target) for edge in full_release.edges()}
    shown = 0
    for answer in answers:
        for option in answer.options:
            assert option.paths, (answer.profile_id, option.therapy)
            for path in option.paths:
                first, *rest = path.edges
                assert first.derived and first.sources
                assert path.nodes[-1].label == "Therapy"
                for node in path.nodes[1:]:
                    assert names[node.id] == node.name
                for edge in rest:
                    assert (edge.source, edge.type, edge.target) in edges and edge.sources and not edge.derived
                shown += 1
    assert shown > 500


def test_every_row_that_limits_an_option_is_on_a_path_to_it(answers: list[Recommendation]) -> None:
    """As many as an option shows; a label is on the path of its statement."""
    limited = 0
    for answer in answers:
        for option in answer.options:
            rows = [r.id for r in option.rules if r.kind in ("exclude", "require")]
            on = {n.id: path for path in option.paths for n in path.nodes if n.label == "GuidelineRow"}
            assert set(rows[:3]) <= on.keys(), (answer.profile_id, option.therapy)
            for row in rows[:3]:
                *_, said, component = on[row].edges
                assert said.source == row and said.type in ("EXCLUDES", "REQUIRES")
                assert component.source == on[row].nodes[-1].id, "the therapy has the drug that the row is about"
                limited += 1
            if option.statements[0].agency and option.statements[0].outcome == "fired":
                assert any(id.startswith(f"guideline:{option.statements[0].agency}-labels:") for id in on)
    assert limited > 10


def test_every_exclusion_names_a_row_a_reason_and_a_source(answers: list[Recommendation]) -> None:
    for answer in answers:
        for option in answer.options:
            if option.status == "excluded" and option.direction == "sensitive":
                said = [*option.rules, *option.against]
                assert said and all(s.id and s.reason and s.sources for s in said), (answer.profile_id, option.therapy)


def test_no_negated_biomarker_is_ever_read_as_present(answers: list[Recommendation]) -> None:
    """KIT D816V: the label's row asks for its absence, so imatinib is excluded and says so."""
    mastocytosis = next(a for a in answers if a.profile_id == "H46")
    imatinib = next(o for o in mastocytosis.options if o.therapy == ("Imatinib",) and o.direction == "sensitive")
    assert imatinib.status == "excluded"
    assert any("D816V must be absent" in rule.reason for rule in imatinib.rules)


def test_an_untested_gene_leaves_cetuximab_to_be_checked(cases: list[dict[str, object]], full_release: Release) -> None:
    case = next(c for c in cases if c["id"] == "H15")
    profile = json.loads(json.dumps(case["profile"]))
    profile["biomarkers"] = [b for b in profile["biomarkers"] if b.get("gene") != "KRAS"]
    answer = Engine(full_release).recommend(decode(msgspec.json.encode({"id": "H15-KRAS", **profile})))
    cetuximab = next(o for o in answer.options if o.therapy == ("Cetuximab",) and o.direction == "sensitive")
    assert (cetuximab.status, cetuximab.missing[0]) == ("needs_check", "KRAS")
    assert answer.would_decide[0].fact == "KRAS"
    kras = next(d for d in answer.would_decide if d.fact == "KRAS")
    assert "Cetuximab" in kras.therapies


def test_a_g6pd_deficient_patient_sees_the_warning_and_dabrafenib_below_its_equals(
    answers: list[Recommendation],
) -> None:
    answer = next(a for a in answers if a.profile_id == "H55")
    labels = [o for o in answer.options if o.tier == "label" and o.status in ("recommended", "option")]
    rank = {" + ".join(o.therapy): i for i, o in enumerate(labels)}
    assert (
        rank["Dabrafenib"] > rank["Vemurafenib"] and rank["Dabrafenib + Trametinib"] > rank["Cobimetinib + Vemurafenib"]
    )
    dabrafenib = labels[rank["Dabrafenib"]]
    assert any("haemoly" in c.reason and "not known" not in c.reason for c in dabrafenib.cautions)
