"""Whether the biomarkers of a row contradict its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from graph.claims import Criterion, Expression, criteria
from graph.paths import criterion_genes, criterion_marker
from ingest.indication.mentions import Kind, Mention, changes, exons, mentions
from ingest.indication.text import Parts, from_indicated, parts
from rules.markers import marker_of_gene, markers


def unstated_absences(text: str, profile: Expression, symbols: Iterable[str] = ()) -> tuple[str, ...]:
    """Genes that the text says must be unchanged ("no EGFR or ALK aberrations"), and markers that must be negative,
    that the row does not name.

    The row would hold for patients for whom the label does not.

    >>> from graph.claims import Criterion, Is
    >>> high = Is(Criterion(type="expression", name="PD-L1 >= 50%", marker="PD-L1"))
    >>> unstated_absences("For NSCLC with PD-L1 >= 50% and no EGFR or ALK aberrations.", high)
    ('EGFR', 'ALK')
    """
    stripped = from_indicated(parts(text).indication)
    found = _defined(mentions(stripped, tuple(symbols)), stripped)
    covered = {key for c, _ in criteria(profile) for key in names_of(c)}
    present = {key for m in found if m.present for key in _covers(m)}
    names: list[str] = []
    for m in found:
        named = m.word.genes if m.word.absence == "gene" else m.word.markers
        if m.present is not False or not m.word.absence or _covers(m) & (covered | present):
            continue
        # "A, or HER2-negative B" asks it of B only.
        if m.word.absence == "gene" or not stripped[: m.start].endswith(" or "):
            names += sorted(named)
    return tuple(dict.fromkeys(names))


def biomarker_contradictions(p: Parts, profile: Expression, symbols: tuple[str, ...]) -> list[str]:
    text = from_indicated(p.indication)
    core, anywhere = (_defined(mentions(t, symbols), text) for t in (text, from_indicated(p.whole)))
    found: list[str] = []
    unnamed: list[str] = []
    for criterion, negated in criteria(profile):
        keys = names_of(criterion)
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
    covered = frozenset(key for criterion, _ in criteria(profile) for key in names_of(criterion))
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


def names_of(c: Criterion) -> frozenset[str]:
    """Genes, markers and regions that a criterion is about."""
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


def asks_absence(c: Criterion, negated: bool) -> bool:
    """Whether a criterion asks that something is not there."""
    return negated != (c.type == "wildtype" or "negative" in c.statuses)


def _polarity(c: Criterion, negated: bool, own: list[Mention]) -> str | None:
    if c.type in ("msi", "mmr", "tmb", "hrd") or set(c.statuses) & {"low", "ultralow"} or c.comparator in ("<", "<="):
        return None
    absent = asks_absence(c, negated)
    if any(m.present is None or m.present != absent for m in own):
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
        if c.gene == "ERBB2" and "amplification" in c.directions:
            return {"amplification", "expression"}
        return {"deletion", "mutation"} if "loss" in c.directions else {"amplification"}
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
    """Whether the text names the criterion's protein change; ``None`` where it names none, or only examples."""
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
    numbers = {
        float(n)
        for n in re.findall(r"(?:>=|<=|>|<)\s*(\d+(?:\.\d+)?)(?!\d)(?!\s*(?:cm|%? ?minimal|years|months))", text)
    }
    if numbers and c.value not in numbers:
        return f"the row asks for {c.name}; its text names {' and '.join(f'{n:g}' for n in sorted(numbers))}"
    scores = {_SCORE_NAMES[m["a"].casefold()] for m in _SCORES.finditer(text)}
    if scores and c.scheme in ("CPS", "TPS", "TAP") and c.scheme not in scores:
        return f"the row asks for {c.name}; its text speaks of {' and '.join(sorted(scores))}"
    return None
