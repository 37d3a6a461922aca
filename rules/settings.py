"""Setting conditions of a row: age, sex, stage, disease state, line, prior therapy, and facts of an institution's own.

What is stated and cannot be compared with what a row asks counts as not known (``rules.stated``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import msgspec

from graph.claims import OWN, Condition
from graph.errors import nearest, shorten
from graph.patient import Context, PriorTherapy, Profile, Quantity
from rules.cells import Cell, Fact, Listed, compile_cell, parse
from rules.kleene import Truth
from rules.stated import Value, is_number, says_unknown, usable
from rules.states import COURSE, EXTENT, WORDS

_HISTOLOGIES = (
    ("squamous cell carcinoma", re.compile(r"(?<!adeno)(?<!non-)(?<!non )\bsquamous\b", re.IGNORECASE)),
    ("adenocarcinoma", re.compile(r"adenocarcinoma", re.IGNORECASE)),
    ("large cell carcinoma", re.compile(r"\blarge cell carcinoma", re.IGNORECASE)),
)
_LATER_LINES = (2.0, 3.0, 4.0, 5.0)
_LONGEST_NAME = 60
"""No fact is called by more characters."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What a row's setting conditions came to: the first that fails, what is not known, and why in words."""

    failed: str | None
    """``age`` or ``setting``."""
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    accepted: tuple[str, ...] = ()
    """What is not known and the row says that it need not be, in words: it then gives at most an option."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A patient's context, ready to be asked."""

    facts: Mapping[str, Value]
    states: frozenset[str]
    ruled_out: frozenset[str]
    """States that are said not to be: ``non-metastatic``."""
    treated: bool
    asked: dict[int, tuple[tuple[Condition, ...], Asked]] = field(default_factory=dict)
    """What ``ask`` has found, by identity of the conditions; rows ask the same few things (graph.serve)."""


def gather(
    profile: Profile,
    names_of: Callable[[str], Iterable[str]],
    diseases: Iterable[str] = (),
    is_known: Callable[[str], bool] = lambda drug: True,
) -> Setting:
    """``names_of`` gives the ingredient and the classes of a drug name, ``is_known`` whether it is one.

    ``diseases`` are names of the diagnosis and its ancestors, which may tell the histology.

    A list of prior therapies with a name that is not known is never complete: it may be any drug.
    """
    context, disease = profile.context, profile.disease
    prior: Fact = None
    given = [entry for entry in context.prior_therapies or () if not says_unknown(_therapy(entry))]
    prior_complete = context.prior_therapies_complete and len(given) == len(context.prior_therapies or ())
    if context.prior_therapies is not None:
        items: set[str] = set()
        understood = True
        for entry in given:
            for drug in drugs_of(entry):
                items |= {drug, *names_of(drug)}
                understood = understood and is_known(drug)
        prior = Listed(frozenset(items), prior_complete and understood)
    treated = bool(given)
    states, ruled_out = _states(disease.state or "")
    # "Metastatic melanoma": the extent is part of how the diagnosis is written, not of the disease.
    written, not_written = _states(disease.name or "")
    states, ruled_out = (states | written) - not_written - ruled_out, (ruled_out | not_written) - states - written
    stage = stage_group(disease.stage) if disease.stage else None
    if stage and stage.startswith("IV"):
        states |= {"metastatic", "advanced"}
    if context.line is not None and context.line > 1:
        states |= {"previously treated"}
    facts: dict[str, Value] = {
        "age_years": context.age_years,
        "sex": context.sex,
        "stage": stage,
        "line": 1 if context.line is None and prior is not None and not treated and prior_complete else context.line,
        "histology": _histology(diseases),
        "prior_therapies": prior,
        "population": context.population,
        **{f"{OWN}{name}": value for name, value in context.facts.items()},
    }
    return Setting(facts, frozenset(states), frozenset(ruled_out), treated)


def signature(fact: str, setting: Setting) -> Hashable:
    """All that the answer to any condition on a fact depends on: patients who share it get the same answers."""
    if fact == "state":
        return setting.states, setting.ruled_out
    value = setting.facts.get(fact)
    if fact == "line":
        return value, setting.treated
    # True equals 1, and is another answer.
    return (bool, value) if isinstance(value, bool) else cast(Hashable, value)


def stated(fact: str, setting: Setting) -> str:
    """What is known of a fact, for people."""
    if fact == "state":
        denied = [f"not {s}" for s in sorted(setting.ruled_out)]
        return ", ".join((*sorted(setting.states), *denied)) or "not known"
    value = setting.facts.get(fact)
    if isinstance(value, Listed):
        listed = ", ".join(sorted(value.items)) or "none"
        return listed if value.complete else f"{listed}; others not known"
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Quantity):
        return f"{value.value:g} {shorten(value.unit, 40)}"
    return f"{value:g}" if isinstance(value, float | int) else shorten(value)


_DOSE = re.compile(r"\s*\b(?:\d[\d.,]*\s*(?:mg|g|mcg|µg|ug|ml|iu|auc)\b|auc\s*\d).*", re.IGNORECASE)


def drugs_of(entry: str | PriorTherapy) -> list[str]:
    """The drugs that one entry of the prior therapies names, doses off.

    >>> drugs_of("Alectinib 600 mg BID; Lorlatinib"), drugs_of("carboplatin with pemetrexed")
    (['Alectinib', 'Lorlatinib'], ['carboplatin', 'pemetrexed'])
    """
    parts = re.split(r"\s*(?:\+|;|,|/(?!m)| and | with | then )\s*", _therapy(entry))
    return [drug for part in parts if (drug := _DOSE.sub("", part).strip())]


def _therapy(entry: str | PriorTherapy) -> str:
    return entry.therapy if isinstance(entry, PriorTherapy) else entry


def stage_group(text: str) -> str:
    """A stage as rows write it: Roman, with A, B or C; finer substages are left off.

    >>> stage_group("stage 4"), stage_group("IIIC1"), stage_group("iva"), stage_group("intermediate")
    ('IV', 'IIIC', 'IVA', 'intermediate')
    """
    match = re.fullmatch(
        r"(?:stage\s*)?(0|IV|I{1,3}|[1-4])\s*([A-C])?[DE]?(?:\d{1,2}|mi)?", text.strip(), re.IGNORECASE
    )
    if match is None:
        return text.strip()
    number = {"1": "I", "2": "II", "3": "III", "4": "IV"}.get(match[1], match[1].upper())
    return number + (match[2] or "").upper()


_NEGATED = re.compile(r"\b(?:non|not|no|without|never|neither|nor)\b|\bruled out\b")
_HEDGED = re.compile(r"\b(?:risk|suspected|suspicion|possible|possibly|probable|history|prevent\w*|rule out|yet)\b|\?")


def _states(text: str) -> tuple[set[str], set[str]]:
    """What is said of the disease's state, and what is said not to be.

    A clause ends at a comma or semicolon. One with a negation speaks of what is not; what stands behind an "and" in it
    may be meant either way, and of a hedged clause nothing is taken.
    """
    said: set[str] = set()
    ruled_out: set[str] = set()
    for clause in re.split(r"[,;]", text.casefold()):
        if says_unknown(clause):
            continue
        if _HEDGED.search(clause) and "not yet" not in clause:
            continue
        if _NEGATED.search(clause):
            denied = [part for part in re.split(r" (?:and|but) ", clause) if _NEGATED.search(part)]
            ruled_out.update(*map(_known_words, denied))
        else:
            said |= {part.strip() for part in re.split(r"/| and ", clause) if part.strip()} | _known_words(clause)
    return said - ruled_out, ruled_out - said


def _known_words(folded: str) -> set[str]:
    return {w for pair in (EXTENT, COURSE) for side in pair for w in side if re.search(rf"\b{w}\b", folded)}


def in_words(condition: Condition) -> str:
    """A condition for people.

    >>> in_words(Condition(fact="state", cell="!early|localized|adjuvant"))
    'disease state not early, localized …'
    >>> in_words(Condition(fact="prior_therapies", cell="present:EGFR TKI|Erlotinib"))
    'prior therapy: EGFR TKI'
    >>> in_words(Condition(fact="facts.creatinine_clearance", cell="[30..60)", unit="mL/min"))
    'creatinine clearance 30 to below 60 mL/min'
    """
    fact, cell = name_of(condition.fact), condition.cell.strip()
    word, colon, listed = cell.partition(":")
    if colon and word in ("present", "absent"):
        return f"{fact}: {'none of ' if word == 'absent' else ''}{listed.split('|')[0].strip()}"
    if cell.startswith("!"):
        ruled_out = [part.strip() for part in cell[1:].split("|")]
        return f"{fact} not {', '.join(ruled_out[:2])}{' …' if len(ruled_out) > 2 else ''}"
    unit = f" {condition.unit}" if condition.unit and cell not in ("known", "unknown") else ""
    if cell.startswith(("[", "(")):
        return f"{fact} {_interval_in_words(parse(cell))}{unit}"
    return f"{fact} {cell.replace('|', ' or ')}{unit}"


def _interval_in_words(cell: Cell) -> str:
    low, high = cell.low, cell.high
    above = "" if low is None else f"{low.value:g}" if low.included else f"above {low.value:g}"
    below = "" if high is None else f"{high.value:g}" if high.included else f"below {high.value:g}"
    if high is None:
        return f"at least {above}" if low and low.included else above
    if low is None:
        return f"at most {below}" if high.included else below
    return f"{above} to {below}"


def name_of(fact: str) -> str:
    """What a fact is called in sentences: ``creatinine clearance`` for ``facts.creatinine_clearance``."""
    return _FACTS.get(fact) or fact.removeprefix(OWN).replace("_", " ")


_FACTS = {"age_years": "age", "prior_therapies": "prior therapy", "state": "disease state"}


def ask(conditions: tuple[Condition, ...], setting: Setting) -> Asked:
    """All conditions of one row against the patient's context."""
    known = setting.asked.get(id(conditions))
    if known is None:
        known = setting.asked[id(conditions)] = conditions, _ask(conditions, setting)
    return known[1]


def _ask(conditions: tuple[Condition, ...], setting: Setting) -> Asked:
    failed: str | None = None
    missing: list[str] = []
    notes: list[str] = []
    accepted: list[str] = []
    for condition in conditions:
        held = holds(condition, setting)
        if held and parse(condition.cell).form == "unknown":
            accepted.append(name_of(condition.fact))
        if held is False:
            failed = failed or ("age" if condition.fact == "age_years" else "setting")
            fact = setting.facts.get(condition.fact)
            numeric = isinstance(fact, Quantity) or is_number(fact)
            told = f"; the patient's is {stated(condition.fact, setting)}" if numeric else ""
            notes.append(f"it asks for {in_words(condition)}{told}")
        elif held is None:
            missing.append(in_words(condition))
    return Asked(failed, tuple(missing), tuple(notes), tuple(accepted))


def holds(condition: Condition, setting: Setting) -> Truth:
    """One condition against the patient's context."""
    test = compile_cell(condition.cell)
    form = parse(condition.cell).form
    if condition.fact == "state" and form not in ("known", "unknown", "any"):
        return _state(condition.cell, setting)
    if condition.fact == "state":
        return form == "any" or bool(setting.states & WORDS or setting.ruled_out) == (form == "known")
    value, _ = usable(condition, setting.facts.get(condition.fact))
    if condition.fact == "stage" and form in ("one_of", "none_of"):
        return _stage(parse(condition.cell), value)
    if (
        condition.fact == "line"
        and form not in ("known", "unknown")
        and setting.facts["line"] is None
        and setting.treated
    ):
        # Treated before, but how often is not said: only what holds for every later line is known.
        answers = {test(line) for line in _LATER_LINES}
        return answers.pop() if len(answers) == 1 else None
    return test(value)


def unusable(conditions: Iterable[Condition], setting: Setting) -> Iterator[str]:
    """What is stated of a fact and cannot be compared with what rows ask, and why: a unit that is missing or does not
    fit, text where a number is compared, a word that is none of the declared values or says that nothing is known."""
    for condition in conditions:
        _, why = usable(condition, setting.facts.get(condition.fact))
        if why is not None:
            yield f"{name_of(condition.fact)} {stated(condition.fact, setting)} counts as not known: {why}"


def unasked(context: Context, known: Collection[str]) -> Iterator[str]:
    """What to warn of in ``context.facts``: names that no row asks for, which may be slips.

    Args:
        known: the facts that rows of the release ask for, by name (``graph.serve.Serve.facts``).
    """
    for name in context.facts:
        if name not in known:
            # Looking for what is like a name takes time with its length.
            close = nearest(name.replace(" ", "_"), known) if len(name) < _LONGEST_NAME else ()
            hint = f" (did you mean {close[0]}?)" if close else ""
            yield f"no row asks for the fact {shorten(name, _LONGEST_NAME)!r}{hint}"


def _stage(cell: Cell, stated: Value) -> Truth:
    """A stage holds for its parts: ``III`` for IIIB. Whether III is the IIIB that a row asks for is not known."""
    if not isinstance(stated, str):
        return None
    asked = {stage_group(choice).casefold() for choice in cell.choices}
    mine = stated.casefold()
    if mine in asked or mine.rstrip("abc") in asked:
        return cell.form == "one_of"
    if any(choice.rstrip("abc") == mine for choice in asked):
        return None
    return cell.form == "none_of"


def _state(cell: str, setting: Setting) -> Truth:
    """Several states may hold at once: another one than asked for fails only where the two exclude each other."""
    negated = cell.startswith("!")
    asked = {s.strip().casefold() for s in cell.removeprefix("!").split("|")}
    if asked & setting.states:
        return not negated
    if asked <= setting.ruled_out:
        return negated
    if negated:
        # "Not early": known when the extent is stated to be another; the course alone does not tell.
        pair = EXTENT if asked & (EXTENT[0] | EXTENT[1]) else COURSE
        return True if any(_excluded(a, setting.states, (pair,)) for a in asked) else None
    both = (EXTENT, COURSE)
    return False if setting.states and all(_excluded(a, setting.states, both) for a in asked) else None


def _excluded(asked: str, states: frozenset[str], pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> bool:
    return any((asked in a and states & b) or (asked in b and states & a) for a, b in pairs)


def _histology(names: Iterable[str]) -> str | None:
    """What the name of the diagnosis says of its cells, the first that any name tells."""
    listed = list(names)
    return next((word for word, pattern in _HISTOLOGIES if any(map(pattern.search, listed))), None)
