"""The words that every face of an answer uses, so that text and page say the same.

Everything here takes values of ``graph.answer`` and returns plain strings; escaping and layout are the face's own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

from graph.answer import FindingRead, Option, OptionStatement, Recommendation, ReleaseRef, Status, Tier

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
    "For research. Clew is not a medical device and gives no advice: it shows what the loaded sources say, and they "
    "may be old, incomplete or wrong. A qualified person must check every option against current labels and guidelines."
)
ABOUT_OTHERS = ("not_met", "age", "date")
"""Exclusions that say only that a source is about somebody else; faces collapse them."""


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
        since = {
            name: year(d for s in option.statements if s.agency == name for d in s.dates)
            for name in option.jurisdictions
        }
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
        text = clean(reason)
        if not any(text.startswith(known) for known in found):
            found[text] = sources
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


class Group(msgspec.Struct, frozen=True):
    """Options that are closed for one and the same reason; those not excluded are alike in strength and tumour too."""

    by: str
    """``resistance`` and the like; empty where the status says enough."""
    reason: str
    sources: tuple[str, ...]
    options: tuple[Option, ...]


def grouped(options: Iterable[Option]) -> list[Group]:
    """Closed options by their deciding reason, in the order in which the reasons first appear."""
    groups: dict[tuple[str, ...], list[Option]] = {}
    for option in options:
        by = EXCLUDED_BY[option.excluded_by] if option.excluded_by else ""
        alike = () if by else (strength(option), option.on_tumour_type, agencies(option))
        groups.setdefault((by, reasons(option)[0][0], *alike), []).append(option)
    return [
        Group(key[0], key[1], tuple(dict.fromkeys(s for o in members for s in reasons(o)[0][1])), tuple(members))
        for key, members in groups.items()
    ]


def telling(answer: Recommendation, status: Status) -> list[Option]:
    """Options of a status whose reason is about this patient: contraindicated ones first, else in rank order."""
    found = [o for o in answer.options if o.status == status and o.excluded_by not in ABOUT_OTHERS]
    return sorted(found, key=lambda o: o.excluded_by != "contraindicated")


def waited_for(*options: Option) -> tuple[str, ...]:
    """What is to be tested before it is known whether some caution holds."""
    return tuple(dict.fromkeys(clean(fact) for o in options for c in o.cautions for fact in c.missing))


def objections(option: Option) -> dict[str, tuple[str, ...]]:
    """What speaks against an option, each reason once with all its sources."""
    found: dict[str, tuple[str, ...]] = {}
    for a in option.against:
        found[clean(a.reason)] = tuple(dict.fromkeys((*found.get(clean(a.reason), ()), *a.sources)))
    return found


def about_others(answer: Recommendation, status: Status) -> list[Option]:
    """Options of a status that fail only because their sources are about another patient, age or time."""
    return [o for o in answer.options if o.status == status and o.excluded_by in ABOUT_OTHERS]


def foretold(options: Iterable[Option]) -> dict[tuple[str, str], list[Option]]:
    """Options that are there only because sources predict that they fail, by strength and disease.

    Where a guideline row excludes one as well, that row is its reason and it is not among them.
    """
    found: dict[tuple[str, str], list[Option]] = {}
    for option in options:
        if is_foretold(option):
            disease = next((s.disease for s in option.statements if s.outcome == "fired"), "")
            found.setdefault((strength(option), clean(disease)), []).append(option)
    return found


def unforetold(options: Iterable[Option]) -> list[Option]:
    """The others: a veto, a contraindication or an objection excludes them."""
    return [option for option in options if not is_foretold(option)]


def is_foretold(option: Option) -> bool:
    """Whether sources on the findings predict that the therapy fails, and nothing else excludes it."""
    vetoed = any(r.kind in ("exclude", "require") and r.outcome == "fired" for r in option.rules)
    return option.direction != "sensitive" and option.status == "excluded" and not vetoed


def counted(options: Iterable[Option]) -> str:
    """Collapsed options as counts: ``3 condition not met, 1 age``."""
    said = [EXCLUDED_BY[o.excluded_by] for o in options if o.excluded_by]
    return ", ".join(f"{said.count(word)} {word}" for word in dict.fromkeys(said))


def of_tier(answer: Recommendation, tier: Tier) -> list[Option]:
    """The options with status ``option`` in one tier."""
    return [o for o in answer.options if o.status == "option" and o.tier == tier]


def names(options: Sequence[Option], most: int) -> str:
    """``A + B; C; D +4``"""
    more = f" +{len(options) - most}" if len(options) > most else ""
    return "; ".join(map(title, options[:most])) + more


def contents(option: Option) -> str:
    """What there is to open: ``2 statements, 2 paths, 1 rule``."""
    parts = (
        ("statement", option.statements),
        ("path", option.paths),
        ("rule", option.rules),
        ("objection", option.against),
    )
    return ", ".join(number(len(items), noun) for noun, items in parts if items) or "score"


def number(count: int, noun: str) -> str:
    """``1 row``, ``3,300 rows``"""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def grade(statement: OptionStatement) -> str:
    """A statement's strength: ``FDA label``, ``guideline``, ``CIViC B``."""
    if statement.strength in ("label", "guideline"):
        return clean(f"{(statement.agency or '').upper()} {statement.strength}".strip())
    return clean(level(statement.level.scheme, statement.level.value))


def was(status: Status | None, tier: Tier | None) -> str:
    """One side of a change: ``option (clinical)``."""
    return f"{status.replace('_', ' ')} ({tier})" if status else "not listed"


def telling_findings(answer: Recommendation) -> list[FindingRead]:
    """Findings that match something or that could not be read."""
    return [f for f in answer.findings if f.matched or f.read_as is None]


def unmatched(answer: Recommendation) -> list[str]:
    """What is left over and not already said by a finding."""
    said = {f.input for f in answer.findings}
    return [u for u in answer.unmatched if u not in said]


def addresses(option: Option) -> dict[str, str | None]:
    """Source record to its address, as the option's statements give it."""
    return {key: s.url for s in option.statements for key in (s.id, s.id.partition("/")[0])}


def releases(answers: Iterable[Recommendation]) -> list[ReleaseRef]:
    """The releases that the answers come from; more than one only where somebody joined answers by hand."""
    return list({a.release.digest: a.release for a in answers}.values())


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
