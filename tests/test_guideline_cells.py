"""A cell says one thing: what it holds for, what it fails for, and what is not known, in three-valued logic."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.claims import Condition
from graph.errors import DataError
from graph.patient import Context, Disease, Profile, Quantity
from rules.cells import Listed, compile_cell, parse
from rules.settings import ask, gather, holds, in_words, signature, unasked, unusable
from rules.units import convert, known, unit

# -- the grammar -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "fact", "truth"),
    [
        ("", None, True),
        ("  ", "x", True),
        ("a|b", "B", True),
        ("a | b", "c", False),
        ("a|b", None, None),
        ("!a", "a", False),
        ("!a|b", "c", True),
        ("! a|b", None, None),
        ("2", 2, True),
        ("2", 2.0, True),
        ("2|3", 4.0, False),
        ("0.5", 0.5, True),
        (">=2", 2, True),
        (">2", 2, False),
        ("<1", 0.5, True),
        ("<= 1", 1, True),
        ("=3", 3.0, True),
        (">=-1", -1, True),
        (">=2", None, None),
        ("[30..60)", 30, True),
        ("[30..60)", 60, False),
        ("(30..60]", 30, False),
        ("(30..60]", 60, True),
        ("[..60)", -5, True),
        ("(30..)", 31, True),
        ("[5..5]", 5, True),
        ("known", None, False),
        ("known", "x", True),
        ("unknown", None, True),
        ("unknown", 0, False),
        ("yes", True, True),
        ("true", False, False),
        ("!yes", False, True),
        ("present:A|B", Listed(["b"], False), True),
        ("present: A", Listed(["c"], False), None),
        ("present:A", Listed(["c"], True), False),
        ("absent:A|B", Listed(["b"], False), False),
        ("absent:A", Listed(["c"], False), None),
        ("absent:A", Listed([], True), True),
        ("absent:A", None, None),
    ],
)
def test_what_a_cell_holds_for(cell: str, fact: object, truth: bool | None) -> None:
    assert compile_cell(cell)(fact) is truth


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("[60..30]", "the interval is empty"),
        ("(5..5)", "the interval is empty"),
        ("[5..5)", "the interval is empty"),
        ("[..]", "an interval without ends holds for every number: write known"),
        ("(..)", "an interval without ends"),
        (">=" + "9" * 400, "the number in this cell is too large"),
        ("[0.." + "9" * 400 + "]", "the number in this cell is too large"),
        (">=nan", "not in the grammar"),
        (">=inf", "not in the grammar"),
        (">=1e5", "not in the grammar"),
        (">= old", "not in the grammar"),
        (">=1,5", "not in the grammar"),
        ("[30-60]", "not in the grammar"),
        ("30..60", "not in the grammar"),
        ("a|", "an alternative in this cell is empty"),
        ("|", "an alternative in this cell is empty"),
        ("!", "an alternative in this cell is empty"),
        ("present:", "an alternative in this cell is empty"),
        ("!!a", "not in the grammar"),
        ("!>=2", "not in the grammar"),
        ("presnt:A", "(did you mean present:?)"),
        ("absend:A", "(did you mean absent:?)"),
        ("NaN", "this is no value"),
        ("a|null", "this is no value"),
        ("#REF!", "this"),
        ("is_a DOID:162", "is_a is for diseases alone"),
        ("!is_a DOID:162", "is_a is for diseases alone"),
        ("__import__('os')", "not in the grammar"),
        ("{0.__class__}", "not in the grammar"),
    ],
)
def test_what_is_outside_the_grammar_is_an_error_that_shows_the_cell(cell: str, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        compile_cell(cell)
    assert problem in str(caught.value)
    assert caught.value.value == cell


# An oracle that shares nothing with the grammar: cells are made from what they mean, and asked of numbers and words.

_NUMBERS = st.integers(-20, 20).map(float) | st.sampled_from([0.5, -0.5, 2.25])
_WORDS = st.sampled_from(["alpha", "beta", "gamma", "III", "known to some"])


def _written(number: float) -> str:
    return f"{number:g}"


@given(low=_NUMBERS | st.none(), high=_NUMBERS | st.none(), open_low=st.booleans(), open_high=st.booleans(),
       value=_NUMBERS | st.none())  # fmt: skip
def test_intervals_agree_with_arithmetic(
    low: float | None, high: float | None, open_low: bool, open_high: bool, value: float | None
) -> None:
    cell = f"{'(' if open_low else '['}{'' if low is None else _written(low)}..{'' if high is None else _written(high)}"
    cell += ")" if open_high else "]"
    inside = [
        x / 8
        for x in range(-200, 201)
        if (low is None or (x / 8 > low if open_low else x / 8 >= low))
        and (high is None or (x / 8 < high if open_high else x / 8 <= high))
    ]
    if not inside or (low is None and high is None):
        with pytest.raises(DataError):
            compile_cell(cell)
        return
    expected = None if value is None else value in inside
    assert compile_cell(cell)(value) is expected


@given(choices=st.lists(_WORDS, min_size=1, max_size=3), negated=st.booleans(), value=_WORDS | st.none())
def test_alternatives_agree_with_a_set(choices: list[str], negated: bool, value: str | None) -> None:
    cell = ("!" if negated else "") + " | ".join(word.upper() for word in choices)
    expected = None if value is None else (value in choices) is not negated
    assert compile_cell(cell)(value) is expected


@given(choices=st.lists(_WORDS, min_size=1, max_size=3), present=st.booleans(),
       items=st.lists(_WORDS, max_size=3), complete=st.booleans())  # fmt: skip
def test_lists_agree_with_a_set(choices: list[str], present: bool, items: list[str], complete: bool) -> None:
    cell = f"{'present' if present else 'absent'}:{'|'.join(choices)}"
    if set(choices) & set(items):
        expected: bool | None = present
    else:
        expected = (not present) if complete else None
    assert compile_cell(cell)(Listed(items, complete)) is expected


@given(text=st.text(max_size=30))
def test_any_text_is_a_cell_or_an_error_and_never_something_else(text: str) -> None:
    try:
        cell = parse(text)
    except DataError:
        return
    assert cell.form == "range" or compile_cell(text)("x") in (True, False, None)


# -- units -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "given_in", "wanted", "result"),
    [
        (1, "g/dL", "g/L", 10),
        (90, "ml/min", "mL/min", 90),
        (1, "mL/s", "mL/min", 60),
        (150, "10*3/uL", "/uL", 150_000),
        (0.2, "10*9/L", "cells/mm3", 200),
        (24, "mo", "a", 2),
        (2, "wk", "d", 14),
        (1.5, "mmol/L", "umol/L", 1500),
        (1, "ukat/L", "U/L", 60),
        (50, "%", "1", 0.5),
        (1000, "ng/mL", "ug/mL", 1),
    ],
)
def test_units_of_one_dimension_are_converted(value: float, given_in: str, wanted: str, result: float) -> None:
    assert convert(value, given_in, wanted) == pytest.approx(result, rel=1e-12)


@pytest.mark.parametrize(
    ("given_in", "wanted", "problem"),
    [
        ("mg/dL", "umol/L", "neither follows from the other"),
        ("mL/min", "mL/min/1.73m2", "neither follows from the other"),
        ("U/L", "[IU]/L", "neither follows from the other"),
        ("kg", "m2", "neither follows from the other"),
        ("mg/dk", "mg/dL", "this unit is not known"),
        ("__import__('os')", "mg/dL", "this unit is not known"),
        ("mL*mL", "mL", "this unit is not known"),
    ],
)
def test_other_units_are_refused_and_never_assumed(given_in: str, wanted: str, problem: str) -> None:
    with pytest.raises(DataError, match=re.escape(problem)):
        convert(1, given_in, wanted)


@given(value=st.floats(1e-3, 1e6), one=st.sampled_from(known()), other=st.sampled_from(known()))
def test_there_and_back_again_is_the_same_amount(value: float, one: str, other: str) -> None:
    if unit(one).dimension == unit(other).dimension:
        assert convert(convert(value, one, other), other, one) == pytest.approx(value, rel=1e-12)


# -- facts of a patient ----------------------------------------------------------------------------------------------


def _asked(
    cell: str, *, fact: str = "facts.x", unit: str | None = None, among: tuple[str, ...] = (),
    stage: str | None = None, state: str | None = None, **context: object,
) -> tuple[bool | None, list[str]]:  # fmt: skip
    profile = Profile(
        id="P", disease=Disease(name="Melanoma", stage=stage, state=state), biomarkers=(),
        context=Context(**context),
    )  # fmt: skip
    setting = gather(profile, lambda drug: (drug,))
    condition = Condition(fact=fact, cell=cell, unit=unit, among=among)
    return holds(condition, setting), list(unusable([condition], setting))


def _crcl(value: object) -> dict[str, Any]:
    return {"facts": {"x": value}}


def test_a_measured_fact_is_compared_in_the_unit_of_the_row() -> None:
    assert _asked(">=60", unit="mL/min", **_crcl(Quantity(value=1.0, unit="mL/s"))) == (True, [])
    assert _asked(">=60", unit="mL/min", **_crcl(Quantity(value=0.9, unit="mL/s"))) == (False, [])
    assert _asked("[30..60)", unit="mL/min") == (None, [])


@pytest.mark.parametrize(
    ("value", "unit", "why"),
    [
        (70.0, "mL/min", "x 70 counts as not known: the unit is missing, rows ask for it in mL/min"),
        (True, "mL/min", "x yes counts as not known: it is no number"),
        ("70 mL/min", "mL/min", "x 70 mL/min counts as not known: it is no number"),
        (Quantity(value=70, unit="mL/min/1.73m2"), "mL/min", "neither follows from the other"),
        (Quantity(value=70, unit="ml/mim"), "mL/min", "this unit is not known (ml/mim, did you mean ml/min?)"),
        (Quantity(value=70, unit="mL/min"), None, "rows ask for it without a unit, as in >=60"),
        ("seventy", None, "x seventy counts as not known: it is no number"),
    ],
)
def test_no_unit_is_assumed(value: object, unit: str | None, why: str) -> None:
    truth, said = _asked(">=60", unit=unit, **_crcl(value))
    assert truth is None
    assert len(said) == 1
    assert why in said[0]


def test_a_unit_that_is_a_book_is_refused_at_once() -> None:
    truth, (said,) = _asked(">=60", unit="mL/min", **_crcl(Quantity(value=70, unit="ml/min" * 200_000)))
    assert truth is None
    assert len(said) < 200


def test_facts_of_an_institution_are_numbers_words_or_yes_and_no() -> None:
    assert _asked("0|1", facts={"x": 1})[0] is True
    assert _asked("0|1", facts={"x": 2.0})[0] is False
    assert _asked("Child-Pugh A|Child-Pugh B", facts={"x": "child-pugh b"})[0] is True
    assert _asked("no", facts={"x": False})[0] is True
    assert _asked("unknown", facts={"y": 1})[0] is True
    assert _asked("PHT naive", fact="population", population="pht naive")[0] is True


YES_NO, ECOG = ("yes", "no"), ("0", "1", "2", "3", "4")


@pytest.mark.parametrize("value", ["unknown", "possibly", "y", "n/a", "", "yess", 1.0])
@pytest.mark.parametrize("cell", ["yes", "!yes", "no"])
def test_what_is_no_declared_value_is_not_known_and_the_values_are_told(value: str | float, cell: str) -> None:
    truth, (said,) = _asked(cell, among=YES_NO, facts={"x": value})
    assert truth is None
    assert "counts as not known: the values are yes, no" in said


@pytest.mark.parametrize("value", ["PS 3", "III", "3-4", 5.0, -1.0, 2.5, "unknown", "?", True])
@pytest.mark.parametrize("cell", ["3|4", "!3|4", ">=3", "<3"])
def test_a_grade_beyond_the_declared_ones_clears_no_exclusion(value: str | float, cell: str) -> None:
    truth, (said,) = _asked(cell, among=ECOG, facts={"x": value})
    assert truth is None
    assert "the values are 0, 1, 2, 3, 4" in said


@pytest.mark.parametrize(
    ("cell", "among", "value", "truth"),
    [
        ("yes", YES_NO, "YES ", True),
        ("yes", YES_NO, True, True),
        ("yes", YES_NO, "true", True),
        ("yes", YES_NO, False, False),
        ("true", ("true", "false"), "yes", True),
        ("3|4", ECOG, 3.0, True),
        ("3|4", ECOG, " 3 ", True),
        ("3|4", ECOG, "3.0", True),
        ("!3|4", ECOG, "4", False),
        (">=3", ECOG, "2", False),
        ("Child-Pugh B", ("Child-Pugh A", "Child-Pugh B"), "child-pugh  b", True),
        ("-", ("+", "-"), "-", True),
        ("unknown", YES_NO, "possibly", True),
        ("known", YES_NO, "possibly", False),
    ],
)
def test_a_declared_value_is_known_however_it_is_written(
    cell: str, among: tuple[str, ...], value: str | float, truth: bool
) -> None:
    assert _asked(cell, among=among, facts={"x": value})[0] is truth


@pytest.mark.parametrize("value", ["unknown", "Not known", "n/a", "NA", "nd", "not done", "not  tested", "Pending",
                                   "?", "-"])  # fmt: skip
@pytest.mark.parametrize("fact", ["facts.x", "population", "stage"])
def test_a_word_that_says_that_nothing_is_known_is_no_value(value: str, fact: str) -> None:
    stated: dict[str, Any] = {
        "facts.x": {"facts": {"x": value}}, "population": {"population": value}, "stage": {"stage": value},
    }[fact]  # fmt: skip
    for cell in ("III", "!III"):
        truth, (said,) = _asked(cell, fact=fact, **stated)
        assert truth is None
        assert said.endswith("counts as not known: it says so itself")
    assert _asked("unknown", fact=fact, **stated)[0] is True
    assert _asked("metastatic|unknown", fact="state", state=value)[0] is None


@pytest.mark.parametrize("value", ["PS 3", "III", "3-4", True])
def test_where_grades_are_asked_a_word_is_none(value: str | bool) -> None:
    for cell in ("3|4", "!3|4"):
        truth, (said,) = _asked(cell, facts={"x": value})
        assert truth is None
        assert said.endswith("it is no number")
    assert _asked("3|4", facts={"x": " 3 "}) == (True, [])


def test_an_earlier_therapy_that_is_not_known_is_none_and_leaves_the_list_open() -> None:
    given: dict[str, Any] = {"prior_therapies": ("unknown",), "prior_therapies_complete": True}
    assert _asked("absent:Cisplatin", fact="prior_therapies", **given)[0] is None
    assert _asked("1", fact="line", **given)[0] is None
    assert _asked(">=2", fact="line", **given)[0] is None


@pytest.mark.parametrize(
    ("value", "unit", "truth"),
    [
        (Quantity(value=-60, unit="mg/dL"), "mg/dL", None),
        (Quantity(value=-1, unit="mL/s"), "mL/min", None),
        (Quantity(value=-5, unit="%"), "%", None),
        (Quantity(value=-0.05, unit="1"), "%", None),
        (Quantity(value=-5, unit="mmol/L"), "mmol/L", True),
    ],
)
def test_what_cannot_be_below_nothing_is_not_known_when_it_is(value: Quantity, unit: str, truth: bool | None) -> None:
    held, said = _asked("<60", unit=unit, facts={"x": value})
    assert held is truth
    assert [line.endswith("it is below 0") for line in said] == ([] if truth else [True])


def test_yes_and_one_are_two_answers() -> None:
    told = []
    for value in (True, 1.0, False, 0.0):
        setting = gather(Profile(id="P", disease=Disease(), biomarkers=(), context=Context(facts={"x": value})), tuple)
        told.append((holds(Condition(fact="facts.x", cell="1|0"), setting), signature("facts.x", setting)))
    assert [truth for truth, _ in told] == [None, True, None, True]
    assert len({signature for _, signature in told}) == 4


def test_what_is_accepted_without_being_known_is_told() -> None:
    asked = tuple(Condition(fact=f, cell="unknown") for f in ("facts.alt_level", "stage", "prior_therapies", "state"))
    nothing = gather(Profile(id="P", disease=Disease(), biomarkers=()), tuple)
    assert ask(asked, nothing).accepted == ("alt level", "stage", "prior therapy", "disease state")
    told = Profile(id="P", disease=Disease(stage="III"), biomarkers=())
    assert ask(asked[1:2], gather(told, tuple)).accepted == ()


def test_a_fact_that_nothing_asks_for_is_told_with_the_near_one() -> None:
    known = frozenset({"ecog", "creatinine"})
    told = list(unasked(Context(facts={"egog": 1, "Creatinine": 1, "ecog": 1, "shoe size": 1, "x" * 500: 1}), known))
    assert told[0] == "no row asks for the fact 'egog' (did you mean ecog?)"
    assert told[1] == "no row asks for the fact 'Creatinine' (did you mean creatinine?)"
    assert told[2] == "no row asks for the fact 'shoe size'"
    assert len(told) == 4 and len(told[3]) < 100


@pytest.mark.parametrize(
    ("cell", "stage", "truth"),
    [
        ("III", "IIIB", True),
        ("III", "IIIC1", True),
        ("III|IV", "stage 4", True),
        ("IIIB", "III", None),
        ("IIIB", "IIIA", False),
        ("!III", "IIIA", False),
        ("!IIIB", "III", None),
        ("II", "III", False),
        ("limited", "limited", True),
        ("III", None, None),
    ],
)
def test_a_stage_holds_for_its_parts(cell: str, stage: str | None, truth: bool | None) -> None:
    assert _asked(cell, fact="stage", stage=stage)[0] is truth


def test_whether_a_state_is_known_can_be_asked() -> None:
    assert _asked("known", fact="state", state="metastatic")[0] is True
    assert _asked("unknown", fact="state")[0] is True


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(fact="facts.creatinine_clearance", cell=">=60", unit="mL/min"), "creatinine clearance >=60 mL/min"),
        (Condition(fact="facts.qtc", cell="(..470]", unit="ms"), "qtc at most 470 ms"),
        (Condition(fact="facts.qtc", cell="(470..)", unit="ms"), "qtc above 470 ms"),
        (Condition(fact="age_years", cell="[12..18)"), "age 12 to below 18"),
        (Condition(fact="facts.ecog", cell="0|1"), "ecog 0 or 1"),
        (Condition(fact="population", cell="!PHT naive"), "population not PHT naive"),
        (Condition(fact="sex", cell="known"), "sex known"),
    ],
)
def test_a_condition_reads_as_words(condition: Condition, words: str) -> None:
    assert in_words(condition) == words
