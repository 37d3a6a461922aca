"""Mutational signatures with their contributions, a fraction of the tumour's mutations each."""

from __future__ import annotations

import re

from graph.patient import Biomarker
from ingest.patients.part import Part
from ingest.patients.tabular import Table


def read(table: Table) -> Part:
    """Signatures that contribute; those with a contribution of 0 are counted.

    Raises:
        DataError: a contribution that is not a number from 0 to 1.
    """
    name = table.need("name of the signature", "signature", "signatures")
    value = table.need("contribution", "contribution", "weight", "exposure", "value")
    found, none = [], 0
    for row in table.rows:
        if not row[name]:
            raise row.error("the name of the signature is empty", name)
        text = row[value]
        if not re.fullmatch(r"[01](?:\.\d+)?(?:[eE]-\d{1,3})?|\.\d+", text) or float(text) > 1:
            raise row.error("a contribution is a fraction from 0 to 1", value)
        if float(text) == 0:
            none += 1
            continue
        found.append(Biomarker(type="signature", name=row[name], value=round(float(text), 6), unit="fraction",
                               source=f"{table.name}:{row.number}"))  # fmt: skip
    told = [f"{table.name}: {none} of {len(table.rows)} signatures contribute nothing"] if none else []
    return Part(table.name, biomarkers=found, warnings=told)
