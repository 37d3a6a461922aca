"""Cancer hotspots: residues that are mutated more often than chance, as classes of oncogenic change.

Chang MT et al., Cancer Discov 2018;8:174. A residue with several rows (one for each new amino acid) is one class. A
hotspot says that substitutions there, in-frame changes of that stretch, or changes of that splice site are oncogenic;
it says nothing of the direction.
"""

from __future__ import annotations

import re
from pathlib import Path

from graph.claims import Consequence, Criterion, VariantClass
from graph.errors import DataError
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.rows import Row, sha256, table
from rules.genes import symbol

NAME = "hotspots"
_REQUIRED = ("Hugo_Symbol", "Amino_Acid_Position", "Reference_Amino_Acid", "Variant_Amino_Acid", "judgement")
_RESIDUE = re.compile(r"[1-9]\d{0,4}")
_STRETCH = re.compile(r"([1-9]\d{0,4})-([1-9]\d{0,4})")
_SPLICE = re.compile(r"X([1-9]\d{0,4})_splice")
_COUNTED = re.compile(r"([A-Z*]):\d+")


def read(path: Path) -> Harvest:
    """The classes in a hotspot table, or in the one table of a folder.

    Raises:
        DataError: missing columns, or a position that is no residue, stretch or splice site.
    """
    file = _file(path)
    report = Report()
    kinds: dict[tuple[str, str], set[Consequence]] = {}
    for row in table(file, required=_REQUIRED, others="ignore", quoted=True):
        report.read += 1
        gene, text = symbol(row["Hugo_Symbol"]), row["Amino_Acid_Position"]
        if not gene:
            raise row.error("a hotspot needs a gene", "Hugo_Symbol")
        found = _consequences(row)
        if row["judgement"] not in ("RETAIN", ""):
            report.aside("skipped", f"hotspots:{gene}:{text}", f"the judgement is {row['judgement']}", file=row.file,
                         row=row.number, column="judgement", value=row["judgement"])  # fmt: skip
            continue
        report.merged += (gene, text) in kinds
        report.loaded += (gene, text) not in kinds
        kinds.setdefault((gene, text), set()).update(found)
    source = SourceInfo(
        name=NAME,
        title="Cancer hotspots",
        version="2",
        licence="evaluation only: the licence of the table is not stated",
        url="https://www.cancerhotspots.org/",
        attribution="Chang MT et al., Cancer Discov 2018;8:174",
        files={file.name: sha256(file)},
    )
    return Harvest(source, report, classes=[_class(gene, text, found) for (gene, text), found in kinds.items()])


def _file(path: Path) -> Path:
    if not path.is_dir():
        return path
    tables = sorted(p for p in path.iterdir() if p.name.removesuffix(".gz").endswith((".txt", ".tsv")))
    if len(tables) != 1:
        raise DataError(f"the folder holds {len(tables)} tables; one is needed", file=path.name)
    return tables[0]


def _consequences(row: Row) -> set[Consequence]:
    """The classes of change that a row counts: a residue's substitutions, or what its kind of position means.

    Every substitution of a hotspot residue counts, whether or not its new residue has been seen; a stop only where
    one has been seen.
    """
    text = row["Amino_Acid_Position"]
    if _SPLICE.fullmatch(text):
        return {"splice"}
    if stretch := _STRETCH.fullmatch(text):
        if int(stretch[1]) > int(stretch[2]):
            raise row.error("the stretch ends before it begins", "Amino_Acid_Position")
        return {"inframe_deletion", "inframe_insertion", "delins"}
    if not _RESIDUE.fullmatch(text):
        raise row.error("a position is a residue (61), a stretch (745-759) or a splice site (X1010_splice)",
                        "Amino_Acid_Position")  # fmt: skip
    found: set[Consequence] = {"start_lost" if text == "1" else "missense"}
    for column in ("Reference_Amino_Acid", "Variant_Amino_Acid"):
        counted = [_COUNTED.fullmatch(part) for part in row[column].split("|")]
        if not all(counted):
            raise row.error("a residue and its count is expected, as in Q:422", column)
        if any(match and match[1] == "*" for match in counted):
            found.add("nonsense" if column == "Variant_Amino_Acid" else "stop_lost")
    return found


def _class(gene: str, text: str, kinds: set[Consequence]) -> VariantClass:
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    record = f"hotspots:{gene}:{text}"
    criterion = Criterion(
        type="variant", name=f"{gene} {text}" if not text.isdigit() else f"{gene} codon {text}", gene=gene,
        codons=(numbers[0], numbers[-1]), consequences=tuple(sorted(kinds)),
    )  # fmt: skip
    return VariantClass(id=record, criterion=criterion, classes=("oncogenic",), provenance=NAME, record=record)
