"""What changed for a patient between two releases."""

from __future__ import annotations

from msgspec.structs import replace

from api.changes import compare
from api.render import html
from api.render.lines import plain
from api.render.text import render
from graph.answer import Guidance, GuidanceRow, OptionRule, Outcome, Recommendation
from tests import answers


def test_the_same_answer_has_no_changes() -> None:
    changes = compare(answers.melanoma(), answers.melanoma())
    assert changes.options == ()
    assert changes.unchanged == len(answers.melanoma().options)


def test_options_that_came_went_or_changed_status_are_told_with_the_reason() -> None:
    before, after = answers.mastocytosis(), answers.mastocytosis()
    lost = replace(before.options[0], therapy=("Midostaurin",))
    was = replace(before.options[1], status="option", excluded_by=None, rules=())
    changes = compare(replace(before, options=(lost, was)), after)
    told = [(c.therapy[0], c.before, c.after) for c in changes.options]
    assert told == [
        ("Avapritinib", None, "recommended"), ("Imatinib", "option", "excluded"), ("Midostaurin", "recommended", None),
    ]  # fmt: skip
    assert changes.options[1].because.startswith("The KIT D816V kinase does not bind imatinib")


def test_another_rank_or_score_is_no_change() -> None:
    after = answers.melanoma()
    moved = tuple(replace(o, score=o.score / 2) for o in reversed(after.options))
    assert compare(replace(after, options=moved), after).options == ()


def test_another_tier_is_one() -> None:
    after = answers.mastocytosis()
    before = replace(after, options=(replace(after.options[0], tier="clinical"), after.options[1]))
    (change,) = compare(before, after).options
    assert (change.tier_before, change.tier_after) == ("clinical", "label")


def test_guidance_is_compared_by_points_level_and_what_fired_rows_say() -> None:
    answer = answers.melanoma()
    before = replace(
        answer, guidance=(guidance(15.0, "Potential Low", ("half the dose",)), guidance(0.0, "S", (), "X"))
    )
    after = replace(answer, guidance=(guidance(45.0, "Intermediate", ("no dose",)), guidance(0.0, "S", (), "X")))
    (change,) = compare(before, after).guidance
    assert (change.score_before, change.score_after) == (15.0, 45.0)
    assert (change.level_before, change.level_after) == ("Potential Low", "Intermediate")
    assert (change.rows_before, change.rows_after) == (("half the dose",), ("no dose",))
    (gone,) = compare(before, replace(answer, guidance=before.guidance[1:])).guidance
    assert (gone.rows_before, gone.rows_after, gone.score_after) == (("half the dose",), (), None)


def test_rules_that_came_went_or_stand_otherwise_are_told_and_those_that_fail_are_not() -> None:
    answer = answers.melanoma()
    before = with_rules(
        answer, rule("r:1", "fired"), rule("r:2", "undecided"), rule("r:4", "failed"), rule("r:5", "fired")
    )
    after = with_rules(answer, rule("r:2", "fired"), rule("r:3", "fired"), rule("r:5", "fired", "Another reason."))
    told = [(r.id, r.change, r.before, r.after, r.reason) for r in compare(before, after).rules]
    assert told == [
        ("r:1", "removed", "fired", None, "As it was."),
        ("r:2", "changed", "undecided", "fired", "As it was."),
        ("r:3", "added", None, "fired", "As it was."),
        ("r:5", "changed", "fired", "fired", "Another reason."),
    ]


def test_the_faces_tell_guidance_and_rules_that_changed() -> None:
    text = plain(render(answers.changed(), width=100, height=80))
    assert "Abacavir, HIVDB  15 points (Potential Low) -> 45 points (Intermediate)" in text
    assert "rule changed, undecided, now fired: Our board gives no ipilimumab here." in " ".join(text.split())
    page = html.page([answers.changed()]).decode()
    assert "45 points (Intermediate)" in page
    assert "undecided, now fired" in page


def rule(id: str, outcome: Outcome, reason: str = "As it was.") -> OptionRule:
    return OptionRule(id=id, kind="exclude", outcome=outcome, reason=reason, sources=())


def with_rules(answer: Recommendation, *rules: OptionRule) -> Recommendation:
    return replace(answer, options=(replace(answer.options[0], rules=rules),))


def guidance(score: float, level: str, says: tuple[str, ...], drug: str = "Abacavir") -> Guidance:
    rows = tuple(
        GuidanceRow(
            id=f"guideline:g:{i}", kind="dose", outcome="fired", reason="", action=action, text=None, level=None,
            points=None, counted=False, defeated_by=None, missing=(), sources=(), cells=(),
        )
        for i, action in enumerate(says)
    )  # fmt: skip
    return Guidance(
        drug=drug, guideline="HIVDB", title="HIVDB", publisher=None, version=None, hit_policy="SUM", score=score,
        score_level=level, score_code=None, conflict=False, rows=rows, waiting=0, missing=(),
    )  # fmt: skip
