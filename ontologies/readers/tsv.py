"""Ontology tables: the Disease Ontology as id, label, parents; OncoTree with its ways to the Disease Ontology."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph.errors import DataError
from ontologies.readers.oncotree import code
from ontologies.terms import Link, Ontology, Row, Term, curie, once

DO_COLUMNS = ("id", "label", "parents")
ONCOTREE_COLUMNS = ("code", "name", "parent", "main_type", "tissue", "nci", "umls", "mondo")
ROUTES = {"doid_via_nci": "nci", "doid_via_umls": "umls", "doid_via_mondo": "mondo"}


def read_do(rows: Iterable[Row], *, file: str, prefix: str = "DOID") -> Ontology:
    """Terms of a table with ``id``, ``label`` and ``parents`` (joined with ``|``); no synonyms, no obsolete terms.

    Raises:
        DataError: an id that is no CURIE of ``prefix``, or comes twice; a parent that is no CURIE; an empty label.
    """
    return _ontology((_do(row, prefix) for row in rows), file, "id")


def _do(row: Row, prefix: str) -> Term:
    if not row["label"]:
        raise DataError("this term has no label", file=row.file, row=row.number, column="label")
    return Term(
        id=curie(row["id"], file=row.file, row=row.number, column="id", prefix=prefix),
        name=row["label"],
        row=row.number,
        parents=tuple(
            curie(p, file=row.file, row=row.number, column="parents", prefix=prefix) for p in _parts(row["parents"])
        ),
    )


def read_oncotree(rows: Iterable[Row], *, file: str) -> Ontology:
    """Codes of a table with their parent, tissue, cross-references, and the DOIDs that each route leads to.

    A route is the step by which the table came to a DOID: a shared NCI Thesaurus concept, a shared UMLS concept, or
    Mondo. It is a claim, not yet a mapping: predicates are decided in ``ontologies.mappings``.

    Raises:
        DataError: a cell that is no code or no DOID, a code twice, a parent that is not in the table.
    """
    found = list(rows)
    ontology = _ontology((_oncotree(row) for row in found), file, "code")
    codes = {term.id for term in ontology.terms}
    for row in found:
        if row["parent"] and f"ONCOTREE:{row['parent']}" not in codes:
            raise DataError(
                "this parent is not in the table", file=row.file, row=row.number, column="parent", value=row["parent"]
            )
    return ontology


def _oncotree(row: Row) -> Term:
    routes: dict[str, list[str]] = {}
    for column, route in ROUTES.items():
        for doid in _parts(row[column]):
            routes.setdefault(curie(doid, file=row.file, row=row.number, column=column, prefix="DOID"), []).append(
                route
            )
    return Term(
        id=f"ONCOTREE:{code(row, 'code')}",
        name=" ".join(row["name"].split()),
        row=row.number,
        xrefs=tuple(
            sorted(
                {f"NCIT:{c}" for c in _parts(row["nci"])}
                | {f"UMLS:{c}" for c in _parts(row["umls"])}
                | set(_parts(row["mondo"]))
            )
        ),
        parents=(f"ONCOTREE:{code(row, 'parent')}",) if row["parent"] else (),
        mappings=tuple(
            Link(target=doid, predicate="skos:relatedMatch", route="+".join(by)) for doid, by in sorted(routes.items())
        ),
        tissue=row["tissue"] or None,
    )


def _ontology(terms: Iterator[Term], file: str, column: str) -> Ontology:
    found = tuple(once(terms, file, column))
    if not found:
        raise DataError("there is no row below the header", file=file)
    return Ontology(found)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]
