"""Mutation Annotation Format: TCGA and GDC columns, and the older ones of Oncotator (``Protein_Change`` …).

Rows outside coding sequence carry no gene; a substitution among them is kept by its coordinates, because known alleles
(promoters, introns) are matched by these.
"""

from __future__ import annotations

import re
from collections import Counter

from graph.errors import DataError
from graph.patient import Assembly, Biomarker, Origin
from ingest.patients import alleles, consequences
from ingest.patients.part import Part
from ingest.patients.tabular import Question, Table
from ingest.patients.tally import Tally
from ingest.rows import Row

_BASES = re.compile(r"[ACGTNacgtn]+|-")


def read(table: Table, question: Question) -> Part:
    """The variants of one tumour sample.

    Raises:
        DataError: a missing column, several samples without ``--sample``, a value that cannot be.
    """
    gene = table.need("gene", "Hugo_Symbol")
    chrom, start = table.need("chromosome", "Chromosome"), table.need("position", "Start_Position")
    ref = table.need("reference allele", "Reference_Allele")
    alt = table.need("tumour allele", "Tumor_Seq_Allele2", "Tumor_Seq_Allele1")
    kind = table.need("class of the variant", "Variant_Classification")
    rows, sample = _of_sample(table, question)
    tally, seen, found = Tally(table.name), Counter[str](), []
    for row in rows:
        if unused := _unused(table, row):
            changes = set(consequences.of(row[kind]).classes) - {"synonymous"}
            tally.add(_place(row, gene, chrom, start, ref, alt), unused, row=row.number,
                      gene=row[gene] if changes and "filter" in unused else None)  # fmt: skip
            continue
        if not re.fullmatch(r"\d{1,10}", row[start]) or int(row[start]) < 1:
            raise row.error("this is no position (a whole number from 1)", start)
        for column in (ref, alt):
            if not _BASES.fullmatch(row[column]):
                raise row.error("this is neither a sequence of bases nor -", column)
        build = _assembly(table, row, question)
        if not row[kind]:
            raise row.error("the class of the variant is empty", kind)
        if not consequences.is_known(row[kind]):
            tally.add(_place(row, gene, chrom, start, ref, alt), f"the variant class {row[kind]!r} is not known",
                      row=row.number, gene=row[gene] or None)  # fmt: skip
            continue
        if alleles.chromosome(row[chrom]) is None:
            tally.add(_place(row, gene, chrom, start, ref, alt), "the contig is not a chromosome of the assembly",
                      row=row.number)  # fmt: skip
            continue
        coding = bool(consequences.of(row[kind]).classes) and row[gene] not in ("", "Unknown", ".")
        seen["coding" if coding else "outside"] += 1
        found.append(_biomarker(table, row, build, row[gene] if coding else None, chrom, start, ref, alt, kind))
    told = []
    if seen["outside"]:
        told.append(f"{table.name}: {seen['outside']:,} of {len(rows):,} rows change no protein and are matched by "
                    "coordinates only")  # fmt: skip
    if _origin_by_name(table.name):
        told.append(f"{table.name}: {_origin_by_name(table.name)} by the name of the file")
    return Part(table.name, sample=sample, barcode=sample, biomarkers=found, unread=tally.entries(), warnings=told)


def _of_sample(table: Table, question: Question) -> tuple[list[Row], str | None]:
    """The rows of the asked or only tumour sample."""
    column = table.column("Tumor_Sample_Barcode")
    names = list(dict.fromkeys(row[column] for row in table.rows if row[column])) if column else []
    if question.sample is not None and names:
        if question.sample not in names:
            raise DataError("there is no such sample", file=table.name, column=column, value=question.sample,
                            suggestion=", ".join(names[:8]))  # fmt: skip
        return [row for row in table.rows if column and row[column] == question.sample], question.sample
    if len(names) > 1:
        raise DataError(f"the file has {len(names)} samples; say which with --sample ({', '.join(names[:8])})",
                        file=table.name, column=column)  # fmt: skip
    return table.rows, names[0] if names else question.sample


def _unused(table: Table, row: Row) -> str | None:
    """Why a row is not a finding: it failed a filter, or its call was rejected."""
    if (column := table.column("FILTER")) and row[column] not in ("", ".", "PASS"):
        return f"did not pass its filter ({row[column]})"
    if (column := table.column("i_judgement", "judgement")) and row[column].upper() == "REJECT":
        return "the caller rejected it"
    return None


def _assembly(table: Table, row: Row, question: Question) -> Assembly:
    column = table.column("NCBI_Build")
    stated = alleles.assembly_named(row[column]) if column and row[column] else None
    if column and row[column] and stated is None:
        raise row.error("this assembly is neither GRCh37 nor GRCh38", column)
    if stated and question.assembly and stated != question.assembly:
        raise row.error(f"the row says another assembly than --assembly {question.assembly}", column)
    found = stated or question.assembly
    if found is None:
        raise DataError("the rows do not say which assembly they are on; give it with --assembly GRCh37 or --assembly "
                        "GRCh38", file=table.name, row=row.number, column="NCBI_Build")  # fmt: skip
    return found


def _biomarker(
    table: Table, row: Row, build: Assembly, gene: str | None, chrom: str, start: str, ref: str, alt: str, kind: str
) -> Biomarker:
    before, after = row[ref].upper(), row[alt].upper()
    if after == before and (other := table.column("Tumor_Seq_Allele1")) and row[other].upper() != before:
        after = row[other].upper()
    substitution = "-" not in (before, after) and len(before) == len(after)
    classes = consequences.of(row[kind]).classes
    return Biomarker(
        type="splice" if classes[:1] == ("splice",) else "snv" if substitution else "indel",
        gene=gene,
        hgvs_p=_cell(table, row, "HGVSp_Short", "Protein_Change", "HGVSp", "amino_acid_change") if gene else None,
        hgvs_c=_cell(table, row, "HGVSc", "cDNA_Change") if gene else None,
        exon=_exon(table, row) if gene else None,
        chrom=row[chrom],
        pos=int(row[start]),
        ref=before,
        alt=after,
        assembly=build,
        consequence=row[kind],
        origin=_origin(table, row),
        vaf=_fraction(table, row),
        clinvar=_cell(table, row, "CLIN_SIG", "clinvar", "ClinVar_CLNSIG") if gene else None,
        source=f"{table.name}:{row.number}",
    )


def _cell(table: Table, row: Row, *names: str) -> str | None:
    for name in names:
        column = table.column(name)
        if column and row[column] not in ("", ".", "-", "NA", "p.?"):
            return row[column].rpartition(":")[2].replace("%3D", "=")
    return None


def _exon(table: Table, row: Row) -> int | None:
    text = _cell(table, row, "Exon_Number", "EXON", "Transcript_Exon") or ""
    match = re.fullmatch(r"(\d{1,3})(?:/\d+)?", text)
    return int(match[1]) if match and 1 <= int(match[1]) <= 400 else None


def _origin(table: Table, row: Row) -> Origin:
    status = (_cell(table, row, "Mutation_Status", "SS_Status") or "").casefold()
    if status in ("germline", "somatic"):
        return "germline" if status == "germline" else "somatic"
    if by_name := _origin_by_name(table.name):
        return by_name
    column = table.column("Matched_Norm_Sample_Barcode")
    return "somatic" if column and row[column] else "unknown"


def _origin_by_name(name: str) -> Origin | None:
    """MAF has no place for the origin of a whole file; its writers put it into the name."""
    words = {word for word in re.split(r"[^a-z]+", name.casefold()) if word in ("germline", "somatic")}
    if len(words) != 1:
        return None
    return "germline" if "germline" in words else "somatic"


def _fraction(table: Table, row: Row) -> float | None:
    counts = [_cell(table, row, name) or "" for name in ("t_alt_count", "t_ref_count")]
    if all(re.fullmatch(r"\d{1,9}(?:\.0)?", count) for count in counts):
        has, lacks = (int(float(count)) for count in counts)
        return round(has / (has + lacks), 6) if has + lacks else None
    stated = _cell(table, row, "i_tumor_f", "tumor_f", "t_vaf", "VAF") or ""
    if re.fullmatch(r"[01](?:\.\d+)?", stated) and float(stated) <= 1:
        return round(float(stated), 6)
    return None


def _place(row: Row, gene: str, chrom: str, start: str, ref: str, alt: str) -> str:
    return f"{row[gene]} {row[chrom]}:{row[start]} {row[ref][:20]}>{row[alt][:20]}"
