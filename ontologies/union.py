"""Several disease ontologies as one: merged terms, judged mappings, hierarchy, compartments and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from graph.content import Closure, DiseaseName
from graph.errors import DataError
from graph.model import Edge, Node, Value
from graph.packaged import rows
from ontologies.isa import Hierarchy, closure, compartments, hierarchy
from ontologies.mappings import CLOSE, CURATED, EXACT, judge
from ontologies.names import name_rows


@dataclass(frozen=True)
class Union:
    """What a build stores of diseases. ``notes`` and ``faults`` are for its report: ``id: what is to be said``."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    closure: tuple[Closure, ...]
    names: tuple[DiseaseName, ...]
    notes: tuple[str, ...]
    faults: tuple[str, ...]
    hierarchy: Hierarchy


def unite(nodes: Iterable[Node], edges: Iterable[Edge]) -> Union:
    """One hierarchy out of the disease nodes, ``IS_A`` edges and mapping claims of all sources.

    Nodes of one id are merged. Edges to a disease that no source defines are left out; that is a fault. An exact
    mapping that would make a disease its own ancestor becomes a close one, with a note.

    Raises:
        DataError: a cycle of ``IS_A`` edges, or one that a curator's mappings make; it is named.
    """
    edges = [edge for edge in edges if edge.type in ("IS_A", "MAPS_TO")]
    merged = {node.id: node for node in merge(nodes)}
    judged = judge(merged, edges)
    merged |= {node.id: node for node in judged.nodes}
    merged = {node.id: node for node in named_also(merged.values())}
    notes = list(judged.notes)
    is_a = [edge for edge in edges if edge.type == "IS_A"]
    loose = [edge for edge in is_a if edge.source not in merged or edge.target not in merged]
    faults = tuple(f"{edge.source}: no source defines its parent {edge.target}" for edge in loose)
    is_a = [edge for edge in is_a if edge not in loose] if loose else is_a
    whole, mappings = _without_cycles(sorted(merged), is_a, judged.edges, notes)
    found = compartments(merged.values(), whole)
    final = tuple(
        _with(node, {"compartment": found[id]}) if id in found else node for id, node in sorted(merged.items())
    )
    return Union(
        nodes=final,
        edges=(*is_a, *mappings),
        closure=tuple(closure(whole)),
        names=tuple(name_rows(final, whole.leader, whole.above)),
        notes=tuple(notes),
        faults=faults,
        hierarchy=whole,
    )


def merge(nodes: Iterable[Node]) -> list[Node]:
    """Nodes of one id as one: the first name stays, another becomes a synonym; lists are united, ``obsolete`` stays.

    A first name that says no more than the id gives way to a real one.
    """
    merged: dict[str, Node] = {}
    for node in nodes:
        known = merged.get(node.id)
        merged[node.id] = node if known is None else _merged(known, node)
    return list(merged.values())


def named_also(nodes: Iterable[Node]) -> Iterator[Node]:
    """The diseases, with the names that no source gives them (``tables/synonyms.csv``) among their synonyms."""
    for node in nodes:
        more = _synonyms().get(node.id)
        known = node.properties.get("synonyms", ())
        listed = known if isinstance(known, tuple) else ()
        yield _with(node, {"synonyms": tuple(dict.fromkeys((*listed, *more)))}) if more else node


def _merged(one: Node, other: Node) -> Node:
    first, second = (other, one) if one.name in one.id and other.name not in other.id else (one, other)
    properties: dict[str, Value] = dict(first.properties)
    for key, value in second.properties.items():
        kept = properties.get(key)
        if isinstance(kept, tuple) and isinstance(value, tuple):
            properties[key] = tuple(dict.fromkeys((*kept, *value)))
        elif kept is None:
            properties[key] = value
    if first.name != second.name and second.name not in second.id:
        listed = properties.get("synonyms", ())
        synonyms = listed if isinstance(listed, tuple) else ()
        properties["synonyms"] = tuple(dict.fromkeys((*synonyms, second.name)))
    return Node(id=first.id, label=first.label, name=first.name, properties=properties)


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    """Names that no source gives, by id (``tables/synonyms.csv``)."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows("ontologies", "tables/synonyms.csv", ("id", "name", "synonym", "reason")):
        found[row["id"]] = (*found.get(row["id"], ()), row["synonym"])
    return found


def _with(node: Node, properties: dict[str, Value]) -> Node:
    return Node(id=node.id, label=node.label, name=node.name, properties={**node.properties, **properties})


def _without_cycles(
    ids: Sequence[str], is_a: Sequence[Edge], mappings: Sequence[Edge], notes: list[str]
) -> tuple[Hierarchy, tuple[Edge, ...]]:
    current = tuple(mappings)
    hierarchy(ids, is_a)
    while True:
        try:
            return hierarchy(ids, [*is_a, *current]), current
        except DataError as error:
            on_cycle = set(str(error.value).replace(" is a ", " = ").split(" = "))
            guilty = {
                (e.source, e.target)
                for e in current
                if e.properties["predicate"] == EXACT and e.provenance != CURATED
                and e.source in on_cycle and e.target in on_cycle
            }  # fmt: skip
            if not guilty:
                raise
            notes += [f"{s}: exact to {t} would make a cycle; it is a close match" for s, t in sorted(guilty)]
            current = tuple(_closer(e) if (e.source, e.target) in guilty else e for e in current)


def _closer(edge: Edge) -> Edge:
    return Edge(
        source=edge.source, target=edge.target, type=edge.type, provenance=edge.provenance, record=edge.record,
        properties={**edge.properties, "predicate": CLOSE},
    )  # fmt: skip
