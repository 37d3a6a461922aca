"""Whether the residue that a finding starts from is the one that the gene has there.

The sequences of proteins are not at hand. What is known of them is what the statements of a release say: ``V600E``,
``V600K`` and ``V600`` all tell that codon 600 of BRAF is a valine.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from graph.claims import Statement, criteria
from graph.patient import Finding

_PLACE = re.compile(r"p\.([A-Z])(\d+)")
_ENOUGH = 2
"""Statements that must agree on a residue before a finding is doubted: one alone may be the slip."""


def without_misplaced(
    findings: Sequence[Finding], statements: Iterable[Statement]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings, and what to warn of. A finding whose first residue is another than the statements about the same
    codon name stands at a place that is not known: it keeps its gene and kind and loses its codon.
    """
    placed = {(f.gene, place[1]): place[0] for f in findings if f.gene and (place := _place(f.protein))}
    if not placed:
        return tuple(findings), ()
    known = _known(placed.keys(), statements)
    kept: list[Finding] = []
    warnings: list[str] = []
    for finding in findings:
        place = _place(finding.protein)
        residues = known.get((finding.gene, place[1])) if place else None
        if place is None or not residues or place[0] in residues or max(residues.values()) < _ENOUGH:
            kept.append(finding)
            continue
        usual = max(sorted(residues), key=residues.__getitem__)
        warnings.append(
            f"{finding.read_as}: codon {place[1]} of {finding.gene} is {usual} in this release, not {place[0]}; where "
            "the change lies is taken as unknown"
        )
        kept.append(msgspec.structs.replace(finding, codons=None, exon=None))
    return tuple(kept), tuple(warnings)


def _known(
    wanted: Iterable[tuple[str | None, int]], statements: Iterable[Statement]
) -> dict[tuple[str | None, int], dict[str, int]]:
    """(gene, codon) -> residue -> how many statements name it."""
    asked = frozenset(wanted)
    found: defaultdict[tuple[str | None, int], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for statement in statements:
        if statement.quarantined:
            continue
        for criterion, _ in criteria(statement.profile):
            place = _place(criterion.protein) if criterion.gene else None
            if place is not None and (criterion.gene, place[1]) in asked:
                found[criterion.gene, place[1]][place[0]] += 1
    return {key: dict(residues) for key, residues in found.items()}


@lru_cache(maxsize=16384)
def _place(protein: str | None) -> tuple[str, int] | None:
    match = _PLACE.match(protein) if protein else None
    return (match[1], int(match[2])) if match else None
