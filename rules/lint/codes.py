"""Codes and names of diseases: unknown, given up, of another system, or of another disease than the name says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from graph.claims import DiseaseScope
from ontologies.names import fold
from rules.lint.book import Book, Entry
from rules.lint.fault import Check, Fault
from rules.lint.world import World

_FORMS = {"DOID": re.compile(r"\d+"), "ONCOTREE": re.compile(r"[A-Z][A-Z0-9_+-]*")}
"""How the codes of the two systems that diseases are matched in look."""


def _run(book: Book, world: World) -> Iterator[Fault]:
    seen: set[tuple[str, str, DiseaseScope]] = set()
    for entry in book.entries:
        scope = entry.row.disease
        if scope is None or (entry.row.guideline, entry.file, scope) in seen:
            continue
        # Of the same mistake in many rows of one file the first is told; it is one mistake to the curator.
        seen.add((entry.row.guideline, entry.file, scope))
        for id in (*scope.ids, *scope.excluded):
            yield from _code(entry, id, scope, world)
        yield from _name(entry, scope, world)


def _code(entry: Entry, id: str, scope: DiseaseScope, world: World) -> Iterator[Fault]:
    prefix, _, local = id.partition(":")
    column = entry.column_of(field="excluded_ids" if id in scope.excluded else "disease_ids")
    form = _FORMS.get(prefix)
    if form is None or not form.fullmatch(local):
        other = next(
            (p for p, f in _FORMS.items() if f.fullmatch(local) and world.lookups.disease(f"{p}:{local}")), None
        )
        meant = [f"{other}:{local}"] if other and other != prefix else list(world.lookups.disease_ids(fold(id)))
        problem = f"no code is written {id}" if form else f"{prefix} is no system that diseases are matched in"
        yield entry.fault("wrong-system", "error", f"{problem}{_hint(meant)}.", column=column)
        return
    known = world.lookups.disease(id)
    if known is None:
        found = world.names.resolve(scope.name)
        meant = list(found.ids) if found and id not in scope.excluded else []
        # A release may hold a part of an ontology only, the starter pack its cancers.
        message = f"The ontology of the release has no {id}{_hint(meant)}."
        yield entry.fault("unknown-code", "warning", message, column=column)
    elif known.obsolete:
        found = world.names.resolve(scope.name)
        meant = [i for i in (found.ids if found else ()) if i != id]
        yield entry.fault(
            "obsolete-code", "warning", f"{id} ({known.name}) has been given up{_hint(meant)}.", column=column
        )


def _name(entry: Entry, scope: DiseaseScope, world: World) -> Iterator[Fault]:
    if scope.agnostic:
        return
    column = entry.column_of(field="disease")
    match = world.names.resolve(scope.name)
    if match is None and not scope.ids:
        close = world.names.suggest(scope.name)
        message = f"No disease goes by {scope.name!r}{_hint(close)}, so the row holds for nobody."
        yield entry.fault("unknown-code", "error", message, column=column)
    elif match is not None and not match.ids and not scope.ids:
        listed = ", ".join(f"{name} ({id})" for id, name in match.candidates)
        yield entry.fault(
            "unknown-code", "error", f"{scope.name!r} may be any of {listed}: give the code.", column=column
        )
    elif match is not None and match.ids and scope.ids and not _related(match.ids, scope.ids, world):
        codes = ", ".join(f"{id} ({world.taxonomy.disease_name(id)})" for id in scope.ids)
        message = f"{scope.name!r} is {', '.join(match.ids)}, but the codes are {codes}."
        yield entry.fault("name-disagrees", "warning", message, column=column)


def _related(some: Sequence[str], others: Sequence[str], world: World) -> bool:
    """Whether any of two diseases are one above the other, or are called alike: two ontologies may both have one."""
    above = world.taxonomy.ancestors
    known = [b for b in others if world.lookups.disease(b) is not None]
    return not known or any(a in above(b) or b in above(a) or _alike(a, b, world) for a in some for b in known)


def _alike(one: str, other: str, world: World) -> bool:
    a, b = (_plain(world.taxonomy.disease_name(d) or d) for d in (one, other))
    return a <= b or b <= a or SequenceMatcher(None, " ".join(sorted(a)), " ".join(sorted(b))).ratio() > 0.85


def _plain(name: str) -> frozenset[str]:
    words = re.sub(r"\b(?:carcinoma|tumor|neoplasm|malignancy)\b", "cancer", fold(name)).split()
    return frozenset(words) - {"nos"}


def _hint(meant: Sequence[str]) -> str:
    return f" (did you mean {meant[0]}?)" if meant else ""


CHECK = Check(
    _run,
    {
        "unknown-code": "a disease code or name that the ontology does not have",
        "obsolete-code": "a disease code that the ontology has given up",
        "wrong-system": "a code of another system than the Disease Ontology and OncoTree",
        "name-disagrees": "a disease name beside the code of another disease",
    },
)
