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
    again = next(i for i, line in enumerate(found) if line.startswith("  5  "))
    assert any("Caution: as for 1" in line for line in found[again : again + 3])


def test_cautions_that_wait_for_a_test_are_named_by_the_test_until_all_is_asked_for() -> None:
    answer = answers.mastocytosis()
    waits = Caution(
        id="g:1",
        reason="Slow metabolisers bleed. (not known: CYP9 genotype)",
        sources=("label:x",),
        missing=("CYP9 genotype",),
    )
    changed = replace(answer, options=(replace(answer.options[0], cautions=(waits,)),))
    assert "Caution: not known: CYP9 genotype" in page(changed)
    assert "Slow metabolisers bleed." not in page(changed)
    assert "Caution: Slow metabolisers bleed." in page(changed, every=True)


def test_a_caution_that_waits_names_the_change_that_would_speak_against_the_option() -> None:
    answer = answers.mastocytosis()
    waits = Caution(id="g:2", reason="V560G blunts it.", sources=("x",), missing=("KIT",), condition="KIT V560G")
    found = page(replace(answer, options=(replace(answer.options[0], cautions=(waits,)),)))
    assert "Caution: would speak against it, not looked for: KIT V560G" in found


def test_a_finding_that_matches_nothing_stands_in_the_header_with_the_nearest_name() -> None:
    typo = answers.finding("BRFA V600E", "BRFA p.V600E", 0, why_not="nothing names BRFA (did you mean BRAF?)")
    unread = answers.finding("lkjasd", None, 0, why_not="these words are not understood")
    found = page(replace(answers.melanoma(), findings=(typo, unread))).splitlines()
    assert found[1] == "  No match  BRFA p.V600E  nothing names BRFA (did you mean BRAF?)"
    assert found[2] == "  Not read  lkjasd: these words are not understood"


def test_findings_stand_by_how_many_rows_speak_of_them_and_each_once() -> None:
    few, many = answers.finding("BRCA2 p.A1T", "BRCA2 p.A1T", 2), answers.finding("BRAF p.V600E", "BRAF p.V600E", 31)
    _, first, second, *rest = page(replace(answers.melanoma(), findings=(few, many, few))).splitlines()
    assert first.startswith("  Found  BRAF p.V600E")
    assert second.startswith("         BRCA2 p.A1T")
    assert rest[0] == ""


def test_a_diagnosis_that_leads_nowhere_says_in_the_header_what_may_be_meant() -> None:
    warning = "the diagnosis 'melanom' is not in the release's ontology (did you mean melanoma?)"
    lost = replace(answers.MELANOMA, input="melanom", ids=(), name=None)
    found = page(replace(answers.melanoma(), diagnosis=lost, warnings=(warning,)))
    assert "did you mean melanoma?" in "".join(found.splitlines()[:3])
    assert found.count("did you mean melanoma?") == 1


def test_failures_in_another_tumour_are_a_count_with_its_disease() -> None:
    answer = answers.melanoma()
    far = answers.statement("civic:EID90010", "Colorectal Cancer", "BRAF V600E", on_tumour_type="off")
    fails = answers.option(
        "Vemurafenib", status="excluded", excluded_by="resistance", direction="resistant", statements=(far,),
        on_tumour_type="off",
    )  # fmt: skip
    changed = replace(answer, options=(*answer.options, fails))
    assert "1 of another tumour, by evidence in Colorectal Cancer 1 (--all lists them)" in page(changed)
    assert "EXCLUDED  5: " in page(changed)
    assert page(changed, every=True).count("civic:EID90010") >= 1


def test_what_only_the_laboratory_waits_for_is_a_count() -> None:
    answer = answers.untested_kras()
    s = answers.statement("civic:EID90011", "Cancer", "NOT TP53 mutation", outcome="undecided", missing=("TP53",))
    lab = answers.option("Nutlin-3a", status="needs_check", tier="preclinical", statements=(s,), missing=("TP53",))
    changed = replace(answer, options=(*answer.options, lab))
    assert "NEEDS A CHECK  3: " in page(changed)
    assert "1 preclinical, waiting for TP53 (--all lists them)" in page(changed)
    assert "Nutlin-3a" not in page(changed)
    assert "Nutlin-3a" in page(changed, every=True)


def test_weak_evidence_against_a_therapy_is_no_disagreement() -> None:
    s = answers.statement("civic:EID90012", "Melanoma", "BRAF V600E", strength="D")
    weak = answers.option("Lapatinib", status="conflict", direction="resistant", tier="preclinical", statements=(s,))
    answer = answers.melanoma()
    found = page(replace(answer, options=(*answer.options, weak)))
    assert "Weak evidence against: Lapatinib (preclinical, CIViC B) [civic:EID90012]" in found


def test_a_test_of_a_gene_in_which_something_was_found_is_about_the_other_changes() -> None:
    answer = replace(answers.melanoma(), would_decide=(answers.WouldDecide(fact="BRAF", options=4, therapies=()),))
    assert "BRAF, other changes than p.V600E  4 options" in page(answer)


def test_a_row_that_yields_still_stands_under_against() -> None:
    """A curator's own row that evidence outweighs must not vanish."""
    answer = answers.melanoma()
    own = answers.Against(
        id="guideline:own:1", kind="exclude (yields)", strength="B", sources=("PMID:1",), reason="Not X."
    )
    found = page(replace(answer, options=(replace(answer.options[0], against=(own,)), *answer.options[1:])))
    assert "Against: Not X. [PMID:1]" in found


def test_a_patient_without_an_id_has_no_name_and_a_long_one_is_cut() -> None:
    assert page(replace(answers.melanoma(), profile_id="patient")).startswith("Melanoma (DOID:1909")
    barcodes = "TCGA-A6-2686-01A-01D-1408-10_TCGA-A6-2686-10A-01D-2188-10"
    assert page(replace(answers.melanoma(), profile_id=barcodes)).startswith("TCGA-A6-2686-01A-01D-1408-1…")


def test_a_path_does_not_say_the_same_twice() -> None:
    answer = answers.mastocytosis()
    joined = answers.path("KIT p.D816V", "KIT p.D816V", "label:fda:56", ("Avapritinib",))
    nodes = list(joined.nodes)
    nodes[2] = replace(nodes[2], name="KIT p.D816V OR KIT p.D816Y")
    changed = replace(answer, options=(replace(answer.options[0], paths=(replace(joined, nodes=tuple(nodes)),)),))
    assert "KIT p.D816V -> KIT p.D816V OR KIT p.D816Y [Systemic Mastocytosis] -> FDA" in page(changed)


def test_one_option_begins_with_what_its_label_rules_out() -> None:
    answer = answers.mastocytosis()
    imatinib = answer.options[1]
    tail = answers.path("KIT p.D816V", "KIT p.D816V", "label:fda:55", ("Imatinib",))
    edges = tuple(replace(e, type="ABSENT_FROM_PROFILE") if e.type == "IN_PROFILE" else e for e in tail.edges)
    label = answers.OptionRule(
        id="label:fda:55",
        kind="fda label",
        outcome="failed",
        sources=("label:fda:55",),
        reason="KIT D816V must be absent",
    )
    changed = replace(imatinib, paths=(replace(tail, edges=edges),), rules=(*imatinib.rules, label))
    found = lines.plain(text.explain(answer, [(2, changed)]))
    assert found.index("because     KIT D816V must be absent") < found.index("because     The KIT D816V kinase")


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
    assert "not resolved to one disease" in found


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
