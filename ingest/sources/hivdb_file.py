"""One file of the Algorithm Specification Interface: its levels, its drugs, and what each drug's rules say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from graph.claims import Expression, Step
from graph.errors import DataError
from ingest.sources import hivdb_asi as asi
from ingest.sources.hivdb_xml import Element, tree

_VIRUS = "HIV-1"
_PARTS = ("ALGNAME", "ALGVERSION", "ALGDATE", "DEFINITIONS", "DRUG", "MUTATION_COMMENTS", "RESULT_COMMENTS")
_DEFINED = ("GENE_DEFINITION", "LEVEL_DEFINITION", "DRUGCLASS", "GLOBALRANGE", "DEFAULT_LEVEL", "COMMENT_DEFINITIONS")
_OF_DRUG = ("NAME", "FULLNAME", "RULE")
_ACTIONS = ("SCORERANGE", "LEVEL", "COMMENT")


@dataclass(frozen=True)
class Entry:
    """One condition with its points; of the entries of one ``group`` the most count.

    ``level`` is set for a rule that gives a level without points: the points are then its number.
    """

    condition: Expression
    points: float
    group: int | None
    text: str
    level: str | None = None


@dataclass(frozen=True)
class Drug:
    """A drug with all that its rules say. ``full`` is as the guideline writes it: ``atazanavir/r`` is boosted."""

    short: str
    full: str
    drug_class: str
    gene: str
    entries: tuple[Entry, ...]
    scale: tuple[Step, ...]
    line: int


@dataclass(frozen=True)
class Unused:
    """Something that is not in the file, or that nothing is made of."""

    what: str
    value: str
    line: int
    strange: bool = False
    """The format, as far as it is known, has no such thing."""


@dataclass(frozen=True)
class Algorithm:
    """The whole file; ``since`` is its ISO date."""

    name: str
    version: str
    since: str | None
    drugs: tuple[Drug, ...]
    unused: tuple[Unused, ...]


def read(content: bytes, file: str, names: Mapping[str, str]) -> Algorithm:
    """The algorithm that an XML file states; ``names``: abbreviation -> full name, where the file has none.

    Raises:
        DataError: names file, line, and the element or drug with its rule.
    """
    root = tree(content, file)
    if root.tag != "ALGORITHM":
        raise DataError("this is no algorithm of resistance: its outermost element is another", file=file,
                        row=root.line, value=root.tag)  # fmt: skip
    reader = _Reader(root, file, names)
    drugs = tuple(reader.drug(element) for element in root.inner("DRUG"))
    if not drugs:
        raise DataError("the algorithm has no drug", file=file, row=root.line)
    return Algorithm(reader.name, reader.version, reader.since, drugs, (*reader.unused, *_unused(root)))


class _Reader:
    """What holds for all drugs of a file, and the drugs one by one."""

    def __init__(self, root: Element, file: str, names: Mapping[str, str]) -> None:
        self.file, self._names = file, names
        self.unused: list[Unused] = []
        self._seen: set[str] = set()
        self.name, self.version = self._stated(root, "ALGNAME"), self._stated(root, "ALGVERSION")
        if not re.fullmatch(r"[\w.+-]+", self.version, re.ASCII):
            raise self._wrong("this is no version", root, "ALGVERSION", self.version)
        if re.search(r"HIV[ _-]?2", self.name, re.I):
            raise self._wrong("this algorithm is for HIV-2, whose genes are others", root, "ALGNAME", self.name)
        self.since = self._date(root)
        if self.since is None:
            self.unused.append(Unused("the file states no date: its rows hold on every day", "ALGDATE", root.line))
        self._genes = {
            drug_class: f"{_VIRUS} {gene.said('NAME')}"
            for gene in root.inner("DEFINITIONS/GENE_DEFINITION")
            for drug_class in _list(gene.said("DRUGCLASSLIST"))
        }
        self._classes = {
            drug: kind.said("NAME")
            for kind in root.inner("DEFINITIONS/DRUGCLASS")
            for drug in _list(kind.said("DRUGLIST"))
        }
        self._levels = {
            self._whole(level, "ORDER"): (self._stated(level, "ORIGINAL"), level.said("SIR") or None)
            for level in root.inner("DEFINITIONS/LEVEL_DEFINITION")
        }
        if not self._levels:
            raise DataError("the algorithm defines no level", file=file, row=root.line)
        defaults, ranges = root.inner("DEFINITIONS/DEFAULT_LEVEL"), root.inner("DEFINITIONS/GLOBALRANGE")
        self._default = self._number(defaults[0], "DEFAULT_LEVEL") if defaults else min(self._levels)
        self._global = self._scale(ranges[0], "GLOBALRANGE") if ranges else ()

    def drug(self, element: Element) -> Drug:
        short = self._stated(element, "NAME")
        if short in self._seen:
            raise self._refused("this drug is there twice", element, short)
        self._seen.add(short)
        drug_class = self._classes.get(short, "")
        gene = self._genes.get(drug_class)
        if gene is None:
            problem = "the drug is in no class of drugs that acts on a gene which the algorithm defines"
            raise self._refused(problem, element, short)
        for child in element.inner("*"):
            if child.tag not in _OF_DRUG:
                raise self._refused("this is not known of a drug", child, short, child.tag)
        entries, scale = self._entries(element, short, gene)
        full = element.said("FULLNAME") or self._names.get(short, short)
        return Drug(short, full, drug_class, gene, entries, scale, element.line)

    def _entries(self, element: Element, short: str, gene: str) -> tuple[tuple[Entry, ...], tuple[Step, ...]]:
        scored: list[tuple[tuple[Entry, ...], tuple[Step, ...]]] = []
        levelled: list[Entry] = []
        for rule in element.inner("RULE"):
            text = " ".join(rule.said("CONDITION").split())
            try:
                found = asi.rule(text, gene)
            except DataError as error:
                raise self._refused(error.problem, rule, short, error.value, error.suggestion) from None
            ranges, levels = rule.inner("ACTIONS/SCORERANGE"), rule.inner("ACTIONS/LEVEL")
            strange = next((a.tag for a in rule.inner("ACTIONS/*") if a.tag not in _ACTIONS), None)
            if strange or len(ranges) + len(levels) > 1 or (found.condition is None) == (not ranges):
                problem = "points need one range, a condition one level at most"
                raise self._refused(problem, rule, short, strange or text)
            if ranges:
                items = tuple(Entry(i.condition, i.points, i.group, i.text) for i in found.items)
                scored.append((items, self._range(ranges[0], short)))
            elif levels and found.condition is not None:
                order = self._number(levels[0], "LEVEL")
                if order not in self._levels:
                    raise self._refused("no level of this order is defined", rule, short, order)
                levelled.append(Entry(found.condition, float(order), 0, text, self._levels[order][0]))
            else:
                self.unused.append(Unused("this rule only comments and is not used", f"{short}: {text}", rule.line))
        if len(scored) + bool(levelled) != 1:
            problem = "one list of points or conditions that give levels are expected; there are neither, or both"
            raise self._refused(problem, element, short)
        return scored[0] if scored else (tuple(levelled), self._of_levels(element, short))

    def _range(self, element: Element, short: str) -> tuple[Step, ...]:
        if element.find("USE_GLOBALRANGE") is None:
            return self._scale(element, f"SCORERANGE of {short}")
        if not self._global:
            raise self._refused("the drug uses the range of all, which the algorithm lacks", element, short)
        return self._global

    def _of_levels(self, element: Element, short: str) -> tuple[Step, ...]:
        """A scale whose sums are the numbers of levels: without any rule that holds the sum is 0."""
        orders = sorted(self._levels)
        if self._default != orders[0]:
            raise self._refused("the level without any rule must be the lowest", element, short, self._default)
        ends = [None, *map(float, orders[1:])], [*map(float, orders[:-1]), None]
        return tuple(
            Step(low=low, high=high, level=self._levels[order][0], code=self._levels[order][1])
            for order, low, high in zip(orders, *ends, strict=True)
        )

    # -- single elements ---------------------------------------------------------------------------------------------

    def _stated(self, element: Element, tag: str) -> str:
        if not (text := element.said(tag)):
            raise DataError("this must be stated", file=self.file, row=element.line, column=tag, noun="element")
        return text

    def _date(self, root: Element) -> str | None:
        text = root.said("ALGDATE")
        try:
            return date.fromisoformat(text).isoformat() if text else None
        except ValueError:
            raise self._wrong("this is no date like 2022-12-07", root, "ALGDATE", text) from None

    def _whole(self, element: Element, tag: str) -> int:
        return self._number(next(iter(element.inner(tag)), element), tag)

    def _number(self, element: Element, tag: str) -> int:
        text = (element.text or "").strip()
        if not re.fullmatch(r"\d{1,4}", text, re.ASCII):
            raise self._wrong("a whole number is expected", element, tag, text)
        return int(text)

    def _scale(self, element: Element, where: str) -> tuple[Step, ...]:
        try:
            return asi.scale(element.text or "", self._levels)
        except DataError as error:
            raise self._wrong(error.problem, element, where, error.value) from None

    def _wrong(self, problem: str, element: Element, tag: str, value: object) -> DataError:
        return DataError(problem, file=self.file, row=element.line, column=tag, value=value, noun="element")

    def _refused(
        self, problem: str, element: Element, drug: str, value: object = None, suggestion: str | None = None
    ) -> DataError:
        return DataError(problem, file=self.file, row=element.line, column=drug, value=value, suggestion=suggestion,
                         noun="drug")  # fmt: skip


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _unused(root: Element) -> Iterable[Unused]:
    for path, what in (("MUTATION_COMMENTS//RULE", "mutations"), ("RESULT_COMMENTS/*", "results")):
        if found := root.inner(path):
            yield Unused(f"comments on {what} are not used", str(len(found)), found[0].line)
    for parent, known in ((root, _PARTS), *((d, _DEFINED) for d in root.inner("DEFINITIONS"))):
        for child in parent.inner("*"):
            if child.tag not in known:
                yield Unused("this element is not known and not used", child.tag, child.line, strange=True)
