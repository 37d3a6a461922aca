"""Genomic alleles: one spelling, and which assembly a file is on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import get_args

from graph.errors import DataError
from graph.packaged import rows
from graph.patient import Assembly, Biomarker

_BASES = re.compile(r"[ACGTN]+")
_ASSEMBLY_WORDS: tuple[tuple[Assembly, re.Pattern[str]], ...] = (
    ("GRCh37", re.compile(r"(?<![a-z0-9])(?:grch37|hg19|b37|hs37d5|hs37|(?:human_)?g1k_v37|ncbi37|37)(?![0-9])", re.I)),
    ("GRCh38", re.compile(r"(?<![a-z0-9])(?:grch38|hg38|hs38dh|hs38d1|hs38|b38|38)(?![0-9])", re.I)),
)  # fmt: skip


def key(b: Biomarker) -> tuple[str, ...] | str:
    """The allele's keys (``GRCh37:7:140453136:A:T``); empty when no coordinates are given, or why there is none.

    A change of length gets a second key without the anchoring base (``GRCh37:7:55242465:GGAATTAAGAGAAGC:-``), which is
    how MAF files and CIViC write it.
    """
    given = [b.chrom, b.pos, b.ref, b.alt]
    if all(value is None for value in given):
        return ()
    if any(value is None for value in given):
        return "the coordinates are incomplete: chrom, pos, ref and alt are needed"
    if b.assembly is None:
        return "the coordinates name no assembly"
    chrom = chromosome(b.chrom or "")
    if chrom is None:
        return f"the chromosome {b.chrom!r} is not one of 1-22, X, Y, MT"
    pos, ref, alt = b.pos or 0, (b.ref or "").upper(), (b.alt or "").upper()
    if not 1 <= pos <= lengths(b.assembly)[chrom]:
        return f"the position {pos} is outside chromosome {chrom} of {b.assembly}"
    ref, alt = "" if ref in ("-", ".") else ref, "" if alt in ("-", ".") else alt
    if ref == alt or not all(_BASES.fullmatch(bases) for bases in (ref, alt) if bases):
        return "the alleles are not two different sequences of bases"
    return spelled(b.assembly, chrom, pos, ref, alt)


def spelled(assembly: str, chrom: str, pos: int, ref: str, alt: str) -> tuple[str, ...]:
    """Keys of one allele, shared bases at its ends cut off; one base stays as anchor where it was given.

    >>> spelled("GRCh37", "7", 140453136, "A", "T")
    ('GRCh37:7:140453136:A:T',)
    >>> spelled("GRCh37", "20", 10008952, "CACACACACACA", "CCACACACACA")
    ('GRCh37:20:10008952:CA:C', 'GRCh37:20:10008953:A:-')
    """
    anchored = bool(ref and alt)
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, pos = ref[1:], alt[1:], pos + 1
    if not anchored:
        return (f"{assembly}:{chrom}:{pos}:{ref or '-'}:{alt or '-'}",)
    found = [f"{assembly}:{chrom}:{pos}:{ref}:{alt}"]
    if ref[0] == alt[0]:
        # An insertion lies behind its anchor: MAF numbers it by the base in front of it.
        bare = pos if len(ref) == 1 else pos + 1
        found.append(f"{assembly}:{chrom}:{bare}:{ref[1:] or '-'}:{alt[1:] or '-'}")
    return tuple(found)


def chromosome(text: str) -> str | None:
    """``1``-``22``, ``X``, ``Y`` or ``MT``; ``None`` for any other contig.

    >>> chromosome("chr7"), chromosome("chrM"), chromosome("23"), chromosome("GL000191.1")
    ('7', 'MT', 'X', None)
    """
    name = re.sub(r"^chr", "", text.strip(), flags=re.I).upper()
    name = {"M": "MT", "23": "X", "24": "Y"}.get(name, name.lstrip("0") or name)
    return name if name in _contigs()["GRCh37"] else None


def lengths(assembly: Assembly) -> Mapping[str, int]:
    """Chromosome -> its length in bases."""
    return _contigs()[assembly]


def assembly_named(text: str) -> Assembly | None:
    """The assembly that a word or a path names; ``None`` when none or both.

    >>> assembly_named("file:///ref/ucsc.hg19.fa"), assembly_named("GRCh38.p14"), assembly_named("37")
    ('GRCh37', 'GRCh38', 'GRCh37')
    """
    found: list[Assembly] = [name for name, pattern in _ASSEMBLY_WORDS if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def assembly_of_lengths(contigs: Iterable[tuple[str, int]]) -> Assembly | None:
    """The assembly whose chromosomes have these lengths."""
    votes: set[Assembly] = set()
    for name, length in contigs:
        chrom = chromosome(name)
        if chrom is None or chrom == "MT":
            continue
        votes |= {a for a in get_args(Assembly) if lengths(a)[chrom] == length}
    return votes.pop() if len(votes) == 1 else None


def stated_assembly(text: str) -> Assembly:
    """The assembly that a user names.

    Raises:
        DataError: neither GRCh37 nor GRCh38.
    """
    found = assembly_named(text)
    if found is None:
        raise DataError("the assembly is neither GRCh37 (hg19) nor GRCh38 (hg38)", value=text)
    return found


@cache
def _contigs() -> Mapping[str, Mapping[str, int]]:
    table = rows("ingest", "patients/tables/contigs.csv", ("chromosome", "GRCh37", "GRCh38"))
    return MappingProxyType({a: {row["chromosome"]: int(row[a]) for row in table} for a in ("GRCh37", "GRCh38")})
