"""Whether the words of a row say what its fields say: drugs, genes, changes, diseases, presence or absence, doses.

This is the one check that reads language; it compares names and numbers and knows no single row. What it says is for a
person to look at, never proven. The vocabulary is that of reading labels (``ingest.indication``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from graph.claims import GuidelineRow
from graph.paths import criterion_genes
from ingest.indication.biomarkers import biomarker_contradictions
from ingest.indication.contradictions import contradictions
from ingest.indication.diseases import disease_contradictions
from ingest.indication.mentions import changes, mentions
from ingest.indication.text import parts
from ingest.indication.therapies import named_drugs
from ontologies import drugs
from rules.lint.book import Book, Entry, asked
from rules.lint.fault import Check, Fault
from rules.lint.world import World

_SWITCH = re.compile(
    r"\b(?:alternatives?|instead|rather than|switch|such as|e\.g\.|for example|other than|substitut\w*|replace\w*|like"
    r"|compared|than|metaboli\w+|interact\w*|concomitant\w*|inhibit\w*)\b",
    re.I,
)
"""Words with which a text names drugs that its row is not about."""
_PHENOTYPE = re.compile(
    r"\b(ultra-?rapid|rapid|normal|intermediate|poor|extensive)(?:(?:,| or| and|/)[^.;]{0,60}?)?\s+metaboli[sz]er", re.I
)
_COMPARED = re.compile(
    r"(?:compared (?:to|with)|than|relative to|versus|vs\.?|similar to|between|from|as)"
    r"(?: [\w/(),-]+){0,8}?\s+metaboli[sz]ers?",
    re.I,
)
_SHARED = 3
_ASIDE = re.compile(r"\n\s*\n|\n?Other Considerations?\b|\bNote:")
"""Where a published text has said what to do and goes on to explain."""
_DOSE = re.compile(
    r"(?<![\w.-])(\d+(?:\.\d+)?)(?:\s*(?:-|–|to)\s*(\d+(?:\.\d+)?))?\s*(%|percent|mg/kg|mg/m2|mg|g\b|mcg|µg)", re.I
)
_CLAIMS: Mapping[str, re.Pattern[str]] = {
    "is present": re.compile(
        r"\b(?:with|mutat\w*|mutant|positive|present|alter\w*|amplif\w*|fusions?|rearrang\w*|deficien\w*|harbou?r\w*"
        r"|carr\w+)\b",
        re.I,
    ),
    "says MSI-H": re.compile(r"MSI-?H|high|instab", re.I),
}
"""How a contradiction ends -> the words without which a text does not claim so much."""
_FRACTIONS: Mapping[str, str] = {"half": "50", "halve": "50", "quarter": "25", "third": "33"}


class _Words(NamedTuple):
    """Names that the tables themselves use: gene symbols, and drugs that Clew's table may lack."""

    symbols: frozenset[str]
    drugs: frozenset[str]
    shared: Mapping[str, frozenset[str]]
    """What a text says first -> the drugs of all rows that say so."""


def _run(book: Book, world: World) -> Iterator[Fault]:
    words = _Words(
        frozenset(g for e in book.entries for c in asked(e.row.profile) for g in criterion_genes(c)),
        frozenset(d for e in book.entries for d in e.row.drugs),
        _shared(book),
    )
    for entry in book.entries:
        row = entry.row
        if row.kind == "recommend" and row.text and row.disease is not None and row.profile is not None:
            for reason in contradictions(
                row.text, row.profile, row.disease.name, row.drugs, symbols=_among(words.symbols, row.text)
            ):
                yield entry.fault("text", "warning", _sentence(reason), column=entry.column_of(field="text"))
        elif row.text:
            yield from _compared(entry, "text", _first(row.text), words)
        for field in ("reason", "action"):
            if (text := getattr(row, field)) and _is_written(entry, field):
                yield from _compared(entry, field, text, words)
        if row.action and row.text:
            yield from _doses(entry, row.action, row.text)


def _among(symbols: frozenset[str], text: str) -> tuple[str, ...]:
    """The symbols that a text may name: looking for each of hundreds in every text takes long."""
    return tuple(sorted(symbols.intersection((*re.findall(r"[\w.-]*\w", text), *re.findall(r"\w+", text)))))


def _shared(book: Book) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for entry in book.entries:
        if entry.row.text:
            found[_first(entry.row.text)].update(entry.row.drugs)
        if entry.row.action:
            found[entry.row.action].update(entry.row.drugs)
    return {text: frozenset(names) for text, names in found.items()}


def _first(text: str) -> str:
    return _ASIDE.split(text, maxsplit=1)[0]


def _is_written(entry: Entry, field: str) -> bool:
    """Whether somebody wrote the words: importers make reason and action of the fields and of the text."""
    if not entry.cells:
        return entry.row.kind != "recommend" and not entry.row.text
    return any(c.field == field and entry.cells.get(c.name) for c in entry.spec.columns)


def _compared(entry: Entry, field: str, text: str, words: _Words) -> Iterator[Fault]:
    row, symbols = entry.row, _among(words.symbols, text)
    column = entry.column_of(field=field)
    for reason in (
        *_drugs(row, field, text, words), *_genes(row, text, symbols), *_changes(row, text),
        *_presence(row, text, symbols), *_phenotypes(row, text), *_disease(row, text),
    ):  # fmt: skip
        yield entry.fault("text", "warning", _sentence(reason), column=column)


def _drugs(row: GuidelineRow, field: str, text: str, words: _Words) -> Iterator[str]:
    folded = text.casefold()
    whole = {d for d in row.drugs if d.casefold() in folded}
    # "Atazanavir/r" is one drug, though "Atazanavir" stands in it.
    said = whole | {d for d in _named(text, words.drugs) if not any(d.casefold() in w.casefold() for w in whole)}
    own = {*row.drugs}.union(*(drugs.active_forms(d) for d in row.drugs), *(drugs.prodrugs_of(d) for d in row.drugs))
    extra, lacking = said - own, set(row.drugs) - said
    if not said or _SWITCH.search(text):
        return
    if not said & own:
        # Words that stand in rows of several drugs speak of all of them, whichever they name.
        if len(words.shared.get(text, frozenset())) < _SHARED:
            yield f"the words name {_listed(extra)}, and the row is about {_listed(row.drugs)}"
    elif field != "text" and row.drug_class is None:
        # A published text may name what is given beside the drug or comes of it; a sentence of the table's own may not.
        if extra and lacking:
            yield f"the words name {_listed(extra)} and the row {_listed(lacking)} instead"
        elif extra:
            yield f"the words name {_listed(extra)} too, and the row does not"
        elif lacking and len(said & own) > 1:
            yield f"the row is about {_listed(lacking)} too, which the words do not name"


def _genes(row: GuidelineRow, text: str, symbols: tuple[str, ...]) -> Iterator[str]:
    if row.profile is None:
        return
    own: set[str] = set()
    for c in asked(row.profile):
        own |= {*criterion_genes(c), *((c.marker,) if c.marker else ())}
        own |= {key for m in mentions(c.name, symbols) for key in m.word.genes | m.word.markers}
    found = mentions(_first_sentence(text), symbols)
    if own and found and not any((m.word.genes | m.word.markers) & own for m in found):
        names = _listed(dict.fromkeys(m.word.name for m in found))
        yield f"the words name {names}, and the row asks about {_listed(sorted(own))}"


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.;:])\s+(?=[A-Z])", text, maxsplit=1)[0]


def _changes(row: GuidelineRow, text: str) -> Iterator[str]:
    if row.profile is None:
        return
    asked_for = {c.protein[2:] for c in asked(row.profile) if c.protein and c.type == "variant"}
    own = {(codon, residue) for change in asked_for for codon, residue in changes(change)}
    said = {(codon, residue) for codon, residue in changes(text) if residue}
    strange = {f"{codon}{residue}" for codon, residue in said if own and (codon, residue) not in own}
    codons = {codon for codon, _ in said}
    if strange and not said & own:
        yield f"the words name {_listed(strange)}, and the row asks for {_listed(asked_for)}"
    elif strange and codons & {codon for codon, _ in own}:
        yield f"the words name {_listed(strange)} too, and the row does not"
    elif said & own and (left := {f"{c}{r}" for c, r in own - said}):
        yield f"the row asks for {_listed(left)} too, which the words do not name"


def _presence(row: GuidelineRow, text: str, symbols: tuple[str, ...]) -> Iterator[str]:
    if row.profile is None or row.kind == "require":
        return
    if any(c.type == "genotype" for c in asked(row.profile)):
        return
    # Words of our own grammar: "BRAF V600E AND NOT KRAS mutation".
    for reason in biomarker_contradictions(parts(re.sub(r"\bNOT\b", "no", text)), row.profile, symbols):
        # A name alone says that a biomarker is looked at; that it is there takes another word.
        if all(cue.search(text) for said, cue in _CLAIMS.items() if reason.endswith(said)):
            yield reason


def _phenotypes(row: GuidelineRow, text: str) -> Iterator[str]:
    own = {
        p for c in asked(row.profile) if c.type == "genotype" for g in (c.name, *c.genotypes) for p in _metabolizer(g)
    }
    said = _metabolizer(text)
    if own and said and not own & said:
        yield f"the words speak of {_listed(said)} metabolizers, and the row of {_listed(own)} ones"


@lru_cache(maxsize=16384)
def _metabolizer(text: str) -> frozenset[str]:
    """The metabolizers of whom a text speaks, not those with whom it compares them."""
    found = {m[1].casefold().replace("-", "") for m in _PHENOTYPE.finditer(_COMPARED.sub(" ", text))}
    return frozenset("normal" if f == "extensive" else f for f in found)


def _disease(row: GuidelineRow, text: str) -> Iterator[str]:
    if row.disease is not None and not row.disease.agnostic:
        yield from disease_contradictions(parts(text), row.disease.name)


def _doses(entry: Entry, action: str, text: str) -> Iterator[Fault]:
    own, said = _amounts(action), _amounts(text)
    if own and said and not own & said:
        message = f"the action says {_listed(own)}, and the text {_listed(said)}"
        yield entry.fault("text", "warning", _sentence(message), column=entry.column_of(field="action"))


@lru_cache(maxsize=16384)
def _amounts(text: str) -> frozenset[str]:
    found = set()
    for low, high, unit in _DOSE.findall(text):
        unit = "%" if unit.casefold() == "percent" else unit.casefold()
        found |= {f"{float(n):g} {unit}" for n in (low, high) if n}
    found |= {f"{percent} %" for word, percent in _FRACTIONS.items() if re.search(rf"\b{word}\b", text, re.I)}
    return frozenset(found)


@lru_cache(maxsize=16384)
def _named(text: str, vocabulary: frozenset[str]) -> frozenset[str]:
    """Drugs that a text names: those of Clew's table, and those of the tables themselves."""
    tokens = re.findall(r"[A-Za-z0-9][\w-]*", text)
    runs = {" ".join(tokens[i : i + n]).casefold() for n in (1, 2, 3) for i in range(len(tokens) - n + 1)}
    found = {d for d in named_drugs(text) if drugs.known(d)} | {d for d in vocabulary if d.casefold() in runs}
    return frozenset(d for d in found if not drugs.members(d))


def _listed(names: object) -> str:
    assert isinstance(names, set | frozenset | tuple | list | dict)
    return ", ".join(sorted(names) if isinstance(names, set | frozenset) else names)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


CHECK = Check(_run, {"text": "words of a row that say something else than its fields"})
