"""Which of several guideline rows counts: by day, by version, by what supersedes what, and by how specific it is.

DESIGN section 3, "Among guideline rows". A row that gives way is never dropped: it keeps what defeated it. How the
choices that DESIGN leaves open were made is in ``decisions/0008``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from graph.claims import All, Any, Criterion, DiseaseScope, Edition, Expression, GuidelineRow, Is, Not, editions
from rules.criteria import compare
from rules.diseases import Taxonomy
from rules.facts import as_finding
from rules.weigh import Ruled, out_of_force

_GIVES_WAY: Mapping[str, frozenset[str]] = {
    "exclude": frozenset({"recommend", "dose"}),
    "require": frozenset({"recommend", "dose"}),
    "dose": frozenset({"dose", "exclude", "require"}),
}
"""Kind of a row -> kinds of a more specific row of the same guideline, on the same drug, that defeat it. Cautions and
points add up and give way to nothing; a recommendation needs no defeat, for an exclusion outweighs it anyway."""


class Calendar:
    """Which rows are in force on a day, worked out once a day."""

    def __init__(self, rows: Sequence[GuidelineRow], others: Iterable[Edition] = ()) -> None:
        """``others`` are editions of rows that are not among ``rows``: a newer version counts also where it has no row
        on what is asked."""
        self._rows = rows
        self._editions = (*editions(rows), *others)
        self._days: dict[tuple[str | None, str | None], tuple[int, Mapping[int, str]]] = {}

    def on(self, day: str | None, jurisdiction: str | None = None) -> tuple[int, Mapping[int, str]]:
        """The bits of rows that are not in force, and for rows that gave way (by position) what took their place.

        What is of another jurisdiction than the one asked takes nobody's place: a foreign row clears no exclusion.
        """
        key = day, jurisdiction and jurisdiction.casefold()
        known = self._days.get(key)
        if known is None:
            if len(self._days) > 256:
                self._days.clear()
            known = self._days[key] = self._on(*key)
        return known

    def _on(self, day: str | None, jurisdiction: str | None) -> tuple[int, Mapping[int, str]]:
        newest: dict[str, tuple[str, tuple[object, ...]]] = {}
        following: defaultdict[str, set[str]] = defaultdict(set)
        for edition in self._editions:
            own = edition.jurisdiction
            if out_of_force(edition, day) or (jurisdiction and own and own.casefold() != jurisdiction):
                continue
            if edition.supersedes is not None and edition.row is not None:
                following[edition.supersedes].add(edition.row)
            if edition.version is not None:
                mine = edition.version, _age(edition.version, edition.effective_from)
                newest[edition.guideline] = max(newest.get(edition.guideline, mine), mine, key=lambda pair: pair[1])
        out = 0
        replaced: dict[int, str] = {}
        for i, row in enumerate(self._rows):
            latest = newest.get(row.guideline) if row.version is not None else None
            if row.status != "active" or out_of_force(row, day):
                out |= 1 << i
            elif latest and row.version != latest[0] and _age(row.version, row.effective_from) < latest[1]:
                replaced[i] = f"{row.guideline} {latest[0]}"
            elif successors := [id for id in following.get(row.id, ()) if row.id not in _after(id, following)]:
                replaced[i] = max(successors)
        return out, replaced


def _after(id: str, following: Mapping[str, set[str]]) -> set[str]:
    """A row with all that came in its place, one after the other. Of rows that supersede each other in a circle none
    would be left: such a row takes no place."""
    found, queue = {id}, [id]
    while queue:
        for other in following.get(queue.pop(), ()):
            if other not in found:
                found.add(other)
                queue.append(other)
    return found


def _age(version: str | None, effective_from: str | None) -> tuple[object, ...]:
    """Sorts versions: by the day since which they hold, then by their numbers as numbers."""
    parts = re.findall(r"\d+|[^\d.]+", version or "")
    return (effective_from or "", tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts))


def settle(rows: Iterable[Ruled], taxonomy: Taxonomy) -> list[Ruled]:
    """The rows; those that fired and are less specific than another of their guideline with what defeated them.

    Rows are compared drug by drug: a row on a class that gives way for one drug stands for the others, as two entries.
    A row that fired though some of its settings are not known, and one of another jurisdiction, defeat nothing: what is
    not known never clears an exclusion.
    """
    listed = list(rows)
    rivals: defaultdict[tuple[str, str | None, str], list[GuidelineRow]] = defaultdict(list)
    for r in listed:
        if r.outcome == "fired" and r.defeated_by is None and not r.missing and not r.foreign:
            alone = r.row.kind in _GIVES_WAY or (r.row.kind == "recommend" and len(r.row.drugs) == 1)
            for drug in r.row.drugs if alone else ():
                rivals[r.row.guideline, r.row.version, drug].append(r.row)
    settled: list[Ruled] = []
    for r in listed:
        lost = _lost(r, rivals, taxonomy) if len(rivals) else {}
        kept = tuple(drug for drug in r.row.drugs if drug not in lost)
        if lost and kept:
            settled.append(msgspec.structs.replace(r, row=msgspec.structs.replace(r.row, drugs=kept)))
        if lost:
            row = msgspec.structs.replace(r.row, drugs=tuple(lost)) if kept else r.row
            settled.append(msgspec.structs.replace(r, row=row, defeated_by=min(lost.values())))
        else:
            settled.append(r)
    return settled


def _lost(
    r: Ruled, rivals: Mapping[tuple[str, str | None, str], Sequence[GuidelineRow]], taxonomy: Taxonomy
) -> dict[str, str]:
    """The drugs for which a row gives way, each with the row that defeats it."""
    if r.outcome != "fired" or r.defeated_by is not None or r.row.kind not in _GIVES_WAY:
        return {}
    lost: dict[str, str] = {}
    for drug in r.row.drugs:
        others = rivals.get((r.row.guideline, r.row.version, drug), ())
        winners = [
            other.id
            for other in others
            if other.kind in _GIVES_WAY[r.row.kind] and other.id != r.row.id and more_specific(other, r.row, taxonomy)
        ]
        if winners:
            lost[drug] = min(winners)
    return lost


def more_specific(one: GuidelineRow, other: GuidelineRow, taxonomy: Taxonomy) -> bool:
    """Whether ``one`` asks for all that ``other`` asks, and for more."""
    return at_least(one, other, taxonomy) and not at_least(other, one, taxonomy)


def at_least(one: GuidelineRow, other: GuidelineRow, taxonomy: Taxonomy) -> bool:
    """Whether every patient for whom ``one`` holds is one for whom ``other`` holds, as far as their form tells.

    Settings are compared as they are written; two intervals of which one lies in the other are not told apart.
    """
    if "require" in (one.kind, other.kind) and (one.settings or other.settings):
        # What is required is denied as a whole; the forms of two such rows are not compared.
        return False
    mine, theirs = _asked(one), _asked(other)
    return (
        (theirs is None or (mine is not None and entails(mine, theirs)))
        and _within(one.disease, other.disease, taxonomy)
        and {(c.fact, c.cell) for c in other.settings} <= {(c.fact, c.cell) for c in one.settings}
    )


def _asked(row: GuidelineRow) -> Expression | None:
    return Not(row.profile) if row.kind == "require" and row.profile is not None else row.profile


def entails(one: Expression, other: Expression) -> bool:
    """Whether ``other`` holds wherever ``one`` does, as far as the form of both tells.

    >>> ras = Is(Criterion(type="variant", name="KRAS mutation", gene="KRAS"))
    >>> g12c = Is(Criterion(type="variant", name="KRAS G12C", gene="KRAS", protein="p.G12C", codons=(12, 12)))
    >>> entails(g12c, ras), entails(ras, g12c), entails(All((g12c, Not(ras))), ras), entails(Not(ras), Not(g12c))
    (True, False, True, True)
    """
    if one == other:
        return True
    if isinstance(other, All):
        return all(entails(one, part) for part in other.args)
    if isinstance(one, Any):
        return all(entails(part, other) for part in one.args)
    if isinstance(other, Any) and any(entails(one, part) for part in other.args):
        return True
    if isinstance(one, All):
        return any(entails(part, other) for part in one.args)
    if isinstance(one, Not) and isinstance(other, Not):
        return entails(other.arg, one.arg)
    return isinstance(one, Is) and isinstance(other, Is) and _narrower(one.criterion, other.criterion)


def _narrower(one: Criterion, other: Criterion) -> bool:
    if one.type != other.type or one.gene != other.gene:
        return False
    if one.known is not None or other.known is not None:
        # What is found is known; that something is known tells nothing of what it is.
        return one.known is None and other.known is True and one.marker == other.marker
    if one.type == "genotype":
        return set(one.genotypes) <= set(other.genotypes)
    if one.type in ("wildtype", "other"):
        return one.marker == other.marker and one.name == other.name
    if one.comparator not in (None, ">=") or (other.residues and not set(one.residues) <= set(other.residues)):
        return False
    # Requires, origin and zygosity are asked of what a finding states; only a criterion that asks the same has them.
    same = one.requires == other.requires or other.requires is None
    return same and compare(other, as_finding(one), lambda f, requires: True).truth is True


def _within(one: DiseaseScope | None, other: DiseaseScope | None, taxonomy: Taxonomy) -> bool:
    if other is None:
        return True
    if one is None:
        return False
    if any(_meets(x, one, taxonomy) and not _excepted(x, one, taxonomy) for x in other.excluded):
        return False
    if other.agnostic:
        if one.agnostic:
            return other.agnostic == "any" or one.agnostic == "solid"
        solid = other.agnostic == "any" or all(taxonomy.compartments(mine) == {"solid"} for mine in one.ids)
        return bool(one.ids) and solid
    return bool(one.ids) and all(
        any(theirs in taxonomy.ancestors(mine) and not taxonomy.ancestors(mine)[theirs] for theirs in other.ids)
        for mine in one.ids
    )


def _meets(disease: str, scope: DiseaseScope, taxonomy: Taxonomy) -> bool:
    """Whether some patient with the disease may be in the scope."""
    if scope.agnostic:
        return scope.agnostic == "any" or "solid" in (taxonomy.compartments(disease) or {"solid"})
    return any(disease in taxonomy.ancestors(mine) or mine in taxonomy.ancestors(disease) for mine in scope.ids)


def _excepted(disease: str, scope: DiseaseScope, taxonomy: Taxonomy) -> bool:
    return any(x in taxonomy.ancestors(disease) for x in scope.excluded)
