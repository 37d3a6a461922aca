"""Whether the fields of a label row contradict the label's own text.

A curated row can name another gene, disease or drug than the sentence it was made from, or turn "positive" into
"negative". Such a row must neither recommend nor exclude. The check is general: it compares names, and knows no single
row. It speaks only of what the text says for sure; where the text names nothing to compare with, there is nothing to
contradict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from graph.claims import Criterion, Expression, criteria
from graph.packaged import rows
from graph.paths import criterion_genes, criterion_marker
from ingest.indication import Parts, classes, is_drug, parts
from ingest.mentions import Kind, Mention, changes, exons, mentions
from ontologies.drugs import ingredients, known, members
from rules.markers import marker_of_gene, markers


def contradictions(
    text: str,
    profile: Expression,
    disease: str,
    therapy: Sequence[str],
    *,
    product: Iterable[str] = (),
    regimen: str | None = None,
    symbols: Iterable[str] = (),
) -> tuple[str, ...]:
    """What in a row contradicts its text, in plain words; empty when nothing does.

    Args:
        text: the indication as the label has it.
        profile: the row's biomarkers.
        disease: name of the row's disease.
        therapy: canonical ingredients of the row.
        product: what the source says besides of the product whose label it is; the row must be about one of the drugs
            that these texts name.
        regimen: what the source says was given, in words.
        symbols: gene symbols of the source, names to look for beside the vocabulary.
    """
    p = parts(text)
    return (
        *_biomarkers(p, profile, tuple(symbols)),
        *_disease(p, disease),
        *_drugs(p, therapy, tuple(product), regimen),
    )


def unstated_absences(text: str, profile: Expression, symbols: Iterable[str] = ()) -> tuple[str, ...]:
    """Genes that the text says must be unchanged ("no EGFR or ALK aberrations") and that the row does not name.

    The row would hold for patients for whom the label does not.

    >>> from graph.claims import Criterion, Is
    >>> high = Is(Criterion(type="expression", name="PD-L1 >= 50%", marker="PD-L1"))
    >>> unstated_absences("For NSCLC with PD-L1 >= 50% and no EGFR or ALK aberrations.", high)
    ('EGFR', 'ALK')
    """
    stripped = _stripped(parts(text).indication)
    found = _defined(mentions(stripped, tuple(symbols)), stripped)
    covered = {key for c, _ in criteria(profile) for key in _keys(c)}
    present = {key for m in found if m.present for key in _covers(m)}
    absent = (m.word for m in found if not m.present and len(m.word.genes) == 1 and "HER2" not in m.word.markers)
    return tuple(
        dict.fromkeys(next(iter(w.genes)) for w in absent if not (w.genes | w.markers) & (covered | present))
    )  # fmt: skip


# -- biomarkers ------------------------------------------------------------------------------------------------------


def _biomarkers(p: Parts, profile: Expression, symbols: tuple[str, ...]) -> list[str]:
    text = _stripped(p.indication)
    core, anywhere = (_defined(mentions(t, symbols), text) for t in (text, _stripped(p.whole)))
    found: list[str] = []
    unnamed: list[str] = []
    for criterion, negated in criteria(profile):
        keys = _keys(criterion)
        own = [m for m in core if keys & _covers(m)]
        if keys and not own and not any(keys & _covers(m) for m in anywhere) and not _change_named(criterion, text):
            unnamed.append(_words(criterion, negated))
        elif own:
            reason = (
                _polarity(criterion, negated, own)
                or _status(criterion, own)
                or _kind(criterion, negated, own)
                or _place(criterion, text)
                or _value(criterion, text)
            )
            found += [reason] if reason else []
    covered = frozenset(key for criterion, _ in criteria(profile) for key in _keys(criterion))
    left = [m for m in core if not covered & _covers(m)]
    # One more condition than the text has only makes the row narrower; one instead of the text's makes it another row.
    if unnamed and left:
        names = ", ".join(dict.fromkeys(m.word.name for m in left))
        found.append(f"the row asks for {' and '.join(unnamed)}; its text names {names}")
    return found


def _covers(m: Mention) -> frozenset[str]:
    return m.word.genes | m.word.markers


def _defined(found: Sequence[Mention], text: str) -> Sequence[Mention]:
    """Without a general name that the text itself defines: "RAS (defined as KRAS and NRAS)" is KRAS and NRAS."""
    if not re.search(r"\bdefined as\b", text):
        return found
    return [m for m in found if not any(other.word.genes < m.word.genes for other in found)]


def _keys(c: Criterion) -> frozenset[str]:
    names = set(criterion_genes(c))
    if (marker := criterion_marker(c)) is not None:
        names.add(marker)
        if (known := markers().get(marker)) is not None and known.gene:
            names.add(known.gene)
    if c.region:
        names.add(c.region)
    if c.gene and c.type in ("cna", "variant", "expression") and (behind := marker_of_gene(c.gene)):
        names.add(behind)
    return frozenset(names)


def _words(c: Criterion, negated: bool) -> str:
    return f"no {c.name}" if negated else c.name


def _stripped(text: str) -> str:
    """The text from "indicated" on: what stands in front describes the drug, and may name its target."""
    described = re.search(r"^.*?\bindicated\b", text, re.I)
    return text[described.end() :] if described else text


def _absent(c: Criterion, negated: bool) -> bool:
    """Whether a criterion asks that something is not there."""
    return negated != (c.type == "wildtype" or "negative" in c.statuses)


def _polarity(c: Criterion, negated: bool, own: list[Mention]) -> str | None:
    if c.type in ("msi", "mmr", "tmb", "hrd") or set(c.statuses) & {"low", "ultralow"} or c.comparator in ("<", "<="):
        return None
    absent = _absent(c, negated)
    if any(m.present != absent for m in own):
        return None
    if absent:
        return f"the row asks for {_words(c, negated)}; its text says that {own[0].word.name} is present"
    return f"the row asks for {_words(c, negated)}; its text says that {own[0].word.name} is absent"


def _status(c: Criterion, own: list[Mention]) -> str | None:
    if c.type == "mmr" or c.marker == "HER2":
        said = {s for m in own for s in (m.statuses or ({"positive"} if m.present else {"negative"}))}
        if c.type == "mmr":
            said = {s for m in own for s in (m.statuses if m.present else _OTHER[next(iter(m.statuses))])}
        if c.statuses and not said & set(c.statuses):
            return f"the row asks for {c.name}; its text says {' or '.join(sorted(said))}"
    if c.type == "msi":
        said = {s for m in own for s in (m.statuses if m.present else _OTHER["MSI-H"])}
        if c.statuses and not said & set(c.statuses):
            return f"the row asks for {c.name}; its text says {' or '.join(sorted(said))}"
    return None


_OTHER = {"MSI-H": {"MSI-L", "MSS"}, "deficient": {"proficient"}, "proficient": {"deficient"}}


def _kind(c: Criterion, negated: bool, own: list[Mention]) -> str | None:
    """A fusion where the text speaks of mutations only, an amplification where it speaks of expression only …"""
    asked = _asked(c)
    if negated or asked is None or any(not m.kinds for m in own):
        return None
    said = {kind for m in own for kind in m.kinds}
    if said & asked:
        return None
    return f"the row asks for {c.name}; its text speaks of {' and '.join(sorted(said))}"


def _asked(c: Criterion) -> set[Kind] | None:
    if c.type in ("fusion", "rearrangement"):
        return {"fusion"}
    if c.type == "variant":
        return {"mutation", "deletion"}
    if c.type == "cna":
        # HER2 positive is by definition (ASCO/CAP) strong expression or amplification of ERBB2.
        extra: set[Kind] = {"expression"} if c.gene == "ERBB2" else set()
        return {"deletion", "mutation"} if "loss" in c.directions else {"amplification"} | extra
    if c.type == "expression":
        return {"expression", "amplification"}
    return None


def _place(c: Criterion, text: str) -> str | None:
    """Another protein change or exon than the text names for this gene."""
    if c.type != "variant":
        return None
    if c.protein:
        named = _change_named(c, text)
        if named is False:
            return f"the row asks for {c.name}; its text names other changes only"
        return None
    said = exons(text)
    if c.exons and said and not any(c.exons[0] <= n <= c.exons[1] for n in said):
        return f"the row asks for {c.name}; its text names exon {', '.join(map(str, sorted(said)))}"
    return None


def _change_named(c: Criterion, text: str) -> bool | None:
    """Whether the text names the criterion's protein change; ``None`` where it names no change at all, or as examples."""
    said = changes(text)
    if not said:
        return False if c.codons and exons(text) and not re.search(r"\b(?:such as|including|other)\b", text) else None
    forms = re.findall(r"([A-Z])(\d+)([A-Z*])", f"{c.protein} {c.name}")
    if any((f"{a}{n}", b) in said or (f"{a}{n}", "") in said for a, n, b in forms):
        return True
    if re.search(r"\bincluding (?:but not limited to )?(?:the )?(?:\w+ )?[A-Z]\d", text):
        return None
    # Changes of another gene in the same sentence say nothing about this one.
    return False if _same_gene(c, text) else None


def _same_gene(c: Criterion, text: str) -> bool:
    """Whether the change that the text names stands closest to a name of the criterion's own gene."""
    for match in re.finditer(r"(?<![\w.])[A-Z]\d{2,4}[A-Z]?(?!\w)", text):
        around = [m for m in mentions(text) if m.word.genes]
        nearest = min(around, key=lambda m: abs(m.start - match.start()), default=None)
        if nearest is not None and c.gene in nearest.word.genes:
            return True
    return False


_SCORES = re.compile(r"\b(?P<a>CPS|TPS|Combined Positive Score|Tumou?r Proportion Score|TAP)\b", re.I)
_SCORE_NAMES = {"cps": "CPS", "combined positive score": "CPS", "tps": "TPS", "tumor proportion score": "TPS",
                "tumour proportion score": "TPS", "tap": "TAP"}  # fmt: skip


def _value(c: Criterion, text: str) -> str | None:
    """A threshold or a score other than the text's."""
    if c.comparator is None or c.type != "expression" or not re.search(r"PD[- ]?L1|express|positive", text, re.I):
        return None
    numbers = {float(n) for n in re.findall(r"(?:>=|<=|>|<)\s*(\d+(?:\.\d+)?)(?!\d)(?!\s*(?:cm|%? ?minimal|years|months))", text)}
    if numbers and c.value not in numbers:
        return f"the row asks for {c.name}; its text names {' and '.join(f'{n:g}' for n in sorted(numbers))}"
    scores = {_SCORE_NAMES[m["a"].casefold()] for m in _SCORES.finditer(text)}
    if scores and c.scheme in ("CPS", "TPS", "TAP") and c.scheme not in scores:
        return f"the row asks for {c.name}; its text speaks of {' and '.join(sorted(scores))}"
    return None


# -- disease ---------------------------------------------------------------------------------------------------------


@cache
def _families() -> dict[str, tuple[frozenset[str], re.Pattern[str]]]:
    """Family -> (broader families, pattern)."""
    return {
        row["family"]: (
            frozenset(filter(None, row["broader"].split("|"))),
            re.compile(rf"(?<![A-Za-z]){row['pattern']}", re.I),
        )
        for row in rows("ingest", "tables/disease_words.csv", ("family", "broader", "pattern"))
    }


def families(text: str) -> frozenset[str]:
    """The narrowest families of disease that a text names."""
    found = {name for name, (_, pattern) in _families().items() if pattern.search(text)}
    return frozenset(found - {up for name in found for up in _up(name) if up != name})


def _up(family: str) -> set[str]:
    return {family}.union(*(_up(b) for b in _families()[family][0]))


def _disease(p: Parts, disease: str) -> list[str]:
    said, asked = families(_stripped(p.indication)) or families(p.indication), families(disease)
    if "solid tumour" in asked:
        agnostic = not said or "solid tumour" in families(p.whole) or re.search(r"\btumou?rs?\b that|any tumou?r", p.whole)
        return [] if agnostic else [f"the row is for {disease}; its text names {', '.join(sorted(said))}"]
    if said and asked and "solid tumour" not in said and not any(a in _up(b) or b in _up(a) for a in said for b in asked):
        return [f"the row is for {disease}; its text names {', '.join(sorted(said))}"]
    text = _stripped(p.indication)
    for histology, other in (_HISTOLOGIES, _HISTOLOGIES[::-1]):
        if other.search(disease) and (said_so := histology.search(text)) and not other.search(text):
            return [f"the row is for {disease}; its text speaks of {said_so[0].casefold()} histology"]
    return []


_HISTOLOGIES = (re.compile(r"(?<!non-)(?<!non)squamous", re.I), re.compile(r"adenocarcinoma", re.I))


# -- drugs -----------------------------------------------------------------------------------------------------------

_TOGETHER = re.compile(r"(?:in combination with|combination therapy with|indicated with|used? with|together with) ", re.I)
_LIST_END = re.compile(
    r"[;:.]|,? (?:for|as|is|are|was|in (?:adult|patients|women|men|first|the)|who|whose|that|followed|with or without|induction|when|to|at)\b"
    r"|,? (?:the )?(?:first-line|treatment|maintenance|adjuvant|neoadjuvant)\b|\(",
    re.I,
)
_ALONE = re.compile(r"\b(?:as (?:a )?)?(?:mono-?therapy|single[- ]agent|as a single agent)\b", re.I)


def _drugs(p: Parts, therapy: Sequence[str], product: tuple[str, ...], regimen: str | None) -> list[str]:
    text, row = p.indication, " + ".join(therapy)
    # A row may name a class ("platinum compound") for any of its members.
    own = set(therapy).union(*(members(name) for name in therapy))
    labelled = set().union(*map(named_drugs, product)) or named_drugs(regimen or "")
    if labelled and not _overlap(labelled, own):
        return [f"the row is for {row}; the label is that of {' or '.join(sorted(labelled))}"]
    together = [m for m in _TOGETHER.finditer(text) if not _EARLIER.search(text[max(0, m.start() - 90) : m.start()])]
    lacking = [
        next((a for a in _partners(text[m.end() :]) if not _overlap(a, own)), None)
        for m in together
        if not _OPTIONAL_HERE.search(text[max(0, m.start() - 24) : m.start()])
    ]
    alone = len(therapy) == 1 and _OPTIONAL.search(text)
    # Several combinations in one text are alternatives.
    if lacking and lacking[0] and None not in lacking and not alone:
        return [f"the row is for {row}; its text says in combination with {' or '.join(sorted(lacking[0]))}"]
    if not together and len(therapy) > 1 and _ALONE.search(text) and own - named_drugs(p.whole):
        return [f"the row is for {row}; its text speaks of a single agent"]
    if len(therapy) > 1 and _alone(regimen) and not _JOINED.search(p.whole):
        if others := own.difference(named_drugs(p.whole), named_drugs(regimen or ""), *map(named_drugs, product)):
            return [f"the row is for {row}; its text does not name {' and '.join(sorted(others))}"]
    return []


def _alone(regimen: str | None) -> bool:
    """Whether a regimen is one drug: ``Brand (ingredient)``, or a name alone."""
    found = re.fullmatch(r"\s*(?:[\w-]+ )?\(?([^()]+)\)?\s*", regimen or "")
    return found is not None and _one_drug(found[1])


_JOINED = re.compile(
    r"combin|together|\+|\bplus\b|chemotherap|regimen|backbone|integrated|component|\b(?-i:[A-Z]{3,})\b(?= (?:chemo)?therapy)|;|\w, \w+ and", re.I
)
"""Words for partners that need not be named one by one."""


_EARLIER = re.compile(
    r"\b(?:prior|previous|following|after)\b[\w() -]{0,50}$|(?:treatment|therapy) with [\w-]+(?: [\w-]+)? $", re.I
)
"""In front of "in combination with": the combination was given before."""
_OPTIONAL = re.compile(
    r"\beither\b|\balone or\b|(?:mono-?therapy|single[- ]agent),? (?:or|and) |or as (?:an? )?(?:mono|single)"
    r"|maintenance (?:mono)?therapy|(?:followed by|continued as|and then|, and,? )[^.]*(?:single[- ]agent|monotherapy)",
    re.I,
)
"""The text allows the drug alone too, or first with partners and then alone."""
_OPTIONAL_HERE = re.compile(r"\bor $|monotherapy or |with or without $", re.I)


@lru_cache(maxsize=4096)
def named_drugs(text: str) -> frozenset[str]:
    """Ingredients that a text names, in names of up to three words.

    >>> sorted(named_drugs("Phesgo (pertuzumab and trastuzumab) with carboplatin"))
    ['Carboplatin', 'Pertuzumab', 'Trastuzumab']
    """
    found: set[str] = set()
    tokens = re.findall(r"[A-Za-z0-9][\w/-]*", text)
    i = 0
    while i < len(tokens):
        for size in (3, 2, 1):
            name = " ".join(tokens[i : i + size])
            if len(tokens) >= i + size and _one_drug(name):
                found.update(ingredients(name))
                i += size - 1
                break
        i += 1
    return frozenset(found)


@lru_cache(maxsize=16384)
def _one_drug(name: str) -> bool:
    """A drug, not a kind of therapy."""
    bare = re.sub(r"-[a-z]{4}$", "", name)
    if re.search(r"therap|transplant|regimen|agent\b|steroid", name, re.I):
        return False
    # Of a longer name only the table can tell where it begins.
    return known(name) or known(bare) if " " in name else is_drug(name) or is_drug(bare)


_COMPANIONS = frozenset({"Prednisone", "Prednisolone", "Dexamethasone", "Methylprednisolone", "Corticosteroid", "Leucovorin"})
_SAME = ({"Paclitaxel", "Nab-paclitaxel", "Paclitaxel protein-bound"}, {"Prednisone", "Prednisolone"})
"""Forms of one active substance: a label's other form is no other drug."""


def _overlap(a: Iterable[str], b: set[str]) -> bool:
    wide = set(a)
    for group in _SAME:
        if wide & group:
            wide |= group
    return bool(wide & b)


def _partners(text: str) -> list[set[str]]:
    """What a combination must hold: for each partner that is named, the drugs that may stand for it.

    A list joined by "or" is one partner with alternatives; an item that is not understood ends the reading.
    """
    end = _LIST_END.search(text)
    listed = text[: end.start()] if end else text
    if len(listed) > 160:
        return []
    items = [i.strip() for i in re.split(r",? and/or |,? and |,? or |, ", listed) if i.strip()]
    read = [_partner(i) for i in items]
    if re.search(r"\bor\b|/", listed):
        known = [r for r in read if r is not None]
        if len(known) < len(read) or re.search(r",? and ", listed):
            return [set().union(*known)] if known and len(known) == len(read) else []
        return [set().union(*known)]
    return [r for r in read if r]


def _partner(item: str) -> set[str] | None:
    bare = re.sub(r"^(?:an?|the|either|both|standard|\d+ cycles? of)\s+", "", item.strip(), flags=re.I)
    for known_class in classes():
        if known_class.pattern.fullmatch(bare) or known_class.pattern.match(bare):
            return set(known_class.members)
    name = re.sub(r"-(?:containing|based).*$|\s+(?:chemotherapy|therapy).*$", "", bare, flags=re.I)
    if not _one_drug(name):
        return None
    # Hydrocortisone and its like accompany a treatment; a row without them is no other treatment.
    return set(ingredients(name)) - _COMPANIONS
