"""KGX files name Biolink classes and predicates, sources and how far a fact can be relied on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import tiny

from graph import release as releases
from graph.content import Content
from graph.errors import UsageError
from graph.export import kgx
from graph.model import Node
from graph.release import Release
from graph.schema import schema

Table = list[dict[str, str]]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with releases.write(tmp_path_factory.mktemp("tiny"), tiny.content(), tiny.SOURCES) as written:
        yield written


@pytest.fixture(scope="module")
def tables(release: Release, tmp_path_factory: pytest.TempPathFactory) -> tuple[Table, Table]:
    out = tmp_path_factory.mktemp("kgx")
    kgx.write(release, out)
    assert sorted(p.name for p in out.iterdir()) == ["clew_edges.tsv", "clew_nodes.tsv"]
    return _read(out / "clew_nodes.tsv"), _read(out / "clew_edges.tsv")


def _read(file: Path) -> Table:
    header, *lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    columns = header.split("\t")
    assert len(set(columns)) == len(columns)
    cells = [line.split("\t") for line in lines]
    assert {len(c) for c in cells} == {len(columns)}
    return [dict(zip(columns, c, strict=True)) for c in cells]


def test_every_node_is_there_with_its_class(release: Release, tables: tuple[Table, Table]) -> None:
    nodes, _ = tables
    expected = [(n.id, schema().nodes[n.label].biolink, n.name) for n in release.nodes()]
    assert [(row["id"], row["category"], row["name"]) for row in nodes] == expected
    (braf,) = (row for row in nodes if row["id"] == "NCBIGene:673")
    assert (braf["symbol"], braf["synonym"]) == ("BRAF", "B-RAF")
    (variant,) = (row for row in nodes if row["id"] == "clew.variant:BRAF_p.V600E")
    assert variant["alleles"] == "GRCh37:7:140453136:A:T|GRCh38:7:140753336:A:T"


def test_every_edge_is_there_with_predicate_source_and_licence(release: Release, tables: tuple[Table, Table]) -> None:
    nodes, edges = tables
    expected = [
        (e.source, schema().edges[e.type].biolink, e.target, e.type, e.record, e.properties.get("licence", ""))
        for e in release.edges()
    ]
    columns = ("subject", "predicate", "object", "clew_type", "source_record", "license")
    assert [tuple(row[c] for c in columns) for row in edges] == expected
    assert len({row["id"] for row in edges}) == len(edges)
    assert {row["subject"] for row in edges} | {row["object"] for row in edges} <= {row["id"] for row in nodes}
    assert {row["primary_knowledge_source"] for row in edges} >= {"infores:first", "infores:second"}


def test_what_must_be_absent_is_negated_and_nothing_else_is(tables: tuple[Table, Table]) -> None:
    negated = [row for row in tables[1] if row["negated"] == "true"]
    assert negated and {row["clew_type"] for row in negated} == {"ABSENT_FROM_PROFILE"}
    assert {row["predicate"] for row in negated} == {"biolink:part_of"}


def test_only_resistance_is_resistance() -> None:
    predicates = {kind: declared.biolink for kind, declared in schema().edges.items()}
    for side in ("sensitivity", "resistance"):
        kinds = [kind for kind, predicate in predicates.items() if predicate == f"biolink:associated_with_{side}_to"]
        assert kinds == [f"PREDICTS_{side.upper()}_TO"]


def test_who_says_it_is_told_apart(tmp_path: Path) -> None:
    content = tiny.content()
    read = [
        msgspec.structs.replace(s, derived_from_text=("profile",)) if s.id == "first:2" else s
        for s in content.statements
    ]
    with releases.write(tmp_path / "release", replace(content, statements=tuple(read)), tiny.SOURCES) as written:
        kgx.write(written, tmp_path / "out")
    for row in _read(tmp_path / "out" / kgx.EDGES):
        if row["primary_knowledge_source"] == "infores:clew":
            expected = ("logical_entailment", "automated_agent")
        elif row["source_record"] == "first:2" and row["clew_type"] in ("ABSENT_FROM_PROFILE", "SUBJECT_OF"):
            expected = ("not_provided", "text_mining_agent")
        else:
            expected = ("knowledge_assertion", "manual_agent")
        assert (row["knowledge_level"], row["agent_type"]) == expected, row


def test_the_same_release_gives_the_same_bytes(release: Release, tmp_path: Path) -> None:
    for name in ("a", "b", "b"):
        kgx.write(release, tmp_path / name)
    for file in (kgx.NODES, kgx.EDGES):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_tabs_line_ends_and_bars_do_not_break_a_table(tmp_path: Path) -> None:
    node = Node(id="X:1", label="Disease", name="a\tb\r\nc", properties={"synonyms": ("p|q", "r"), "obsolete": False})
    with releases.write(tmp_path / "release", Content(nodes=(node,), edges=()), tiny.SOURCES) as written:
        kgx.write(written, tmp_path / "out")
    header, row, end = (tmp_path / "out" / kgx.NODES).read_text(encoding="utf-8").split("\n")
    assert header == "id\tcategory\tname\tobsolete\tsynonym"
    assert (row, end) == ("X:1\tbiolink:Disease\ta b c\tfalse\tp%7Cq|r", "")


def test_a_file_in_the_way_is_left_alone(release: Release, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        kgx.write(release, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
