"""From one line of a table to what a release holds: a guideline row, a statement, a class of variants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import msgspec

from graph.claims import (
    All,
    Because,
    Condition,
    Criterion,
    DiseaseScope,
    Expression,
    GuidelineRow,
    HitPolicy,
    Is,
    Level,
    Requires,
    RowKind,
    RowStatus,
    Statement,
    Step,
    Strength,
    VariantClass,
)
from ingest.guidelines import facts
from ingest.guidelines.line import Line
from ingest.rulebook import row_of
from ontologies import drugs
from rules.pharmacogenes import diplotypes

PROVENANCE = "tables"
LIMITS = ("exclude", "require", "caution")
_IfUnknown = Literal["needs_check", "caution"]
_Agnostic = Literal["any", "solid"]
_NUMBER = r"-?\d+(?:\.\d+)?"
_STEP = re.compile(rf"([^=\[\]]+?)\s*(?:\[([^\[\]]+)\])?\s*=\s*({_NUMBER})?\s*\.\.\s*({_NUMBER})?")
_HIGHEST = 1e9
_PROFILED = frozenset({"gene", "marker", "genotype"})
_FIRST = ("age_years", "line", "state", "histology", "prior_therapies")
"""Settings that come first in a row, in this order; others follow as the table has them."""


@dataclass(frozen=True, slots=True)
class Made:
    """What one line became: a class alone, or a row, with its statement where it recommends."""

    row: GuidelineRow | None = None
    statement: Statement | None = None
    klass: VariantClass | None = None


def compile_line(line: Line) -> Made | None:
    """What a line says; ``None`` where ``line.faults`` tell why not."""
    for header, column in line.columns.items():
        if not column.may_be_empty and not line.row[header]:
            line.faults.append(line.row.error("this cell must not be empty", header))
    if not line["id"] and not line.faults:
        line.faults.append(line.error("this cell must not be empty", "id"))
    if ":" in line["guideline"]:
        line.faults.append(line.error("a guideline has a name without a colon", "guideline"))
    if line.faults:
        return None
    made = _class(line) if line.column("classes") else _rule(line)
    return None if line.faults else made


# -- what a line is --------------------------------------------------------------------------------------------------


def _rule(line: Line) -> Made:
    kind: RowKind = line.choice("kind", RowKind)
    if line.faults:
        kind = (
            "caution"  # asks least of the other cells, so that nothing is told that only follows from the first fault
        )
    strength: Strength = line.choice("strength", Strength, "guideline")
    if kind == "recommend" and strength == "label":
        return _label(line)
    row = _row(line, kind, strength)
    return Made(row, _recommendation(line, row)) if kind == "recommend" else Made(row)


def _row(line: Line, kind: RowKind, strength: Strength) -> GuidelineRow:
    own = line["guideline"] or line.spec.guideline
    named = line.drugs(together=kind == "recommend")
    if kind in LIMITS and _asks_genotype(line):
        # A prodrug becomes the drug in the body, where the genotype acts on it.
        named += tuple(p for drug in named for p in drugs.prodrugs_of(drug) if p not in named)
    if kind not in LIMITS and line["because"]:
        line.faults.append(line.error("only a row that limits says why", "because"))
    if (kind == "score") != bool(line["points"]):
        problem = "a score row adds points" if kind == "score" else "only a score row adds points"
        line.faults.append(line.error(problem, "points"))
    if kind == "dose" and not line["action"]:
        line.faults.append(line.error("a dose row says what to do", "action"))
    reason = line["reason"] or line["action"] or line["text"]
    if not reason:
        line.faults.append(line.error("this cell must not be empty", "reason"))
    return GuidelineRow(
        id=f"guideline:{own}:{line['id']}",
        guideline=own,
        kind=kind,
        drugs=named,
        reason=reason,
        sources=line.listed("sources"),
        because=line.choice("because", Because, _usual_reason(kind)) if kind in LIMITS else None,
        profile=_profile(line),
        disease=_disease(line),
        settings=_settings(line),
        if_unknown=line.choice("if_unknown", _IfUnknown, "needs_check"),
        strength=strength,
        level=_level(line),
        drug_class=line["drug_class"] or None,
        title=line.spec.title or None,
        action=line["action"] or None,
        points=line.number("points"),
        points_group=line["points_group"] or None,
        scale=line.take(partial(_scale, line), ()),
        hit_policy=line.choice("hit_policy", HitPolicy, line.spec.hit_policy),
        priority=found if (found := line.whole("priority")) is not None else line.spec.priority,
        **_life(line, own),
    )


def _asks_genotype(line: Line) -> bool:
    return bool(line["gene"]) or any(c.type == "genotype" and line.row[header] for header, c in line.columns.items())


def _usual_reason(kind: RowKind) -> Because:
    return "toxicity" if kind == "caution" else "contraindicated"


def _recommendation(line: Line, row: GuidelineRow) -> Statement:
    if row.profile is None and row.disease is None and not row.settings:
        line.faults.append(line.error("a recommendation says for whom: a biomarker, a disease or a setting", "drugs"))
    return Statement(
        id=f"{row.id}/statement",
        record=row.id,
        provenance=PROVENANCE,
        kind="guideline" if row.strength == "guideline" else "evidence",
        direction="sensitive",
        therapy=row.drugs,
        profile=row.profile or All(()),
        disease=row.disease or DiseaseScope(name="any tumour", agnostic="any"),
        level=row.level or Level(scheme="guideline", value="recommended"),
        strength=row.strength,
        settings=row.settings,
        settings_stated=not line["also"],
        accepts_unknown=line.yes("accepts_unknown"),
        row=row.id,
        by_row=True,
        date=row.effective_from,
        url=row.url,
        text=row.text,
    )


def _label(line: Line) -> Made:
    """A label is a statement of an agency; its row is the one that every label has, with what the table says of it."""
    own = line["guideline"] or line.spec.guideline
    record = line["id"] if line["id"].startswith("label:") else f"label:{own}.{line['id']}"
    life = _life(line, own)
    agency = (line["agency"] or life["jurisdiction"] or "").casefold()
    disease = _disease(line)
    if not agency:
        line.faults.append(line.error("a label is an agency's", "agency"))
    if disease is None and not line.faults:
        line.faults.append(line.error("a label is for a disease, or for any or any solid tumour", "disease"))
    statement = Statement(
        id=record,
        record=record,
        provenance=PROVENANCE,
        kind="label",
        direction="sensitive",
        therapy=line.drugs(together=True),
        profile=_profile(line) or All(()),
        disease=disease or DiseaseScope(name=""),
        level=_level(line) or Level(scheme="label", value="approved"),
        strength="label",
        settings=_settings(line),
        # What no column holds is for a person to check: such a label is an option, never met in full.
        settings_stated=not line["also"],
        accepts_unknown=line.yes("accepts_unknown"),
        agency=agency,
        date=life["effective_from"],
        url=life["url"],
        text=life["text"],
    )
    row = row_of(statement)
    assert row is not None
    said = {key: value for key, value in life.items() if value is not None}
    if line["reason"]:
        said["reason"] = line["reason"]
    row = msgspec.structs.replace(row, **said)
    return Made(row, msgspec.structs.replace(statement, row=row.id, by_row=_ends(row)))


def _ends(row: GuidelineRow) -> bool:
    """Whether a row may be out of force: a label that says nothing of it is in force from its date on."""
    return row.status != "active" or any((row.version, row.effective_to, row.supersedes))


def _class(line: Line) -> Made | None:
    profile = _profile(line)
    if profile is None or not isinstance(profile, Is) or profile.criterion.type != "variant":
        if not line.faults:
            line.faults.append(line.error("a class is said of one kind of variant", "biomarker"))
        return None
    record = f"{PROVENANCE}:{line['guideline'] or line.spec.guideline}:{line['id']}"
    named = line.listed("classes")
    classes = [line.take(partial(line.one_of, "classes", name, Requires), None) for name in named]
    made = VariantClass(
        id=record,
        criterion=profile.criterion,
        classes=tuple(c for c in classes if c is not None),
        provenance=PROVENANCE,
        record=record,
        holds=line.yes("holds", default=True),
        drugs=line.drugs(together=False) if line["drugs"] else (),
        sources=line.listed("sources"),
    )
    return Made(klass=made)


# -- conditions ------------------------------------------------------------------------------------------------------


def _profile(line: Line) -> Expression | None:
    asked: list[Expression | None] = []
    if line["biomarker"]:
        column = line.column("biomarker") or "biomarker"
        asked.append(line.take(partial(facts.biomarker, line["biomarker"]), None, column))
    if line["gene"] or line["phenotype"] or line["words"]:
        asked.append(line.take(partial(_pharmacogene, line), None))
    for header, column_ in line.columns.items():
        if column_.fact and column_.type in _PROFILED and line.row[header]:
            asked.append(line.take(partial(facts.profile, column_, line.row[header]), None, header))
    parts = [part for part in asked if part is not None]
    return facts.together(parts) if parts else None


def _pharmacogene(line: Line) -> Expression:
    """A genotype by phenotype and the words of reports, with the diplotypes that have the phenotype."""
    words = (*line.listed("words"), *((line["phenotype"],) if line["phenotype"] else ()))
    if not line["gene"] or not words:
        raise line.error("a gene goes with a phenotype or words", "words" if line["gene"] else "gene")
    genotypes = tuple(dict.fromkeys((*words, *diplotypes(line["gene"], line["phenotype"]))))
    name = f"{line['gene']} {line['phenotype'] or words[0]}"
    return Is(Criterion(type="genotype", name=name, gene=line["gene"], genotypes=genotypes))


def _disease(line: Line) -> DiseaseScope | None:
    agnostic = line.choice("agnostic", _Agnostic) if line["agnostic"] else None
    ids = line.curies("disease_ids")
    if agnostic is not None and ids:
        line.faults.append(line.error("a row for any tumour names no disease", "disease_ids"))
    read = partial(facts.scope, line["disease"], ids, agnostic, line.curies("excluded_ids"))
    return line.take(read, None, line.column("disease") or "disease")


def _settings(line: Line) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for header, column in line.columns.items():
        fact = column.fact
        if fact and fact not in ("biomarker", "disease") and column.type not in _PROFILED and line.row[header]:
            found += line.take(partial(facts.conditions, column, line.row[header]), (), header)
            line.doubts += [(header, name, reason) for name, reason in facts.doubts(fact, line.row[header])]
    order = {fact: n for n, fact in enumerate(_FIRST)}
    return tuple(sorted(found, key=lambda condition: order.get(condition.fact, len(order))))


# -- fields ----------------------------------------------------------------------------------------------------------


def _life(line: Line, own: str) -> dict[str, Any]:
    """What a row says of itself: whose it is, since when, who wrote and reviewed it, and where it is written."""
    spec, replaced = line.spec, line["supersedes"]
    if replaced and not replaced.startswith("guideline:"):
        replaced = f"guideline:{own}:{replaced}"
    return {
        "version": line["version"] or spec.version,
        "publisher": line["publisher"] or spec.publisher,
        "jurisdiction": line["jurisdiction"] or spec.jurisdiction,
        "effective_from": line.date("effective_from") or spec.effective_from,
        "effective_to": line.date("effective_to") or spec.effective_to,
        "supersedes": replaced or None,
        "status": line.choice("status", RowStatus, "active"),
        "curator": line["curator"] or None,
        "reviewer": line["reviewer"] or None,
        "reviewed_on": line.date("reviewed_on"),
        "url": line["url"] or spec.url,
        "locator": line["locator"] or None,
        "text": line["text"] or None,
    }


def _level(line: Line) -> Level | None:
    if not line["level"]:
        return None
    scheme = line["evidence_scheme"] or line["publisher"] or line.spec.publisher
    return Level(scheme=scheme or line["guideline"] or line.spec.guideline, value=line["level"])


def _scale(line: Line) -> tuple[Step, ...]:
    """``Susceptible [S]=..9|Low-level resistance [I]=10..29``: both ends are in, an empty one is open."""
    steps: list[Step] = []
    for text in line.listed("scale"):
        match = _STEP.fullmatch(text)
        if match is None:
            raise line.error("a level is written Susceptible [S]=..9", "scale", value=text)
        low, high = (float(end) if end else None for end in (match[3], match[4]))
        if any(end is not None and abs(end) > _HIGHEST for end in (low, high)):
            raise line.error("no points are that many", "scale", value=text)
        if low is not None and high is not None and low > high:
            raise line.error("the interval is empty", "scale", value=text)
        steps.append(Step(low=low, high=high, level=match[1].strip(), code=match[2]))
    return tuple(steps)
