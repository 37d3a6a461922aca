"""Called variants of one sample from VCF: annotated, or coordinates alone.

Our own validator reads the file first; genotypes and sample values then come from cyvcf2 in a process with limits. A
record is a finding when it passed its filters and the sample has the allele. Reference calls and gVCF blocks are
counted as reference evidence and are no findings; a missing genotype is unknown.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from graph.errors import DataError
from graph.patient import Assembly, Biomarker, Origin, Zygosity
from ingest.patients import alleles, vcf_effects
from ingest.patients.part import MOST_FINDINGS, Part
from ingest.patients.tally import Tally
from ingest.patients.vcf_lines import Header, Record, parse

_REFERENCE = {"<*>", "<NON_REF>", ".", "*"}
_SEQUENCE = re.compile(r"[ACGTNacgtn]+")
_NUMBERS = {"AD": "Integer", "AF": "Float", "VAF": "Float", "FA": "Float", "DP": "Integer"}
_SIDE = {"tumour": {"tumor", "tumour", "tumor_dna", "t"}, "normal": {"normal", "control", "normal_dna", "n", "blood"}}
_SECONDS = 330


@dataclass(frozen=True, slots=True)
class Samples:
    """Columns of the patient's tumour and of the matched normal, where there is one."""

    chosen: int | None
    normal: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """What cyvcf2 says of one record: genotypes and values by sample, the chosen one first."""

    genotypes: list[list[Any]] | None
    values: dict[str, list[list[Any]]]


def read(content: bytes, name: str, *, sample: str | None = None, assembly: Assembly | None = None) -> Part:
    """The variants of one sample.

    Raises:
        DataError: a malformed file; an unknown assembly or sample, saying how to give it.
    """
    header, records = parse(content, name)
    build = _assembly(header, assembly, name)
    samples = _samples(header, sample, name)
    effects = vcf_effects.reader(header)
    tally, seen = Tally(name), Counter[str]()
    kept = [record for record in records if _is_candidate(record, samples, effects, tally, seen)]
    if len(kept) > MOST_FINDINGS:
        raise DataError(f"{len(kept):,} variants in one sample; filter the file first ({MOST_FINDINGS:,} are allowed)",
                        file=name)  # fmt: skip
    calls = _calls(kept, samples, name) if samples.chosen is not None and kept else [None] * len(kept)
    found: list[Biomarker] = []
    for record, call in zip(kept, calls, strict=True):
        found += _biomarkers(record, call, build, samples, effects, name, tally, seen)
    return Part(
        name,
        sample=header.samples[samples.chosen] if samples.chosen is not None else None,
        biomarkers=found,
        unread=tally.entries(),
        warnings=_warnings(seen, name, effects is not None, header),
    )


# -- assembly and sample ---------------------------------------------------------------------------------------------


def _assembly(header: Header, given: Assembly | None, name: str) -> Assembly:
    """From contig lengths, else from what header lines name, else as given; contradictions are errors."""
    by_length = alleles.assembly_of_lengths(header.contigs)
    named = {found for text in (*header.values("reference"), *header.values("new_reference_genome"),
                                *header.values("assembly"), *header.contig_assemblies, *_told_by_tools(header))
             if (found := alleles.assembly_named(text)) is not None}  # fmt: skip
    stated = by_length or (named.pop() if len(named) == 1 else None)
    if stated is None and given is None:
        raise DataError("the header does not say which assembly the coordinates are on; give it with --assembly GRCh37 "
                        "or --assembly GRCh38", file=name)  # fmt: skip
    if stated is not None and given is not None and stated != given:
        raise DataError(f"the header says {stated}, --assembly says {given}", file=name)
    found = stated or given
    assert found is not None
    return found


def _told_by_tools(header: Header) -> list[str]:
    """Assemblies that VEP names, and where a liftover with a UCSC chain (``hg19ToHg38``) went."""
    vep = [re.search(r'assembly="([^"]+)"', text) for text in header.values("VEP")]
    lifted = [text for key, text in header.meta if "liftover" in key.casefold()]
    chains = [re.search(r"hg(?:19|38)To(?:hg)?(19|38)", text, re.I) for text in lifted]
    return [match[1] for match in vep if match] + [f"hg{match[1]}" for match in chains if match]


def _samples(header: Header, wanted: str | None, name: str) -> Samples:
    names = header.samples
    tumour = next((s for s in header.values("tumor_sample") if s in names), None)
    normal = next((s for s in header.values("normal_sample") if s in names), None)
    tumour = tumour or next((s for s in names if s.casefold() in _SIDE["tumour"]), None)
    normal = normal or next((s for s in names if s.casefold() in _SIDE["normal"]), None)
    if wanted is not None:
        if not names:
            raise DataError("the file has no samples; leave --sample out", file=name, value=wanted)
        if wanted not in names:
            raise DataError("there is no such sample", file=name, value=wanted, suggestion=_listed(names))
        chosen: str | None = wanted
    elif len(names) <= 1:
        chosen = names[0] if names else None
    elif tumour is not None or (normal is not None and len(names) == 2):
        chosen = tumour or next(s for s in names if s != normal)
    else:
        raise DataError(f"the file has {len(names)} samples; say which with --sample ({_listed(names)})", file=name)
    if normal == chosen:
        normal = None
    return Samples(names.index(chosen) if chosen else None, names.index(normal) if normal else None)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


# -- which records count ---------------------------------------------------------------------------------------------


def _is_candidate(
    record: Record, samples: Samples, effects: vcf_effects.Effects | None, tally: Tally, seen: Counter[str]
) -> bool:
    """Whether a record may hold a variant of the sample; what is set aside is counted or listed."""
    seen["records"] += 1
    if "END" in record.info and all(alt in _REFERENCE for alt in record.alts):
        seen["reference"] += 1
        return False
    if all(alt in _REFERENCE for alt in record.alts) or "RefCall" in record.filters:
        seen["reference"] += 1
        return False
    genotype = record.cell(samples.chosen, "GT") if samples.chosen is not None else None
    called = set(re.findall(r"\d+", genotype)) if genotype else set()
    if "GT" in record.keys and samples.chosen is not None and not called:
        seen["unknown"] += 1
        return False
    if called == {"0"}:
        seen["reference"] += 1
        return False
    failed = [f for f in record.filters if f not in ("PASS", ".")]
    if failed:
        seen["filtered"] += 1
        genes = _genes(record, effects)
        for gene in genes:
            tally.add(_place(record), f"did not pass its filter ({', '.join(failed)})", row=record.row, gene=gene)
        return False
    if not any(_SEQUENCE.fullmatch(alt) for alt in record.alts):
        for gene in _genes(record, effects):
            tally.add(_place(record), "structural variants are not read from VCF: give fusions and gene-level copy "
                      "numbers as tables", row=record.row, gene=gene)  # fmt: skip
        return False
    if alleles.chromosome(record.chrom) is None:
        tally.add(_place(record), "the contig is not a chromosome of the assembly", row=record.row)
        return False
    return True


def _genes(record: Record, effects: vcf_effects.Effects | None) -> list[str | None]:
    """Genes whose protein a record may change; one ``None`` when that is not known or there are none."""
    if effects is None:
        return [None]
    genes = {e.gene for i in range(len(record.alts)) for e in effects(record, i) if e.coding}
    return [*sorted(genes)] or [None]


def _place(record: Record) -> str:
    return f"{record.chrom}:{record.pos} {record.ref[:20]}>{','.join(record.alts)[:40]}"


# -- genotypes, in a process of their own ----------------------------------------------------------------------------


def _calls(records: Sequence[Record], samples: Samples, name: str) -> list[Call | None]:
    """Genotypes and values of the chosen samples by cyvcf2; our validator has seen every byte that it gets.

    Raises:
        DataError: the process crashed, ran over its limits, or read something else than the file says.
    """
    columns = [i for i in (samples.chosen, samples.normal) if i is not None]
    command = [sys.executable, "-s", "-P", str(Path(__file__).with_name("vcf_child.py")), *_NUMBERS]
    quiet = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, input="".join(_clean(records, columns)).encode(), capture_output=True,  # noqa: S603
                              timeout=_SECONDS, env=quiet, check=False)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise DataError("reading the genotypes took too long", file=name) from error
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise DataError(f"the VCF parser stopped ({last[0][:200]})", file=name)
    lines = done.stdout.splitlines()
    if len(lines) != len(records):
        raise DataError(f"the VCF parser read {len(lines)} of {len(records)} records", file=name)
    calls: list[Call | None] = []
    for record, line in zip(records, lines, strict=True):
        chrom, pos, ref, alts, genotypes, values = json.loads(line)
        if (chrom, pos, ref.upper(), [a.upper() for a in alts]) != (
            record.chrom, record.pos, record.ref.upper(), [a.upper() for a in record.alts],
        ):  # fmt: skip
            raise DataError("the VCF parser read another record than the line has", file=name, row=record.row)
        calls.append(Call(genotypes, values))
    return calls


def _clean(records: Sequence[Record], columns: list[int]) -> Iterator[str]:
    """A VCF with nothing in it but positions, alleles, genotypes and checked numbers."""
    yield "##fileformat=VCFv4.2\n"
    for chrom in dict.fromkeys(record.chrom for record in records):
        yield f"##contig=<ID={chrom}>\n"
    yield '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n'
    for key, kind in _NUMBERS.items():
        yield f'##FORMAT=<ID={key},Number=.,Type={kind},Description="n">\n'
    yield "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT",
                     *(f"S{i}" for i in range(len(columns)))]) + "\n"  # fmt: skip
    for record in records:
        keys = [key for key in ("GT", *_NUMBERS) if key in record.keys] or ["DP"]
        cells = [":".join(_checked(record.cell(column, key), key) for key in keys) for column in columns]
        fixed = [record.chrom, str(record.pos), ".", record.ref, ",".join(record.alts), ".", ".", "."]
        yield "\t".join([*fixed, ":".join(keys), *cells]) + "\n"


def _checked(value: str | None, key: str) -> str:
    number = r"\d{1,9}" if _NUMBERS.get(key) == "Integer" else r"\d{1,9}(?:\.\d{1,20})?(?:[eE]-?\d{1,2})?"
    if value is None or (key != "GT" and not re.fullmatch(rf"(?:{number}|\.)(?:,(?:{number}|\.))*", value)):
        return "." if key != "GT" else "./."
    return value.lstrip("/|") if key == "GT" else value


# -- findings --------------------------------------------------------------------------------------------------------


def _biomarkers(
    record: Record, call: Call | None, build: Assembly, samples: Samples, effects: vcf_effects.Effects | None,
    name: str, tally: Tally, seen: Counter[str],
) -> Iterator[Biomarker]:  # fmt: skip
    carried = _carried(call, len(record.alts))
    for index, alt in enumerate(record.alts):
        if index + 1 not in carried or not _SEQUENCE.fullmatch(alt):
            if index + 1 in carried and alt not in _REFERENCE:
                tally.add(_place(record), "structural variants are not read from VCF: give fusions and gene-level copy "
                          "numbers as tables", row=record.row)  # fmt: skip
            continue
        if record.pos > alleles.lengths(build)[alleles.chromosome(record.chrom) or ""]:
            raise DataError(f"the position is outside this chromosome of {build}", file=name, row=record.row,
                            column="POS", value=record.pos)  # fmt: skip
        seen["variants"] += 1
        substitution = len(record.ref) == len(alt)
        allele = Biomarker(
            type="snv" if substitution else "indel",
            chrom=record.chrom, pos=record.pos, ref=record.ref.upper(), alt=alt.upper(), assembly=build,
            origin=_origin(record, call, index, samples), zygosity=_zygosity(call, index),
            vaf=_fraction(record, call, index, samples), phase=_phase(record, samples, index),
            source=f"{name}:{record.row}",
        )  # fmt: skip
        coding = [e for e in effects(record, index) if e.coding] if effects else []
        if not coding:
            seen["outside"] += effects is not None
            worst = effects(record, index)[:1] if effects else []
            yield replace(allele, consequence=worst[0].consequence if worst else None)
        for effect in coding:
            splice = effect.consequence.startswith(("splice_acceptor", "splice_donor"))
            yield replace(
                allele, type="splice" if splice else allele.type, gene=effect.gene, hgvs_p=effect.hgvs_p,
                hgvs_c=effect.hgvs_c, exon=effect.exon, clinvar=effect.clinvar, consequence=effect.consequence,
            )  # fmt: skip


def _genotype(call: Call | None, which: int = 0) -> list[int] | None:
    """Allele numbers of one sample, -1 for a missing one; ``None`` when there is no genotype."""
    if call is None or call.genotypes is None or which >= len(call.genotypes):
        return None
    return [int(a) for a in call.genotypes[which][:-1]]


def _carried(call: Call | None, count: int) -> set[int]:
    """Numbers of the ALT alleles that the sample has; all of them where the file gives no genotypes."""
    genotype = _genotype(call)
    return set(range(1, count + 1)) if genotype is None else {a for a in genotype if a > 0}


def _zygosity(call: Call | None, index: int) -> Zygosity | None:
    genotype = _genotype(call)
    if genotype is None or -1 in genotype:
        return None
    copies = genotype.count(index + 1)
    if len(genotype) == 1:
        return "hemi" if copies else None
    return "hom" if copies == len(genotype) else "het"


def _origin(record: Record, call: Call | None, index: int, samples: Samples) -> Origin:
    """Germline when the matched normal has the allele, somatic when it lacks it or the caller says so."""
    if samples.normal is not None and (genotype := _genotype(call, 1)) is not None and -1 not in genotype:
        return "germline" if index + 1 in genotype else "somatic"
    return "somatic" if "SOMATIC" in record.info else "unknown"


def _fraction(record: Record, call: Call | None, index: int, samples: Samples) -> float | None:
    """Allele fraction by the caller's own value, else from allele depths; never from a population's ``INFO/AF``."""
    values = call.values if call else {}
    for key in ("AF", "VAF", "FA"):
        row = values.get(key, [[]])[0]
        if index < len(row) and row[index] is not None and 0 <= row[index] <= 1:
            return round(float(row[index]), 6)
    depths = list(values.get("AD", [[]])[0])
    if samples.chosen is not None and len(depths) != len(record.alts) + 1:
        depths = [int(d) for d in (record.cell(samples.chosen, "ADT") or "").split(",") if re.fullmatch(r"\d{1,9}", d)]
    if len(depths) == len(record.alts) + 1 and all(d is not None for d in depths) and sum(depths) > 0:
        return round(float(depths[index + 1] / sum(depths)), 6)
    percent = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)%", (record.cell(samples.chosen, "FREQ") or "")
                           if samples.chosen is not None else "")  # fmt: skip
    if percent:
        return round(float(percent[1]) / 100, 6)
    for key in ("TVAF", "TUMOR_VAF", "TUMOR_AF"):
        stated = record.info.get(key, "").split(",")
        if index < len(stated) and re.fullmatch(r"[01](?:\.\d+)?", stated[index]) and float(stated[index]) <= 1:
            return round(float(stated[index]), 6)
    return None


def _phase(record: Record, samples: Samples, index: int) -> str | None:
    """``<phase set>|<haplotype>`` for a phased allele: equal texts are on one chromosome copy."""
    if samples.chosen is None:
        return None
    genotype, phase_set = record.cell(samples.chosen, "GT"), record.cell(samples.chosen, "PS")
    if not genotype or not phase_set or "|" not in genotype:
        return None
    copies = genotype.split("|")
    return f"{record.chrom}:{phase_set}|{copies.index(str(index + 1))}" if str(index + 1) in copies else None


def _warnings(seen: Counter[str], name: str, annotated: bool, header: Header) -> list[str]:
    told = [
        (seen["filtered"], "did not pass their filter and are not used"),
        (seen["unknown"], "have no genotype and are unknown"),
        (seen["reference"], "are reference calls or reference blocks"),
        (seen["outside"], "variants change no protein and are matched by coordinates only"),
    ]
    found = [f"{name}: {count:,} of {seen['records']:,} records {text}" for count, text in told if count]
    if not seen["variants"]:
        found.append(f"{name}: no variant of the sample in {seen['records']:,} records")
    elif not annotated:
        found.append(f"{name}: no consequence annotation; {seen['variants']:,} variants are matched by coordinates")
        if any(key in header.info for key in vcf_effects.KEYS):
            found.append(f"{name}: the header does not declare the fields of its annotation")
    return found
