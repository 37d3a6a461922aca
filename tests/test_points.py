"""Points: what fired is added up, of a group the most, and rows that wait bound the sum."""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from graph.claims import GuidelineRow, Step
from rules.points import add_up

SCALE = (
    Step(low=None, high=9, level="Susceptible", code="S"),
    Step(low=10, high=29, level="Low", code="I"),
    Step(low=30, high=None, level="High", code="R"),
)


def row(id: str, points: float | None, group: str | None = None, scale: tuple[Step, ...] = ()) -> GuidelineRow:
    return GuidelineRow(
        id=id, guideline="G", kind="score", drugs=("Drug",), reason="Points", sources=(), points=points,
        points_group=group, scale=scale,
    )  # fmt: skip


BASE = row("base", 0, None, SCALE)


def test_the_sum_lies_on_the_scale_of_the_row_that_holds_it() -> None:
    for points, level, code in ((-20, "Susceptible", "S"), (10, "Low", "I"), (29, "Low", "I"), (30, "High", "R")):
        found = add_up([row("a", points), BASE])
        assert found is not None
        assert (found.total, found.level, found.code) == (points, level, code)


def test_of_a_group_the_row_with_the_most_points_counts_also_below_zero() -> None:
    found = add_up([BASE, row("a", -10, "g"), row("b", -5, "g"), row("c", 20)])
    assert found is not None
    assert (found.total, sorted(found.counted)) == (15, ["b", "base", "c"])


def test_without_a_row_that_fired_there_is_no_sum() -> None:
    assert add_up([], [row("a", 10)]) is None
    assert add_up([row("text only", None)]) is None


def test_without_a_step_that_holds_the_sum_no_level_is_told() -> None:
    found = add_up([row("a", 9.5), BASE])
    assert found is not None
    assert (found.total, found.level, found.code) == (9.5, None, None)


def test_a_waiting_row_of_a_group_counts_only_above_what_fired() -> None:
    found = add_up([BASE, row("a", 20, "g")], [row("b", 5, "g"), row("c", 30, "g"), row("d", -10)])
    assert found is not None
    assert (found.low, found.total, found.high) == (10, 20, 30)
    found = add_up([BASE, row("a", -10, "g")], [row("b", -5, "g")])
    assert found is not None
    assert (found.low, found.high) == (-10, -5)


_rows = st.lists(
    st.tuples(st.sampled_from((-15.0, -10.0, 0.1, 0.2, 5.0, 45.0)), st.sampled_from((None, "g", "h"))), max_size=6
).map(lambda drawn: [row(f"r{i}", points, group) for i, (points, group) in enumerate(drawn)])


@given(_rows, st.integers(0, 6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[GuidelineRow], cut: int, random: Random) -> None:
    fired, waiting = [BASE, *rows[:cut]], rows[cut:]
    expected = add_up(fired, waiting)
    random.shuffle(fired)
    random.shuffle(waiting)
    assert add_up(fired, waiting) == expected


@given(_rows, st.integers(0, 6))
def test_the_bounds_are_the_least_and_the_most_that_waiting_rows_can_make(rows: list[GuidelineRow], cut: int) -> None:
    fired, waiting = [BASE, *rows[:cut]], rows[cut:]
    found = add_up(fired, waiting)
    assert found is not None
    chosen = (c for n in range(len(waiting) + 1) for c in itertools.combinations(waiting, n))
    sums = {points.total for c in chosen if (points := add_up([*fired, *c])) is not None}
    assert (min(sums), max(sums)) == (found.low, found.high)
