"""A release as RDF, in TriG: one named graph a source, with its licence.

An edge is a triple with a predicate of ours, and beside it a resource that says which record of which source states it.
The vocabulary at the head of the file puts the predicate under its Biolink one; where it says that the Biolink one does
not hold, under ``related_to``, and the resource is ``negated``. What a node is and is called stands in the graph of the
release; the nodes that one source states (statements) stand in that source's graph.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from graph.export import finished
from graph.model import Edge, Node, Value
from graph.packaged import rows
from graph.schema import schema

if TYPE_CHECKING:
    from graph.release import Release

FILE = "clew.trig"
VOCABULARY = "urn:clew:vocabulary#"
BIOLINK = "https://w3id.org/biolink/vocab/"
_SPDX = "http://spdx.org/licenses/"

Term = URIRef | Literal
Triple = tuple[URIRef, URIRef, Term]
_PREDICATES = {"synonyms": SKOS.altLabel, "licence": DCTERMS.license, "version": OWL.versionInfo, "url": RDFS.seeAlso}
"""Properties for which there is a term that everybody knows."""


def write(release: Release, out: Path) -> None:
    """Write ``clew.trig`` into the folder ``out``."""
    whole = URIRef(f"urn:clew:release:{release.digest}")
    with finished(out) as folder, (folder / FILE).open("w", encoding="utf-8", newline="\n") as stream:
        _block(stream, None, chain(_vocabulary(), _about(release, whole)))
        placed = ((_graph(whole, n.properties.get("provenance")), n) for n in release.nodes())
        for graph, nodes in groupby(placed, key=lambda pair: pair[0]):
            _block(stream, graph, chain.from_iterable(_of_node(node) for _, node in nodes))
        for source, edges in groupby(release.edges(), key=lambda edge: edge.provenance):
            _block(stream, _graph(whole, source), chain.from_iterable(map(_of_edge, edges)))


@cache
def iri(curie: str) -> URIRef:
    """The IRI of an identifier; one whose prefix has none in ``prefixes.csv`` gets a URN.

    >>> iri("DOID:1909"), iri("clew.drug:a b")
    (rdflib.term.URIRef('http://purl.obolibrary.org/obo/DOID_1909'), rdflib.term.URIRef('urn:clew:id:clew.drug:a%20b'))
    """
    prefix, _, local = curie.partition(":")
    known = _prefixes().get(prefix)
    return URIRef(known + quote(local, safe="") if known else f"urn:clew:id:{quote(curie, safe=':')}")


def _vocabulary() -> Iterator[Triple]:
    declared = schema()
    for label, node in declared.nodes.items():
        yield from _term(label, RDFS.Class, RDFS.subClassOf, node.biolink, node.description)
    for kind, edge in declared.edges.items():
        biolink = "biolink:related_to" if edge.negated else edge.biolink
        yield from _term(kind, RDF.Property, RDFS.subPropertyOf, biolink, edge.description)


def _term(name: str, kind: URIRef, under: URIRef, biolink: str, description: str) -> Iterator[Triple]:
    term = URIRef(VOCABULARY + name)
    yield term, RDF.type, kind
    yield term, under, _biolink(biolink)
    if description:
        yield term, RDFS.comment, Literal(description)


def _biolink(curie: str) -> URIRef:
    return URIRef(BIOLINK + curie.removeprefix("biolink:"))


def _about(release: Release, whole: URIRef) -> Iterator[Triple]:
    """The sources with their licences, also those that only edges name: Clew itself, and guideline tables."""
    yield whole, DCTERMS.identifier, Literal(release.digest)
    listed = {source.name for source in release.manifest.sources}
    for source in release.manifest.sources:
        graph = _graph(whole, source.name)
        yield whole, DCTERMS.hasPart, graph
        yield graph, DCTERMS.license, _licence(source.licence)
        yield graph, DCTERMS.title, Literal(source.title)
        yield graph, DCTERMS.bibliographicCitation, Literal(source.attribution)
        if source.version is not None:
            yield graph, OWL.versionInfo, Literal(source.version)
        if source.url is not None:
            yield graph, RDFS.seeAlso, Literal(source.url)
    others: dict[str, set[str]] = {}
    for edge in release.edges():
        if edge.provenance not in listed:
            others.setdefault(edge.provenance, set()).add(str(edge.properties.get("licence", "")))
    for name, licences in sorted(others.items()):
        yield whole, DCTERMS.hasPart, _graph(whole, name)
        for licence in sorted(filter(None, licences)):
            yield _graph(whole, name), DCTERMS.license, _licence(licence)


def _of_node(node: Node) -> Iterator[Triple]:
    subject = iri(node.id)
    yield subject, RDF.type, URIRef(VOCABULARY + node.label)
    yield subject, RDFS.label, Literal(node.name)
    yield subject, DCTERMS.identifier, Literal(node.id)
    yield from _properties(subject, node.properties.items())


def _of_edge(edge: Edge) -> Iterator[Triple]:
    source, kind, target = iri(edge.source), URIRef(VOCABULARY + edge.type), iri(edge.target)
    yield source, kind, target
    key = "\t".join((edge.source, edge.target, edge.type, edge.provenance, edge.record))
    stated = URIRef(f"urn:clew:edge:{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}")
    yield stated, RDF.type, RDF.Statement
    yield stated, RDF.subject, source
    yield stated, RDF.predicate, kind
    yield stated, RDF.object, target
    yield stated, DCTERMS.source, Literal(edge.record)
    if schema().edges[edge.type].negated:
        yield stated, _biolink("biolink:predicate"), _biolink(schema().edges[edge.type].biolink)
        yield stated, _biolink("biolink:negated"), Literal(True)
    yield from _properties(stated, edge.properties.items())


def _properties(subject: URIRef, properties: Iterable[tuple[str, Value]]) -> Iterator[Triple]:
    for name, value in sorted(properties):
        predicate = _PREDICATES.get(name, URIRef(VOCABULARY + name))
        for item in value if isinstance(value, tuple) else (value,):
            yield subject, predicate, _licence(str(item)) if name == "licence" else Literal(item)


def _licence(text: str) -> Term:
    """The page of an SPDX identifier; other words as they are."""
    return URIRef(_SPDX + text) if re.fullmatch(r"[A-Za-z0-9.+-]+", text) else Literal(text)


def _graph(whole: URIRef, source: Value | None) -> URIRef:
    return URIRef(f"{whole}:source:{quote(str(source), safe='')}") if source is not None else whole


def _block(stream: TextIO, graph: URIRef | None, triples: Iterable[Triple]) -> None:
    """Triples of one graph; a graph may have several blocks, so that nothing has to be held in memory."""
    if graph is not None:
        stream.write(f"{graph.n3()} {{\n")
    for triple in triples:
        stream.write(" ".join(term.n3() for term in triple) + " .\n")
    if graph is not None:
        stream.write("}\n")


@cache
def _prefixes() -> dict[str, str]:
    return {row["prefix"]: row["iri"] for row in rows("graph", "export/prefixes.csv", ("prefix", "iri"))}
