"""As RDF each source has a graph of its own with its licence, and every edge names the record that states it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
from rdflib import Dataset, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, RDFS

from graph import release as releases
from graph.content import Content
from graph.export import rdf
from graph.export.rdf import VOCABULARY, iri
from graph.model import Node
from graph.release import Release

# rdflib warns of names that it uses itself when it parses a data set.
pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")

Quads = set[tuple[object, object, object, object]]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with releases.write(tmp_path_factory.mktemp("tiny"), tiny.content(), tiny.SOURCES) as written:
        yield written


@pytest.fixture(scope="module")
def quads(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Quads:
    out = tmp_path_factory.mktemp("rdf")
    rdf.write(release, out)
    return _read(out / rdf.FILE)


def _read(file: Path) -> Quads:
    dataset = Dataset()
    dataset.parse(data=file.read_text(encoding="utf-8"), format="trig")
    return {(s, p, o, g) for s, p, o, g in dataset.quads((None, None, None, None))}


def _graph(release: Release, source: str) -> URIRef:
    return URIRef(f"urn:clew:release:{release.digest}:source:{source}")


def test_every_edge_stands_in_the_graph_of_its_source(release: Release, quads: Quads) -> None:
    for edge in release.edges():
        graph = _graph(release, edge.provenance)
        assert (iri(edge.source), URIRef(VOCABULARY + edge.type), iri(edge.target), graph) in quads
    stated = [(s, g) for s, p, o, g in quads if (p, o) == (RDF.type, RDF.Statement)]
    assert len(stated) == len(list(release.edges()))
    records = {(s, g): o for s, p, o, g in quads if p == DCTERMS.source}
    assert sorted(str(records[s]) for s in stated) == sorted(e.record for e in release.edges())


def test_every_graph_has_a_licence(release: Release, quads: Quads) -> None:
    licences = {s: o for s, p, o, g in quads if p == DCTERMS.license and str(s).startswith("urn:clew:release:")}
    assert licences[_graph(release, "first")] == URIRef("http://spdx.org/licenses/CC0-1.0")
    assert licences[_graph(release, "second")] == URIRef("http://spdx.org/licenses/CC-BY-4.0")
    assert {_graph(release, e.provenance) for e in release.edges()} <= licences.keys()


def test_every_node_has_its_type_name_and_properties(release: Release, quads: Quads) -> None:
    whole = URIRef(f"urn:clew:release:{release.digest}")
    for node in release.nodes():
        graph = _graph(release, str(node.properties["provenance"])) if "provenance" in node.properties else whole
        assert (iri(node.id), RDF.type, URIRef(VOCABULARY + node.label), graph) in quads
        assert (iri(node.id), RDFS.label, Literal(node.name), graph) in quads
    assert (iri("DOID:9256"), URIRef(f"{VOCABULARY}obsolete"), Literal(False), whole) in quads


def test_types_are_put_under_biolink(quads: Quads) -> None:
    spoken = {(s, p, o) for s, p, o, _ in quads}
    assert (URIRef(f"{VOCABULARY}Gene"), RDFS.subClassOf, URIRef("https://w3id.org/biolink/vocab/Gene")) in spoken
    assert (
        URIRef(f"{VOCABULARY}IN_GENE"), RDFS.subPropertyOf,
        URIRef("https://w3id.org/biolink/vocab/is_sequence_variant_of"),
    ) in spoken  # fmt: skip


def test_what_must_be_absent_is_never_said_to_be_there(release: Release, quads: Quads) -> None:
    spoken = {(s, p, o) for s, p, o, _ in quads}
    absent, part_of = URIRef(f"{VOCABULARY}ABSENT_FROM_PROFILE"), URIRef("https://w3id.org/biolink/vocab/part_of")
    assert (absent, RDFS.subPropertyOf, part_of) not in spoken
    stated = {s for s, p, o in spoken if (p, o) == (RDF.predicate, absent)}
    assert len(stated) == sum(edge.type == "ABSENT_FROM_PROFILE" for edge in release.edges()) > 0
    assert {s for s, p, o in spoken if p.endswith("/negated")} == stated
    assert all((s, URIRef("https://w3id.org/biolink/vocab/predicate"), part_of) in spoken for s in stated)


def test_the_same_release_gives_the_same_bytes(release: Release, tmp_path: Path) -> None:
    for name in ("a", "b"):
        rdf.write(release, tmp_path / name)
    assert (tmp_path / "a" / rdf.FILE).read_bytes() == (tmp_path / "b" / rdf.FILE).read_bytes()


def test_odd_text_and_odd_identifiers_survive(tmp_path: Path) -> None:
    odd = 'a "b" \\ \'c\'\nd\te <f> {g} β \U0001f9ec """'
    node = Node(id='X:<> "{}|^`\\ é', label="Disease", name=odd, properties={"synonyms": (odd, "s")})
    with releases.write(tmp_path / "release", Content(nodes=(node,), edges=()), tiny.SOURCES) as written:
        rdf.write(written, tmp_path / "out")
    spoken = {(s, p, o) for s, p, o, _ in _read(tmp_path / "out" / rdf.FILE)}
    assert (iri(node.id), RDFS.label, Literal(odd)) in spoken
    assert (iri(node.id), DCTERMS.identifier, Literal(node.id)) in spoken
