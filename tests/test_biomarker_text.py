"""A biomarker's text becomes exactly what it says: never something wider, and never a guess."""

from __future__ import annotations

import pytest

from graph.claims import All, Any, Criterion, Expression, Is, Not, criteria, phrase
from graph.errors import DataError
from rules.biomarkers import criterion, expression, reading


def stated(gene: str | None, text: str) -> Criterion:
    found = criterion(gene, text)
    assert found is not None, text
    return found


def parts(found: Expression | None) -> list[Criterion]:
    assert found is not None
    return [c for c, _ in criteria(found)]


@pytest.mark.parametrize(
    "text",
    ["V600E", "p.V600E", "p.Val600Glu", "BRAF V600E", "BRAF p.V600E (c.1799T>A)", "v600e", "BRAF:p.V600E"],
)
def test_spellings_of_one_protein_change_are_one_criterion(text: str) -> None:
    found = stated("BRAF", text)
    assert (found.type, found.gene, found.protein, found.codons) == ("variant", "BRAF", "p.V600E", (600, 600))


@pytest.mark.parametrize(
    ("text", "protein"),
    [
        ("V555_V559DEL", "p.V555_V559del"),
        ("DEL I843_D846", "p.I843_D846del"),
        ("D842_H845DELDIMH", "p.D842_H845del"),
        ("M774DELINSWLV", "p.M774delinsWLV"),
        ("K558NP", "p.K558delinsNP"),
        ("DI842-843VM", "p.D842_I843delinsVM"),
        ("V600_K601>E", "p.V600_K601delinsE"),
        ("Y772_A775DUP", "p.Y772_A775dup"),
        ("p.193_196dupSTSC", "p.S193_C196dup"),
        ("R135FSX177", "p.R135fs*177"),
        ("S14FS", "p.S14fs"),
        ("*757L", "p.*757L"),
        ("A149S (c.445G>T)", "p.A149S"),
        ("R474C c.1420C>T", "p.R474C"),
    ],
)
def test_longer_changes_are_read_in_every_spelling(text: str, protein: str) -> None:
    assert stated("GENE1", text).protein == protein


def test_a_change_whose_residues_are_not_all_named_holds_for_no_other_change() -> None:
    assert stated("EGFR", "V769_770insASV").protein == "p.V769_770insASV"
    assert stated("ERBB2", "P780INS").protein is None
    assert stated("ERBB2", "P780INS").codons == (780, 781)
    assert reading("ALK", "DEL4-11") is None  # codons or exons


def test_coding_changes_stand_alone_where_no_protein_change_is_given() -> None:
    assert stated("ATM", "c.902-1G>T").cdna == "c.902-1G>T"
    assert stated("ATM", "c.7515+1_2del").cdna == "c.7515+1_7515+2del"
    assert stated("CHEK2", "1100DELC").cdna == "c.1100del"
    assert stated("VHL", "Splicing alteration (c.340+5G>C)").consequences == ("splice",)
    assert "splice" in stated("CHEK2", "IVS2+1G>A").consequences
    assert reading("VHL", "c.128-?_250+?") is None
    assert reading("VHL", "Intronic deletion (c.341-13delCGTTT)") is None


def test_a_kind_of_change_may_have_exceptions() -> None:
    kind = stated("EGFR", "exon 20 insertion except A763_Y764insFQEA or p.Asp770_Asn771insSerValAsp")
    assert (kind.exons, kind.consequences) == ((20, 20), ("inframe_insertion",))
    assert kind.except_changes == ("p.A763_Y764insFQEA", "p.D770_N771insSVD")
    assert reading("EGFR", "exon 20 insertion except some") is None
    assert reading("EGFR", "T790M except C797S") is None


def test_codons_are_wider_than_changes() -> None:
    assert (stated("FLT3", "D835").codons, stated("FLT3", "D835").protein) == ((835, 835), None)
    assert stated("BRAF", "Non-V600").except_codons == (600,)
    assert stated("JAK2", "F547 SPLICE SITE MUTATION").consequences == ("splice",)
    assert reading("HSPH1", "T17 DELETION") is None


@pytest.mark.parametrize(
    ("text", "exons", "consequences"),
    [
        ("EXON 19 DELETION", (19, 19), ("inframe_deletion",)),
        ("Ex19 del", (19, 19), ("inframe_deletion",)),
        ("exon19del", (19, 19), ("inframe_deletion",)),
        ("EXON 20 INSERTION", (20, 20), ("inframe_insertion",)),
        ("EXON 14 SKIPPING MUTATION", (14, 14), ("splice",)),
        ("EXON 9 FRAMESHIFT", (9, 9), ("frameshift",)),
        ("EXON 11 MUTATION", (11, 11), ()),
        ("EXON 1\u20132 MUTATION", (1, 2), ()),
        ("mutation in exon 11", (11, 11), ()),
    ],
)
def test_exons_keep_their_class_of_change(text: str, exons: tuple[int, int], consequences: tuple[str, ...]) -> None:
    found = stated("GENE1", text)
    assert (found.exons, found.consequences) == (exons, consequences)


def test_a_loss_of_several_exons_is_no_deletion_within_them() -> None:
    assert reading("VHL", "EXON 1-2 DELETION") is None


@pytest.mark.parametrize(
    ("text", "kind", "directions"),
    [
        ("AMPLIFICATION", "cna", ("amplification",)),
        ("Copy number gain", "cna", ("gain", "amplification")),
        ("LOSS", "cna", ("loss", "deep_deletion")),
        ("HOMOZYGOUS DELETION", "cna", ("deep_deletion",)),
        ("COPY NUMBER VARIATION", "cna", ("amplification", "gain", "loss", "deep_deletion")),
        ("FUSIONS", "fusion", ()),
        ("REARRANGEMENT", "rearrangement", ()),
        ("Wild-Type", "wildtype", ()),
        ("MUTATION", "variant", ()),
    ],
)
def test_words_about_the_whole_gene(text: str, kind: str, directions: tuple[str, ...]) -> None:
    found = stated("GENE1", text)
    assert (found.type, found.gene, found.directions, found.consequences) == (kind, "GENE1", directions, ())


def test_classes_of_mutation() -> None:
    assert stated("G", "Gain-of-Function").requires == "activating"
    assert stated("G", "ACTIVATING MUTATION").requires == "activating"
    assert stated("G", "LOSS-OF-FUNCTION").requires == "loss_of_function"
    assert stated("G", "TRUNCATING MUTATION").consequences == ("truncating",)
    assert stated("G", "ITD").consequences == ("itd",)
    assert stated("G", "GERMLINE PATHOGENIC VARIANT").origin == "germline"
    assert stated("G", "BIALLELIC INACTIVATION").zygosity == "hom"


def test_expression_is_never_a_mutation_and_each_compartment_is_its_own_marker() -> None:
    over = stated("ERBB2", "OVEREXPRESSION")
    assert (over.type, over.marker, over.statuses) == ("expression", "HER2", ("high",))
    assert stated("MTAP", "UNDEREXPRESSION").statuses == ("low", "negative")
    assert stated("BIRC5", "NUCLEAR EXPRESSION").marker != stated("BIRC5", "EXPRESSION").marker
    assert stated("MGMT", "PROMOTER METHYLATION").marker == "MGMT promoter methylation"
    assert stated("AR", "V7 EXPRESSION").marker == "AR-V7"
    assert stated("EGFR", "Y1092 PHOSPHORYLATION").marker == "EGFR Y1092 phosphorylation"


@pytest.mark.parametrize(
    ("gene", "text", "five", "three"),
    [
        ("ALK", "EML4-ALK", "EML4", "ALK"),
        (None, "EML4::ALK", "EML4", "ALK"),
        ("ABL1", "BCR-ABL", "BCR", "ABL1"),
        ("ALK", "NPM-ALK", "NPM1", "ALK"),
        ("KMT2A", "MLL-MLLT3", "KMT2A", "MLLT3"),
        ("BRAF", "MACF1-BRAF Fusion", "MACF1", "BRAF"),
        ("FGFR2", "FGFR2-BICC1", "FGFR2", "BICC1"),
        (None, "v::NTRK1", None, "NTRK1"),
    ],
)
def test_fusions_name_their_partners(gene: str | None, text: str, five: str | None, three: str | None) -> None:
    found = stated(gene, text)
    assert (found.type, found.gene_5p, found.gene_3p) == ("fusion", five, three)


@pytest.mark.parametrize("text", ["EML4-ALK e6-e20", "EML4-ALK E6;A20"])
def test_fusions_with_exons(text: str) -> None:
    assert (stated("ALK", text).exon_5p, stated("ALK", text).exon_3p) == (6, 20)


def test_alternatives_at_one_codon_and_both_of_two() -> None:
    either = reading("BRAF", "V600E/K")
    assert isinstance(either, Any)
    assert [c.protein for c in parts(either)] == ["p.V600E", "p.V600K"]
    both = reading("BRAF", "V600E/K and AMPLIFICATION")
    assert isinstance(both, All)
    assert phrase(both) == "(BRAF V600E OR BRAF V600K) AND BRAF AMPLIFICATION"
    assert reading("BRAF", "V600E/K AMPLIFICATION") == both
    assert [c.codons for c in parts(reading("KRAS", "G12/G13"))] == [(12, 12), (13, 13)]
    assert isinstance(reading("MTOR", "E2014K + E2419K"), All)


@pytest.mark.parametrize(
    ("gene", "text", "kinds"),
    [
        ("ABL1", "BCR-ABL T315I", ["fusion", "variant"]),
        ("ABL1", "BCR-ABL E255K V299L", ["fusion", "variant", "variant"]),
        ("ALK", "ALK FUSION G1202R", ["fusion", "variant"]),
        ("ALK", "EML4-ALK C1156Y\u2013L1198F", ["fusion", "variant", "variant"]),
        ("NTRK1", "LMNA-NTRK1 G595R AND G667C", ["fusion", "variant", "variant"]),
        ("ALK", "EML4-ALK and AMPLIFICATION", ["fusion", "cna"]),
    ],
)
def test_a_fusion_and_a_change_are_both_required(gene: str, text: str, kinds: list[str]) -> None:
    found = reading(gene, text)
    assert isinstance(found, All)
    assert [c.type for c in parts(found)] == kinds
    assert all(c.gene == gene for c in parts(found))


@pytest.mark.parametrize(
    ("gene", "text", "genotypes"),
    [
        ("UGT1A1", "UGT1A1*28", ("*28",)),
        ("DPYD", "DPYD*2A HOMOZYGOSITY", ("*2A/*2A",)),
        ("SLCO1B1", "RS4149056", ("rs4149056",)),
        ("HLA-A", "HLA-A*02:01", ("*02:01",)),
        (None, "TPMT *3A/*3C", ("*3A/*3C",)),
    ],
)
def test_germline_alleles_are_genotypes(gene: str | None, text: str, genotypes: tuple[str, ...]) -> None:
    found = stated(gene, text)
    assert (found.type, found.genotypes) == ("genotype", genotypes)


def test_measured_markers() -> None:
    tps = stated(None, "PD-L1 TPS >= 50%")
    assert (tps.marker, tps.scheme, tps.comparator, tps.value, tps.unit) == ("PD-L1", "TPS", ">=", 50.0, "percent")
    cps = stated(None, "PD-L1 CPS \u2265 10")
    assert (cps.scheme, cps.unit) == ("CPS", "count")
    assert (stated(None, "TMB >= 10 mut/Mb").type, stated(None, "TMB >= 10 mut/Mb").unit) == ("tmb", "mut/Mb")
    assert reading(None, "PD-L1 CPS >= 10%") is None
    assert stated(None, "dMMR").statuses == ("deficient",)
    assert stated(None, "MSI-H").statuses == ("MSI-H",)
    assert stated(None, "HER2-low").statuses == ("low",)


def test_copy_numbers_of_arms_and_bands_name_no_gene() -> None:
    assert (stated(None, "del(5q)").region, stated(None, "del(5q)").gene) == ("5q", None)
    assert stated("VHL", "3p26.3-25.3 11Mb del").region == "3p26.3-25.3"


@pytest.mark.parametrize(
    ("gene", "text"),
    [
        ("EGFR", "EXON 18 OVEREXPRESSION"),
        ("EGFR", "RARE Exon 18-21 Mutation"),
        ("PIK3CA", "Rare Mutation"),
        ("EGFR", "Ex19 del L858R"),
        ("CDKN1B", "CYTOPLASMIC MISLOCALIZATION"),
        ("ERBB4", "NUCLEAR TRANSLOCATION"),
        ("FOS", "TRUNCATING FUSION"),
        ("FLI1", "EWSR1-FLI1 Type 1"),
        ("HLA-C", "COPY-NEUTRAL LOSS OF HETEROZYGOSITY"),
        ("KRAS", "negative"),
        ("BRAF", "intron 9 rearrangement"),
        (None, "V600E"),
        (None, "PD-L1"),
        (None, "BRAF"),
        ("BRAF", ""),
        ("BRAF", "x" * 5000),
    ],
)
def test_a_text_that_is_understood_in_part_is_not_understood(gene: str | None, text: str) -> None:
    assert reading(gene, text) is None


def test_expressions_of_our_own_tables() -> None:
    found = expression("EGFR T790M AND NOT (EGFR C797S OR MET amplification)")
    assert isinstance(found, All)
    assert isinstance(found.args[1], Not)
    assert phrase(found) == "EGFR T790M AND NOT (EGFR C797S OR MET amplification)"
    assert expression("NOT KRAS mutation") == Not(Is(stated(None, "KRAS mutation")))
    assert isinstance(expression("BRAF V600E OR BRAF V600K AND MSI-H"), Any)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("KRAS mutatoin", "this biomarker is not understood: 'KRAS mutatoin' (did you mean mutation?)"),
        ("(BRAF V600E", "a parenthesis is not closed: '(BRAF V600E'"),
        ("BRAF V600E AND", "a biomarker is missing in the expression: 'BRAF V600E AND'"),
        ("BRAF V600E)", "the biomarker expression does not end here: 'BRAF V600E)'"),
        ("", "a biomarker is missing in the expression: ''"),
        ("NOT " * 60 + "MSI-H", "the biomarker expression is nested too deeply"),
    ],
)
def test_a_wrong_expression_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        expression(text)
    assert str(caught.value).startswith(problem)
