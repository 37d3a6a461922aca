"""Which format a file is in, by its content; its name decides only between a cohort and one profile."""

from __future__ import annotations

import re
from typing import Literal

from graph.errors import DataError

Format = Literal["profile", "cohort", "vcf", "table", "text"]
_MAGIC = (
    (b"PK\x03\x04", "this is a zip archive or a spreadsheet; save the table as tab-separated text"),
    (b"BCF\x02", "this is BCF; write VCF with `bcftools view`"),
    (b"BAM\x01", "this is an alignment, not called variants"),
    (b"CRAM", "this is an alignment, not called variants"),
    (b"%PDF", "this is a PDF; give its findings as text"),
    (b"\xd0\xcf\x11\xe0", "this is an Excel file; save the table as tab-separated text"),
)
_LONGEST_TEXT = 20_000


def recognise(content: bytes, name: str) -> Format:
    """The format of a file's (decompressed) content.

    Raises:
        DataError: an empty file, or one that is none of the formats; says which are read.
    """
    for magic, problem in _MAGIC:
        if content.startswith(magic):
            raise DataError(problem, file=name)
    head = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise DataError("the file is empty", file=name)
    if head.startswith((b"##fileformat=VCF", b"#CHROM\tPOS")) or re.match(rb"##\w+=", head):
        return "vcf"
    if head.startswith(b"{"):
        return "cohort" if re.search(r"\.(?:jsonl|ndjson)(?:\.gz)?$", name, re.I) or _object_a_line(head) else "profile"
    if head.startswith(b"["):
        raise DataError("this is a JSON list; a cohort has one profile a line (JSON lines)", file=name)
    lines = re.split(rb"[\r\n]+", head[:_LONGEST_TEXT])
    header = next((line for line in lines if line.strip() and not re.match(rb"#(?:#|version)", line)), b"")
    if b"\t" in header or (b"," in header and re.search(r"\.csv(?:\.gz)?$", name, re.I)):
        return "table"
    if len(head) <= _LONGEST_TEXT:
        return "text"
    raise DataError(
        "the format is not known; profiles (JSON), VCF, MAF, tables of fusions, copy numbers or signatures, and short "
        "text are read",
        file=name,
    )


def _object_a_line(head: bytes) -> bool:
    """Whether the first line is a whole object and another object begins on the next line that is not blank."""
    first = re.split(rb"[\r\n]", head, maxsplit=1)[0]
    return first.rstrip().endswith(b"}") and head[len(first) :].lstrip().startswith(b"{")
