"""A small invented release for tests: two sources, three diseases, every kind of statement and row."""

from __future__ import annotations

from msgspec.structs import replace

from graph.claims import (
    All,
    Any,
    Condition,
    Criterion,
    DiseaseScope,
    GuidelineRow,
    Is,
    Level,
    Not,
    Statement,
    VariantClass,
)  # fmt: skip
from graph.content import Closure, Content, DiseaseName
from graph.manifest import Source
from graph.model import Edge, Node
from ingest.project import Projection, stamped
from ingest.rulebook import row_of

V600E = Criterion(
    type="variant",
    name="BRAF V600E",
    gene="BRAF",
    protein="p.V600E",
    codons=(600, 600),
    alleles=("GRCh37:7:140453136:A:T", "GRCh38:7:140753336:A:T"),
)
V600 = Criterion(type="variant", name="V600", gene="BRAF", codons=(600, 600))
KRAS = Criterion(type="variant", name="KRAS mutation", gene="KRAS")
ALK = Criterion(type="fusion", name="EML4-ALK", gene="ALK", gene_5p="EML4", gene_3p="ALK", exon_5p=13)
PD_L1 = Criterion(
    type="expression", name="PD-L1 >= 50%", marker="PD-L1", comparator=">=", value=50.0, unit="percent", scheme="TPS"
)
MELANOMA = DiseaseScope(name="Melanoma", ids=("DOID:1909",))
GENES = {"BRAF": "NCBIGene:673", "KRAS": "NCBIGene:3845", "ALK": "NCBIGene:238"}


def statement(id: str, **changes: object) -> Statement:
    given: dict[str, object] = {
        "id": id, "record": id, "provenance": "first", "kind": "evidence", "direction": "sensitive",
        "therapy": ("Dabrafenib",), "profile": Is(V600E), "disease": MELANOMA, "strength": "A",
        "level": Level(scheme="civic", value="A"), **changes,
    }  # fmt: skip
    return Statement(**given)


STATED = (
    statement("first:1", therapy=("Dabrafenib", "Trametinib"), date="2014-01-08", citation="PMID:1", rating=4),
    statement(
        "first:2",
        kind="label",
        strength="label",
        agency="fda",
        therapy=("Cetuximab",),
        profile=Not(Is(KRAS)),
        disease=DiseaseScope(name="Colorectal cancer", ids=("DOID:9256",)),
        settings=(Condition(fact="line", cell=">=2", derived_from_text=True),),
        settings_stated=True,
        url="https://example.org/label",
        derived_from_text=("line",),
    ),
    statement("first:3", profile=Any((Is(V600), Is(V600E))), supports=False),
    statement(
        "second:1",
        provenance="second",
        profile=All((Is(ALK), Not(Is(PD_L1)))),
        direction="resistant",
        therapy=("Crizotinib",),
        disease=DiseaseScope(name="Solid tumour", agnostic="solid", excluded=("DOID:9256",)),
        quarantined="the text names another drug",
    ),
    statement("second:2", provenance="second", profile=Is(PD_L1), therapy=("Pembrolizumab",)),
)
LIMITS = (
    GuidelineRow(
        id="guideline:vetoes:1",
        guideline="vetoes",
        kind="exclude",
        because="resistance",
        drugs=("Dabrafenib", "Vemurafenib"),
        reason="An invented reason.",
        sources=("PMID:2",),
        profile=Is(KRAS),
        disease=MELANOMA,
        effective_from="2020-01-01",
    ),
    GuidelineRow(
        id="guideline:vetoes:2",
        guideline="vetoes",
        kind="caution",
        because="toxicity",
        drugs=("Trametinib",),
        reason="Another.",
        sources=("label:x",),
    ),
)
POOR = Criterion(type="genotype", name="DPYD poor metabolizer", gene="DPYD", genotypes=("poor metabolizer",))


def guide(id: str, kind: str, *drugs: str, **more: object) -> GuidelineRow:
    """A row that doses, scores or limits by a gene; the guideline is the first part of its id."""
    given: dict[str, object] = {
        "id": f"guideline:{id}", "guideline": id.partition(":")[0], "kind": kind, "drugs": drugs, "reason": "Invented.",
        "sources": ("PMID:3",), **more,
    }  # fmt: skip
    return GuidelineRow(**given)


GUIDING = (
    guide("dosing:poor", "dose", "Fluorouracil", profile=Is(POOR), action="half the dose", version="2"),
    guide("dosing:kidney", "dose", "Dabrafenib", settings=(Condition(fact="facts.gfr", cell="<30", unit="mL/min"),)),
    guide("germline:poor", "exclude", "Capecitabine", profile=Is(POOR), because="contraindicated"),
    guide("germline:other", "exclude", "Capecitabine", profile=Is(KRAS), because="contraindicated"),
    guide(
        "fda-labels:withdrawn",
        "recommend",
        "Capecitabine",
        profile=Is(KRAS),
        effective_from="2015-01-01",
        effective_to="2023-01-01",
    ),
    guide("points:zero", "score", "Crizotinib", points=0.0),
    guide("points:zero-lorlatinib", "score", "Lorlatinib", points=0.0),
    guide(
        "points:alk",
        "score",
        "Crizotinib",
        profile=All((Is(ALK), Not(Is(V600E)))),
        points=30.0,
        version="2",
        supersedes="guideline:points:older",
    ),
    guide("points:older", "score", "Crizotinib", profile=Is(KRAS), points=10.0, version="1"),
    guide("points:unsourced", "score", "Lorlatinib", profile=Is(KRAS), points=5.0, sources=("said",)),
    guide("others:zero", "score", "Crizotinib", points=0.0),
    guide("others:pd-l1", "score", "Alectinib", profile=Is(PD_L1), points=15.0),
    guide("others:zero-alectinib", "score", "Alectinib", points=0.0),
)
LABELS = tuple(row for row in map(row_of, STATED) if row is not None)
ROWS = (*LIMITS, *GUIDING, *LABELS)
STATEMENTS = tuple(replace(s, row=row.id) if (row := row_of(s)) else s for s in STATED)
CLASSES = (
    VariantClass(id="class:1", criterion=V600, classes=("oncogenic", "activating"), provenance="first", record="r1"),
    VariantClass(id="class:2", criterion=KRAS, classes=("oncogenic",), provenance="first", record="r2", holds=False),
)
SOURCES = (
    Source(name="first", title="First", version="1.0", licence="CC0-1.0", url=None, attribution="First", files={}),
    Source(
        name="second",
        title="Second",
        version=None,
        licence="CC-BY-4.0",
        url="https://example.org",
        attribution="Second",
        files={"a.tsv": "0" * 64},
    ),
)
_VERSIONS = {
    "first": ("1.0", "CC0-1.0"), "second": (None, "CC-BY-4.0"), "vetoes": ("1", "Apache-2.0"),
    "clew": (None, "CC0-1.0"),
}  # fmt: skip


def content() -> Content:
    """The release's content, projected as a build does it."""
    projection = Projection(GENES, lambda ingredient: ("MEK inhibitor",) if ingredient == "Trametinib" else ())
    for s in STATEMENTS:
        projection.statement(s)
    for row in (*LIMITS, *GUIDING):
        projection.row(row, "vetoes")
    for row in LABELS:
        projection.row(row, "first", *row.sources)
    projection.supersessions()
    projection.memberships()
    diseases = [
        Node(id="DOID:162", label="Disease", name="cancer"),
        Node(
            id="DOID:1909", label="Disease", name="melanoma", properties={"compartment": "solid", "synonyms": ("MEL",)}
        ),
        Node(id="DOID:9256", label="Disease", name="colorectal cancer", properties={"obsolete": False}),
    ]
    alias = {"BRAF": ("B-RAF",)}
    nodes = [
        Node(id=n.id, label=n.label, name=n.name, properties={**n.properties, "synonyms": alias[n.name]})
        if n.name in alias
        else n
        for n in projection.nodes.values()
    ]
    is_a = [
        Edge(source=d.id, target="DOID:162", type="IS_A", provenance="first", record=d.id) for d in diseases[1:]
    ]  # fmt: skip
    return Content(
        nodes=(*nodes, *diseases),
        edges=tuple(stamped([*projection.edges.values(), *is_a], _VERSIONS)),
        statements=STATEMENTS,
        rows=ROWS,
        classes=CLASSES,
        names=(
            DiseaseName("melanoma", "DOID:1909", "melanoma", "name"),
            DiseaseName("mel", "DOID:1909", "MEL", "synonym"),
            DiseaseName("mel", "DOID:9256", "MEL", "code"),
            DiseaseName("cancer", "DOID:162", "cancer", "name"),
        ),
        closure=(
            Closure("DOID:162", "DOID:162"),
            Closure("DOID:1909", "DOID:1909"),
            Closure("DOID:1909", "DOID:162"),
            Closure("DOID:9256", "DOID:162", True),
        ),
    )
