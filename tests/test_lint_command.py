"""``clew guideline lint``: exit codes, formats, tables that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from lint_plants import PLANTS, SIDECAR, TODAY, changed, planted, vetoes, written

from api.cli.main import cli
from api.lint import check_given
from api.recommend import Engine
from graph.patient import Profile
from graph.release import Release


@pytest.fixture
def run(starter_cache: Path) -> Iterator[Callable[..., tuple[int, str, str]]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(cli, ["guideline", "lint", *arguments], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return int(result.return_value or 0), result.stdout, result.stderr

    yield call


def test_the_exit_code_tells_errors_from_warnings_from_nothing(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    clean = str(written(tmp_path, vetoes(), name="clean"))
    warned = str(written(tmp_path, planted(changed("missing-source", "ar-v7", sources="")), name="warned"))
    wrong = str(written(tmp_path, planted(changed("unread", "ar-v7", kind="exlude")), name="wrong"))
    day = ("--today", "2026-01-15")
    assert run(clean, *day) == (0, "", "1 table, 92 rows: nothing found\n")
    assert run(warned, *day)[0] == 4 and run(warned, "--severity", "error", *day)[0] == 0
    code, out, said = run(wrong, *day)
    assert code == 3 and "row" in out and "exlude" in out and "did you mean exclude?" in out
    assert said.startswith("1 table, 91 rows: ")


def test_a_table_that_cannot_be_read_is_a_fault_and_others_are_still_looked_at(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("id,kind,drugs,colour\n1,exclude,Dasatinib,red\n", encoding="utf-8")
    warned = str(written(tmp_path, planted(changed("missing-source", "ar-v7", sources="")), name="warned"))
    code, out, _ = run(str(broken), warned, str(tmp_path / "missing.csv"), "--format", "json", "--today", "2026-01-15")
    found = json.loads(out)
    assert code == 3
    assert [(f["check"], Path(f["file"]).name) for f in found["faults"]] == [
        ("unread", "broken.csv"), ("unread", "missing.csv"), ("missing-source", "warned.csv"),
    ]  # fmt: skip


def test_several_faults_of_one_file_are_told_at_once(tmp_path: Path, starter_release: Release) -> None:
    rows = planted(changed("unread", "ar-v7", kind="exlude", age_years="adult"))
    rows[0]["reviewed_on"] = "yesterday"
    found = check_given([str(written(tmp_path, rows))], starter_release, TODAY).faults
    assert {f.column for f in found if f.check == "unread"} >= {"reviewed_on", "age_years", "kind"}


def test_sarif_has_the_structure_that_the_standard_asks_for(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    """SARIF 2.1.0, sections 3.13 to 3.52: what is required, and that indexes and levels are ones that exist."""
    sidecar = SIDECAR + '[[suppress]]\ncheck = "brand"\nreason = "as on our forms"\n'
    rows = planted(changed("brand", "abl1-v299l", drugs="Sprycel"))
    rows += planted(next(p for p in PLANTS if p.check == "contradiction"))[-1:]
    _, out, _ = run(str(written(tmp_path, rows, sidecar, "my table")), "--format", "sarif", "--today", "2026-01-15")
    log = json.loads(out)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert one["tool"]["driver"]["name"] and len({r["id"] for r in rules}) == len(rules)
    assert all(r["shortDescription"]["text"] for r in rules)
    assert {r["ruleId"] for r in one["results"]} == {"brand", "contradiction"}
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
        (place,) = result["locations"]
        physical = place["physicalLocation"]
        assert physical["artifactLocation"]["uri"].endswith("/my%20table.csv") and physical["region"]["startLine"] > 1
    suppressed = next(r for r in one["results"] if r["ruleId"] == "brand")
    assert suppressed["suppressions"] == [{"kind": "external", "justification": "as on our forms"}]
    shown = next(r for r in one["results"] if r["ruleId"] == "contradiction")
    patient = msgspec.convert(shown["properties"]["patient"], Profile)
    assert patient.biomarkers and shown["relatedLocations"]


def test_the_patient_of_a_fault_is_a_profile_that_can_be_asked_about(
    tmp_path: Path, starter_release: Release, run: Callable[..., tuple[int, str, str]]
) -> None:
    plant = next(p for p in PLANTS if p.check == "contradiction")
    _, out, _ = run(str(written(tmp_path, planted(plant))), "--today", "2026-01-15")
    line = next(line for line in out.splitlines() if line.startswith("    patient "))
    profile = msgspec.json.decode(line.removeprefix("    patient "), type=Profile)
    answer = Engine(starter_release).recommend(profile)
    assert all(f.read_as for f in answer.findings)


def test_all_rows_of_a_release_can_be_looked_at(
    run: Callable[..., tuple[int, str, str]], starter_release: Release
) -> None:
    code, out, _ = run("--release", str(starter_release.path), "--format", "json", "--severity", "error")
    assert code == 0 and not json.loads(out)["faults"], out[:2000]
    assert json.loads(out)["rows"] > 300
