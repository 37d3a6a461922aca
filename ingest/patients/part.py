"""What one file says of a patient; several parts make one ``Profile``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph.errors import DataError, LimitError
from graph.patient import Biomarker, Context, Disease, Profile, Test, Unread

MOST_FINDINGS = 200_000
"""More variants than this in one tumour are a file that was not filtered."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file's (or one line of text's) share of a patient.

    ``patient`` is an id that the file states as the patient's; ``sample`` names the specimen, and stands in where no
    file states an id.
    """

    source: str
    patient: str | None = None
    sample: str | None = None
    barcode: str | None = None
    """The tumour sample that a MAF names; two MAFs of one patient name the same one."""
    disease: Disease | None = None
    biomarkers: Sequence[Biomarker] = ()
    tests: tuple[Test, ...] = ()
    context: Context | None = None
    unread: Sequence[Unread] = ()
    warnings: Sequence[str] = ()


def joined(parts: Sequence[Part], fallback: str) -> Profile:
    """One patient from all parts, in their order; ``fallback`` is the id when no part has one.

    Equal findings are kept once, the first. ``warnings`` say how many were dropped as repeats.

    Raises:
        DataError: two parts state different ids, diagnoses or settings.
        LimitError: more than ``MOST_FINDINGS`` findings.
    """
    biomarkers: dict[tuple[object, ...], Biomarker] = {}
    repeated = 0
    for biomarker in (b for part in parts for b in part.biomarkers):
        if biomarkers.setdefault(_identity(biomarker), biomarker) is not biomarker:
            repeated += 1
    if len(biomarkers) > MOST_FINDINGS:
        raise LimitError(f"{len(biomarkers):,} findings; {MOST_FINDINGS:,} are allowed. Filter the file first")
    warnings = [text for part in parts for text in part.warnings]
    if repeated:
        warnings.append(f"{repeated} repeated finding{'s' if repeated > 1 else ''} counted once")
    _only([(part.source, _individual(part.barcode)) for part in parts], "tumour samples")
    samples = list(dict.fromkeys(part.sample for part in parts if part.sample))
    if len({_individual(sample) for sample in samples}) > 1:
        warnings.append(f"the files name different samples ({', '.join(samples)}) and are taken as one patient")
    return Profile(
        id=_only([(p.source, p.patient) for p in parts], "patient ids") or (samples[0] if samples else fallback),
        disease=_disease(parts),
        biomarkers=tuple(biomarkers.values()),
        tests=tuple(dict.fromkeys(test for part in parts for test in part.tests)),
        context=_context(parts),
        unread=tuple(dict.fromkeys(unread for part in parts for unread in part.unread)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _identity(b: Biomarker) -> tuple[object, ...]:
    """What makes two findings one: everything but how and where they were measured."""
    return (
        b.type, b.gene, b.hgvs_p, b.hgvs_c if not b.hgvs_p else None, b.chrom, b.pos, b.ref, b.alt, b.assembly, b.exon,
        b.origin, b.zygosity, b.clinvar, b.oncogenic, b.classification, b.gene_5p, b.gene_3p, b.exon_5p, b.exon_3p,
        b.direction, b.copy_number, b.marker, b.name, b.status, b.value, b.unit, b.scheme, b.consequence, b.phase,
    )  # fmt: skip


def _individual(sample: str | None) -> str | None:
    """The patient of a TCGA barcode, which has several aliquots; any other name as it is."""
    return sample[:12] if sample and re.match(r"TCGA-\w\w-\w{4}-", sample) else sample


def _only(values: Iterable[tuple[str, str | None]], what: str) -> str | None:
    """The one value that is stated."""
    found: dict[str, str] = {}
    for source, value in values:
        if value is not None:
            found.setdefault(value, source)
    if len(found) > 1:
        told = ", ".join(f"{value!r} in {source}" for value, source in found.items())
        raise DataError(f"the files state different {what} ({told}); several files must be one patient")
    return next(iter(found), None)


def _disease(parts: Sequence[Part]) -> Disease:
    stated = [(part.source, part.disease) for part in parts if part.disease is not None]
    fields = {
        name: _only([(source, _text(getattr(disease, name))) for source, disease in stated], what)
        for name, what in (
            ("name", "diagnoses"), ("oncotree", "OncoTree codes"), ("doid", "DOIDs"), ("stage", "stages"),
            ("state", "disease states"),
        )
    }  # fmt: skip
    return Disease(**fields)


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


def _context(parts: Sequence[Part]) -> Context:
    contexts = [part.context for part in parts if part.context is not None]
    if not contexts:
        return Context()
    if any(other != contexts[0] for other in contexts[1:]):
        raise DataError("the files state different patient contexts; several files must be one patient")
    return contexts[0]
