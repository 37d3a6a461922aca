"""Recommendations of CPIC and DPWG: each a row, and each key brings its own recommendations and no other."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from world import SmallTaxonomy

from api.cli import main
from api.recommend import Engine
from graph.answer import Outcome, Recommendation
from graph.claims import All, Condition, Criterion, GuidelineRow, Is, criteria
from graph.errors import DataError
from graph.packaged import rows as table
from graph.patient import Context, Disease, Profile
from ingest import html_text
from ingest.build import build
from ingest.harvest import Harvest
from ingest.sources import cpic, cpic_rows
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules.diseases import diagnose
from rules.match import Matcher
from rules.weigh import Ruled, rule

PUBLISHED = "pgx/cpic_dpwg_guidelines_2024-05-29.json.gz"
NO_RESULT = "No Result"


def stands(rows: Iterable[GuidelineRow], context: Context) -> dict[str, Ruled]:
    """How rows stand for a patient of whom only the context is known, by the recommendation's id."""
    profile = Profile(id="P", disease=Disease(name="?"), biomarkers=(), context=context)
    matcher = Matcher(patient_facts.gather(profile, (), {}))
    setting = patient_settings.gather(profile, lambda drug: (drug,))
    taxonomy = SmallTaxonomy()
    nowhere = diagnose("?", (), taxonomy, {})
    return {str(r.locator): rule(r, matcher, nowhere, taxonomy, setting, context) for r in rows}


def ids(ruled: Mapping[str, Ruled], *outcomes: Outcome) -> set[str]:
    return {id for id, r in ruled.items() if r.outcome in outcomes}


@pytest.fixture(scope="module")
def invented(data: Path) -> Harvest:
    return cpic.read(data / "cpic" / "guidelines.json")


@pytest.fixture(scope="module")
def published(shared: Path) -> Harvest:
    return cpic.read(shared / PUBLISHED)


def by_locator(harvest: Harvest) -> dict[str, GuidelineRow]:
    return {str(row.locator): row for row in harvest.rows}


# -- what a recommendation becomes -----------------------------------------------------------------------------------


def test_a_recommendation_is_a_row_with_its_guideline_key_and_sources(invented: Harvest) -> None:
    row = by_locator(invented)["PA11"]
    assert row.id == "guideline:CPIC.PA1:PA11"
    assert (row.guideline, row.title) == ("CPIC.PA1", "CPIC Guideline for fablumab, fabrinib and INV1, INV2")
    assert (row.publisher, row.version, row.hit_policy) == ("CPIC", "2024-01-02-03-04", "UNIQUE")
    assert row.drugs == ("Fablumab",)
    assert row.sources == ("clinpgx:PA1", "PMID:11", "PMID:12")
    assert row.level is not None and (row.level.scheme, row.level.value) == ("cpic", "Strong")
    assert row.text == (
        "Avoid fablumab use because of invented harm. If pain relief is needed, choose another."
        "\n\nINV1: much less fablumab is broken down"
    )
    assert isinstance(row.profile, All)
    assert [(c.name, c.genotypes) for c, _ in criteria(row.profile)] == [
        ("INV1 Poor Metabolizer", ("Poor Metabolizer",)), ("INV2 activity score 0.5", ("0.5",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "kind", "action"),
    [
        ("PA11", "exclude", "avoid"),
        ("PA12", "dose", "Avoid fablumab use …"),
        ("PA13", "caution", "Consider another drug than fablumab"),
        ("PA14", "dose", "Start with half of the usual dose"),
        ("PA16", "dose", "no change"),
        ("PA17", "dose", "no recommendation"),
        ("PA18", "caution", "Fablumab and fabrinib are not alike"),
        ("PA19", "exclude", "avoid"),
        ("PA20", "caution", "If patient has had fabrinib, go on with care"),
        ("PA31", "dose", "Use 60% of the dose …"),
        ("PA32", "exclude", "avoid"),
        ("PA34", "dose", "no recommendation"),
    ],
)
def test_the_kind_follows_from_flags_and_from_a_first_sentence_without_condition(
    invented: Harvest, id: str, kind: str, action: str
) -> None:
    row = by_locator(invented)[id]
    assert (row.kind, row.action) == (kind, action)
    assert (row.because == "contraindicated") == (kind == "exclude")
    assert not invented.statements


def test_what_was_read_from_the_text_is_noted_and_counted(invented: Harvest) -> None:
    notes = {s.record: s.value for s in invented.report.set_aside if s.reason.startswith("read from the text")}
    assert notes == {
        "guideline:CPIC.PA1:PA11": "Avoid fablumab use because of invented harm",
        "guideline:CPIC.PA1:PA19": "If patient is fabrinib-naïve, do not use fabrinib",
        "guideline:DPWG.PA2:PA32": "Avoid fabrinib",
    }
    assert invented.report.coverage["kind exclude"] == (3, 14)


def test_a_condition_counts_for_nothing_only_where_the_population_says_it_already(tmp_path: Path, data: Path) -> None:
    text = (data / "cpic" / "guidelines.json").read_text(encoding="utf-8")
    file = tmp_path / "others.json"
    file.write_text(text.replace('"FAB naive"', '"FAB users"'), encoding="utf-8")
    row = by_locator(cpic.read(file))["PA19"]
    assert row.settings == (Condition(fact="population", cell="FAB users"),)
    assert (row.kind, row.action) == ("caution", "If patient is fabrinib-naïve, do not use fabrinib")


@pytest.mark.parametrize(
    ("html", "action"),
    [
        ("<p>PAIN: Start with half of the dose. Look out.</p>\n<p>FEVER: Start with a tenth.</p>",
         "PAIN: Start with half of the dose …"),
        ("<p>PAIN:</p>\n<ul>\n<li>start with half of the dose</li>\n</ul>\n<p>OTHERWISE:</p>\n<p>No action.</p>",
         "PAIN: start with half of the dose …"),
        ("<p>No more than:</p>\n<ol>\n<li>adults: 20 mg,</li>\n<li>others: 10 mg</li>\n</ol>",
         "No more than: adults: 20 mg …"),
        ("<p>Start with half of the usual dose.</p>", "Start with half of the usual dose"),
    ],
)  # fmt: skip
def test_an_action_that_is_part_of_a_text_says_that_there_is_more(
    tmp_path: Path, data: Path, html: str, action: str
) -> None:
    text = (data / "cpic" / "guidelines.json").read_text(encoding="utf-8")
    old = json.dumps("<p>Start with half of the usual dose.</p>\n")
    assert text.count(old) == 1
    file = tmp_path / "parts.json"
    file.write_text(text.replace(old, json.dumps(html)), encoding="utf-8")
    row = by_locator(cpic.read(file))["PA14"]
    assert row.action == action
    assert row.reason.endswith(f": {action}")


def test_no_published_action_passes_for_the_whole_text(published: Harvest) -> None:
    """Letters and digits alone are compared: a list has marks, a heading a colon."""

    def bare(text: str) -> str:
        return "".join(filter(str.isalnum, re.sub(r"^ *(?:\d+\.|-) ", "", text, flags=re.MULTILINE)))

    fixed = {"avoid", "no change", "no recommendation"}
    alone = [r for r in published.rows if r.action and r.action not in fixed and not r.action.endswith("…")]
    assert alone and all(bare(r.action or "") == bare((r.text or "").split("\n\n")[0]) for r in alone)
    leukaemia = [r for r in published.rows if r.publisher == "DPWG" and "LEUKAEMIA" in (r.text or "")]
    assert leukaemia and all((r.action or "").endswith(" …") for r in leukaemia)


def test_a_drug_to_be_avoided_that_has_a_dose_all_the_same_is_a_dose(published: Harvest) -> None:
    """DPWG avoids both: for poor metabolisers of NUDT15 it tells what to give, for those of DPYD it does not."""
    named = {
        (r.drugs[0], c.name): (r.kind, r.action)
        for r in published.rows if r.publisher == "DPWG" and r.profile is not None for c, _ in criteria(r.profile)
    }  # fmt: skip
    assert named["Mercaptopurine", "NUDT15 Poor Metabolizer"] == ("dose", "Avoid azathioprine and mercaptopurine …")
    assert named["Capecitabine", "DPYD 0.0 (Poor Metabolizer)"] == ("exclude", "avoid")


def test_cues_are_short_and_have_a_source() -> None:
    for line in table("ingest", "tables/cpic_sentences.csv", ("means", "pattern", "population", "about", "source")):
        assert line["source"].startswith("clinpgx:PA"), line
        assert len(re.findall(r"[a-z]{3,}", line["pattern"])) <= 8, line


def test_lists_stay_readable(invented: Harvest) -> None:
    assert by_locator(invented)["PA31"].text == "1. Use 60% of the dose.\n2. Measure:\n  - after a week"


def test_lists_in_lists_without_end_stay_within_the_page() -> None:
    depth = 9000
    text = html_text.plain("<ul><li>A" * depth)
    assert text.count("A") == depth
    assert max(map(len, text.split("\n"))) < 40


def test_names_of_drugs_within_names_of_drugs_cost_no_time() -> None:
    sentences = cpic_rows.Sentences(["a", "a a", "a a a", "b"])
    for text, means in (("avoid a a a", "avoid"), ("avoid a a or b", "avoid"), (f"avoid {'a ' * 3000}c", None)):
        recommendation = cpic_rows.Recommendation(
            id="R", text=cpic_rows.Text(html=f"<p>{text}</p>"), lookup_key=None,
            related_chemicals=(cpic_rows.Named(name="a"),), dosing_information=False,
            alternate_drug_available=False, other_prescribing_guidance=False,
        )  # fmt: skip
        assert sentences.meaning(recommendation) == means


def test_populations_are_ages_or_what_the_guideline_calls_them(invented: Harvest) -> None:
    rows = by_locator(invented)
    assert rows["PA11"].settings == ()
    assert rows["PA14"].settings == (Condition(fact="age_years", cell=">=18"),)
    assert rows["PA15"].settings == (Condition(fact="age_years", cell="<18"),)
    assert rows["PA20"].settings == (Condition(fact="population", cell='"FAB use >3mos"'),)


def test_everything_is_counted(invented: Harvest) -> None:
    report = invented.report
    assert (report.read, report.loaded, report.count("skipped")) == (17, 14, 3)
    assert report.reasons("skipped") == {
        "published by FDA: of CPIC and DPWG alone": 1,
        "the source says that nobody can have its key": 1,
        "without a key nobody can be told whom it is for": 1,
    }
    assert report.reasons("note")["the guideline gives no recommendation by genotype"] == 1


def test_licences_are_those_of_the_publishers_read(invented: Harvest, tmp_path: Path, data: Path) -> None:
    assert invented.source.licence == "CC0-1.0 (CPIC); CC-BY-SA-4.0 (DPWG)"
    packages = json.loads((data / "cpic" / "guidelines.json").read_text(encoding="utf-8"))
    file = tmp_path / "one.json"
    file.write_text(json.dumps(packages["CPIC_fablumab_and_INV1_INV2"]), encoding="utf-8")
    assert cpic.read(file).source.licence == "CC0-1.0 (CPIC)"


# -- forms in which it is published ----------------------------------------------------------------------------------


def _as_folder(packages: dict[str, Any], folder: Path) -> Path:
    for name, package in packages.items():
        publisher, _, rest = name.partition("_")
        file = folder / publisher.casefold() / f"{rest}.json.gz"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(gzip.compress(json.dumps(package).encode()))
    return folder


def _as_file(make: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any], Path], Path]:
    def write(packages: dict[str, Any], folder: Path) -> Path:
        file = folder / "guidance.json"
        file.write_text(json.dumps(make(packages)), encoding="utf-8")
        return file

    return write


def _newer(packages: dict[str, Any]) -> dict[str, Any]:
    """The form since 2024: one list, keys that are alternatives, the address beside the guideline."""
    for package in packages.values():
        package["guideline"] |= {"objCls": "Guideline Annotation", "relatedAlleles": [], "url": None}
        package["url"] = "https://example.org/newer"
        for recommendation in package["recommendations"]:
            recommendation["lookupKey"] = [recommendation["lookupKey"]] if recommendation["lookupKey"] else []
    return {"guidelines": list(packages.values())}


@pytest.mark.parametrize(
    "write", [_as_folder, _as_file(lambda p: list(p.values())), _as_file(_newer)], ids=["folder", "list", "newer"]
)
def test_every_form_gives_the_same_rows(
    invented: Harvest, data: Path, tmp_path: Path, write: Callable[[dict[str, Any], Path], Path]
) -> None:
    packages = json.loads((data / "cpic" / "guidelines.json").read_text(encoding="utf-8"))
    harvest = cpic.read(write(packages, tmp_path))
    rows = by_locator(harvest)
    assert {(id, r.kind, r.profile) for id, r in rows.items()} == {
        (id, r.kind, r.profile) for id, r in by_locator(invented).items()
    }
    assert harvest.report.reasons("warning") == {}


def test_a_key_with_alternatives_holds_by_any(data: Path, tmp_path: Path) -> None:
    packages = json.loads((data / "cpic" / "guidelines.json").read_text(encoding="utf-8"))
    package = packages["DPWG_fabrinib_and_INV3"]
    package["recommendations"][0]["lookupKey"] = [{"INV3": {"*1": 1.0, "*2": 1.0}}, {"INV3": {"*1": 1.0, "*3": 1.0}}]
    (tmp_path / "one.json").write_text(json.dumps(package), encoding="utf-8")
    rows = cpic.read(tmp_path / "one.json").rows
    for stated in ("*1/*2", "*3/*1"):
        assert ids(stands(rows, Context(germline_pgx={"INV3": stated})), "fired") == {"PA31"}


def test_a_recommendation_in_two_files_is_one(data: Path, tmp_path: Path) -> None:
    text = (data / "cpic" / "guidelines.json").read_text(encoding="utf-8")
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = cpic.read(tmp_path).report
    assert (report.read, report.loaded, report.merged, report.count("skipped")) == (34, 14, 14, 6)
    (tmp_path / "b.json").write_text(text.replace("Start with half", "Start with all"), encoding="utf-8")
    with pytest.raises(DataError, match=r"b\.json, field .*recommendations\[3\]\.id': another recommendation has"):
        cpic.read(tmp_path)


def test_an_unknown_key_is_told_once(data: Path, tmp_path: Path) -> None:
    text = (data / "cpic" / "guidelines.json").read_text(encoding="utf-8")
    file = tmp_path / "newer.json"
    file.write_text(text.replace('"dosingInformation"', '"onlyOnSundays": true, "dosingInformation"'), encoding="utf-8")
    told = [s for s in cpic.read(file).report.set_aside if s.fate == "warning"]
    assert [(s.record, s.value) for s in told] == [("recommendations.onlyOnSundays", "True")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"id": "PA14"', '"id": 14', "CPIC_fablumab_and_INV1_INV2.recommendations[3].id': expected `str`, got `int`"),
        ('"text"', '"txt"', "recommendations[0]': object missing required field `text`"),
        ('"*2": 2.0', '"*2": 3.0', "recommendations[1].lookupKey': one or two alleles make a genotype"),
        ('"*2": 2.0', '"*2": "two"', "recommendations[1].lookupKey"),
        ('"recommendations": [\n   {\n    "id": "PA31"', '"annotationGroups": [\n   {\n    "id": "PA31"',
         "DPWG_fabrinib_and_INV3.annotationGroups': this is the form of PharmCAT before 2024"),
        ('"DPWG_fabrinib_and_INV3": {\n  "guideline"', '"DPWG_fabrinib_and_INV3": {\n  "guidelines"',
         "field 'DPWG_fabrinib_and_INV3': this is no guideline of PharmCAT"),
        ('"version": 3,', '"version": 3, "version": 4,', "'version': the key is there twice in one object"),
        ('"FAB naive"', '"naive | new"', "recommendations[8].population': no cell can ask for a population"),
        ('"source": "CPIC"', '"source": 3', "CPIC_fablumab_and_INV1_INV2.guideline.source': expected `str`, got `int`"),
        ('"year": 2024', '"year": NaN', "JSON has no such number: 'NaN'"),
        ('"year": 2024', '"year": ' + "9" * 5000, "a number has too many digits"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(data: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (data / "cpic" / "guidelines.json").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "broken.json"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        cpic.read(file)
    assert message in str(caught.value)
    assert str(caught.value).startswith("broken.json")


@pytest.mark.parametrize("content", ["[]", "{}", "3", '"guideline"', "[1]", '{"guideline": 1}', '{"a": {}}'])
def test_what_is_no_guideline_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"^odd\.json"):
        cpic.read(file)


def test_a_file_without_any_guideline_of_either_is_refused(data: Path, tmp_path: Path) -> None:
    packages = json.loads((data / "cpic" / "guidelines.json").read_text(encoding="utf-8"))
    (tmp_path / "fda.json").write_text(json.dumps(packages["FDA_fabrinib_and_INV1"]), encoding="utf-8")
    with pytest.raises(DataError, match=r"^fda\.json: there is no guideline of CPIC or DPWG in it"):
        cpic.read(tmp_path / "fda.json")


def test_a_cut_off_file_and_an_empty_folder_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder holds no JSON file"):
        cpic.read(tmp_path)
    (tmp_path / "cut.json").write_bytes((data / "cpic" / "guidelines.json").read_bytes()[:4000])
    with pytest.raises(DataError, match="cut off"):
        cpic.read(tmp_path)


# -- a key brings its recommendations --------------------------------------------------------------------------------


def test_nothing_stated_brings_the_rows_for_no_result_and_no_other(invented: Harvest) -> None:
    on_fablumab = [r for r in invented.rows if r.guideline == "CPIC.PA1"]
    for nothing in ({}, {"INV2": NO_RESULT}, {"INV2": "unknown"}):
        found = stands(on_fablumab, Context(germline_pgx={"INV1": "Poor Metabolizer", **nothing}))
        assert ids(found, "fired") == {"PA13"}
    slip = stands(on_fablumab, Context(germline_pgx={"INV1": "Poor Metabolizer", "INV2": "half a score"}))
    assert ids(slip, "fired") == set()
    assert "PA13" in ids(slip, "undecided")


def test_age_decides_between_populations(invented: Harvest) -> None:
    stated = {"INV1": "NM", "INV2": "Activity score: 0.5"}
    assert ids(stands(invented.rows, Context(germline_pgx=stated, age_years=40)), "fired") == {"PA14"}
    assert ids(stands(invented.rows, Context(germline_pgx=stated, age_years=4)), "fired") == {"PA15"}
    unknown = stands(invented.rows, Context(germline_pgx=stated))
    assert ids(unknown, "fired") == {"PA14", "PA15"}
    assert unknown["PA15"].missing == ("age <18",)


def _keys(path: Path) -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
    """Guideline -> key as text -> its recommendations, straight from the published file."""
    found: defaultdict[str, defaultdict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for package in json.loads(gzip.decompress(path.read_bytes())).values():
        for recommendation in package["recommendations"]:
            key = json.dumps(recommendation["lookupKey"], sort_keys=True)
            found[package["guideline"]["id"]][key].append(recommendation)
    return found


def _germline(key: str) -> dict[str, str]:
    """A patient with the results of a key, as PharmCAT would report them."""
    return {
        gene: result if isinstance(result, str) else "/".join(a for a, n in result.items() for _ in range(int(n)))
        for gene, result in json.loads(key).items()
    }


@pytest.fixture(scope="module")
def keys(shared: Path) -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
    return _keys(shared / PUBLISHED)


@pytest.fixture(scope="module")
def guidelines(published: Harvest) -> Mapping[str, list[GuidelineRow]]:
    found: defaultdict[str, list[GuidelineRow]] = defaultdict(list)
    for row in published.rows:
        found[row.guideline.partition(".")[2]].append(row)
    return found


def test_the_published_guidelines_are_all_there(published: Harvest) -> None:
    report = published.report
    assert (report.read, report.loaded, report.count("skipped"), report.count("warning")) == (2583, 2525, 58, 0)
    assert report.reasons("skipped") == {"the source says that nobody can have its key": 58}
    assert report.coverage["kind exclude"] == (75, 2525)
    assert Counter(r.publisher for r in published.rows) == {"CPIC": 1996, "DPWG": 529}
    assert len({r.guideline for r in published.rows}) == 116
    assert {r.kind for r in published.rows} == {"exclude", "caution", "dose"}
    assert sum(isinstance(r.profile, All) for r in published.rows) == 1477 - 45


def test_every_key_brings_exactly_its_recommendations(
    guidelines: Mapping[str, list[GuidelineRow]], keys: Mapping[str, Mapping[str, list[dict[str, Any]]]]
) -> None:
    """A limit whose population is not known waits; everything else fires."""
    asked = 0
    for id, by_key in keys.items():
        rows = guidelines[id]
        for key, recommendations in by_key.items():
            if "xN combinations" in key:
                continue
            asked += 1
            found = stands(rows, Context(germline_pgx=_germline(key)))
            held = ids(found, "fired") | {
                i for i, r in found.items() if r.outcome == "undecided" and r.reading is not None and r.reading.truth
            }
            assert held == {r["id"] for r in recommendations}, (id, key)
            waiting = {i for i in held if found[i].outcome == "undecided"}
            assert all(found[i].row.settings and found[i].row.kind in ("exclude", "caution") for i in waiting)
    assert asked == 2268


def test_every_key_brings_exactly_those_for_the_patients_population(
    guidelines: Mapping[str, list[GuidelineRow]], keys: Mapping[str, Mapping[str, list[dict[str, Any]]]]
) -> None:
    ages = {"adults": 40.0, "pediatrics": 8.0}
    asked = 0
    for id, by_key in keys.items():
        populations = {r["population"] for rs in by_key.values() for r in rs} - {"general", None}
        for key, recommendations in by_key.items():
            if "xN combinations" in key:
                continue
            for population in populations:
                asked += 1
                named = None if population in ages else population
                context = Context(germline_pgx=_germline(key), age_years=ages.get(population), population=named)
                expected = {r["id"] for r in recommendations if r["population"] in (population, "general", None)}
                assert ids(stands(guidelines[id], context), "fired") == expected, (id, key, population)
    assert asked == 158


def test_genes_that_are_not_stated_count_as_no_result(
    guidelines: Mapping[str, list[GuidelineRow]], keys: Mapping[str, Mapping[str, list[dict[str, Any]]]]
) -> None:
    asked = 0
    for id, by_key in keys.items():
        for key, recommendations in by_key.items():
            stated = {gene: text for gene, text in _germline(key).items() if text != NO_RESULT}
            if NO_RESULT not in key or "xN combinations" in key:
                continue
            asked += 1
            found = stands(guidelines[id], Context(germline_pgx=stated))
            held = {i for i, r in found.items() if r.reading is not None and r.reading.truth}
            assert held == {r["id"] for r in recommendations}, (id, key)
    assert asked > 100


@pytest.mark.parametrize("stated", ["NM; *2A heterozygous", "*1/*1; *2A positive", "2.0; *2A heterozygous"])
def test_an_allele_beside_normal_clears_nobody(published: Harvest, stated: str) -> None:
    on_fluoropyrimidines = [r for r in published.rows if {"Capecitabine", "Fluorouracil", "Tegafur"} & set(r.drugs)]
    found = stands(on_fluoropyrimidines, Context(germline_pgx={"DPYD": stated}))
    assert not [r.row.id for r in found.values() if r.outcome == "fired" and r.row.kind == "dose"]
    excluding = [r.outcome for r in found.values() if r.row.kind == "exclude"]
    assert excluding and set(excluding) == {"fired"}


Brought = tuple[str, str, str, str | None]
"""Guideline, drug, key and population of a recommendation."""


def test_pharmcats_own_reports_bring_the_same_recommendations(
    shared: Path, guidelines: Mapping[str, list[GuidelineRow]], keys: Mapping[str, Mapping[str, list[dict[str, Any]]]]
) -> None:
    """Two complete reports of a later PharmCAT; compared are guidelines that still look results up by the same keys."""
    known: dict[str, Brought] = {
        r["id"]: (id, r["relatedChemicals"][0]["name"], key, r["population"])
        for id, by_key in keys.items() for key, recommendations in by_key.items() for r in recommendations
    }  # fmt: skip
    reports = json.loads(gzip.decompress((shared / "pgx/pharmcat_example_reports.json.gz").read_bytes()))
    compared = 0
    for name in ("pharmcat.example", "pharmcat.example2"):
        report = reports[name]["report"]
        stated = {
            gene: "; ".join(text for d in read["recommendationDiplotypes"] for text in (*d["lookupKey"], d["label"]))
            for gene, read in report["genes"].items()
        }
        reported: defaultdict[tuple[str, str], set[Brought]] = defaultdict(set)
        for publisher in ("CPIC Guideline Annotation", "DPWG Guideline Annotation"):
            for drug, entry in report["drugs"][publisher].items():
                for guideline in entry["guidelines"]:
                    for annotation in guideline["annotations"]:
                        for key in annotation["lookupKey"]:
                            brought = guideline["id"], drug, json.dumps(key, sort_keys=True), annotation["population"]
                            reported[guideline["id"], drug].add(brought)
        ours: defaultdict[tuple[str, str], set[Brought]] = defaultdict(set)
        for id, ruled in stands(
            [r for rows in guidelines.values() for r in rows], Context(germline_pgx=stated)
        ).items():
            if ruled.reading is not None and ruled.reading.truth:
                ours[known[id][:2]].add(known[id])
        for about, theirs in reported.items():
            if theirs <= set(known.values()):
                compared += len(theirs)
                assert ours[about] == theirs, (name, about)
    assert compared == 218


def test_criteria_are_germline_genotypes_of_one_gene_each(published: Harvest) -> None:
    for row in published.rows:
        assert row.profile is not None
        listed: list[Criterion] = [c for c, negated in criteria(row.profile) if not negated]
        assert all(c.type == "genotype" and len(c.genotypes) == 1 and set(c.genotypes) <= set(c.among) for c in listed)
        assert isinstance(row.profile, All | Is) and len({c.gene for c in listed}) == len(listed)


# -- from the published file to an answer ----------------------------------------------------------------------------


def test_a_release_with_the_guidelines_answers_with_their_guidance(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, profile = tmp_path / "home", tmp_path / "patient.json"
    assert main.run(["build", str(home), "--source", f"cpic={data / 'cpic' / 'guidelines.json'}"]) in (0, 4)
    germline = {"INV1": "PM", "INV2": "≥3.0", "INV3": "*2/*2"}
    profile.write_text(
        json.dumps(
            {"id": "P", "disease": {"name": "Melanoma"}, "biomarkers": [], "context": {"germline_pgx": germline}}
        ),
        encoding="utf-8",
    )
    capsys.readouterr()
    assert main.run(["recommend", str(profile), "--release", str(home), "--format", "json"]) in (0, 4)
    answer = json.loads(capsys.readouterr().out)
    found = {(g["drug"], g["title"]): g["rows"] for g in answer["guidance"]}
    fablumab = found["Fablumab", "CPIC Guideline for fablumab, fabrinib and INV1, INV2"]
    assert [(r["id"], r["outcome"], r["action"]) for r in fablumab if r["outcome"] == "fired"] == [
        ("guideline:CPIC.PA1:PA12", "fired", "Avoid fablumab use …")
    ]
    assert [c["found"] for c in fablumab[0]["cells"]] == ["INV1 PM", "INV2 ≥3.0"]
    fabrinib = found["Fabrinib", "DPWG Guideline for fabrinib and INV3"]
    assert [(r["id"], r["kind"], r["outcome"]) for r in fabrinib] == [("guideline:DPWG.PA2:PA32", "exclude", "fired")]
    sources = {s["name"]: s["licence"] for s in answer["release"]["sources"]}
    assert sources["cpic"] == "CC0-1.0 (CPIC); CC-BY-SA-4.0 (DPWG)"


def test_real_guidance_for_a_patient_with_colon_cancer(published_release: Engine) -> None:
    context = Context(germline_pgx={"DPYD": "*2A/*1", "UGT1A1": "*28/*28"})
    disease = Disease(name="Colon Cancer")
    answer = published_release.recommend(Profile(id="P", disease=disease, biomarkers=(), context=context))
    fired = {(g.drug, g.publisher, r.action) for g in answer.guidance for r in g.rows if r.outcome == "fired"}
    assert ("Fluorouracil", "CPIC", "Reduce starting dose by 50% followed by titration of dose based on toxicity or "
            "therapeutic drug monitoring (if …") in fired  # fmt: skip
    assert any(drug == "Irinotecan" and publisher == "DPWG" for drug, publisher, _ in fired)
    assert not any(g.conflict for g in answer.guidance)


def test_a_slip_is_told_and_a_result_that_leaves_several_rows_waits_for_more(published_release: Engine) -> None:
    def answer(**germline: str) -> Recommendation:
        patient = Profile(
            id="P", disease=Disease(name="Breast Cancer"), biomarkers=(), context=Context(germline_pgx=germline)
        )
        return published_release.recommend(patient)

    slip = answer(CYP2D6="Pour Metabolizer")
    assert "germline CYP2D6 'Pour Metabolizer' is not understood: it counts as not known" in slip.warnings
    assert not slip.guidance
    assert not answer(CYP2D6="PM", DPYD="No Result").warnings
    tamoxifen = [g for g in answer(CYP2D6="Intermediate Metabolizer").guidance if g.drug == "Tamoxifen"]
    assert {g.publisher for g in tamoxifen} == {"CPIC", "DPWG"}
    for guideline in tamoxifen:
        scores = ("0.25", "0.5", "0.75", "1.0")
        assert {r.cells[0].asked for r in guideline.rows} == {f"CYP2D6 activity score {score}" for score in scores}
        assert {r.outcome for r in guideline.rows} == {"undecided"}


@pytest.fixture(scope="module")
def published_release(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(build(tmp_path_factory.mktemp("cpic"), [("cpic", shared / PUBLISHED)]))
