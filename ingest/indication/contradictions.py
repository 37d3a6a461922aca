"""Whether the fields of a label row contradict the label's own text.

A curated row can name another gene, disease or drug than the sentence it was made from, or turn "positive" into
"negative". Such a row must neither recommend nor exclude. The check is general: it compares names, and knows no single
row. It speaks only of what the text says for sure; where the text names nothing to compare with, there is nothing to
contradict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph.claims import Expression
from ingest.indication.biomarkers import biomarker_contradictions
from ingest.indication.diseases import disease_contradictions
from ingest.indication.drugs import drug_contradictions
from ingest.indication.text import parts


def contradictions(
    text: str,
    profile: Expression,
    disease: str,
    therapy: Sequence[str],
    *,
    product: Iterable[str] = (),
    regimen: str | None = None,
    symbols: Iterable[str] = (),
) -> tuple[str, ...]:
    """What in a row contradicts its text, in plain words; empty when nothing does.

    Args:
        text: the indication as the label has it.
        profile: the row's biomarkers.
        disease: name of the row's disease.
        therapy: canonical ingredients of the row.
        product: what the source says besides of the product whose label it is; the row must be about one of the drugs
            that these texts name.
        regimen: what the source says was given, in words.
        symbols: gene symbols of the source, names to look for beside the vocabulary.
    """
    p = parts(text)
    return (
        *biomarker_contradictions(p, profile, tuple(symbols)),
        *disease_contradictions(p, disease),
        *drug_contradictions(p, therapy, tuple(product), regimen),
    )
