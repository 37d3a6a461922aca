"""Our own reading of VCF, which every file must pass before a parser written in C sees any of it.

Checks what the VCF specification (4.1 to 4.5) asks of the columns that matter here: positions, alleles, filters,
genotypes that name existing alleles, one column a sample. Everything else is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from graph.errors import DataError, LimitError
from ingest.limits import TABLE, Limits
from ingest.rows import decoded

_FIXED = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_CHROM = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
_POS = re.compile(r"\d{1,10}")
_BASES = re.compile(r"[ACGTNRYMKSWBDHVacgtnrymkswbdhv]+")
_ALT = re.compile(
    _BASES.pattern + r"|\*|\.|<[^<>\s,]+>|[^\s,\[\]]*[\[\]][^\s,\[\]]+[\[\]][^\s,\[\]]*|\.[ACGTN]+|[ACGTN]+\."
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?|nan", re.I)
_GENOTYPE = re.compile(r"[/|]?(?:\.|\d{1,4})(?:[/|](?:\.|\d{1,4}))*")
_META = re.compile(r"##(?P<key>[^=]+)=(?P<value>.*)")
_ID = re.compile(r"[<,]ID=(?P<id>[^,>]+)")
_DESCRIPTION = re.compile(r'Description="(?P<text>.*?)"(?:,|>|$)')
_LARGEST_POS = 2**31 - 1


@dataclass(frozen=True)
class Header:
    """What the lines in front of the records say; ``meta`` keeps those that are read as they are (``reference`` …)."""

    samples: tuple[str, ...]
    info: dict[str, str] = field(default_factory=dict)
    """INFO id -> its description."""
    contigs: tuple[tuple[str, int], ...] = ()
    contig_assemblies: tuple[str, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()

    def values(self, key: str) -> list[str]:
        return [value for name, value in self.meta if name == key]


@dataclass(frozen=True, slots=True)
class Record:
    """One line; ``samples`` holds the raw cells in header order."""

    row: int
    chrom: str
    pos: int
    ref: str
    alts: tuple[str, ...]
    filters: tuple[str, ...]
    info: dict[str, str]
    keys: tuple[str, ...]
    samples: tuple[str, ...]

    def cell(self, sample: int, key: str) -> str | None:
        """A sample's value of one FORMAT key; ``None`` where it is missing."""
        if key not in self.keys:
            return None
        values = self.samples[sample].split(":")
        index = self.keys.index(key)
        return values[index] if index < len(values) and values[index] not in ("", ".") else None


def parse(content: bytes, name: str, limits: Limits = TABLE) -> tuple[Header, Iterator[Record]]:
    """The header, and the records as they are asked for.

    Raises:
        DataError: with row and column, for the header now and for records when they are reached.
    """
    lines = decoded(content, name).split("\n")
    header, start = _header(lines, name)
    return header, _records(lines, start, header, name, limits)


def _header(lines: list[str], name: str) -> tuple[Header, int]:
    if not lines[0].startswith("##fileformat=VCFv4"):
        raise DataError("the first line must be ##fileformat=VCFv4.x", file=name, row=1, value=lines[0][:60])
    info: dict[str, str] = {}
    contigs: list[tuple[str, int]] = []
    assemblies: list[str] = []
    meta: list[tuple[str, str]] = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith("#"):
            raise DataError("the header line #CHROM is missing before the first record", file=name, row=number)
        if not line.startswith("##"):
            return Header(_samples(line, name, number), info, tuple(contigs), tuple(assemblies), tuple(meta)), number
        match = _META.fullmatch(line)
        if match is None:
            raise DataError("a header line must be ##key=value", file=name, row=number, value=line[:60])
        key, value = match["key"], match["value"]
        identity = _ID.search(value)
        if key == "INFO" and identity:
            description = _DESCRIPTION.search(value)
            info[identity["id"]] = description["text"] if description else ""
        elif key == "contig" and identity:
            if length := re.search(r"[<,]length=(\d{1,10})[,>]", value):
                contigs.append((identity["id"], int(length[1])))
            if assembly := re.search(r"[<,]assembly=([^,>]+)", value):
                assemblies.append(assembly[1].strip('"'))
        else:
            meta.append((key, value))
        if number > 200_000:
            raise LimitError("more than 200,000 header lines", file=name)
    raise DataError("the header line #CHROM is missing", file=name, row=len(lines))


def _samples(line: str, name: str, row: int) -> tuple[str, ...]:
    columns = line.split("\t")
    if tuple(columns[:8]) != _FIXED:
        at = next((i for i, column in enumerate(_FIXED) if i >= len(columns) or columns[i] != column), 0)
        raise DataError("the column is missing or in another place (columns are separated by tabs)", file=name, row=row,
                        column=_FIXED[at])  # fmt: skip
    if len(columns) > 8 and columns[8] != "FORMAT":
        raise DataError("the ninth column must be FORMAT", file=name, row=row, column="FORMAT", value=columns[8])
    samples = tuple(columns[9:])
    if repeated := next((s for s in samples if samples.count(s) > 1), None):
        raise DataError("this sample is there twice", file=name, row=row, column=repeated)
    if any(not s.strip() for s in samples):
        raise DataError("a sample has no name", file=name, row=row)
    return samples


def _records(lines: list[str], start: int, header: Header, name: str, limits: Limits) -> Iterator[Record]:
    width = 9 + len(header.samples) if header.samples else None
    for row, line in enumerate(lines[start:], start=start + 1):
        if not line:
            if any(rest for rest in lines[row:]):
                raise DataError("an empty line between records", file=name, row=row)
            return
        if len(line) > limits.line:
            raise LimitError(f"the line has {len(line):,} characters; {limits.line:,} are allowed", file=name, row=row)
        if row - start > limits.rows:
            raise LimitError(f"more than {limits.rows:,} records", file=name)
        cells = line.split("\t")
        if (width is not None and len(cells) != width) or (width is None and len(cells) not in (8, 9)):
            raise DataError(f"the record has {len(cells)} columns, the header {width or 8}", file=name, row=row)
        yield _record(cells, row, name)


def _record(cells: list[str], row: int, name: str) -> Record:
    def wrong(column: str, problem: str, value: str) -> DataError:
        return DataError(problem, file=name, row=row, column=column, value=value)

    chrom, position, _, ref, alt, quality, filters, info = cells[:8]
    if not _CHROM.fullmatch(chrom):
        raise wrong("CHROM", "this is no chromosome name", chrom)
    if not _POS.fullmatch(position) or not 1 <= int(position) <= _LARGEST_POS:
        raise wrong("POS", "this is no position (a whole number from 1)", position)
    if not _BASES.fullmatch(ref):
        raise wrong("REF", "the reference allele is not a sequence of bases", ref)
    alts = tuple(alt.split(","))
    if bad := next((a for a in alts if not _ALT.fullmatch(a)), None):
        raise wrong("ALT", "this is no allele", bad)
    if "" in alts:
        raise wrong("ALT", "an allele is empty", alt)
    if quality != "." and not _NUMBER.fullmatch(quality):
        raise wrong("QUAL", "this is no number", quality)
    if not filters or any(c.isspace() or c == "," for c in filters):
        raise wrong("FILTER", "this is no list of filters", filters)
    keys = tuple(cells[8].split(":")) if len(cells) > 9 else ()
    if len(set(keys)) != len(keys) or "" in keys or ("GT" in keys and keys[0] != "GT"):
        raise wrong("FORMAT", "GT must come first, and each key once", cells[8])
    passed = tuple(filters.split(";"))
    record = Record(row, chrom, int(position), ref, alts, passed, _info(info), keys, tuple(cells[9:]))
    for index, cell in enumerate(record.samples):
        if cell.count(":") >= max(len(keys), 1):
            raise wrong("FORMAT", "a sample has more values than FORMAT has keys", cell[:60])
        genotype = record.cell(index, "GT")
        if genotype is None:
            continue
        if not _GENOTYPE.fullmatch(genotype):
            raise wrong("GT", "this is no genotype", genotype)
        if any(int(a) > len(alts) for a in re.findall(r"\d+", genotype)):
            raise wrong("GT", f"the genotype names an allele that the record lacks ({len(alts)} in ALT)", genotype)
    return record


def _info(text: str) -> dict[str, str]:
    """INFO as key and value; a flag has an empty value, a repeated key its first."""
    found: dict[str, str] = {}
    if text not in ("", "."):
        for part in text.split(";"):
            key, _, value = part.partition("=")
            if key:
                found.setdefault(key, value)
    return found
