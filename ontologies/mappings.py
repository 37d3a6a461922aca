"""Which terms of two ontologies are the same disease, and which are merely near.

Files give claims: a shared NCI or UMLS concept, an equivalence in Mondo, a former code. Cross-references of two terms
to one NCI or UMLS concept are such a claim too, whether a file spells it out or not. Each claim becomes a mapping with
a SKOS predicate, and only ``skos:exactMatch`` joins. The rule, per OncoTree code and candidate DOID:

    witness   the names are the same (label or exact synonym), as they stand or without the words for the organ; or
              the code itself is an exact synonym, or only ``cancer`` and ``carcinoma`` differ and it is anchored
    witness   the NCI Thesaurus leads there (by NCI or UMLS code: one lineage, so one witness)
    witness   Mondo leads there
    anchored  the DOID lies under the DOID of the code's tissue (``tables/tissues.csv``), or its label names the organ

    exact     the same name and one more witness; or NCI and Mondo agree and it is anchored; or nothing but the name,
              which is then a label and unique on both sides
    broad     the DOID is already exact for a code above, or is the tissue's
    close     everything else

A code is exact for one DOID at most and a DOID for one code; the better witnessed wins, a tie joins nothing. A DOID
that would bring codes of another organ under a code of one organ is broad too. Rows of
``tables/approved_mappings.csv`` come first: a curator has confirmed them, and they replace every claim of their
subject.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from graph.errors import DataError
from graph.model import Edge, Node
from graph.packaged import rows
from ontologies.names import fold
from ontologies.terms import curie

EXACT, BROAD, NARROW, CLOSE, RELATED = (
    "skos:exactMatch", "skos:broadMatch", "skos:narrowMatch", "skos:closeMatch", "skos:relatedMatch",
)  # fmt: skip
PREDICATES = (EXACT, BROAD, NARROW, CLOSE, RELATED)
ROUTES = frozenset({"nci", "umls", "mondo"})
_CONCEPTS = {"NCIT": "nci", "UMLS": "umls"}
CURATED = "tables"
"""Provenance of a mapping from our own tables."""
_QUALIFIERS = frozenset(
    {"benign", "situ", "childhood", "pediatric", "adult", "infantile", "refractory", "familial", "hereditary", "grade"}
)


@dataclass(frozen=True, slots=True)
class Approved:
    """One row of ``approved_mappings.csv``."""

    subject: str
    subject_name: str
    predicate: str
    object: str
    object_name: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Tissue:
    """One row of ``tissues.csv``: an OncoTree tissue, the DOID that its tumours lie under, and words for the organ."""

    id: str
    name: str
    doid: str | None
    doid_name: str | None
    words: frozenset[str]
    compartment: str | None


@cache
def approved() -> tuple[Approved, ...]:
    """The curator-approved mappings.

    Raises:
        DataError: an id that is none, an unknown predicate, a subject with two rows for one object.
    """
    path = "tables/approved_mappings.csv"
    columns = ("subject", "subject_name", "predicate", "object", "object_name", "reason", "source")
    found: dict[tuple[str, str], Approved] = {}
    for row in rows("ontologies", path, columns):
        mapping = Approved(**row)
        for column in ("subject", "object"):
            curie(row[column], file=f"ontologies/{path}", row=None, column=column)
        if mapping.predicate not in PREDICATES or (mapping.subject, mapping.object) in found:
            raise DataError("an unknown predicate or a repeated pair", file=f"ontologies/{path}", value=mapping.subject)
        found[mapping.subject, mapping.object] = mapping
    return tuple(found.values())


@cache
def tissues() -> Mapping[str, Tissue]:
    """OncoTree's tissues by their id."""
    columns = ("code", "name", "doid", "doid_name", "words", "compartment")
    return MappingProxyType(
        {
            f"ONCOTREE:{row['code']}": Tissue(
                f"ONCOTREE:{row['code']}", row["name"], row["doid"] or None, row["doid_name"] or None,
                frozenset(word for word in row["words"].split("|") if word), row["compartment"] or None,
            )
            for row in rows("ontologies", "tables/tissues.csv", columns)
        }
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """Mappings with their final predicates, and what a reader of the build report should know about them."""

    edges: tuple[Edge, ...]
    notes: tuple[str, ...]
    nodes: tuple[Node, ...] = ()
    """Former codes that no source names any more, and former codes with the name that a curator gave them."""


def judge(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> Judged:
    """Final mappings for claims among ``edges`` (types other than ``IS_A`` and ``MAPS_TO`` are not looked at).

    ``nodes`` are the merged diseases by id. Mappings to a disease that is not among them are kept out, with a note.
    """
    edges = tuple(edges)
    former = _former(nodes)
    nodes = {**nodes, **{node.id: node for node in former}}
    claims = [*(edge for edge in edges if edge.type == "MAPS_TO"), *_shared(nodes.values())]
    judge_ = _Judge(nodes, [edge for edge in edges if edge.type == "IS_A"])
    curated, notes = _curated(nodes)
    ruled = {edge.source for edge in curated}
    stated = [edge for edge in claims if not _is_route(edge) and edge.source not in ruled]
    lost = [edge for edge in claims if edge.target not in nodes]
    notes += [f"{edge.source}: the mapping to {edge.target} leads out of the loaded ontologies" for edge in lost]
    notes += [
        f"{source}: a curator's mapping replaces what the source claims"
        for source in sorted({edge.source for edge in claims if edge.source in ruled})
    ]
    routed = judge_.routed(
        [edge for edge in claims if _is_route(edge) and edge.source not in ruled],
        taken={
            edge.target: edge.source
            for edge in curated
            if edge.properties["predicate"] == EXACT and not nodes[edge.source].properties.get("obsolete")
        },
        ruled=ruled,
    )
    final = [edge for edge in (*curated, *stated, *routed) if edge.target in nodes and edge.source in nodes]
    return Judged(tuple(final), tuple(notes), former)


def _former(nodes: Mapping[str, Node]) -> tuple[Node, ...]:
    found = []
    loaded = {id.partition(":")[0] for id in nodes}
    for row in approved():
        known = nodes.get(row.subject)
        if known is None and row.object in nodes and row.subject.partition(":")[0] in loaded:
            node = Node(id=row.subject, label="Disease", name=row.subject_name, properties={"obsolete": True})
            found.append(node)
        elif known is not None and known.name == known.id.partition(":")[2]:
            found.append(Node(id=known.id, label=known.label, name=row.subject_name, properties=known.properties))
    return tuple(found)


def _shared(nodes: Iterable[Node]) -> list[Edge]:
    """Claims for every OncoTree code and DOID that refer to the same concept of the NCI Thesaurus or of UMLS."""
    current = [node for node in nodes if not node.properties.get("obsolete")]
    doids: dict[str, list[str]] = defaultdict(list)
    for node in current:
        if node.id.startswith("DOID:"):
            for xref in _texts(node, "xrefs"):
                doids[xref].append(node.id)
    return [
        _edge(node.id, doid, CLOSE, _CONCEPTS[prefix], "oncotree")
        for node in current
        if node.id.startswith("ONCOTREE:")
        for xref in _texts(node, "xrefs")
        if (prefix := xref.partition(":")[0]) in _CONCEPTS
        for doid in doids.get(xref, ())
    ]


def _is_route(edge: Edge) -> bool:
    return set(str(edge.properties.get("route", "")).split("+")) <= ROUTES


def _curated(nodes: Mapping[str, Node]) -> tuple[list[Edge], list[str]]:
    found, notes, ruled = [], [], set()
    for row in approved():
        ruled.add(row.subject)
        if row.subject not in nodes:
            continue
        if row.object not in nodes:
            notes.append(f"{row.subject}: the curator's mapping to {row.object} leads out of the loaded ontologies")
            continue
        found.append(_edge(row.subject, row.object, row.predicate, "curated", CURATED, row.reason))
    for tissue in tissues().values():
        if tissue.doid and tissue.id in nodes and tissue.doid in nodes and tissue.id not in ruled:
            found.append(_edge(tissue.id, tissue.doid, BROAD, "tissue", CURATED, "the tumours of this organ"))
    return found, notes


def _edge(source: str, target: str, predicate: str, route: str, provenance: str, note: str = "") -> Edge:
    properties: dict[str, str] = {"predicate": predicate, "route": route}
    if note:
        properties["note"] = note
    return Edge(
        source=source, target=target, type="MAPS_TO", provenance=provenance, record=source, properties=properties
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    doid: str
    votes: int
    named: int
    """2: the label, 1: an exact synonym, 0: neither."""
    anchored: bool
    qualified: bool
    route: str
    provenance: str

    @property
    def exact(self) -> bool:
        if self.votes == 0:
            return self.named == 2
        return self.named > 0 or (self.votes == 2 and self.anchored and not self.qualified)

    @property
    def rank(self) -> tuple[bool, int, int]:
        return (self.anchored and (self.named > 0 or self.votes > 0), self.named, self.votes)


class _Judge:
    """The rule, with what it looks up in the two ontologies."""

    def __init__(self, nodes: Mapping[str, Node], is_a: Sequence[Edge]) -> None:
        self._nodes = nodes
        self._parents: dict[str, set[str]] = defaultdict(set)
        for edge in is_a:
            self._parents[edge.source].add(edge.target)
        self._above = lru_cache(maxsize=None)(self._ancestors)
        self._labels: dict[str, set[str]] = defaultdict(set)
        codes: dict[str, int] = defaultdict(int)
        for node in nodes.values():
            if node.id.startswith("DOID:") and not node.properties.get("obsolete"):
                self._labels[fold(node.name)].add(node.id)
            elif node.id.startswith("ONCOTREE:") and not node.properties.get("obsolete"):
                codes[fold(node.name)] += 1
        self._general: set[tuple[str, str]] = set()
        self._unique = {name for name, count in codes.items() if count == 1}

    def routed(self, claims: Sequence[Edge], taken: Mapping[str, str], ruled: set[str]) -> list[Edge]:
        """Edges for every claim of a route, and for codes that only their name joins."""
        by_code: dict[str, list[Edge]] = defaultdict(list)
        for claim in claims:
            if claim.target in self._nodes:
                by_code[claim.source].append(claim)
        codes = [
            n.id for n in self._nodes.values()
            if n.id.startswith("ONCOTREE:") and n.id not in ruled and not n.properties.get("obsolete")
        ]  # fmt: skip
        candidates = {code: self._candidates(code, by_code.get(code, [])) for code in codes}
        exact = self._of_one_organ(self._one_to_one(candidates, taken))
        joined = {doid: code for code, doid in exact.items()} | dict(taken)
        found = []
        for code in codes:
            for candidate in candidates[code]:
                if candidate.doid == exact.get(code):
                    predicate = EXACT
                elif candidate.votes == 0 and (code, candidate.doid) not in self._general:
                    continue
                elif joined.get(candidate.doid) in self._above(code) or (code, candidate.doid) in self._general:
                    predicate = BROAD
                else:
                    predicate = CLOSE
                found.append(_edge(code, candidate.doid, predicate, candidate.route, candidate.provenance))
        return found

    def _candidates(self, code: str, claims: Sequence[Edge]) -> list[_Candidate]:
        routes: dict[str, set[str]] = defaultdict(set)
        for claim in claims:
            routes[claim.target].update(str(claim.properties["route"]).split("+"))
        name = fold(self._nodes[code].name)
        if name in self._unique and len(self._labels.get(name, ())) == 1:
            for doid in self._labels[name]:
                routes.setdefault(doid, set())
        provenance = claims[0].provenance if claims else "oncotree"
        return [self._candidate(code, doid, by, provenance) for doid, by in sorted(routes.items())]

    def _candidate(self, code: str, doid: str, routes: set[str], provenance: str) -> _Candidate:
        tissue = next((t for t in (tissues().get(i) for i in (code, *self._above(code))) if t and t.doid), None)
        name, target = fold(self._nodes[code].name), self._nodes[doid]
        anchored = tissue is not None and (
            tissue.doid in self._above(doid) or bool(tissue.words & set(fold(target.name).split()))
        )
        synonyms = [fold(s) for s in _texts(target, "synonyms")]
        names = (fold(target.name), *synonyms)
        named = 0
        if name in self._unique:
            named = 2 if name == fold(target.name) else 1 if name in synonyms else 0
        if not named and anchored and tissue is not None:
            bare = _without(name, tissue.words)
            named = 2 if bare == _without(fold(target.name), tissue.words) else 0
            named = named or (1 if bare in {_without(s, tissue.words) for s in synonyms} else 0)
        loosely = anchored and _loose(name) in map(_loose, names)
        if not named and (loosely or fold(code.partition(":")[2]) in synonyms):
            named = 1
        qualified = bool(_QUALIFIERS & (set(fold(target.name).split()) - set(name.split())))
        votes = bool(routes & {"nci", "umls"}) + ("mondo" in routes)
        route = "+".join(r for r in ("nci", "umls", "mondo") if r in routes) or "name"
        return _Candidate(doid, votes, named, anchored, qualified, route, provenance)

    def _one_to_one(self, candidates: Mapping[str, Sequence[_Candidate]], taken: Mapping[str, str]) -> dict[str, str]:
        wanted: dict[str, list[tuple[tuple[bool, int, int], str]]] = defaultdict(list)
        for code, found in candidates.items():
            best = sorted((c for c in found if c.exact and c.doid not in taken), key=lambda c: c.rank, reverse=True)
            if best and (len(best) == 1 or best[0].rank > best[1].rank):
                wanted[best[0].doid].append((best[0].rank, code))
        exact: dict[str, str] = {}
        for doid, claimants in wanted.items():
            top = max(rank for rank, _ in claimants)
            winners = [code for rank, code in claimants if rank == top]
            # Of a code and the codes below it, the upper one is the disease that the other ontology means.
            upper = [c for c in winners if all(c == other or c in self._above(other) for other in winners)]
            if len(winners) == 1 or upper:
                exact[(upper or winners)[0]] = doid
        return exact

    def _of_one_organ(self, exact: Mapping[str, str]) -> dict[str, str]:
        """The same without DOIDs that hold, in the Disease Ontology, codes of another organ than their own."""
        code_of = {doid: code for code, doid in exact.items()}
        for doid, code in code_of.items():
            for upper in self._above(doid) & code_of.keys():
                general = code_of[upper]
                tissue = self._nodes[general].properties.get("tissue")
                organ = next((t for t in tissues().values() if t.name == tissue and t.doid), None)
                if organ and organ.words and self._nodes[code].properties.get("tissue") != tissue:
                    self._general.add((general, upper))
        return {code: doid for code, doid in exact.items() if (code, doid) not in self._general}

    def _ancestors(self, id_: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [id_]
        while waiting:
            for parent in self._parents.get(waiting.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return frozenset(found)


def _texts(node: Node, key: str) -> tuple[str, ...]:
    value = node.properties.get(key, ())
    return value if isinstance(value, tuple) else ()


def _without(name: str, words: frozenset[str]) -> str:
    return " ".join(word for word in re.split(r"\s+", name) if word not in words)


def _loose(name: str) -> str:
    """A folded name in which a cancer is a carcinoma; only beside another witness does that make two names one."""
    return " ".join(sorted("carcinoma" if word == "cancer" else word for word in name.split()))
