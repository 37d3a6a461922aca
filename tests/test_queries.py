"""The Cypher of Clew is in files that say what they expect, and only those that push do more than read."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from graph.guard import check_read_only, tokenise
from graph.stores.cypher import cypher

FILES = sorted(
    f.name.removesuffix(".cypher")
    for f in resources.files("graph").joinpath("queries").iterdir()
    if f.name.endswith(".cypher")
)
WRITING = {f for f in FILES if f.startswith("push_")} - {"push_retired"}


def _parts(name: str) -> tuple[str, str]:
    """Header and body of a file."""
    text = resources.files("graph").joinpath(f"queries/{name}.cypher").read_text(encoding="utf-8")
    found = re.fullmatch(r"((?://.*\n)+)((?:(?!//).*\n)+)", text)
    assert found, f"{name}.cypher has no header of comments and then one query"
    return found[1], found[2]


def test_the_queries_are_these() -> None:
    assert FILES == [
        "count_nodes", "edges", "ends", "guideline_rows", "nodes", "push_adopt", "push_await_indexes", "push_begin",
        "push_change_nodes", "push_complete", "push_constraint", "push_create_edges", "push_create_nodes",
        "push_delete_edges", "push_delete_nodes", "push_hold", "push_index", "push_relabel_nodes", "push_retire_nodes",
        "push_retired", "release", "search", "statements",
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_header_names_every_parameter(name: str) -> None:
    header, body = _parts(name)
    used = {t.text for t in tokenise(body) if t.kind == "parameter"} | set(re.findall(r"`[A-Z]+`", body))
    assert set(re.findall(r"\$\w+|`[A-Z]+`", header)) == used
    assert used or "No parameters." in header


@pytest.mark.parametrize("name", sorted(set(FILES) - WRITING))
def test_a_reading_query_passes_the_guard_that_readers_pass(name: str) -> None:
    check_read_only(cypher(name))


def test_words_put_into_a_query_cannot_leave_their_quotes() -> None:
    assert "`A``B`" in cypher("push_create_edges", TYPE="A`B")
