"""The patterns of ``patterns.toml``: what a text says of line, state, stage, histology and sex."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, cast

from graph.errors import DataError
from ingest.indication.text import parts
from rules.cells import compile_cell

FACTS = ("age_years", "sex", "line", "prior_therapies", "state", "stage", "histology")
"""Facts that a text may speak of."""


class Said(NamedTuple):
    """A condition, with the places of the text that it covers."""

    fact: str
    cell: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One entry of ``patterns.toml``."""

    name: str
    fact: str
    cell: str
    regex: re.Pattern[str]
    unless: re.Pattern[str] | None
    plus: int


@cache
def patterns() -> tuple[Pattern, ...]:
    """Every pattern, in file order.

    Raises:
        DataError: an unknown fact, or a cell that is not in the grammar.
    """
    found = []
    for entry in _data()["pattern"]:
        if entry["fact"] not in FACTS:
            raise DataError("the fact is not known", file="ingest/indication/patterns.toml", value=entry["fact"])
        compile_cell(entry["cell"].format(n=1))
        unless = re.compile(entry["unless"], re.I) if "unless" in entry else None
        regex = re.compile(entry["regex"], re.I)
        found.append(Pattern(entry["name"], entry["fact"], entry["cell"], regex, unless, entry.get("plus", 0)))
    return tuple(found)


_SEVERAL = re.compile(r"following settings|;", re.I)
"""The text joins several indications: none of their lines is that of all."""


def spoken(text: str) -> Iterator[Said]:
    """What the patterns say of a text; places are those in its indication."""
    indication, whole = parts(text).indication, parts(text).whole
    said: dict[str, Said] = {}
    for p in patterns():
        # A sex is only told when no sentence at all speaks of the other one.
        scope = whole if p.fact == "sex" else indication
        match = p.regex.search(indication)
        if p.fact == "line" and _SEVERAL.search(indication):
            continue
        if match is None or (p.unless and p.unless.search(scope)):
            continue
        number = match.groupdict().get("n")
        cell = p.cell.format(n=int(numbers().get(number.casefold(), number)) + p.plus) if number else p.cell
        spans = tuple(m.span() for m in p.regex.finditer(indication))
        earlier = said.get("line") if p.fact == "line" else None
        if earlier is not None:
            spans += earlier.spans
            if earlier.cell != cell:
                same = {earlier.cell, cell}
                # Two patterns that disagree about the line: the text means something that neither understands.
                agreed = all(c.startswith(">=") for c in same)
                cell, spans = (max(same), spans) if agreed else ("", ())
        said[p.fact if p.fact == "line" else p.name] = Said(p.fact, cell, spans)
    return (found for found in said.values() if found.cell)


@cache
def asking() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words by which a text asks for a setting, and phrases in which such a word asks for nothing."""
    return re.compile(_data()["asks"]["words"], re.I), re.compile(_data()["asks"]["harmless"], re.I)


def numbers() -> dict[str, int]:
    return cast("dict[str, int]", _data()["numbers"])


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("ingest.indication").joinpath("patterns.toml").read_text(encoding="utf-8"))
