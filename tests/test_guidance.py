"""Guidance on drugs: what asks for something is told first, what is not known is never told as nothing to change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from api.recommend import Engine
from api.render import guide, html, text
from api.render.lines import plain
from graph.answer import GenotypeRead, Guidance, GuidanceRow, Recommendation
from graph.claims import Level
from graph.patient import Biomarker, Context, Disease, Profile
from ingest.build import build
from tests import answers


def row(id: str, action: str | None = "half the dose", **more: Any) -> GuidanceRow:
    given: dict[str, Any] = {
        "kind": "dose", "outcome": "fired", "reason": "It says so.", "text": None, "level": None, "points": None,
        "counted": False, "defeated_by": None, "missing": (), "sources": (), "cells": (), **more,
    }  # fmt: skip
    return GuidanceRow(id=f"guideline:{id}", action=action, **given)


def entry(drug: str, publisher: str, *rows: GuidanceRow, **more: Any) -> Guidance:
    given: dict[str, Any] = {
        "guideline": f"{publisher}-{drug}", "title": "", "version": None, "hit_policy": "UNIQUE", "score": None,
        "score_level": None, "score_code": None, "conflict": False, "missing": (),
        "waiting": sum(r.outcome == "undecided" for r in rows), **more,
    }  # fmt: skip
    return Guidance(drug=drug, publisher=publisher, rows=rows, **given)


def answer(*guidance: Guidance, drugs: tuple[str, ...] = (), **more: Any) -> Recommendation:
    options = tuple(answers.option(drug) for drug in drugs)
    return answers.recommendation("P", answers.COLON, guidance=guidance, options=options, **more)


def waits(drug: str, publisher: str, *ids: str) -> Guidance:
    rows = (row(id, outcome="undecided", missing=("DPYD genotype",)) for id in ids)
    return entry(drug, publisher, *rows, missing=("DPYD genotype",))


def text_of(found: Recommendation, **more: Any) -> str:
    return " ".join(plain(text.render(found, **more)).split())


def page_of(found: Recommendation) -> str:
    return html.page([found]).decode()


def named(part: guide.Part) -> dict[str, tuple[str, ...]]:
    return {n.says: n.drugs for n in part.named}


# -- three lists -------------------------------------------------------------------------------------------------------


def test_what_waits_is_undecided_and_not_nothing_to_change() -> None:
    found = answer(waits("Capecitabine", "CPIC", "1", "2"), waits("Capecitabine", "DPWG", "3"),
                   waits("Fluorouracil", "CPIC", "1", "2"))  # fmt: skip
    (part,) = guide.parts(found)
    assert named(part) == {"Undecided, 3 rows wait for DPYD genotype": ("Capecitabine", "Fluorouracil")}
    assert "Undecided, 3 rows wait for DPYD genotype: 2: Capecitabine, Fluorouracil" in text_of(found)
    for face in (text_of(found), page_of(found)):
        assert "Undecided, 3 rows wait for DPYD genotype" in face
        assert "Nothing to change" not in face


def test_a_drug_of_which_one_guideline_asks_for_something_is_not_among_those_without_change() -> None:
    unchanged = entry("Paroxetine", "DPWG", row("2", "no change"))
    found = answer(entry("Paroxetine", "CPIC", row("1")), unchanged, entry("Codeine", "CPIC", row("3", "no change")))
    (part,) = guide.parts(found)
    assert [(line.drug, line.says, line.by) for line in part.lines] == [
        ("Paroxetine", "half the dose", "CPIC"),
        ("Paroxetine", "no change", "DPWG"),
    ]
    assert named(part) == {"Nothing to change": ("Codeine",)}
    open_ = answer(waits("Paroxetine", "CPIC", "1"), unchanged)
    assert named(guide.parts(open_)[0]) == {
        "Undecided, 1 row waits for DPYD genotype": ("Paroxetine (CPIC, no change by DPWG)",)
    }


def test_no_change_that_rests_on_what_is_not_known_says_so() -> None:
    fired = row("1", "no change", missing=("CYP2C19 genotype",))
    (part,) = guide.parts(answer(entry("Doxepin", "CPIC", fired, missing=("CYP2C19 genotype",), waiting=3)))
    assert named(part) == {"No change so far, not known: CYP2C19 genotype": ("Doxepin",)}


def test_a_guideline_that_has_nothing_to_say_yet_is_not_said_to_change_nothing() -> None:
    fired = row("1", "no recommendation", missing=("CYP2C19 genotype",))
    gone = entry("Codeine", "Old", row("2", defeated_by="guideline:3"))
    (part,) = guide.parts(answer(entry("Doxepin", "DPWG", fired, missing=("CYP2C19 genotype",)), gone))
    assert named(part) == {"No recommendation so far, not known: CYP2C19 genotype": ("Doxepin",)}


def test_a_row_that_gave_way_asks_for_nothing() -> None:
    gone = row("1", defeated_by="guideline:2")
    (part,) = guide.parts(answer(entry("Codeine", "CPIC", gone, row("2", "no change"))))
    assert (part.lines, named(part)) == ((), {"Nothing to change": ("Codeine",)})


def test_drugs_that_wait_for_many_different_facts_are_named_and_do_not_fill_the_screen() -> None:
    guidance = (
        entry(f"Drug {n}", "CPIC", row("1", outcome="undecided"), missing=(f"GENE{n} genotype",)) for n in range(30)
    )
    found = answer(*guidance)
    assert len(text.render(found, height=24)) <= 24
    assert re.search(r"rows? waits? for GENE0 genotype: 1: Drug 0 .* for want of other facts \(--all\): \d+: Drug ",
                     text_of(found, height=24))  # fmt: skip
    assert "1 row waits for GENE29 genotype: 1: Drug 29" in text_of(found, every=True)


# -- order -------------------------------------------------------------------------------------------------------------


def test_drugs_of_options_come_first_then_exclusions_cautions_and_doses_then_what_says_nothing() -> None:
    found = answer(
        entry("Abacavir", "CPIC", row("1")),
        entry("Codeine", "CPIC", row("2", "avoid", kind="exclude")),
        entry("Doxepin", "CPIC", row("3", kind="caution")),
        entry("Ondansetron", "DPWG", row("4", "no recommendation")),
        entry("Tamoxifen", "CPIC", row("5", level=Level(scheme="cpic", value="Strong"))),
        entry("Tamoxifen", "DPWG", row("6", level=Level(scheme="dpwg", value="N/A"))),
        drugs=("Tamoxifen",),
    )
    (part,) = guide.parts(found)
    assert [(line.drug, line.by) for line in part.lines] == [
        ("Tamoxifen", "CPIC, Strong"), ("Tamoxifen", "DPWG"), ("Codeine", "CPIC"), ("Doxepin", "CPIC"),
        ("Abacavir", "CPIC"),
    ]  # fmt: skip
    assert [line.concerns for line in part.lines] == [True, True, False, False, False]
    assert part.named == (guide.Named("No recommendation", ("Ondansetron (DPWG)",), False),)


def test_guidance_stands_before_what_is_excluded() -> None:
    excluded = answers.option("Sorafenib", status="excluded", excluded_by="contraindicated", direction="sensitive")
    found = answer(entry("Tamoxifen", "CPIC", row("1")), drugs=("Tamoxifen",))
    found = replace(found, options=(*found.options, excluded))
    for face, heading in ((text_of(found), "EXCLUDED"), (page_of(found), 'id="p1-excluded"')):
        assert face.index("half the dose") < face.index(heading)


def test_many_lines_on_other_drugs_are_folded_behind_those_on_options() -> None:
    others = (entry(f"Drug {n}", "CPIC", row(str(n))) for n in range(9))
    page = page_of(answer(*others, entry("Tamoxifen", "CPIC", row("t")), drugs=("Tamoxifen",)))
    assert "9 lines on drugs that are no option" in page
    assert page.index('<th scope="row"><bdi>Tamoxifen</bdi>') < page.index('<th scope="row"><bdi>Drug 0</bdi>')


# -- points ------------------------------------------------------------------------------------------------------------


def test_a_sum_to_which_rows_may_add_is_one_so_far_with_what_it_may_become() -> None:
    points = row("1", None, kind="score", points=-10.0, counted=True)
    open_ = entry("Abacavir", "HIVDB", points, score=-10.0, score_level="Susceptible", low=-25.0, high=95.0, waiting=7)
    found = answer(open_)
    for face in (text_of(found), page_of(found), plain(text.explain(found, (), (open_,)))):
        assert "-10 so far (may become -25 to 95): Susceptible so far" in " ".join(face.split())
    final = answer(replace(open_, low=-10.0, high=-10.0))
    assert "-10, Susceptible" in text_of(final) and "so far" not in text_of(final)


def test_a_drug_without_points_while_rows_wait_is_told_with_its_range() -> None:
    found = answer(entry("Abacavir", "HIVDB", score=0.0, score_level="Susceptible", low=-25.0, high=95.0, waiting=7))
    assert "No points so far, rows wait: 1: Abacavir (may become -25 to 95)" in text_of(found)
    assert "Susceptible" not in text_of(found)


# -- genotypes that are stated -----------------------------------------------------------------------------------------


def test_stated_genotypes_are_shown_where_findings_are() -> None:
    stated = (
        GenotypeRead(gene="CYP2D6", stated="Pour Metabolizer", why_not="not understood: it counts as not known"),
        GenotypeRead(gene="DPYD", stated="*2A/*2A", why_not=None),
    )
    found = answer(germline=stated)
    said = text_of(found)
    assert "Germline CYP2D6 Pour Metabolizer (not understood: it counts as not known), DPYD *2A/*2A" in said
    assert "nothing stated" not in said
    page = page_of(found)
    assert page.count("DPYD *2A/*2A") == 2 and page.count("CYP2D6 Pour Metabolizer") == 2
    assert "No finding was stated" not in page
    many = tuple(GenotypeRead(gene=f"G{i}", stated="PM", why_not=None) for i in range(100))
    assert "G0 PM" in text_of(answer(germline=many), height=24) and " +" in text_of(answer(germline=many), height=24)
    assert "G99 PM" in text_of(answer(germline=many), every=True)


# -- with the published guidelines -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    sources = [
        ("cpic", shared / "pgx" / "cpic_dpwg_guidelines_2024-05-29.json.gz"),
        ("do", shared / "ontologies" / "do_terms.tsv"),
    ]
    return Engine(build(tmp_path_factory.mktemp("guided"), sources))


def asked(engine: Engine, disease: str, germline: dict[str, str], *biomarkers: Biomarker) -> Recommendation:
    context = Context(germline_pgx=germline)
    return engine.recommend(Profile(id="P", disease=Disease(name=disease), biomarkers=biomarkers, context=context))


@pytest.mark.parametrize("stated", ["*2A", "*13 heterozygous"])
def test_half_a_genotype_leaves_the_drugs_of_its_gene_undecided(published: Engine, stated: str) -> None:
    found = asked(published, "Colon Cancer", {"DPYD": stated})
    (part,) = guide.parts(found)
    undecided = {drug for n in part.named if n.undecided for drug in n.drugs}
    assert {"Capecitabine", "Fluorouracil", "Tegafur"} <= undecided
    assert "Nothing to change" not in named(part)


def test_an_option_points_to_the_guidance_that_asks_for_another_dose(published: Engine) -> None:
    er = Biomarker(type="expression", marker="ER", status="positive")
    found = asked(published, "Breast Cancer", {"CYP2D6": "*4/*4"}, er)
    before = asked(published, "Breast Cancer", {}, er)
    (guided,) = (o for o in found.options if o.therapy == ("Abemaciclib", "Tamoxifen"))
    said = {c.reason: c.id for c in guided.cautions if not c.missing}
    assert said == {
        "CPIC, Strong: see guidance on Tamoxifen": "guideline:CPIC.PA166176068:PA166298530",
        "DPWG: see guidance on Tamoxifen": "guideline:DPWG.PA166104966:PA166302726",
    }
    assert [(o.therapy, o.status) for o in found.options] == [(o.therapy, o.status) for o in before.options]
    assert not any(
        "see guidance" in c.reason for o in found.options if "Tamoxifen" not in o.therapy for c in o.cautions
    )
    screen = text_of(found, height=40)
    assert screen.index("Recommend alternative hormonal therapy") < screen.index("more (--all): ")
    assert "Abemaciclib + Tamoxifen (caution)" in screen
    assert "CPIC, Strong: see guidance on Tamoxifen" in page_of(found)


def test_a_genotype_that_a_row_does_not_ask_for_is_no_news_of_an_option(published: Engine) -> None:
    found = asked(published, "Colon Cancer", {"DPYD": "*1/*1"})
    fluorouracil = [o for o in found.options if "Fluorouracil" in o.therapy]
    assert fluorouracil
    for option in fluorouracil:
        assert not [r.id for r in option.rules if r.outcome == "failed" and any("DPYD" in c.asked for c in r.cells)]
        assert not [n.name for p in option.paths for n in p.nodes if "DPYD" in n.name]


def test_of_what_is_told_of_an_option_what_fired_comes_first(published: Engine) -> None:
    found = asked(published, "Colon Cancer", {"DPYD": "*2A/*2A"})
    (option,) = (o for o in found.options if o.therapy == ("Fluorouracil", "Oxaliplatin", "Panitumumab"))
    outcomes = [r.outcome for r in option.rules]
    assert set(outcomes) >= {"fired", "undecided"}
    assert outcomes == sorted(outcomes, key=("fired", "undecided", "failed").index)


def test_genotypes_that_are_not_understood_or_contradict_themselves_are_answered_with_the_reason(
    published: Engine,
) -> None:
    stated = {"cyp2d6": "Pour Metabolizer", "DPYD": "PM; NM", "XYZ1": "PM", "HLA-B*57:01": "positive"}
    found = asked(published, "Colon Cancer", stated)
    told = {(g.gene, g.stated): (g.why_not or "").partition(":")[0] for g in found.germline}
    assert told == {
        ("CYP2D6", "Pour Metabolizer"): "not understood",
        ("DPYD", "PM; NM"): "contradictory",
        ("HLA-B", "*57:01 positive"): "",
        ("XYZ1", "PM"): "no row of the release asks for it",
    }


def test_a_row_that_holds_beside_others_that_may_is_not_told_alone() -> None:
    held = row("a", "start as usual", kind="caution")
    may = row("b", "half the dose", outcome="undecided", missing=("TPMT genotype",))
    found = answer(entry("Thioguanine", "CPIC", held, may, missing=("TPMT genotype",)))
    assert "undecided, 1 other row may hold as well: start as usual" in text_of(found)
