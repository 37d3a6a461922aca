"""The README is a session that runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from stores import RULES

from api.cli import main
from graph.guard import check_read_only
from graph.patient import Context
from graph.schema import schema
from ingest.patients import decode
from ingest.sources import SOURCES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^\$ (clew .+)$", README, re.MULTILINE)]
STARTER = [c for c in COMMANDS if c[0] == "recommend" and "--text" in c]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("arguments", STARTER, ids=" ".join)
def test_questions_to_the_starter_pack_are_answered(
    arguments: list[str], starter_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) in (0, 4)
    out = capsys.readouterr().out
    assert "release " in out
    assert "NO OPTIONS" not in out


def test_there_are_questions_to_answer() -> None:
    assert len(STARTER) >= 2


def test_queries_only_read() -> None:
    queries = [c[1] for c in COMMANDS if c[0] == "query"]
    assert queries
    for query in queries:
        check_read_only(query)


def test_the_profile_is_one() -> None:
    (profile,) = blocks("json")
    assert decode(profile.encode()).id == "P1"


def test_the_python_session_runs(starter_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (session,) = blocks("python")
    exec(compile(session, "README.md", "exec"), {})
    assert "Dabrafenib" in capsys.readouterr().out


def test_what_to_tell_makes_labels_hold(starter_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The section says that a known setting turns an option into a recommendation: its own question shows it."""
    (told,) = [c for c in STARTER if "metastatic" in " ".join(c)]
    main.run(told)
    assert "RECOMMENDED" in capsys.readouterr().out
    main.run(["recommend", "--text", "BRAF V600E", "--disease", "Melanoma"])
    assert "RECOMMENDED" not in capsys.readouterr().out


def test_every_field_of_the_context_is_told() -> None:
    for field in (*Context.__struct_fields__, *("stage", "state")):
        assert f".{field}`" in README


def test_the_page_about_the_graph_lists_what_the_schema_declares() -> None:
    page = (ROOT / "docs" / "graph.md").read_text(encoding="utf-8")
    for node in schema().nodes.values():
        (row,) = re.findall(rf"^\| `{node.name}` \|.*$", page, re.MULTILINE)
        assert all(f"`{name}`" in row for name in node.properties)
    for edge in schema().edges.values():
        (row,) = re.findall(rf"^\| `{edge.name}` \|.*$", page, re.MULTILINE)
        assert all(label in row for label in (*edge.source, *edge.target))


def test_questions_of_the_page_about_the_graph_only_read() -> None:
    page = (ROOT / "docs" / "graph.md").read_text(encoding="utf-8")
    questions = re.findall(r"^```cypher\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(questions) >= 3
    for question in questions:
        check_read_only(question)


def test_the_page_about_the_graph_asks_what_the_stores_are_asked() -> None:
    page = (ROOT / "docs" / "graph.md").read_text(encoding="utf-8")
    for case in RULES:
        assert f"```cypher\n{case.query}\n```" in page


def test_every_source_is_in_the_readme() -> None:
    for name in set(SOURCES) - {"tables"}:
        assert f"| `{name}` |" in README


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
