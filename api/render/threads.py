"""Paths as a reader sees them: steps with words for nodes and edges, whole or on one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from api.render.words import clean, year
from graph.answer import OptionStatement
from graph.model import Path, PathEdge

_BACKWARDS = {"HAS_COMPONENT": "COMPONENT_OF"}
_ASIDE = re.compile(r" \([^()]*\)$")


class Step(msgspec.Struct, frozen=True):
    """One node of a path as a reader sees it."""

    kind: str
    """The node type in words: ``finding``, ``variant``, ``molecular profile`` …"""
    text: str
    via: str
    """The edge that leads here in words; empty for the first."""
    derived: bool
    """Whether that edge was derived from the patient's finding rather than stated by a source."""
    sources: tuple[str, ...]
    url: str | None


def chain(path: Path, statements: Iterable[OptionStatement]) -> list[Step]:
    """A path as steps to read, with the statement's disease in brackets behind the profile that it is about."""
    by_id = {s.id: s for s in statements}
    disease = next((s.disease for node in path.nodes if (s := by_id.get(node.id))), "")
    last_profile = max((i for i, n in enumerate(path.nodes) if n.label == "MolecularProfile"), default=None)
    steps = []
    for i, node in enumerate(path.nodes):
        statement = by_id.get(node.id)
        text = statement_name(statement) if statement else clean(node.name)
        if i == last_profile and disease:
            text += f" [{clean(disease)}]"
        edge = path.edges[i - 1] if i else None
        steps.append(
            Step(
                kind=kind(node.label),
                text=text,
                via=_via(edge, node.id) if edge else "",
                derived=bool(edge and edge.derived),
                sources=edge.sources if edge else (),
                url=statement.url if statement else None,
            )
        )
    return steps


def _via(edge: PathEdge, node: str) -> str:
    """The edge that leads to a node, in words; the one from a drug to a therapy runs the other way."""
    type_ = _BACKWARDS.get(edge.type, edge.type) if edge.source == node else edge.type
    return type_.replace("_", " ").lower()


def statement_name(statement: OptionStatement) -> str:
    """A statement in a few words: ``FDA label 2014``, ``civic:EID1409 level A``."""
    if statement.agency:
        return clean(f"{statement.agency.upper()} label {year(statement.dates)}".strip())
    if statement.strength == "guideline":
        return clean(f"guideline {statement.id}")
    return clean(f"{statement.id} level {statement.level.value}")


def kind(label: str) -> str:
    """A node type in words.

    >>> kind("MolecularProfile"), kind("Variant")
    ('molecular profile', 'variant')
    """
    return "".join(f" {c.lower()}" if c.isupper() else c for c in label).strip()


def collapse(steps: Sequence[Step]) -> list[Step]:
    """The steps without those that only repeat the one before: finding, variant and profile often share a name, and a
    label's row says what the label says.

    The patient's own finding always stays a step of its own; what it says in brackets about how it was read is left to
    the list of findings.
    """
    first, *rest = steps
    shown = [msgspec.structs.replace(first, text=_ASIDE.sub("", first.text))]
    passed: Step | None = None
    for step in rest:
        if step.via == "grounds":
            continue
        before = shown[-1] if len(shown) > 1 else None
        if before and step.text.startswith(before.text) and step.text[len(before.text) :].lstrip()[:1] in ("", "["):
            shown[-1] = msgspec.structs.replace(step, kind=before.kind, via=before.via, derived=before.derived)
        elif before is None and step.text == shown[0].text and step.derived and len(rest) > 1:
            passed = step
        elif passed:
            shown.append(msgspec.structs.replace(step, via=passed.via, derived=True))
            passed = None
        else:
            shown.append(step)
    return shown


def thread(steps: Sequence[Step]) -> str:
    """A path on one line: ``BRAF p.V600E -> BRAF V600E [Melanoma] -> FDA label 2014 -> Dabrafenib``."""
    return " -> ".join(step.text for step in collapse(steps))
