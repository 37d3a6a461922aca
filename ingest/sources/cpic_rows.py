"""One recommendation of CPIC or DPWG as a guideline row.

Which kind of row it is follows from the source's own flags, in one case from its text: a recommendation whose first
sentence says without a condition that the drug is to be avoided (``tables/cpic_sentences.csv``), and which gives no
dose for those who get it all the same, excludes. One that tells the dose is a dose, one that points to other drugs or
guidance a caution. "Use as usual" is a dose without change: it recommends nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Literal

import msgspec

from graph.claims import All, Any, Condition, Criterion, Expression, GuidelineRow, Is, Level, RowKind, phrase
from graph.errors import DataError
from graph.packaged import rows
from ingest.html_text import plain
from ontologies import drugs
from rules.cells import Cell, parse
from rules.genes import symbol
from rules.genotype_text import SCORE, result

_UNKNOWN = "unknown"
_NOTHING_SAID = "No recommendation"
"""Classification of a recommendation that gives none."""
Genotype = str | dict[str, float]
Key = dict[str, Genotype]


class Named(msgspec.Struct, frozen=True):
    name: str


class Text(msgspec.Struct, frozen=True):
    html: str


class Term(msgspec.Struct, frozen=True):
    term: str


class Citation(msgspec.Struct, frozen=True):
    pmid: str | None = None


class Guideline(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    name: str
    source: str
    version: int | str | None = None
    url: str | None = None


class Recommendation(msgspec.Struct, frozen=True, rename="camel"):
    """One recommendation; ``lookup_key`` is a key, or several of which any one may be met."""

    id: str
    text: Text
    lookup_key: Key | list[Key] | None
    related_chemicals: tuple[Named, ...]
    dosing_information: bool
    alternate_drug_available: bool
    other_prescribing_guidance: bool
    population: str | None = None
    classification: Term | None = None
    implications: tuple[str, ...] | None = None

    @property
    def alternatives(self) -> list[Key]:
        keys = [self.lookup_key] if isinstance(self.lookup_key, dict) else self.lookup_key or []
        return [key for key in keys if key]


class Package(msgspec.Struct, frozen=True):
    guideline: Guideline
    recommendations: tuple[Recommendation, ...]
    citations: tuple[Citation, ...] = ()
    version: str | None = None
    url: str | None = None


_NOT_USED = frozenset({"objCls", "@id", "@context", "relatedChemicals", "relatedGenes", "relatedAlleles",
                       "recommendation", "name", "guidelineGenes", "annotationGroups"})  # fmt: skip
"""Keys that name things again, or say how the file was made."""


def keys_of(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Keys of a kind of object that the importer reads or knowingly leaves."""
    return frozenset(f.encode_name for f in msgspec.structs.fields(kind)) | _NOT_USED


Meaning = Literal["avoid", "nothing", "invalid"]


class Sentences:
    """What first sentences mean, as far as ``tables/cpic_sentences.csv`` tells. ``names`` are those of all drugs."""

    def __init__(self, names: Iterable[str]) -> None:
        every = {form.casefold() for name in names for form in (name, *drugs.active_forms(name))}
        # The longest name that stands at a place is taken for good: names within names would be tried in all ways.
        one = f"(?>{'|'.join(re.escape(n) for n in sorted(every, key=lambda n: (-len(n), n)))})"
        listed = f"{one}(?:{_BETWEEN}{one})*+"
        self._patterns = [
            (means, re.compile(_placed(_placed(pattern, "drug", listed), "active", one)), population)
            for means, pattern, population in _sentences()
        ]

    def meaning(self, r: Recommendation) -> Meaning | None:
        """``avoid``: without condition the drug is not to be given; ``nothing``: the guideline says nothing of it;
        ``invalid``: nobody can have the key's result.
        """
        folded = re.sub(r"[\s,]+", " ", first_sentence(plain(r.text.html)).casefold()).strip(" .")
        names = [c.name for c in r.related_chemicals]
        for means, pattern, population in self._patterns:
            found = pattern.fullmatch(folded)
            if found and re.fullmatch(population, (r.population or "").casefold()) and _concerns(found, names):
                return means
        return None


_BETWEEN = "(?: and | or |/| )"


def _placed(pattern: str, name: str, names: str) -> str:
    """A pattern with drugs in its places; those in the last one are what it is about."""
    *before, last = pattern.split(f"{{{name}}}")
    return f"(?:{names})".join(before) + f"(?P<{name}>{names}){last}" if before else last


def _concerns(found: re.Match[str], names: list[str]) -> bool:
    """Whether a sentence of the table is about one of the drugs, or about no drug by name."""
    said = found.groupdict()
    if drug := said.get("drug"):
        return any(name.casefold() in re.split(_BETWEEN, drug) or name.casefold() == drug for name in names)
    if active := said.get("active"):
        return any(active in (form.casefold() for form in (name, *drugs.active_forms(name))) for name in names)
    return True


Domains = Mapping[str, tuple[str, ...]]
"""Gene -> every result of it that a guideline has a key for, sorted."""


def domains(package: Package, sentences: Sentences) -> Domains:
    """What the keys of a package tell apart; those that nobody can have are left out.

    Raises:
        DataError: a key with a number of alleles that nobody has; names the field within the package.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for i, recommendation in enumerate(package.recommendations):
        if sentences.meaning(recommendation) == "invalid":
            continue
        for key in recommendation.alternatives:
            for gene, genotype in key.items():
                words = _words_of(genotype)
                if words is None:
                    column = f"recommendations[{i}].lookupKey"
                    raise DataError("one or two alleles make a genotype", column=column, value=genotype)
                found[gene].add(words)
    return {gene: tuple(sorted(words)) for gene, words in found.items()}


def row(package: Package, recommendation: Recommendation, among: Domains, means: Meaning | None) -> GuidelineRow:
    """The row of a recommendation that has a key and a drug.

    Args:
        among: the package's ``domains``.
        means: what its first sentence means.

    Raises:
        DataError: a population that no cell can ask for; names the field within the recommendation.
    """
    r, guideline = recommendation, package.guideline
    profile = _profile(r, among)
    text = plain(r.text.html)
    names = tuple(dict.fromkeys(c.name for c in r.related_chemicals))
    kind, action = _kind(r, means)
    implications = "\n".join(r.implications or ())
    return GuidelineRow(
        id=f"guideline:{guideline.source}.{guideline.id}:{r.id}",
        guideline=f"{guideline.source}.{guideline.id}",
        title=guideline.name.removeprefix("Annotation of "),
        kind=kind,
        because="contraindicated" if kind == "exclude" else None,
        drugs=tuple(dict.fromkeys(drugs.ingredient(name) for name in names)),
        reason=f"{guideline.source}, {phrase(profile)}: {_opening(text, 240)}",
        sources=(f"clinpgx:{guideline.id}", *(f"PMID:{c.pmid}" for c in package.citations if c.pmid)),
        profile=profile,
        settings=tuple(_population(r.population)),
        if_unknown="caution",
        level=Level(scheme=guideline.source.casefold(), value=r.classification.term) if r.classification else None,
        action=action or _opening(text, 120),
        text=f"{text}\n\n{implications}" if implications else text,
        hit_policy="UNIQUE",
        version=package.version or (str(guideline.version) if guideline.version is not None else None),
        publisher=guideline.source,
        url=guideline.url or package.url,
        locator=r.id,
    )


_MARK = re.compile(r"^ *(?:(?:\d+\.|-) +)+", re.MULTILINE)
"""What stands before an item of a list."""


def first_sentence(text: str) -> str:
    """The first sentence of a text; a heading that stands in front of it is part of it.

    >>> first_sentence("1. Avoid it (e.g. At night). Then wait.\\nMore"), first_sentence("For PAIN:\\n- take more.")
    ('Avoid it (e.g. At night)', 'For PAIN: take more')
    """
    heading, lines = "", _MARK.sub("", text).split("\n")
    while len(lines) > 1 and (lines[0].endswith(":") or lines[0].isupper()):
        heading += lines.pop(0).rstrip(":") + ": "
    return _STOP.split(heading + lines[0], maxsplit=1)[0].strip()


_STOP = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!vs)(?<!: \d)\.(?= +[A-Z(]|$)")


def _opening(text: str, most: int) -> str:
    """The first sentence, cut where it is long; ``…`` says that the text goes on: for another indication, for those who
    cannot do without the drug, or with what to look out for.
    """
    sentence = first_sentence(text)
    cut = sentence if len(sentence) <= most else sentence[: most - 1].rsplit(" ", 1)[0] + " …"
    said = sum(map(str.isalnum, sentence)) < sum(map(str.isalnum, _MARK.sub("", text)))
    return cut if cut.endswith("…") or not said else cut.rstrip(",;: ") + " …"


def _kind(r: Recommendation, means: Meaning | None) -> tuple[RowKind, str]:
    """The kind of row, and what to do where the flags say it all."""
    if r.dosing_information:
        return "dose", ""
    if means == "avoid":
        return "exclude", "avoid"
    if r.alternate_drug_available or r.other_prescribing_guidance:
        return "caution", ""
    nothing = means == "nothing" or (r.classification is not None and r.classification.term == _NOTHING_SAID)
    return "dose", "no recommendation" if nothing else "no change"


# -- conditions ------------------------------------------------------------------------------------------------------


def _profile(r: Recommendation, among: Domains) -> Expression:
    keys = [
        tuple(Is(_criterion(gene, genotype, among[gene])) for gene, genotype in sorted(key.items()))
        for key in r.alternatives
    ]
    each = [key[0] if len(key) == 1 else All(key) for key in keys]
    return each[0] if len(each) == 1 else Any(tuple(each))


def _criterion(gene: str, genotype: Genotype, among: tuple[str, ...]) -> Criterion:
    known, words = symbol(gene), _words_of(genotype) or ""
    said = "not known" if words == _UNKNOWN else words
    if {a.facet for a in result(known, words)} == {SCORE}:
        said = f"activity score {words}"
    return Criterion(type="genotype", name=f"{known} {said}", gene=known, genotypes=(words,), among=among)


def _words_of(genotype: Genotype) -> str | None:
    """A result as a criterion asks for it: a diplotype's alleles by name, ``unknown`` for no result; ``None``: its
    alleles are not one or two.
    """
    if isinstance(genotype, str):
        return _UNKNOWN if genotype.casefold() == "no result" else genotype
    if sum(genotype.values()) not in (1, 2) or any(count not in (1, 2) for count in genotype.values()):
        return None
    return "/".join(name for name, count in sorted(genotype.items()) for _ in range(int(count)))


def _population(name: str | None) -> Iterator[Condition]:
    """Whom a recommendation is for, where that is not everybody: by age, or as the guideline calls them."""
    if name is None:
        return
    if (known := _populations().get(name.casefold())) is None:
        yield Condition(fact="population", cell=_cell(name))
    elif known.fact:
        yield known


def _cell(name: str) -> str:
    """The cell that asks for a word, in quotes where it would mean something else without."""
    for cell in (name, f'"{name}"'):
        try:
            if parse(cell) == Cell("one_of", (name,)):
                return cell
        except DataError:
            continue
    raise DataError("no cell can ask for a population of this name", column="population", value=name)


@cache
def _populations() -> dict[str, Condition]:
    table = rows("ingest", "tables/cpic_populations.csv", ("population", "fact", "cell"))
    return {row["population"]: Condition(fact=row["fact"], cell=row["cell"]) for row in table}


@cache
def _sentences() -> tuple[tuple[Meaning, str, str], ...]:
    table = rows("ingest", "tables/cpic_sentences.csv", ("means", "pattern", "population", "about", "source"))
    return tuple((msgspec.convert(r["means"], Meaning), r["pattern"], r["population"] or ".*") for r in table)
