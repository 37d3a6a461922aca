"""Changes in the proteins of a virus, as reports of resistance tests write them.

A sample holds many copies of the virus, so a codon may hold several residues: ``K65R/K``, ``K65KR`` and ``T215YF`` are
mixtures. ``T69i``, ``T69ins``, ``T69_S70insSS`` and ``T69S_SS`` are insertions behind the codon; ``D67d``, ``D67del``
and ``D67-`` deletions of it. The residue before may be left out (``65R``). Capitals are amino acids, so that ``T69I``
is none of these.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from graph.hgvs import protein_change, residues
from graph.patient import Biomarker, Finding
from rules import viruses

_ACID = "ACDEFGHIKLMNPQRSTVWY"
_INSERTED, _DELETED = rf"i|[Ii]ns(?:ertion)?|#|_[{_ACID}]+", r"d|[Dd]el(?:etion)?|~|-(?!\w)"
_CHANGE = re.compile(
    rf"(?P<before>[{_ACID}])?(?P<codon>[1-9]\d{{0,3}})"
    rf"(?P<acids>[{_ACID}*](?:/?[{_ACID}*])*)?/?(?:(?P<inserted>{_INSERTED})|(?P<deleted>{_DELETED}))?"
)
_WORD = r"(?:p\.)?\(?[A-Za-z]{0,3}[1-9]\d{0,3}[^\s,;+]*"
_LIST = re.compile(rf"(?:(?P<gene>[A-Za-z][A-Za-z0-9 -]*?)(?:\s*:\s*|\s+))?(?P<list>{_WORD}(?:[\s,;+]+{_WORD})*)")
_LONGEST = 2_000
"""What a longer piece would cost: the pattern is quadratic in its characters."""


class Change(NamedTuple):
    """One codon and what it holds; ``before``: what the reference holds there, where it is stated."""

    before: str
    first: int
    last: int
    residues: tuple[str, ...]

    @property
    def text(self) -> str:
        """``K65R``, ``T215F/Y``, ``T69 insertion``."""
        place = f"{self.before}{self.first}" + (f"-{self.last}" if self.last != self.first else "")
        acids = "/".join(r for r in self.residues if r not in "id")
        words = " and ".join({"i": "insertion", "d": "deletion"}[r] for r in self.residues if r in "id")
        return " ".join(part for part in (place + acids, words) if part)


def change(text: str) -> Change | None:
    """The change that ``text`` states, or ``None``.

    >>> change("p.Lys65Arg"), change("T215YF").residues, change("K65R/K").residues, change("69ins").text
    (Change(before='K', first=65, last=65, residues=('R',)), ('Y', 'F'), ('R', 'K'), '69 insertion')
    >>> change("T69I").residues, change("T69i").residues, change("D67_S68del").text, change("K65X") is None
    (('I',), ('i',), 'D67-68 deletion', True)
    """
    body = text.strip().removeprefix("p.").strip("()")
    if match := _CHANGE.fullmatch(body):
        acids = (match["acids"] or "").replace("/", "")
        held = (*acids, *("i" if match["inserted"] else ""), *("d" if match["deleted"] else ""))
        number = int(match["codon"])
        return Change(match["before"] or "", number, number, held) if held and len(set(held)) == len(held) else None
    if re.match(r"[a-z]\d", body) or body.endswith("X"):
        # Small letters would make an insertion of an isoleucine; X is a residue that could not be told.
        return None
    known = protein_change(body)
    if known is None or not (held := residues(known)):
        return None
    # An insertion is numbered by the residue before it.
    return Change(known.text[2], known.first, known.first if held == ("i",) else known.last, held)


def read(b: Biomarker, symbol: str) -> Finding | str:
    """The finding that a biomarker of a virus's gene states, or why it cannot be told."""
    stated = b.hgvs_p
    if not stated:
        return "of a virus the change of the protein is needed: K65R"
    if stated.strip().removeprefix("p.").strip("()") == "=":
        return "that nothing is changed is stated beside a change, or not as a wild type"
    found = change(stated)
    if found is None:
        return "the change is not understood: one codon with what it holds is expected, like K65R, T215F/Y, T69i"
    length = viruses.genes()[symbol].residues
    if found.last > length:
        return f"{symbol} has {length} residues"
    plain = found.before and len(found.residues) == 1 and found.residues[0] not in "id"
    return Finding(
        input=b.text or f"{symbol} {stated}",
        read_as=f"{symbol} {found.text}",
        kind="variant",
        gene=symbol,
        protein=f"p.{found.before}{found.first}{found.residues[0]}" if plain else None,
        codons=(found.first, found.last),
        residues=found.residues,
        consequences=("synonymous",) if found.residues == (found.before,) else (),
        source=b.source,
    )


def named_in(line: str) -> bool:
    """Whether a line of text names an infection with a virus as the diagnosis."""
    return any(viruses.names_infection(part.strip(" .")) for part in re.split(r"[,;\n]", line))


def stated(piece: str, within: str | None, *, infected: bool) -> list[Biomarker]:
    """The changes that a piece of text lists; ``within``: the gene named before.

    >>> [(b.gene, b.hgvs_p) for b in stated("RT: K65R, M184V", None, infected=True)]
    [('HIV-1 RT', 'K65R'), ('HIV-1 RT', 'M184V')]
    >>> stated("PR I84V", None, infected=False), len(stated("HIV PR I84V", None, infected=False))
    ([], 1)
    """
    match = _LIST.fullmatch(piece) if len(piece) <= _LONGEST else None
    if match is None:
        return []
    name = match["gene"] or within
    symbol = viruses.gene(name, infected=infected) if name else None
    listed = re.split(r"[\s,;+]+", match["list"])
    # What stands behind a gene is meant as a change of it, understood or not; other words only if they are one.
    if symbol is None or not (match["gene"] or all(map(change, listed))):
        return []
    return [Biomarker(type="snv", gene=symbol, hgvs_p=one) for one in listed]
