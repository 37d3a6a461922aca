"""Whether the residue that a finding starts from is the one that the gene has there.

The sequences of proteins are not at hand. What is known of them is what the statements of a release say: ``V600E``,
``V600K`` and ``V600`` all tell that codon 600 of BRAF is a valine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache

import msgspec

from graph.claims import Expression, Statement, criteria
from graph.patient import Finding

_PLACE = re.compile(r"p\.([A-Z])(\d+)")
Place = tuple[tuple[str | None, int], str]
"""Gene and codon, and the residue there."""
_ENOUGH = 2
"""Statements that must agree on a residue before a finding is doubted: one alone may be the slip."""


class Residues:
    """What the statements of a release say of residues; which ones a statement names is worked out once."""

    def __init__(self) -> None:
        # By identity of the profile, which is kept: an id is only good while its object lives.
        self._named: dict[int, tuple[Expression, tuple[Place, ...]]] = {}

    def without_misplaced(
        self, findings: Sequence[Finding], statements: Iterable[Statement]
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """The findings, and what to warn of. A finding whose first residue is another than the statements about the
        same codon name stands at a place that is not known: it keeps its gene and kind and loses its codon.
        """
        places = {(f.gene, place[1]) for f in findings if f.gene and (place := _place(f.protein))}
        if not places:
            return tuple(findings), ()
        known = self._known(places, statements)
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
                f"{finding.read_as}: codon {place[1]} of {finding.gene} is {usual} in this release, not {place[0]}; "
                "where the change lies is taken as unknown"
            )
            kept.append(msgspec.structs.replace(finding, codons=None, exon=None))
        return tuple(kept), tuple(warnings)

    def _known(
        self, asked: Set[tuple[str | None, int]], statements: Iterable[Statement]
    ) -> dict[tuple[str | None, int], dict[str, int]]:
        """(gene, codon) -> residue -> how many statements name it."""
        found: dict[tuple[str | None, int], dict[str, int]] = {}
        for statement in statements:
            named = self._named.get(id(statement.profile))
            if named is None:
                named = self._named[id(statement.profile)] = statement.profile, _named(statement.profile)
            for at, residue in named[1]:
                if at in asked and not statement.quarantined:
                    counts = found.setdefault(at, {})
                    counts[residue] = counts.get(residue, 0) + 1
        return found


def _named(profile: Expression) -> tuple[Place, ...]:
    placed = ((c.gene, _place(c.protein)) for c, _ in criteria(profile) if c.gene)
    return tuple(((gene, place[1]), place[0]) for gene, place in placed if place is not None)


@lru_cache(maxsize=16384)
def _place(protein: str | None) -> tuple[str, int] | None:
    match = _PLACE.match(protein) if protein else None
    return (match[1], int(match[2])) if match else None
