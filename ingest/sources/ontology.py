"""Terms of an ontology file as a harvest: what the importers of the Disease Ontology and of OncoTree share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph.model import Edge, Node, Value
from ingest.harvest import Harvest, Report, SourceInfo
from ontologies.terms import Link, Ontology, Term


def harvest(ontology: Ontology, source: SourceInfo, file: str) -> Harvest:
    """Disease nodes, ``IS_A`` edges and ``MAPS_TO`` claims of one file.

    An id that another term has taken over becomes an obsolete node with an exact mapping to it. A term counts as
    loaded; a parent or a successor that the file does not define is noted, since another file may define it.
    """
    report = Report(read=len(ontology.terms), loaded=len(ontology.terms))
    report.places = {term.id: (file, term.row) for term in ontology.terms}
    terms = (*ontology.terms, *_replaced(ontology.terms))
    known = {term.id for term in terms}
    for term in terms:
        for other in (*term.parents, *(link.target for link in term.mappings if link.target.split(":")[0] in term.id)):
            if other not in known:
                report.aside("note", term.id, "this file does not define the term that is named", file=file,
                             row=term.row, column="parents", value=other)  # fmt: skip
    return Harvest(
        source=source,
        report=report,
        nodes=[_node(term) for term in terms],
        edges=[edge for term in terms for edge in _edges(term, source.name)],
    )


def _replaced(terms: Iterable[Term]) -> Iterator[Term]:
    found: dict[str, Term] = {}
    defined = {term.id for term in terms}
    for term in terms:
        for old in term.replaces:
            if old not in defined:
                link = Link(target=term.id, predicate="skos:exactMatch", route="alternative id")
                found.setdefault(old, Term(id=old, name=term.name, row=term.row, mappings=(link,), obsolete=True))
    yield from found.values()


def _node(term: Term) -> Node:
    properties: dict[str, Value] = {}
    for key, values in (("synonyms", term.synonyms), ("related", term.related), ("xrefs", term.xrefs)):
        if values:
            properties[key] = values
    if term.tissue:
        properties["tissue"] = term.tissue
    if term.obsolete:
        properties["obsolete"] = True
    return Node(id=term.id, label="Disease", name=term.name, properties=properties)


def _edges(term: Term, provenance: str) -> Iterator[Edge]:
    for parent in dict.fromkeys(term.parents):
        yield Edge(source=term.id, target=parent, type="IS_A", provenance=provenance, record=term.id)
    for link in term.mappings:
        yield Edge(
            source=term.id, target=link.target, type="MAPS_TO", provenance=provenance, record=term.id,
            properties={"predicate": link.predicate, "route": link.route},
        )  # fmt: skip
