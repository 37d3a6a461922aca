"""A profile is read strictly; several files make one patient; a cohort keeps its order."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError, UsageError
from graph.patient import Finding
from ingest.patients import decode, read
from ingest.patients.findings import read as finding
from ingest.patients.formats import recognise

PATIENTS = Path(__file__).parent / "data" / "patients"


def profile(**fields: Any) -> dict[str, Any]:
    return {"id": "P1", "disease": {"oncotree": "MEL"}, "biomarkers": [], **fields}


def written(folder: Path, name: str, content: dict[str, Any] | str) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


BIOMARKER = '{"id": "P1", "disease": {}, "biomarkers": [{"type": "snv", %s}]}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "P1", "disease": {}}', "field 'biomarkers': this field is missing"),
        (
            BIOMARKER % '"gen": "BRAF"',
            "field 'biomarkers[0].gen': this field is not known; there are type, gene, hgvs_p",
        ),
        (
            BIOMARKER % '"origin": "somtic"',
            "field 'biomarkers[0].origin': this value is not one of germline, somatic, unknown: 'somtic' "
            "(did you mean somatic?)",
        ),
        (BIOMARKER % '"vaf": NaN', "this is not a number: 'NaN'"),
        (BIOMARKER % '"vaf": 1e999', "field 'biomarkers[0].vaf': number out of range"),
        (BIOMARKER % '"vaf": 31', "field 'biomarkers[0].vaf': an allele fraction lies between 0 and 1: '31.0'"),
        (BIOMARKER % ('"pos": ' + "9" * 400), "this number is too large: '99999999999999999999999…'"),
        (BIOMARKER % '"pos": 0', "field 'biomarkers[0].pos': positions count from 1: '0'"),
        (BIOMARKER % '"gene": "\\ud800"', "the text holds half a surrogate pair"),
        (BIOMARKER % '"gene": "A", "gene": "B"', "field 'gene': this key is there twice in one object"),
        (
            BIOMARKER % '"classification": {"value": 3}',
            "field 'biomarkers[0].classification.value': text belongs here, not a whole number",
        ),
        (
            '{"id": "P1", "disease": "Melanoma", "biomarkers": []}',
            "field 'disease': an object with name, oncotree, doid, stage, state belongs here, not text",
        ),
        (BIOMARKER.replace("snv", "snp") % '"gene": "A"', "field 'biomarkers[0].type': this value is not one of cna, "),
        ("[" * 100_000, "the JSON is nested too deeply"),
        ('{"id": "P1",}', "row 1: this is not JSON"),
        ('{"id": " ", "disease": {}, "biomarkers": []}', "field 'id': the id is empty"),
        (
            '{"id": "P1", "disease": {}, "biomarkers": [], "context": {"as_of": "2022-02-30"}}',
            "field 'context.as_of': this is not a date like 2022-06-01: '2022-02-30'",
        ),
    ],
)
def test_a_wrong_profile_names_its_field(text: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        decode(text.encode())
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (BIOMARKER % '"gen": "BRAF"', "gene"),
        ('{"id": "P1", "disease": {}, "biomarkers": [], "context": {"stage": "IV"}}', "disease.stage"),
        ('{"id": "P1", "disease": {}, "biomarkers": [], "age_years": 61}', "context.age_years"),
    ],
)
def test_an_unknown_field_is_told_with_the_one_that_is_meant(text: str, meant: str) -> None:
    with pytest.raises(DataError) as error:
        decode(text.encode())
    assert str(error.value).endswith(f"(did you mean {meant}?)")


def test_bytes_that_are_no_text_are_told() -> None:
    with pytest.raises(DataError, match="this is not UTF-8 text"):
        decode(b'{"id": "\xff"}')


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "disease", "biomarkers", "type", "gene", "context", "age_years", "value", "pos", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_input_gives_anything_but_a_profile_or_a_data_error(content: bytes) -> None:
    try:
        for biomarker in decode(content).biomarkers:
            finding(biomarker)
    except DataError:
        pass


def test_several_files_are_one_patient(tmp_path: Path) -> None:
    stated = written(tmp_path, "p.json", profile(biomarkers=[{"type": "msi", "status": "MSS"}]))
    [patient] = read([stated, PATIENTS / "star.tsv", PATIENTS / "calls.txt"], text=["TMB 8"], as_of="2022-06-01")
    assert patient.id == "P1"
    assert [b.type for b in patient.biomarkers] == ["msi", "fusion", "cna", "cna", "cna", "tmb"]
    assert patient.context.as_of == "2022-06-01"


def test_repeated_findings_count_once_and_the_first_is_kept(tmp_path: Path) -> None:
    twice = [{"type": "snv", "gene": "BRAF", "hgvs_p": "p.V600E", "vaf": v} for v in (0.3, 0.4)]
    [patient] = read([written(tmp_path, "p.json", profile(biomarkers=twice))])
    assert [b.vaf for b in patient.biomarkers] == [0.3]
    assert patient.warnings == ("1 repeated finding counted once",)


def test_files_of_different_patients_are_refused(tmp_path: Path) -> None:
    one, two = (written(tmp_path, f"{i}.json", profile(id=i)) for i in ("A", "B"))
    with pytest.raises(DataError, match=r"different patient ids \('A' in A.json, 'B' in B.json\)"):
        read([one, two])
    other = written(tmp_path, "C.json", profile(disease={"oncotree": "LUAD"}))
    with pytest.raises(DataError, match="different OncoTree codes"):
        read([written(tmp_path, "D.json", profile()), other])


def test_a_diagnosis_may_be_given_beside_the_file(tmp_path: Path) -> None:
    bare = written(tmp_path, "p.json", profile(disease={}))
    assert read([bare], disease="DOID:1909")[0].disease.doid == "DOID:1909"
    assert read([bare], disease="ONCOTREE:mel")[0].disease.oncotree == "MEL"
    assert read([bare], disease="Melanoma")[0].disease.name == "Melanoma"
    assert read([written(tmp_path, "q.json", profile())], disease="mel")[0].disease.oncotree == "MEL"


def test_a_cohort_keeps_its_order_and_names_the_bad_line(tmp_path: Path) -> None:
    good = [json.dumps(profile(id=i)) for i in ("B", "A")]
    path = written(tmp_path, "c.jsonl", good[0] + "\n\n" + good[1] + "\n")
    assert [p.id for p in read([path], jurisdiction="fda")] == ["B", "A"]
    with pytest.raises(DataError) as error:
        read([written(tmp_path, "d.jsonl", good[0] + '\n{"id": "C", "disease": {}, "biomarkers": 3}\n')])
    assert str(error.value) == "d.jsonl, row 2, field 'biomarkers': a list belongs here, not a whole number"
    with pytest.raises(DataError, match="row 2, field 'id': this id is in line 1 too: 'B'"):
        read([written(tmp_path, "e.jsonl", good[0] + "\n" + good[0])])
    with pytest.raises(UsageError, match="give it alone"):
        read([path, PATIENTS / "star.tsv"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "x: the file is empty"),
        (b"PK\x03\x04", "x: this is a zip archive or a spreadsheet"),
        (b"[{}]", "x: this is a JSON list"),
        (b"alpha\tbeta\n1\t2\n", "x, row 1: the columns fit none of the tables that are read"),
    ],
)
def test_a_file_of_another_kind_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError) as error:
        read([tmp_path / "x"])
    assert str(error.value).startswith(message)


def test_nothing_to_read_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        read([])
    with pytest.raises(UsageError, match="not a date"):
        read([], text=["BRAF V600E"], as_of="yesterday")


def test_reading_a_profile_loads_nothing_heavy() -> None:
    code = (
        "import sys; from ingest.patients import decode; "
        'decode(b\'{"id": "1", "disease": {}, "biomarkers": []}\'); '
        "print([m for m in ('cyvcf2', 'pandas', 'numpy', 'rules', 'ingest.patients.vcf') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_twenty_profiles_of_the_cases_are_understood(shared: Path) -> None:
    cases = shared.parent / "cases" / "oncology.jsonl"
    for line in cases.read_text().splitlines():
        case = json.loads(line)
        content = json.dumps({**case["profile"], "id": case["id"]}).encode()
        assert all(isinstance(finding(b), Finding) for b in decode(content).biomarkers)


def test_a_profile_before_many_empty_lines_is_told_from_a_cohort_at_once() -> None:
    began = time.monotonic()
    assert recognise(b"{}" + b"\n" * 100_000, "x") == "profile"
    assert recognise(b"{" + b" " * 100_000 + b"\n}", "x") == "profile"
    assert recognise(b"{} \r\n \r\n {}", "x") == "cohort"
    assert time.monotonic() - began < 1
