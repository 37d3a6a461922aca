"""What an importer returns: content, and a count of everything it met."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from graph.claims import GuidelineRow, Statement, VariantClass
from graph.model import Edge, Node

Fate = Literal["quarantined", "skipped", "warning", "note"]
"""A *warning* asks somebody to look: something is misspelt, missing or contradicts itself. A *note* tells how a row was
read, or what of it is not used, where nothing is to be mended: files as they are published give notes alone."""


@dataclass(frozen=True)
class SetAside:
    """One row that was not simply loaded, with the reason; written to ``reports/<source>.tsv`` of the release."""

    fate: Fate
    record: str
    file: str
    row: int | None
    column: str | None
    value: str
    reason: str


@dataclass
class Report:
    """Counts that add up: ``read == loaded + merged + quarantined + skipped``.

    ``merged`` counts rows that said what another row had said already (duplicate ids, repeated xrefs). A quarantined
    row is in the release, marked; a skipped one is not.
    """

    read: int = 0
    loaded: int = 0
    merged: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    coverage: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What was derived from text: field name -> (rows where a pattern spoke, rows looked at)."""
    places: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    """Record -> file and row, for what is found out about it after its file was read."""

    def aside(
        self, fate: Fate, record: str, reason: str, *, file: str | None = None, row: int | None = None,
        column: str | None = None, value: str = "",
    ) -> None:  # fmt: skip
        """Without ``file``, file and row are the record's (``places``)."""
        if file is None:
            file, row = self.places.get(record, ("", None))
        self.set_aside.append(SetAside(fate, record, file, row, column, value, reason))

    def count(self, fate: Fate) -> int:
        """How many distinct records met this fate."""
        return len({(s.file, s.row, s.record) for s in self.set_aside if s.fate == fate})

    def reasons(self, fate: Fate) -> Counter[str]:
        """How often each reason was given for one fate."""
        return Counter(s.reason for s in self.set_aside if s.fate == fate)


@dataclass(frozen=True)
class SourceInfo:
    """Where content came from, for the manifest and for every edge."""

    name: str
    title: str
    version: str | None
    licence: str
    url: str | None
    attribution: str
    files: dict[str, str]
    """File name (no folder) -> SHA-256 of its bytes."""


@dataclass
class Harvest:
    """One source's content.

    Importers of statements need return no nodes or edges for them: ``ingest.build`` projects statements and rows into
    the graph. Nodes and edges here are what else the source knows: genes with xrefs, alleles, diseases, is-a, classes.
    """

    source: SourceInfo
    report: Report
    statements: list[Statement] = field(default_factory=list)
    rows: list[GuidelineRow] = field(default_factory=list)
    classes: list[VariantClass] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    own: bool = False
    """A table of the user's: what is odd in it is a warning, for the user can mend it."""
