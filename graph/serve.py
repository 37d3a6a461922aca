"""What a recommendation looks up: ``serve.sqlite``, opened read-only and immutable, with what was read kept.

Only msgspec and the standard library are imported here; pandas, pyarrow and numpy never are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec

from graph.claims import Edition, GuidelineRow, Statement, VariantClass
from graph.errors import ReleaseError
from graph.model import PathNode
from graph.shared import Shared

T = TypeVar("T")

_BY_ID = {
    "statement": "SELECT id, data FROM statement WHERE id IN (SELECT value FROM json_each(?))",
    "guideline_row": "SELECT id, data FROM guideline_row WHERE id IN (SELECT value FROM json_each(?))",
}


class DiseaseEntry(msgspec.Struct, frozen=True, gc=False):
    """A disease with what it is a kind of.

    ``compartments`` are ``solid``, ``myeloid``, ``lymphoid``: its own one, or for a broad disease those of its kinds.
    ``ancestors``: id (its own included) -> whether only a widening mapping leads there.
    """

    id: str
    name: str
    compartment: str | None
    compartments: frozenset[str]
    tissue: str | None
    obsolete: bool
    ancestors: dict[str, bool]


class AlleleEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A known variant behind a genomic allele; ``variant`` is its node id."""

    variant: str
    gene: str | None
    protein: str | None
    cdna: str | None
    exon: int | None


class DiseaseTest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One positive statement about a disease, and the genes and markers that its profile asks about."""

    facts: tuple[str, ...]
    therapy: tuple[str, ...]
    statement: str


class Serve:
    """Lookups in one release. Warm ones answer from memory; the object may be shared by threads that only read."""

    def __init__(self, file: Path) -> None:
        """Raises:
        ReleaseError: when ``file`` cannot be opened as the database of a release, or lacks tables of this version's.
        """
        try:
            self._db = sqlite3.connect(
                f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            present = _columns(self._db)
        except sqlite3.Error as error:
            raise ReleaseError(f"{file} cannot be opened: {error}") from None
        if lacking := sorted({table for table, _ in _wanted() - present}):
            self._db.close()
            raise ReleaseError(f"{file} was built by another version of Clew ({', '.join(lacking)}): build it again")
        self._statements: dict[str, Statement] = {}
        self._rows: dict[str, GuidelineRow] = {}
        self._anchored = lru_cache(maxsize=8192)(self._read_anchored)
        self._ruled = lru_cache(maxsize=8192)(self._read_ruled)
        self._gene = lru_cache(maxsize=8192)(self._read_gene)
        self._classes = lru_cache(maxsize=8192)(self._read_classes)
        self._alleles = lru_cache(maxsize=65536)(self._read_alleles)
        self._disease = lru_cache(maxsize=8192)(self._read_disease)
        self._named = lru_cache(maxsize=8192)(self._read_named)
        self._tests = lru_cache(maxsize=8192)(self._read_tests)
        self._tests_of = lru_cache(maxsize=1024)(self._join_tests)
        self._node = lru_cache(maxsize=8192)(self._read_node)
        self._all_names: tuple[str, ...] | None = None
        self._one = Shared()
        self.genes: Mapping[str, str] = _Genes(self)
        """Gene symbol or synonym -> node id, as ``graph.paths`` wants it."""

    def statements(self, ids: Iterable[str]) -> tuple[Statement, ...]:
        """The statements of these ids, in this order; the same id gives the same object.

        Raises:
            ReleaseError: for an id that the release lacks.
        """
        return self._content("statement", self._statements, _statement, ids)

    def rows(self, ids: Iterable[str]) -> tuple[GuidelineRow, ...]:
        """The guideline rows of these ids, in this order; errors as ``statements``."""
        return self._content("guideline_row", self._rows, _row, ids)

    def editions(self) -> tuple[Edition, ...]:
        """Which versions guidelines have, and which rows supersede others."""
        found = self._db.execute("SELECT editions FROM edition ORDER BY guideline").fetchall()
        return tuple(edition for (data,) in found for edition in _editions.decode(data))

    def statement_ids(self, anchors: Iterable[str]) -> frozenset[str]:
        """Ids of the statements that genes, markers and diseases (node ids) bring into question."""
        return frozenset().union(*(self._anchored(anchor) for anchor in anchors))

    def row_ids(self, nodes: Iterable[str]) -> frozenset[str]:
        """Ids of the guideline rows that Therapies, Drugs and Genes (node ids) bring: see ``Store.guideline_rows``."""
        return frozenset().union(*(self._ruled(node) for node in nodes))

    def agencies(self) -> frozenset[str]:
        """The agencies whose labels the release holds, and the jurisdictions of its guideline rows, in lower case."""
        stated = [_stated.decode(r[0]).agency for r in self._db.execute("SELECT data FROM statement")]
        rows = [_limiting.decode(r[0]).jurisdiction for r in self._db.execute("SELECT data FROM guideline_row")]
        return frozenset(name.casefold() for name in (*stated, *rows) if name)

    def facts(self) -> frozenset[str]:
        """The facts of an institution's own that statements and rows ask for, by name: ``ecog``."""
        return frozenset(r[0] for r in self._db.execute("SELECT name FROM fact"))

    def gene_id(self, symbol: str) -> str | None:
        """The node of a gene, by symbol or synonym in any case; ``None`` when the release does not know it."""
        found = self._gene(symbol)
        return found[0] if found else None

    def gene_symbol(self, symbol: str) -> str | None:
        """The symbol that the release uses for a gene that goes by this symbol or synonym."""
        found = self._gene(symbol)
        return found[1] if found else None

    def gene_symbols(self) -> tuple[str, ...]:
        """The symbol of every gene; for a did-you-mean."""
        return tuple(r[0] for r in self._db.execute("SELECT DISTINCT name FROM gene ORDER BY name"))

    def variant_classes(self, gene: str) -> tuple[VariantClass, ...]:
        """What is known about kinds of change in a gene (symbol)."""
        return self._classes(gene)

    def alleles(self, allele: str) -> tuple[AlleleEntry, ...]:
        """The known variants that a genomic allele (``GRCh37:7:140453136:A:T``) is."""
        return self._alleles(allele)

    def disease(self, id: str) -> DiseaseEntry | None:
        return self._disease(id)

    def disease_ids(self, folded: str) -> tuple[str, ...]:
        """Diseases of this name, code or synonym (folded by ``ontologies.names.fold``), those of the best kind only."""
        return self._named(folded)

    def disease_names(self) -> tuple[str, ...]:
        """Every way to call a disease, as written; for a did-you-mean."""
        if self._all_names is None:
            found = self._db.execute("SELECT DISTINCT text FROM disease_name ORDER BY text")
            self._all_names = tuple(r[0] for r in found)
        return self._all_names

    def disease_tests(self, diseases: Iterable[str]) -> tuple[DiseaseTest, ...]:
        """What the positive statements about these diseases (node ids) wait for, each statement once, by id."""
        return self._tests_of(tuple(diseases))

    def node(self, id: str) -> PathNode | None:
        """A node as explanations show it; the whole node is in the nodes table."""
        return self._node(id)

    def close(self) -> None:
        self._db.close()

    def _content(
        self, table: str, known: dict[str, T], decoder: msgspec.msgpack.Decoder[T], ids: Iterable[str]
    ) -> tuple[T, ...]:
        wanted = tuple(ids)
        missing = [id for id in wanted if id not in known]
        if missing:
            for id, data in self._db.execute(_BY_ID[table], (msgspec.json.encode(missing).decode(),)):
                known[id] = self._shared(decoder.decode(data))
        try:
            return tuple(known[id] for id in wanted)
        except KeyError as error:
            raise ReleaseError(f"the release has no {table.replace('_', ' ')} {error.args[0]}") from None

    def _shared(self, item: T) -> T:
        """The row with one object for each profile, criterion, disease scope and settings, however often said.

        Matching remembers by identity what it has found.
        """
        assert isinstance(item, Statement | GuidelineRow)
        if item.profile is not None:
            msgspec.structs.force_setattr(item, "profile", self._one.expression(item.profile))
        if item.disease is not None:
            msgspec.structs.force_setattr(item, "disease", self._one.same(item.disease))
        msgspec.structs.force_setattr(item, "settings", self._one.same(item.settings))
        return item

    def _blob(self, query: str, key: str, decode: Callable[[bytes], T]) -> T | None:
        found = self._db.execute(query, (key,)).fetchone()
        return decode(found[0]) if found else None

    def _read_anchored(self, anchor: str) -> frozenset[str]:
        return self._blob("SELECT statements FROM anchor WHERE id = ?", anchor, _ids.decode) or frozenset()

    def _read_ruled(self, node: str) -> frozenset[str]:
        return self._blob("SELECT guideline_rows FROM ruled WHERE id = ?", node, _ids.decode) or frozenset()

    def _read_gene(self, symbol: str) -> tuple[str, str] | None:
        found: tuple[str, str] | None = self._db.execute(
            "SELECT id, name FROM gene WHERE symbol = ?", (symbol.casefold(),)
        ).fetchone()
        return found

    def _read_classes(self, gene: str) -> tuple[VariantClass, ...]:
        return self._blob("SELECT classes FROM variant_class WHERE gene = ?", gene, _classes.decode) or ()

    def _read_alleles(self, allele: str) -> tuple[AlleleEntry, ...]:
        return self._blob("SELECT variants FROM allele WHERE allele = ?", allele, _variants.decode) or ()

    def _read_disease(self, id: str) -> DiseaseEntry | None:
        query = "SELECT name, compartment, compartments, tissue, obsolete, ancestors FROM disease WHERE id = ?"
        found = self._db.execute(query, (id,)).fetchone()
        if not found:
            return None
        name, compartment, compartments, tissue, obsolete, ancestors = found
        return DiseaseEntry(
            id, name, compartment, _ids.decode(compartments), tissue, bool(obsolete), _ancestors.decode(ancestors)
        )

    def _read_named(self, folded: str) -> tuple[str, ...]:
        query = "SELECT DISTINCT kind, id FROM disease_name WHERE folded = ? ORDER BY id"
        found: list[tuple[str, str]] = self._db.execute(query, (folded,)).fetchall()
        for best in ("name", "code"):
            if ids := tuple(id for kind, id in found if kind == best):
                return ids
        return tuple(dict.fromkeys(id for _, id in found))

    def _join_tests(self, diseases: tuple[str, ...]) -> tuple[DiseaseTest, ...]:
        found = {test.statement: test for disease in diseases for test in self._tests(disease)}
        return tuple(found[id] for id in sorted(found))

    def _read_tests(self, disease: str) -> tuple[DiseaseTest, ...]:
        return self._blob("SELECT tests FROM disease_test WHERE id = ?", disease, _tests.decode) or ()

    def _read_node(self, id: str) -> PathNode | None:
        found = self._db.execute("SELECT label, name FROM node WHERE id = ?", (id,)).fetchone()
        return PathNode(id=id, label=found[0], name=found[1]) if found else None


@cache
def _wanted() -> frozenset[tuple[str, str]]:
    """The columns that lookups rely on, each with its table."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(resources.files("graph").joinpath("queries/serve.sql").read_text(encoding="utf-8"))
        return _columns(db)


def _columns(db: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    found = db.execute("SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'")
    return frozenset(found)


class _Genes(Mapping[str, str]):
    """The gene table as a mapping: symbols on demand, never the whole table."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve

    def __getitem__(self, symbol: str) -> str:
        found = self._serve.gene_id(symbol)
        if found is None:
            raise KeyError(symbol)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._serve.gene_symbols())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Stated(msgspec.Struct):
    """Of a statement, the agency alone."""

    agency: str | None = None


class _Limiting(msgspec.Struct):
    """Of a guideline row, the jurisdiction alone."""

    jurisdiction: str | None = None


_stated = msgspec.msgpack.Decoder(_Stated)
_limiting = msgspec.msgpack.Decoder(_Limiting)
_statement = msgspec.msgpack.Decoder(Statement)
_row = msgspec.msgpack.Decoder(GuidelineRow)
_editions = msgspec.msgpack.Decoder(tuple[Edition, ...])
_ids = msgspec.msgpack.Decoder(frozenset[str])
_classes = msgspec.msgpack.Decoder(tuple[VariantClass, ...])
_variants = msgspec.msgpack.Decoder(tuple[AlleleEntry, ...])
_tests = msgspec.msgpack.Decoder(tuple[DiseaseTest, ...])
_ancestors = msgspec.msgpack.Decoder(dict[str, bool])
