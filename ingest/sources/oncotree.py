"""OncoTree: the nested JSON, the text by level, the plain list of codes, and the table with DOIDs by three routes."""

from __future__ import annotations

import re
from pathlib import Path

from graph.errors import DataError
from ingest.harvest import Harvest, SourceInfo
from ingest.limits import read_bytes
from ingest.rows import decoded, parse, sha256
from ingest.sources.ontology import harvest
from ontologies.readers import oncotree, tsv
from ontologies.terms import Ontology


def read(path: Path) -> Harvest:
    """One published OncoTree file, told by its content.

    Raises:
        DataError: a file of another form, or a fault in it.
    """
    content = read_bytes(path)
    ontology = _ontology(content, path.name)
    release = re.search(r"\d{4}[-_.]\d{2}[-_.]\d{2}", path.name)
    source = SourceInfo(
        name="oncotree",
        title="OncoTree",
        version=re.sub(r"[_.]", "-", release[0]) if release else None,
        licence="CC-BY-4.0",
        url="https://oncotree.mskcc.org",
        attribution="OncoTree, Memorial Sloan Kettering Cancer Center",
        files={path.name: sha256(path)},
    )
    return harvest(ontology, source, path.name)


def _ontology(content: bytes, name: str) -> Ontology:
    text = decoded(content, name)
    if text.lstrip()[:1] == "{":
        return oncotree.read_json(text.encode(), file=name)
    header = text.partition("\n")[0].split("\t")
    if "level_1" in header:
        return oncotree.read_levels(
            parse(content, name, required=oncotree.LEVELS[:5], optional=oncotree.LEVEL_COLUMNS[5:], ragged="pad"),
            file=name,
        )
    if "parent" in header or any(column in header for column in tsv.ROUTES):
        return tsv.read_oncotree(
            parse(content, name, required=tsv.ONCOTREE_COLUMNS, optional=tuple(tsv.ROUTES)), file=name
        )
    if "code" in header:
        return oncotree.read_flat(parse(content, name, required=oncotree.FLAT_COLUMNS), file=name)
    raise DataError(
        "this is no OncoTree file that can be read (nested JSON, text by level, list of codes, table with DOIDs)",
        file=name, row=1, value=header[0],
    )  # fmt: skip
