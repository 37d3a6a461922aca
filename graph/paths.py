"""From value types to nodes, and how nodes hang together.

The build projects statements and rows into the graph with these functions and an explanation (``graph.steps``) uses the
same ones, so that a path that is shown is a path of the release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import msgspec

from graph.claims import All, Any, Condition, Criterion, Expression, GuidelineRow, Is, Not, Statement, criteria
from graph.describe import MEASURED, brief, describe, is_one_change, plain_slug, slug
from graph.model import Node, Value

Genes = Mapping[str, str]
"""Gene symbol -> node id, as the release has it."""

ROOT_DISEASE = "DOID:162"
"""Cancer: what tumour-agnostic statements hang on."""

TOWARDS: Mapping[str, str] = {
    "sensitive": "PREDICTS_SENSITIVITY_TO",
    "resistant": "PREDICTS_RESISTANCE_TO",
    "no_benefit": "PREDICTS_NO_BENEFIT_OF",
    "adverse": "PREDICTS_ADVERSE_RESPONSE_TO",
    "reduced": "PREDICTS_REDUCED_SENSITIVITY_TO",
}
_NAMED = 3
"""How many drugs the name of a row names."""
SAYS: Mapping[str, str] = {
    "recommend": "RECOMMENDS", "exclude": "EXCLUDES", "caution": "CAUTIONS", "require": "REQUIRES", "dose": "DOSES",
    "score": "SCORES",
}  # fmt: skip
"""Kind of a guideline row -> the edge to its therapy (recommend) or drugs."""


def gene_id(symbol: str, genes: Genes) -> str:
    """The node id of a gene; one that the release knows by symbol only is an ``HGNC.SYMBOL:``."""
    return genes.get(symbol) or f"HGNC.SYMBOL:{symbol}"


def gene_node(symbol: str, genes: Genes) -> Node:
    return Node(id=gene_id(symbol, genes), label="Gene", name=symbol, properties={"symbol": symbol})


def marker_node(name: str) -> Node:
    """``name`` is canonical (``rules.markers``)."""
    return Node(id=f"clew.marker:{plain_slug(name)}", label="Marker", name=name)


def criterion_genes(criterion: Criterion) -> tuple[str, ...]:
    """Symbols of the genes that a finding must touch for the criterion to come into question."""
    if criterion.gene_5p is None and criterion.gene_3p is None:
        return (criterion.gene,) if criterion.gene else ()
    named = (criterion.gene, criterion.gene_5p, criterion.gene_3p)
    return tuple(dict.fromkeys(symbol for symbol in named if symbol))


def criterion_marker(criterion: Criterion) -> str | None:
    """The marker whose value the criterion is about; ``None`` for one about a gene's variants.

    A chromosome region without a gene (``5q``) counts as a marker: findings and criteria meet in its copy number.
    """
    return MEASURED.get(criterion.type) or criterion.marker or (None if criterion.gene else criterion.region)


@lru_cache(maxsize=16384)
def criterion_node(criterion: Criterion) -> Node:
    """The Variant (one allele or protein change) or Category that the criterion is.

    >>> criterion_node(Criterion(type="variant", name="V600E", gene="BRAF", protein="p.V600E")).id
    'clew.variant:BRAF_p.V600E'
    """
    words = describe(criterion)
    if is_one_change(criterion):
        properties: dict[str, Value] = _given(gene=criterion.gene, protein=criterion.protein, cdna=criterion.cdna)
        if criterion.alleles:
            properties["alleles"] = tuple(sorted(criterion.alleles))
        if criterion.exons and criterion.exons[0] == criterion.exons[1]:
            properties["exon"] = criterion.exons[0]
        return Node(id=f"clew.variant:{slug(words)}", label="Variant", name=words, properties=properties)
    properties = _given(kind=criterion.type, gene=criterion.gene, marker=criterion_marker(criterion))
    properties["criterion"] = words
    return Node(id=f"clew.category:{slug(words)}", label="Category", name=brief(criterion), properties=properties)


@lru_cache(maxsize=16384)
def profile_node(expression: Expression) -> Node:
    """The MolecularProfile; expressions that differ in order or spelling only are the same one.

    The property ``expression`` is JSON over node ids: an id, ``{"not": X}``, ``{"all": [X …]}`` or ``{"any": [X …]}``.
    """
    canonical = msgspec.json.encode(_canonical(expression)).decode()
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:12]
    return Node(
        id=f"clew.profile:{digest}",
        label="MolecularProfile",
        name=_words(expression, brief) or "any molecular profile",
        properties={"expression": canonical},
    )


def drug_node(ingredient: str) -> Node:
    """``ingredient`` is canonical (``ontologies.drugs``).

    >>> drug_node("Datopotamab deruxtecan").id
    'clew.drug:datopotamab-deruxtecan'
    """
    return Node(id=f"clew.drug:{plain_slug(ingredient)}", label="Drug", name=ingredient)


def drug_class_node(name: str) -> Node:
    return Node(id=f"clew.drugclass:{plain_slug(name)}", label="DrugClass", name=name)


def therapy_node(ingredients: Iterable[str]) -> Node:
    """The ingredient set, whatever the order.

    >>> therapy_node(("Trametinib", "Dabrafenib")).id
    'clew.therapy:dabrafenib+trametinib'
    """
    return _therapy_node(tuple(sorted(set(ingredients))))


@lru_cache(maxsize=16384)
def _therapy_node(names: tuple[str, ...]) -> Node:
    slugs = sorted(plain_slug(name) for name in names)
    return Node(
        id=f"clew.therapy:{'+'.join(slugs)}",
        label="Therapy",
        name=" + ".join(names),
        properties={"ingredients": names},
    )


def statement_node(statement: Statement) -> Node:
    s = statement
    properties: dict[str, Value] = {
        "record": s.record,
        "kind": s.kind,
        "direction": s.direction,
        "supports": s.supports,
        "level": f"{s.level.scheme}:{s.level.value}",
        "strength": s.strength,
        "absence_only": absence_only(s.profile),
        "provenance": s.provenance,
        **_given(date=s.date, agency=s.agency, url=s.url, disease=s.disease.name, quarantined=s.quarantined),
    }
    return Node(id=s.id, label="Statement", name=statement_name(s), properties=properties)


def row_node(row: GuidelineRow) -> Node:
    properties: dict[str, Value] = {
        "guideline": row.guideline,
        "kind": row.kind,
        "reason": row.reason,
        "guides": guides(row),
        "base": is_base(row),
        "if_unknown": row.if_unknown,
        "status": row.status,
        "sources": row.sources,
        **_given(
            because=row.because, action=row.action, version=row.version, publisher=row.publisher,
            jurisdiction=row.jurisdiction, effective_from=row.effective_from, effective_to=row.effective_to,
            level=f"{row.level.scheme}:{row.level.value}" if row.level else None, supersedes=row.supersedes,
            url=row.url,
        ),
        **({} if row.points is None else {"points": row.points}),
        **({"settings": tuple(map(_setting, row.settings))} if row.settings else {}),
    }  # fmt: skip
    return Node(id=row.id, label="GuidelineRow", name=row_name(row.kind, row.drugs, row.id), properties=properties)


def _setting(condition: Condition) -> str:
    return " ".join(part for part in (condition.fact, condition.cell, condition.unit) if part)


def absence_only(expression: Expression) -> bool:
    """Whether nothing has to be found for the expression to hold: every criterion is negated, or a wild type.

    Such a statement is a candidate by its disease. One without any criterion is of this kind too.
    """
    return all(
        negated != (criterion.type == "wildtype") or criterion.known is False
        for criterion, negated in criteria(expression)
    )


def guides(row: GuidelineRow) -> bool:
    """Whether a patient's genes bring the row, whatever its drugs: it doses or scores by a gene, or it limits by a
    germline genotype."""
    if row.profile is None or row.kind == "recommend":
        return False
    asked = [criterion for criterion, _ in criteria(row.profile)]
    if row.kind in ("dose", "score"):
        return any(map(criterion_genes, asked))
    return any(criterion.type == "genotype" for criterion in asked)


def is_base(row: GuidelineRow) -> bool:
    """Whether the row asks nothing and scores: what the points of its guideline on its drugs start from."""
    return row.kind == "score" and row.profile is None and not row.settings


def presence_type(negated: bool) -> str:
    """The edge type from a criterion to its profile."""
    return "ABSENT_FROM_PROFILE" if negated else "IN_PROFILE"


def towards(statement: Statement) -> str:
    """The edge type from a statement to its therapy."""
    return TOWARDS[statement.direction] if statement.supports else "DOES_NOT_SUPPORT"


def condition_ids(row: Statement | GuidelineRow) -> tuple[str, ...]:
    """The diseases that the statement or row is a statement about: a tumour-agnostic one is about cancer."""
    if row.disease is None:
        return ()
    return (ROOT_DISEASE,) if row.disease.agnostic else row.disease.ids


def statement_name(statement: Statement) -> str:
    return f"{' + '.join(statement.therapy)}, {statement.direction} ({statement.id})"


def row_name(kind: str, drugs: Iterable[str], id: str) -> str:
    """A row in a few words: what it does, with which drugs.

    >>> row_name("exclude", ("Cetuximab", "Panitumumab"), "guideline:house:3")
    'exclude Cetuximab, Panitumumab (guideline:house:3)'
    """
    names = sorted(drugs)
    if kind == "recommend":
        return f"{kind} {' + '.join(names)} ({id})"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{kind} {', '.join(names[:_NAMED])}{more} ({id})"


def _canonical(expression: Expression) -> object:
    if isinstance(expression, Is):
        return criterion_node(expression.criterion).id
    if isinstance(expression, Not):
        if isinstance(expression.arg, Not):
            return _canonical(expression.arg.arg)
        return {"not": _canonical(expression.arg)}
    parts = {msgspec.json.encode(part): part for part in map(_canonical, expression.args)}
    ordered = [parts[key] for key in sorted(parts)]
    return ordered[0] if len(ordered) == 1 else {"all" if isinstance(expression, All) else "any": ordered}


def _words(expression: Expression, name: Callable[[Criterion], str]) -> str:
    if isinstance(expression, Is):
        return name(expression.criterion)
    if isinstance(expression, Not):
        if isinstance(expression.arg, Not):
            return _words(expression.arg.arg, name)
        inner = _words(expression.arg, name)
        return f"NOT {inner}" if isinstance(expression.arg, Is) else f"NOT ({inner})"
    parts: dict[str, str] = {}
    for arg in expression.args:
        words = _words(arg, name)
        bracketed = isinstance(arg, All | Any) and len(arg.args) > 1
        # What differs in full is not one, though it may be called alike.
        parts.setdefault(_words(arg, describe), f"({words})" if bracketed else words)
    if len(parts) == 1:
        return words
    return (" AND " if isinstance(expression, All) else " OR ").join(parts[key] for key in sorted(parts))


def _given(**values: str | None) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value}
