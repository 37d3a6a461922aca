"""HIVDB: score tables as rows of points, versions by day, and sums that agree with another reading of the same file."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from world import SmallTaxonomy

import clew
from graph.answer import Recommendation
from graph.claims import DiseaseScope, GuidelineRow, criteria, phrase
from graph.describe import describe
from graph.errors import DataError
from graph.patient import Biomarker, Context, Disease, Finding, Profile, Test, Unread
from ingest import merge
from ingest.build import build
from ingest.diseases import Taxonomy
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.patients.findings import read as read_finding
from ingest.patients.reading import read as read_profile
from ingest.sources import hivdb
from ingest.sources import hivdb_asi as asi
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules import viruses
from rules.compiled import positions
from rules.diseases import diagnose
from rules.match import Matcher
from rules.points import Points, add_up
from rules.rulebook import Patient, Rulebook

GENES = ("RT", "PR", "IN", "CA")
HIV = "DOID:526"


@pytest.fixture(scope="module")
def invented(data: Path) -> Harvest:
    return hivdb.read(data / "hivdb")


@pytest.fixture(scope="module")
def published(shared: Path) -> Harvest:
    return hivdb.read(shared / "amr/hiv")


def infection(*changes: str, tested: Iterable[str] = (), as_of: str | None = None) -> Profile:
    """A patient with HIV; a change is written ``RT K65R``."""
    pairs = [change.split(" ", 1) for change in changes]
    return Profile(
        id="P", disease=Disease(doid=HIV), biomarkers=tuple(Biomarker(type="snv", gene=g, hgvs_p=c) for g, c in pairs),
        tests=(Test(genes=tuple(tested)),) if tested else (), context=Context(as_of=as_of),
    )  # fmt: skip


def sums(book: Rulebook, profile: Profile) -> dict[str, Points]:
    """The points of every drug, by the rows of the version that is in force."""
    profile = viruses.renamed(profile)
    findings = [read_finding(b) for b in profile.biomarkers]
    assert [f for f in findings if not isinstance(f, Finding)] == []
    facts = patient_facts.gather(profile, [f for f in findings if isinstance(f, Finding)], {})
    patient = Patient(
        Matcher(facts), diagnose("HIV", (HIV,), SmallTaxonomy(), {}),
        patient_settings.gather(profile, lambda drug: ()), profile.context,
    )  # fmt: skip
    stands = book.ask(patient)
    fired: dict[str, list[GuidelineRow]] = {}
    waiting: dict[str, list[GuidelineRow]] = {}
    for bits, into in ((stands.fired, fired), (stands.undecided, waiting)):
        for i in positions(bits):
            if i not in stands.replaced:
                into.setdefault(book.rows[i].drugs[0], []).append(book.rows[i])
    found = {drug: add_up(rows, waiting.get(drug, ())) for drug, rows in fired.items()}
    return {drug: points for drug, points in found.items() if points is not None}


@pytest.fixture(scope="module")
def book(invented: Harvest) -> Rulebook:
    return Rulebook(invented.rows, SmallTaxonomy())


@pytest.fixture(scope="module")
def real(published: Harvest) -> Rulebook:
    return Rulebook(published.rows, SmallTaxonomy())


# -- rows ------------------------------------------------------------------------------------------------------------


def test_a_drug_has_one_row_with_its_levels_and_one_for_every_item(invented: Harvest) -> None:
    rows = [r for r in invented.rows if r.drugs == ("Exavirine",) and r.version == "1.0"]
    base, *items = rows
    assert (base.id, base.profile, base.points) == ("guideline:HIVDB:XAA@1.0", None, 0)
    assert [(s.low, s.high, s.level, s.code) for s in base.scale] == [
        (None, 9, "None", "S"), (10, 29, "Some", "I"), (30, None, "Much", "R"),
    ]  # fmt: skip
    assert [(r.id.partition("/")[2], r.points, r.points_group) for r in items] == [
        ("10A@1.0", 10, None), ("20C@1.0", 20, "XAA/20"), ("20D@1.0", 5, "XAA/20"), ("20i@1.0", 40, "XAA/20"),
        ("30E@1.0", -10, "XAA/30"), ("30F@1.0", -5, "XAA/30"), ("10A+20CD@1.0", 5, None),
        ("!(10A|30EF)+40G@1.0", 15, None),
    ]  # fmt: skip
    assert {(r.kind, r.hit_policy, r.guideline, r.version, r.effective_from) for r in rows} == {
        ("score", "SUM", "HIVDB", "1.0", "2001-02-03")
    }
    assert {r.disease.ids for r in rows if r.disease} == {(HIV,)}
    assert items[-1].profile is not None
    assert phrase(items[-1].profile) == "HIV-1 RT 40G AND NOT (HIV-1 RT 10A OR HIV-1 RT 30EF)"
    assert (items[0].reason, items[4].reason) == (
        "HIV-1 RT 10A raises resistance to exavirine", "HIV-1 RT 30E lowers resistance to exavirine",
    )  # fmt: skip
    assert items[1].locator == "XAA: 20C => 20"


def test_ids_of_two_versions_differ_in_the_version_alone(invented: Harvest) -> None:
    """However a condition is written; groups keep their names when their order changes."""
    one, two = (
        {r.id.rpartition("@")[0]: r for r in invented.rows if r.version == version} for version in ("1.0", "2.0")
    )
    assert len(one) + len(two) == len(invented.rows)
    prefix = "guideline:HIVDB:XAA/"
    assert {k.removeprefix(prefix) for k in two.keys() - one.keys()} == {"11P", "40G+60IL"}
    assert {k.removeprefix(prefix) for k in one.keys() - two.keys()} == {"!(10A|30EF)+40G"}
    changed = [k for k in one.keys() & two.keys() if (one[k].points, one[k].points_group, one[k].scale)
               != (two[k].points, two[k].points_group, two[k].scale)]  # fmt: skip
    assert changed == [f"{prefix}10A"]


def test_drugs_go_by_their_full_names_and_boosted_ones_as_the_guideline_writes_them(invented: Harvest) -> None:
    assert {r.drugs for r in invented.rows} == {("Exavirine",), ("Exabudine",), ("Exbivir",), ("Excavir/r",)}
    nodes = {n.name: n for n in invented.nodes}
    assert nodes["Excavir/r"].properties["synonyms"] == ("XCA/r", "excavir/r")
    assert [e.target for e in invented.edges if e.source == nodes["Exavirine"].id] == ["clew.drugclass:ka"] * 2


def test_everything_is_counted_and_what_is_not_used_is_said(invented: Harvest) -> None:
    report = invented.report
    assert report.read == report.loaded == len(invented.rows)
    assert report.reasons("note") == {
        "comments on mutations are not used": 2, "this rule only comments and is not used": 2,
    }  # fmt: skip
    assert not report.count("warning")


def test_an_element_that_is_not_known_is_said_and_a_gene_whose_findings_cannot_be_read(
    data: Path, tmp_path: Path
) -> None:
    text = (data / "hivdb/invented_1.xml").read_text(encoding="utf-8")
    text = text.replace("<NAME>PR</NAME>", "<NAME>XX</NAME>").replace("  <DRUG>", "<EXTRA/>  <DRUG>", 1)
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    (tmp_path / "drugs.json").write_bytes((data / "hivdb/drugs.json").read_bytes())
    report = hivdb.read(tmp_path / "a.xml").report
    assert [(s.reason, s.value) for s in report.set_aside if s.fate == "warning"] == [
        ("findings in this gene cannot be read", "HIV-1 XX"), ("this element is not known and not used", "EXTRA"),
    ]  # fmt: skip


# -- what a codon holds ----------------------------------------------------------------------------------------------


def test_points_of_what_was_found_are_summed_and_the_rest_stays_open(book: Rulebook) -> None:
    """Nothing says that other positions were looked at: the sum is of what is known, with what may come to it."""
    found = sums(book, infection("RT 10A", "RT 20C", as_of="2001-02-03"))["Exavirine"]
    assert (found.total, found.level) == (35, "Much")
    assert (found.low, found.high) == (25, 35)


def test_a_gene_that_was_sequenced_has_nothing_open(book: Rulebook) -> None:
    found = sums(book, infection("RT 10A", "RT 40G", tested=["RT"], as_of="2001-02-03"))
    assert (found["Exavirine"].total, found["Exavirine"].low, found["Exavirine"].high) == (10, 10, 10)
    assert found["Exabudine"].total == 30 - 5
    assert found["Excavir/r"].high == 30


def test_of_a_mixture_any_residue_counts(book: Rulebook) -> None:
    for written in ("20CD", "A20C/D", "A20DC", "A20D/C/A"):
        found = sums(book, infection(f"RT {written}", tested=["RT"], as_of="2001-02-03"))["Exavirine"]
        assert (found.total, len(found.counted)) == (20, 2), written


def test_insertions_and_deletions_are_no_residues(book: Rulebook) -> None:
    for written, total in (("A20i", 40), ("20ins", 40), ("A20_S21insGG", 40), ("A20G_GG", 40), ("A20I", 0), ("20d", 0)):
        found = sums(book, infection(f"RT {written}", tested=["RT"], as_of="2001-02-03"))["Exavirine"]
        assert found.total == total, written
    for written, total in (("L10d", 30), ("10del", 30), ("L10-", 30), ("L10D", 0), ("L10_S11del", 30)):
        found = sums(book, infection(f"PR {written}", tested=["PR"], as_of="2001-02-03"))["Excavir/r"]
        assert found.total == total, written


def test_another_residue_at_the_codon_rules_the_row_out_without_a_test(book: Rulebook) -> None:
    found = sums(book, infection("PR L10F", as_of="2001-02-03"))["Excavir/r"]
    assert (found.low, found.total, found.high) == (0, 0, 0)
    found = sums(book, infection("PR L11F", as_of="2001-02-03"))["Excavir/r"]
    assert (found.low, found.total, found.high) == (0, 0, 30)


def test_rules_that_give_levels_give_the_highest_that_holds(book: Rulebook) -> None:
    for changes, level in (((), "None"), (("RT 60L",), "Some"), (("RT 60I", "RT 70K"), "Much"), (("RT 70K",), "None")):
        found = sums(book, infection(*changes, tested=["RT"]))["Exbivir"]
        assert found.level == level, changes


def test_the_version_of_the_day_counts(book: Rulebook) -> None:
    totals = {
        day: {d: p.total for d, p in sums(book, infection("RT 10A", tested=["RT"], as_of=day)).items()}
        for day in (None, "2003-04-05", "2003-04-04", "2000-01-01")
    }
    assert totals[None]["Exavirine"] == totals["2003-04-05"]["Exavirine"] == 25
    assert totals["2003-04-04"]["Exavirine"] == 10
    assert totals["2000-01-01"] == {}


def test_a_criterion_of_residues_says_them(invented: Harvest) -> None:
    said = {describe(c) for r in invented.rows if r.profile for c, _ in criteria(r.profile)}
    wanted = {"HIV-1 RT codon 20 to C or D", "HIV-1 RT codon 20 to an insertion", "HIV-1 PR codon 10 to a deletion"}
    assert wanted <= said


# -- whose gene it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["HIV-1 PR", "HIV1 PR", "hiv pr", "HIV-1 protease"])
def test_a_name_with_the_virus_in_it_means_the_virus_in_any_patient(name: str) -> None:
    assert viruses.gene(name, infected=False) == "HIV-1 PR"


def test_a_short_name_means_the_virus_only_where_the_diagnosis_does() -> None:
    changed = Biomarker(type="snv", gene="PR", hgvs_p="I84V")
    stained = Biomarker(type="expression", marker="PR", gene="PR", status="positive")
    test = Test(genes=("PR", "KRAS"))
    for disease, gene in ((Disease(name="HIV infection"), "HIV-1 PR"), (Disease(name="Breast Cancer"), "PR")):
        profile = viruses.renamed(Profile(id="P", disease=disease, biomarkers=(changed, stained), tests=(test,)))
        assert [b.gene for b in profile.biomarkers] == [gene, "PR"]
        assert profile.tests[0].genes == (gene, "KRAS")
        assert read_finding(profile.biomarkers[1]) == read_finding(stained)


def test_a_profile_without_a_virus_is_the_same_object() -> None:
    profile = Profile(id="P", disease=Disease(name="Melanoma"), biomarkers=(Biomarker(type="snv", gene="BRAF"),))
    assert viruses.renamed(profile) is profile


@pytest.mark.parametrize(
    ("text", "disease"),
    [
        ("HIV infection, RT: K65R, M184MV", None),
        ("RT K65R + M184M/V", "HIV-1 infection"),
        ("RT 65R,184V", "DOID:526"),
        ("HIV-1 RT: p.Lys65Arg; M184V", None),
        ("HIV1 reverse transcriptase K65R M184V", None),
    ],
)
def test_text_lists_the_changes_of_a_gene(text: str, disease: str | None) -> None:
    (profile,) = read_profile([], text=[text], disease=disease)
    found = [f for b in viruses.renamed(profile).biomarkers if isinstance(f := read_finding(b), Finding)]
    assert [(f.gene, f.codons, f.residues[-1]) for f in found] == [
        ("HIV-1 RT", (65, 65), "R"),
        ("HIV-1 RT", (184, 184), "V"),
    ]
    assert not profile.unread


def test_text_of_a_tumour_is_read_as_before() -> None:
    (profile,) = read_profile([], text=["PR positive, HER2+, RT K65R, breast cancer"])
    assert [(b.type, b.marker or b.gene) for b in profile.biomarkers] == [
        ("expression", "PR"), ("expression", "HER2"), ("snv", "RT"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("gene", "change", "reason"),
    [
        ("HIV-1 RT", "K65B", "the change is not understood"),
        ("HIV-1 RT", "K65X", "the change is not understood"),
        ("HIV-1 RT", "k65r", "the change is not understood"),
        ("HIV-1 RT", "T69SSS", "the change is not understood"),
        ("HIV-1 RT", "K65", "the change is not understood"),
        ("HIV-1 RT", "K65fs", "the change is not understood"),
        ("HIV-1 PR", "I184V", "HIV-1 PR has 99 residues"),
        ("HIV-1 PR", None, "of a virus the change of the protein is needed"),
    ],
)
def test_what_is_not_understood_leaves_the_gene_open(gene: str, change: str | None, reason: str) -> None:
    unread = read_finding(Biomarker(type="snv", gene=gene, hgvs_p=change))
    assert not isinstance(unread, Finding)
    assert unread.reason.startswith(reason)
    assert unread.gene == gene


def test_a_change_that_was_not_understood_leaves_the_sum_open_though_the_gene_was_sequenced(book: Rulebook) -> None:
    profile = infection("RT 10A", tested=["RT"], as_of="2001-02-03")
    unread = Unread(input="RT K65B", reason="the change is not understood", gene="HIV-1 RT")
    found = sums(book, replace(profile, unread=(unread,)))["Exavirine"]
    assert (found.total, found.high) == (10, 10 + 40 + 5)


def answered(folder: Path, *sources: tuple[str, Path]) -> Callable[[Profile], Recommendation]:
    build(folder, sources, own_tables=False)
    return clew.open(folder).recommend


@pytest.fixture(scope="module")
def asked(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Profile], Recommendation]:
    return answered(tmp_path_factory.mktemp("hivdb"), ("hivdb", data / "hivdb"))


@pytest.mark.parametrize(
    ("gene", "change", "open_"),
    [
        ("HIV-2 RT", "M184V", {"RT", "PR"}),
        ("HIV2-RT", "M184V", {"RT", "PR"}),
        ("POL", "M184V", {"RT", "PR"}),
        ("HIV-1 pol", "M184V", {"RT", "PR"}),
        ("HIV RT/PR", "M184V", {"RT", "PR"}),
        ("gag", "A360V", set()),
        ("Gag-Pol", "A360V", {"RT", "PR"}),
        ("XYZ", "M184V", {"RT", "PR"}),
        (None, "M184V", {"RT", "PR"}),
        ("RT", "K65foo", {"RT"}),
        ("CYP2D6", "P34S", set()),
        ("HLA-B", "A24T", set()),
    ],
)
def test_a_finding_that_may_be_about_the_virus_leaves_open_what_it_may_be_about(
    asked: Callable[[Profile], Recommendation], gene: str | None, change: str, open_: set[str]
) -> None:
    tested = infection(tested=["RT", "PR"], as_of="2001-02-03")
    assert {g.drug: (g.score, g.missing) for g in asked(tested).guidance} == {
        "Exavirine": (0, ()), "Exabudine": (-5, ()), "Exbivir": (0, ()), "Excavir/r": (0, ()),
    }  # fmt: skip
    strange = replace(tested, biomarkers=(Biomarker(type="snv", gene=gene, hgvs_p=change),))
    answer = asked(strange)
    settled = {g.drug for g in answer.guidance if not g.missing}
    drugs = {"RT": {"Exavirine", "Exabudine", "Exbivir"}, "PR": {"Excavir/r"}}
    assert settled == {drug for gene, listed in drugs.items() if gene not in open_ for drug in listed}
    # That the change of a known gene is not understood is said of the finding itself.
    assert bool([w for w in answer.warnings if "not known" in w]) == (gene not in ("RT", "CYP2D6", "HLA-B"))


def test_words_that_are_not_understood_leave_every_gene_open(asked: Callable[[Profile], Recommendation]) -> None:
    (profile,) = read_profile([], text=["HIV infection, HIV-2 RT M184V"])
    answer = asked(replace(profile, tests=(Test(genes=("RT", "PR")),)))
    assert [g for g in answer.guidance if not g.missing] == []
    assert any("M184V: this is not understood and may be about the virus" in w for w in answer.warnings)


def test_beside_a_change_a_wild_type_is_not_known_and_the_change_counts(
    asked: Callable[[Profile], Recommendation],
) -> None:
    changed = infection("RT 60I", "RT 10A", tested=["RT", "PR"], as_of="2001-02-03")
    both = replace(changed, biomarkers=(*changed.biomarkers, Biomarker(type="wildtype", gene="RT")))
    answer = asked(both)
    found = {g.drug: (g.score, g.missing) for g in answer.guidance}
    assert found["Exbivir"] == (2, ("HIV-1 RT",))
    assert found["Exavirine"] == (10, ("HIV-1 RT",))
    assert found["Excavir/r"] == (0, ())
    assert any(w.startswith("HIV-1 RT: wild type is stated beside 60I, 10A") for w in answer.warnings)
    assert next(f for f in answer.findings if f.input == "wildtype HIV-1 RT").read_as is None
    unchanged = replace(both, biomarkers=(Biomarker(type="snv", gene="RT", hgvs_p="K65K"), both.biomarkers[-1]))
    assert not asked(unchanged).warnings


@pytest.mark.parametrize("change", ["K184V", "V184M", "p.Lys184Val"])
def test_another_residue_than_the_reference_has_is_warned_of(change: str) -> None:
    profile = viruses.renamed(infection(f"RT {change}"))
    assert profile.warnings == (
        f"HIV-1 RT {change}: codon 184 of HIV-1 RT is M in the reference strain, not {'V' if change[0] == 'V' else 'K'}"
        "; what was not found in HIV-1 RT is taken as not known",
    )
    assert not viruses.renamed(infection("RT M184V", "RT 184V", "RT p.Met184Val", "PR I84V")).warnings


# -- drugs without rules ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("placeholder", ["9999A => 0", "9999A => 60", "10A => 0", "9999A AND 10A => 5"])
def test_a_drug_whose_rows_are_placeholders_is_not_graded(placeholder: str, data: Path, tmp_path: Path) -> None:
    text = (data / "hivdb/invented_1.xml").read_text(encoding="utf-8")
    (tmp_path / "a.xml").write_text(text.replace("10d => 30", placeholder), encoding="utf-8")
    harvest = hivdb.read(tmp_path / "a.xml")
    (base,) = [r for r in harvest.rows if r.id == "guideline:HIVDB:XCA/r@1.0"]
    assert (base.scale, base.points) == ((), None)
    assert "this release has no rules for it" in base.reason
    assert harvest.report.reasons("warning") == {"this release has no rules for it: the drug is not graded": 1}
    answer = answered(tmp_path / "release", ("hivdb", tmp_path / "a.xml"))(infection("PR 10A", tested=["PR"]))
    (entry,) = [g for g in answer.guidance if g.drug == "Excavir/r"]
    assert (entry.score, entry.score_level, entry.score_code) == (None, None, None)
    assert any("this release has no rules for it" in row.reason for row in entry.rows)


# -- without the whole ontology --------------------------------------------------------------------------------------


def test_a_patient_gets_the_same_sums_whatever_ontology_is_loaded(shared: Path, data: Path, tmp_path: Path) -> None:
    ontologies = [
        (), (("do", shared / "ontologies/DO_cancer_slim.obo.gz"),), (("do", shared / "ontologies/do_terms.tsv"),),
    ]  # fmt: skip
    patients = [
        replace(infection("RT 10A", tested=["RT"]), disease=disease)
        for disease in (Disease(doid=HIV), Disease(name="HIV"), Disease(name="HIV infection"))
    ]
    found = []
    for i, ontology in enumerate(ontologies):
        recommend = answered(tmp_path / str(i), ("hivdb", data / "hivdb"), *ontology)
        found.append([[(g.drug, g.score, g.missing) for g in recommend(p).guidance] for p in patients])
    assert found[0] == found[1] == found[2]
    assert [len(entries) for entries in found[0]] == [3, 3, 3]


def test_the_disease_that_it_brings_is_no_ontology_of_other_sources(invented: Harvest) -> None:
    info = SourceInfo(name="other", title="Other", version=None, licence="CC0", url=None, attribution="Other", files={})
    other = Harvest(info, Report())
    nodes, _ = merge.nodes([invented, other])
    scope = DiseaseScope(name="Some tumour", ids=("DOID:999",))
    assert Taxonomy(nodes, [], [invented, other]).resolved(scope, "r", other).ids == ("DOID:999",)


# -- faults ----------------------------------------------------------------------------------------------------------

RULE = "<CONDITION>SCORE FROM (10d => 30)</CONDITION>"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (RULE, "<CONDITION>SCORE FROM (10d = 30)</CONDITION>", "row 53, drug 'XCA/r': => is expected: '= 30)'"),
        (RULE, "<CONDITION>SCORE FROM (10d => 3O)</CONDITION>", "a number is expected: '3O)'"),
        (RULE, "<CONDITION>SCORE FROM (10d => 30,)</CONDITION>", "a mutation like 184V is expected"),
        (RULE, "<CONDITION>SCORE FROM (10B => 30)</CONDITION>", "a mutation like 184V is expected: '10B => 30)'"),
        (RULE, "<CONDITION>SCORE FROM (10A AND 11C OR 12D => 30)</CONDITION>", "AND and OR stand side by side"),
        (RULE, "<CONDITION>SCORE FORM (10d => 30)</CONDITION>", "(did you mean FROM?)"),
        (RULE, "<CONDITION>SCORE FROM (SELECT ATLEAST 3 FROM (1A, 2C) => 30)</CONDITION>", "3 of 2 conditions"),
        (RULE, "<CONDITION>SCORE FROM (SELECT SOME FROM (1A, 2C) => 30)</CONDITION>", "ATLEAST, NOTMORETHAN or EXAC"),
        (RULE, f"<CONDITION>{'(' * 60}10d{')' * 60}</CONDITION>", "nested too deeply"),
        (RULE, "<CONDITION>10d</CONDITION>", "points need one range, a condition one level at most"),
        (RULE, "", "drug 'XCA/r': a mutation like 184V is expected: 'the end of the rule'"),
        ("<LEVEL>3</LEVEL>", "<LEVEL>7</LEVEL>", "drug 'XBA': no level of this order is defined: '7'"),
        ("<LEVEL>3</LEVEL>", "<LEVEL>much</LEVEL>", "element 'LEVEL': a whole number is expected: 'much'"),
        ("10 TO 29 => 2", "11 TO 29 => 2", "leave whole numbers out"),
        ("10 TO 29 => 2", "9 TO 29 => 2", "have some twice"),
        ("10 TO 29 => 2", "10 TO 29 => 5", "no level of this order is defined"),
        ("30 TO INF => 3", "30 TO 90 => 3", "must run from -INF to INF"),
        ("10 TO 29 => 2", "10 - 29 => 2", "this is no range like"),
        ("2001-02-03", "2001-02", "element 'ALGDATE': this is no date like 2022-12-07: '2001-02'"),
        ("<ALGNAME>HIVDB<", "<ALGNAME>HIVDB-HIV2<", "element 'ALGNAME': this algorithm is for HIV-2"),
        ("<ALGVERSION>1.0</ALGVERSION>", "", "element 'ALGVERSION': this must be stated"),
        ("<ALGVERSION>1.0<", "<ALGVERSION>1 / 0<", "this is no version: '1 / 0'"),
        ("<DRUGLIST>XBA</DRUGLIST>", "<DRUGLIST>XBB</DRUGLIST>", "drug 'XBA': the drug is in no class"),
        ("<NAME>XAB</NAME>", "<NAME>XAA</NAME>", "drug 'XAA': this drug is there twice"),
        ("<FULLNAME>excavir/r</FULLNAME>", "<DOSE>1</DOSE>", "drug 'XCA/r': this is not known of a drug: 'DOSE'"),
        ("<ALGORITHM>", '<ALGORITHM>&out;', "uses an entity that only another file could define: 'out'"),
        ('"https://example.org/ASI2.dtd">', '"x" [<!ENTITY e "a">]>', "declares an entity, which is not read: 'e'"),
        ("</ALGORITHM>", "", "this is no well-formed XML"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(old: str, new: str, message: str, data: Path, tmp_path: Path) -> None:
    text = (data / "hivdb/invented_1.xml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "faulty.xml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as error:
        hivdb.read(file)
    assert message in str(error.value)
    assert error.value.file == "faulty.xml"


def test_an_older_form_is_read_too(data: Path, tmp_path: Path) -> None:
    """Without date and default level, spaces everywhere, several conditions that give one level: ASI as of 2011."""
    text = (data / "hivdb/invented_1.xml").read_text(encoding="utf-8")
    for old, new in (
        ("<ALGDATE>2001-02-03</ALGDATE>", ""),
        ("<DEFAULT_LEVEL>1</DEFAULT_LEVEL>", ""),
        ("KA,KB", " KA, KB "),
        ("<CONDITION>60I AND 70K</CONDITION>", "<CONDITION>\n 60I AND SELECT ATLEAST 1 AND NOTMORETHAN 1 FROM\n"
                                               "  (70K, 71A,72C)\n </CONDITION>"),
        ("<CONDITION>60I OR 60L</CONDITION>", "<CONDITION> 60IL </CONDITION>"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    harvest = hivdb.read(tmp_path / "a.xml")
    assert harvest.report.reasons("note")["the file states no date: its rows hold on every day"] == 1
    assert {r.effective_from for r in harvest.rows} == {None}
    older = Rulebook(harvest.rows, SmallTaxonomy())
    for changes, level in ((("RT 60I", "RT 70K"), "Much"), (("RT 60I", "RT 70K", "RT 72C"), "Some")):
        for day in (None, "1999-01-01"):
            assert sums(older, infection(*changes, tested=["RT"], as_of=day))["Exbivir"].level == level


_SIGNS = "SCORE|FROM|MAX|AND|OR|NOT|EXCLUDE|SELECT|ATLEAST|EXACTLY|(|)|,|=>|41L|69i|10|-5|2|x|41("


@given(st.lists(st.sampled_from(_SIGNS.split("|")), max_size=25).map(" ".join))
def test_text_outside_the_grammar_is_refused_in_one_way(text: str) -> None:
    with contextlib.suppress(DataError):
        asi.rule(text, "HIV-1 RT")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"SCORE FROM (41L => {'9' * 400})", "no number is that large here"),
        ("SCORE FROM (41L => 1000000001)", "no number is that large here"),
        (f"SELECT ATLEAST {'9' * 400} FROM (41L, 42L)", "no number is that large here"),
        ("SELECT ATLEAST 3 FROM (" * 4 + "41L, 42L, 43L, 44L, 45L, 46L" + "), 1A, 2A, 3A, 4A, 5A" * 3 + ")",
         "written out, the choices of this rule name more than 20,000 mutations"),
    ],
)  # fmt: skip
def test_a_rule_that_would_fill_the_memory_or_has_no_number_is_refused(text: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        asi.rule(text, "HIV-1 RT")


def test_deep_rules_are_named_in_time_that_grows_with_their_length() -> None:
    deep = "41L"
    for i in range(38):
        deep = f"({deep} {'AND' if i % 2 else 'OR'} {i + 50}L)"
    condition = asi.rule(deep, "HIV-1 RT").condition
    assert condition is not None
    assert asi.words(condition).count("L") == 39


@pytest.mark.parametrize(
    "text", [f"(-INF TO 9 => {'1' * 5000}, 10 TO INF => 2)", f"(-INF TO {'9' * 400} => 1, 10 TO INF => 2)"]
)
def test_a_scale_of_numbers_without_end_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        asi.scale(text, {1: ("Low", None), 2: ("High", None)})


@pytest.mark.parametrize("encoding", ["utf-7", "utf-32", "idna", "punycode", "rot13", "nothing"])
def test_an_encoding_that_cannot_be_read_is_refused(encoding: str, data: Path, tmp_path: Path) -> None:
    text = (data / "hivdb/invented_1.xml").read_text(encoding="utf-8")
    (tmp_path / "a.xml").write_text(text.replace('encoding="UTF-8"', f'encoding="{encoding}"'), encoding="utf-8")
    with pytest.raises(DataError, match=r"^a\.xml, row 1"):
        hivdb.read(tmp_path / "a.xml")


class Asked(NamedTuple):
    """A condition as a test makes it: what it is written as, and what it comes to for the residues at each codon."""

    text: str
    holds: Callable[[Mapping[int, str]], bool]


def _mutation(codon: int, letters: str) -> Asked:
    return Asked(f"{codon}{letters}", lambda held: bool(set(letters) & set(held.get(codon, ""))))


def _selected(parts: list[Asked], least: int, most: int) -> Asked:
    least, most = min(least, len(parts)), min(max(least, most), len(parts))
    listed = ", ".join(p.text for p in parts)
    return Asked(
        f"SELECT ATLEAST {max(least, 1)} AND NOTMORETHAN {max(most, 1)} FROM ({listed})",
        lambda held: max(least, 1) <= sum(p.holds(held) for p in parts) <= max(most, 1),
    )


def _joined(word: str, parts: list[Asked]) -> Asked:
    every = all if word == "AND" else any
    return Asked(f"({f' {word} '.join(p.text for p in parts)})", lambda held: every(p.holds(held) for p in parts))


_codons = st.sampled_from((10, 20, 30))
_conditions = st.recursive(
    st.builds(_mutation, _codons, st.sampled_from(("A", "AC", "CD", "i", "dE"))),
    lambda inner: st.one_of(
        inner.map(lambda p: Asked(f"NOT {p.text}", lambda held: not p.holds(held))),
        st.builds(_joined, st.sampled_from(("AND", "OR")), st.lists(inner, min_size=2, max_size=3)),
        st.builds(_selected, st.lists(inner, min_size=1, max_size=3), st.integers(1, 3), st.integers(1, 3)),
    ),
    max_leaves=8,
)


@given(_conditions, st.dictionaries(_codons, st.sampled_from(("A", "C", "E", "AD", "i")), max_size=3))
def test_every_construct_means_what_it_says(asked: Asked, held: dict[int, str]) -> None:
    """Known through and through it comes to the same; without a test it is open or comes to the same."""
    condition = asi.rule(asked.text, "HIV-1 RT").condition
    assert condition is not None
    for tested in (("RT",), ()):
        profile = viruses.renamed(
            infection(*(f"RT {codon}{letters}" for codon, letters in held.items()), tested=tested)
        )
        findings = [f for b in profile.biomarkers if isinstance(f := read_finding(b), Finding)]
        truth = Matcher(patient_facts.gather(profile, findings, {})).read(condition).truth
        assert truth is asked.holds(held) or (truth is None and not tested)


def test_another_document_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no XML file"):
        hivdb.read(tmp_path)
    (tmp_path / "a.xml").write_text("<rdf/>", encoding="utf-8")
    with pytest.raises(DataError, match="no algorithm of resistance"):
        hivdb.read(tmp_path)


def test_two_files_of_one_version_that_differ_are_refused(data: Path, tmp_path: Path) -> None:
    text = (data / "hivdb/invented_1.xml").read_text(encoding="utf-8")
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    (tmp_path / "b.xml").write_text(text.replace("10A => 10", "10A => 11"), encoding="utf-8")
    with pytest.raises(DataError, match="this id is taken") as error:
        hivdb.read(tmp_path)
    assert error.value.value == "guideline:HIVDB:XAA/10A@1.0"


# -- the published files ---------------------------------------------------------------------------------------------


def test_every_item_of_the_published_versions_is_a_row(published: Harvest) -> None:
    items = {v: [r for r in published.rows if r.version == v and r.profile] for v in ("9.4", "10.2")}
    bases = {v: [r for r in published.rows if r.version == v and not r.profile] for v in ("9.4", "10.2")}
    assert {v: len(rows) for v, rows in items.items()} == {"9.4": 1311, "10.2": 1449}
    assert {v: len(rows) for v, rows in bases.items()} == {"9.4": 26, "10.2": 28}
    assert published.report.read == published.report.loaded == len(published.rows)
    # Of the first version with lenacapavir only a placeholder is published.
    assert [(s.record, s.value) for s in published.report.set_aside if s.fate == "warning"] == [
        ("hivdb:LEN", "lenacapavir")
    ]
    assert [r.drugs for v in bases for r in bases[v] if not r.scale] == [("Lenacapavir",)]
    # What 9.4 says of lenacapavir stands at a codon that the capsid does not have.
    assert [(s.record, s.value) for s in published.report.set_aside if "no finding can hold" in s.reason] == [
        ("hivdb:LEN", "9999A => 0")
    ]
    assert all(r.id.count("@") == 1 and "~" not in r.id for r in published.rows)


@pytest.mark.parametrize("tested", [(), ("RT",)])
@pytest.mark.parametrize(
    ("day", "tdf", "lamivudine", "azt"), [(None, 35, 75, -20), ("2026-04-25", 40, 90, -20), ("2023-01-01", 40, 90, -20)]
)
def test_k65r_with_m184v(
    real: Rulebook, tested: tuple[str, ...], day: str | None, tdf: int, lamivudine: int, azt: int
) -> None:
    found = sums(real, infection("RT K65R", "RT M184V", tested=tested, as_of=day))
    assert (found["Tenofovir"].total, found["Lamivudine"].total, found["Zidovudine"].total) == (tdf, lamivudine, azt)
    assert (found["Tenofovir"].level, found["Tenofovir"].code) == ("Intermediate Resistance", "I")
    settled = [d for d, p in found.items() if p.low == p.total == p.high]
    assert ("Tenofovir" in settled) is bool(tested)


Held = Mapping[tuple[str, int], set[str]]


def by_text(root: ElementTree.Element, held: Held) -> dict[str, float]:
    """Another reading of the same file: totals by drug, straight from the text of its rules, for AND and MAX alone."""
    gene_of = {
        short.strip(): gene.findtext("NAME", "")
        for gene in root.iter("GENE_DEFINITION")
        for kind in root.iter("DRUGCLASS")
        if kind.findtext("NAME", "") in gene.findtext("DRUGCLASSLIST", "").split(",")
        for short in kind.findtext("DRUGLIST", "").split(",")
    }

    def holds(condition: str, gene: str) -> bool:
        wanted = [re.fullmatch(r"[( ]*(\d+)([A-Za-z]+)[) ]*", part) for part in condition.split(" AND ")]
        return all(held.get((gene, int(m[1])), set()) & set(m[2]) for m in wanted if m) and None not in wanted

    def listed(text: str) -> list[str]:
        """What stands between the commas of a list in parentheses, not those of lists within."""
        parts, depth = [""], 0
        for sign in text.strip().removeprefix("(").removesuffix(")"):
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if sign == "," and depth == 0:
                parts.append("")
            else:
                parts[-1] += sign
        return [part.strip() for part in parts]

    totals = {}
    for drug in root.iter("DRUG"):
        text = " ".join(drug.findtext("RULE/CONDITION", "").split("FROM", 1)[1].split())
        assert " OR " not in text
        gene = gene_of[drug.findtext("NAME", "")]
        total = 0.0
        for part in listed(text):
            items = [item.split("=>") for item in (listed(part[3:]) if part.startswith("MAX") else [part])]
            points = [float(number) for condition, number in items if holds(condition, gene)]
            total += max(points, default=0.0)
        totals[drug.findtext("FULLNAME", "")] = total
    return totals


@pytest.mark.parametrize(("version", "day"), [("9.4", "2023-01-01"), ("10.2", None)])
def test_the_totals_agree_with_another_reading_of_the_same_file(
    version: str, day: str | None, real: Rulebook, shared: Path
) -> None:
    """For random sets of mutations, and for each drug: sums of all rows, none of which is left open."""
    root = ElementTree.parse(shared / f"amr/hiv/HIVDB_{version}.xml").getroot()
    named = {
        (gene, int(codon), letter)
        for row in real.rows
        if row.profile is not None
        for criterion, _ in criteria(row.profile)
        for gene, codon in [((criterion.gene or "").removeprefix("HIV-1 "), (criterion.codons or (0, 0))[0])]
        for letter in criterion.residues
        if codon <= viruses.genes()[f"HIV-1 {gene}"].residues
    }
    assert len(named) > 250
    ungraded = {r.drugs[0].casefold() for r in real.rows if r.version == version and not (r.profile or r.scale)}
    listed = sorted(named)
    drawn = random.Random(20261125)
    scored = 0
    for _ in range(150):
        held: dict[tuple[str, int], set[str]] = {}
        for gene, codon, letter in drawn.sample(listed, drawn.randint(1, 40)):
            held.setdefault((gene, codon), set()).add(letter)
        for gene in GENES:
            held.setdefault((gene, drawn.randint(1, 99)), set()).add(drawn.choice("ACDEFGHIKLMNPQRSTVWY"))
        written = [f"{g} {c}{'/'.join(sorted(ls, key=lambda x: (x in 'id', x)))}" for (g, c), ls in held.items()
                   if not {"i", "d"} <= ls]  # fmt: skip
        kept = {key: letters for key, letters in held.items() if not {"i", "d"} <= letters}
        expected = {d: total for d, total in by_text(root, kept).items() if d not in ungraded}
        found = sums(real, infection(*written, tested=GENES, as_of=day))
        assert {d.casefold(): p.total for d, p in found.items()} == expected
        assert all(p.low == p.total == p.high for p in found.values())
        scored += sum(total != 0 for total in expected.values())
    assert scored > 1000


# -- a release and its answers ---------------------------------------------------------------------------------------


def test_a_release_with_two_versions_answers_json_and_text_alike(shared: Path, tmp_path: Path) -> None:
    files = [("hivdb", shared / f"amr/hiv/HIVDB_{version}.xml") for version in ("9.4", "10.2")]
    release = build(tmp_path, [*files, ("do", shared / "ontologies/do_terms.tsv")], own_tables=False)
    (source,) = [s for s in release.manifest.sources if s.name == "hivdb"]
    assert (source.version, source.licence) == ("10.2; 9.4", "Unlicense")
    opened = clew.open(tmp_path)
    profile = infection("RT K65R", "RT M184V")
    answer = opened.recommend(profile)
    (text,) = read_profile([], text=["HIV infection, RT: K65R, M184V"])
    assert [(g.drug, g.score) for g in opened.recommend(text).guidance] == [(g.drug, g.score) for g in answer.guidance]
    by_drug = {g.drug: g for g in answer.guidance}
    assert {d: by_drug[d].score for d in ("Tenofovir", "Lamivudine", "Zidovudine")} == {
        "Tenofovir": 35, "Lamivudine": 75, "Zidovudine": -20,
    }  # fmt: skip
    tenofovir = by_drug["Tenofovir"]
    assert (tenofovir.version, tenofovir.score_level, tenofovir.score_code) == (
        "10.2",
        "Intermediate Resistance",
        "I",
    )
    counted = {r.id: r.points for r in tenofovir.rows if r.counted}
    assert counted == {"guideline:HIVDB:TDF/65R@10.2": 45, "guideline:HIVDB:TDF/184V@10.2": -10}
    assert tenofovir.missing == ("HIV-1 RT",)
    whole = opened.recommend(infection("RT K65R", "RT M184V", tested=["RT"]))
    assert not any(g.missing for g in whole.guidance)
    assert {g.drug: g.score_level for g in whole.guidance}["Efavirenz"] == "Susceptible"
    then = opened.recommend(infection("RT K65R", "RT M184V", as_of="2023-01-01"))
    assert {g.drug: (g.version, g.score) for g in then.guidance}["Tenofovir"] == ("9.4", 40)
