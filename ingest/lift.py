"""Alleles in every spelling and on both genome builds, with the package ``liftover`` and UCSC chain files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from graph.claims import All, Any, Criterion, Expression, GuidelineRow, Is, Not, Statement, VariantClass, criteria
from graph.errors import DataError
from graph.model import Node
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.limits import read_bytes
from ingest.patients.alleles import spelled
from ingest.rows import sha256

if TYPE_CHECKING:
    from liftover import ChainFile

T = TypeVar("T", Statement, GuidelineRow, VariantClass)

CHAINS = {"GRCh37": "hg19ToHg38.over.chain", "GRCh38": "hg38ToHg19.over.chain"}
_OTHER = {"GRCh37": "GRCh38", "GRCh38": "GRCh37"}
_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
_ALLELE = re.compile(r"(GRCh37|GRCh38):([0-9]{1,2}|X|Y):([0-9]+):([ACGTN]+|-):([ACGTN]+|-)")


def read(path: Path) -> Harvest:
    """The chain files of a folder as a source: nothing but where they come from."""
    files = {file.name: sha256(file) for file in _files(path).values()}
    source = SourceInfo(
        name="liftover",
        title="UCSC chain files between GRCh37 and GRCh38",
        version=None,
        licence="UCSC Genome Browser terms; lifted coordinates are facts",
        url="https://hgdownload.soe.ucsc.edu/downloads.html",
        attribution="UCSC Genome Browser, University of California, Santa Cruz",
        files=files,
    )
    return Harvest(source, Report(read=len(files), loaded=len(files)))


@dataclass
class Lifter:
    """Lifts alleles between builds; ``failed`` collects the alleles that do not lift, with the reason.

    Without a folder of chain files it respells only.
    """

    folder: Path | None
    failed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chains = {}
        if self.folder is not None:
            self._chains = {build: _chain(file) for build, file in _files(self.folder).items()}
        self._lifted = lru_cache(maxsize=None)(self._lift)

    def both(self, alleles: Iterable[str]) -> tuple[str, ...]:
        """The alleles and their twins on the other build, each as VCF and as MAF files write it; sorted, each once.

        An allele counts as lifted only when the way back leads to where it came from.
        """
        given = set(alleles)
        if self._chains:
            given |= {twin for allele in given if (twin := self._lifted(allele))}
        return tuple(sorted({spelling for allele in given for spelling in _spellings(allele)}))

    def _lift(self, allele: str) -> str | None:
        match = _ALLELE.fullmatch(allele)
        if match is None:
            self.failed[allele] = "not a plain allele of a nuclear chromosome"
            return None
        build, chromosome, position, ref, alt = match.groups()
        length = 2 if ref == "-" else len(ref)
        there = self._place(build, chromosome, int(position), length)
        if there is None:
            self.failed[allele] = f"no single place on {_OTHER[build]}"
            return None
        start, strand = there
        if self._place(_OTHER[build], chromosome, start, length) != (int(position), strand):
            self.failed[allele] = f"the way back from {_OTHER[build]} leads elsewhere"
            return None
        if strand == "-":
            if len(ref) != len(alt) or "-" in (ref, alt):
                self.failed[allele] = f"an insertion or deletion on the other strand of {_OTHER[build]}"
                return None
            ref, alt = (bases.translate(_COMPLEMENT)[::-1] for bases in (ref, alt))
        return f"{_OTHER[build]}:{chromosome}:{start}:{ref}:{alt}"

    def _place(self, build: str, chromosome: str, position: int, length: int) -> tuple[int, str] | None:
        """First base and strand on the other build, when all ``length`` bases lie there as one piece."""
        ends = []
        for place in (position, position + length - 1):
            found = self._chains[build].query(f"chr{chromosome}", place)
            if len(found) != 1 or found[0][0] != f"chr{chromosome}":
                return None
            ends.append((found[0][1], found[0][2]))
        (first, strand), (last, other) = ends
        span = last - first if strand == "+" else first - last
        return (min(first, last), strand) if strand == other and span == length - 1 else None


def lifted_harvests(harvests: Sequence[Harvest], lifter: Lifter) -> list[Harvest]:
    """The harvests with all alleles on both builds; the report of the chains notes those that do not lift."""
    done = [
        replace(
            h,
            statements=[lifted(s, lifter) for s in h.statements],
            rows=[lifted(r, lifter) for r in h.rows],
            classes=[lifted(c, lifter) for c in h.classes],
            nodes=[lifted_node(n, lifter) for n in h.nodes],
        )
        for h in harvests
    ]
    report = next((h.report for h in done if h.source.name == "liftover"), None)
    if report is not None:
        for allele, reason in sorted(lifter.failed.items()):
            report.aside("note", allele, reason, file="liftover", value=allele)
    return done


@dataclass
class Unlifter(Lifter):
    """Takes the alleles on other builds than ``builds`` away: what a source stated, of what was lifted."""

    folder: Path | None = None
    builds: frozenset[str] = frozenset()

    def both(self, alleles: Iterable[str]) -> tuple[str, ...]:
        """The alleles on the source's own builds, or all where it has none of them."""
        given = tuple(alleles)
        return tuple(a for a in given if a.partition(":")[0] in self.builds) or given


def builds(harvests: Iterable[Harvest]) -> frozenset[str]:
    """The genome builds on which the rules of these sources state alleles."""
    found: set[str] = set()
    for harvest in harvests:
        items: tuple[Statement | GuidelineRow | VariantClass, ...] = (
            *harvest.statements, *harvest.rows, *harvest.classes,
        )  # fmt: skip
        for item in items:
            whole = Is(item.criterion) if isinstance(item, VariantClass) else item.profile
            for criterion, _ in criteria(whole) if whole is not None else ():
                found.update(allele.partition(":")[0] for allele in criterion.alleles)
    return frozenset(found)


def lifted(item: T, lifter: Lifter) -> T:
    """The statement, row or class with the alleles of its criteria on both builds."""
    if isinstance(item, VariantClass):
        return msgspec.structs.replace(item, criterion=_criterion(item.criterion, lifter))
    if item.profile is None:
        return item
    changed = with_criteria(item.profile, lambda criterion: _criterion(criterion, lifter))
    return item if changed is item.profile else msgspec.structs.replace(item, profile=changed)


def lifted_node(node: Node, lifter: Lifter) -> Node:
    """The node with its alleles on both builds."""
    alleles = node.properties.get("alleles")
    if not isinstance(alleles, tuple):
        return node
    return msgspec.structs.replace(node, properties={**node.properties, "alleles": lifter.both(alleles)})


def with_criteria(expression: Expression, change: Callable[[Criterion], Criterion]) -> Expression:
    """The expression with each criterion changed; the very same object when none is."""
    if isinstance(expression, Is):
        criterion = change(expression.criterion)
        return expression if criterion is expression.criterion else Is(criterion)
    if isinstance(expression, Not):
        arg = with_criteria(expression.arg, change)
        return expression if arg is expression.arg else Not(arg)
    args = tuple(with_criteria(arg, change) for arg in expression.args)
    if all(new is old for new, old in zip(args, expression.args, strict=True)):
        return expression
    return All(args) if isinstance(expression, All) else Any(args)


def _spellings(allele: str) -> tuple[str, ...]:
    match = _ALLELE.fullmatch(allele)
    if match is None or "-" in (match[4], match[5]):
        return (allele,)
    return (allele, *spelled(match[1], match[2], int(match[3]), match[4], match[5]))


def _criterion(criterion: Criterion, lifter: Lifter) -> Criterion:
    if not criterion.alleles:
        return criterion
    return msgspec.structs.replace(criterion, alleles=lifter.both(criterion.alleles))


def _chain(file: Path) -> ChainFile:
    from liftover import ChainFile

    first = next((line for line in read_bytes(file).splitlines() if line and not line.startswith(b"#")), b"")
    if not first.startswith(b"chain "):
        raise DataError("this is no chain file: its first line is no chain", file=file.name, row=1)
    try:
        return ChainFile(str(file), one_based=True)
    except (ValueError, OSError) as error:
        raise DataError(f"the chain file is damaged ({str(error).rpartition(': ')[2]})", file=file.name) from error


def _files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for build, name in CHAINS.items():
        for file in (folder / name, folder / f"{name}.gz"):
            if file.is_file():
                found[build] = file
        if build not in found:
            raise DataError("a folder with both chain files is needed", file=str(folder), value=f"{name}.gz")
    return found
