"""From a verdict to the option that is shown: sources, paths, rules, what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from api.explain import Explainer
from api.guidance import asks, grade
from embeddings.scores import score
from graph.answer import Against, Caution, Guidance, Option, OptionRule, OptionStatement, Outcome
from graph.claims import Condition, GuidelineRow, phrase
from graph.paths import guides
from rules.judge import Verdict
from rules.rulebook import Stands
from rules.weigh import Ruled, Weighed

_OUTCOMES: tuple[Outcome, ...] = ("fired", "undecided", "failed")


class Presenter:
    """Writes options of one release; the fixed part of each path is worked out once."""

    def __init__(self, disease_name: Callable[[str], str | None], row: Callable[[str], GuidelineRow]) -> None:
        self._explainer = Explainer(disease_name, row)
        # By identity: profiles are objects of the release (graph.serve), which stays open.
        self._phrases: dict[int, str] = {}

    def option(
        self, verdict: Verdict, beside: Sequence[Weighed], stands: Stands, guidance: Iterable[Guidance] = ()
    ) -> Option:
        """The option as the contract has it.

        ``beside`` are fired rows on the same ingredients that change no status: toxicity, reduced sensitivity, and what
        a source does not support. They are listed with the statements; toxicity and what is about this disease are
        cautions too. ``guidance`` is all of the answer's; a caution points to what it asks on the option's drugs.
        """
        if any(guides(r.row) for r in verdict.cleared):
            # That a genotype is another one than a row asks for says nothing: guidance tells what holds for it.
            verdict = replace(verdict, cleared=tuple(r for r in verdict.cleared if not guides(r.row)))
        deciding = verdict.deciding
        best = deciding[0]
        agencies = tuple(
            sorted({w.statement.agency for w in deciding if w.statement.agency and w.fired and not w.foreign})
        )
        scored = (_scored(w, len(agencies)) for w in deciding if w.tier == best.tier)
        value, terms = max(scored, key=lambda pair: pair[0])
        stating = [w for w in verdict.rows if w.fired] or list(deciding)
        return Option(
            therapy=verdict.therapy,
            direction=verdict.direction,
            status=verdict.status,
            excluded_by=verdict.excluded_by,
            tier=verdict.tier,
            level=best.statement.level,
            on_tumour_type=best.fit.on,
            match=best.reading.rung,
            jurisdictions=agencies,
            score=round(value, 6),
            contributions=dict(terms),
            sources=_once(w.statement.record for w in stating),
            sequential=any(w.statement.sequential for w in deciding),
            statements=(
                *(self._statement(w, w.notes) for w in verdict.rows),
                *(self._statement(w, (_said(w), *w.notes)) for w in beside),
            ),
            paths=self._explainer.paths(verdict),
            rules=tuple(
                sorted(
                    (
                        *(_limit(r, stands) for r in (*verdict.limits, *verdict.defeated, *verdict.cleared)),
                        *(_condition(w) for w in verdict.rows if _limits_itself(w)),
                        *_recommends(deciding, stands),
                    ),
                    key=lambda rule: _OUTCOMES.index(rule.outcome),
                )
            ),
            against=_against(verdict),
            cautions=(
                *_cautions(verdict),
                *(
                    Caution(id=w.statement.id, reason=_said(w), sources=(w.statement.record,))
                    for w in beside
                    if w.fit.inside or w.statement.direction == "adverse"
                ),
                *(_doses(verdict.therapy, guidance) if verdict.direction == "sensitive" else ()),
            ),
            defeated_by=verdict.answered,
            missing=verdict.missing,
            warnings=_once(
                f"{w.statement.record}: read from the indication text: {', '.join(w.statement.derived_from_text)}"
                for w in deciding[:1]
                if w.statement.derived_from_text
            ),
        )

    def _statement(self, w: Weighed, notes: tuple[str, ...]) -> OptionStatement:
        s = w.statement
        return OptionStatement(
            id=s.id,
            provenance=s.provenance,
            agency=s.agency,
            disease=s.disease.name,
            profile=self._words(w),
            setting=_settings(s.settings),
            dates=(s.date,) if s.date else (),
            level=s.level,
            strength=s.strength,
            outcome=w.outcome,
            on_tumour_type=w.fit.on,
            missing=w.missing,
            notes=notes,
            url=s.url,
        )

    def _words(self, w: Weighed) -> str:
        key = id(w.statement.profile)
        if key not in self._phrases:
            self._phrases[key] = phrase(w.statement.profile)
        return self._phrases[key]


def _scored(w: Weighed, agencies: int) -> tuple[float, Mapping[str, float]]:
    return score(
        strength=w.statement.strength,
        match=w.reading.rung,
        findings=len(w.reading.findings),
        tumour=w.fit.on,
        agencies=agencies,
        date=w.statement.date,
    )


@lru_cache(maxsize=4096)
def _settings(conditions: tuple[Condition, ...]) -> tuple[str, ...]:
    return tuple(f"{c.fact} {c.cell}" for c in conditions)


def _limits_itself(w: Weighed) -> bool:
    """A row whose own conditions are worth a line: it failed, waits, or counts for less than it says."""
    return w.outcome != "fired" or w.capped


def _condition(w: Weighed) -> OptionRule:
    kind = f"{w.statement.agency} label" if w.statement.agency else w.statement.kind
    return OptionRule(
        id=w.statement.id, kind=kind, outcome=w.outcome, reason=f"{kind}: {w.reason}", sources=(w.statement.record,)
    )


def _limit(r: Ruled, stands: Stands) -> OptionRule:
    reason = f"{r.row.reason} ({r.why})" if r.why else r.row.reason
    return OptionRule(
        id=r.row.id, kind=r.row.kind, outcome=r.outcome, reason=reason, sources=r.row.sources or (r.row.id,),
        cells=stands.cells_of(r.row.id), defeated_by=r.defeated_by,
    )  # fmt: skip


def _recommends(deciding: Iterable[Weighed], stands: Stands) -> Iterable[OptionRule]:
    """The guideline rows behind deciding statements; labels are told as statements."""
    for w in deciding:
        row = w.statement.row
        if row is not None and row in stands.book.at and w.fired:
            yield OptionRule(
                id=row, kind="recommend", outcome=w.outcome, reason=w.reason, sources=(w.statement.record,),
                cells=stands.cells_of(row),
            )  # fmt: skip


def _against(verdict: Verdict) -> tuple[Against, ...]:
    return tuple(
        Against(id=o.id, kind=f"{o.kind} ({o.force})", reason=o.why, sources=o.sources, strength=o.strength)
        for o in verdict.objections
    )


def _cautions(verdict: Verdict) -> Iterable[Caution]:
    if verdict.status in ("recommended", "option"):
        for w in verdict.rows:
            if w.failed_by == "age" and w.fit.inside:
                # Other rows may carry the option, but a label of this disease draws a line that the patient is beyond.
                yield Caution(id=w.statement.id, reason=_condition(w).reason, sources=(w.statement.record,))
    for r in verdict.cautions:
        words = r.row.reason
        if r.outcome == "undecided":
            words = f"{words} ({r.why or 'not known: ' + ', '.join(r.missing)})"
        if r.foreign:
            words = f"{words} (a rule of {r.row.jurisdiction})"
        missing = r.missing if r.outcome == "undecided" else ()
        waits = missing and r.row.because == "resistance" and r.row.profile
        yield Caution(
            id=r.row.id, reason=words, sources=r.row.sources or (r.row.id,), missing=missing,
            condition=phrase(r.row.profile) if waits and r.row.profile else "",
        )  # fmt: skip


def _doses(therapy: tuple[str, ...], guidance: Iterable[Guidance]) -> Iterable[Caution]:
    """A pointer to each guideline that asks for another dose of a drug of the therapy."""
    for g in guidance:
        row = next((r for r in g.rows if r.kind == "dose" and asks(r)), None)
        if row is not None and g.drug in therapy:
            by = ", ".join(dict.fromkeys((g.publisher or g.title, *grade(row))))
            yield Caution(id=row.id, reason=f"{by}: see guidance on {g.drug}", sources=row.sources or (row.id,))


def _said(w: Weighed) -> str:
    """What a row beside the option says, as one sentence."""
    s = w.statement
    names, level = " + ".join(s.therapy), f"{s.level.scheme} {s.level.value}"
    said = {
        "adverse": f"adverse response to {names}",
        "reduced": f"reduced sensitivity to {names}",
        "sensitive": f"sensitivity to {names}",
        "resistant": f"resistance to {names}",
        "no_benefit": f"no benefit of {names}",
    }[s.direction]
    verb = "reports" if s.supports else "does not support"
    return f"{level} {verb} {said} with {w.reading.words} in {s.disease.name}"


def _once(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
