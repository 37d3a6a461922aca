"""The command line: what it promises to shells, scripts and people."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from api.cli import console, main
from api.cli.guideline import SUBCOMMANDS
from graph import release
from graph.errors import StoreError
from graph.home import history
from graph.progress import Progress
from graph.stores.cypher import Answer
from tests import tiny

ROOT = Path(__file__).resolve().parent.parent
HEAVY = (
    "pandas", "pyarrow", "lightgbm", "networkx", "rdflib", "torch", "owlready2", "obonet", "cyvcf2", "openpyxl",
    "scipy", "neo4j", "arcadedb_embedded", "rich", "jinja2", "liftover",
)  # fmt: skip
MELANOMA = {
    "id": "P1",
    "disease": {"name": "Melanoma", "doid": "DOID:1909"},
    "biomarkers": [{"type": "snv", "gene": "BRAF", "hgvs_p": "p.V600E", "origin": "somatic"}],
}
Clew = Callable[..., tuple[int, str, str]]


@pytest.fixture
def clew(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Clew:
    """Runs the command line in this process: exit code, standard output, standard error."""
    monkeypatch.delenv("CLEW_DEBUG", raising=False)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main.run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two releases: in the first one a statement was missing."""
    home = tmp_path_factory.mktemp("home")
    content, new = tiny.content(), "first:1"
    before = dataclasses.replace(
        content,
        statements=tuple(s for s in content.statements if s.id != new),
        nodes=tuple(n for n in content.nodes if n.id != new),
        edges=tuple(e for e in content.edges if new not in (e.source, e.target)),
    )
    release.write(home, before, tiny.SOURCES)
    release.write(home, content, tiny.SOURCES)
    return home


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(MELANOMA), encoding="utf-8")
    return file


def in_process(*arguments: object, script: str = "", **options: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with ``script`` run afterwards."""
    code = f"import sys\nfrom api.cli.main import run\ncode = run(sys.argv[1:])\n{script}\nsys.exit(code)"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120, **options,
    )  # fmt: skip


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_has_help_and_a_line_in_the_readme(clew: Clew, name: str) -> None:
    code, out, _ = clew(name, "--help")
    assert code == 0
    assert out.startswith(f"Usage: clew {name}")
    assert re.search(rf"^\| `clew {name}\b", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_of_curators_has_help_and_a_line_in_the_readme(clew: Clew, name: str) -> None:
    code, out, _ = clew("guideline", name, "--help")
    assert code == 0
    assert out.startswith(f"Usage: clew guideline {name}")
    assert re.search(rf"^\| `clew guideline {name}\b", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_names_no_command_or_option_that_is_not_there(clew: Clew) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^(?:\$ |\| `)clew (\w+)", readme, re.MULTILINE)) == set(main.COMMANDS)
    known = {"--version"}
    for name in main.COMMANDS:
        known |= set(re.findall(r"--[a-z-]+", clew(name, "--help")[1]))
    for name in SUBCOMMANDS:
        known |= set(re.findall(r"--[a-z-]+", clew("guideline", name, "--help")[1]))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", readme)) <= known


def test_help_lists_commands_and_exit_codes(clew: Clew) -> None:
    code, out, _ = clew("--help")
    assert code == 0
    assert all(f"  {name}" in out for name in main.COMMANDS)
    assert "3 data rejected" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["recommed"], "did you mean recommend?"),
        (["recommend"], "nothing to read"),
        (["recommend", "x.json", "--format", "fhir"], "'fhir' is not one of"),
        (["recommend", "--text", " "], "--text is empty"),
        (["recommend", "x.json", "--format", "pdf"], "'pdf' is not one of"),
        (["recommend", "x.json", "--format", "json", "--all"], "are for --format text"),
        (["recommend", "--nope"], "No such option"),
        (["build"], "Missing argument"),
        (["build", "x", "--source", "civic="], "names no path"),
        (["build", "x", "--guidelines", "a.csv", "--no-guidelines"], "contradict"),
        (["query", "CREATE (n)"], "CREATE"),
        (["query", "MATCH (n) RETURN n", "--param", "x"], "NAME=VALUE"),
        (["export", "graphml", "x"], "'graphml' is not one of"),
        (["push"], "Missing option '--graph'"),
    ],
)
def test_a_question_that_is_wrong_is_exit_2(clew: Clew, arguments: list[str], said: str) -> None:
    code, out, err = clew(*arguments)
    assert code == 2
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_data_that_is_rejected_is_exit_3_and_one_line(clew: Clew, tmp_path: Path, home: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"id": "P1", "disease": {}, "biomarkers": [], "colour": 1}', encoding="utf-8")
    code, out, err = clew("recommend", bad, "--release", home)
    assert (code, out) == (3, "")
    assert err.startswith("clew: bad.json")
    assert "colour" in err
    assert err.count("\n") == 1


def test_a_file_that_is_missing_says_which(clew: Clew, home: Path) -> None:
    code, _, err = clew("recommend", "nowhere.json", "--release", home)
    assert code == 3
    assert "nowhere.json" in err


def test_no_release_is_exit_3_and_no_answer(clew: Clew, patient: Path, tmp_path: Path) -> None:
    code, out, err = clew("recommend", patient, "--release", tmp_path / "empty")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["build", "export kgx", "export neo4j", "export rdf", "demo --out"])
def test_a_place_that_cannot_be_written_is_exit_3_and_one_line(
    clew: Clew, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr("ingest.starter.release", lambda progress: release.open_release(home))
    options = ["--release", home] if command.startswith("export") else []
    code, _, err = clew(*command.split(), tmp_path / "file" / "out", *options)
    assert code == 3
    assert re.search(r"^clew: .*file.*: Not a directory\n\Z", err, re.MULTILINE)


def test_a_bar_appears_by_itself_once_work_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[object, ...]] = []

    class Bar:
        def update(self, task: int, *, description: str, completed: int, total: int | None) -> None:
            shown.append((task, description, completed, total))

        def stop(self) -> None:
            shown.append(("stopped",))

    monkeypatch.setattr(console, "_start", lambda: (Bar(), 7))
    monkeypatch.setattr(console, "PATIENCE", 0.05)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with console.progress() as report:
        report("verifying", 0, None)
        time.sleep(0.5)
    assert shown == [(7, "verifying", 0, None), ("stopped",)]
    shown.clear()
    monkeypatch.setattr(console, "PATIENCE", 60)
    with console.progress() as report:
        report("short", 0, None)
    assert shown == []


@pytest.mark.parametrize(
    "arguments",
    [["query", "MATCH (n) RETURN n"], ["recommend", "PATIENT", "--graph", "embedded:"],
     ["doctor", "--graph", "embedded:"]],
)  # fmt: skip
def test_who_waits_for_the_embedded_database_is_told(
    clew: Clew, home: Path, patient: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    told: list[str] = []

    def building(uri: str, release: object, progress: Progress) -> None:
        progress("embedded database", 0, None)
        raise StoreError("as far as this test goes")

    monkeypatch.setattr("graph.stores.open_store", building)
    monkeypatch.setattr(console, "progress", lambda: nullcontext(lambda what, done, total: told.append(what)))
    code, *said = clew(*(patient if a == "PATIENT" else a for a in arguments), "--release", home)
    assert code == 1
    assert "as far as this test goes" in "".join(said)
    assert told[-1] == "embedded database"


class _Server:
    """A graph server that holds the release ``digest``, or one that a push left half written."""

    def __init__(self, digest: str | None) -> None:
        self._digest = digest

    def release(self) -> str:
        if self._digest is None:
            raise StoreError("a push into this graph is at work, or broke off")
        return self._digest

    def require(self, digest: str) -> None:
        if self.release() != digest:
            raise StoreError("this graph holds another release")

    def query(self, text: str, parameters: object, *, rows: int) -> Answer:
        return Answer([{"n": 1}], truncated=False)

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_a_server_is_asked_only_for_the_release_that_it_holds_whole(
    clew: Clew, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the starter pack is not needed")

    monkeypatch.setattr("ingest.starter.release", refuse)
    question = ("query", "MATCH (n) RETURN 1 AS n", "--graph", "bolt://127.0.0.1:1", "--format", "csv")
    digest = release.open_release(home).digest
    for held, options, expected in (
        (digest, (), 0), (digest, ("--release", home), 0), ("f" * 64, (), 0), ("f" * 64, ("--release", home), 1),
        (None, (), 1), (None, ("--release", home), 1),
    ):  # fmt: skip
        monkeypatch.setattr("graph.stores.neo4j.Neo4jStore", lambda uri, held=held: _Server(held))
        code, out, err = clew(*question, *options)
        assert (code, bool(out)) == (expected, expected == 0), (held, options, err)


def test_a_fault_of_ours_is_exit_1_in_one_line(clew: Clew, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("spoon")

    monkeypatch.setattr("ingest.patients.read", broken)
    monkeypatch.delenv("CLEW_DEBUG", raising=False)
    code, out, err = clew("recommend", "--text", "BRAF V600E", "--disease", "Melanoma")
    assert (code, out) == (1, "")
    assert "internal error, please report it: KeyError: 'spoon'" in err
    monkeypatch.setenv("CLEW_DEBUG", "1")
    with pytest.raises(KeyError):
        clew("recommend", "--text", "BRAF V600E", "--disease", "Melanoma")


def test_one_patient_is_text_without_any_escape(clew: Clew, patient: Path, home: Path) -> None:
    code, out, err = clew("recommend", patient, "--release", home)
    assert code in (0, 4)
    assert "Dabrafenib + Trametinib" in out
    assert "\x1b" not in out
    assert err == ""


def test_a_cohort_is_one_answer_a_line_in_the_same_order(clew: Clew, tmp_path: Path, home: Path) -> None:
    cohort = tmp_path / "cohort.jsonl"
    ids = ["z", "a", "m"]
    cohort.write_text("".join(json.dumps({**MELANOMA, "id": i}) + "\n" for i in ids), encoding="utf-8")
    _, out, _ = clew("recommend", cohort, "--release", home)
    assert [json.loads(line)["profile_id"] for line in out.splitlines()] == ids
    _, out, _ = clew("recommend", cohort, "--release", home, "--format", "json")
    assert [answer["profile_id"] for answer in json.loads(out)] == ids


def test_every_format_carries_the_digest(clew: Clew, patient: Path, home: Path) -> None:
    digest = release.open_release(home).digest
    for form in ("json", "jsonl", "html"):
        _, out, _ = clew("recommend", patient, "--release", home, "--format", form)
        assert digest in out
    assert digest[:12] in clew("recommend", patient, "--release", home)[1]


def test_one_option_in_full_and_a_hint_for_a_name_that_is_none(clew: Clew, patient: Path, home: Path) -> None:
    _, out, _ = clew("recommend", patient, "--release", home, "--option", "trametinib + DABRAFENIB")
    assert "statement" in out
    assert "first:1" in out
    code, _, err = clew("recommend", patient, "--release", home, "--option", "Trametinb")
    assert code == 2
    assert "did you mean Trametinib?" in err


def test_a_jurisdiction_that_nobody_knows_is_refused_with_those_there_are(
    clew: Clew, patient: Path, tmp_path: Path, home: Path
) -> None:
    code, out, err = clew("recommend", patient, "--release", home, "--jurisdiction", "usa")
    assert (code, out) == (2, "")
    assert "--jurisdiction 'usa': no agency has this name; there are ema, fda, hc, hpra, hse" in err
    stated = tmp_path / "stated.json"
    stated.write_text(json.dumps({**MELANOMA, "context": {"jurisdiction": "emaa"}}), encoding="utf-8")
    code, out, err = clew("recommend", stated, "--release", home)
    assert (code, out) == (3, "")
    assert "field 'context.jurisdiction'" in err
    assert "did you mean ema?" in err


def test_a_release_without_a_label_of_the_jurisdiction_says_so(clew: Clew, patient: Path, home: Path) -> None:
    code, out, _ = clew("recommend", patient, "--release", home, "--jurisdiction", "HPRA")
    assert code == 4
    assert "holds no label of hpra" in out


def test_since_tells_what_an_earlier_release_of_the_home_did_not_have(clew: Clew, patient: Path, home: Path) -> None:
    earlier, now = history(home)
    _, out, _ = clew("recommend", patient, "--release", home, "--since", earlier, "--format", "json")
    changes = json.loads(out)["changes"]
    assert changes["since"].startswith(earlier)
    assert [(c["therapy"], c["before"]) for c in changes["options"]] == [(["Dabrafenib", "Trametinib"], None)]
    _, out, _ = clew("recommend", patient, "--release", home, "--since", now, "--format", "json")
    assert json.loads(out)["changes"]["options"] == []
    code, _, err = clew("recommend", patient, "--release", home, "--since", "ffffffffffff")
    assert code == 3
    assert earlier in err


def test_a_brand_stands_for_its_ingredient(clew: Clew, patient: Path, home: Path) -> None:
    code, out, _ = clew("recommend", patient, "--release", home, "--option", "Mekinist + Tafinlar")
    assert code in (0, 4)
    assert "Dabrafenib + Trametinib" in out
    _, _, err = clew("recommend", patient, "--release", home, "--option", "Herceptin")
    assert "no option 'Herceptin' (trastuzumab)" in err


def test_the_help_of_build_names_every_source(clew: Clew) -> None:
    from ingest.sources import SOURCES

    _, out, _ = clew("build", "--help")
    for name in SOURCES:
        assert re.search(rf"^  {name} +\S", out, re.MULTILINE)


def test_labels_and_relations_that_no_graph_has_are_told() -> None:
    from api.cli.query import strangers

    assert strangers("MATCH (v:Variant)-[:IN_PROFILE|SUBJECT_OF*1..2]->(s:Statement {id: 'x:Y'}) RETURN s") == []
    assert strangers("MATCH (v:Varaint)-[r:IN_PROFIL]->(x) RETURN x") == [
        "no node is called 'Varaint': did you mean Variant?",
        "no relation is called 'IN_PROFIL': did you mean IN_PROFILE?",
    ]


def test_rollback_of_a_folder_that_is_not_there_is_exit_3(clew: Clew, tmp_path: Path) -> None:
    code, _, err = clew("guideline", "rollback", tmp_path / "nohome")
    assert code == 3
    assert "nohome is no home of releases" in err


def test_rollback_goes_to_the_release_before(clew: Clew, tmp_path: Path) -> None:
    first = release.write(tmp_path, tiny.content(), tiny.SOURCES[:1])
    release.write(tmp_path, tiny.content(), tiny.SOURCES)
    code, out, _ = clew("guideline", "rollback", tmp_path)
    assert (code, out.strip()) == (0, first.digest)
    assert clew("guideline", "rollback", tmp_path)[0] == 3


def test_doctor_names_what_is_damaged(clew: Clew, tmp_path: Path) -> None:
    made = release.write(tmp_path, tiny.content(), tiny.SOURCES)
    code, out, _ = clew("doctor", "--release", tmp_path)
    assert code in (0, 4)
    assert re.search(r"^ok +release +[0-9a-f]{12} intact", out, re.MULTILINE)
    assert re.search(r"^ok +package names", out, re.MULTILINE)
    assert str(tmp_path.resolve()) in out
    file = made.path / "tables" / "edges.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"X")
    code, out, _ = clew("doctor", "--release", tmp_path)
    assert code == 3
    assert re.search(r"^failed +release .*edges\.parquet", out, re.MULTILINE)


def test_doctor_sees_a_package_that_somebody_else_owns(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import doctor

    owners = {name: ["clew"] for name in doctor.PACKAGES} | {"graph": ["clew", "other-graph"]}
    monkeypatch.setattr(doctor.metadata, "packages_distributions", lambda: owners)
    (found,) = [f for f in doctor.names() if f.state != "ok"]
    assert found.state == "failed"
    assert "other-graph" in found.said


def test_asking_for_help_imports_nothing_heavy() -> None:
    script = f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    assert in_process("recommend", "--help", script=script).stderr == "[]\n"


def test_recommending_imports_nothing_heavy(patient: Path, home: Path) -> None:
    script = f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    done = in_process("recommend", patient, "--release", home, script=script)
    assert done.stderr == "[]\n"
    assert "Dabrafenib" in done.stdout


def test_a_reader_that_stops_early_is_no_error(patient: Path, home: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-c", "from api.cli.main import main; main()", "recommend", patient, "--release", home],
            cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    finally:
        os.close(write)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_terminal_that_knows_only_ascii_gets_an_answer(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "naïve.json"
    file.write_text(json.dumps({**MELANOMA, "id": "Größe 肺"}), encoding="utf-8")
    done = in_process("recommend", file, "--release", home, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode in (0, 4)
    assert "Gr\\xf6\\xdfe \\u80ba" in done.stdout
