"""The terminal answer: what stands on the first screen, and that nothing is hidden or steers the terminal."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from api.render import lines, text
from graph.answer import Caution, Recommendation
from tests import answers


def page(answer: Recommendation, **options: object) -> str:
    return lines.plain(text.render(answer, **options))


def test_a_typical_answer_fits_a_screen() -> None:
    found = page(answers.melanoma()).splitlines()
    assert len(found) <= 42
    assert max(map(lines.cells, found)) <= 100


@pytest.mark.parametrize("height", [24, 40, 60, 200])
def test_a_taller_screen_shows_no_less(height: int) -> None:
    few, many = page(answers.melanoma(), height=height), page(answers.melanoma(), height=height + 20)
    assert len(few.splitlines()) <= len(many.splitlines())


def test_the_header_names_patient_diagnosis_findings_and_release() -> None:
    first, second, *_ = page(answers.melanoma()).splitlines()
    assert first.startswith("P1  Melanoma (DOID:1909, ONCOTREE:MEL)")
    assert first.endswith("release 3f9c1b7d20a4")
    assert "BRAF p.V600E" in second
    assert "BRAF p.Val600Glu" in second


def test_an_option_has_its_tier_its_agencies_its_path_and_its_source() -> None:
    found = page(answers.melanoma())
    assert re.search(
        r" 1  Dabrafenib \+ Trametinib +label +this tumour; FDA 2014, EMA 2015, HC 2015  \[label:fda:95", found
    )
    assert "BRAF p.V600E -> BRAF V600E [Melanoma] -> FDA label 2014 -> Dabrafenib + Trametinib" in found


def test_options_stand_in_rank_order_under_their_status() -> None:
    found = page(answers.melanoma())
    places = [found.index(word) for word in ("RECOMMENDED", "OPTIONS", "CONFLICT", "EXCLUDED", "WOULD DECIDE")]
    assert places == sorted(places)
    assert found.index(" 1  Dabrafenib + Trametinib") < found.index(" 2  Binimetinib + Encorafenib")


@pytest.mark.parametrize("answer", [answers.melanoma(), answers.huge()], ids=["usual", "huge"])
def test_every_open_option_is_named_however_little_room_there_is(answer: Recommendation) -> None:
    found = " ".join(page(answer, height=10).split())
    for option in answer.options:
        if option.excluded_by != "not_met":
            assert " + ".join(option.therapy) in found


def test_a_caution_stands_next_to_its_option_and_is_referred_to_when_it_comes_again() -> None:
    found = page(answers.melanoma()).splitlines()
    first = next(i for i, line in enumerate(found) if line.startswith("  1  "))
    assert any("Caution: G6PD" in line for line in found[first : first + 4])
    fifth = next(i for i, line in enumerate(found) if line.startswith("  5  "))
    assert any("Caution: as for 1" in line for line in found[fifth : fifth + 3])


def test_cautions_that_wait_for_a_test_are_named_by_the_test_until_all_is_asked_for() -> None:
    answer = answers.mastocytosis()
    waits = Caution(
        id="g:1",
        reason="Slow metabolisers bleed. (not known: CYP9 genotype)",
        sources=("label:x",),
        missing=("CYP9 genotype",),
    )
    changed = replace(answer, options=(replace(answer.options[0], cautions=(waits,)),))
    assert "Caution: 1 test would tell: CYP9 genotype" in page(changed)
    assert "Slow metabolisers bleed." not in page(changed)
    assert "Caution: Slow metabolisers bleed." in page(changed, every=True)


def test_an_exclusion_gives_its_reason_and_its_source() -> None:
    found = " ".join(page(answers.mastocytosis()).split())
    assert "Imatinib contraindicated: The KIT D816V kinase does not bind imatinib" in found
    assert "[label:fda:55, civic:EID90006]" in found


def test_therapies_that_sources_predict_to_fail_are_named_by_strength_and_disease() -> None:
    found = " ".join(page(answers.melanoma()).split())
    assert "Predicted to fail, clinical, CIViC B in Melanoma: Imatinib [civic:EID90005]" in found
    assert "resistance: KIT D816V is resistant to imatinib." in page(answers.melanoma(), every=True)


def test_how_a_finding_was_read_is_said_once() -> None:
    """The header has it; the paths of a dozen options need not repeat it."""
    answer = answers.mastocytosis()
    read = "KIT p.D816V (known allele GRCh38 4:54733155 A>T)"
    long = answers.path(read, "KIT D816V", "label:fda:56", ("Avapritinib",))
    found = page(replace(answer, options=(replace(answer.options[0], paths=(long,)),)))
    assert "KIT p.D816V -> KIT D816V [Systemic Mastocytosis] -> FDA label 2021 -> Avapritinib" in found


def test_options_that_wait_for_the_same_test_stand_together() -> None:
    found = " ".join(page(answers.untested_kras()).split())
    assert "Cetuximab; Panitumumab label, wider tumour group: KRAS and NRAS are not tested" in found
    assert "KRAS 2 options" in found


def test_conditions_that_are_not_met_are_a_count_until_all_is_asked_for() -> None:
    short, long = page(answers.melanoma()), page(answers.melanoma(), every=True)
    assert "3 condition not met (--all lists them)" in short
    assert "Larotrectinib" not in short
    assert "Larotrectinib" in long
    assert "needs BRAF wild type" in long


def test_all_shows_every_option_with_its_path() -> None:
    found = page(answers.huge(), every=True)
    assert found.count(" -> ") >= 3 * 90
    assert "No match: GRCh38:1:3299:C:T" in found


def test_verbose_tells_statements_rules_and_what_the_score_is_made_of() -> None:
    found = page(answers.mastocytosis(), verbose=True)
    for part in ("label:fda:56; FDA label; fired", "guideline:kit:3 (exclude) fired", "log-odds: level +0.60"):
        assert part in found


def test_one_option_in_full() -> None:
    answer = answers.melanoma()
    found = lines.plain(text.explain(answer, [(1, answer.options[0])]))
    assert found.count("path  ") == 3
    assert "-- satisfies --> variant BRAF V600E" in found
    assert "Encorafenib" not in found


def test_what_changed_since_an_earlier_release_comes_first() -> None:
    found = page(answers.changed())
    assert "Binimetinib + Encorafenib  not listed -> recommended (label)" in found
    assert found.index("CHANGED since aa00bb11cc22") < found.index("RECOMMENDED")


def test_an_answer_without_options_says_so() -> None:
    found = page(answers.empty())
    assert "NO OPTIONS" in found
    assert "not found in the ontology" in found


@pytest.mark.parametrize("options", [{}, {"every": True}, {"verbose": True}])
def test_nothing_in_a_name_steers_the_terminal(options: dict[str, bool]) -> None:
    found = page(answers.hostile(), **options)
    assert "\x1b" not in found
    assert "\u202e" not in found
    assert "\\u202e" in found


def test_colours_add_nothing_that_words_do_not_say() -> None:
    found = text.render(answers.melanoma())
    assert lines.styled(found).plain.split() == lines.plain(found).split()


def test_wide_and_combining_characters_keep_columns_aligned() -> None:
    assert lines.cells("肺腺癌") == 6
    assert lines.cells("e\u0301") == 1
