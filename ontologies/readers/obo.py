"""OBO files, through obonet, which reads the whole format but locates nothing: the lines are checked first."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import obonet

from graph.errors import DataError
from ontologies.terms import Link, Ontology, Term, curie, xref

_WANTED = {"id", "name", "alt_id", "synonym", "xref", "is_a", "is_obsolete", "replaced_by", "consider"}
_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(EXACT|BROAD|NARROW|RELATED)?')


def read(text: str, *, file: str, prefix: str | None = None) -> Ontology:
    """Every term of an OBO file, obsolete ones too; only ids of ``prefix`` where one is given.

    Raises:
        DataError: for a line that is no ``tag: value``, a term without id or name, an id that comes twice, an id that
            is no CURIE, or a file with no term.
    """
    lines, rows = _checked(text, file)
    graph = obonet.read_obo(io.StringIO("\n".join(lines)), ignore_obsolete=False)
    found = tuple(
        _term(id_, graph.nodes[id_], [p for _, p, kind in graph.out_edges(id_, keys=True) if kind == "is_a"], file, row)
        for id_, row in rows.items()
        if prefix is None or id_.startswith(prefix + ":")
    )
    if not found:
        raise DataError("there is no term in this OBO file", file=file)
    return Ontology(found, graph.graph.get("data-version"))


def _checked(text: str, file: str) -> tuple[list[str], dict[str, int]]:
    """The lines that are used, and the row of each term's id."""
    kept: list[str] = []
    rows: dict[str, int] = {}
    stanza, start, tags = "", 0, set[str]()

    def close() -> None:
        for tag in ("id", "name"):
            if stanza == "[Term]" and tag not in tags:
                raise DataError(f"this term has no {tag}", file=file, row=start, column=tag)

    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if not bare or bare.startswith("!"):
            kept.append("")
        elif re.fullmatch(r"\[\w+\]", bare):
            close()
            stanza, start, tags = bare, number, set()
            kept.extend(["", bare])
        else:
            tag, colon, value = bare.partition(":")
            if not colon or " " in tag:
                raise DataError("this line is no `tag: value`", file=file, row=number, value=bare)
            if stanza == "[Term]" and tag == "id":
                id_ = re.sub(r"\s+!.*", "", value).strip()
                curie(id_, file=file, row=number, column="id")
                if id_ in rows:
                    raise DataError(
                        f"this id is given twice (first in row {rows[id_]})",
                        file=file, row=number, column="id", value=id_,
                    )  # fmt: skip
                rows[id_] = number
            tags.add(tag)
            # obonet refuses a relationship with a qualifier, which we do not need.
            if not stanza or (stanza == "[Term]" and tag in _WANTED):
                kept.append(bare)
    close()
    return kept, rows


def _term(id_: str, data: dict[str, Any], parents: list[str], file: str, row: int) -> Term:
    obsolete = data.get("is_obsolete") == "true"
    name = _unescaped(data["name"])
    exact: list[str] = []
    related: list[str] = []
    for value in data.get("synonym", []):
        match = _SYNONYM.match(value)
        if match is None:
            raise DataError("this synonym is not in quotation marks", file=file, row=row, column="synonym", value=value)
        (exact if match[2] == "EXACT" else related).append(_unescaped(match[1]))
    return Term(
        id=id_,
        name=re.sub(r"^obsolete[_ ]", "", name) if obsolete else name,
        row=row,
        synonyms=tuple(sorted(set(exact))),
        related=tuple(sorted(set(related))),
        xrefs=tuple(sorted({x for value in data.get("xref", []) if (x := xref(value.split(' "')[0])) is not None})),
        parents=tuple(curie(p, file=file, row=row, column="is_a") for p in parents),
        replaces=tuple(curie(a, file=file, row=row, column="alt_id") for a in data.get("alt_id", [])),
        mappings=tuple(_successors(data, file, row)),
        obsolete=obsolete,
    )


def _successors(data: dict[str, Any], file: str, row: int) -> Iterator[Link]:
    for tag, predicate in (("replaced_by", "skos:exactMatch"), ("consider", "skos:relatedMatch")):
        for value in data.get(tag, []):
            yield Link(target=curie(value, file=file, row=row, column=tag), predicate=predicate, route=tag)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
