"""Biomarkers as people write them: from a short text to a criterion or an expression.

The texts are those of curated sources (``V600E/K and AMPLIFICATION``, ``EML4-ALK e6-e20``, ``EXON 19 DELETION``) and of
our own tables (``NOT KRAS mutation``). Words are in ``rules/tables/biomarker_words.csv``. What is not understood is
``None``: a text of which only a part is understood is never read as something wider.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec.structs import replace

from graph.claims import All, Any, Criterion, Expression, Is, Not, criteria
from graph.errors import DataError
from rules import biomarker_forms, biomarker_words, markers
from rules.genes import symbol

_LONGEST = 300


def criterion(gene: str | None, text: str) -> Criterion | None:
    """The one criterion that ``text`` states about ``gene``, or ``None``: not understood, or more than one criterion.

    >>> criterion("EGFR", "EXON 19 DELETION").consequences
    ('inframe_deletion',)
    >>> criterion("BRAF", "V600E").protein, criterion("BRAF", "V600").codons, criterion("BRAF", "V600E/K")
    ('p.V600E', (600, 600), None)
    >>> criterion(None, "EML4::ALK").gene_5p, criterion(None, "PD-L1 TPS >= 50%").value
    ('EML4', 50.0)
    """
    found = reading(gene, text)
    return found.criterion if isinstance(found, Is) else None


@lru_cache(maxsize=16384)
def reading(gene: str | None, text: str) -> Expression | None:
    """All that ``text`` states about ``gene``, or ``None`` when any part of it is not understood.

    ``gene`` is the gene (or marker) that a source's row is about; without it the text must name its own. ``and`` and
    ``+`` join, ``or`` and ``/`` list alternatives; a fusion or protein change followed by another change is both.

    >>> [c.name for c, _ in criteria(reading("BRAF", "V600E/K and AMPLIFICATION"))]
    ['BRAF V600E', 'BRAF V600K', 'BRAF AMPLIFICATION']
    >>> [c.name for c, _ in criteria(reading("ALK", "ALK FUSION G1202R"))]
    ['ALK FUSION', 'ALK G1202R']
    >>> print(reading("EGFR", "EXON 18 OVEREXPRESSION"))
    None
    """
    body = _clean(text)
    if not body or len(body) > _LONGEST:
        return None
    if (one := _one(gene, body)) is not None:
        return Is(one)
    for read in (_joined, _listed, _side_by_side):
        if (found := read(gene, body)) is not None:
            return found
    return _with_own_gene(body) if gene is None else None


def expression(text: str) -> Expression:
    """The expression that a cell of our own tables states.

    Grammar: biomarkers as ``reading`` understands them, each with its gene or marker, joined by ``AND``, ``OR`` and
    ``NOT`` in capitals, with parentheses; ``NOT`` binds closest, then ``AND``.

    Raises:
        DataError: for text outside the grammar or a biomarker that is not understood.

    >>> from graph.claims import phrase
    >>> phrase(expression("EGFR T790M AND NOT (EGFR C797S OR MET amplification)"))
    'EGFR T790M AND NOT (EGFR C797S OR MET amplification)'
    """
    tokens = [t.strip() for t in re.split(r"([()]|(?<!\S)(?:AND|OR|NOT)(?!\S))", _unify(text)) if t and t.strip()]
    parser = _Parser(text, tokens)
    found = parser.any_of(0)
    if parser.at < len(tokens):
        raise DataError("the biomarker expression does not end here", value=text)
    return found


# -- one criterion ---------------------------------------------------------------------------------------------------

_QUALIFIERS = (
    (re.compile(r"germ-?line\s+(.+)|(.+?)\s+\(?germ-?line\)?", re.I), {"origin": "germline"}),
    (re.compile(r"somatic\s+(.+)|(.+?)\s+\(?somatic\)?", re.I), {"origin": "somatic"}),
    (re.compile(r"(?:homozygous|biallelic|bi-allelic)\s+(.+)|(.+?)\s+homozygo(?:us|sity)", re.I), {"zygosity": "hom"}),
    (re.compile(r"heterozygous\s+(.+)|(.+?)\s+heterozygo(?:us|sity)", re.I), {"zygosity": "het"}),
)
_CODING = re.compile(r"(?P<lead>.*?)[\s,]*(?:\((?P<bracketed>c\.[^()]+)\)|(?<!\S)(?P<bare>c\.\S.*))", re.I)


def _one(gene: str | None, body: str) -> Criterion | None:
    """The body as a single criterion, with its name."""
    found = _unnamed(gene, body)
    if found is None:
        return None
    named = gene is None or re.match(rf"{re.escape(gene)}\b", body, re.I) or _partner_is(gene, found)
    return replace(found, name=body if named else f"{gene} {body}")


def _unnamed(gene: str | None, body: str) -> Criterion | None:
    for part in _without_gene(gene, body):
        for form in biomarker_forms.FORMS:
            if (found := form(gene, part)) is not None:
                return found
        if (found := _with_coding(gene, part)) is not None or (found := _with_exceptions(gene, part)) is not None:
            return found
        for pattern, fields in _QUALIFIERS:
            if (match := pattern.fullmatch(part)) and (inner := _unnamed(gene, match[1] or match[2])) is not None:
                return _qualified(inner, fields)
    return None


def _qualified(inner: Criterion, fields: dict[str, str]) -> Criterion | None:
    """Origin and zygosity are said of variants and genotypes; of an expression or a fusion they would be lost."""
    if inner.type not in ("variant", "genotype"):
        return None
    if inner.type == "genotype" and fields.get("zygosity") == "hom":
        return replace(inner, genotypes=tuple(f"{g}/{g}" for g in inner.genotypes), zygosity="hom")
    if "origin" in fields:
        return replace(inner, origin="germline" if fields["origin"] == "germline" else "somatic")
    return replace(inner, zygosity="hom" if fields["zygosity"] == "hom" else "het")


def _with_coding(gene: str | None, body: str) -> Criterion | None:
    """A text that also gives the coding change: ``A149S (c.445G>T)``, ``Splicing alteration (c.340+1G>A)``.

    Beside a protein change the coding change is left out, because the same protein change by another codon counts; it
    stands alone where the words before it say less.
    """
    match = _CODING.fullmatch(body)
    if match is None:
        return None
    lead, stated = match["lead"].strip(), match["bracketed"] or match["bare"]
    before = _unnamed(gene, lead) if lead else None
    if before is not None and before.type == "variant" and before.protein:
        return before
    coding = biomarker_forms.coding(gene, stated)
    if coding is None or (before is not None and before.type != "variant"):
        return None
    return replace(coding, consequences=coding.consequences or before.consequences) if before else coding


def _with_exceptions(gene: str | None, body: str) -> Criterion | None:
    """A kind of change but for some: ``exon 20 insertion except A763_Y764insFQEA``."""
    whole, word, listed = body.partition(" except ")
    inner = _unnamed(gene, whole) if word else None
    if inner is None or inner.type != "variant" or inner.protein or inner.cdna:
        return None
    changes = [biomarker_forms.protein(gene, change) for change in re.split(r"\s*(?:,|/|\bor\b)\s*", listed)]
    named = [change.protein for change in changes if change is not None and change.protein]
    return replace(inner, except_changes=tuple(named)) if len(named) == len(changes) else None


def _without_gene(gene: str | None, body: str) -> tuple[str, ...]:
    """The body, and the body without its gene's name in front where it has one."""
    if gene is None:
        return (body,)
    match = re.match(r"([A-Za-z0-9.]+(?:-[A-Za-z0-9.]+)*?)(?:[\s:-]+)(?=\S)", body)
    parts = [body]
    while match:
        if symbol(match[1]) == symbol(gene) or match[1].casefold() == gene.casefold():
            parts.append(body[match.end() :])
            break
        match = re.match(re.escape(match[0]) + r"[A-Za-z0-9.]+[\s:-]+(?=\S)", body)
        if match is None:
            break
        name = match[0].rstrip(" :-")
        if symbol(name) == symbol(gene):
            parts.append(body[match.end() :])
        break
    return tuple(parts)


def _partner_is(gene: str, found: Criterion) -> bool:
    """A fusion that names its partners needs no gene in front of its name."""
    return found.type in ("fusion", "rearrangement") and symbol(gene) in (found.gene_5p, found.gene_3p)


# -- several criteria ------------------------------------------------------------------------------------------------


def _joined(gene: str | None, body: str) -> Expression | None:
    """``A or B``, ``A and B``, ``A + B``."""
    for pattern, join in ((r"\s+or\s+", Any), (r"\s+(?:and|&)\s+|\s*\+\s*(?=[A-Za-z])", All)):
        parts = re.split(pattern, body, flags=re.I)
        if len(parts) > 1:
            return _together(join, [reading(gene, part) for part in parts])
    return None


def _listed(gene: str | None, body: str) -> Expression | None:
    """``V600E/K``, ``G12/G13``: alternatives; a lone letter is another residue at the same codon."""
    parts = [part.strip() for part in body.split("/")]
    if len(parts) < 2 or not all(parts):
        return None
    stem = re.match(r"(.*[A-Za-z]\d+)[A-Z*]$", parts[0])
    full = [f"{stem[1]}{part}" if stem and re.fullmatch(r"[A-Z*]", part) else part for part in parts]
    found = [_one(gene, part) for part in full]
    if any(c is None or c.type != "variant" or not (c.protein or c.codons or c.exons) for c in found):
        return None
    return Any(tuple(Is(c) for c in found if c is not None))


def _side_by_side(gene: str | None, body: str) -> Expression | None:
    """``BCR-ABL T315I``, ``EML4-ALK C1156Y-L1198F``, ``V600E AMPLIFICATION``: all of it holds.

    Only a fusion or an exact protein change may stand in front, and something as exact behind it. Words beside words
    could qualify each other (``EXON 18 OVEREXPRESSION``).
    """
    for gap in re.finditer(r"\s+|(?<=[A-Z*])-(?=[A-Z]\d)", body):
        one = _one(gene, body[: gap.start()])
        first = Is(one) if one else _listed(gene, body[: gap.start()])
        front = [c for c, _ in criteria(first)] if first else []
        if first is None or not all(c.type == "fusion" or c.protein for c in front):
            continue
        within = gene or front[0].gene_3p or front[0].gene
        rest = reading(within, body[gap.end() :]) if within else None
        if rest is not None and all(_exact(c) for c, _ in criteria(rest)):
            return All((first, *(rest.args if isinstance(rest, All) else (rest,))))
    return None


def _exact(found: Criterion) -> bool:
    if found.type == "variant":
        return bool(found.protein or found.cdna or found.codons or found.exons)
    return found.type in ("cna", "fusion")


def _with_own_gene(body: str) -> Expression | None:
    """A text that begins with its gene or marker; names of markers are looked for first."""
    if markers.marker(body):
        return None
    gaps = re.finditer(r"\s+|-|:(?!:)|(?=\*)", body)
    halves = [(body[: gap.start()], body[gap.end() :]) for gap in gaps]
    for name, rest in sorted(halves, key=lambda half: markers.marker(half[0]) is None):
        if not rest or not (markers.marker(name) or re.fullmatch(r"[A-Z][A-Za-z0-9]{1,9}(?:-[A-Z0-9]{1,3})?", name)):
            continue
        if (found := reading(name, rest)) is not None:
            return found
    return None


def _together(
    join: Callable[[tuple[Expression, ...]], Expression], parts: list[Expression | None]
) -> Expression | None:  # fmt: skip
    known = [part for part in parts if part is not None]
    return join(tuple(known)) if len(known) == len(parts) else None


# -- text ------------------------------------------------------------------------------------------------------------


def _unify(text: str) -> str:
    """One kind of dash and of space."""
    return re.sub(r"\s+", " ", re.sub(r"[\u2010-\u2015\u2212]", "-", text)).strip()


def _clean(text: str) -> str:
    return _unify(text).replace("≥", ">=").replace("≤", "<=")


class _Parser:
    """Recursive descent over the tokens of ``expression``; ``at`` is the next token."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text, self.tokens, self.at = text, tokens, 0

    def any_of(self, depth: int) -> Expression:
        args = [self.all_of(depth)]
        while self._take("OR"):
            args.append(self.all_of(depth))
        return args[0] if len(args) == 1 else Any(tuple(args))

    def all_of(self, depth: int) -> Expression:
        args = [self.negated(depth)]
        while self._take("AND"):
            args.append(self.negated(depth))
        return args[0] if len(args) == 1 else All(tuple(args))

    def negated(self, depth: int) -> Expression:
        if depth > 50:
            raise DataError("the biomarker expression is nested too deeply", value=self.text)
        if self._take("NOT"):
            return Not(self.negated(depth + 1))
        if self._take("("):
            inner = self.any_of(depth + 1)
            if not self._take(")"):
                raise DataError("a parenthesis is not closed", value=self.text)
            return inner
        return self.atom()

    def atom(self) -> Expression:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or token in ("AND", "OR", "NOT", "(", ")"):
            raise DataError("a biomarker is missing in the expression", value=self.text)
        self.at += 1
        found = reading(None, token)
        if found is None:
            known = biomarker_words.nearest_word(token.partition(" ")[2])
            raise DataError("this biomarker is not understood", value=token, suggestion=known)
        return found

    def _take(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False
