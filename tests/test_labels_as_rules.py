"""A label is a guideline row too, in the release and in the graph."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from graph.claims import GuidelineRow, Statement
from graph.content import Content
from graph.model import Node
from graph.paths import profile_node, therapy_node
from ingest import build
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.rulebook import row_of
from tests import tiny

LABEL = next(s for s in tiny.STATED if s.kind == "label")


def assembled(statement: Statement, *rows: GuidelineRow) -> Content:
    """What a build makes of one statement and the rows that its source made."""
    source = SourceInfo("first", "First", None, "CC0-1.0", None, "First", {})
    diseases = [Node(id=id, label="Disease", name=id) for id in ("DOID:162", "DOID:9256")]
    harvest = Harvest(source, Report(), statements=[statement], rows=list(rows), nodes=diseases)
    return build.assemble([harvest])


def test_a_label_is_a_rule_with_the_conditions_and_the_day_of_the_label() -> None:
    content = assembled(replace(LABEL, date="2014-01-08"))
    ((statement,), (row,)) = content.statements, content.rows
    assert statement.row == row.id == "guideline:fda-labels:first:2"
    assert (row.kind, row.drugs, row.sources, row.jurisdiction) == ("recommend", ("Cetuximab",), ("first:2",), "fda")
    assert (row.profile, row.disease, row.settings) == (statement.profile, statement.disease, statement.settings)
    assert (row.effective_from, row.strength, row.url) == ("2014-01-08", "label", "https://example.org/label")
    assert row.reason == "The FDA label of Cetuximab covers Colorectal cancer with NOT KRAS mutation."
    edges = {(e.source, e.type, e.target) for e in content.edges}
    therapy = therapy_node(row.drugs).id
    assert {(statement.id, "GROUNDS", row.id), (row.id, "RECOMMENDS", therapy)} <= edges
    assert (profile_node(LABEL.profile).id, "SUBJECT_OF", row.id) in edges
    assert {e.record for e in content.edges if row.id in (e.source, e.target)} == {"first:2"}


@pytest.mark.parametrize(
    "change",
    [
        {"quarantined": "the text names another drug"}, {"supports": False}, {"direction": "resistant"},
        {"kind": "evidence"},
    ],
)  # fmt: skip
def test_what_recommends_nothing_is_no_rule(change: dict[str, object]) -> None:
    content = assembled(replace(LABEL, **change))
    assert not content.rows and content.statements[0].row is None


def test_a_rule_that_a_source_made_itself_is_left_as_it_is() -> None:
    own = replace(row_of(LABEL), id="guideline:house:1", guideline="house", version="3")
    content = assembled(replace(LABEL, row=own.id), own)
    assert [r.id for r in content.rows] == ["guideline:house:1"]
    guideline = next(n for n in content.nodes if n.label == "Guideline")
    assert (guideline.name, guideline.properties["versions"]) == ("Labels of the FDA", ("3",))


def test_all_versions_of_a_guideline_are_one_node_and_a_row_that_replaces_another_leads_to_it() -> None:
    content = tiny.content()
    (points,) = (n for n in content.nodes if n.id == "guideline:points")
    assert points.properties["versions"] == ("1", "2")
    found = [(e.source, e.target) for e in content.edges if e.type == "SUPERSEDES"]
    assert found == [("guideline:points:alk", "guideline:points:older")]
