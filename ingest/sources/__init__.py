"""The sources that Clew reads, by the name they have on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from graph.errors import UsageError, nearest
from ingest.harvest import Harvest

Importer = Callable[[Path], Harvest]
"""Reads a file, or a folder as published. A fault raises ``graph.errors.DataError``; a row set aside is counted."""


def _importer(module: str) -> Importer:
    """The importer's module is loaded when it is first used: each brings its own libraries."""

    def read(path: Path) -> Harvest:
        found: Harvest = import_module(module).read(path)
        return found

    return read


SOURCES: Mapping[str, Importer] = MappingProxyType(
    {
        "civic": _importer("ingest.sources.civic"),
        "cpic": _importer("ingest.sources.cpic"),
        "do": _importer("ingest.sources.do"),
        "hivdb": _importer("ingest.sources.hivdb"),
        "hotspots": _importer("ingest.sources.hotspots"),
        "liftover": _importer("ingest.lift"),
        "moalmanac": _importer("ingest.sources.moalmanac"),
        "oncotree": _importer("ingest.sources.oncotree"),
        "tables": _importer("ingest.guidelines"),
    }
)


DESCRIBED: Mapping[str, str] = MappingProxyType(
    {
        "civic": "CIViC: the folder with its nightly TSV files, or the evidence file; without a path it is fetched",
        "cpic": "CPIC and DPWG guidelines as PharmCAT publishes them: one JSON file, or the folder with them",
        "do": "Disease Ontology: one file, OBO, OWL or a table of id, label and parents; gzip is unpacked",
        "hivdb": "HIVDB, resistance of HIV-1 to drugs: an XML file of the algorithm, or a folder with several versions",
        "hotspots": "recurrent residues (cancerhotspots.org): the table of version 2 as text",
        "liftover": "UCSC chains hg19 to hg38 and back: the folder with both, for coordinates on the other build",
        "moalmanac": "Molecular Oncology Almanac: the folder of its database, or molecular-oncology-almanac.json",
        "oncotree": "OncoTree: one file, the JSON tree, the text by level, or a table of codes",
        "tables": "guideline tables, or a folder of them; --guidelines is the usual way",
    }
)
"""What each source is, and what its path must be: one line for people."""


def importer(name: str) -> Importer:
    """The importer of a source.

    Raises:
        UsageError: when there is no such source; says what there is.
    """
    if name not in SOURCES:
        close = next(iter(nearest(name, SOURCES)), None)
        hint = f"did you mean {close}?" if close else f"there are {', '.join(SOURCES)}"
        raise UsageError(f"no such source: {name!r} ({hint})")
    return SOURCES[name]
