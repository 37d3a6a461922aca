"""Diseases while a release is built: one hierarchy of all sources, and what each row's disease is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from graph.claims import DiseaseScope
from graph.content import Closure, DiseaseName
from graph.model import Edge, Node
from graph.paths import ROOT_DISEASE
from ingest.harvest import Harvest
from ontologies.names import Listed, Match, Names
from ontologies.union import unite

TYPES = frozenset({"IS_A", "MAPS_TO"})


class Taxonomy:
    """The united ontologies. A scope's id is taken as it is where its ontology is not loaded."""

    def __init__(self, nodes: Mapping[str, Node], edges: Iterable[Edge], harvests: Sequence[Harvest]) -> None:
        """``nodes`` and ``edges`` are those of all sources; what was noticed goes into the ontologies' reports.

        Raises:
            DataError: when a disease is its own ancestor.
        """
        stated = [n for h in harvests for n in h.nodes if n.label == "Disease"]
        union = unite(stated, edges)
        self.nodes: dict[str, Node] = {n.id: n for n in union.nodes}
        self.edges = union.edges
        self._closure, self._names = union.closure, union.names
        self._loaded = {id.partition(":")[0] for id in self.nodes}
        self._bare: dict[str, Node] = {}
        if ROOT_DISEASE not in self.nodes:
            self._add(ROOT_DISEASE, "cancer")
        self._lookup = Names(Listed(union.nodes, union.names))
        self._resolve = lru_cache(maxsize=None)(self._lookup.resolve)
        self._suggest = lru_cache(maxsize=None)(self._lookup.suggest)
        _note(union.notes, harvests)

    def names(self) -> tuple[DiseaseName, ...]:
        return self._names

    def closure(self) -> tuple[Closure, ...]:
        return (*self._closure, *(Closure(id, id) for id in self._bare))

    def resolved(self, scope: DiseaseScope, record: str, harvest: Harvest) -> DiseaseScope:
        """The scope with ids of the hierarchy: those it states, else those of its name; the rest is warned of."""
        ids = tuple(id for id in scope.ids if self._is_known(id, scope, record, harvest))
        if not ids and not scope.agnostic:
            ids = self._by_name(scope.name, "disease", record, harvest)
        excluded: list[str] = []
        for text in scope.excluded:
            excluded += [text] if text in self.nodes else self._by_name(text, "excluded", record, harvest)
        if ids == scope.ids and tuple(excluded) == scope.excluded:
            return scope
        return msgspec.structs.replace(scope, ids=ids, excluded=tuple(dict.fromkeys(excluded)))

    def _is_known(self, id: str, scope: DiseaseScope, record: str, harvest: Harvest) -> bool:
        if id in self.nodes:
            return True
        if id.partition(":")[0] not in self._loaded and ":" in id:
            self._add(id, scope.name if len(scope.ids) == 1 else id)
            return True
        harvest.report.aside(
            "warning", record, "the loaded ontologies have no disease of this id; its name is looked up instead",
            file=harvest.source.name, column="disease", value=id,
        )  # fmt: skip
        return False

    def _by_name(self, text: str, column: str, record: str, harvest: Harvest) -> tuple[str, ...]:
        match = self._resolve(text)
        reason = self._why_not(text, match)
        if reason:
            harvest.report.aside("warning", record, reason, file=harvest.source.name, column=column, value=text)
        return match.ids if match else ()

    def _why_not(self, text: str, match: Match | None) -> str | None:
        if match is None:
            close = self._suggest(text)
            return "no disease goes by this name" + (f" (did you mean {', '.join(close)}?)" if close else "")
        if match.candidates:
            several = ", ".join(f"{name} ({id})" for id, name in match.candidates)
            return f"the name stands for several diseases: {several}"
        return match.note

    def _add(self, id: str, name: str) -> None:
        node = Node(id=id, label="Disease", name=name)
        self.nodes[id] = self._bare[id] = node


def _note(notes: Iterable[str], harvests: Sequence[Harvest]) -> None:
    ontologies = [h for h in harvests if any(n.label == "Disease" for n in h.nodes)]
    for note in notes:
        subject, _, text = note.partition(": ")
        prefix = subject.partition(":")[0]
        owner = next((h for h in ontologies if any(n.id.startswith(prefix) for n in h.nodes[:1])), ontologies[0])
        owner.report.aside("warning", subject, text or note, file=owner.source.name)
