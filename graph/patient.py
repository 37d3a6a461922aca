"""A patient as Clew sees one: the profile contract, and nothing computed from it.

Everything but ``id``, ``disease`` and ``biomarkers`` may be left out; a fact that is left out is unknown, never absent.
"""

from __future__ import annotations

from typing import Literal

import msgspec

BiomarkerType = Literal[
    "snv", "indel", "splice", "fusion", "rearrangement", "cna", "itd", "msi", "mmr", "tmb", "hrd", "expression",
    "wildtype", "signature",
]  # fmt: skip
Origin = Literal["somatic", "germline", "unknown"]
Zygosity = Literal["het", "hom", "hemi"]
Assembly = Literal["GRCh37", "GRCh38"]
CopyDirection = Literal["amplification", "gain", "loss", "deep_deletion"]


class Classification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A stated classification of a variant (``Pathogenic`` by ``ACMG``, ``Oncogenic`` by ``ClinGen/CGC/VICC`` …)."""

    value: str
    scheme: str | None = None


class Biomarker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One stated finding. Which fields mean something depends on ``type``; see DESIGN, "Fixed contracts"."""

    type: BiomarkerType
    gene: str | None = None
    hgvs_p: str | None = None
    hgvs_c: str | None = None
    chrom: str | None = None
    pos: int | None = None
    ref: str | None = None
    alt: str | None = None
    assembly: Assembly | None = None
    consequence: str | None = None
    """A Sequence Ontology term when the file names one (``missense_variant``)."""
    exon: int | None = None
    origin: Origin | None = None
    zygosity: Zygosity | None = None
    vaf: float | None = None
    phase: str | None = None
    clinvar: str | None = None
    oncogenic: bool | None = None
    classification: Classification | None = None
    gene_5p: str | None = None
    gene_3p: str | None = None
    exon_5p: int | None = None
    exon_3p: int | None = None
    direction: CopyDirection | None = None
    copy_number: float | None = None
    marker: str | None = None
    """What was measured: ``PD-L1``; for ``cna`` without a gene the chromosome arm or band: ``5q``."""
    name: str | None = None
    """A signature's name, or a whole change in one notation: ``t(15;17)``, ``EML4::ALK``, ``del(5q)``."""
    status: str | None = None
    value: float | None = None
    unit: str | None = None
    scheme: str | None = None
    source: str | None = None
    """Where the finding was read, ``tumour.vcf:17``; empty for a stated profile."""
    text: str | None = None
    """The finding as it was written, when it was read from text."""


class Test(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What was looked at: a gene listed here and without a finding is tested and absent for ``alteration_types``."""

    __test__ = False

    assay: str | None = None
    genes: tuple[str, ...] = ()
    alteration_types: tuple[BiomarkerType, ...] = ()
    """Empty: every type that sequencing sees in these genes (snv, indel, splice, itd)."""
    matched_normal: bool | None = None


class PriorTherapy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An earlier treatment, with what came of it where that is known."""

    therapy: str
    outcome: str | None = None
    setting: str | None = None


class Disease(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The diagnosis, by name, code or both."""

    name: str | None = None
    oncotree: str | None = None
    doid: str | None = None
    stage: str | None = None
    state: str | None = None


class Quantity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A measured value with its unit (UCUM: ``mL/min``, ``mg/dL``, ``%``)."""

    value: float
    unit: str


class Context(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The person around the tumour, and under which rules the question is asked."""

    age_years: float | None = None
    sex: Literal["female", "male"] | None = None
    line: int | None = None
    """The line of treatment now being chosen, 1 for untreated disease."""
    prior_therapies: tuple[str | PriorTherapy, ...] | None = None
    prior_therapies_complete: bool = False
    jurisdiction: str | None = None
    as_of: str | None = None
    """ISO date; only rules and labels of that day are positive."""
    germline_pgx: dict[str, str] = {}
    """Gene -> phenotype, activity score or diplotype; ``"No Result"`` is the same as leaving the gene out."""
    population: str | None = None
    """Whom the patient counts among, as a guideline calls it: ``PHT naive``."""
    facts: dict[str, bool | float | str | Quantity] = {}
    """What guideline tables of an institution ask beyond the above: ``{"ecog": 1, "creatinine_clearance": {...}}``."""


class Unread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Something in the input that was not understood, kept so that the answer can say so."""

    input: str
    reason: str
    gene: str | None = None
    """The gene that it is about, where one can be told: its wild type is then unknown."""
    source: str | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One patient: what was found, what was tested, and the setting."""

    id: str
    disease: Disease
    biomarkers: tuple[Biomarker, ...]
    tests: tuple[Test, ...] = ()
    context: Context = Context()
    unread: tuple[Unread, ...] = ()
    warnings: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A biomarker as it was understood: what rules compare with criteria.

    Made by ``ingest.patients.findings.read`` from one ``Biomarker``; a biomarker that cannot be understood becomes an
    ``Unread`` instead. ``kind`` is the type of criterion that it can satisfy.
    """

    input: str
    """The finding as the patient's file has it, on one line."""
    read_as: str
    """The same in Clew's words: ``BRAF p.V600E``, ``EML4::ALK fusion``, ``PD-L1 TPS 60 percent``."""
    kind: Literal[
        "variant", "fusion", "rearrangement", "cna", "wildtype", "expression", "msi", "mmr", "tmb", "hrd", "signature"
    ]
    gene: str | None = None
    """HGNC symbol."""
    protein: str | None = None
    """Canonical one-letter protein change with its prefix: ``p.V600E``."""
    cdna: str | None = None
    alleles: tuple[str, ...] = ()
    """``GRCh37:7:140453136:A:T``, VCF style, chromosome without ``chr``; one an assembly."""
    codons: tuple[int, int] | None = None
    """First and last codon that change, both included."""
    residues: tuple[str, ...] = ()
    """Of a protein of a virus: what its codon holds, as in ``graph.claims.Criterion``; several are a mixture."""
    exon: int | None = None
    consequences: tuple[str, ...] = ()
    """Of ``graph.claims.Consequence``, the general ones too (``itd`` brings ``duplication``, ``inframe_insertion``);
    empty: not known what kind of change it is."""
    origin: Origin = "unknown"
    zygosity: Zygosity | None = None
    phase: str | None = None
    oncogenic: bool | None = None
    """What the file states, by ``oncogenic``, ``classification`` or ``clinvar``; ``None``: nothing stated."""
    uncertain: bool = False
    """Stated to be of uncertain significance: the gene's wild type is then unknown."""
    gene_5p: str | None = None
    gene_3p: str | None = None
    exon_5p: int | None = None
    exon_3p: int | None = None
    direction: CopyDirection | None = None
    copy_number: float | None = None
    marker: str | None = None
    """Canonical marker (``rules.markers``), a signature's name, or the arm or band of a copy number without gene."""
    status: str | None = None
    value: float | None = None
    at_least: bool = False
    """The value is a lower bound that follows from a status (``TMB high``), not what was measured."""
    unit: str | None = None
    scheme: str | None = None
    source: str | None = None
