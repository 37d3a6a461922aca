"""What a recommendation promises about meaning, rule by rule, on a small world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from world import ask, change, found, fused, limits, mutation, says, when, wild

from graph.claims import All, Criterion, DiseaseScope, Is, Not, VariantClass
from graph.claims import Any as AnyOf
from graph.patient import Context, Finding, Test, Unread
from rules.judge import Verdict

ALK = Criterion(type="fusion", name="ALK fusion", gene="ALK")
BCR_ABL = Criterion(type="fusion", name="BCR::ABL1", gene_5p="BCR", gene_3p="ABL1")
RAS_WILD = says("Cetuximab", Not(Is(mutation("KRAS"))), "D:colorectal")
SOLID = DiseaseScope(name="any solid tumour", agnostic="solid")


def status(verdicts: Mapping[str, Verdict], therapy: str) -> str | None:
    return verdicts[therapy].status if therapy in verdicts else None


# One allele is not another.


def test_a_row_for_one_allele_never_matches_its_neighbour() -> None:
    verdicts = ask([says("Dabrafenib", change("BRAF", "V600E"), "D:melanoma")], [found("BRAF", "V600K")], "D:melanoma")
    assert status(verdicts, "Dabrafenib") == "excluded"
    assert verdicts["Dabrafenib"].excluded_by == "not_met"


def test_three_letter_and_one_letter_spelling_are_one_change() -> None:
    rows = [says("Dabrafenib", change("BRAF", "V600E"), "D:melanoma")]
    assert status(ask(rows, [found("BRAF", "p.Val600Glu")], "D:melanoma"), "Dabrafenib") == "recommended"


def test_a_codon_row_holds_for_every_change_at_the_codon() -> None:
    codon = Criterion(type="variant", name="D835", gene="FLT3", codons=(835, 835))
    verdicts = ask([says("Gilteritinib", codon, "D:aml")], [found("FLT3", "D835Y")], "D:aml")
    assert verdicts["Gilteritinib"].deciding[0].reading.rung == "codon"


def test_a_stated_change_makes_only_its_own_codon_tested() -> None:
    rows = [says("Sotorasib", change("KRAS", "G12C")), says("Xolvatinib", change("KRAS", "Q61H"))]
    verdicts = ask(rows, [found("KRAS", "G12D")])
    assert status(verdicts, "Sotorasib") == "excluded"
    assert status(verdicts, "Xolvatinib") is None


@pytest.mark.parametrize(("oncogenic", "expected"), [(True, "recommended"), (None, "needs_check"), (False, None)])
def test_an_exon_row_holds_for_a_missense_change_only_if_it_is_oncogenic(
    oncogenic: bool | None, expected: str | None
) -> None:
    exon = Criterion(type="variant", name="KIT exon 11 mutation", gene="KIT", exons=(11, 11))
    verdicts = ask([says("Imatinib", exon)], [found("KIT", "V559D", exon=11, oncogenic=oncogenic)])
    assert status(verdicts, "Imatinib") == expected


@pytest.mark.parametrize(
    ("criterion", "finding"),
    [
        (
            Criterion(type="variant", name="KIT V559", gene="KIT", codons=(559, 559)),
            found("KIT", "V559D", oncogenic=False),
        ),
        (mutation("BRCA2"), found("BRCA2", "K3326*", oncogenic=False)),
        (mutation("BRCA2"), found("BRCA2", "S1982Rfs*22", uncertain=True)),
        (mutation("KIT", consequences=("missense",)), found("KIT", "V559D")),
    ],
)
def test_a_change_that_is_harmless_or_uncertain_is_no_mutation_that_matters(
    criterion: Criterion, finding: Finding
) -> None:
    assert status(ask([says("A", criterion)], [finding]), "A") in (None, "needs_check")


EXCEPTED = Criterion(
    type="variant", name="EGFR exon 20 insertion except A763_Y764insFQEA", gene="EGFR", exons=(20, 20),
    consequences=("inframe_insertion",), except_changes=("p.A763_Y764insFQEA",),
)  # fmt: skip
UNNAMED = Finding(
    input="EGFR exon 20 insertion", read_as="EGFR exon 20 insertion", kind="variant", gene="EGFR", exon=20,
    consequences=("inframe_insertion",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "expected", "cautioned"),
    [
        ([found("EGFR", "D770_N771insSVD", exon=20)], "excluded", False),
        ([found("EGFR", "A763_Y764insFQEA", exon=20)], "recommended", True),  # another one may be there, untested
        ([found("EGFR", "A763_Y764insLQEA", exon=20)], "excluded", False),  # its neighbour is no exception
        ([UNNAMED], "excluded", False),  # nothing shows that it is the exception
        ([found("EGFR", "A763_Y764insFQEA", exon=20), found("EGFR", "D770_N771insSVD", exon=20)], "excluded", False),
        ([found("EGFR", "A763_Y764insFQEA", exon=20), UNNAMED], "excluded", False),
    ],
)
def test_an_exception_is_told_by_the_finding_that_names_it(
    findings: list[Finding], expected: str, cautioned: bool
) -> None:
    veto = limits("Erlotinib", EXCEPTED, if_unknown="caution")
    verdict = ask([says("Erlotinib", mutation("EGFR"))], findings, rows=[veto])["Erlotinib"]
    assert verdict.status == expected
    assert bool(verdict.cautions) == cautioned


def test_a_positive_row_with_an_exception_waits_for_the_change_to_be_named() -> None:
    rows = [says("Sunvozertinib", EXCEPTED)]
    assert status(ask(rows, [found("EGFR", "D770_N771insSVD", exon=20)]), "Sunvozertinib") == "recommended"
    assert status(ask(rows, [UNNAMED]), "Sunvozertinib") == "needs_check"


def test_a_named_sensitising_allele_counts_as_oncogenic_and_an_exception_does_not() -> None:
    activating = mutation("EGFR", requires="activating")
    rows = [says("Erlotinib", activating), says("Osimertinib", activating)]
    except_erlotinib = VariantClass(
        id="x",
        provenance="t",
        record="t:1",
        holds=False,
        classes=("activating",),
        drugs=("Erlotinib",),
        criterion=Criterion(type="variant", name="L861Q", gene="EGFR", protein="p.L861Q", codons=(861, 861)),
    )
    verdicts = ask(
        rows, [found("EGFR", "L861Q")], named={"EGFR": frozenset({"p.L861Q"})}, classes={"EGFR": (except_erlotinib,)}
    )
    assert status(verdicts, "Osimertinib") == "recommended"
    assert status(verdicts, "Erlotinib") == "excluded"


def test_heterozygous_is_not_homozygous_and_somatic_is_not_germline() -> None:
    hom = mutation("BRCA1", zygosity="hom", requires="pathogenic")
    germline = mutation("BRCA1", origin="germline", requires="pathogenic")
    rows = [says("Olaparib", germline), says("Talazoparib", hom)]
    stated = {"oncogenic": True, "zygosity": "het"}
    assert status(ask(rows, [found("BRCA1", "Q1756Pfs*74", origin="germline", **stated)]), "Olaparib") == "recommended"
    assert (
        status(ask(rows, [found("BRCA1", "Q1756Pfs*74", origin="germline", **stated)]), "Talazoparib") == "needs_check"
    )
    assert status(ask(rows, [found("BRCA1", "Q1756Pfs*74", origin="somatic", **stated)]), "Olaparib") == "needs_check"
    assert status(ask(rows, [found("BRCA1", "Q1756Pfs*74", **stated)]), "Olaparib") == "needs_check"


# Fusions.


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (fused("EML4", "ALK"), "recommended"),
        (fused(None, "ALK"), "recommended"),
        (fused("ALK", "EML4"), "needs_check"),
        (fused("EML4", "RET"), None),
    ],
)
def test_a_fusion_row_without_a_side_means_the_usual_side(finding: Finding, expected: str | None) -> None:
    assert status(ask([says("Alectinib", ALK)], [finding]), "Alectinib") == expected


def test_a_reversed_named_fusion_stays_undecided() -> None:
    rows = [says("Imatinib", BCR_ABL, "D:cml")]
    assert status(ask(rows, [fused("ABL1", "BCR")], "D:cml"), "Imatinib") == "needs_check"
    assert status(ask(rows, [fused("BCR", "ABL1")], "D:cml"), "Imatinib") == "recommended"


# Not tested is unknown.


def test_cetuximab_waits_for_kras_and_lower_tiers_do_not_lift_it() -> None:
    evidence = says(
        "Cetuximab",
        Criterion(type="expression", name="EGFR", marker="EGFR", statuses=("positive",)),
        "D:colorectal",
        "B",
    )
    egfr = Finding(input="EGFR+", read_as="EGFR positive", kind="expression", marker="EGFR", status="positive")
    verdict = ask([RAS_WILD, evidence], [egfr], "D:colorectal")["Cetuximab"]
    assert (verdict.status, verdict.missing) == ("needs_check", ("KRAS",))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"findings": [wild("KRAS")]}, "recommended"),
        ({"tests": (Test(genes=("KRAS",)),)}, "recommended"),
        ({"tests": (Test(genes=("NRAS",)),)}, "needs_check"),
        ({"findings": [found("KRAS", "G12D", oncogenic=True)]}, "excluded"),
        ({"findings": [found("KRAS", "T20M", uncertain=True)], "tests": (Test(genes=("KRAS",)),)}, "needs_check"),
        (
            {"tests": (Test(genes=("KRAS",)),), "unread": (Unread(input="KRAS ?", reason="no change", gene="KRAS"),)},
            "needs_check",
        ),
        ({"findings": [wild("KRAS"), found("KRAS", "G12D", oncogenic=True)]}, "needs_check"),
    ],
)
def test_wild_type_is_stated_or_covered_or_unknown(more: dict[str, object], expected: str) -> None:
    assert status(ask([RAS_WILD], disease="D:colorectal", **more), "Cetuximab") == expected


@pytest.mark.parametrize(("direction", "expected"), [("deep_deletion", "excluded"), ("loss", "needs_check")])
def test_a_deleted_gene_is_no_wild_type(direction: Any, expected: str) -> None:
    rows = [says("Nutlin-3a", Criterion(type="wildtype", name="TP53 wild type", gene="TP53"))]
    lost = Finding(input="TP53 del", read_as="TP53 deletion", kind="cna", gene="TP53", direction=direction)
    assert status(ask(rows, [lost]), "Nutlin-3a") == expected


def test_a_codon_row_does_not_mean_a_protein_cut_off_there() -> None:
    codon = Criterion(type="variant", name="KRAS G12", gene="KRAS", codons=(12, 12))
    assert status(ask([says("A", codon)], [found("KRAS", "G12Vfs*3")]), "A") == "needs_check"


def test_a_contradicted_gene_counts_as_changed_for_an_exclusion() -> None:
    rows = [says("Cetuximab", Criterion(type="msi", name="MSS", statuses=("MSS",)), "D:colorectal")]
    mss = Finding(input="MSS", read_as="MSS", kind="msi", status="MSS")
    both = [mss, wild("KRAS"), found("KRAS", "G12D", oncogenic=True)]
    veto = limits("Cetuximab", mutation("KRAS"))
    assert status(ask(rows, both, "D:colorectal", [veto]), "Cetuximab") == "excluded"
    assert status(ask(rows, [mss, wild("KRAS")], "D:colorectal", [veto]), "Cetuximab") == "recommended"


def test_a_rearranged_gene_is_no_wild_type_and_a_search_for_small_variants_does_not_show_it() -> None:
    wild_alk = Criterion(type="wildtype", name="ALK wild type", gene="ALK")
    rows = [says("Cemiplimab", wild_alk)]
    small = Test(genes=("ALK",))
    fusions = Test(genes=("ALK",), alteration_types=("snv", "indel", "fusion"))
    assert status(ask(rows, [fused("EML4", "ALK")], tests=(small,)), "Cemiplimab") == "excluded"
    assert status(ask(rows, tests=(small,)), "Cemiplimab") == "needs_check"
    assert status(ask(rows, tests=(fusions,)), "Cemiplimab") == "recommended"
    assert status(ask(rows, [wild("ALK")]), "Cemiplimab") == "recommended"


def test_tests_name_genes_by_any_symbol() -> None:
    assert status(ask([RAS_WILD], disease="D:colorectal", tests=(Test(genes=("kras",)),)), "Cetuximab") == "recommended"


def test_a_contradiction_is_not_what_a_row_accepts_as_unknown() -> None:
    row = says("Imatinib", Not(Is(mutation("KRAS"))), accepts_unknown=True)
    assert status(ask([row], [found("KRAS", "G12D", oncogenic=True), wild("KRAS")]), "Imatinib") == "needs_check"


def test_no_wild_type_that_nobody_looked_for_makes_an_option_of_its_own() -> None:
    row = says("A", Not(Is(Criterion(type="wildtype", name="KRAS wild type", gene="KRAS"))))
    assert status(ask([row]), "A") is None


def test_a_gain_without_a_number_leaves_amplification_open() -> None:
    rows = [says("A", Criterion(type="cna", name="MET amplification", gene="MET", directions=("amplification",)))]
    gain = Finding(input="MET gain", read_as="MET gain", kind="cna", gene="MET", direction="gain")
    assert status(ask(rows, [gain]), "A") == "needs_check"


# Diseases.


@pytest.mark.parametrize(
    ("disease", "expected", "tier", "on"),
    [
        ("D:nsclc", "recommended", "label", "exact"),
        ("D:lung-adeno", "recommended", "label", "ancestor"),
        ("D:lung", "option", "clinical", "unknown"),
        ("D:melanoma", "option", "clinical", "off"),
        ("D:aml", "excluded", "label", "off"),
        (None, "option", "clinical", "unknown"),
    ],
)
def test_a_row_holds_in_its_disease_and_below(disease: str | None, expected: str, tier: str, on: str) -> None:
    verdict = ask([says("Sotorasib", change("KRAS", "G12C"))], [found("KRAS", "G12C")], disease)["Sotorasib"]
    assert (verdict.status, verdict.tier, verdict.deciding[0].fit.on) == (expected, tier, on)


def test_a_broader_diagnosis_names_the_subtype_that_is_missing() -> None:
    verdict = ask([says("Sotorasib", change("KRAS", "G12C"))], [found("KRAS", "G12C")], "D:lung")["Sotorasib"]
    assert "nsclc" in verdict.missing


def test_any_solid_tumour_is_no_leukaemia() -> None:
    rows = [says("Dabrafenib", change("BRAF", "V600E"), SOLID)]
    assert status(ask(rows, [found("BRAF", "V600E")], "D:melanoma"), "Dabrafenib") == "recommended"
    assert status(ask(rows, [found("BRAF", "V600E")], "D:aml"), "Dabrafenib") == "excluded"


def test_an_excepted_disease_excludes_the_set_whatever_other_rows_say() -> None:
    agnostic = DiseaseScope(name="any solid tumour", agnostic="solid", excluded=("D:colorectal",))
    rows = [
        says("Dabrafenib", change("BRAF", "V600E"), agnostic),
        says("Dabrafenib", change("BRAF", "V600E"), "D:colorectal", "C"),
    ]
    verdict = ask(rows, [found("BRAF", "V600E")], "D:rectal")["Dabrafenib"]
    assert (verdict.status, verdict.excluded_by) == ("excluded", "contraindicated")


# Settings.


def test_age_in_months_fails_a_row_for_older_patients() -> None:
    rows = [
        says("Repotrectinib", ALK, settings=(when("age_years", ">=12"),)),
        says("Entrectinib", ALK, settings=(when("age_years", ">=0.083"),)),
    ]
    verdicts = ask(rows, [fused("EML4", "ALK")], context=Context(age_years=8 / 12))
    assert (verdicts["Repotrectinib"].status, verdicts["Repotrectinib"].excluded_by) == ("excluded", "age")
    assert verdicts["Entrectinib"].status == "recommended"


def test_an_unknown_setting_gives_an_option_that_says_what_is_missing() -> None:
    rows = [says("Alectinib", ALK, settings=(when("line", "1"),))]
    verdict = ask(rows, [fused("EML4", "ALK")])["Alectinib"]
    assert (verdict.status, verdict.missing) == ("option", ("line 1",))
    silent = [says("Alectinib", ALK, settings_stated=False)]
    assert ask(silent, [fused("EML4", "ALK")])["Alectinib"].status == "option"


def test_a_treated_patient_is_past_the_first_line() -> None:
    rows = [
        says("Alectinib", ALK, settings=(when("line", "1"),)),
        says("Lorlatinib", ALK, settings=(when("line", ">=2"),)),
        says("Brigatinib", ALK, settings=(when("line", ">=3"),)),
    ]
    verdicts = ask(rows, [fused("EML4", "ALK")], context=Context(prior_therapies=("Crizotinib",)))
    assert [status(verdicts, d) for d in ("Alectinib", "Lorlatinib", "Brigatinib")] == [
        "excluded",
        "recommended",
        "option",
    ]


def test_relapsed_does_not_speak_against_metastatic_but_against_newly_diagnosed() -> None:
    rows = [
        says("A", ALK, settings=(when("state", "metastatic|unresectable"),)),
        says("B", ALK, settings=(when("state", "newly diagnosed"),)),
    ]
    verdicts = ask(rows, [fused("EML4", "ALK")], state="relapsed")
    assert (status(verdicts, "A"), status(verdicts, "B")) == ("option", "excluded")
    assert status(ask(rows, [fused("EML4", "ALK")], stage="IVA"), "A") == "recommended"


@pytest.mark.parametrize(
    ("cell", "state", "expected"),
    [
        ("!early|adjuvant", "metastatic", "recommended"),
        ("!early|adjuvant", "adjuvant", "excluded"),
        ("!early|adjuvant", "relapsed", "option"),
        ("!early|adjuvant", "non-metastatic", "option"),
        ("metastatic", "not metastatic", "excluded"),
        ("!early", "no evidence of metastatic disease", "option"),
        ("!early", "not locally advanced or metastatic", "option"),
        ("!early", "neither metastatic nor advanced", "option"),
        ("!early", "metastatic: no", "option"),
        ("!early", "metastatic disease ruled out", "option"),
        ("!early", "at risk of metastatic spread", "option"),
        ("!early", "no prior therapy and metastatic", "option"),
        ("!early", "HER2-negative metastatic", "recommended"),
        ("!early", "not resectable, metastatic", "recommended"),
        ("!early|resectable", "not resectable", "option"),
        ("!early|adjuvant", None, "option"),
        ("!early|adjuvant", "metastatic castration-sensitive", "recommended"),
        ("!early|resectable", "unresectable", "recommended"),
        ("!metastatic|relapsed", "newly diagnosed", "option"),
        ("!metastatic|relapsed", "early", "recommended"),
        ("!relapsed|refractory", "newly diagnosed", "recommended"),
    ],
)
def test_a_state_that_is_ruled_out_fails_and_its_opposite_holds(cell: str, state: str | None, expected: str) -> None:
    rows = [says("A", ALK, settings=(when("state", cell),))]
    assert status(ask(rows, [fused("EML4", "ALK")], state=state), "A") == expected


def test_the_name_of_the_diagnosis_tells_the_histology() -> None:
    rows = [says("A", ALK, settings=(when("histology", "!squamous|squamous cell carcinoma"),))]
    asked = {
        "lung-adeno": "option",
        "Lung Squamous Cell Carcinoma": "excluded",
        "lung adenocarcinoma": "recommended",
        "Lung Adenosquamous Carcinoma": "option",
        "non-squamous NSCLC": "option",
    }
    for name, expected in asked.items():
        verdicts = ask(rows, [fused("EML4", "ALK")], names=(name,))
        assert status(verdicts, "A") == expected, name


@pytest.mark.parametrize(
    ("stage", "cell", "expected"),
    [
        ("4", "!0|I|II|IIIA", "recommended"),
        ("IIIC1", "III|IIIA|IIIB|IIIC", "recommended"),
        ("IIID", "III|IIIA|IIIB|IIIC", "recommended"),
        ("2", "!I|II", "excluded"),
        ("IA1", "!I|IA", "excluded"),
    ],
)
def test_stages_are_compared_as_groups(stage: str, cell: str, expected: str) -> None:
    rows = [says("A", ALK, settings=(when("stage", cell),))]
    assert status(ask(rows, [fused("EML4", "ALK")], stage=stage), "A") == expected


def test_nothing_given_before_and_nothing_left_out_is_the_first_line() -> None:
    rows = [says("A", ALK, settings=(when("line", "=1"),))]
    complete = Context(prior_therapies=(), prior_therapies_complete=True)
    assert status(ask(rows, [fused("EML4", "ALK")], context=complete), "A") == "recommended"
    assert status(ask(rows, [fused("EML4", "ALK")], context=Context(prior_therapies=())), "A") == "option"


def test_a_row_that_accepts_unknown_gives_at_most_an_option() -> None:
    row = says("Imatinib", Not(Is(change("KIT", "D816V"))), accepts_unknown=True)
    verdict = ask([row])["Imatinib"]
    assert (verdict.status, verdict.missing) == ("option", ("KIT",))
    assert ask([row], [found("KIT", "D816V")])["Imatinib"].status == "excluded"


# Resistance.

L858R, T790M = change("EGFR", "L858R"), change("EGFR", "T790M")


@pytest.mark.parametrize(
    ("level", "expected"), [("A", "excluded"), ("C", "excluded"), ("D", "conflict"), ("E", "conflict")]
)
def test_resistance_on_a_second_site_removes_what_does_not_name_it(level: str, expected: str) -> None:
    rows = [
        says("Erlotinib", L858R),
        says("Erlotinib", T790M, "D:melanoma", level, "resistant"),
        says("Osimertinib", T790M),
    ]
    verdicts = ask(rows, [found("EGFR", "L858R"), found("EGFR", "T790M")])
    assert status(verdicts, "Erlotinib") == expected
    assert status(verdicts, "Osimertinib") == "recommended"
    assert verdicts["Erlotinib: resistant"].status == ("conflict" if level in "DE" else "excluded")


def test_a_narrower_class_beats_the_gene_and_the_gene_alone_beats_nothing() -> None:
    rows = [
        says("Quizartinib", mutation("FLT3"), "D:aml"),
        says(
            "Quizartinib",
            Criterion(type="variant", name="D835", gene="FLT3", codons=(835, 835)),
            "D:aml",
            "B",
            "resistant",
        ),
        says("Midostaurin", change("FLT3", "D835Y"), "D:aml"),
        says("Midostaurin", mutation("FLT3"), "D:aml", "B", "resistant"),
    ]
    verdicts = ask(rows, [found("FLT3", "D835Y", oncogenic=True)], "D:aml")
    assert (status(verdicts, "Quizartinib"), status(verdicts, "Midostaurin")) == ("excluded", "recommended")


def test_resistance_in_another_gene_excludes_at_level_a_and_disputes_at_b() -> None:
    egfr = Criterion(type="expression", name="EGFR positive", marker="EGFR", statuses=("positive",))
    seen = [
        Finding(input="EGFR+", read_as="EGFR positive", kind="expression", marker="EGFR", status="positive"),
        found("KRAS", "G12D", oncogenic=True),
    ]

    def with_levels(positive: str, negative: str) -> str:
        rows = [
            says("Cetuximab", egfr, "D:colorectal", positive),
            says("Cetuximab", mutation("KRAS"), "D:colorectal", negative, "resistant"),
        ]
        return ask(rows, seen, "D:colorectal")["Cetuximab"].status

    assert with_levels("label", "A") == "excluded"
    assert with_levels("C", "B") == "conflict"
    assert with_levels("label", "B") == "recommended"


def test_on_one_finding_the_higher_tier_wins_and_equals_conflict() -> None:
    def with_levels(positive: str, negative: str, where: str = "D:nsclc") -> str:
        rows = [says("A", L858R, strength=positive), says("A", L858R, where, negative, "resistant")]
        return ask(rows, [found("EGFR", "L858R")])["A"].status

    assert with_levels("label", "A") == "recommended"
    assert with_levels("B", "B") == "conflict"
    assert with_levels("B", "B", "D:melanoma") == "option"


def test_no_benefit_here_beats_a_label_elsewhere() -> None:
    v600e = change("BRAF", "V600E")
    rows = [says("Vemurafenib", v600e, "D:melanoma"), says("Vemurafenib", v600e, "D:colorectal", "B", "no_benefit")]
    assert status(ask(rows, [found("BRAF", "V600E")], "D:colorectal"), "Vemurafenib") == "excluded"
    assert status(ask(rows, [found("BRAF", "V600E")], "D:melanoma"), "Vemurafenib") == "recommended"


def test_a_components_veto_reaches_the_combination_unless_a_row_here_names_the_finding() -> None:
    v600e = change("BRAF", "V600E")
    veto = limits(("Encorafenib", "Cetuximab"), v600e, disease=DiseaseScope(name="colorectal", ids=("D:colorectal",)))
    rows = [
        says(("Encorafenib", "Cetuximab"), v600e, "D:colorectal"),
        says("Encorafenib", v600e, "D:melanoma"),
        says(("Encorafenib", "Binimetinib"), v600e, "D:melanoma"),
    ]
    verdicts = ask(rows, [found("BRAF", "V600E")], "D:colorectal", [veto])
    assert status(verdicts, "Cetuximab + Encorafenib") == "recommended"
    assert verdicts["Cetuximab + Encorafenib"].answered == (veto.id,)
    assert status(verdicts, "Encorafenib") == "excluded"
    assert status(verdicts, "Binimetinib + Encorafenib") == "excluded"
    assert status(ask(rows, [found("BRAF", "V600E")], "D:melanoma", [veto]), "Encorafenib") == "recommended"


def test_a_row_on_the_gene_does_not_answer_a_veto() -> None:
    both = ("Erlotinib", "Ramucirumab")
    veto = limits("Erlotinib", T790M, strength="guideline")
    gene = [says(both, mutation("EGFR"))]
    for seen in ([found("EGFR", "T790M")], [found("EGFR", "T790M"), found("EGFR", "L858R")]):
        verdicts = ask(gene, seen, rows=[veto], named={"EGFR": frozenset({"p.T790M", "p.L858R"})})
        assert status(verdicts, "Erlotinib + Ramucirumab") == "excluded"


def test_evidence_that_a_label_contradicts_on_the_finding_vetoes_no_combination_either() -> None:
    t315i = change("ABL1", "T315I")
    rows = [
        says("Ponatinib", t315i, "D:ph-all"),
        says("Ponatinib", t315i, "D:cml", "guideline", "resistant"),
        says(("Ponatinib", "Vincristine"), BCR_ABL, "D:ph-all"),
    ]
    seen = [fused("BCR", "ABL1"), found("ABL1", "T315I")]
    assert status(ask(rows, seen, "D:ph-all"), "Ponatinib + Vincristine") == "recommended"
    assert status(ask(rows[1:], seen, "D:ph-all"), "Ponatinib + Vincristine") == "excluded"


def test_only_the_row_that_answers_a_veto_stands() -> None:
    both = ("Erlotinib", "Ramucirumab")
    rows = [says(both, L858R), says(both, T790M, strength="E")]
    veto = limits("Erlotinib", T790M, strength="guideline")
    verdict = ask(rows, [found("EGFR", "L858R"), found("EGFR", "T790M")], rows=[veto])["Erlotinib + Ramucirumab"]
    assert (verdict.status, verdict.tier) == ("option", "inferred")


def test_resistance_of_the_gene_holds_in_every_disease_also_of_another_compartment() -> None:
    f317l = change("ABL1", "F317L")
    rows = [says("Dasatinib", BCR_ABL, "D:ph-all"), says("Dasatinib", f317l, "D:cml", "B", "resistant")]
    verdicts = ask(rows, [fused("BCR", "ABL1"), found("ABL1", "F317L")], "D:ph-all")
    assert status(verdicts, "Dasatinib") == "excluded"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_neither_the_order_of_findings_nor_of_alternatives_matters(order: tuple[int, int]) -> None:
    seen = [found("EGFR", "S768I", oncogenic=True), found("EGFR", "L861Q", oncogenic=True)]
    either = [Is(change("EGFR", "S768I")), Is(change("EGFR", "L861Q"))]
    rows = [
        says("A", mutation("EGFR")),
        says("A", change("EGFR", "L861Q"), strength="C", direction="resistant"),
        says("B", AnyOf(tuple(either[i] for i in order))),
        says("B", change("EGFR", "L861Q"), strength="C", direction="resistant"),
    ]
    verdicts = ask(rows, [seen[i] for i in order])
    assert (status(verdicts, "A"), status(verdicts, "B")) == ("excluded", "recommended")


def test_t315i_in_philadelphia_positive_leukaemia() -> None:
    t315i = change("ABL1", "T315I")
    rows = [
        says("Imatinib", BCR_ABL, "D:ph-all"),
        says("Ponatinib", All((Is(BCR_ABL), Is(t315i))), "D:ph-all"),
        says("Dasatinib", BCR_ABL, "D:ph-all"),
    ]
    vetoes = [limits(("Imatinib", "Dasatinib"), t315i, if_unknown="caution")]
    verdicts = ask(rows, [fused("BCR", "ABL1"), found("ABL1", "T315I")], "D:ph-all", vetoes)
    assert [status(verdicts, d) for d in ("Imatinib", "Dasatinib", "Ponatinib")] == [
        "excluded",
        "excluded",
        "recommended",
    ]
    untested = ask(rows, [fused("BCR", "ABL1")], "D:ph-all", vetoes)["Imatinib"]
    assert untested.status == "recommended"
    assert [c.row.id for c in untested.cautions] == [vetoes[0].id]


def test_toxicity_reaches_every_combination() -> None:
    dpyd = Criterion(type="genotype", name="DPYD poor metabolizer", gene="DPYD", genotypes=("poor metabolizer",))
    veto = limits("Fluorouracil", dpyd, because="toxicity", if_unknown="caution")
    rows = [says(("Fluorouracil", "Irinotecan"), L858R)]
    ill = Context(germline_pgx={"DPYD": "Poor Metaboliser"})
    verdict = ask(rows, [found("EGFR", "L858R")], rows=[veto], context=ill)["Fluorouracil + Irinotecan"]
    assert (verdict.status, verdict.excluded_by) == ("excluded", "contraindicated")
    untested = ask(rows, [found("EGFR", "L858R")], rows=[veto])["Fluorouracil + Irinotecan"]
    assert untested.status == "recommended" and untested.cautions


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("*2A/*2A", "excluded"),
        ("*1/*2A", "excluded"),
        ("*1/*1", "recommended"),
        ("poor metabolizer", "recommended"),
        ("*1/*99", "recommended"),
        ("rs3918290 TT", "recommended"),
    ],
)
def test_a_lone_allele_holds_in_any_diplotype_and_a_phenotype_says_nothing_of_it(stated: str, expected: str) -> None:
    allele = Criterion(type="genotype", name="DPYD*2A", gene="DPYD", genotypes=("*2A",))
    veto = limits("Fluorouracil", allele, because="toxicity", if_unknown="caution")
    context = Context(germline_pgx={"DPYD": stated})
    verdict = ask([says("Fluorouracil", L858R)], [found("EGFR", "L858R")], rows=[veto], context=context)["Fluorouracil"]
    assert verdict.status == expected
    assert bool(verdict.cautions) == (stated in ("poor metabolizer", "*1/*99", "rs3918290 TT"))


def test_a_pharmacogene_spelt_in_two_ways_with_two_results_is_no_clean_bill() -> None:
    dpyd = Criterion(type="genotype", name="DPYD poor metabolizer", gene="DPYD", genotypes=("poor metabolizer",))
    veto = limits("Fluorouracil", dpyd, because="contraindicated", if_unknown="caution")
    for order in (("DPYD", "dpyd"), ("dpyd", "DPYD")):
        said = Context(germline_pgx=dict(zip(order, ("poor metabolizer", "normal metabolizer"), strict=True)))
        verdicts = ask([says("Fluorouracil", L858R)], [found("EGFR", "L858R")], rows=[veto], context=said)
        assert status(verdicts, "Fluorouracil") == "excluded"


def test_a_dose_is_no_part_of_a_drugs_name_and_an_unknown_name_leaves_the_list_open() -> None:
    rows = [says("Ensartinib", ALK, settings=(when("prior_therapies", "absent:Alectinib"),))]

    def after(*given: str, known: bool = True) -> str | None:
        context = Context(prior_therapies=given, prior_therapies_complete=True)
        return status(ask(rows, [fused("EML4", "ALK")], context=context, known=known), "Ensartinib")

    assert after("Alectinib 600 mg BID; Lorlatinib") == "excluded"
    assert after("Lorlatinib") == "recommended"
    assert after("Alectanib", known=False) == "option"


def test_resistance_of_a_wild_type_counts_whether_stated_or_tested() -> None:
    stk11 = Criterion(type="wildtype", name="STK11 wild type", gene="STK11")
    rows = [says("A", L858R), says("A", stk11, strength="A", direction="resistant")]
    seen = found("EGFR", "L858R")
    assert status(ask(rows, [seen, wild("STK11")]), "A") == "excluded"
    assert status(ask(rows, [seen], tests=(Test(genes=("STK11",)),)), "A") == "excluded"


def test_an_undecided_exclusion_asks_for_a_check() -> None:
    veto = limits("Imatinib", L858R, because="contraindicated")
    maybe = Finding(input="EGFR ?", read_as="EGFR variant", kind="variant", gene="EGFR")
    rows = [says("Imatinib", ALK)]
    assert status(ask(rows, [fused("EML4", "ALK"), maybe], rows=[veto]), "Imatinib") == "needs_check"


def test_does_not_support_is_never_its_opposite() -> None:
    rows = [
        says("A", L858R, strength="B", supports=False),
        says("B", L858R),
        says("B", L858R, "D:nsclc", "A", "resistant", supports=False),
    ]
    verdicts = ask(rows, [found("EGFR", "L858R")])
    assert "A" not in verdicts and "A: resistant" not in verdicts
    assert status(verdicts, "B") == "recommended" and "B: resistant" not in verdicts


def test_a_quarantined_row_neither_recommends_nor_excludes() -> None:
    rows = [
        says("A", L858R, quarantined="its text speaks of another gene"),
        says("B", L858R),
        says("B", L858R, "D:nsclc", "A", "resistant", quarantined="its text speaks of another gene"),
    ]
    verdicts = ask(rows, [found("EGFR", "L858R")])
    assert status(verdicts, "A") is None
    assert status(verdicts, "B") == "recommended"


@pytest.mark.parametrize(
    ("gene", "strength", "expected"),
    [
        ("EGFR", "C", "excluded"),
        ("EGFR", "D", "conflict"),
        ("MET", "guideline", "excluded"),
        ("MET", "A", "excluded"),
        ("MET", "B", "recommended"),
        ("MET", "D", "recommended"),
    ],
)
def test_a_veto_that_rests_on_evidence_is_weighed_as_evidence(gene: str, strength: str, expected: str) -> None:
    veto = limits("A", change(gene, "Y1003N"), strength=strength)
    verdict = ask([says("A", L858R)], [found("EGFR", "L858R"), found(gene, "Y1003N")], rows=[veto])["A"]
    assert verdict.status == expected
    assert [r.row.id for r in verdict.limits] == [veto.id], "it is shown as a rule that fired, whatever it does"


def test_a_codon_that_a_sensitising_row_names_makes_its_changes_oncogenic() -> None:
    rows = [says("A", mutation("PIK3CA", requires="oncogenic"))]
    named = {"PIK3CA": frozenset({"1047"})}
    assert status(ask(rows, [found("PIK3CA", "H1047L")], named=named), "A") == "recommended"
    assert status(ask(rows, [found("PIK3CA", "H1048L")], named=named), "A") == "needs_check"


def test_a_bare_percentage_is_of_tumour_cells_save_for_pd_l1() -> None:
    def row(marker: str, scheme: str) -> Criterion:
        return Criterion(
            type="expression", name=marker, marker=marker, comparator=">=", value=50, unit="percent", scheme=scheme
        )

    def seen(marker: str) -> Finding:
        return Finding(input=marker, read_as=marker, kind="expression", marker=marker, value=80, unit="percent")

    assert status(ask([says("A", row("c-Met", "TC"))], [seen("c-Met")]), "A") == "recommended"
    assert status(ask([says("A", row("PD-L1", "TPS"))], [seen("PD-L1")]), "A") == "needs_check"


def test_an_arm_that_a_test_covers_is_absent() -> None:
    arm = Criterion(type="cna", name="17p deletion", region="17p", directions=("loss",))
    rows = [says("A", Not(Is(arm)), "D:aml")]
    tested = Test(genes=("17p",), alteration_types=("cna",))
    assert status(ask(rows, disease="D:aml", tests=(tested,)), "A") == "recommended"
    assert status(ask(rows, disease="D:aml"), "A") == "needs_check"


# Jurisdiction and date.


def test_a_foreign_label_is_clinical_and_says_why() -> None:
    rows = [says("A", L858R, agency="ema"), says("B", L858R, agency="fda")]
    verdicts = ask(rows, [found("EGFR", "L858R")], context=Context(jurisdiction="fda"))
    assert (verdicts["A"].status, verdicts["A"].tier) == ("option", "clinical")
    assert "a label of ema" in verdicts["A"].deciding[0].reason
    assert verdicts["B"].status == "recommended"


@pytest.mark.parametrize(
    ("date", "expected"), [("2021-05-28", "recommended"), ("2022-12-12", "excluded"), (None, "needs_check")]
)
def test_a_label_counts_from_its_date(date: str | None, expected: str) -> None:
    rows = [says("A", L858R, date=date)]
    verdict = ask(rows, [found("EGFR", "L858R")], context=Context(as_of="2022-06-01"))["A"]
    assert verdict.status == expected
    if expected == "excluded":
        assert verdict.excluded_by == "date"


def test_a_foreign_exclusion_stays_as_a_caution() -> None:
    veto = limits("A", L858R, jurisdiction="ema")
    verdict = ask([says("A", L858R)], [found("EGFR", "L858R")], rows=[veto], context=Context(jurisdiction="fda"))["A"]
    assert verdict.status == "recommended" and [c.row.id for c in verdict.cautions] == [veto.id]
