"""The README is a session that runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from api.cli import main
from graph.guard import check_read_only
from ingest.patients import decode

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
    assert "Imatinib" in capsys.readouterr().out


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


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
