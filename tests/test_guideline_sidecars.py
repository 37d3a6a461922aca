"""A sidecar says what a table's columns mean; a slip in it is an error with its place and the nearest right word."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import DataError
from ingest import guidelines
from ingest.guidelines import fields, sidecar, starting
from rules.table import Column, Suppression

WHOLE = """
[table]
guideline = "house"
title = "House rules"
publisher = "The board"
version = "2024-2"
jurisdiction = "de"
effective_from = 2024-01-01
effective_to = "2025-01-01"
hit_policy = "UNIQUE"
priority = 3
licence = "CC0-1.0"
url = "https://example.org/rules"
review_days = 365

[table.defaults]
kind = "exclude"

[columns."Age at diagnosis"]
fact = "age_years"

[columns."Kreatinin-Clearance"]
fact = "facts.creatinine_clearance"
unit = "ml/min"

[columns.ECOG]
fact = "facts.ecog"
values = ["0", "1", "2"]

[columns.TPS]
fact = "marker.PD-L1"
scheme = "TPS"

[columns.Drug]
field = "therapy"
required = true
may_be_empty = false
about = "what is not given"

[[suppress]]
check = "missing-source"
reason = "minutes are not public"
row = "r1"
"""


def test_everything_that_a_sidecar_says_is_kept() -> None:
    spec = sidecar.parse(WHOLE, "house.toml")
    assert (spec.guideline, spec.title, spec.publisher, spec.version, spec.jurisdiction) == (
        "house", "House rules", "The board", "2024-2", "de",
    )  # fmt: skip
    assert (spec.effective_from, spec.effective_to) == ("2024-01-01", "2025-01-01")
    assert (spec.hit_policy, spec.priority, spec.licence, spec.review_days) == ("UNIQUE", 3, "CC0-1.0", 365)
    assert spec.defaults == {"kind": "exclude"}
    assert spec.columns == (
        Column(name="Age at diagnosis", fact="age_years", type="number"),
        Column(name="Kreatinin-Clearance", fact="facts.creatinine_clearance", type="number", unit="ml/min"),
        Column(name="ECOG", fact="facts.ecog", type="enum", values=("0", "1", "2")),
        Column(name="TPS", fact="marker.PD-L1", type="marker", scheme="TPS"),
        Column(name="Drug", field="drugs", type="list", required=True, may_be_empty=False, about="what is not given"),
    )
    assert spec.suppress == (Suppression(check="missing-source", reason="minutes are not public", row="r1"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[table\n", "t.toml: this is no TOML"),
        ("[tabel]\n", "t.toml, key 'tabel': this key is not known (did you mean table?)"),
        ('[table]\ngudieline = "x"', "key 'table.gudieline': this key is not known (did you mean guideline?)"),
        ("[table]\ncolour = 1", "key 'table.colour': this key is not known; there are guideline, title"),
        ("[table]\ntitle = 1", "key 'table.title': text in quotes is expected: '1'"),
        ("[table]\nversion = 1.2", "key 'table.version': text in quotes is expected: '1.2'"),
        ("[table]\npriority = true", "key 'table.priority': a whole number is expected: 'True'"),
        ('[table]\nreview_days = "365"', "key 'table.review_days': a whole number is expected"),
        ('[table]\neffective_from = "31.5.2024"', "key 'table.effective_from': this is no date like 2024-05-31"),
        ("[table]\neffective_from = 2024-05-31T10:00:00", "key 'table.effective_from': this is no date"),
        ('[table]\nhit_policy = "UNIQE"', "key 'table.hit_policy': one of COLLECT, UNIQUE, SUM is expected: 'UNIQE' "
                                          "(did you mean UNIQUE?)"),
        ('[table]\nguideline = "a:b"', "key 'table.guideline': a guideline has a name without a colon: 'a:b'"),
        ('[table.defaults]\nkid = "x"', "'table.defaults.kid': there is no such field of a row (did you mean kind?)"),
        ("[table.defaults]\npriority = 3", "key 'table.defaults.priority': text in quotes is expected"),
        ("columns = 3", "key 'columns': a table of keys is expected"),
        ("[columns]\nAge = 3", "key 'columns.\"Age\"': this is a table of keys"),
        ("[columns.Alter]\nrequired = true", "key 'columns.\"Alter\"': say which field of the row or which fact"),
        ('[columns.Age]\nfct = "age_years"', "key 'columns.\"Age\".fct': this key is not known (did you mean fact?)"),
        ('[columns.Age]\nfact = "age_year"', "'columns.\"Age\".fact': there is no such fact of a patient: 'age_year' "
                                             "(did you mean age_years?)"),
        ('[columns.K]\nfact = "gen.KRAS"', "there is no such fact of a patient: 'gen.KRAS' (did you mean gene.KRAS?)"),
        ('[columns.K]\nfact = "gene.KRAS or NRAS"', "there is no such fact of a patient: 'gene.KRAS or NRAS'"),
        ('[columns.K]\nfact = "gene."', "there is no such fact of a patient: 'gene.'"),
        ('[columns.K]\nfact = "gene"', "there is no such fact of a patient: 'gene'"),
        ('[columns.W]\nfield = "resaon"', "there is no such field of a row: 'resaon' (did you mean reason?)"),
        ('[columns.W]\nfield = "reason"\nfact = "sex"', "a field of the row or a fact of the patient, not both"),
        ('[columns.A]\nfield = "reason"\n[columns.B]\nfield = "reason"', "two columns are this field: 'reason'"),
        ('[columns.A]\nfact = "age_years"\ntype = "marker"', "'columns.\"A\".type': this is of type number: 'marker'"),
        ('[columns.A]\nfact = "facts.x"\ntype = "enum"', "'columns.\"A\".values': an enum says which values it has"),
        ('[columns.A]\nfact = "facts.x"\ntype = "list"', "this is of type text: 'list'"),
        ('[columns.A]\nfact = "facts.x"\ntype = "nubmer"', "is expected: 'nubmer' (did you mean number?)"),
        ('[columns.A]\nfact = "facts.x"\nunit = "mg/dl."', "key 'columns.\"A\".unit': this unit is not known: 'mg/dl.' "
                                                          "(did you mean mg/dl?)"),
        ('[columns.A]\nfact = "age_years"\nunit = "mo"', "only facts.NAME and marker.NAME have a unit: 'mo'"),
        ('[columns.A]\nfact = "marker.PD-L1"\nscheme = "TSP"', "no such score (there are TPS, CPS, TC, IC, TAP)"),
        ('[columns.A]\nfact = "sex"\nvalues = ["f"]', "one of female, male is expected: 'f'"),
        ('[[suppress]]\ncheck = "x"', "key 'suppress[1]': reason is missing"),
        ('[[suppress]]\ncheck = "x"\nreason = "y"\nrow = "z"\nwhy = 1', "key 'suppress[1].why': this key is not known"),
    ],
)  # fmt: skip
def test_a_slip_in_a_sidecar_names_its_key(text: str, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        sidecar.parse(text, "t.toml")
    assert str(caught.value).startswith("t.toml")
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("header", "columns", "problem"),
    [
        ("id,kind,drugs,reason,Alter", "", "row 1, column 'Alter': this column is not known"),
        ("id,kind,drugs,raeson", "", "row 1, column 'raeson': this column is not known (did you mean reason?)"),
        ("id,kind,drugs,reason,gen.KRAS", "", "column 'gen.KRAS': this column is not known (did you mean gene.KRAS?)"),
        ("id,kind,drugs,reason,Agee", '[columns.Age]\nfact = "sex"', "this column is not known (did you mean Age?)"),
        ("id,kind,drugs,reason", '[columns.age_years]\nrequired = true', "column 'age_years': this column is missing"),
        ("id,kind,drugs,therapy,reason", "", "column 'therapy': this column and 'drugs' are both drugs"),
        ("id,kind,marker.PDL1x", "", "row 1, column 'marker.PDL1x': this marker is not known: 'PDL1x'"),
        ("id,kind,A,disease", '[columns.A]\nfact = "disease"', "'disease': this column and 'A' are both disease"),
        ("kind,drugs,reason", "", "row 1, column 'id': this column is missing"),
        ("id,drugs,reason", "", "row 1, column 'kind': this column is missing"),
    ],
)  # fmt: skip
def test_a_header_that_means_nothing_is_an_error(tmp_path: Path, header: str, columns: str, problem: str) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\n", encoding="utf-8")
    (tmp_path / "t.toml").write_text(f"[table]\n{columns}\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        guidelines.read_table(tmp_path / "t.csv")
    assert problem in str(caught.value)


def test_a_table_that_needs_a_sidecar_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,action,drugs\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"t.csv, row 1: a table of this kind needs the sidecar t.toml"):
        guidelines.read_table(tmp_path / "t.csv")


def test_the_fields_of_a_row_are_those_that_a_release_holds() -> None:
    """Whatever a row can say, a table can say."""
    from graph.claims import GuidelineRow

    made_of_others = {"profile", "disease", "settings", "title"}
    assert set(GuidelineRow.__struct_fields__) - made_of_others <= set(fields.fields())


# -- starting tables -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", starting.KINDS)
def test_a_starting_table_loads_as_it_is_and_never_holds(tmp_path: Path, kind: str) -> None:
    table, beside = starting.write(kind, tmp_path / f"my-{kind}")
    harvest = guidelines.read(table)
    assert harvest.rows
    assert {row.status for row in harvest.rows} == {"draft"}
    assert not harvest.report.set_aside
    assert all(row.sources or row.url or row.strength == "label" for row in harvest.rows)
    text = beside.read_text(encoding="utf-8").splitlines()
    headed = [n for n, line in enumerate(text) if line.startswith("[columns.")]
    assert len(headed) == len(sidecar.read(beside).columns)
    assert all(text[n - 1].startswith("# ") for n in headed), "every column says what it is"


@pytest.mark.parametrize("kind", starting.KINDS)
def test_a_starting_sidecar_means_what_its_template_means(tmp_path: Path, kind: str) -> None:
    _, beside = starting.write(kind, tmp_path / "mine")
    template = Path(starting.__file__).parent / "templates" / f"{kind}.toml"
    said = sidecar.read(beside)
    assert said.columns == sidecar.read(template).columns
    assert said.defaults == sidecar.read(template).defaults
    assert said.guideline == "mine"


@pytest.mark.parametrize("there", ["mine.csv", "mine.toml"])
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    from graph.errors import UsageError

    (tmp_path / there).write_text("keep me", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already; nothing is overwritten"):
        starting.write("vetoes", tmp_path / "mine")
    assert [p.name for p in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text(encoding="utf-8") == "keep me"


def test_the_command_names_what_it_wrote(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from api.cli.guideline.new import command

    result = CliRunner().invoke(command, [str(tmp_path / "house-dosing"), "--kind", "dosing"])
    written = [str(tmp_path / f"house-dosing.{suffix}") for suffix in ("csv", "toml")]
    assert result.exit_code == 0
    assert result.stdout.splitlines() == written
    assert guidelines.read_table(Path(written[0])).spec.hit_policy == "UNIQUE"
    assert all(kind in CliRunner().invoke(command, ["--help"]).output for kind in starting.KINDS)


@pytest.mark.parametrize(("name", "kind", "problem"), [
    ("mine", "vetos", "there is no such kind of table: 'vetos'"),
    ("mine.xlsx", "vetoes", "a starting table is a CSV file"),
    ("no/such/folder/mine", "vetoes", "cannot be written"),
])  # fmt: skip
def test_a_starting_table_that_cannot_be_written_says_why(tmp_path: Path, name: str, kind: str, problem: str) -> None:
    from graph.errors import UsageError

    with pytest.raises(UsageError, match=problem):
        starting.write(kind, tmp_path / name)
    assert not list(tmp_path.iterdir())
