"""Names of genes and drugs: unknown ones, slips, older symbols and brands."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from graph.errors import nearest
from graph.paths import criterion_genes
from ontologies import drugs
from rules.genes import aliases, symbol
from rules.lint.book import Book, Entry, asked
from rules.lint.fault import Check, Fault, Severity
from rules.lint.world import World
from rules.markers import marker
from rules.viruses import genes as virus_genes

_SHOWN = 12
"""Ids of other rows with the same mistake that are listed."""


def _run(book: Book, world: World) -> Iterator[Fault]:
    yield from _genes(book, world)
    yield from _aliases(book)
    yield from _drugs(book)


def _genes(book: Book, world: World) -> Iterator[Fault]:
    named: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in book.entries:
        # A pharmacogene is known by the rows that speak of its genotypes, a tumour gene by the release.
        genes = (g for c in asked(entry.row.profile) if c.type != "genotype" for g in criterion_genes(c))
        for gene in dict.fromkeys(genes):
            named[entry.file, gene].append(entry)
    known: tuple[str, ...] | None = None
    for (_, gene), entries in named.items():
        called = world.lookups.gene_symbol(gene)
        if called == gene or gene in virus_genes():
            continue
        if called is not None:
            yield _once(entries, "alias", "note", f"{gene} goes by {called} in the release.", "biomarker")
            continue
        known = known or world.lookups.gene_symbols()
        close = nearest(gene, known)
        hint = f" (did you mean {close[0]}?)" if close else ""
        yield _once(entries, "unknown-gene", "warning", f"No source of the release names the gene {gene}{hint}.",
                    "biomarker")  # fmt: skip


def _aliases(book: Book) -> Iterator[Fault]:
    for table in book.tables:
        for column in table.spec.columns:
            kind, _, gene = (column.fact or "").partition(".")
            if kind in ("gene", "germline_pgx") and symbol(gene) != gene:
                message = f"The column {column.name!r} is about {symbol(gene)}, of which {gene} is another name."
                yield Fault(check="alias", severity="warning", file=table.rows[0].file if table.rows else "", row=1,
                            column=column.name, message=message)  # fmt: skip
    written: defaultdict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in book.entries:
        genes = {g for c in asked(entry.row.profile) for g in criterion_genes(c)}
        for column in entry.spec.columns:
            for word in re.findall(r"[\w/-]+", entry.cells.get(column.name, "")) if column.fact == "biomarker" else ():
                meant = aliases().get(word.upper())
                if meant in genes and word not in genes and marker(word) is None:
                    written[entry.file, word, meant or ""].append(entry)
    for (_, word, meant), entries in written.items():
        yield _once(entries, "alias", "note", f"{word} is another name of the gene {meant}.", "biomarker")


def _drugs(book: Book) -> Iterator[Fault]:
    written: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in book.entries:
        for name in dict.fromkeys(_names(entry)):
            written[entry.file, name].append(entry)
    published: dict[str, Entry] = {}
    for (_, name), entries in written.items():
        if not drugs.known(name):
            meant = drugs.misspelt(name)
            if meant or _column(entries[0]):
                hint = f" (did you mean {meant}?)" if meant else ""
                message = f"The table of drugs does not have {name}{hint}."
                yield _once(entries, "unknown-drug", "warning", message, "drugs")
            else:
                published.setdefault(name, entries[0])
        elif (ingredient := drugs.ingredient(name)).casefold() != name.casefold():
            yield _once(entries, "brand", "note", f"{name} is another name of {ingredient}.", "drugs")
    if published:
        # Published guidelines spell their own drugs right: one note for all that Clew has no names and classes of.
        names = ", ".join(list(published)[:_SHOWN]) + (" …" if len(published) > _SHOWN else "")
        first, *others = published.values()
        message = f"The table of drugs lacks {len(published)} of the drugs: {names}."
        yield first.fault("unknown-drug", "note", message, related=[e.row.id for e in others[:_SHOWN]])


def _names(entry: Entry) -> tuple[str, ...]:
    """The drugs as they are written; of an importer's row as they were read."""
    column = _column(entry)
    text = entry.cells.get(column, "") if column else ""
    return tuple(part.strip() for part in text.split("|") if part.strip()) or (() if column else entry.row.drugs)


def _column(entry: Entry) -> str | None:
    return next((c.name for c in entry.spec.columns if c.field == "drugs"), None)


def _once(entries: list[Entry], check: str, severity: Severity, message: str, what: str) -> Fault:
    """One fault for all rows of a file with the same mistake."""
    column = entries[0].column_of(**_COLUMNS[what])
    more = f" It stands in {len(entries)} rows." if len(entries) > 1 else ""
    return entries[0].fault(check, severity, message + more, column=column,
                            related=[e.row.id for e in entries[1 : _SHOWN + 1]])  # fmt: skip


_COLUMNS: Mapping[str, Mapping[str, str]] = {"drugs": {"field": "drugs"}, "biomarker": {"fact": "biomarker"}}

CHECK = Check(
    _run,
    {
        "unknown-gene": "a gene that no source of the release names",
        "alias": "a gene by another name than its symbol",
        "unknown-drug": "a drug that is not in the table of drugs",
        "brand": "a drug by a brand, code name or spelling instead of its ingredient",
    },
)
