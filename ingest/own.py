"""What is looked at in a table of the user's once all sources are read: names that none of them knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graph.claims import Condition, Expression, criteria
from graph.errors import nearest
from graph.model import Node
from ingest.harvest import Harvest
from rules import states
from rules.cells import parse


def check(harvests: Sequence[Harvest], nodes: Mapping[str, Node]) -> None:
    """Warn, in the reports of the user's tables, of genes that no other source names and of unknown words of state."""
    if not any(h.own for h in harvests):
        return
    known = {str(n.properties.get("symbol", n.name)) for n in nodes.values() if n.label == "Gene"}
    known |= {gene for h in harvests if not h.own for _, profile, _ in _said(h) for gene in _genes(profile)}
    for harvest in (h for h in harvests if h.own):
        for record, profile, settings in _said(harvest):
            for gene in dict.fromkeys(g for g in _genes(profile) if g not in known):
                _warn(harvest, record, "no other source names this gene", gene, "biomarker", nearest(gene, known))
            for cell in (c.cell for c in settings if c.fact == "state"):
                for word, meant in states.unknown("|".join(parse(cell).choices)):
                    _warn(harvest, record, "this is no known state of a disease", word, "state", [meant or ""])


def _said(harvest: Harvest) -> Iterator[tuple[str, Expression | None, tuple[Condition, ...]]]:
    """Record, profile and settings of all that a harvest says, those of a statement and its row once."""
    yield from ((s.record, s.profile, s.settings) for s in harvest.statements)
    said = {s.row for s in harvest.statements}
    yield from ((r.id, r.profile, r.settings) for r in harvest.rows if r.id not in said)


def _genes(profile: Expression | None) -> list[str]:
    if profile is None:
        return []
    return [g for c, _ in criteria(profile) for g in (c.gene, c.gene_5p, c.gene_3p) if g]


def _warn(harvest: Harvest, record: str, reason: str, value: str, column: str, close: Iterable[str]) -> None:
    meant = next((word for word in close if word), None)
    hint = f" (did you mean {meant}?)" if meant else ""
    harvest.report.aside("warning", record, reason + hint, column=column, value=value)
