"""Several harvests as one: files of one source, and genes that sources identify differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

import msgspec

from graph.errors import DataError
from graph.model import Edge, Node, Value
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.project import merged

T = TypeVar("T")

_GENE_PREFIXES = ("NCBIGene", "HGNC", "ENSEMBL", "HGNC.SYMBOL")
"""Whose id a gene keeps when sources differ, best first."""


def same_source(harvests: Iterable[Harvest]) -> list[Harvest]:
    """One harvest a source name, in order of name; what is said twice counts once, as merged.

    Files of one source are joined in the order of their names: in which order they were given changes nothing.

    Raises:
        DataError: when two statements, rows or classes of one id say different things.
    """
    groups: dict[str, list[Harvest]] = {}
    for harvest in harvests:
        groups.setdefault(harvest.source.name, []).append(harvest)
    return [_joined(sorted(groups[name], key=lambda h: sorted(h.source.files.items()))) for name in sorted(groups)]


def _joined(parts: list[Harvest]) -> Harvest:
    report = parts[0].report
    statements = _once([(p, s, s.id, s.record) for p in parts for s in p.statements], report)
    rows = _once([(p, r, r.id, r.id) for p in parts for r in p.rows], report)
    classes = _once([(p, c, c.id, c.record) for p in parts for c in p.classes], report)
    for part in parts[1:]:
        report.read += part.report.read
        report.loaded += part.report.loaded
        report.merged += part.report.merged
        report.set_aside += part.report.set_aside
        report.places |= part.report.places
        for field, (spoke, looked_at) in part.report.coverage.items():
            known = report.coverage.get(field, (0, 0))
            report.coverage[field] = (known[0] + spoke, known[1] + looked_at)
    return Harvest(
        source=_info([p.source for p in parts]),
        report=report,
        statements=statements,
        rows=rows,
        classes=classes,
        nodes=[n for p in parts for n in p.nodes],
        edges=[e for p in parts for e in p.edges],
        own=any(p.own for p in parts),
    )


def _info(infos: list[SourceInfo]) -> SourceInfo:
    versions = list(dict.fromkeys(i.version for i in infos if i.version))
    files: dict[str, str] = {}
    for info in infos:
        for file, digest in info.files.items():
            if files.setdefault(file, digest) != digest:
                files[f"{file} ({digest[:8]})"] = digest
    return replace(infos[0], version="; ".join(versions) or None, files=dict(sorted(files.items())))


def _once(items: Iterable[tuple[Harvest, T, str, str]], report: Report) -> list[T]:
    """The items, each given with its harvest, id and record, once an id."""
    found: dict[str, tuple[Harvest, T]] = {}
    for harvest, item, id, record in items:
        if id not in found:
            found[id] = (harvest, item)
            continue
        first, known = found[id]
        if known != item:
            raise clash(id, record, first, harvest)
        report.loaded -= 1
        report.merged += 1
    return [item for _, item in found.values()]


def clash(id: str, record: str, one: Harvest, other: Harvest) -> DataError:
    """The error that two harvests, or two files of one, say different things under one id."""
    file, row = other.report.places.get(record, (other.source.name, None))
    there, line = one.report.places.get(record, (one.source.name, None))
    place = there if line is None else f"{there}, row {line}"
    return DataError(f"this id is taken: {place} says something else under it", file=file, row=row, value=id)


def nodes(harvests: Iterable[Harvest]) -> tuple[dict[str, Node], dict[str, str]]:
    """All nodes by id, and the gene ids that were given up for another one of the same symbol.

    Raises:
        DataError: when one id is two kinds of thing.
    """
    found: dict[str, Node] = {}
    for harvest in harvests:
        for node in harvest.nodes:
            known = found.get(node.id)
            if known is not None and known.label != node.label:
                raise DataError(
                    f"one source calls this a {known.label}, another a {node.label}",
                    file=harvest.source.name,
                    value=node.id,
                )
            found[node.id] = node if known is None else merged(known, node)
    given_up = _given_up(found)
    for old, kept in given_up.items():
        gene = found.pop(old)
        both = merged(found[kept], gene)
        found[kept] = msgspec.structs.replace(both, properties=_with_xref(both, old))
    return found, given_up


def _given_up(found: dict[str, Node]) -> dict[str, str]:
    by_symbol: dict[str, list[str]] = {}
    for node in found.values():
        if node.label == "Gene":
            by_symbol.setdefault(str(node.properties.get("symbol", node.name)), []).append(node.id)
    kept = {symbol: min(ids, key=_gene_rank) for symbol, ids in by_symbol.items()}
    return {id: kept[symbol] for symbol, ids in by_symbol.items() for id in ids if id != kept[symbol]}


def _gene_rank(id: str) -> tuple[int, str]:
    prefix = id.partition(":")[0]
    return (_GENE_PREFIXES.index(prefix) if prefix in _GENE_PREFIXES else len(_GENE_PREFIXES), id)


def _with_xref(gene: Node, id: str) -> dict[str, Value]:
    known = gene.properties.get("xrefs", ())
    xrefs = {*(known if isinstance(known, tuple) else ())}
    if not id.startswith("HGNC.SYMBOL:"):
        xrefs.add(id)
    return {**gene.properties, **({"xrefs": tuple(sorted(xrefs))} if xrefs else {})}


def with_synonyms(nodes: Mapping[str, Node], aliases: Mapping[str, str]) -> dict[str, Node]:
    """The genes that go by other names too (alias -> symbol), with these as synonyms."""
    by_symbol = {str(n.properties["symbol"]): n for n in nodes.values() if n.label == "Gene"}
    changed: dict[str, Node] = {}
    for alias, symbol in aliases.items():
        if symbol in by_symbol and alias not in by_symbol:
            gene = changed.get(by_symbol[symbol].id, by_symbol[symbol])
            more = Node(id=gene.id, label=gene.label, name=gene.name, properties={"synonyms": (alias,)})
            changed[gene.id] = merged(gene, more)
    return changed


def redirected(edges: Iterable[Edge], given_up: dict[str, str]) -> list[Edge]:
    """The edges with the ids that were given up replaced."""
    if not given_up:
        return list(edges)
    return [
        msgspec.structs.replace(
            e, source=given_up.get(e.source, e.source), target=given_up.get(e.target, e.target)
        )
        if e.source in given_up or e.target in given_up
        else e
        for e in edges
    ]  # fmt: skip
