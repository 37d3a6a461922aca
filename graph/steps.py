"""The steps of an explanation: from a criterion or a disease to a therapy, along edges of the release.

Each function gives the nodes in the order in which they are walked and the edges between them, with the record that
states them: a statement's own one, for a guideline row its id. A step from the patient's finding, marked derived, may
be set before. The last step of a row that limits leads from a drug to a therapy with that drug: its edge runs the other
way, from the Therapy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph.claims import Criterion, GuidelineRow, Statement
from graph.model import Node, PathEdge, PathNode
from graph.paths import (
    SAYS,
    criterion_node,
    drug_node,
    presence_type,
    profile_node,
    row_name,
    statement_name,
    therapy_node,
    towards,
)

Steps = tuple[tuple[PathNode, ...], tuple[PathEdge, ...]]


def statement_steps(statement: Statement, criterion: Criterion, negated: bool = False) -> Steps:
    """Criterion -> MolecularProfile -> Statement -> Therapy; a label leads to its therapy through its row.

    ``criterion`` and ``negated`` are a pair of ``graph.claims.criteria(statement.profile)``.
    """
    nodes, types = _said(statement)
    before = [criterion_node(criterion), profile_node(statement.profile)]
    return _chain([*before, *nodes], [presence_type(negated), "SUBJECT_OF", *types], statement.record)


def disease_steps(statement: Statement, disease: Node | PathNode) -> Steps:
    """Disease -> Statement -> Therapy: how a statement without a positive criterion is reached.

    ``disease`` is one of ``graph.paths.condition_ids(statement)``.
    """
    nodes, types = _said(statement)
    return _chain([disease, *nodes], ["CONDITION_OF", *types], statement.record)


def row_steps(row: GuidelineRow, criterion: Criterion, negated: bool, drug: str, therapy: Iterable[str]) -> Steps:
    """Criterion -> MolecularProfile -> GuidelineRow -> Drug <- Therapy, for a row with a profile.

    ``criterion`` and ``negated`` are a pair of ``graph.claims.criteria(row.profile)``, ``drug`` is one of the row's and
    of the therapy's.
    """
    assert row.profile is not None
    before = [criterion_node(criterion), profile_node(row.profile)]
    return _limited(before, [presence_type(negated), "SUBJECT_OF"], row, drug, therapy)


def row_disease_steps(row: GuidelineRow, disease: Node | PathNode, drug: str, therapy: Iterable[str]) -> Steps:
    """Disease -> GuidelineRow -> Drug <- Therapy; ``disease`` is one of ``graph.paths.condition_ids(row)``."""
    return _limited([disease], ["CONDITION_OF"], row, drug, therapy)


def row_drug_steps(row: GuidelineRow, drug: str, therapy: Iterable[str]) -> Steps:
    """GuidelineRow -> Drug <- Therapy, for a row that asks for neither a biomarker nor a disease."""
    return _limited([], [], row, drug, therapy)


def shown(node: Node | PathNode) -> PathNode:
    """The node as explanations show it."""
    return PathNode(id=node.id, label=node.label, name=node.name)


def _said(statement: Statement) -> tuple[list[Node | PathNode], list[str]]:
    """From the statement to its therapy."""
    nodes: list[Node | PathNode] = [PathNode(id=statement.id, label="Statement", name=statement_name(statement))]
    types = [towards(statement)]
    if statement.row is not None:
        nodes.append(_row("recommend", statement.therapy, statement.row))
        types = ["GROUNDS", SAYS["recommend"]]
    return [*nodes, therapy_node(statement.therapy)], types


def _row(kind: str, drugs: Iterable[str], id: str) -> PathNode:
    return PathNode(id=id, label="GuidelineRow", name=row_name(kind, drugs, id))


def _limited(
    before: Sequence[Node | PathNode], types: Sequence[str], row: GuidelineRow, drug: str, therapy: Iterable[str]
) -> Steps:
    last = drug_node(drug)
    nodes, edges = _chain([*before, _row(row.kind, row.drugs, row.id), last], [*types, SAYS[row.kind]], row.id)
    whole = therapy_node(therapy)
    component = PathEdge(source=whole.id, target=last.id, type="HAS_COMPONENT", sources=(row.id,))
    return (*nodes, shown(whole)), (*edges, component)


def _chain(nodes: Sequence[Node | PathNode], types: Sequence[str], record: str) -> Steps:
    edges = tuple(
        PathEdge(source=a.id, target=b.id, type=type_, sources=(record,))
        for a, b, type_ in zip(nodes, nodes[1:], types, strict=False)
    )
    return tuple(shown(node) for node in nodes), edges
