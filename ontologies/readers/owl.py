"""OWL in RDF/XML through owlready2, made harmless first.

A document type or an entity declaration is refused before anything expands it. ``owl:imports`` are taken out, since
owlready2 follows them whatever it is told. The triples go into one private World in memory and are asked, never turned
into classes; no reasoner runs.
"""

from __future__ import annotations

import io
import re
import warnings
from collections import defaultdict
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.parsers import expat

from graph.errors import DataError
from ontologies.terms import Link, Ontology, Term, xref

_OWL = "http://www.w3.org/2002/07/owl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OBO = "http://purl.obolibrary.org/obo/"
_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"
_PROPERTIES: Mapping[str, str] = {
    "label": f"{_RDFS}label",
    "exact": f"{_IN_OWL}hasExactSynonym",
    "broad": f"{_IN_OWL}hasBroadSynonym",
    "narrow": f"{_IN_OWL}hasNarrowSynonym",
    "related": f"{_IN_OWL}hasRelatedSynonym",
    "xref": f"{_IN_OWL}hasDbXref",
    "alternative": f"{_IN_OWL}hasAlternativeId",
    "deprecated": f"{_OWL}deprecated",
    "replaced_by": f"{_OBO}IAO_0100001",
    "consider": f"{_IN_OWL}consider",
}
_CLASS = re.compile(re.escape(_OBO) + r"([A-Za-z]+)_([A-Za-z0-9]+)")


def read(content: bytes, *, file: str, prefix: str = "DOID") -> Ontology:
    """The classes of an RDF/XML document whose IRI is an OBO one of ``prefix``.

    Raises:
        DataError: a DTD or entity declaration, XML that does not parse, another syntax than RDF/XML, a class without
            label, no class at all.
    """
    _refuse_declarations(content, file)
    document = _without_imports(content, file)
    answers, parents, version = _asked(document, file)
    terms = []
    for iri in sorted(answers["class"]):
        id_ = _curie(iri)
        if id_ is None or not id_.startswith(prefix + ":"):
            continue
        said = {name: answers[name].get(iri, []) for name in _PROPERTIES}
        obsolete = said["deprecated"][:1] == ["true"]
        if not said["label"]:
            raise DataError("this class has no label", file=file, row=_row(content, iri), value=id_)
        terms.append(
            Term(
                id=id_,
                name=re.sub(r"^obsolete[_ ]", "", said["label"][0]) if obsolete else said["label"][0],
                synonyms=tuple(sorted(set(said["exact"]))),
                related=tuple(sorted({*said["broad"], *said["narrow"], *said["related"]})),
                xrefs=tuple(sorted({x for value in said["xref"] if (x := xref(value)) is not None})),
                parents=tuple(sorted({p for parent in parents.get(iri, []) if (p := _curie(parent)) is not None})),
                replaces=tuple(sorted(set(said["alternative"]))),
                mappings=tuple(
                    Link(target=target, predicate=predicate, route=route)
                    for route, predicate in (("replaced_by", "skos:exactMatch"), ("consider", "skos:relatedMatch"))
                    for value in said[route]
                    if (target := _curie(value) or value).startswith(prefix + ":")
                ),
                obsolete=obsolete,
            )
        )
    if not terms:
        raise DataError(f"there is no class of {prefix} in this OWL file", file=file)
    return Ontology(tuple(terms), version)


def _curie(iri: str) -> str | None:
    match = _CLASS.fullmatch(iri)
    return f"{match[1]}:{match[2]}" if match else None


def _row(content: bytes, iri: str) -> int | None:
    """Where a class begins, for an error: it searches the whole document, which is too slow for every class."""
    at = content.find(f'about="{iri}"'.encode())
    return None if at < 0 else content.count(b"\n", 0, at) + 1


def _refuse_declarations(content: bytes, file: str) -> None:
    """Reads the whole document with expat, which expands nothing that the handlers have refused."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise DataError(
            "a document type or an entity declaration is not accepted in OWL files", file=file,
            row=parser.CurrentLineNumber,
        )  # fmt: skip

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise DataError(f"this is no well-formed XML ({expat.ErrorString(error.code)})", file=file,
                        row=error.lineno) from error  # fmt: skip


def _without_imports(content: bytes, file: str) -> bytes:
    root = ElementTree.fromstring(content)  # noqa: S314  (declarations are refused above)
    if root.tag != f"{{{_RDF}}}RDF":
        raise DataError("this is no RDF/XML document; other OWL syntaxes are not read", file=file, value=root.tag)
    imports = f"{{{_OWL}}}imports"
    for element in root.iter():
        element.attrib.pop(imports, None)
        for child in element.findall(imports):
            element.remove(child)
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def _asked(document: bytes, file: str) -> tuple[dict[str, dict[str, list[str]]], dict[str, list[str]], str | None]:
    """Per property: class IRI -> values; then class IRI -> parents' IRIs; then the version."""
    import owlready2

    world = owlready2.World()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            world.get_ontology("http://clew.invalid/ontology.owl#").load(only_local=True, fileobj=io.BytesIO(document))
    except owlready2.OwlReadyOntologyParsingError as error:
        raise DataError(f"owlready2 cannot read this file ({error})", file=file) from error

    def pairs(property_: str) -> list[tuple[str, str]]:
        query = f"SELECT (STR(?s) AS ?a) (STR(?o) AS ?b) WHERE {{ ?s <{property_}> ?o . FILTER(ISIRI(?s)) }}"
        return [(str(a), str(b)) for a, b in world.sparql(query, error_on_undefined_entities=False) if b is not None]

    answers: dict[str, dict[str, list[str]]] = {}
    for name, property_ in _PROPERTIES.items():
        by_class: dict[str, list[str]] = defaultdict(list)
        for iri, value in pairs(property_):
            by_class[iri].append(value.lower() if name == "deprecated" else value)
        answers[name] = {iri: sorted(values) for iri, values in by_class.items()}
    answers["class"] = {iri: [] for iri, kind in pairs(f"{_RDF}type") if kind == f"{_OWL}Class"}
    parents: dict[str, list[str]] = defaultdict(list)
    for iri, parent in pairs(f"{_RDFS}subClassOf"):
        parents[iri].append(parent)
    versions = [v for _, v in pairs(f"{_OWL}versionIRI")] or [v for _, v in pairs(f"{_OWL}versionInfo")]
    world.close()
    return answers, parents, versions[0] if versions else None
