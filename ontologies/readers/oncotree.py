"""OncoTree as published: the nested JSON tree of ``/api/tumorTypes/tree`` and the text with one column a level.

Both carry the history of codes: ``history`` lists former names of a code, ``precursors`` codes that became part of it,
``revocations`` codes that it was a part of (OncoTree, "History Modeling"). A former code that is in no use today
becomes an obsolete term that maps to what took its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from graph.errors import DataError
from ontologies.terms import Link, Ontology, Row, Term, once

LEVELS = tuple(f"level_{n}" for n in range(1, 8))
LEVEL_COLUMNS = (*LEVELS, "metamaintype", "metacolor", "metanci", "metaumls", "history")
FLAT_COLUMNS = ("code", "main_type", "name", "tissue")

_CODE = re.compile(r"[A-Za-z0-9_./-]+")
_CELL = re.compile(r"\s*(.+?)\s*\(([A-Za-z0-9_./-]+)\)\s*")

History = Literal["history", "precursors", "revocations"]
_PREDICATES: dict[History, str] = {
    "history": "skos:exactMatch",
    "precursors": "skos:broadMatch",
    "revocations": "skos:relatedMatch",
}


class _Node(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    name: str
    children: dict[str, _Node]
    parent: str | None = None
    color: str | None = None
    mainType: str | None = None  # noqa: N815
    externalReferences: dict[str, list[str]] = {}  # noqa: N815
    tissue: str | None = None
    level: int | None = None
    history: list[str] = []
    revocations: list[str] = []
    precursors: list[str] = []


def read_json(content: bytes, *, file: str) -> Ontology:
    """Every code of the nested tree, parents before children, former codes last.

    Raises:
        DataError: not this JSON, a code twice, a key that differs from the code below it, a stated parent that is not
            the code above.
    """
    try:
        roots = msgspec.json.decode(content, type=dict[str, _Node])
    except msgspec.ValidationError as error:
        raise _faulty(msgspec.json.decode(content), file) or DataError(
            f"this is no OncoTree tree in JSON ({error})", file=file
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(f"this is no OncoTree tree in JSON ({error})", file=file) from error
    if not roots:
        raise DataError("there is no tumour type in this file", file=file)
    nodes = [node for key, root in roots.items() for node in _walk(key, root, None, file)]
    terms = list(once((_term(node) for node in nodes), file, "code"))
    former = _former(((_id(n.code), n.name, n.history, n.precursors, n.revocations) for n in nodes), terms)
    return Ontology((*terms, *former))


def _faulty(tree: object, file: str) -> DataError | None:
    """The error of the first node that is not as published, by its key and the keys above it."""
    waiting = [(str(key), node) for key, node in tree.items()] if isinstance(tree, dict) else []
    while waiting:
        path, node = waiting.pop()
        inner = node.get("children") if isinstance(node, dict) else None
        try:
            msgspec.convert({**node, "children": {}} if isinstance(inner, dict) else node, _Node)
        except msgspec.ValidationError as error:
            return DataError(f"a node of the tree is not as OncoTree publishes it ({error})", file=file, value=path)
        if isinstance(inner, dict):
            waiting += [(f"{path} > {key}", child) for key, child in reversed(inner.items())]
    return None


def _walk(key: str, node: _Node, above: str | None, file: str) -> Iterator[_Node]:
    if _CODE.fullmatch(node.code) is None or key != node.code:
        raise DataError(f"the code under key {key!r} is another one", file=file, column="code", value=node.code)
    if node.parent is not None and node.parent != above:
        raise DataError(
            f"the parent of {node.code} is stated to be another one than {above}",
            file=file, column="parent", value=node.parent,
        )  # fmt: skip
    node.parent = above
    yield node
    for child_key, child in node.children.items():
        yield from _walk(child_key, child, node.code, file)


def _term(node: _Node) -> Term:
    references = node.externalReferences
    return Term(
        id=_id(node.code),
        name=" ".join(node.name.split()),
        xrefs=_xrefs(references.get("NCI", []), references.get("UMLS", [])),
        parents=(_id(node.parent),) if node.parent else (),
        tissue=node.tissue,
    )


def read_levels(rows: Iterable[Row], *, file: str) -> Ontology:
    """Every code of the text with ``level_1`` … ``level_7`` cells ``Name (CODE)``; the tissues hang under ``TISSUE``.

    Raises:
        DataError: a cell that is no ``Name (CODE)``, a row without any, an ancestor with no row, a code twice.
    """
    terms = [_ROOT]
    former: list[tuple[str, str, list[str], list[str], list[str]]] = []
    for row in rows:
        path = [(column, row[column]) for column in LEVELS if row[column]]
        if not path:
            raise DataError("no level of this row is filled", file=file, row=row.number, column=LEVELS[0])
        named = [_named(cell, row, column) for column, cell in path]
        name, code = named[-1]
        terms.append(
            Term(
                id=_id(code),
                name=name,
                row=row.number,
                xrefs=_xrefs(_codes(row["metanci"]), _codes(row["metaumls"])),
                parents=(_id(named[-2][1]) if len(named) > 1 else _ROOT.id,),
                tissue=named[0][0],
            )
        )
        former.append((_id(code), name, _codes(row["history"]), [], []))
    known = {term.id for term in once(terms, file, "code")}
    for term in terms:
        if term.parents and term.parents[0] not in known:
            raise DataError("the level above has no row of its own", file=file, row=term.row, value=term.parents[0])
    if len(terms) == 1:
        raise DataError("there is no tumour type in this file", file=file)
    return Ontology((*terms, *_former(former, terms)))


def read_flat(rows: Iterable[Row], *, file: str) -> Ontology:
    """Every code of a plain list (code, main_type, name, tissue): names and tissues, no tree, no history.

    Raises:
        DataError: a code that is none, or comes twice.
    """
    terms = (
        Term(id=_id(code(row, "code")), name=row["name"], row=row.number, tissue=row["tissue"] or None) for row in rows
    )
    found = tuple(once(terms, file, "code"))
    if not found:
        raise DataError("there is no row below the header", file=file)
    return Ontology(found)


_ROOT = Term(id="ONCOTREE:TISSUE", name="Tissue")


def code(row: Row, column: str) -> str:
    """The OncoTree code in a cell.

    Raises:
        DataError: when it is none.
    """
    if _CODE.fullmatch(row[column]) is None:
        raise DataError("this is no OncoTree code", file=row.file, row=row.number, column=column, value=row[column])
    return row[column]


def _id(code_: str) -> str:
    return f"ONCOTREE:{code_}"


def _named(cell: str, row: Row, column: str) -> tuple[str, str]:
    match = _CELL.fullmatch(cell)
    if match is None:
        raise DataError("this cell is no `Name (CODE)`", file=row.file, row=row.number, column=column, value=cell)
    return match[1], match[2]


def _codes(cell: str) -> list[str]:
    return [part for part in re.split(r"[\s,;|]+", cell) if part]


def _xrefs(nci: Sequence[str], umls: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*(f"NCIT:{c.strip()}" for c in nci), *(f"UMLS:{c.strip()}" for c in umls)}))


def _former(
    current: Iterable[tuple[str, str, Sequence[str], Sequence[str], Sequence[str]]], terms: Sequence[Term]
) -> Iterator[Term]:
    """Obsolete terms for codes that only the history of others names."""
    live = {term.id for term in terms}
    roots = tuple(term.id for term in terms if not term.parents)
    links: dict[str, list[Link]] = {}
    names: dict[str, str] = {}
    for id_, name, history, precursors, revocations in current:
        kinds: tuple[tuple[History, Sequence[str]], ...] = (
            ("history", history), ("precursors", precursors), ("revocations", revocations),
        )  # fmt: skip
        for kind, codes in kinds:
            for former in map(_id, codes):
                if former not in live:
                    links.setdefault(former, []).append(Link(target=id_, predicate=_PREDICATES[kind], route=kind))
                    if kind == "history":
                        names[former] = name
    for former, found in links.items():
        unique = {link.target: link for link in reversed(found)}
        yield Term(
            id=former,
            name=names.get(former, former.removeprefix("ONCOTREE:")),
            parents=roots,
            mappings=tuple(sorted(unique.values(), key=lambda link: link.target)),
            obsolete=True,
        )
