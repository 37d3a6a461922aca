"""MOAlmanac: label statements of five agencies (``referenced/*.json``) and the older flat file of assertions.

A folder as published is read whole; either part alone is a source too. Nothing of MOAlmanac's wording is kept: its
licence (GPL-2.0) lets a release carry identifiers, names, levels, dates and links.

Statement ids are ``moa-db:statement:<id>``; assertion ids are ``moa:assertion:<assertion_id>``. A row whose fields
contradict its own text, and one that the source itself marks as withdrawn, is loaded and quarantined.
"""

from __future__ import annotations

from pathlib import Path

from graph.errors import DataError
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.json_file import load
from ingest.overlay import OVERLAY, apply, corrections, recount
from ingest.rows import sha256
from ingest.sources import moalmanac_legacy, moalmanac_referenced

LEGACY = "molecular-oncology-almanac.json"


def read(path: Path) -> Harvest:
    """Read the published folder, its ``referenced`` folder, or one file of assertions.

    An ``overlay.tsv`` in the folder corrects derived fields (``ingest.overlay``).

    Raises:
        DataError: a file that is missing, damaged or of another shape; a reference that leads nowhere; an id that is
            there twice.
    """
    folder, legacy = _find(path)
    report = Report()
    statements, nodes, files, version = [], [], [], None
    if folder is not None:
        part = moalmanac_referenced.read(folder, report)
        statements += part.statements
        nodes += part.nodes
        files += [folder / name for name in part.files]
        version = _version(folder / "about.json")
        files.append(folder / "about.json")
    if legacy is not None:
        statements += moalmanac_legacy.read(legacy, report)
        files.append(legacy)
    overlay = path / OVERLAY
    if path.is_dir() and overlay.is_file():
        corrected = apply(statements, corrections(overlay))
        recount(statements, corrected, report, OVERLAY)
        statements = corrected
        files.append(overlay)
    source = SourceInfo(
        name="moalmanac",
        title="Molecular Oncology Almanac",
        version=version,
        licence="GPL-2.0",
        url="https://github.com/vanallenlab/moalmanac-db",
        attribution="Molecular Oncology Almanac, Van Allen lab, Dana-Farber Cancer Institute",
        files={f.name: sha256(f) for f in files},
    )
    return Harvest(source=source, report=report, statements=statements, nodes=nodes)


def _find(path: Path) -> tuple[Path | None, Path | None]:
    """The folder of referenced files and the flat file, whichever are there."""
    if path.is_file():
        return None, path
    if not path.is_dir():
        raise DataError("there is no such file or folder", file=str(path))
    inside = path / "referenced"
    folder = inside if inside.is_dir() else path if (path / "statements.json").is_file() else None
    legacy = path / LEGACY
    if folder is None and not legacy.is_file():
        raise DataError(f"the folder holds neither referenced/statements.json nor {LEGACY}", file=path.name)
    return folder, legacy if legacy.is_file() else None


def _version(path: Path) -> str | None:
    about = load(path)
    if not isinstance(about, dict):
        raise DataError("an object is needed", file=path.name)
    return str(about.get("last_updated") or about.get("release") or "") or None
