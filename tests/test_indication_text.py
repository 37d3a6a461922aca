"""What is promised of label texts: settings that are sure, contradictions that are real, silence about the rest."""

from __future__ import annotations

import pytest

from graph.claims import All, Any, Criterion, Expression, Is, Not, phrase
from ingest.indication import (
    contradictions,
    excluded_diseases,
    narrowed,
    partners_not_named,
    settings,
    unproven_in_children,
    unread,
    unstated_absences,
)
from ingest.indication.drugs import drug_contradictions
from ingest.indication.mentions import changes, mentions
from ingest.indication.patterns import patterns
from ingest.indication.text import parts
from ingest.indication.therapies import named_drugs
from rules.cells import Listed, compile_cell


def cells(text: str, fact: str) -> list[str]:
    return [c.cell for c in settings(text) if c.fact == fact]


# -- age -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("For adults with X.", [">=18"]),
        ("For adult and paediatric patients with X.", []),
        ("For adult and pediatric patients 12 years of age and older with X.", [">=12"]),
        ("For adults and adolescents aged 12 years and older with X.", [">=12"]),
        ("For adult and pediatric (12 years and older) patients with X.", [">=12"]),
        ("For adult and pediatric patients one month and older with X.", [">=0.08"]),
        ("For adult and pediatric patients older than 1 month of age with X.", [">0.08"]),
        ("For pediatric patients aged 6 months and older with X.", ["[0.5..18)"]),
        ("For paediatric patients aged 1 year or older with X.", ["[1..18)"]),
        ("For pediatric patients greater than or equal to 1 year of age with X.", ["[1..18)"]),
        ("For paediatric patients (age >= 1 to <18 years) with X.", ["[1..18)"]),
        ("For paediatric patients (aged >= 6 months to < 18 years old) with X.", ["[0.5..18)"]),
        ("For patients 6 months of age and older with relapsed pediatric low-grade X.", ["[0.5..18)"]),
        ("For patients 6 months of age and older, adult and pediatric patients with X.", [">=0.5"]),
        ("For pediatric patients 1 year of age and older and young adults with X.", [">=1"]),
        ("For patients aged 15 years and above with X.", [">=15"]),
        ("For children with X.", ["<18"]),
        ("For adults 75 years or older, or who have comorbidities, with X.", [">=18"]),
        ("For patients with X.", []),
        ("For adults with X who received 2 to 3 years of tamoxifen.", [">=18"]),
    ],
)
def test_age_bounds(text: str, expected: list[str]) -> None:
    assert cells(text, "age_years") == expected


def test_two_bounds_are_no_bound() -> None:
    assert cells("For pediatric patients 2 years and older with X or 6 years and older with Y.", "age_years") == []


def test_an_infant_is_inside_a_bound_in_months() -> None:
    (cell,) = cells("For adult and pediatric patients one month and older with X.", "age_years")
    assert compile_cell(cell)(1 / 12) is True
    assert compile_cell(cell)(0.05) is False


# -- line and prior therapy ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("For the first-line treatment of adults with X.", ["=1"]),
        ("As first-line treatment of patients with X.", ["=1"]),
        ("For adults with previously untreated X.", ["=1"]),
        ("For patients with X who have received at least one prior systemic therapy.", [">=2"]),
        ("For patients with X who have received two or more prior systemic therapies.", [">=3"]),
        ("For patients with X after at least 2 prior therapies.", [">=3"]),
        ("For patients with previously treated, unresectable X.", [">=2"]),
        ("For adults with X after prior therapy.", [">=2"]),
        ("In second-line in combination with FOLFIRI for X.", [">=2"]),
        ("For X who have not received prior treatment for metastatic disease.", ["=1"]),
        # Not about the line of this treatment, or not about it alone.
        ("Maintenance for X in response to first-line platinum-based chemotherapy.", []),
        ("For patients receiving first-line, maintenance, or second or greater line treatment of X.", []),
        ("As initial endocrine-based therapy or following disease progression on endocrine therapy.", []),
        ("For previously untreated and previously treated X.", []),
        ("After prior therapy or who have no satisfactory alternative treatment options.", []),
        ("In the following settings: first-line treatment of X; treatment of X after prior therapy.", []),
    ],
)
def test_line_of_treatment(text: str, expected: list[str]) -> None:
    assert cells(text, "line") == expected


@pytest.mark.parametrize(
    ("text", "given", "holds"),
    [
        ("For X whose disease has progressed on or after EGFR TKI therapy.", ["Erlotinib"], True),
        ("For X whose disease has progressed on or after EGFR TKI therapy.", ["Cisplatin"], False),
        ("For X that progressed following platinum-based chemotherapy.", ["Carboplatin"], True),
        ("For X previously treated with crizotinib.", ["Crizotinib"], True),
        ("For X not previously treated with an ALK inhibitor.", ["Alectinib"], False),
        ("For X not previously treated with an ALK inhibitor.", [], True),
        ("For EGFR TKI-naive adults with X.", ["Gefitinib"], False),
        (
            "For X who have progressed following prior treatment with enzalutamide or abiraterone.",
            ["Abiraterone"],
            True,
        ),
        ("For X with resistance or intolerance to prior therapy including imatinib.", ["Imatinib"], True),
    ],
)
def test_prior_therapy_by_class_and_by_name(text: str, given: list[str], holds: bool) -> None:
    (cell,) = cells(text, "prior_therapies")
    assert compile_cell(cell)(Listed(given, complete=True)) is holds


def test_every_therapy_of_a_list_joined_by_and_is_asked_for() -> None:
    text = "For X that progressed following fluoropyrimidine-, oxaliplatin-, and irinotecan-based chemotherapy."
    found = cells(text, "prior_therapies")
    assert [c.split("|")[0] for c in found] == ["present:fluoropyrimidine", "present:Oxaliplatin", "present:Irinotecan"]


@pytest.mark.parametrize(
    "text",
    [
        "For X who are unsuitable for or have failed a B-cell receptor pathway inhibitor.",
        "For X in women who have received prior endocrine therapy, unless unsuitable.",
        "For X not previously treated with endocrine therapy, or with disease relapse on endocrine therapy.",
        "For newly diagnosed X or X resistant or intolerant to prior therapy including imatinib.",
        "For X with progression following ipilimumab and, if BRAF mutated, a BRAF inhibitor.",
        "For X whose disease has not progressed on first-line platinum-based chemotherapy.",
        "T is indicated for X. Patients with Y should have received crizotinib.",
        "For X after prior chemotherapy.",
    ],
)
def test_a_half_understood_history_gives_no_condition(text: str) -> None:
    assert cells(text, "prior_therapies") == []


# -- state, stage, histology, sex ------------------------------------------------------------------------------------


def holds(text: str, fact: str, value: str) -> list[bool | None]:
    return [compile_cell(c)(value) for c in cells(text, fact)]


def test_states_rule_out_what_they_exclude_and_nothing_else() -> None:
    advanced = "For unresectable or metastatic X."
    assert holds(advanced, "state", "early") == [False]
    assert holds(advanced, "state", "relapsed") == [True]
    assert holds("For the adjuvant treatment of X following resection.", "state", "metastatic") == [False]
    assert holds("For newly diagnosed X.", "state", "relapsed") == [False]
    assert holds("For relapsed or refractory X.", "state", "newly diagnosed") == [False]
    assert cells("For newly-diagnosed, or resistant or intolerant X.", "state") == []
    assert cells("For X refractory to irinotecan-based chemotherapy.", "state") == []
    assert cells("For metastatic X or where surgery is likely to result in morbidity.", "stage") == []


def test_stages_are_spelled_out() -> None:
    assert cells("As adjuvant treatment of stage II to IIIA X.", "stage") == ["II|IIA|IIB|IIC|III|IIIA"]
    assert cells("For locally advanced (stage III) X.", "stage") == ["III|IIIA|IIIB|IIIC"]
    assert cells("For stage III disease, or metastatic X.", "stage") == []
    assert holds("For metastatic X.", "stage", "IIA") == [False]
    assert holds("For metastatic X.", "stage", "IVB") == [True]


def test_histology_and_sex() -> None:
    assert holds("For non-squamous X.", "histology", "squamous") == [False]
    assert cells("For postmenopausal women with X.", "sex") == ["female"]
    assert cells("For postmenopausal women, and men, with X.", "sex") == []
    assert cells("For women with X. In men, give Y.", "sex") == []


def test_every_pattern_has_a_name_of_its_own_and_a_cell_that_compiles() -> None:
    names = [p.name for p in patterns()]
    assert len(set(names)) == len(names)
    for p in patterns():
        compile_cell(p.cell.format(n=1))


def test_everything_derived_is_marked() -> None:
    found = settings("For the first-line treatment of adults with metastatic X.")
    assert found and all(c.derived_from_text for c in found)


# -- what is left unread ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "For adults with unresectable or metastatic X.",
        "For the first-line treatment of adults with metastatic X.",
        "For adults with relapsed or refractory X.",
        "For adults with X whose disease has progressed on or after platinum-based chemotherapy.",
        "For adults with X who have progressed after at least one prior line of systemic therapy.",
        "For adults with metastatic or unresectable, recurrent X.",
        "For adults with X in chronic phase.",
        "For adults with metastatic castration-resistant X.",
        "For adults with X in combination with paclitaxel, followed by T as a single agent.",
        "For the maintenance treatment of X in complete or partial response to platinum-based chemotherapy.",
        "For adults with X. This approval is based on a trial in patients after surgery.",
        "As initial endocrine-based therapy in combination with an aromatase inhibitor.",
    ],
)
def test_a_setting_that_is_read_whole_leaves_nothing(text: str) -> None:
    assert unread(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "For adults with X after failure of prior therapy including surgery.",
        "For adults with X who have no satisfactory alternative treatment options.",
        "For adults with X who progressed on at least two prior platinum-based regimens.",
        "For Grade 2 X following surgery.",
        "For the adjuvant treatment of X after resection.",
        "For switch maintenance of X with stable disease.",
        "For adults with X without a known acquired resistance mutation.",
        "For adults with X who are not eligible for cisplatin.",
        "For postmenopausal women with X.",
        "For children 2 years and older with X or 6 years and older with Y.",
        "For adults with X. Patients should have disease progression on a prior Y before receiving T.",
    ],
)
def test_words_for_a_setting_that_no_condition_covers_are_told(text: str) -> None:
    assert unread(text)


def test_what_is_asked_of_a_subgroup_is_asked_unless_the_row_rules_the_subgroup_out() -> None:
    text = "T is indicated for adults with NSCLC. Patients with EGFR mutations should have progressed on other drugs."
    assert unread(text, variant("EGFR", "L858R"))
    assert unread(text, pd_l1(50, "TPS"))
    assert unread(text, All((pd_l1(50, "TPS"), wild("EGFR")))) == ()


def test_states_that_a_text_asks_for_by_name() -> None:
    assert holds("For X in chronic phase.", "state", "chronic phase") == [True]
    assert cells("For X in chronic phase, accelerated phase, or blast phase.", "state") == []
    assert holds("For metastatic castration-resistant X.", "state", "castration-resistant")[-1] is True
    maintenance = "For the maintenance treatment of adults with X in response to platinum-based chemotherapy."
    assert holds(maintenance, "state", "in response") == [True]
    assert len(cells(maintenance, "prior_therapies")) == 1


def test_a_recurrence_beside_a_stage_makes_the_stage_no_condition() -> None:
    assert cells("For recurrent or stage IV X.", "stage") == []
    assert cells("For localized or metastatic X.", "stage") == []
    assert cells("For localized or metastatic X.", "state") == []


# -- parts and exclusions --------------------------------------------------------------------------------------------


def test_a_text_is_taken_apart() -> None:
    p = parts(
        "T is indicated for X. Patients with Y should have had Z. Limitations of Use: T is not indicated for W. "
        "Select patients by a test."
    )
    assert (p.indication, p.subgroups) == ("T is indicated for X.", "Patients with Y should have had Z.")
    assert p.limits == "Limitations of Use: T is not indicated for W."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("For solid tumors. T is not indicated for treatment of patients with colorectal cancer because.",
         ("Colorectal cancer",)),
        ("For acute myeloid leukaemia, except acute promyelocytic leukaemia (APL).",
         ("Acute promyelocytic leukemia",)),
        ("For extracranial solid tumours with Y.", ("Central nervous system cancer",)),
        ("For X. T is not indicated for patients with wild-type BRAF melanoma.", ()),
        ("For X. T is not indicated for treatment of patients with newly diagnosed CML.", ()),
        ("After chemotherapy (excluding irinotecan).", ()),
    ],
)  # fmt: skip
def test_diseases_left_out(text: str, expected: tuple[str, ...]) -> None:
    assert excluded_diseases(text) == expected


# -- mentions --------------------------------------------------------------------------------------------------------


def present(text: str) -> dict[str, bool | None]:
    return {m.word.name: m.present for m in mentions(text)}


def test_negations_reach_as_far_as_their_list() -> None:
    assert present("with no EGFR, ALK or ROS1 aberrations and MET exon 14 skipping") == {
        "EGFR": False, "ALK": False, "ROS1": False, "MET": None,
    }, "whether the negation reaches over the second noun cannot be told"  # fmt: skip
    assert present(
        "no known epidermal growth factor receptor (EGFR) mutations or anaplastic lymphoma kinase (ALK) rearrangements"
    ) == {"EGFR": False, "ALK": False}
    assert present("hormone receptor (HR)-positive, HER2-negative, PIK3CA-mutated") == {"HR": True, "HER2": False}
    assert present("RAS wild-type HER2-positive") == {"RAS": False, "HER2": True}
    assert present("KRAS and NRAS wild-type") == {"KRAS": False, "NRAS": False}
    assert present("without the D816V c-Kit mutation or with c-Kit mutational status unknown") == {"KIT": False}
    assert present("in the absence of 17p deletion or TP53 mutation") == {"17p deletion": False, "TP53": False}
    assert present("in the presence of 17p deletion or TP53 mutation") == {"17p deletion": True, "TP53": True}
    assert present("Philadelphia chromosome-negative") == {"Philadelphia chromosome": False}


def test_the_target_of_a_therapy_is_no_biomarker() -> None:
    assert present("after an EGFR tyrosine kinase inhibitor, anti-HER2 therapy or ALK-targeted treatment") == {}
    assert present("HER2 (ERBB2) tyrosine kinase domain activating mutations") == {"HER2": True}


def test_protein_changes_of_a_list() -> None:
    assert changes("V600E or K") == {("V600", "E"), ("V600", "K")}


# -- contradictions --------------------------------------------------------------------------------------------------


def variant(gene: str, protein: str) -> Expression:
    codon = int("".join(ch for ch in protein if ch.isdigit()))
    return Is(
        Criterion(type="variant", name=f"{gene} p.{protein}", gene=gene, protein=f"p.{protein}", codons=(codon, codon))
    )


def fusion(gene: str) -> Expression:
    return Is(Criterion(type="fusion", name=f"{gene} fusion", gene=gene))


def wild(gene: str) -> Expression:
    return Is(Criterion(type="wildtype", name=f"Wild type {gene}", gene=gene))


def status(marker: str, value: str) -> Expression:
    return Is(Criterion(type="expression", name=f"{marker} {value}", marker=marker, statuses=(value,)))


def pd_l1(value: float, scheme: str) -> Expression:
    return Is(
        Criterion(type="expression", name=f"PD-L1 {scheme} >= {value:g}", marker="PD-L1", comparator=">=", value=value,
                  unit="percent", scheme=scheme)
    )  # fmt: skip


def against(
    text: str, profile: Expression, disease: str = "Melanoma", therapy: tuple[str, ...] = ("Novatinib",)
) -> list[str]:
    return list(contradictions(text, profile, disease, therapy, symbols=("CDK12", "FLT3", "KRAS", "NRAS", "HRAS")))


BRAF = variant("BRAF", "V600E")


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("T is indicated for melanoma with a BRAF V600E mutation.", BRAF),
        ("T is indicated for melanoma with a BRAF V600 mutation.", variant("BRAF", "V600K")),
        ("T is indicated for melanoma with BRAF V600E or V600K mutations.", variant("BRAF", "V600K")),
        ("T is a BRAF and MEK inhibitor indicated for melanoma.", BRAF),
        ("T is indicated for melanoma with a FLT3 mutation.", variant("FLT3", "D835Y")),
        ("T is indicated for HR-positive melanoma.", status("ER", "positive")),
        ("T is indicated for melanoma that is HER2-low or HER2-ultralow.", status("HER2", "ultralow")),
        ("T is indicated for melanoma with no EGFR or ALK aberrations.", All((wild("EGFR"), wild("ALK")))),
        ("T is indicated for wild-type RAS melanoma.", All((wild("KRAS"), wild("HRAS")))),
        ("T is indicated for melanoma with PD-L1 (TPS >= 50%).", pd_l1(50, "TPS")),
        ("T is indicated for melanoma in the absence of 17p deletion.",
         Not(Is(Criterion(type="cna", name="17p deletion", region="17p", directions=("loss",))))),
        ("T is indicated for melanoma. Patients with Philadelphia chromosome positive melanoma should have had Y.",
         Not(Is(Criterion(type="fusion", name="BCR::ABL1", gene_5p="BCR", gene_3p="ABL1")))),
        # One condition more than the text has: the row is narrower, not wrong.
        ("T is indicated for melanoma with a BRAF V600E mutation.", All((BRAF, status("HER2", "negative")))),
    ],
)  # fmt: skip
def test_rows_that_their_text_supports_stand(text: str, profile: Expression) -> None:
    assert against(text, profile) == []


@pytest.mark.parametrize(
    ("text", "profile", "reason"),
    [
        ("T is indicated for melanoma with a FLT3 mutation.",
         Is(Criterion(type="variant", name="CDK12 variants", gene="CDK12")),
         "the row asks for CDK12 variants; its text names FLT3"),
        ("T is indicated for melanoma with wild-type RAS (defined as KRAS and NRAS wild-type).",
         All((wild("KRAS"), wild("HRAS"))), "the row asks for Wild type HRAS; its text names NRAS"),
        ("T is indicated for melanoma with a BRAF V600E mutation.", variant("BRAF", "V600K"),
         "the row asks for BRAF p.V600K; its text names other changes only"),
        ("T is indicated for melanoma with EGFR exon 19 deletions or exon 21 (L858R).", variant("EGFR", "T790M"),
         "the row asks for EGFR p.T790M; its text names other changes only"),
        ("T is indicated for melanoma with EGFR exon 20 insertion mutations.",
         Is(Criterion(type="variant", name="EGFR exon 19", gene="EGFR", exons=(19, 19))),
         "the row asks for EGFR exon 19; its text names exon 20"),
        ("T is indicated for RET-mutant melanoma.", fusion("RET"),
         "the row asks for RET fusion; its text speaks of mutation"),
        ("T is indicated for oestrogen receptor positive melanoma.", status("ER", "negative"),
         "the row asks for ER negative; its text says that ER is present"),
        ("T is indicated for hormone receptor-negative melanoma.", status("ER", "positive"),
         "the row asks for ER positive; its text says that HR is absent"),
        ("T is indicated for HER2-positive melanoma.", status("HER2", "low"),
         "the row asks for HER2 low; its text says positive"),
        ("T is indicated for melanoma that is MSI-H or dMMR.",
         Is(Criterion(type="mmr", name="pMMR", statuses=("proficient",))),
         "the row asks for pMMR; its text says deficient"),
        ("T is indicated for melanoma with no EGFR mutation.", variant("EGFR", "L858R"),
         "the row asks for EGFR p.L858R; its text says that EGFR is absent"),
        ("T is indicated for melanoma with PD-L1 (TPS >= 50%).", pd_l1(1, "TPS"),
         "the row asks for PD-L1 TPS >= 1; its text names 50"),
        ("T is indicated for melanoma expressing PD-L1 (CPS >= 10).", pd_l1(10, "TPS"),
         "the row asks for PD-L1 TPS >= 10; its text speaks of CPS"),
    ],
)  # fmt: skip
def test_contradicted_biomarkers_are_named(text: str, profile: Expression, reason: str) -> None:
    assert against(text, profile) == [reason]


@pytest.mark.parametrize(
    ("text", "disease", "reason"),
    [
        ("For AML with a BRAF V600E mutation.", "Acute Lymphoid Leukemia",
         "the row is for Acute Lymphoid Leukemia; its text names acute myeloid leukaemia"),
        ("For gastric or GEJ adenocarcinoma with BRAF V600E.", "Gastrointestinal Stromal Tumor",
         "the row is for Gastrointestinal Stromal Tumor; its text names gastro-oesophageal adenocarcinoma"),
        ("For oesophageal carcinoma of squamous cell histology with BRAF V600E.", "Esophageal Adenocarcinoma",
         "the row is for Esophageal Adenocarcinoma; its text speaks of squamous histology"),
        ("For NSCLC with BRAF V600E.", "Any solid tumor",
         "the row is for Any solid tumor; its text names non-small cell lung cancer"),
        ("For acute leukaemia with BRAF V600E.", "Acute Myeloid Leukemia", None),
        ("For thyroid cancer with BRAF V600E.", "Anaplastic Thyroid Cancer", None),
        ("For myelodysplastic/myeloproliferative diseases (MDS/MPD).", "Myelodysplastic Syndromes", None),
        ("For myelodysplastic syndromes with BRAF V600E.", "Myeloproliferative Neoplasm",
         "the row is for Myeloproliferative Neoplasm; its text names myelodysplastic syndrome"),
        ("For non-small cell lung cancer with BRAF V600E.", "Small Cell Lung Cancer",
         "the row is for Small Cell Lung Cancer; its text names non-small cell lung cancer"),
        ("For something unheard of with BRAF V600E.", "Melanoma", None),
        ("For solid tumours with BRAF V600E.", "Any solid tumor", None),
    ],
)  # fmt: skip
def test_contradicted_diseases_are_named(text: str, disease: str, reason: str | None) -> None:
    assert against(text, BRAF, disease) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("text", "therapy", "stands"),
    [
        ("T in combination with pemetrexed and platinum for X.", ("Cisplatin", "Novatinib", "Pemetrexed"), True),
        ("T in combination with pemetrexed and platinum for X.", ("Cisplatin", "Novatinib"), False),
        ("T in combination with paclitaxel or docetaxel for X.", ("Docetaxel", "Novatinib"), True),
        ("T in combination with an aromatase inhibitor for X.", ("Letrozole", "Novatinib"), True),
        ("T in combination with an aromatase inhibitor for X.", ("Novatinib",), False),
        ("T in combination with chemotherapy for X.", ("Novatinib",), True),
        ("T as monotherapy or in combination with trametinib for X.", ("Novatinib",), True),
        ("T in combination with FOLFIRI for X.", ("Fluorouracil", "Irinotecan", "Novatinib"), True),
        ("T with prednisone in combination with abiraterone for X.", ("Abiraterone", "Novatinib"), True),
        ("T is indicated with prednisone for X.", ("Novatinib",), True),
        ("T for X progressing on prior trastuzumab in combination with docetaxel.", ("Novatinib",), True),
        ("T in combination with paclitaxel, with or without bevacizumab, for X.", ("Novatinib", "Paclitaxel"), True),
        ("T as a single agent for X.", ("Cisplatin", "Novatinib"), False),
        ("T in combination with cytarabine induction, and as maintenance monotherapy, for X.", ("Novatinib",), True),
    ],
)  # fmt: skip
def test_drugs_that_a_text_asks_for(text: str, therapy: tuple[str, ...], stands: bool) -> None:
    found = drug_contradictions(parts(text), therapy, (), None)
    assert (not found) is stands


def test_a_row_must_be_about_the_product_whose_label_it_is() -> None:
    text = "T is indicated for melanoma with BRAF V600E."
    found = contradictions(text, BRAF, "Melanoma", ("Novatinib",), product=("Exemplumab", "Exempra (exemplumab)"))
    assert found == ("the row is for Novatinib; the label is that of Exemplumab",)
    assert contradictions(text, BRAF, "Melanoma", ("Novatinib",), product=("Exemplumab", "Novalox (novatinib)")) == ()


def test_one_product_with_several_ingredients_is_opened() -> None:
    assert named_drugs("Phesgo") == {"Pertuzumab", "Trastuzumab"}


def test_absences_that_only_the_text_states() -> None:
    text = "T is indicated for NSCLC with PD-L1 (TPS >= 50%), with no EGFR or ALK aberrations."
    assert unstated_absences(text, pd_l1(50, "TPS")) == ("EGFR", "ALK")
    assert unstated_absences(text, All((pd_l1(50, "TPS"), wild("EGFR"), wild("ALK")))) == ()
    assert unstated_absences("T for HER2-negative breast cancer with BRAF V600E.", BRAF) == ("HER2",)
    assert unstated_absences("T for oesophageal cancer or HER2-negative GEJ cancer with BRAF V600E.", BRAF) == ()
    assert unstated_absences("T for triple-negative breast cancer with BRAF V600E.", BRAF) == ("ER", "HER2", "PR")
    assert unstated_absences("T for RAS wild-type melanoma with BRAF V600E.", BRAF) == ("HRAS", "KRAS", "NRAS")


# -- what only the text says of biomarkers ---------------------------------------------------------------------------


def test_an_absence_of_the_text_alone_may_stay_unknown() -> None:
    read = narrowed("T is indicated for HER2-negative breast cancer with BRAF V600E.", BRAF)
    assert phrase(read.profile) == "BRAF p.V600E AND HER2-negative"
    assert (read.absent, read.accepts_unknown) == (("HER2",), True)


def test_beside_an_absence_of_the_row_nothing_may_stay_unknown() -> None:
    read = narrowed("T is indicated for NSCLC with no EGFR or ALK aberrations.", wild("EGFR"))
    assert (phrase(read.profile), read.accepts_unknown) == ("Wild type EGFR AND Wild type ALK", False)


def test_a_marker_that_the_text_asks_for_must_not_be_its_opposite() -> None:
    read = narrowed("T is indicated for hormone receptor (HR)-positive breast cancer with BRAF V600E.", BRAF)
    assert phrase(read.profile) == "BRAF p.V600E AND NOT (HR-negative OR (ER-negative AND PR-negative))"
    assert (read.required, read.accepts_unknown) == (("HR",), True)
    read = narrowed("T is indicated for melanoma with BRAF V600E that expresses PD-L1 (CPS >= 10).", BRAF)
    assert phrase(read.profile) == "BRAF p.V600E AND NOT PD-L1 CPS < 10"
    esr1 = variant("ESR1", "D538G")
    read = narrowed("T is indicated for ER-positive breast cancer with an ESR1 mutation.", esr1)
    assert read.required == ("ER",), "a mutation of the receptor's gene is not its expression"


def test_a_marker_that_is_one_of_several_is_not_asked_for() -> None:
    read = narrowed("T is indicated for BRAF V600E or HER2-positive melanoma.", BRAF)
    assert (read.profile, read.accepts_unknown) == (BRAF, False)


def test_a_level_that_is_not_understood_leaves_the_setting_open() -> None:
    assert narrowed("T is indicated for PD-L1 positive melanoma with BRAF V600E.", BRAF).open == ("PD-L1",)


def test_either_hormone_receptor_is_a_hormone_receptor() -> None:
    either = Any((status("ER", "positive"), Is(Criterion(type="expression", name="HR-positive", marker="HR",
                                                        statuses=("positive",)))))  # fmt: skip
    her2 = status("HER2", "negative")
    text = "T is indicated for HR-positive, HER2-negative breast cancer."
    assert narrowed(text, All((status("ER", "positive"), her2))).profile == All((either, her2))
    text = "T is indicated for oestrogen receptor-positive breast cancer."
    assert narrowed(text, status("ER", "positive")).profile == status("ER", "positive")


def test_a_text_can_accept_that_an_absence_is_not_known() -> None:
    absent = Not(variant("KIT", "D816V"))
    assert narrowed("For X without the KIT D816V mutation or with KIT status unknown.", absent).accepts_unknown
    assert not narrowed("For X without the KIT D816V mutation.", absent).accepts_unknown
    limit = "For X without the KIT D816V mutation. T is not indicated for X of which the KIT status is unknown."
    assert not narrowed(limit, absent).accepts_unknown


# -- partners without names, children --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "therapy", "part"),
    [
        ("T in combination with chemotherapy for X.", ("Novatinib",), True),
        ("T in combination with trastuzumab and chemotherapy for X.", ("Pertuzumab", "Trastuzumab"), False),
        ("Pertuzumab in combination with trastuzumab and chemotherapy for X.", ("Pertuzumab", "Trastuzumab"), True),
        ("Pertuzumab in combination with trastuzumab and chemotherapy for X.",
         ("Docetaxel", "Pertuzumab", "Trastuzumab"), False),
        ("T for X as a component of a combination regimen.", ("Novatinib",), True),
        ("T in combination with paclitaxel, followed by T as a single agent, for X.", ("Novatinib",), True),
        ("T in combination with paclitaxel, followed by T as a single agent, for X.", ("Novatinib", "Paclitaxel"),
         False),
        ("T as monotherapy or in combination with chemotherapy for X.", ("Novatinib",), False),
        ("T as a single agent for X.", ("Novatinib",), False),
    ],
)  # fmt: skip
def test_a_drug_that_its_text_gives_with_nameless_partners_is_only_a_part(
    text: str, therapy: tuple[str, ...], part: bool
) -> None:
    assert (partners_not_named(text, therapy) is not None) is part


def test_each_item_of_a_numbered_list_is_a_combination() -> None:
    text = "T is indicated in combination with: (1) capecitabine for X. (2) letrozole for Y."
    for therapy, stands in ((("Novatinib",), False), (("Capecitabine", "Novatinib"), True),
                            (("Letrozole", "Novatinib"), True)):  # fmt: skip
        assert (not drug_contradictions(parts(text), therapy, (), None)) is stands


def test_diseases_in_which_nothing_is_known_of_children() -> None:
    text = "T for solid tumors. The safety of T in pediatric patients with TMB-H bone cancers has not been established."
    assert unproven_in_children(text) == ("Bone cancers",)
    assert excluded_diseases(text) == (), "adults with such a disease are inside"
    assert unproven_in_children("T for X. The safety of T in pediatric patients has not been established.") == ()
