"""The words that every face of an answer uses, so that text and page say the same.

Everything here takes values of ``graph.answer`` and returns plain strings; escaping and layout are the face's own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

from graph.answer import Option, OptionStatement, Recommendation, Status
from graph.model import Path

STATUS: dict[Status, tuple[str, str]] = {
    "recommended": ("Recommended", "a label or guideline holds and nothing is missing"),
    "option": ("Options", "evidence holds, or a label whose setting is not fully known"),
    "needs_check": ("Needs a check", "a fact that is not known decides"),
    "conflict": ("Conflict", "sources disagree about this finding"),
    "excluded": ("Excluded", "with the reason"),
}
EXCLUDED_BY = {
    "contraindicated": "contraindicated",
    "resistance": "resistance",
    "not_met": "condition not met",
    "age": "age",
    "date": "not valid on the date",
}
DIRECTION = {
    "sensitive": "",
    "resistant": "predicts resistance",
    "no_benefit": "predicts no benefit",
    "adverse": "predicts harm",
}
ON_TUMOUR = {
    "exact": "this tumour",
    "ancestor": "wider tumour group",
    "agnostic": "any tumour",
    "off": "other tumour",
    "unknown": "tumour not resolved",
}
LIMITS = (
    "For research. Clew is not a medical device and gives no advice: it shows what the loaded sources say, and they may "
    "be old, incomplete or wrong. A qualified person must check every option against the current label and guideline."
)
MARKERS = ("not_met", "age", "date")
"""Exclusions that say only that a source is about somebody else; faces collapse them."""


class Step(msgspec.Struct, frozen=True):
    """One node of a path as a reader sees it."""

    kind: str
    """The node type in words: ``finding``, ``variant``, ``molecular profile`` …"""
    text: str
    via: str
    """The edge that leads here in words; empty for the first."""
    derived: bool
    """Whether that edge was derived from the patient's finding rather than stated by a source."""
    sources: tuple[str, ...]
    url: str | None


def clean(text: str) -> str:
    """``text`` on one line with nothing in it that steers a terminal or reorders a line.

    Control and bidirectional formatting characters become visible escapes; surrogates become a replacement character.

    >>> clean("Ima\\x1b[31mtinib\\u202e")
    'Ima\\\\x1b[31mtinib\\\\u202e'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char in "\n\r\t":
        return " "
    category = unicodedata.category(char)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if category in ("Cc", "Zl", "Zp") or (category == "Cf" and char not in "\u200c\u200d\u00ad"):
        return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"
    return char


def therapy(names: Sequence[str], sequential: bool = False) -> str:
    """An ingredient set as one name: ``Dabrafenib + Trametinib``, or with ``then`` between steps of a sequence."""
    return clean((" then " if sequential else " + ").join(names))


def title(option: Option) -> str:
    return therapy(option.therapy, option.sequential)


def strength(option: Option) -> str:
    """Tier and level in one short text: ``label``, ``guideline``, ``clinical, CIViC B``."""
    if option.tier in ("label", "guideline"):
        return option.tier
    return f"{option.tier}, {clean(level(option.level.scheme, option.level.value))}"


def level(scheme: str, value: str) -> str:
    names = {"civic": "CIViC", "moa": "MOAlmanac", "moalmanac": "MOAlmanac"}
    return f"{names.get(scheme, scheme)} {value}".strip()


def year(dates: Iterable[str]) -> str:
    """The earliest year among ISO dates, or nothing."""
    return min((date[:4] for date in dates if date), default="")


def agencies(option: Option) -> str:
    """Who licensed it and since when: ``FDA 2014, EMA 2015, HC``; for evidence the year of the newest source."""
    if option.jurisdictions:
        since = {name: year(d for s in option.statements if s.agency == name for d in s.dates) for name in option.jurisdictions}
        return clean(", ".join(f"{name.upper()} {since[name]}".strip() for name in option.jurisdictions))
    return max((date[:4] for s in option.statements for date in s.dates), default="")


def reasons(option: Option) -> list[tuple[str, tuple[str, ...]]]:
    """Why an option is not simply open: plain sentences with their sources, the deciding one first.

    Never empty for an option that is excluded, in conflict or waiting: where no row says why, the statements do.
    """
    found: dict[str, tuple[str, ...]] = {}
    rules = [r for r in option.rules if r.outcome == ("undecided" if option.status == "needs_check" else "fired")]
    weighed = [(r.reason, r.sources) for r in rules if r.kind != "caution"]
    stated = [(a.reason, a.sources) for a in option.against]
    for reason, sources in [*weighed, *stated] if option.status == "needs_check" else [*stated, *weighed]:
        found.setdefault(clean(reason), sources)
    if not found and option.status == "excluded":
        failed = [(r.reason, r.sources) for r in option.rules if r.outcome == "failed"]
        for reason, sources in failed or [(note, (s.id,)) for s in option.statements for note in s.notes]:
            found.setdefault(clean(reason), sources)
    if not found and option.missing:
        found[f"not known: {listed(option.missing)}"] = ()
    if not found and option.direction != "sensitive":
        found[DIRECTION[option.direction]] = option.sources
    if not found and option.warnings:
        found[clean(option.warnings[0])] = ()
    if not found and option.status in ("excluded", "needs_check", "conflict"):
        found[EXCLUDED_BY.get(option.excluded_by or "", "see its statements")] = option.sources
    return list(found.items())


def listed(items: Sequence[str], most: int | None = None) -> str:
    """``a, b, c``, or ``a, b +4`` when only ``most`` are to be named."""
    shown = items if most is None or len(items) <= most else items[:most]
    more = f" +{len(items) - len(shown)}" if len(shown) < len(items) else ""
    return ", ".join(map(clean, shown)) + more


def short_digest(digest: str) -> str:
    return clean(digest[:12])


def counts(recommendation: Recommendation) -> dict[Status, int]:
    """How many options have each status, all five in rank order."""
    found: dict[Status, int] = dict.fromkeys(STATUS, 0)
    for option in recommendation.options:
        found[option.status] += 1
    return found


def statement_name(statement: OptionStatement) -> str:
    """A statement in a few words: ``FDA label 2014``, ``civic:EID1409 level A``."""
    if statement.agency:
        return clean(f"{statement.agency.upper()} label {year(statement.dates)}".strip())
    if statement.strength == "guideline":
        return clean(f"guideline {statement.id}")
    return clean(f"{statement.id} level {statement.level.value}")


def chain(path: Path, statements: Iterable[OptionStatement]) -> list[Step]:
    """A path as steps to read, with the statement's disease in brackets behind the profile that it is about."""
    by_id = {s.id: s for s in statements}
    disease = next((s.disease for node in path.nodes if (s := by_id.get(node.id))), "")
    last_profile = max((i for i, n in enumerate(path.nodes) if n.label == "MolecularProfile"), default=None)
    steps = []
    for i, node in enumerate(path.nodes):
        statement = by_id.get(node.id)
        text = statement_name(statement) if statement else clean(node.name)
        if i == last_profile and disease:
            text += f" [{clean(disease)}]"
        edge = path.edges[i - 1] if i else None
        steps.append(
            Step(
                kind=kind(node.label),
                text=text,
                via=edge.type.replace("_", " ").lower() if edge else "",
                derived=bool(edge and edge.derived),
                sources=edge.sources if edge else (),
                url=statement.url if statement else None,
            )
        )
    return steps


def kind(label: str) -> str:
    """A node type in words.

    >>> kind("MolecularProfile"), kind("Variant")
    ('molecular profile', 'variant')
    """
    return "".join(f" {c.lower()}" if c.isupper() else c for c in label).strip()


def thread(steps: Sequence[Step]) -> str:
    """A path on one line. A step that only repeats the one before is left out: variant and profile often share a name."""
    shown: list[str] = []
    for step in steps:
        if shown and step.text.startswith(shown[-1]) and step.text[len(shown[-1]) :].lstrip()[:1] in ("", "["):
            shown[-1] = step.text
        else:
            shown.append(step.text)
    return " -> ".join(shown)


def link(source: str, url: str | None = None) -> str | None:
    """Where a source record can be read: the statement's own address, else one made from a known prefix.

    >>> link("civic:EID1409")
    'https://civicdb.org/links/evidence/1409'
    """
    if url and url.startswith(("https://", "http://")):
        return url
    prefix, _, rest = source.rpartition("EID")
    if prefix == "civic:" and rest.split("/")[0].isdecimal():
        return f"https://civicdb.org/links/evidence/{rest.split('/')[0]}"
    if source.startswith("PMID:") and source[5:].isdecimal():
        return f"https://pubmed.ncbi.nlm.nih.gov/{source[5:]}/"
    return None
