"""Diseases while a release is built: one hierarchy of all sources, and what each row's disease is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from graph.claims import DiseaseScope
from graph.content import Closure, DiseaseName
from graph.errors import DataError
from graph.model import Edge, Node
from graph.paths import ROOT_DISEASE
from ingest.harvest import Fate, Harvest
from ontologies.names import Listed, Match, Names, fold, name_rows
from ontologies.union import Union, named_also, unite

TYPES = frozenset({"IS_A", "MAPS_TO"})


class Taxonomy:
    """The united ontologies, and the diseases of ontologies that are not loaded, each by itself."""

    def __init__(self, nodes: Mapping[str, Node], edges: Iterable[Edge], harvests: Sequence[Harvest]) -> None:
        """``nodes`` and ``edges`` are those of all sources; what was noticed goes into the ontologies' reports.

        Raises:
            DataError: when a disease is its own ancestor.
        """
        stated = [n for h in harvests for n in h.nodes if n.label == "Disease"]
        union = _united(stated, edges, harvests)
        self.nodes: dict[str, Node] = {n.id: n for n in union.nodes}
        self.edges = union.edges
        self._closure, self._names = union.closure, union.names
        # A source of rows that brings its disease with it is no ontology of all the others.
        brought = {n.id for h in harvests if h.rows for n in h.nodes}
        self._loaded = {id.partition(":")[0] for id in self.nodes if id not in brought}
        self._bare: dict[str, Node] = {}
        if ROOT_DISEASE not in self.nodes:
            self._add(ROOT_DISEASE, "cancer")
        self._lookup = Names(Listed(union.nodes, union.names))
        self._resolve = lru_cache(maxsize=None)(self._lookup.resolve)
        self._suggest = lru_cache(maxsize=None)(self._lookup.suggest)
        self._leader = union.hierarchy.leader
        self._above = lru_cache(maxsize=None)(union.hierarchy.above)
        _note("note", union.notes, harvests)
        _note("warning", union.faults, harvests)

    def names(self) -> tuple[DiseaseName, ...]:
        """Those of the ontologies, and of diseases that stand by themselves the names that no other disease has."""
        taken = {name.folded for name in self._names}
        alone = name_rows(named_also(self._bare.values()), {}, lambda id: {id: False})
        return (*self._names, *(name for name in alone if name.folded not in taken))

    def closure(self) -> tuple[Closure, ...]:
        return (*self._closure, *(Closure(id, id) for id in self._bare))

    def resolved(self, scope: DiseaseScope, record: str, harvest: Harvest) -> DiseaseScope:
        """The scope with ids of the hierarchy: those it states, else those of its name; the rest is warned of.

        An id that is a code of a loaded disease (``NCIT:C3163``) becomes that disease. Ids of which none has to do with
        the disease that the name means give way to the name: codes are given anew in later versions of an ontology.
        """
        ids, strange = self._by_ids(scope, record, harvest)
        if ids and not scope.agnostic and (meant := self._another(ids, scope.name)) is not None:
            labels = " and ".join(self.nodes[id].name for id in ids)
            reason = f"the identifier is of {labels}, the name means {meant.name}; the name counts"
            _say("note", record, harvest, reason, "|".join(scope.ids))
            ids = meant.ids
        stated = bool(ids)
        if not ids and not scope.agnostic:
            ids = self._by_name(scope.name, "disease", record, harvest, coded=bool(scope.ids), quiet=bool(strange))
        if not ids:
            ids = tuple(self._alone(id, scope, record, harvest) for id in strange)
        else:
            for id in strange:
                counts = "the other ids count" if stated else "the name counts"
                _say("note", record, harvest, f"no loaded ontology has this id; {counts}", id)
        excluded: list[str] = []
        for text in scope.excluded:
            excluded += [text] if text in self.nodes else self._by_name(text, "excluded", record, harvest)
        name = scope.name
        if scope.ids and name == " or ".join(scope.ids):
            # A row that names its diseases by identifiers alone is told by their names.
            name = " or ".join(dict.fromkeys(self.nodes[id].name for id in ids)) or name
        if (ids, name, tuple(excluded)) == (scope.ids, scope.name, scope.excluded):
            return scope
        return msgspec.structs.replace(scope, ids=ids, name=name, excluded=tuple(dict.fromkeys(excluded)))

    def _by_ids(
        self, scope: DiseaseScope, record: str, harvest: Harvest
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
        """The diseases that the scope's ids are, and the ids whose ontology is not loaded."""
        ids: list[str] = []
        strange: list[str] = []
        for id in scope.ids:
            match = Match((id,), id) if id in self.nodes and id not in self._bare else self._resolve(id)
            if match is not None and match.ids:
                ids += match.ids
            elif id.partition(":")[0] not in self._loaded and ":" in id:
                strange.append(id)
            else:
                reason = "the loaded ontologies have no disease of this id; its name is looked up instead"
                _say("note", record, harvest, reason, id)
        return tuple(dict.fromkeys(ids)), tuple(strange)

    def _another(self, ids: Sequence[str], name: str) -> Match | None:
        """What ``name`` means, if that is another disease than each of ``ids``: neither a kind of the other, and their
        names are not the same words with some more."""
        meant = self._resolve(name)
        if meant is None or not meant.ids:
            return None
        words = frozenset(fold(name).split())
        for id in ids:
            known = frozenset(fold(self.nodes[id].name).split())
            if words <= known or known <= words or any(self._kin(id, other) for other in meant.ids):
                return None
        return meant

    def _kin(self, one: str, other: str) -> bool:
        first, second = self._leader.get(one, one), self._leader.get(other, other)
        return first in self._above(second) or second in self._above(first)

    def _alone(self, id: str, scope: DiseaseScope, record: str, harvest: Harvest) -> str:
        """A disease without a place in the hierarchy, for an id of an ontology that is not loaded."""
        if id not in self._bare:
            self._add(id, scope.name if len(scope.ids) == 1 else id)
            reason = "no loaded ontology has this id or name; the disease stands by itself"
            _say("warning", record, harvest, reason, id)
        return id

    def _by_name(
        self, text: str, column: str, record: str, harvest: Harvest, *, coded: bool = False, quiet: bool = False
    ) -> tuple[str, ...]:  # fmt: skip
        """Args:
        coded: the row gives ids too, though none that is loaded: its disease is no slip, only not in these files.
        quiet: say nothing of a name that means no disease.
        """
        match = self._resolve(text)
        if match is None:
            close = self._suggest(text)
            reason = "no disease goes by this name" + (f" (did you mean {', '.join(close)}?)" if close else "")
            if not quiet:
                _say("warning" if close and not coded else "note", record, harvest, reason, text, column)
            return ()
        if match.candidates:
            several = ", ".join(f"{name} ({id})" for id, name in match.candidates)
            _say("warning", record, harvest, f"the name stands for several diseases: {several}", text, column)
        elif match.note:
            _say("note", record, harvest, match.note, text, column)
        return match.ids

    def _add(self, id: str, name: str) -> None:
        node = Node(id=id, label="Disease", name=name)
        self.nodes[id] = self._bare[id] = node


def _united(nodes: Iterable[Node], edges: Iterable[Edge], harvests: Sequence[Harvest]) -> Union:
    """``unite``; its errors name the file and row of the first disease that they are about."""
    try:
        return unite(nodes, edges)
    except DataError as error:
        places = {id: place for h in harvests for id, place in h.report.places.items()}
        named = [word for word in str(error.value).split() if word in places]
        if error.file is not None or not named:
            raise
        files = ", ".join(dict.fromkeys(places[id][0] for id in named))
        row = places[named[0]][1] if "," not in files else None
        raise DataError(error.problem, file=files, row=row, value=error.value) from error


def _say(fate: Fate, record: str, harvest: Harvest, reason: str, value: str, column: str = "disease") -> None:
    """Into the report; in a table of the user's everything is a warning, for it can be mended."""
    harvest.report.aside("warning" if harvest.own else fate, record, reason, column=column, value=value)


def _note(fate: Fate, notes: Iterable[str], harvests: Sequence[Harvest]) -> None:
    ontologies = [h for h in harvests if any(n.label == "Disease" for n in h.nodes)]
    for note in notes:
        subject, _, text = note.partition(": ")
        prefix = subject.partition(":")[0]
        owner = next((h for h in ontologies if any(n.id.startswith(prefix) for n in h.nodes[:1])), ontologies[0])
        owner.report.aside(fate, subject, text or note)
