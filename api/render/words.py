"""The words that every face of an answer uses, so that text and page say the same.

Everything here takes values of ``graph.answer`` and returns plain strings; escaping and layout are the face's own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from graph.answer import (
    Caution,
    CellRead,
    FindingRead,
    GenotypeRead,
    GuidanceChange,
    Option,
    OptionStatement,
    Recommendation,
    ReleaseRef,
    RuleChange,
    Status,
    Tier,
    WouldDecide,
)
from graph.errors import shorten

STATUS: dict[Status, tuple[str, str]] = {
    "recommended": ("Recommended", "a label or guideline holds and nothing is missing"),
    "option": ("Options", "evidence holds, or a label whose setting is not fully known"),
    "needs_check": ("Needs a check", "a fact that is not known decides"),
    "conflict": ("Conflict", "sources disagree, or weak evidence speaks against it"),
    "excluded": ("Excluded", "with the reason"),
}
ONE: dict[Status, str] = {
    "recommended": "recommended",
    "option": "option",
    "needs_check": "needs a check",
    "conflict": "conflict",
    "excluded": "excluded",
}
"""The status of one option, inside a sentence."""
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
    "unknown": "only a subtype",
}
LIMITS = (
    "For research. Clew is not a medical device and gives no advice: it shows what the loaded sources say, and they "
    "may be old, incomplete or wrong. A qualified person must check every option against current labels and guidelines."
)
UNNAMED = "patient"
"""The id of a patient for whom none was stated."""
FEW = 6
"""Findings without a match that are named at once."""
_SET_ASIDE = " is set aside: "
_STATED_TEXT = ": read from the indication text: "


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


def tumour(of: Option | OptionStatement) -> str:
    """How the disease of a row or option relates to the patient's: ``this tumour``, ``only a subtype`` …"""
    if of.on_tumour_type == "unknown" and {"diagnosis", "disease"}.intersection(of.missing):
        return "tumour not resolved"
    return ON_TUMOUR[of.on_tumour_type]


def setting(condition: str) -> str:
    """A condition on the setting in words.

    >>> setting("state !early|resected"), setting("stage III|IV"), setting("age_years >=18")
    ('state not early, resected', 'stage III or IV', 'age in years >=18')
    """
    fact, _, cell = clean(condition).partition(" ")
    fact = "age in years" if fact == "age_years" else fact.replace("_", " ")
    if cell.startswith("!"):
        return f"{fact} not {', '.join(cell[1:].split('|'))}"
    return f"{fact} {' or '.join(cell.split('|'))}".strip()


def aside(warning: str) -> str:
    """A warning of an option in few words: that something was read from a label's text needs no record id here."""
    record, said, what = warning.partition(_STATED_TEXT)
    return clean(f"{what} read from the text of the label" if said and " " not in record else warning)


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


LIMITING = ("exclude", "require", "caution")
"""Kinds of rule that limit: one of them that failed is no reason against anything."""


def reasons(option: Option) -> list[tuple[str, tuple[str, ...]]]:
    """Why an option is not simply open: plain sentences with their sources, the deciding one first.

    Never empty for an option that is excluded, in conflict or waiting: where no row says why, the statements do.
    """
    found: dict[str, tuple[str, ...]] = {}
    rules = [r for r in option.rules if r.outcome == ("undecided" if option.status == "needs_check" else "fired")]
    weighed = [(r.reason, r.sources) for r in rules if r.kind not in ("caution", "recommend") and not r.defeated_by]
    stated = [(a.reason, a.sources) for a in option.against]
    barred = _barred(option)
    for reason, sources in [*weighed, *stated] if option.status == "needs_check" else [*barred, *stated, *weighed]:
        text = clean(reason)
        if not any(text.startswith(known) for known in found):
            found[text] = sources
    if not found and option.status == "excluded":
        failed = [(r.reason, r.sources) for r in option.rules if r.outcome == "failed" and r.kind not in LIMITING]
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


def _barred(option: Option) -> list[tuple[str, tuple[str, ...]]]:
    """What labels of this tumour themselves rule out: the finding must be absent, and it is there."""
    if option.excluded_by not in ("resistance", "contraindicated"):
        return []
    failed = {s.id for s in option.statements if s.agency and s.outcome == "failed" and s.on_tumour_type != "off"}
    ruling = {
        node.id
        for path in option.paths
        if path.edges[0].type == "SATISFIES" and any(e.type == "ABSENT_FROM_PROFILE" for e in path.edges)
        for node in path.nodes
    }
    return [(r.reason, r.sources) for r in option.rules if r.outcome == "failed" and r.id in failed & ruling]


HELD = {"fired": "holds", "failed": "does not hold", "undecided": "cannot be told"}


def trace(cells: Iterable[CellRead]) -> str:
    """Every condition of a row as it was asked, as one sentence.

    >>> trace([CellRead(fact="age_years", asked="age >=18", found="54", outcome="fired")])
    'age >=18 holds (54).'
    """
    said = "; ".join(clean(f"{cell.asked} {HELD[cell.outcome]} ({cell.found})") for cell in cells)
    return f"{said}." if said else ""


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


class Waiting(msgspec.Struct, frozen=True):
    """What the cautions of some options wait for."""

    tests: tuple[str, ...]
    findings: tuple[str, ...]
    """Findings that would speak against the options, and that nobody looked for."""


def waiting(*options: Option) -> Waiting:
    """What is not known and would be a caution."""
    pending = [c for o in options for c in o.cautions if c.missing]
    tests = dict.fromkeys(clean(fact) for c in pending if not c.condition for fact in c.missing)
    return Waiting(tuple(tests), tuple(dict.fromkeys(clean(c.condition) for c in pending if c.condition)))


def pending(option: Option) -> list[Caution]:
    """Cautions that wait for a test."""
    return [c for c in option.cautions if c.missing]


class Objection(msgspec.Struct, frozen=True):
    """One reason against an option with all its sources; ``elsewhere``: all of them are about another tumour."""

    reason: str
    sources: tuple[str, ...]
    elsewhere: bool


def objections(option: Option, seen: Mapping[str, str]) -> list[Objection]:
    """What speaks against an option, each reason once, what is about this tumour first.

    ``seen``: see ``shelf.tumours``.
    """
    found: dict[str, tuple[str, ...]] = {}
    here: set[str] = set()
    for a in option.against:
        reason = clean(a.reason)
        found[reason] = tuple(dict.fromkeys((*found.get(reason, ()), *a.sources)))
        if seen.get(a.id) != "off":
            here.add(reason)
    told = [Objection(reason, sources, reason not in here) for reason, sources in found.items()]
    return sorted(told, key=lambda o: o.elsewhere)


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


def guidance_was(change: GuidanceChange, before: bool) -> str:
    """One side of a change of guidance: ``45 points (Intermediate)``, ``half the dose``; ``nothing`` where none was."""
    score, level = (change.score_before, change.level_before) if before else (change.score_after, change.level_after)
    points = [] if score is None else [f"{score:g} points" + (f" ({clean(level)})" if level else "")]
    rows = [clean(row) for row in (change.rows_before if before else change.rows_after)]
    return "; ".join([*points, *rows]) or "nothing"


def rule_was(change: RuleChange) -> str:
    """How a rule stood and stands: ``undecided, now fired``."""
    if change.before is None or change.after is None or change.before == change.after:
        return change.after or change.before or ""
    return f"{change.before}, now {change.after}"


def found(answer: Recommendation) -> list[FindingRead]:
    """Findings that match something, each once, those that most rows speak of first."""
    return sorted(_once(f for f in answer.findings if f.matched), key=lambda f: -f.matched)


def genotype(read: GenotypeRead) -> str:
    """A germline genotype as it was stated: ``DPYD *2A/*2A``."""
    return clean(f"{read.gene} {read.stated}")


def unread(answer: Recommendation) -> list[FindingRead]:
    """What could not be read, each once."""
    return _once(f for f in answer.findings if f.read_as is None)


def silent(answer: Recommendation) -> list[FindingRead]:
    """Findings that no row of the release speaks of, each once."""
    return _once(f for f in answer.findings if f.read_as is not None and not f.matched)


def worth_naming(silent: Sequence[FindingRead]) -> list[FindingRead]:
    """Of the findings without a match, those to name at once: a few are all named, of many those with a near name."""
    return list(silent) if len(silent) <= FEW else [f for f in silent if "did you mean" in (f.why_not or "")][:FEW]


def _once(findings: Iterable[FindingRead]) -> list[FindingRead]:
    return list({(f.read_as or f.input, f.why_not): f for f in findings}.values())


def test_name(test: WouldDecide, answer: Recommendation) -> str:
    """A test by name; where something was found in that gene already, that it is about the other changes."""
    stated = [f.read_as for f in found(answer) if f.read_as and f.read_as.split(" ")[0] == test.fact]
    if not stated:
        return clean(test.fact)
    changes = [text.removeprefix(f"{test.fact} ").partition(" (")[0] for text in stated]
    return f"{clean(test.fact)}, other changes than {listed(changes, 2)}"


def who(profile_id: str) -> str:
    """The patient's id as a heading shows it: nothing where none was given, long ones cut."""
    if profile_id == UNNAMED:
        return ""
    return shorten(clean(profile_id), 28)


def of_diagnosis(answer: Recommendation) -> list[str]:
    """Warnings about a diagnosis that led nowhere, for the header; they are not among ``warned``."""
    if answer.diagnosis.ids or not answer.diagnosis.input:
        return []
    return [w for w in answer.warnings if repr(answer.diagnosis.input) in w]


def alike(stated: str, read: str) -> bool:
    """Whether a finding was read as it was written, but for how changes are spelled.

    >>> alike("BRAF V600E", "BRAF p.V600E"), alike("HER2 amplification", "ERBB2 amplification")
    (True, False)
    """
    a, b = (text.casefold().replace(" p.", " ") for text in (stated, read))
    return a in b or b in a


def warned(answer: Recommendation) -> list[str]:
    """Warnings, those about single records that are set aside last."""
    said = of_diagnosis(answer)
    return sorted((w for w in answer.warnings if w not in said), key=lambda w: _SET_ASIDE in w)


def warnings_left(rest: Sequence[str]) -> str:
    """What warnings that are not shown are about."""
    aside = [w.partition(_SET_ASIDE)[0] for w in rest if _SET_ASIDE in w]
    said = [shorten(clean(w), 60) for w in rest if _SET_ASIDE not in w]
    return "; ".join([*said, *([f"set aside: {listed(aside, 3)}"] if aside else [])])


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
