"""What is a kind of what, over the union of ontologies.

Terms that exact mappings join are one disease: each is an ancestor of the other. Above them lie the parents of all of
them. A mapping that is not exact gives one step more, marked as widening: a broader target, or for a merely close one
the parents of the target. No path takes two such steps, so that an ancestor is never nearness upon nearness.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from graph.content import Closure
from graph.errors import DataError
from graph.model import Edge, Node
from graph.packaged import rows
from ontologies.mappings import BROAD, EXACT, NARROW, tissues


@dataclass(frozen=True)
class Hierarchy:
    """Diseases, each a set of joined ids that goes by its first id in order."""

    leader: Mapping[str, str]
    """Id -> the id that its disease goes by."""
    members: Mapping[str, tuple[str, ...]]
    parents: Mapping[str, tuple[str, ...]]
    wider: Mapping[str, tuple[str, ...]]
    """One step up by a mapping that is not exact."""

    def same(self, one: str, other: str) -> bool:
        """Whether two ids are one disease."""
        return self.leader.get(one, one) == self.leader.get(other, other)

    def above(self, id: str) -> Mapping[str, bool]:
        """Every ancestor's leading id, the disease's own included -> whether only widening leads there."""
        start = self.leader.get(id, id)
        plain = _reach([start], self.parents)
        steps = [target for disease in plain for target in self.wider.get(disease, ())]
        return dict.fromkeys(_reach(steps, self.parents), True) | dict.fromkeys(plain, False)


def hierarchy(ids: Iterable[str], edges: Iterable[Edge]) -> Hierarchy:
    """The hierarchy that ``IS_A`` and ``MAPS_TO`` edges between ``ids`` make; edges out of ``ids`` are left aside.

    Raises:
        DataError: a disease is its own ancestor; the whole cycle is named.
    """
    known = set(ids)
    used = [e for e in edges if e.source in known and e.target in known and e.type in ("IS_A", "MAPS_TO")]
    leader = _joined(known, ((e.source, e.target) for e in used if e.properties.get("predicate") == EXACT))
    members: dict[str, list[str]] = defaultdict(list)
    for id in sorted(known):
        members[leader[id]].append(id)
    parents: dict[str, set[str]] = defaultdict(set)
    for edge in used:
        if edge.type == "IS_A" and (edge.source == edge.target or leader[edge.source] != leader[edge.target]):
            parents[leader[edge.source]].add(leader[edge.target])
    ordered = {disease: tuple(sorted(above)) for disease, above in parents.items()}
    if cycle := find_cycle(ordered):
        path = " is a ".join(" = ".join(members[disease]) for disease in cycle)
        raise DataError("a disease is its own ancestor", value=path)
    return Hierarchy(leader, {k: tuple(v) for k, v in members.items()}, ordered, _widening(used, leader, ordered))


def _widening(
    edges: Sequence[Edge], leader: Mapping[str, str], parents: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    wider: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        predicate = edge.properties.get("predicate")
        if edge.type != "MAPS_TO" or predicate == EXACT:
            continue
        source, target = leader[edge.source], leader[edge.target]
        if predicate == NARROW:
            wider[target].add(source)
        elif predicate == BROAD:
            wider[source].add(target)
        else:
            wider[source].update(parents.get(target, ()))
    # A target that lies below its own source widens nothing: OncoTree's breast holds the breast cancer it is mapped to.
    return {
        source: kept
        for source, targets in wider.items()
        if (kept := tuple(sorted(t for t in targets if source not in _reach([t], parents))))
    }


def closure(of: Hierarchy) -> Iterator[Closure]:
    """One row for every id and every ancestor id, itself and the ids of the same disease included, in order."""
    for disease in sorted(of.members):
        above = sorted(of.above(disease).items())
        found = [(ancestor, widened) for leading, widened in above for ancestor in of.members[leading]]
        for id in of.members[disease]:
            for ancestor, widened in sorted(found):
                yield Closure(id, ancestor, widened)


def find_cycle(parents: Mapping[str, Sequence[str]]) -> list[str] | None:
    """A cycle as the ids on it, the first one again at the end; ``None``: there is none."""
    state: dict[str, int] = {}
    for start in sorted(parents):
        path: list[str] = []
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            id, next_ = stack.pop()
            if next_ == 0:
                if state.get(id) == 2:
                    continue
                state[id] = 1
                path.append(id)
            above = parents.get(id, ())
            if next_ == len(above):
                state[id] = 2
                path.pop()
                continue
            stack.append((id, next_ + 1))
            parent = above[next_]
            if state.get(parent) == 1:
                return [*path[path.index(parent) :], parent]
            if state.get(parent) != 2:
                stack.append((parent, 0))
    return None


@dataclass(frozen=True, slots=True)
class _Stated:
    """A disease's own compartment, and what its kinds have unless more is said of them."""

    own: str | None
    kinds: str | None


@cache
def _compartment_table() -> Mapping[str, _Stated]:
    columns = ("doid", "name", "compartment", "kinds", "reason")
    table = rows("ontologies", "tables/compartments.csv", columns)
    return {row["doid"]: _Stated(row["compartment"] or None, row["kinds"] or None) for row in table}


def compartments(nodes: Iterable[Node], of: Hierarchy) -> dict[str, str]:
    """``solid``, ``myeloid`` or ``lymphoid`` for every disease that is a tumour of one of them.

    An OncoTree code has that of its tissue (solid: any tissue but Myeloid and Lymphoid), and so has every disease that
    it is joined with. Others have what ``tables/compartments.csv`` says, else what their parents have; a parent of the
    blood wins over one of an organ (lymphoma of the stomach). A disease whose kinds differ, such as leukemia, has none.
    """
    named = {tissue.name: tissue.compartment for tissue in tissues().values()}
    own: dict[str, _Stated] = {}
    for node in sorted(nodes, key=lambda node: node.id):
        table, disease = _compartment_table(), of.leader[node.id]
        if node.id.startswith("ONCOTREE:") and (tissue := node.properties.get("tissue")):
            compartment = named.get(str(tissue), "solid")
            own[disease] = _Stated(compartment, compartment)
        elif node.id in table:
            own.setdefault(disease, table[node.id])
    found: dict[str, _Stated] = {}
    for disease in of.members:
        _inherit(disease, own, of, found)
    return {id: value for id, disease in of.leader.items() if (value := found[disease].own)}


def _inherit(disease: str, own: Mapping[str, _Stated], of: Hierarchy, found: dict[str, _Stated]) -> None:
    waiting = [disease]
    while waiting:
        current = waiting[-1]
        above = (*of.parents.get(current, ()), *of.wider.get(current, ()))
        missing = [p for p in above if p not in found and p not in waiting] if current not in own else []
        if current in found or not missing:
            waiting.pop()
            if current not in found:
                passed = _combined([found[p].kinds for p in above if p in found])
                found[current] = own.get(current, _Stated(passed, passed))
        else:
            waiting += missing


def _combined(of_parents: Sequence[str | None]) -> str | None:
    stated = {compartment for compartment in of_parents if compartment}
    blood = stated - {"solid"}
    chosen = blood or stated
    return chosen.pop() if len(chosen) == 1 else None


def _joined(ids: set[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Union-find; the leader of a set is its first id in order."""
    leader = {id: id for id in ids}

    def root(id: str) -> str:
        while leader[id] != id:
            leader[id] = leader[leader[id]]
            id = leader[id]
        return id

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        leader[second] = first
    return {id: root(id) for id in ids}


def _reach(starts: Iterable[str], parents: Mapping[str, Sequence[str]]) -> set[str]:
    found = set(starts)
    waiting = list(found)
    while waiting:
        for parent in parents.get(waiting.pop(), ()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found
