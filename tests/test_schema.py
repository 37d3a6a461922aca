"""Every node and edge is of a declared type, and what is not is named."""

from __future__ import annotations

import pytest

from graph.errors import DataError
from graph.model import Edge, Node
from graph.schema import schema
from tests import tiny

LABELS = {"clew.variant:x": "Variant", "NCBIGene:1": "Gene", "clew.drug:x": "Drug"}


def test_every_type_has_a_biolink_class_or_predicate() -> None:
    for declared in (*schema().nodes.values(), *schema().edges.values()):
        assert declared.biolink.startswith("biolink:"), declared.name


def test_everything_that_is_projected_is_of_a_declared_type() -> None:
    content = tiny.content()
    labels = {node.id: node.label for node in content.nodes}
    for node in content.nodes:
        schema().check_node(node)
    for edge in content.edges:
        schema().check_edge(edge, labels)


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        (Node(id="x:1", label="Gen", name="x"), "no such node type: 'Gen' (did you mean Gene?)"),
        (Node(id="x", label="Drug", name="x"), "not a CURIE"),
        (Node(id="x:1", label="Drug", name=""), "has no name"),
        (Node(id="x:1", label="Gene", name="x"), "lacks the property 'symbol'"),
        (Node(id="x:1", label="Drug", name="x", properties={"xref": ("a",)}), "did you mean xrefs?"),
        (Node(id="x:1", label="Drug", name="x", properties={"xrefs": "a"}), "not of kind list"),
        (Node(id="x:1", label="Variant", name="x", properties={"exon": True}), "not of kind int"),
    ],
)
def test_a_node_that_is_not_as_declared_is_refused(node: Node, problem: str) -> None:
    with pytest.raises(DataError) as error:
        schema().check_node(node)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("edge", "problem"),
    [
        ({"type": "IN_GEN"}, "did you mean IN_GENE?"),
        ({"target": "NCBIGene:9"}, "not a node of the graph"),
        ({"target": "clew.drug:x"}, "is a Drug, not a Gene"),
        ({"record": ""}, "names no source record"),
        ({"properties": {"weight": 1.0}}, "not declared"),
        ({"properties": {"date": 2020}}, "not of kind str"),
    ],
)
def test_an_edge_that_is_not_as_declared_is_refused(edge: dict[str, object], problem: str) -> None:
    given = {
        "source": "clew.variant:x", "target": "NCBIGene:1", "type": "IN_GENE", "provenance": "p", "record": "p:1",
        **edge,
    }  # fmt: skip
    with pytest.raises(DataError) as error:
        schema().check_edge(Edge(**given), LABELS)
    assert problem in str(error.value)
