"""Whether two canonical protein changes are one change that was named in two ways.

HGVS names a repeated stretch a duplication and puts a change as far along the protein as it goes (den Dunnen et al.,
Hum Mutat 2016;37:564); reports also write the inserted residues, at any gap of the repeat. The sequence of the protein
is not at hand: what both names say of it is put together, and a contradiction tells two changes apart.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_FRAMESHIFT = re.compile(r"p\.(?P<place>[A-Z*]\d+)(?P<new>[A-Z*])?fs(?:\*(?P<length>\d+))?")
_INSERTION = re.compile(r"p\.([A-Z])(\d+)_([A-Z])(\d+)ins([A-Z]+)")
_DUPLICATION = re.compile(r"p\.([A-Z])(\d+)(?:_([A-Z])(\d+))?dup")
_LONGEST = 200


class _Insertion(NamedTuple):
    """Residues put in behind codon ``gap``; ``known`` are the residues of the protein that the name states."""

    gap: int
    new: tuple[str | None, ...]
    known: dict[int, str]


@lru_cache(maxsize=8192)
def same_protein_change(a: str, b: str) -> bool:
    """Whether two texts of ``graph.hgvs.ProteinChange`` name one change.

    Frameshifts of one residue are one where neither the new residue nor the new end differ; what a name leaves open
    agrees. An insertion is one with a duplication, or with an insertion at another gap of the repeat, where the
    residues that the two names state fit; those that neither states are taken to fit.

    >>> same_protein_change("p.W288fs", "p.W288Cfs*12"), same_protein_change("p.W288Cfs*12", "p.W288Cfs*10")
    (True, False)
    >>> same_protein_change("p.Y772_A775dup", "p.A775_G776insYVMA")
    True
    >>> same_protein_change("p.D770_P772dup", "p.P772_H773insYNP")
    False
    """
    if a == b:
        return True
    if "fs" in a and "fs" in b:
        return _same_frameshift(a, b)
    one, other = _insertion(a), _insertion(b)
    return one is not None and other is not None and _same_insertion(one, other)


def _same_frameshift(a: str, b: str) -> bool:
    one, other = _FRAMESHIFT.fullmatch(a), _FRAMESHIFT.fullmatch(b)
    if one is None or other is None or one["place"] != other["place"]:
        return False
    return all(None in (one[part], other[part]) or one[part] == other[part] for part in ("new", "length"))


def _insertion(text: str) -> _Insertion | None:
    if m := _INSERTION.fullmatch(text):
        if "X" in m[5] or len(m[5]) > _LONGEST:
            return None
        return _Insertion(int(m[2]), tuple(m[5]), {int(m[2]): m[1], int(m[4]): m[3]})
    if m := _DUPLICATION.fullmatch(text):
        first, last = int(m[2]), int(m[4] or m[2])
        if last - first >= _LONGEST:
            return None
        known = {first: m[1], last: m[3] or m[1]}
        return _Insertion(last, tuple(known.get(n) for n in range(first, last + 1)), known)
    return None


def _same_insertion(a: _Insertion, b: _Insertion) -> bool:
    if a.gap > b.gap:
        a, b = b, a
    size, step = len(a.new), b.gap - a.gap
    if size != len(b.new) or step >= 2 * size:
        return False
    known = dict(a.known)
    if any(known.setdefault(number, residue) != residue for number, residue in b.known.items()):
        return False
    between = [known.get(number) for number in range(a.gap + 1, b.gap + 1)]
    return _agree([*a.new, *between], [*between, *b.new], size)


def _agree(one: list[str | None], other: list[str | None], size: int) -> bool:
    """Whether both can be one stretch. It then repeats itself after ``size`` residues, so each place of the repeat has
    one residue: stated once, it is known throughout."""
    for start in range(size):
        stated = {r for line in (one, other) for r in line[start::size] if r is not None}
        if len(stated) > 1:
            return False
    return True
