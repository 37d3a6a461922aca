"""One patient from several files and lines of text, or a cohort from one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from graph.errors import DataError, UsageError
from graph.patient import Assembly, Context, Disease, Profile
from ingest.limits import PROFILE, TABLE, read_bytes
from ingest.patients import clew
from ingest.patients.formats import recognise
from ingest.patients.part import Part, joined

_ASKED = "the question"


def read(
    paths: Sequence[Path],
    *,
    sample: str | None = None,
    assembly: str | None = None,
    disease: str | None = None,
    text: Sequence[str] = (),
    jurisdiction: str | None = None,
    as_of: str | None = None,
) -> list[Profile]:
    """The patients of a question: one from all files and texts together, or the cohort of a JSON-lines file.

    Args:
        sample: which sample of a VCF or MAF with several.
        assembly: of coordinates whose file does not say (``GRCh37``, ``hg38`` …).
        disease: the diagnosis by name or code (``Melanoma``, ``DOID:1909``, ``ONCOTREE:MEL``).
        text: findings as people write them (``BRAF V600E, MSS``).
        jurisdiction, as_of: under which rules the question is asked; they replace what a profile states.

    Raises:
        UsageError: options that a cohort cannot have, or nothing to read.
        DataError: a file that cannot be read, or files that disagree about the patient.
    """
    if as_of is not None and not clew.is_date(as_of):
        raise UsageError(f"--as-of {as_of!r} is not a date like 2022-06-01")
    build = _assembly(assembly)
    parts: list[Part] = []
    for path in paths:
        content = read_bytes(path, TABLE)
        kind = recognise(content, path.name)
        if kind == "cohort":
            if len(paths) > 1 or text or disease or sample:
                raise UsageError(f"{path.name} is a cohort, in which each patient states its own; give it alone")
            return [_asked(profile, jurisdiction, as_of) for profile in clew.cohort(content, path.name)]
        parts.append(_part(kind, content, path.name, sample, build))
    if text:
        stated = [_diagnosis(disease, parts)] if disease else [part.disease for part in parts if part.disease]
        parts += _texts(text, stated)
    if disease:
        parts.append(Part(_ASKED, disease=_diagnosis(disease, parts)))
    if not parts or (not paths and not text):
        raise UsageError("there is nothing to read: give a file or --text")
    fallback = _stem(paths[0].name) if paths else "patient"
    return [_asked(joined(parts, fallback), jurisdiction, as_of)]


def _part(kind: str, content: bytes, name: str, sample: str | None, assembly: Assembly | None) -> Part:
    if kind == "profile":
        if len(content) > PROFILE.bytes:
            raise DataError(f"a profile of more than {PROFILE.bytes:,} bytes", file=name)
        return _stated(clew.decode(content, file=name), name)
    if kind == "vcf":
        from ingest.patients.vcf import read as read_vcf

        return read_vcf(content, name, sample=sample, assembly=assembly)
    if kind == "table":
        from ingest.patients.tabular import read as read_table

        return read_table(content, name, sample=sample, assembly=assembly)
    from ingest.patients.text import read as read_text
    from ingest.rows import decoded

    return read_text(" ; ".join(decoded(content, name).splitlines()), name)


def _texts(texts: Sequence[str], diagnoses: Sequence[Disease]) -> list[Part]:
    """Lines of text; ``diagnoses``: what is stated elsewhere."""
    from ingest.patients import viral
    from ingest.patients.text import read as read_text
    from rules.viruses import infected

    virus = any(map(infected, diagnoses)) or any(map(viral.named_in, texts))
    return [read_text(line, "text", diagnosis_known=bool(diagnoses), infected=virus) for line in texts]


def _stated(profile: Profile, name: str) -> Part:
    return Part(
        name, patient=profile.id, disease=profile.disease if profile.disease != Disease() else None,
        biomarkers=profile.biomarkers, tests=profile.tests,
        context=profile.context if profile.context != Context() else None, unread=profile.unread,
        warnings=profile.warnings,
    )  # fmt: skip


def _assembly(text: str | None) -> Assembly | None:
    if text is None:
        return None
    from ingest.patients.alleles import stated_assembly

    return stated_assembly(text)


def _diagnosis(text: str, parts: Sequence[Part]) -> Disease:
    """A code goes where codes go. A diagnosis that a file states already under another key is repeated as it is."""
    prefix, _, code = text.strip().partition(":")
    if code and prefix.upper() == "DOID":
        return Disease(doid=f"DOID:{code.strip()}")
    if code and prefix.upper() == "ONCOTREE":
        return Disease(oncotree=code.strip().upper())
    folded = text.strip().casefold()
    for stated in (part.disease for part in parts if part.disease is not None):
        if folded in {str(value).casefold() for value in (stated.name, stated.oncotree, stated.doid) if value}:
            return stated
    return Disease(name=text.strip())


def _asked(profile: Profile, jurisdiction: str | None, as_of: str | None) -> Profile:
    context = profile.context
    if jurisdiction is not None:
        context = replace(context, jurisdiction=jurisdiction)
    if as_of is not None:
        context = replace(context, as_of=as_of)
    return replace(profile, context=context)


def _stem(name: str) -> str:
    return name.removesuffix(".gz").rpartition(".")[0] or name
