"""Which guideline row counts: days, versions, supersession, specificity; and that compiled rows say what rows say."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from graph.claims import All, Condition, Criterion, DiseaseScope, Expression, GuidelineRow, Is, Not, Statement, editions
from graph.patient import Context, Disease, Finding, Profile, Test
from rules import facts as patient_facts
from rules import settings as patient_settings
from rules.diseases import diagnose
from rules.match import Matcher
from rules.rulebook import Patient, Rulebook, Stands, positions
from rules.weigh import Ruled, rule
from tests.world import SmallTaxonomy, ask, change, found, limits, mutation, says, wild

KRAS, G12C = mutation("KRAS"), change("KRAS", "G12C")
NSCLC = DiseaseScope(name="nsclc", ids=("D:nsclc",))
ADENO = DiseaseScope(name="lung-adeno", ids=("D:lung-adeno",))


def row(
    id: str, kind: Any, profile: Expression | Criterion | None = KRAS, drug: str = "X", **more: Any
) -> GuidelineRow:
    return (
        limits(drug, profile, kind, None, id=f"guideline:t:{id}", **more) if profile else _bare(id, kind, drug, **more)
    )


def _bare(id: str, kind: Any, drug: str, **more: Any) -> GuidelineRow:
    return GuidelineRow(
        id=f"guideline:t:{id}", guideline="t", kind=kind, drugs=(drug,), reason="says so", sources=("t:1",), **more
    )


def recommends(id: str, profile: Criterion, drug: str = "X", **more: Any) -> tuple[Statement, GuidelineRow]:
    """A guideline's recommendation as a statement and as the row that it is."""
    made = row(id, "recommend", profile, drug, disease=NSCLC, **more)
    return says(drug, profile, "D:nsclc", "guideline", id=f"{made.id}/statement", row=made.id), made


def patient(
    findings: Sequence[Finding] = (), disease: str = "D:lung-adeno", tests: tuple[Test, ...] = (), **context: Any
) -> Patient:
    profile = Profile(id="P", disease=Disease(name=disease), biomarkers=(), tests=tests, context=Context(**context))
    facts = patient_facts.gather(profile, findings, {})
    setting = patient_settings.gather(profile, lambda drug: (drug,), (), lambda drug: True)
    return Patient(Matcher(facts), diagnose(disease, (disease,), SmallTaxonomy(), {}), setting, profile.context)


def stands(rows: Sequence[GuidelineRow], who: Patient) -> dict[str, Ruled]:
    book = Rulebook(rows, SmallTaxonomy())
    asked = book.ask(who)
    return {r.row.id.removeprefix("guideline:t:"): r for r in asked.ruled(book.all)}


G12C_FOUND = (found("KRAS", "G12C", oncogenic=True),)


# -- days and versions -----------------------------------------------------------------------------------------------


def test_the_newest_version_of_a_guideline_takes_the_place_of_the_others() -> None:
    old = row("a@1", "exclude", version="1.9", effective_from="2020-01-01")
    new = row("b@2", "caution", version="1.10", effective_from="2024-01-01")
    found_ = stands([old, new], patient(G12C_FOUND))
    assert (found_["a@1"].outcome, found_["a@1"].defeated_by) == ("fired", "t 1.10")
    assert found_["b@2"].defeated_by is None


def test_versions_without_dates_are_told_apart_by_their_numbers() -> None:
    found_ = stands([row("a", "exclude", version="1.9"), row("b", "exclude", version="1.10")], patient(G12C_FOUND))
    assert found_["a"].defeated_by == "t 1.10" and found_["b"].defeated_by is None


def test_an_earlier_day_is_answered_by_the_version_of_that_day() -> None:
    old = row("a@1", "exclude", version="1", effective_from="2020-01-01")
    new = row("b@2", "caution", version="2", effective_from="2024-01-01")
    found_ = stands([old, new], patient(G12C_FOUND, as_of="2022-01-01"))
    assert (found_["a@1"].outcome, found_["a@1"].defeated_by) == ("fired", None)
    assert (found_["b@2"].outcome, found_["b@2"].why) == ("failed", "in force from 2024-01-01, after 2022-01-01")


def test_the_day_on_which_a_version_begins_is_its_own_and_the_day_on_which_it_ends_is_not() -> None:
    only = row("a", "exclude", effective_from="2020-01-01", effective_to="2021-01-01")
    days = {day: stands([only], patient(G12C_FOUND, as_of=day))["a"].outcome
            for day in ("2019-12-31", "2020-01-01", "2020-12-31", "2021-01-01")}  # fmt: skip
    assert days == {"2019-12-31": "failed", "2020-01-01": "fired", "2020-12-31": "fired", "2021-01-01": "failed"}


def test_a_version_gives_way_also_where_the_newer_one_says_nothing_on_the_drug() -> None:
    old = row("a@1", "exclude", version="1", effective_from="2020-01-01")
    dropped = editions([row("b@2", "exclude", drug="Y", version="2", effective_from="2024-01-01")])
    book = Rulebook([old], SmallTaxonomy(), dropped)
    now, then = (book.ask(patient(G12C_FOUND, as_of=day)).ruled(book.all)[0] for day in (None, "2022-01-01"))
    assert (now.defeated_by, then.defeated_by) == ("t 2", None)


def test_another_guideline_is_not_touched_by_a_newer_version() -> None:
    other = replace(row("a", "exclude", version="1"), guideline="other")
    assert stands([other, row("b", "caution", version="2")], patient(G12C_FOUND))["a"].defeated_by is None


def test_an_undated_limit_holds_on_every_day() -> None:
    verdict = ask([says("X", KRAS)], G12C_FOUND, rows=[row("a", "exclude")], context=Context(as_of="1999-01-01"))["X"]
    assert verdict.status == "excluded"


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_row_that_is_not_active_fails_and_says_so(status: Any) -> None:
    ruled = stands([row("a", "exclude", status=status)], patient(G12C_FOUND))["a"]
    assert ruled.outcome == "failed" and status in ruled.why
    statement, own = recommends("r", G12C, status=status)
    assert ask([statement], G12C_FOUND, rows=[own]) == {}, "nothing is said of a drug that only a draft recommends"


def test_a_recommendation_that_a_newer_version_dropped_recommends_no_more() -> None:
    statement, old = recommends("r@1", G12C, version="1", effective_from="2020-01-01")
    new = row("b@2", "caution", version="2", effective_from="2024-01-01")
    assert ask([statement], G12C_FOUND, rows=[old, new])["X"].status == "excluded"
    earlier = ask([statement], G12C_FOUND, rows=[old, new], context=Context(as_of="2021-01-01"))
    assert earlier["X"].status == "recommended"


def test_a_recommendation_with_an_end_and_no_day_asked_is_an_option_at_most() -> None:
    statement, own = recommends("r", G12C, effective_from="2020-01-01", effective_to="2023-01-01")
    verdict = ask([statement], G12C_FOUND, rows=[own])["X"]
    assert verdict.status == "option" and any("2023-01-01" in m for m in verdict.missing)


def test_without_a_day_asked_the_rows_of_today_count() -> None:
    coming = row("a", "exclude", effective_from="2030-01-01")
    ended = row("b", "exclude", effective_to="2020-01-01")
    found_ = stands([coming, ended], patient(G12C_FOUND)._replace(today="2026-01-01"))
    assert {r.outcome for r in found_.values()} == {"failed"}
    earlier = patient(G12C_FOUND, as_of="2019-01-01")._replace(today="2026-01-01")
    assert stands([coming, ended], earlier)["b"].outcome == "fired"


def test_a_recommendation_that_leaves_a_disease_out_does_not_forbid_the_drug_there() -> None:
    label = says("X", G12C, "D:nsclc")
    but = says(
        "X", G12C, DiseaseScope(name="lung", ids=("D:lung",), excluded=("D:lung-adeno",)), "guideline", id="g:but"
    )
    assert ask([label, but], G12C_FOUND)["X"].status == "recommended"
    any_ = says("X", G12C, DiseaseScope(name="any", agnostic="any", excluded=("D:lung-adeno",)), "label", id="g:any")
    assert ask([label, any_], G12C_FOUND)["X"].status == "excluded"


def test_a_row_gives_way_to_the_one_that_supersedes_it_while_that_one_is_in_force() -> None:
    old = row("old", "exclude")
    new = row("new", "caution", G12C, supersedes=old.id, effective_from="2024-01-01")
    assert stands([old, new], patient((found("KRAS", "G12D", oncogenic=True),)))["old"].defeated_by == new.id
    assert stands([old, new], patient(G12C_FOUND, as_of="2022-01-01"))["old"].defeated_by is None


# -- the more specific -----------------------------------------------------------------------------------------------


def test_a_more_specific_recommendation_of_the_same_guideline_defeats_its_exclusion() -> None:
    statement, own = recommends("yes", G12C)
    no = row("no", "exclude", KRAS, disease=NSCLC)
    verdict = ask([statement], G12C_FOUND, rows=[own, no])["X"]
    assert verdict.status == "recommended"
    assert [r.row.id for r in verdict.defeated] == [no.id]
    other = replace(no, guideline="other")
    assert ask([statement], G12C_FOUND, rows=[own, other])["X"].status == "excluded"


def test_a_more_general_recommendation_never_defeats_an_exclusion() -> None:
    statement, own = recommends("yes", KRAS)
    assert ask([statement], G12C_FOUND, rows=[own, row("no", "exclude", G12C)])["X"].status == "excluded"


def test_a_row_on_a_class_gives_way_for_one_drug_and_stands_for_the_others() -> None:
    x_statement, x_row = recommends("yes", G12C, "X")
    y_statement = says("Y", KRAS)
    no = limits(("X", "Y"), KRAS, id="guideline:t:no", disease=NSCLC)
    verdicts = ask([x_statement, y_statement], G12C_FOUND, rows=[x_row, no])
    assert (verdicts["X"].status, verdicts["Y"].status) == ("recommended", "excluded")


@pytest.mark.parametrize(
    "narrow",
    [
        {"profile": G12C},
        {"profile": All((Is(KRAS), Not(Is(mutation("TP53")))))},
        {"disease": ADENO},
        {"settings": (Condition(fact="age_years", cell=">=18"),)},
    ],
)
def test_of_two_doses_the_one_that_asks_for_more_counts(narrow: dict[str, Any]) -> None:
    general = row("general", "dose", disease=NSCLC)
    special = row("special", "dose", **{"disease": NSCLC, **narrow})
    who = patient((*G12C_FOUND, wild("TP53")), age_years=50.0)
    found_ = stands([general, special], who)
    assert found_["special"].defeated_by is None and found_["general"].defeated_by == special.id


def test_rows_that_cannot_be_compared_both_count() -> None:
    by_age = row("age", "dose", settings=(Condition(fact="age_years", cell=">=18"),))
    by_allele = row("allele", "dose", G12C)
    found_ = stands([by_age, by_allele], patient(G12C_FOUND, age_years=50.0))
    assert {r.defeated_by for r in found_.values()} == {None}


def test_cautions_and_points_give_way_to_nothing() -> None:
    rows = [
        row("a", "caution"),
        row("b", "caution", G12C),
        row("c", "score", points=1.0),
        row("d", "score", G12C, points=2.0),
    ]
    assert {r.defeated_by for r in stands(rows, patient(G12C_FOUND)).values()} == {None}


def test_a_row_that_does_not_fire_defeats_nothing() -> None:
    general, special = row("general", "dose"), row("special", "dose", All((Is(KRAS), Is(mutation("TP53")))))
    assert stands([general, special], patient(G12C_FOUND))["general"].defeated_by is None


# -- what is not known -----------------------------------------------------------------------------------------------


def test_a_dose_fires_with_its_unknown_settings_listed_and_a_limit_waits_for_them() -> None:
    asks = (Condition(fact="age_years", cell="<18"),)
    found_ = stands([row("d", "dose", settings=asks), row("e", "exclude", settings=asks)], patient(G12C_FOUND))
    assert (found_["d"].outcome, found_["d"].missing) == ("fired", ("age <18",))
    assert (found_["e"].outcome, found_["e"].missing) == ("undecided", ("age <18",))


@pytest.mark.parametrize(
    ("age", "findings", "status"),
    [
        (50.0, G12C_FOUND, "recommended"),
        (10.0, G12C_FOUND, "excluded"),
        (None, G12C_FOUND, "needs_check"),
        (50.0, (wild("KRAS"),), "excluded"),
        (None, (wild("KRAS"),), "excluded"),
        (50.0, (), "needs_check"),
    ],
)
def test_a_therapy_is_excluded_where_anything_that_a_row_requires_is_not_so(
    age: float | None, findings: tuple[Finding, ...], status: str
) -> None:
    asks = (Condition(fact="age_years", cell=">=18"),)
    rows = [row("r", "require", settings=asks, disease=NSCLC)]
    egfr = (found("EGFR", "L858R"),)
    who = Context(age_years=age)
    verdict = ask([says("X", change("EGFR", "L858R"))], (*findings, *egfr), rows=rows, context=who)["X"]
    assert verdict.status == status
    elsewhere = [row("r", "require", settings=asks, disease=DiseaseScope(name="melanoma", ids=("D:melanoma",)))]
    assert ask([says("X", change("EGFR", "L858R"))], egfr, rows=elsewhere, context=who)["X"].status == "recommended"


def test_rows_that_supersede_each_other_in_a_circle_both_stand() -> None:
    one, other = row("a", "exclude", supersedes="guideline:t:b"), row("b", "exclude", supersedes="guideline:t:a")
    found_ = stands([one, other], patient(G12C_FOUND))
    assert {r.defeated_by for r in found_.values()} == {None}


def test_what_is_of_another_jurisdiction_takes_nobodys_place() -> None:
    own = row("own", "exclude", jurisdiction="fda", version="1", effective_from="2020-01-01")
    newer = row("new", "caution", jurisdiction="ema", version="2", effective_from="2024-01-01")
    supersedes = row("sup", "caution", jurisdiction="ema", supersedes=own.id)
    for other in (newer, supersedes):
        assert stands([own, other], patient(G12C_FOUND, jurisdiction="fda"))["own"].defeated_by is None
        assert stands([own, other], patient(G12C_FOUND))["own"].defeated_by is not None


def test_a_limit_that_was_looked_for_and_is_not_there_is_told_as_cleared() -> None:
    tested = (Test(genes=("KRAS",)),)
    verdict = ask(
        [says("X", change("EGFR", "L858R"))], (found("EGFR", "L858R"),), rows=[row("a", "exclude")], tests=tested
    )["X"]
    assert verdict.status == "recommended" and [r.row.id for r in verdict.cleared] == ["guideline:t:a"]
    unknown = ask([says("X", change("EGFR", "L858R"))], (found("EGFR", "L858R"),), rows=[row("a", "exclude")])["X"]
    assert unknown.status == "needs_check" and unknown.cleared == ()


# -- compiled rows ---------------------------------------------------------------------------------------------------


def _invented(rnd: random.Random) -> GuidelineRow:
    def criterion() -> Criterion:
        gene = rnd.choice(("KRAS", "TP53", "EGFR", "BRAF"))
        return rnd.choice((mutation(gene), change(gene, rnd.choice(("G12C", "L858R", "V600E")))))

    parts: list[Expression] = [Is(criterion()) for _ in range(rnd.randint(0, 3))]
    parts = [Not(p) if rnd.random() < 0.3 else p for p in parts]
    profile = None if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))
    scopes = (
        None,
        NSCLC,
        ADENO,
        DiseaseScope(name="melanoma", ids=("D:melanoma",)),
        DiseaseScope(name="any", agnostic="any"),
    )
    asks = [Condition(fact="age_years", cell=rnd.choice((">=18", "<18", "[12..65)")))] * (rnd.random() < 0.4)
    asks += [Condition(fact="prior_therapies", cell=rnd.choice(("present:A", "absent:B")))] * (rnd.random() < 0.3)
    return GuidelineRow(
        id=f"guideline:t:{rnd.random()}", guideline=rnd.choice("tu"), drugs=("X",), reason="r", sources=(),
        kind=rnd.choice(("recommend", "exclude", "require", "caution", "dose", "score")), profile=profile,
        disease=rnd.choice(scopes), settings=tuple(asks), status=rnd.choice(("active",) * 5 + ("draft", "retired")),
        effective_from=rnd.choice((None, None, "2020-01-01", "2024-01-01")),
    )  # fmt: skip


def _somebody(rnd: random.Random) -> Patient:
    findings = [
        rnd.choice((found(gene, rnd.choice(("G12C", "L858R", "V600E", "R175H"))), wild(gene)))
        for gene in rnd.sample(("KRAS", "TP53", "EGFR", "BRAF"), rnd.randint(0, 3))
    ]
    return patient(
        findings, rnd.choice(("D:lung-adeno", "D:lung", "D:melanoma", "D:aml")),
        (Test(genes=(rnd.choice(("KRAS", "EGFR")),)),) if rnd.random() < 0.4 else (),
        age_years=rnd.choice((None, 10.0, 50.0)), prior_therapies=rnd.choice((None, (), ("A",), ("B",))),
        prior_therapies_complete=rnd.random() < 0.5, as_of=rnd.choice((None, "2022-01-01")),
    )  # fmt: skip


def test_compiled_rows_say_of_every_patient_what_each_row_says_by_itself() -> None:
    rnd = random.Random(4)
    outcomes: set[str] = set()
    for _ in range(20):
        rows = [_invented(rnd) for _ in range(60)]
        book = Rulebook(rows, SmallTaxonomy())
        for who in [_somebody(rnd) for _ in range(15)]:
            asked = book.ask(who)
            for i, one in enumerate(book.rows):
                alone = rule(one, who.matcher, who.diagnosis, SmallTaxonomy(), who.setting, who.context)
                assert _outcome(asked, i) == alone.outcome, one
                outcomes.add(alone.outcome)
                cells = [cell.outcome for cell in asked.cells(i)]
                if one.kind == "require":
                    conditions = [cell.outcome for cell in asked.cells(i) if cell.fact != "disease"]
                    assert ("failed" in conditions) or alone.outcome != "fired"
                elif "failed" in cells:
                    assert alone.outcome == "failed"
                elif alone.outcome == "fired" and one.kind in ("exclude", "caution"):
                    assert set(cells) <= {"fired"}
                assert len(cells) >= len(one.settings) + (one.disease is not None)
    assert outcomes == {"fired", "failed", "undecided"}


def _outcome(asked: Stands, i: int) -> str:
    return next(name for name in ("fired", "undecided", "failed") if getattr(asked, name) >> i & 1)


def test_the_order_in_which_rows_and_patients_come_means_nothing() -> None:
    rnd = random.Random(5)
    rows = [_invented(rnd) for _ in range(60)]
    people = [_somebody(rnd) for _ in range(20)]
    one, other = Rulebook(rows, SmallTaxonomy()), Rulebook(rows[::-1], SmallTaxonomy())
    for first, second in zip(people, people[::-1], strict=True):
        other.ask(second)
        a, b = one.ask(first), other.ask(first)
        assert (a.fired, a.undecided, a.failed) == (b.fired, b.undecided, b.failed)
        assert a.ruled(one.all) == b.ruled(other.all)
        assert [a.cells(i) for i in positions(one.all)] == [b.cells(i) for i in positions(other.all)]


def test_a_trace_has_every_condition_of_a_row_with_what_was_found() -> None:
    asks = (Condition(fact="age_years", cell=">=18"), Condition(fact="prior_therapies", cell="absent:A"))
    both = All((Is(G12C), Not(Is(mutation("TP53")))))
    book = Rulebook([row("a", "exclude", both, disease=NSCLC, settings=asks)], SmallTaxonomy())
    cells = book.ask(patient((*G12C_FOUND,), age_years=54.0)).cells(0)
    assert [(c.asked, c.found, c.outcome) for c in cells] == [
        ("KRAS G12C", "KRAS p.G12C", "fired"),
        ("NOT TP53 mutation", "TP53 not known", "undecided"),
        ("nsclc", "lung-adeno", "fired"),
        ("age >=18", "54", "fired"),
        ("prior therapy: none of A", "not known", "undecided"),
    ]
