"""The Disease Ontology: OBO, OWL in RDF/XML, or a table of id, label and parents."""

from __future__ import annotations

import re
from pathlib import Path

from graph.errors import DataError
from ingest.harvest import Harvest, SourceInfo
from ingest.limits import read_bytes
from ingest.rows import decoded, parse, sha256
from ingest.sources.ontology import harvest
from ontologies.readers import obo, owl, tsv
from ontologies.terms import Ontology


def read(path: Path) -> Harvest:
    """One file of the Disease Ontology, told by its content; gzip is unpacked.

    Raises:
        DataError: a file of another form, or a fault in it.
    """
    ontology = _ontology(read_bytes(path), path.name)
    release = re.search(r"\d{4}-\d{2}-\d{2}", ontology.version or "")
    source = SourceInfo(
        name="do",
        title="Human Disease Ontology",
        version=release[0] if release else ontology.version,
        licence="CC0-1.0",
        url="https://disease-ontology.org",
        attribution="Human Disease Ontology, University of Maryland School of Medicine",
        files={path.name: sha256(path)},
    )
    return harvest(ontology, source, path.name)


def _ontology(content: bytes, name: str) -> Ontology:
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return owl.read(content, file=name)
    text = decoded(content, name)
    if text.lstrip().startswith(("format-version:", "[Term]", "ontology:", "!")):
        return obo.read(text, file=name, prefix="DOID")
    header = text.partition("\n")[0].split("\t")
    if len(header) > 1:
        return tsv.read_do(parse(content, name, required=tsv.DO_COLUMNS), file=name)
    raise DataError("this is no OBO, no OWL in RDF/XML and no table of id, label, parents", file=name, row=1,
                    value=header[0])  # fmt: skip
