"""The forms that one biomarker text can take: each is a function from gene and text to a criterion without a name.

``FORMS`` lists them in the order in which they are tried; each looks at the whole text and gives ``None`` unless it
understands all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from graph.claims import Consequence, Criterion
from graph.hgvs import coding_change, codon, protein_change
from graph.patient import CopyDirection
from rules import bands, markers
from rules.biomarker_words import Word, fold, named_change, state, word
from rules.genes import symbol
from rules.translocations import translocated_gene, translocation

Form = Callable[[str | None, str], Criterion | None]


def marker_state(gene: str | None, text: str) -> Criterion | None:
    """``MSI-H``, ``dMMR``, ``TMB high``; with the marker in the gene's place, ``high`` alone."""
    found = state(text) or (state(f"{gene} {text}") if gene else None)
    if found is None or (gene is not None and markers.marker(gene) != found.marker):
        return None
    return Criterion(type=found.type, name="", marker=found.marker, statuses=(found.status,))


_MEASURED = re.compile(
    r"(?P<what>[^<>=]*?)\s*(?P<comparator>>=|<=|>|<|=)\s*(?P<value>\d+(?:\.\d+)?)\s*"
    r"(?P<unit>%|percent|mut(?:ation)?s?\s*(?:/|per)\s*(?:mb|megabase))?",
    re.I,
)


def measured(gene: str | None, text: str) -> Criterion | None:
    """``PD-L1 TPS >= 50%``, ``TMB >= 10 mut/Mb``."""
    match = _MEASURED.fullmatch(text)
    if match is None:
        return None
    words = f"{gene} {match['what']}".split() if gene else match["what"].split()
    if gene and match["what"].casefold().startswith(gene.casefold()):
        words = match["what"].split()
    for cut in range(len(words), 0, -1):
        name = markers.marker(" ".join(words[:cut]))
        if name is not None:
            break
    else:
        return None
    rest = " ".join(words[cut:])
    score = markers.scheme(rest) if rest else None
    kind = markers.markers()[name].kind
    if kind not in ("expression", "tmb", "hrd") or (rest and score is None and fold(rest) != "expression"):
        return None
    percent = match["unit"] in ("%", "percent", "Percent")
    unit = markers.units()[score] if score else "percent" if percent else "mut/Mb" if kind == "tmb" else None
    if (percent and unit != "percent") or (match["unit"] and not percent and kind != "tmb"):
        return None
    comparator: dict[str, Literal["<", "<=", ">", ">=", "="]] = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "="}
    return Criterion(
        type=kind, name="", marker=name, scheme=score, comparator=comparator[match["comparator"]],
        value=float(match["value"]), unit=unit,
    )  # fmt: skip


_STAR = re.compile(r"\*(?P<number>\d+)[A-Z]?(?P<fields>(?::\d+)*)[A-Z]?(?P<second>/\*\d+[A-Z]?(?::\d+)*[A-Z]?)?", re.I)
_SHORTEST_PROTEIN = 50
"""``*214C`` is a lost stop codon and ``*2A`` a star allele: a stop codon has no smaller number than this."""


def genotype(gene: str | None, text: str) -> Criterion | None:
    """Germline alleles: a dbSNP id, a star allele or diplotype, an HLA allele."""
    if re.fullmatch(r"rs\d{3,}", text, re.I):
        return Criterion(type="genotype", name="", gene=_gene(gene), genotypes=(text.lower(),))
    if gene is None:
        return None
    match = _STAR.fullmatch(text.removeprefix(gene))
    if match is None:
        return None
    if protein_change(match[0]) and int(match["number"]) >= _SHORTEST_PROTEIN and not match["fields"]:
        return None
    return Criterion(type="genotype", name="", gene=_gene(gene), genotypes=(match[0].upper(),))


def band(gene: str | None, text: str) -> Criterion | None:
    """Copy numbers of an arm or a band: ``del(5q)``, ``17p loss``, ``3p26.3-25.3 11Mb del``."""
    match = bands.band(text)
    if match is None or match.direction is None:
        return None
    directions: tuple[CopyDirection, ...] = (
        ("loss", "deep_deletion") if match.direction == "loss" else ("gain", "amplification")
    )
    return Criterion(type="cna", name="", region=match.region, directions=directions)


def protein(gene: str | None, text: str) -> Criterion | None:
    """One protein change, in every spelling that ``graph.hgvs`` knows and some that it does not."""
    if gene is None:
        return None
    if " " in text.removeprefix("DEL ").removeprefix("del ") and named_change(_gene(gene) or gene, text) is None:
        return None
    for spelling in dict.fromkeys((named_change(_gene(gene) or gene, text) or text, _respelt(text))):
        if change := protein_change(spelling):
            return Criterion(
                type="variant", name="", gene=_gene(gene), protein=change.text, codons=(change.first, change.last),
                consequences=change.consequences,
            )  # fmt: skip
    return _incomplete(gene, _respelt(text))


def _respelt(text: str) -> str:
    """Capitals, ``DEL X_Y``, hyphens between codons, and ``K558NP`` for ``K558delinsNP``."""
    body = re.sub(r"^del\s?([A-Z]?\d+)[_-]([A-Z]?\d+)$", r"\1_\2del", text, flags=re.I)
    body = re.sub(r"(?<=\d)-(?=\d|[A-Z]\d)", "_", body)
    body = re.sub(r"(?<=\d)(DELINS|DEL|INS|DUP)(?=[A-Z*]*$)", lambda m: m[1].lower(), body)
    body = re.sub(r"(?<=\d)([A-Z*]?)FS(?=$|[*X\d])", r"\1fs", body)
    return re.sub(r"^([ACDEFGHIKLMNPQRSTVWY]\d+)([ACDEFGHIKLMNPQRSTVWY]{2,})$", r"\1delins\2", body)


_INCOMPLETE = re.compile(
    r"(?:p\.)?(?P<a>[A-Z])?(?P<first>\d+)(?:_(?P<b>[A-Z])?(?P<last>\d+))?(?P<what>delins|del|ins|dup)(?P<new>[A-Z]*)"
)
_CLASSES: dict[str, tuple[Consequence, ...]] = {
    "del": ("inframe_deletion",),
    "dup": ("duplication", "inframe_insertion"),
    "ins": ("inframe_insertion",),
    "delins": ("delins",),
}


def _incomplete(gene: str, text: str) -> Criterion | None:
    """A change whose residues are not all named: ``V769_770insASV``, ``485_490del``, ``P780INS``.

    Duplicated or deleted residues that are spelt out name the ends. Otherwise the change keeps its own spelling as the
    protein change, so that it holds for nothing but its alleles; ``P780INS`` names no new residue: any insertion there.
    """
    match = _INCOMPLETE.fullmatch(text)
    if match is None:
        return None
    what, new = match["what"], match["new"]
    first = int(match["first"])
    last = int(match["last"] or first)
    numbers_only = not match["a"] and not match["b"]
    if numbers_only and last < 100 and not new:
        return None  # ``DEL4-11`` may mean exons
    if what in ("del", "dup") and len(new) == last - first + 1:
        ends = f"{new[0]}{first}" if first == last else f"{new[0]}{first}_{new[-1]}{last}"
        if change := protein_change(f"{ends}{what}"):
            return protein(gene, change.text)
    if what == "ins" and not match["last"]:
        last = first + 1
    if last < first or (what == "delins" and not new):
        return None
    named = None if what == "ins" and not new else f"p.{text.removeprefix('p.')}"
    return Criterion(
        type="variant", name="", gene=_gene(gene), protein=named, codons=(first, last), consequences=_CLASSES[what]
    )


def coding(gene: str | None, text: str) -> Criterion | None:
    """One coding change; ``1100DELC`` without ``c.`` and the old intron style ``IVS2+1G>A`` too."""
    if gene is None:
        return None
    if old := re.fullmatch(r"IVS(\d+)([+-]\d+)([ACGT])>([ACGT])", text, re.I):
        splice: tuple[Consequence, ...] = ("splice", "truncating") if abs(int(old[2])) <= 2 else ()
        return Criterion(type="variant", name="", gene=_gene(gene), cdna=text.upper(), consequences=splice)
    body = re.sub(r"^c\.\s*", "c.", text, flags=re.I).replace(" ", "")
    if re.fullmatch(r"\d+(?:_\d+)?(?:del|ins|dup)[ACGT]+", body, re.I):
        body = f"c.{body}"
    body = re.sub(r"(\d+)([+-]\d+)_(\d+)(?=[a-zA-Z])", _second_end, body)
    change = coding_change(body)
    if change is None or (re.search(r"(?:del|dup)[ACGT]{2,}$", body, re.I) and "_" not in change.text):
        return None  # several bases at one position: the end of the change is not told
    return Criterion(
        type="variant", name="", gene=_gene(gene), cdna=change.text, codons=change.codons,
        consequences=change.consequences,
    )  # fmt: skip


def _second_end(match: re.Match[str]) -> str:
    """``7515+1_2`` is short for ``7515+1_7515+2``; an exonic second end is larger than its anchor."""
    anchor, offset, last = match[1], match[2], match[3]
    short = int(last) < int(anchor) and offset[0] == "+" and int(last) > int(offset)
    return f"{anchor}{offset}_{anchor}+{last}" if short else match[0]


_EXON = re.compile(r"ex(?:on)?s?[\s-]*(?P<first>\d{1,3})(?:\s*-\s*(?P<last>\d{1,3}))?[\s-]*(?P<rest>[A-Za-z].*)?", re.I)
_IN_EXON = re.compile(r"(?P<rest>[A-Za-z -]+?)(?:\s+(?:in|of))?\s+exon\s+(?P<first>\d{1,3})(?P<last>)", re.I)


def exon(gene: str | None, text: str) -> Criterion | None:
    """``EXON 19 DELETION``, ``EXON 14 SKIPPING MUTATION``, ``EXON 1-2 MUTATION``, ``mutation in exon 11``.

    A deletion of several exons is no deletion within them, and is not understood.
    """
    match = _EXON.fullmatch(text) or _IN_EXON.fullmatch(text)
    if match is None or gene is None:
        return None
    first = int(match["first"])
    last = int(match["last"] or first)
    meaning = word(match["rest"]) if match["rest"] else None
    classes = meaning.in_exon if meaning else ()
    if (match["rest"] and meaning is None) or classes is None or not 0 < first <= last:
        return None
    if first < last and classes and not set(classes) <= {"missense", "nonsense", "frameshift", "truncating"}:
        return None
    return Criterion(type="variant", name="", gene=_gene(gene), exons=(first, last), consequences=classes)


def at_codon(gene: str | None, text: str) -> Criterion | None:
    """``V600``, ``D835 mutation``, ``F547 SPLICE SITE MUTATION``."""
    place, _, rest = text.partition(" ")
    found = codon(place) or codon(place.upper())
    if gene is None or found is None:
        return None
    classes: tuple[Consequence, ...] | None = ()
    if rest:
        meaning = word(rest)
        classes = meaning.in_exon if meaning else None
        if classes not in ((), ("splice",), ("missense",)):
            return None
    return Criterion(type="variant", name="", gene=_gene(gene), codons=(found[1], found[1]), consequences=classes or ())


def codon_range(gene: str | None, text: str) -> Criterion | None:
    """Any change of a stretch, such as a domain.

    >>> codon_range("ERBB2", "codons 720-987").codons, codon_range("ERBB2", "codons 987-720")
    ((720, 987), None)
    """
    match = re.fullmatch(r"codons? (\d{1,5})\s*(?:-|to)\s*(\d{1,5})", text, re.IGNORECASE)
    if gene is None or match is None or int(match[1]) > int(match[2]):
        return None
    return Criterion(type="variant", name="", gene=_gene(gene), codons=(int(match[1]), int(match[2])))


def other_codons(gene: str | None, text: str) -> Criterion | None:
    """``Non-V600``: every change of the gene but those at the codon."""
    match = re.fullmatch(r"non[- ]?([A-Z]\d+)(?:\s+(.+))?", text, re.I)
    found = codon(match[1].upper()) if match else None
    if match is None or found is None or gene is None:
        return None
    if match[2] and ((meaning := word(match[2])) is None or meaning.in_exon != ()):
        return None
    return Criterion(type="variant", name="", gene=_gene(gene), except_codons=(found[1],))


def plain_word(gene: str | None, text: str) -> Criterion | None:
    """A wording of the table about the whole gene."""
    meaning = word(text)
    if meaning is None or meaning.type is None or gene is None:
        return None
    if meaning.type == "expression":
        return _expression(gene, meaning)
    return Criterion(
        type=meaning.type, name="", gene=_gene(gene), consequences=meaning.consequences,
        directions=meaning.directions, requires=meaning.requires,
    )  # fmt: skip


def _expression(gene: str, meaning: Word) -> Criterion | None:
    known = markers.marker(gene) or markers.marker_of_gene(_gene(gene) or gene)
    if known is not None and markers.markers()[known].kind != "expression":
        known = None
    if meaning.needs_marker and known is None:
        return None
    name = f"{_gene(gene)} {meaning.of}" if meaning.of else known or _gene(gene)
    return Criterion(type="expression", name="", marker=name, statuses=meaning.statuses)


def named_expression(gene: str | None, text: str) -> Criterion | None:
    """What is expressed is named: ``V7 EXPRESSION`` of AR, ``p16 EXPRESSION``, ``Y1092 PHOSPHORYLATION``."""
    what, _, last = text.rpartition(" ")
    meaning = word(last)
    if not what or meaning is None or meaning.type != "expression":
        return None
    if meaning.of == "phosphorylation" and gene is not None and codon(what):
        site = f"{_gene(gene)} {what} phosphorylation"
        return Criterion(type="expression", name="", marker=site, statuses=meaning.statuses)
    known = (markers.marker(f"{gene} {what}") if gene else None) or markers.marker(what)
    if known is None or meaning.of or (gene is not None and markers.markers()[known].gene != _gene(gene)):
        return None
    return Criterion(type="expression", name="", marker=known, statuses=meaning.statuses)


_SIDE = r"[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9](?:-(?:[A-Z]|\d{1,2}))?"
_UNKNOWN = ("v", "?", "unknown")
_JUNCTION = re.compile(r"(?:e(?:xon)?)\s*(\d{1,3})\s*[-;,:]+\s*(?:[a-z]|exon)\s*(\d{1,3})", re.I)


def fusion(gene: str | None, text: str) -> Criterion | None:
    """``EML4-ALK``, ``EML4::ALK fusion``, ``v::NTRK1``, ``EML4-ALK e6-e20``, ``EML4-ALK E20;A20``.

    With a hyphen one side must be the gene of the row; without one the sides must not look like anything else.
    """
    match = re.fullmatch(rf"({_SIDE}|[v?])(::|-|/)({_SIDE}|[v?])(?:\s+(.+))?", text)
    if match is None:
        return None
    five, three = (None if s in _UNKNOWN else _side(gene, s) for s in (match[1], match[3]))
    if match[2] != "::" and not _plausible(gene, match[1], match[3], five, three):
        return None
    if gene is not None and symbol(gene) not in (five, three):
        return None
    meaning = word(match[4]) if match[4] else None
    junction = _JUNCTION.fullmatch(match[4]) if match[4] else None
    if match[4] and junction is None and (meaning is None or meaning.type not in ("fusion", "rearrangement")):
        return None
    own = symbol(gene) if gene is not None else three if five is None else five if three is None else None
    return Criterion(
        type="fusion", name="", gene=own, gene_5p=five, gene_3p=three,
        exon_5p=int(junction[1]) if junction else None, exon_3p=int(junction[2]) if junction else None,
    )  # fmt: skip


def karyotype(gene: str | None, text: str) -> Criterion | None:
    """``t(15;17)(q24;q21)``, ``inv(16)``, ``t(KMT2A;v)``: the fusion, or the rearranged gene."""
    body = re.sub(r"\s+(?:translocation|rearrangement|fusion)$", "", text, flags=re.I)
    own = symbol(gene) if gene is not None else None
    if (pair := translocation(body)) is not None:
        if own not in (None, *pair):
            return None
        return Criterion(type="fusion", name="", gene=own, gene_5p=pair[0], gene_3p=pair[1])
    if (single := translocated_gene(body)) is None or own not in (None, symbol(single)):
        return None
    return Criterion(type="rearrangement", name="", gene=symbol(single))


def _side(gene: str | None, name: str) -> str:
    """The symbol of a partner; a shortened name of the row's own gene (``ABL`` for ABL1) counts as the gene."""
    own = symbol(gene) if gene is not None else None
    return own if own and re.fullmatch(rf"{re.escape(name)}\d", own, re.I) else symbol(name)


def _plausible(gene: str | None, a: str, b: str, five: str | None, three: str | None) -> bool:
    if five is None or three is None:
        return False
    if gene is not None:
        return symbol(gene) in (five, three)
    whole = f"{a}-{b}"
    spelt = all(side.isupper() and len(side) > 2 for side in (a, b))
    changes = any(protein_change(side) or codon(side) or word(side) for side in (a, b))
    return spelt and not changes and markers.marker(whole) is None and symbol(whole) == whole


FORMS: tuple[Form, ...] = (
    marker_state, measured, genotype, band, karyotype, coding, protein, exon, at_codon, codon_range, other_codons,
    plain_word, named_expression, fusion,
)  # fmt: skip


def _gene(gene: str | None) -> str | None:
    return symbol(gene) if gene is not None else None
