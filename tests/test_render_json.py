"""The JSON answer: the contract's keys in their order, the same bytes every time, no number that JSON lacks."""

from __future__ import annotations

import json as standard
import math

import msgspec
import pytest

from api.render import json
from graph.answer import Recommendation
from tests import answers

CONTRACT = [
    "profile_id", "release", "diagnosis", "options", "findings", "germline", "would_decide", "guidance", "unmatched",
    "warnings",
]  # fmt: skip
EVERY = [getattr(answers, name) for name in ("melanoma", "untested_kras", "mastocytosis", "hostile", "empty", "huge")]


def test_keys_are_those_of_the_contract_in_their_order() -> None:
    assert list(standard.loads(json.line(answers.melanoma()))) == CONTRACT


def test_changes_are_a_key_only_when_they_were_asked_for() -> None:
    assert list(standard.loads(json.line(answers.changed()))) == [*CONTRACT, "changes"]


@pytest.mark.parametrize("make", EVERY)
def test_an_answer_survives_the_way_through_json(make: object) -> None:
    answer = make()
    assert msgspec.json.decode(json.line(answer), type=Recommendation) == answer


@pytest.mark.parametrize("make", EVERY)
def test_the_same_answer_gives_the_same_bytes_on_one_line(make: object) -> None:
    first, second = json.line(make()), json.line(make())
    assert first == second
    assert b"\n" not in first


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_refused(score: float) -> None:
    answer = answers.mastocytosis()
    bad = msgspec.structs.replace(answer.options[0], score=score)
    with pytest.raises(ValueError, match="Avapritinib: score is not a finite number"):
        json.line(msgspec.structs.replace(answer, options=(bad,)))
    worse = msgspec.structs.replace(answer.options[0], contributions={"level": score})
    with pytest.raises(ValueError, match="level"):
        json.line(msgspec.structs.replace(answer, options=(worse,)))


def test_one_patient_is_an_object_and_a_cohort_an_array() -> None:
    one = standard.loads(json.document([answers.empty()]))
    assert one["profile_id"] == "none"
    two = standard.loads(json.document([answers.empty(), answers.melanoma()]))
    assert [a["profile_id"] for a in two] == ["none", "P1"]
