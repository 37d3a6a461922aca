"""What changed for a patient between two releases."""

from __future__ import annotations

from msgspec.structs import replace

from api.changes import compare
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
