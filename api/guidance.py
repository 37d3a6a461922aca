"""What guidelines say on giving a drug to this patient beside any option: dosing, points, germline genotypes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from graph.answer import GenotypeRead, Guidance, GuidanceRow
from graph.paths import guides
from graph.patient import Profile
from rules.doubts import StatedGenotype, contradictions, stated_genotypes
from rules.points import Points, add_up
from rules.rulebook import Stands
from rules.weigh import Ruled

NO_CHANGE = "no change"
"""The action of a row that says to use the drug as usual."""
NO_RECOMMENDATION = "no recommendation"
"""The action of a row that has nothing to say."""


def holds(row: GuidanceRow) -> bool:
    """Whether a row fired and nothing took its place."""
    return row.outcome == "fired" and row.defeated_by is None


def asks(row: GuidanceRow) -> bool:
    """Whether a row that holds asks for something."""
    return holds(row) and row.action not in (NO_CHANGE, NO_RECOMMENDATION)


def grade(row: GuidanceRow) -> tuple[str, ...]:
    """The guideline's own grade of a row, where it gives one."""
    return (row.level.value,) if row.level and row.level.value != "N/A" else ()


def guidance(ruled: Iterable[Ruled], stands: Stands) -> tuple[Guidance, ...]:
    """One entry a drug and guideline of which a row fired or waits, or whose points are all known, by drug, then the
    publisher's priority.

    Rows of a version that another took the place of are left out; those that a more specific row defeats are listed.
    """
    found: defaultdict[tuple[str, str], list[Ruled]] = defaultdict(list)
    for r in ruled:
        if (
            r.outcome != "failed"
            and (guides(r.row) or r.row.kind in ("dose", "score"))
            and stands.book.at[r.row.id] not in stands.replaced
        ):
            for drug in r.row.drugs:
                found[drug, r.row.guideline].append(r)
    entries = [
        (drug, -max(r.row.priority for r in rows), guideline, _entry(drug, rows, stands))
        for (drug, guideline), rows in found.items()
        if _settled(rows) or any(_said(r) for r in rows)
    ]
    return tuple(entry for *_, entry in sorted(entries, key=lambda e: e[:3]))


def germline(profile: Profile, ruled: Iterable[Ruled]) -> tuple[GenotypeRead, ...]:
    """Every stated genotype, by gene; ``ruled`` are the rows that ask for them."""
    stated = stated_genotypes(profile, (r.row for r in ruled))
    at_odds = {gene for gene, _, _ in contradictions(stated)}
    return tuple(
        GenotypeRead(gene=g.gene, stated=g.text, why_not=_why_not(g, g.gene in at_odds))
        for g in sorted(stated, key=lambda g: g.gene)
    )


def _why_not(genotype: StatedGenotype, at_odds: bool) -> str | None:
    if not genotype.known:
        return "no row of the release asks for it"
    if not genotype.is_read:
        return "not understood: it counts as not known"
    return "contradictory: it counts for what speaks against a drug only" if at_odds else None


def _settled(rows: Sequence[Ruled]) -> bool:
    """Whether there is a sum of points of which nothing is open: that no row adds to it is worth saying too."""
    return rows[0].row.kind == "score" and all(r.outcome == "fired" for r in rows)


def _said(r: Ruled) -> bool:
    """Whether something that is stated of the patient bears on the row, or it fired."""
    if r.outcome == "fired":
        # A dose that depends on settings alone is worth saying where they are known.
        return r.reading is not None or (r.row.kind == "dose" and bool(r.row.settings) and not r.missing)
    return r.reading is not None and (r.reading.touched or any(use.held.stated for use in r.reading.uses))


def _entry(drug: str, rows: Sequence[Ruled], stands: Stands) -> Guidance:
    fired = [r for r in rows if r.outcome == "fired"]
    waiting = [r for r in rows if r.outcome == "undecided"]
    points = add_up([r.row for r in fired], [r.row for r in waiting])
    decided = [r for r in fired if r.row.kind == "dose" and r.defeated_by is None and not r.missing]
    first = rows[0].row
    # Points are a sum of what is there; what may still come is in `missing`. A dose that waits is worth its lines where
    # nothing fired, and where what was told of the genotype contradicts itself or is not enough.
    told = stands.patient.matcher.facts.genotypes
    torn = [r for r in waiting if r.missing and all(m.removesuffix(" genotype") in told for m in r.missing)]
    shown = (fired + torn if fired else waiting) if points is None else fired
    return Guidance(
        drug=drug,
        guideline=first.guideline,
        title=first.title or first.guideline,
        publisher=first.publisher,
        version=first.version,
        hit_policy=first.hit_policy,
        score=points.total if points else None,
        score_level=points.level if points else None,
        score_code=points.code if points else None,
        low=points.low if points else None,
        high=points.high if points else None,
        conflict=first.hit_policy == "UNIQUE" and len(decided) > 1,
        rows=tuple(_row(r, points, stands) for r in shown if r.row.profile is not None or not points),
        waiting=len(waiting),
        missing=tuple(dict.fromkeys(m for r in (*fired, *waiting) for m in r.missing)),
    )


def _row(r: Ruled, points: Points | None, stands: Stands) -> GuidanceRow:
    row = r.row
    return GuidanceRow(
        id=row.id,
        kind=row.kind,
        outcome=r.outcome,
        reason=f"{row.reason} ({r.why})" if r.why else row.reason,
        action=row.action,
        text=row.text,
        level=row.level,
        points=row.points,
        counted=points is not None and row.id in points.counted,
        defeated_by=r.defeated_by,
        missing=r.missing,
        sources=row.sources,
        cells=stands.cells_of(row.id),
    )
