"""What the cells of fact columns ask: molecular profiles, diseases and settings, in the types that matching reads.

A cell of several parts that must all hold separates them by ``;``. The grammar of one part is that of ``rules.cells``;
a disease adds ``is_a CURIE``. For a gene, a marker and a pharmacogene the words are biomarkers as people write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from graph.claims import OWN, All, Any, Condition, Criterion, DiseaseScope, Expression, Is, Not, criteria
from graph.errors import DataError, nearest
from graph.paths import criterion_marker
from ingest.guidelines import fields
from ontologies import drugs
from rules import markers
from rules.biomarkers import expression as biomarker_expression
from rules.biomarkers import reading
from rules.cells import Cell, End, parse
from rules.genes import symbol
from rules.pharmacogenes import diplotypes
from rules.stated import says_unknown
from rules.table import Column
from rules.units import unit

_CURIE = re.compile(r"[A-Z][A-Za-z0-9_.]*:\S+")
_GENE_WORDS = ("wild type", "mutation", "amplification", "loss", "deletion", "fusion", "truncation", "overexpression")
_TMB = "mut/Mb"
_Sign = Literal["<", "<=", ">", ">=", "="]


def is_curie(text: str) -> bool:
    """Whether a text is an identifier like ``DOID:1909``."""
    return _CURIE.fullmatch(text) is not None


def conditions(column: Column, text: str) -> tuple[Condition, ...]:
    """The settings that a cell asks.

    Raises:
        DataError: outside the grammar, a value that the column does not declare, or one that the fact cannot have.
    """
    fact = column.fact or ""
    found = []
    for part in _parts(text):
        cell = parse(part)
        _check(column, cell, part)
        if fact == "prior_therapies" and cell.choices:
            # What a patient was given is compared by ingredient and class: brands and code names become these.
            part = f"{cell.form}:{'|'.join(drugs.ingredient(c) if drugs.known(c) else c for c in cell.choices)}"
        found.append(Condition(fact=fact, cell=part, unit=column.unit, among=_among(column)))
    return tuple(found)


def _among(column: Column) -> tuple[str, ...]:
    """The values of a fact that has them from the table alone; of these, "unknown" is that it is not known."""
    if column.fact != "population" and not (column.fact or "").startswith(OWN):
        return ()
    return tuple(v for v in column.values if not says_unknown(v) or (v == "-" and "+" in column.values))


def doubts(fact: str, text: str) -> Iterator[tuple[str, str]]:
    """Drugs among earlier therapies that nothing knows, each with what is to be said of it."""
    if fact != "prior_therapies":
        return
    for name in (name.strip() for part in text.split(";") for name in part.partition(":")[2].split("|")):
        if name and not drugs.known(name) and not drugs.members(name):
            close = next(iter(nearest(name, drugs.canonical_names())), None)
            yield name, "no drug or class goes by this name" + (f" (did you mean {close}?)" if close else "")


def profile(column: Column, text: str) -> Expression:
    """The findings or genotypes that a cell asks.

    Raises:
        DataError: outside the grammar, or words that mean no biomarker.
    """
    fact = column.fact or "biomarker"
    group, _, name = fact.partition(".")
    if group == "biomarker":
        return biomarker(text)
    read = {"gene": _gene, "marker": _marker, "germline_pgx": _genotype}[group]
    return together(_measured(group, name, part) or read(column, name, parse(part), part) for part in _parts(text))


def _measured(group: str, name: str, part: str) -> Expression | None:
    """A marker's cell that brings its own score and unit: ``TPS >= 50%``."""
    marker = markers.marker(name) if group == "marker" and part[:1].isalpha() and re.search("[<>=]", part) else None
    return reading(marker, part) if marker else None


def biomarker(text: str) -> Expression:
    """As ``rules.biomarkers.expression``, its errors told with the words that were not understood."""
    try:
        return biomarker_expression(text)
    except DataError as error:
        words = f"{error.problem}: {error.value!r}" if error.value not in (None, text) else error.problem
        raise DataError(words, value=text, suggestion=error.suggestion) from error


def together(parts: Iterable[Expression]) -> Expression:
    """All parts at once; one alone is itself."""
    every = tuple(parts)
    return every[0] if len(every) == 1 else All(every)


# -- genes, markers, pharmacogenes -----------------------------------------------------------------------------------


def _gene(column: Column, gene: str, cell: Cell, text: str) -> Expression:
    named = symbol(gene)
    if cell.form in ("known", "unknown"):
        change = Criterion(type="variant", name=f"{named} {cell.form}", gene=named, known=cell.form == "known")
        return Is(change)

    def one(choice: str) -> Expression:
        _declared(column, choice, text)
        found = reading(named, choice)
        if found is None:
            close = next(iter(nearest(choice, _GENE_WORDS)), None)
            raise DataError(f"this is nothing that {named} can have", value=choice, suggestion=close)
        return found

    return _of_choices(cell, text, one)


def _marker(column: Column, name: str, cell: Cell, text: str) -> Expression:
    marker = marker_of(name)
    kind = markers.markers()[marker].kind
    if cell.form in ("known", "unknown"):
        # Any status or any value makes it known.
        return Is(Criterion(type=kind, name=f"{marker} {cell.form}", marker=marker, scheme=column.scheme,
                            known=cell.form == "known"))  # fmt: skip
    if cell.form == "range":
        unit, scheme = _measure(column, marker, kind)
        words = " ".join(w for w in (marker, scheme) if w)
        return together(
            Is(Criterion(type=kind, name=f"{words} {sign} {end.value:g} {unit}", marker=marker, comparator=sign,
                         value=end.value, unit=unit, scheme=scheme))
            for sign, end in _ends(cell)
        )  # fmt: skip

    def one(choice: str) -> Expression:
        _declared(column, choice, text)
        found = reading(marker, choice)
        if found is None or any(criterion_marker(c) != marker for c, _ in criteria(found)):
            close = next(iter(nearest(choice, markers.markers()[marker].statuses)), None)
            raise DataError(f"this is nothing that {marker} can be", value=choice, suggestion=close)
        return found

    return _of_choices(cell, text, one)


def marker_of(name: str) -> str:
    """The canonical name of a marker.

    Raises:
        DataError: nothing goes by this name.
    """
    marker = markers.marker(name)
    if marker is None:
        raise DataError(
            "this marker is not known", value=name, suggestion=next(iter(nearest(name, markers.markers())), None)
        )
    return marker


def _ends(cell: Cell) -> list[tuple[_Sign, End]]:
    """The ends of a range as comparisons."""
    if cell.low is not None and cell.low == cell.high:
        return [("=", cell.low)]
    found: list[tuple[_Sign, End]] = []
    if cell.low is not None:
        found.append((">=" if cell.low.included else ">", cell.low))
    if cell.high is not None:
        found.append(("<=" if cell.high.included else "<", cell.high))
    return found


def _measure(column: Column, marker: str, kind: str) -> tuple[str, str | None]:
    """Unit and score of the numbers in a column: what it declares, which must go with each other and the marker."""
    unit, scheme = column.unit, column.scheme
    if scheme is not None:
        allowed = markers.markers()[marker].schemes
        if scheme not in allowed:
            raise DataError(f"{marker} is not measured by this score", value=scheme)
        if unit is not None and unit_word(unit) != markers.units()[scheme]:
            raise DataError(f"{scheme} is a {markers.units()[scheme]}", value=unit)
        return markers.units()[scheme], scheme
    if unit is None:
        raise DataError("a number needs a unit or a score: declare unit or scheme for this column", value=column.name)
    if kind == "tmb" and unit_word(unit) != _TMB:
        raise DataError(f"TMB is counted in {_TMB}", value=unit)
    return unit_word(unit), None


def unit_word(text: str) -> str:
    """A unit as criteria of markers write it.

    Raises:
        DataError: the table of units does not have it.
    """
    code = unit(text).code
    return {"%": "percent", "1": "count", "{Mut}/Mb": _TMB}.get(code, code)


def _genotype(column: Column, gene: str, cell: Cell, text: str) -> Expression:
    named = symbol(gene.upper())
    if cell.form == "range":
        raise DataError("a genotype is no number: write activity score 1.5", value=text)
    if cell.form in ("known", "unknown"):
        nothing = Is(Criterion(type="genotype", name=f"{named} unknown", gene=named, genotypes=("unknown",)))
        return nothing if cell.form == "unknown" else Not(nothing)
    for choice in cell.choices:
        _declared(column, choice, text)
    genotypes = tuple(dict.fromkeys((*cell.choices, *(d for c in cell.choices for d in diplotypes(named, c)))))
    asked = Is(
        Criterion(type="genotype", name=f"{named} {' or '.join(cell.choices)}", gene=named, genotypes=genotypes)
    )  # fmt: skip
    return asked if cell.form in ("one_of", "present") else Not(asked)


def _of_choices(cell: Cell, text: str, one: Callable[[str], Expression]) -> Expression:
    if cell.form == "range":
        raise DataError("this fact is no number", value=text)
    found = tuple(one(choice) for choice in cell.choices)
    asked = found[0] if len(found) == 1 else Any(found)
    return asked if cell.form in ("one_of", "present") else Not(asked)


# -- diseases --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Diseases:
    """What a disease cell says: alternatives and exceptions, by identifier or name."""

    named: tuple[str, ...]
    excluded: tuple[str, ...]


def diseases(text: str) -> Diseases:
    """The diseases of a cell: ``Melanoma``, ``is_a DOID:3908|is_a DOID:3910``, ``DOID:1612; !is_a DOID:3459``.

    Raises:
        DataError: several lists of alternatives, ``is_a`` of a name, or a form that a diagnosis cannot have.

    >>> diseases("is_a DOID:162; !is_a DOID:8552|Melanoma")
    Diseases(named=('DOID:162',), excluded=('DOID:8552', 'Melanoma'))
    """
    named: list[tuple[str, ...]] = []
    excluded: list[str] = []
    for part in _parts(text):
        if part in ("known", "unknown") or part.startswith(("present:", "absent:")) or re.match(r"[<>=\[(]", part):
            raise DataError("a diagnosis is always stated: name it, or write is_a DOID:1909", value=text)
        negated = part.startswith("!")
        found = tuple(_disease(choice.strip(), text) for choice in part.removeprefix("!").split("|"))
        if negated:
            excluded += found
        else:
            named.append(found)
    if len(named) > 1:
        raise DataError("a patient has one diagnosis: alternatives are separated by |", value=text)
    return Diseases(named[0] if named else (), tuple(excluded))


def scope(text: str, ids: tuple[str, ...], agnostic: str | None, excluded: tuple[str, ...]) -> DiseaseScope | None:
    """The diseases of a row. ``ids`` count more than what the cell says, which then is only the name.

    Raises:
        DataError: as ``diseases``; a tumour-agnostic row that names a disease.
    """
    if agnostic is not None:
        said = diseases(text) if text.startswith("!") else Diseases((), ())
        name = f"{agnostic} tumour" if said.excluded or not text else text
        every = tuple(dict.fromkeys((*said.excluded, *excluded)))
        return DiseaseScope(name=name, agnostic="solid" if agnostic == "solid" else "any", excluded=every)
    if ids and text and not re.match(r"!|is_a\b", text):
        return DiseaseScope(name=text, ids=ids, excluded=excluded)
    said = diseases(text) if text else Diseases((), ())
    every = tuple(dict.fromkeys((*said.excluded, *excluded)))
    named = tuple(dict.fromkeys((*said.named, *ids)))
    if not named:
        return DiseaseScope(name="any tumour", agnostic="any", excluded=every) if every else None
    if len(named) == 1 and not is_curie(named[0]):
        return DiseaseScope(name=named[0], excluded=every)
    return DiseaseScope(name=" or ".join(named), ids=named, excluded=every)


def _disease(choice: str, text: str) -> str:
    curie = re.sub(r"^is_a\b\s*", "", choice)
    if not curie:
        raise DataError("an alternative in this cell is empty", value=text)
    if curie != choice and not is_curie(curie):
        raise DataError("is_a is followed by an identifier like DOID:1909", value=text)
    return curie


# -- settings --------------------------------------------------------------------------------------------------------


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(";")]
    if "" in parts:
        raise DataError("a part of this cell is empty", value=text)
    return parts


def _check(column: Column, cell: Cell, text: str) -> None:
    """Whether a cell asks what its fact can be."""
    kind = fields.fact(column.fact or "")
    numeric = column.type == "number"
    if (cell.form in ("present", "absent")) != (column.type == "list") and cell.form not in ("any", "known", "unknown"):
        wanted = "present: or absent:" if column.type == "list" else "a value, not a list"
        raise DataError(f"{column.fact} takes {wanted}", value=text)
    if cell.form == "range" and not numeric:
        raise DataError(f"{column.fact} is no number here", value=text)
    for choice in cell.choices:
        if numeric and re.fullmatch(r"[+-]?\d+(?:\.\d+)?", choice) is None:
            raise DataError(f"{column.fact} is a number", value=choice)
        _declared(column, choice, text)
        if kind is not None and kind.values and choice.casefold() not in kind.values:
            close = next(iter(nearest(choice, kind.values)), None)
            raise DataError(f"one of {', '.join(kind.values)} is expected", value=choice, suggestion=close)


def _declared(column: Column, choice: str, text: str) -> None:
    if column.values and choice.casefold() not in {v.casefold() for v in column.values}:
        close = next(iter(nearest(choice, column.values)), None)
        raise DataError(f"the column declares {', '.join(column.values)}", value=choice, suggestion=close)
