"""What would decide: what is said of an answer is what would be answered, and no smaller set of facts does the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from api import decide
from api.cli import main
from api.decide import with_decisions
from api.recommend import Engine
from api.render import answers as told
from api.render import html, json
from api.render.lines import plain
from api.render.text import explain, render
from graph import release as releases
from graph.answer import Answer, Lead, Recommendation, Status, StatusChange, WouldDecide
from graph.claims import (
    All,
    Any,
    Condition,
    Criterion,
    DiseaseScope,
    Expression,
    GuidelineRow,
    Is,
    Level,
    Not,
    Statement,
)
from graph.content import Closure, Content, DiseaseName
from graph.model import Node
from graph.patient import Biomarker, Context, Disease, Profile, Quantity, Test
from graph.release import Release
from ingest import starter
from ingest.patients.findings import read
from ingest.project import Projection, stamped
from ontologies.names import fold
from rules.decide import Assignment, Found, Seen, reached, smallest_sets
from rules.settings import holds
from rules.suppose import Supposed, in_words, of_criteria, stated
from rules.suppose_settings import facts_of, of_settings
from tests import tiny
from tests.world import change, mutation, when

GENES = {"KRAS": "NCBIGene:3845", "NRAS": "NCBIGene:4893", "BRAF": "NCBIGene:673", "EGFR": "NCBIGene:1956"}
COLON = DiseaseScope(name="Colorectal cancer", ids=("DOID:9256",))
RECTUM = DiseaseScope(name="Rectal cancer", ids=("DOID:1993",))
G12C = change("KRAS", "G12C")
V600E = change("BRAF", "V600E")
RAS = (mutation("KRAS"), mutation("NRAS"))
MSI = Criterion(type="msi", name="MSI-H", marker="MSI", statuses=("MSI-H",))
ADULT, LATER, FAR = when("age_years", ">=18"), when("line", ">=2"), when("state", "metastatic")
NRAS_Q61K = Biomarker(type="snv", gene="NRAS", hgvs_p="p.Q61K", oncogenic=True)
EVERYTHING = 10**6


def says(therapy: Sequence[str], profile: Expression, **more: object) -> Statement:
    strength = more.pop("strength", "label")
    id_ = more.pop("id", f"first:{'+'.join(therapy)}/{strength}/{more.get('direction', 'sensitive')}")
    given: dict[str, object] = {
        "id": id_, "record": id_, "provenance": "first", "kind": "label" if strength == "label" else "evidence",
        "direction": "sensitive", "therapy": tuple(sorted(therapy)), "profile": profile, "disease": COLON,
        "strength": strength, "level": Level(scheme="t", value=str(strength)), "settings_stated": True,
        "agency": "fda" if strength == "label" else None, **more,
    }  # fmt: skip
    return Statement(**given)


def limits(drug: str, profile: Criterion, **more: object) -> GuidelineRow:
    given: dict[str, object] = {
        "id": f"guideline:vetoes:{drug}", "guideline": "vetoes", "kind": "exclude", "because": "resistance",
        "drugs": (drug,), "reason": "An invented reason.", "sources": ("PMID:1",), "profile": Is(profile), **more,
    }  # fmt: skip
    return GuidelineRow(**given)


STATEMENTS = (
    says(("Cetuximab",), All((Not(Is(RAS[0])), Not(Is(RAS[1])))), settings=(LATER,)),
    says(("Cetuximab",), Is(G12C), strength="B", direction="resistant"),
    says(("Panitumumab", "Sotorasib"), Is(G12C), settings=(ADULT, FAR)),
    says(("Cetuximab", "Encorafenib"), Is(V600E), settings=(FAR,)),
    says(("Pembrolizumab",), Is(MSI), settings=(ADULT,)),
    says(("Dostarlimab",), Is(V600E), disease=RECTUM),
)
ROWS = (
    limits("Pembrolizumab", mutation("EGFR"), if_unknown="caution"),
    limits("Encorafenib", mutation("NRAS"), kind="exclude", if_unknown="needs_check"),
)


def world(home: Path, statements: Sequence[Statement] = STATEMENTS, rows: Sequence[GuidelineRow] = ROWS) -> Release:
    """A release of these statements and rows on colorectal cancer and, as a part of it, rectal cancer."""
    projection = Projection(GENES, lambda ingredient: ())
    for s in statements:
        projection.statement(s)
    for row in rows:
        projection.row(row, "vetoes")
    projection.memberships()
    diseases = {"DOID:162": "cancer", "DOID:9256": "colorectal cancer", "DOID:1993": "rectal cancer"}
    known = [
        Node(id=id_, label="Disease", name=name, properties={"compartment": "solid"}) for id_, name in diseases.items()
    ]
    ancestors = {"DOID:162": ["DOID:162"], "DOID:9256": ["DOID:9256", "DOID:162"]}
    ancestors["DOID:1993"] = ["DOID:1993", *ancestors["DOID:9256"]]
    content = Content(
        nodes=(*projection.nodes.values(), *known),
        edges=tuple(stamped(projection.edges.values(), dict.fromkeys(("first", "vetoes", "clew"), ("1", "CC0-1.0")))),
        statements=tuple(statements),
        rows=tuple(rows),
        classes=(),
        names=tuple(DiseaseName(fold(name), id_, name, "name") for id_, name in diseases.items()),
        closure=tuple(Closure(id_, up) for id_, ups in ancestors.items() for up in ups),
    )
    return releases.write(home, content, tiny.SOURCES)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(world(tmp_path_factory.mktemp("world")))


def patient(*biomarkers: Biomarker, tested: Sequence[str] = (), **more: object) -> Profile:
    """A patient with colorectal cancer of whom nothing else is known."""
    tests = (Test(genes=tuple(tested)),) if tested else ()
    known: dict[str, object] = {"disease": Disease(name="colorectal cancer"), "tests": tests, **more}
    return Profile(id="P", biomarkers=biomarkers, **known)


def found(gene: str, protein: str) -> Biomarker:
    return Biomarker(type="snv", gene=gene, hgvs_p=f"p.{protein}")


def asked(engine: Engine, profile: Profile) -> Recommendation:
    return with_decisions(engine, profile, engine.recommend(profile))


def statuses(answer: Recommendation) -> dict[tuple[tuple[str, ...], str], Status]:
    return {(o.therapy, o.direction): o.status for o in answer.options}


def leads(answer: Recommendation, *therapy: str) -> dict[tuple[tuple[str, str], ...], Status | None]:
    """What the deciding sets of an option lead to."""
    decision = next(d for d in answer.decisions.options if d.therapy == therapy and d.direction == "sensitive")
    return {_key(lead): lead.becomes for s in decision.sets for lead in s.leads}


def inside(words: str) -> list[float]:
    """Some numbers that lie in a stretch which is told in words, its ends where they belong to it."""
    n = [float(text) for text in re.findall(r"\d+(?:\.\d+)?", words)]
    if " to " in words:
        low, high = ([], n[1:]) if words.startswith("above ") else (n[:1], n[1:])
        return [*low, *([] if " to below " in words else high), (n[0] + n[1]) / 2, n[0] + (n[1] - n[0]) / 8]
    if words.startswith(("below ", "at most ")):
        return [*([] if words.startswith("below ") else n), n[0] / 2, n[0] / 8, 0.0]
    return [*([] if words.startswith("above ") else n), *([n[0] + 1, n[0] + 30] if " " in words else [])]


def with_(profile: Profile, **known: object) -> Profile:
    return replace(profile, context=replace(profile.context, **known))


def _key(lead: Lead) -> tuple[tuple[str, str], ...]:
    return tuple((s.fact, s.answer) for s in lead.suppose)


# -- what is said is what would be answered ------------------------------------------------------------------------


CASES = {
    "nothing": patient(),
    "ras": patient(tested=("KRAS", "NRAS"), context=Context(age_years=17)),
    "g12c": patient(found("KRAS", "G12C"), context=Context(line=1, age_years=60)),
    "v600e": patient(found("BRAF", "V600E"), disease=Disease(name="colorectal cancer", state="localized")),
    "treated": patient(found("NRAS", "Q61K"), context=Context(prior_therapies=("Oxaliplatin",))),
    "msi": patient(Biomarker(type="msi", status="MSI-H")),
}


@pytest.mark.parametrize("case", CASES)
def test_applying_any_answer_gives_the_status_that_is_said(engine: Engine, case: str) -> None:
    profile = CASES[case]
    plain_answer = engine.recommend(profile)
    inquiry = decide._Inquiry(engine, profile, plain_answer)
    answer = with_decisions(engine, profile, plain_answer)
    base = statuses(plain_answer)

    def then(assignment: Assignment) -> dict[tuple[tuple[str, ...], str], Status]:
        return statuses(engine.recommend(inquiry._changed(assignment)))

    told_of = 0
    for test in answer.would_decide:
        for one in test.answers or ():
            parts = one.answer.split(" or ")
            if test.fact == "age":
                then_ = [with_(profile, age_years=age) for part in parts for age in inside(part)]
            elif test.fact == "line":
                lines = [line for part in parts for line in inside(part) if line == int(line) > 0]
                then_ = [with_(profile, line=int(line)) for line in lines]
            else:
                then_ = [inquiry._changed(((test.fact, part),)) for part in parts]
            assert then_
            for changed in then_:
                after = statuses(engine.recommend(changed))
                for c in one.changes:
                    told_of += 1
                    assert after.get((c.therapy, "sensitive")) == c.after != base.get((c.therapy, "sensitive"))
                    assert base.get((c.therapy, "sensitive")) == c.before
                names = {" + ".join(c.therapy): c for c in one.changes}
                assert all(names[n].after in ("recommended", "option") for n in one.allows)
                assert all(names[n].after == "excluded" for n in one.excludes)
    for decision in answer.decisions.options:
        key = decision.therapy, decision.direction
        assert base[key] == decision.status
        for lead in (*decision.flips, *(lead for s in decision.sets for lead in s.leads)):
            told_of += 1
            assert then(_key(lead)).get(key) == lead.becomes != decision.status
    assert told_of > 3


def test_wild_type_allows_and_the_mutation_excludes_and_allows_another(engine: Engine) -> None:
    answer = asked(engine, patient(tested=("NRAS", "BRAF"), context=Context(line=2, age_years=50)))
    kras = next(t for t in answer.would_decide if t.fact == "KRAS")
    assert {a.answer: (a.allows, a.excludes) for a in kras.answers} == {
        "wild type": (("Cetuximab",), ()),
        "mutation": ((), ("Cetuximab",)),
        "G12C": (("Panitumumab + Sotorasib",), ("Cetuximab",)),
    }
    assert "G12C would exclude it and allow Panitumumab + Sotorasib" in told.sentences(kras)
    assert leads(answer, "Cetuximab") == {
        (("KRAS", "wild type"),): "recommended",
        (("KRAS", "mutation"),): "excluded",
        (("KRAS", "G12C"),): "excluded",
    }


def test_what_only_several_facts_decide_is_told_as_one_set(engine: Engine) -> None:
    answer = asked(engine, patient(tested=("BRAF",), context=Context(line=2)))
    found = leads(answer, "Cetuximab")
    assert found[("KRAS", "wild type"), ("NRAS", "wild type")] == "recommended"
    assert (("KRAS", "wild type"),) not in found and (("NRAS", "wild type"),) not in found


def test_a_subtype_of_a_broad_diagnosis_is_a_fact_that_decides(engine: Engine) -> None:
    answer = asked(engine, patient(found("BRAF", "V600E")))
    (test,) = [t for t in answer.would_decide if t.fact == "diagnosis"]
    (rectum,) = test.answers
    assert (rectum.answer, rectum.changes[0].therapy, rectum.changes[0].after) == (
        "Rectal cancer", ("Dostarlimab",), "recommended",
    )  # fmt: skip


def test_an_option_flips_when_a_stated_finding_is_taken_away_or_a_setting_is_another(engine: Engine) -> None:
    answer = asked(engine, patient(found("KRAS", "G12C"), context=Context(age_years=60)))
    decision = next(d for d in answer.decisions.options if d.therapy == ("Panitumumab", "Sotorasib"))
    flips = {_key(lead)[0]: lead.becomes for lead in decision.flips}
    assert flips["age", "17"] == "excluded"
    assert ("KRAS", "without G12C") in flips
    assert flips["disease state (extent)", "metastatic"] == "recommended"


@pytest.mark.parametrize("kind", ["exclude", "require"])
def test_what_a_guideline_forbids_flips_when_what_it_rests_on_is_another(tmp_path: Path, kind: str) -> None:
    """A row that requires holds as soon as one of the things that it asks is not so."""
    bounded = when("age_years", "<18" if kind == "exclude" else ">=18")
    row = limits("Cetuximab", RAS[1], kind=kind, settings=(bounded,))
    profile = patient(found("KRAS", "G12C"), NRAS_Q61K, context=Context(age_years=15))
    with world(tmp_path, [says(("Cetuximab",), Is(G12C))], [row]) as release:
        answer = asked(Engine(release), profile)
    (decision,) = answer.decisions.options
    flips = {_key(lead): lead.becomes for lead in decision.flips}
    assert decision.status == "excluded" and flips[("age", "18"),] == "recommended"
    assert ((("NRAS", "without Q61K"),) in flips) == (kind == "exclude")


def test_what_two_findings_exclude_flips_when_both_are_taken_away(engine: Engine) -> None:
    both = (found("KRAS", "G12C"), NRAS_Q61K)
    answer = asked(engine, patient(*both, context=Context(line=2)))
    decision = next(d for d in answer.decisions.options if (d.therapy, d.direction) == (("Cetuximab",), "sensitive"))
    assert decision.status == "excluded"
    assert {_key(lead): lead.becomes for lead in decision.flips} == {
        (("KRAS", "without G12C"), ("NRAS", "without Q61K")): "recommended"
    }


# -- the smallest sets ----------------------------------------------------------------------------------------------


def brute(
    base: Status | None, facts: Mapping[str, Sequence[str]], status_of: Mapping[Assignment, Status | None],
    hoped: Sequence[Status],
) -> dict[Assignment, Status | None]:  # fmt: skip
    """By trying everything: all sets of the first size that changes something, and the smallest for what is hoped."""
    listed: dict[Assignment, Status | None] = {}
    for size in range(1, 4):
        fresh = {
            a: status_of[a]
            for picked in combinations(sorted(facts), size)
            for a in product(*([(fact, answer) for answer in facts[fact]] for fact in picked))
            if status_of[a] != base and (not listed or status_of[a] in hoped)
            and status_of[a] not in listed.values()
        }  # fmt: skip
        listed |= fresh
        if listed and all(reached(s, set(listed.values())) for s in hoped):
            break
    return listed


def listed(found: Found) -> dict[Assignment, Status | None]:
    return {a: status for status, assignments in found.leads.items() for a in assignments}


STATUSES: tuple[Status, ...] = ("recommended", "option", "needs_check", "excluded")


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_smaller_set_leads_to_the_same_status_in_any_table(data: st.DataObject) -> None:
    """Statuses given at random to every set of answers, with bounds that are true of them."""
    facts = {
        name: ["yes", "no"][: data.draw(st.integers(1, 2))] for name in data.draw(st.sampled_from(("abc", "abcd")))
    }
    every = [
        a
        for size in range(len(facts) + 1)
        for picked in combinations(sorted(facts), size)
        for a in product(*([(fact, answer) for answer in facts[fact]] for fact in picked))
    ]
    usual = data.draw(st.sampled_from(STATUSES[1:]))
    status_of = {a: data.draw(st.sampled_from((usual, usual, usual, usual, *STATUSES))) for a in every}
    hoped = tuple(s for s in ("recommended", "option") if STATUSES.index(s) < STATUSES.index(status_of[()]))

    def look(assignment: Assignment) -> Seen:
        beyond = [a for a in every if set(assignment) < set(a)]
        needs = {
            s: min(len(a) - len(assignment) for a in beyond if status_of[a] == s)
            for s in hoped if any(status_of[a] == s for a in beyond)
        }  # fmt: skip
        waits = frozenset(fact for a in beyond if status_of[a] in hoped for fact, _ in a)
        return Seen(status_of[assignment], needs, waits)

    assert listed(smallest_sets(facts, look, hoped)) == brute(status_of[()], facts, status_of, hoped)


def test_what_may_not_be_asked_is_said() -> None:
    found = smallest_sets({"a": ["x"], "b": ["x"]}, lambda a: Seen("option", {}, frozenset()) if len(a) < 2 else None)
    assert not found.complete and found.leads == {}


PARTS = (Is(G12C), Not(Is(RAS[0])), Not(Is(RAS[1])), Is(V600E), Not(Is(V600E)), Is(MSI), Is(RAS[1]))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Statement], list[GuidelineRow], Profile]:
    statements = []
    for i in range(draw(st.integers(2, 4))):
        parts = draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True))
        profile = parts[0] if len(parts) == 1 else draw(st.sampled_from((All, Any)))(tuple(parts))
        asks = draw(st.lists(st.sampled_from((ADULT, LATER, FAR)), max_size=2, unique=True))
        direction = draw(st.sampled_from(("sensitive", "sensitive", "sensitive", "resistant")))
        strength = draw(st.sampled_from(("label", "label", "B", "D"))) if direction == "sensitive" else "B"
        therapy = draw(st.sampled_from((("Cetuximab",), ("Encorafenib",), ("Cetuximab", "Encorafenib"))))
        statements.append(
            says(therapy, profile, id=f"first:{i}", strength=strength, direction=direction, settings=tuple(asks))
        )
    rows = [
        limits(
            drug,
            draw(st.sampled_from((*RAS, V600E))),
            if_unknown=draw(st.sampled_from(("needs_check", "caution"))),
            kind=draw(st.sampled_from(("exclude", "require"))),
            settings=draw(st.sampled_from(((), (ADULT,), (ADULT, FAR)))),
        )
        for drug in draw(st.lists(st.sampled_from(("Cetuximab", "Encorafenib")), max_size=2, unique=True))
    ]
    stated_ = draw(st.lists(st.sampled_from((("KRAS", "G12C"), ("BRAF", "V600E"), ("NRAS", "Q61K"))), max_size=2))
    profile_ = patient(
        *(found(*f) for f in dict.fromkeys(stated_)),
        tested=draw(st.lists(st.sampled_from(("KRAS", "NRAS", "BRAF")), max_size=1)),
        context=Context(age_years=draw(st.sampled_from((None, 15, 70))), line=draw(st.sampled_from((None, 2)))),
    )
    return statements, rows, profile_


@given(worlds())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_smaller_set_of_facts_leads_to_the_same_status(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[list[Statement], list[GuidelineRow], Profile]
) -> None:
    """Against trying every set of up to three facts through the whole engine, in small invented worlds."""
    statements, rows, profile = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decide, "PROFILES", EVERYTHING)
        patch.setattr(decide, "FACTS", EVERYTHING)
        with world(tmp_path_factory.mktemp("drawn"), statements, rows) as release:
            engine = Engine(release)
            answer = engine.recommend(profile)
            inquiry = decide._Inquiry(engine, profile, answer)
            facts = {fact: [s.answer for s in supposed] for fact, supposed in inquiry._unknown.items()}
            tried: dict[Assignment, dict[tuple[tuple[str, ...], str], Status]] = {
                a: statuses(engine.recommend(inquiry._changed(a)))
                for size in range(4)
                for picked in combinations(sorted(facts), size)
                for a in product(*([(fact, one) for one in facts[fact]] for fact in picked))
            }
            decisions = inquiry.decisions()
            for decision, verdict in ((d, v) for d in decisions.options for v in inquiry._look(()).values()
                                      if (v.therapy, v.direction) == (d.therapy, d.direction)):  # fmt: skip
                if not (hoped := inquiry._hopes(verdict)):
                    continue
                key = decision.therapy, decision.direction
                by_brute = brute(decision.status, facts, {a: s.get(key) for a, s in tried.items()}, hoped)
                assert {_key(lead): lead.becomes for s in decision.sets for lead in s.leads} == by_brute


def test_a_finding_may_bring_a_row_that_waits_for_something_else(tmp_path: Path) -> None:
    statements = [
        says(("Cetuximab",), Is(G12C), id="first:1", settings=(ADULT,)),
        says(("Cetuximab",), Not(Is(V600E)), id="first:2"),
    ]  # fmt: skip
    with world(tmp_path, statements, [limits("Cetuximab", RAS[1])]) as release:
        found = leads(asked(Engine(release), patient()), "Cetuximab")
    assert found[("BRAF", "wild type"), ("NRAS", "wild type")] == "recommended"
    assert found[("KRAS", "G12C"), ("NRAS", "wild type")] == "option"
    assert (("KRAS", "G12C"),) not in found


# -- what is asked --------------------------------------------------------------------------------------------------


def test_no_fact_that_is_known_is_ever_asked_for(engine: Engine) -> None:
    known = patient(
        Biomarker(type="msi", status="MSS"), tested=("KRAS", "NRAS", "BRAF"),
        disease=Disease(name="rectal cancer", state="metastatic"), context=Context(age_years=50, line=2),
    )  # fmt: skip
    answer = asked(engine, known)
    facts = {t.fact for t in answer.would_decide} | {
        f for d in answer.decisions.options for s in d.sets for f in s.facts
    }
    assert facts <= {"EGFR"}


def test_a_test_is_worth_nothing_for_a_label_that_cannot_hold(engine: Engine) -> None:
    def waiting(**context: object) -> dict[str, tuple[str, ...]]:
        answer = engine.recommend(patient(context=Context(**context)))
        return {t.fact: t.therapies for t in answer.would_decide}

    assert waiting()["MSI"] == ("Pembrolizumab",)
    assert "MSI" not in waiting(age_years=15)
    assert "MSI" not in waiting(jurisdiction="ema")
    assert waiting(age_years=40)["MSI"] == ("Pembrolizumab",)


def test_the_plain_answer_is_the_same_bytes_and_the_order_never_changes(engine: Engine) -> None:
    profile = CASES["g12c"]
    plain_answer = engine.recommend(profile)
    assert b"decisions" not in json.line(plain_answer) and b'"answers"' not in json.line(plain_answer)
    full = asked(engine, profile)
    assert json.line(full) == json.line(asked(engine, profile))
    bare = replace(full, would_decide=plain_answer.would_decide, decisions=UNSET)
    assert json.line(bare) == json.line(plain_answer)
    ranks = [(-t.options, t.fact) for t in full.would_decide]
    assert ranks == sorted(ranks)


def test_what_is_too_much_is_counted_and_named(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "FACTS", 1)
    answer = asked(engine, CASES["nothing"])
    left = answer.decisions.left[0]
    assert "not tried" in left and "NRAS" in left
    asked_of = [t.fact for t in answer.would_decide if t.answers is not UNSET]
    assert len(asked_of) == 1


# -- the answers to one fact ------------------------------------------------------------------------------------------


def of_condition(engine: Engine, condition: Condition, profile: Profile | None = None) -> list[Supposed]:
    """What is tried of one condition, for a patient of whom nothing is known unless stated."""
    profile = profile or patient()
    diagnosis = engine.judged(profile).patient.diagnosis
    return of_settings([(condition,)], profile, lambda p: engine.setting(p, diagnosis))


@pytest.mark.parametrize(
    ("cell", "among", "answers"),
    [
        ("yes", ("yes", "no"), {"yes", "not yes"}),
        ("!3|4", ("0", "1", "2", "3", "4"), {"3", "not 3, 4"}),
        ("<3", ("0", "1", "2", "3", "4"), {"0", "3"}),
    ],
)
def test_what_a_declared_fact_can_turn_out_to_be_are_its_declared_values(
    cell: str, among: tuple[str, ...], answers: set[str], engine: Engine
) -> None:
    tried = of_condition(engine, Condition(fact="facts.x", cell=cell, among=among))
    assert {s.answer for s in tried} == answers
    stated = [s.apply(patient()).context.facts["x"] for s in tried]
    assert all(str(value).removesuffix(".0") in among for value in stated)


@pytest.mark.parametrize(
    "condition",
    [
        Condition(fact="facts.creatinine", cell="(0.5..1.0)", unit="mg/dL"),
        Condition(fact="facts.creatinine", cell="<0.5", unit="mg/dL"),
        Condition(fact="facts.base_excess", cell="(-3..-2)", unit="mmol/L"),
        Condition(fact="line", cell="(1..4)"),
        Condition(fact="population", cell='"use >3mos"'),
        Condition(fact="facts.risk", cell='!"high (>3)"|low'),
        Condition(fact="facts.platelets", cell=">1000000"),
        Condition(fact="facts.free_light_chain", cell="<0.00001", unit="g/L"),
    ],
    ids=lambda c: f"{c.fact} {c.cell}",
)
def test_a_condition_is_tried_holding_and_failing(engine: Engine, condition: Condition) -> None:
    supposed = of_condition(engine, condition)
    diagnosis = engine.judged(patient()).patient.diagnosis
    held = [holds(condition, engine.setting(s.apply(patient()), diagnosis)) for s in supposed]
    assert sorted(held) == [False, True] and len({s.answer for s in supposed}) == 2
    assert len({in_words([s]) for s in supposed}) == 2


def test_a_word_that_no_row_names_is_told_by_those_that_it_is_not(engine: Engine) -> None:
    words = [s.answer for s in of_condition(engine, Condition(fact="population", cell='"use >3mos"|neonates|adults'))]
    assert words == ["use >3mos", "not use >3mos, neonates …"]


def test_whether_the_state_is_known_is_asked_of_the_state() -> None:
    assert facts_of(Condition(fact="state", cell="known")) == ("disease state",)
    assert facts_of(Condition(fact="state", cell="unknown")) == ("disease state",)


def test_what_is_supposed_of_stage_and_extent_never_contradicts_what_is_stated(engine: Engine) -> None:
    early, localized = Condition(fact="stage", cell="0|I|II"), Condition(fact="state", cell="localized|metastatic")
    far = patient(disease=Disease(name="colorectal cancer", state="metastatic"))
    assert {s.answer for s in of_condition(engine, early, far)} == {"IV"}
    assert {s.answer for s in of_condition(engine, early)} == {"0", "III"}
    words = Condition(fact="stage", cell="limited")
    assert {s.answer for s in of_condition(engine, words, far)} == {"LIMITED", "IV"}
    fourth = patient(disease=Disease(name="colorectal cancer", stage="IV"))
    assert "localized" not in {s.answer for s in of_condition(engine, localized, fourth)}
    first = patient(disease=Disease(name="colorectal cancer", stage="I"))
    assert {s.answer for s in of_condition(engine, localized, first)} == {"localized"}


def test_no_set_of_facts_contradicts_itself(tmp_path: Path) -> None:
    both = says(("Cetuximab",), Is(G12C), settings=(when("stage", "I|II"), FAR), strength="label")
    with world(tmp_path, [both], ()) as release:
        answer = asked(Engine(release), patient(found("KRAS", "G12C")))
    assert ("disease state (extent)", "stage") not in {
        s.facts for d in answer.decisions.options for s in d.sets
    } and not any(len(lead.suppose) == 2 for d in answer.decisions.options for lead in d.flips)


@pytest.mark.parametrize(("many", "named"), [(6, 6), (7, 3)])
def test_an_answer_that_changes_many_therapies_names_a_few_and_counts_the_rest(many: int, named: int) -> None:
    after: list[Status] = ["excluded", *["option"] * (many - 1)]
    changes = tuple(
        StatusChange(therapy=(f"Drug {i}",), before="needs_check", after=status, tier="label")
        for i, status in enumerate(after)
    )
    answer = Answer(answer="G12C", allows=(), excludes=(), changes=changes)
    (said,) = told.sentences(WouldDecide(fact="KRAS", options=many, therapies=(), answers=(answer,)))
    assert said.startswith("G12C would exclude Drug 0 and allow Drug 1, Drug 2")
    assert said.count("Drug") == named and said.endswith(f" +{many - named}") == (many > named)


def test_numbers_that_change_the_same_are_told_as_one_stretch(tmp_path: Path) -> None:
    older = [says((drug,), Is(G12C), settings=(when("age_years", cell),))
             for drug, cell in (("Cetuximab", ">=12"), ("Encorafenib", ">=18"), ("Sotorasib", "<6"))]  # fmt: skip
    with world(tmp_path, older, ()) as release:
        answer = asked(Engine(release), patient(found("KRAS", "G12C")))
    (age,) = [t for t in answer.would_decide if t.fact == "age"]
    assert {a.answer for a in age.answers} == {
        "below 6", "6 to below 12", "12 to below 18", "at least 18",
    }  # fmt: skip
    with world(tmp_path / "one", [older[1], limits_nothing(older[0])], ()) as release:
        answer = asked(Engine(release), patient(found("KRAS", "G12C")))
    (age,) = [t for t in answer.would_decide if t.fact == "age"]
    assert {a.answer for a in age.answers} == {"below 18", "at least 18"}


def limits_nothing(s: Statement) -> Statement:
    """The same conditions, on a strength so low that they change no status."""
    weak: dict[str, object] = {"id": "first:weak", "record": "first:weak", "strength": "D", "direction": "resistant"}
    return replace(s, therapy=("Encorafenib",), **weak)


def test_answers_beyond_those_that_are_tried_are_counted(tmp_path: Path) -> None:
    many = [says((drug,), Is(change("KRAS", protein))) for drug, protein in (
        ("Cetuximab", "G12A"), ("Encorafenib", "G12C"), ("Sotorasib", "G12D"), ("Panitumumab", "G12R"),
        ("Pembrolizumab", "G12S"), ("Dostarlimab", "G12V"), ("Trastuzumab", "G13D"),
    )]  # fmt: skip
    with world(tmp_path, many, ()) as release:
        answer = asked(Engine(release), patient())
    assert "answers that rows name and that were not tried: KRAS 3" in answer.decisions.left


@pytest.mark.parametrize(
    ("cell", "values"),
    [(">=18", {"17", "18"}), ("<65", {"64", "65"}), ("[30..60)", {"29", "30", "60"}), ("=2", {"1", "2", "3"})],
)
def test_a_number_is_tried_on_both_sides_of_every_bound(engine: Engine, cell: str, values: set[str]) -> None:
    told_apart = {s.answer for s in of_condition(engine, Condition(fact="age_years", cell=cell))}
    assert told_apart <= values and len(told_apart) >= 2


def test_prior_therapy_is_none_or_what_a_row_asks_for_together(engine: Engine) -> None:
    rows = [(when("prior_therapies", "present:Oxaliplatin"), when("prior_therapies", "present:Irinotecan"))]
    diagnosis = engine.judged(patient()).patient.diagnosis
    supposed = of_settings(rows, patient(), lambda p: engine.setting(p, diagnosis))
    assert [s.answer for s in supposed][:2] == ["none", "Oxaliplatin and Irinotecan"]
    assert supposed[0].apply(patient()).context.prior_therapies_complete


def test_a_fact_of_the_institution_is_answered_in_its_own_unit(engine: Engine) -> None:
    supposed = of_condition(engine, Condition(fact="facts.creatinine_clearance", cell="<30", unit="mL/min"))
    assert {s.answer for s in supposed} == {"29 mL/min", "30 mL/min"}
    values = [s.apply(patient()).context.facts["creatinine_clearance"] for s in supposed]
    assert all(isinstance(v, Quantity) and v.unit == "mL/min" for v in values)


def test_a_marker_is_tried_on_both_sides_of_a_threshold_and_in_every_status() -> None:
    half = Criterion(
        type="expression",
        name="PD-L1 >= 50%",
        marker="PD-L1",
        comparator=">=",
        value=50.0,
        unit="percent",
        scheme="TPS",
    )
    assert [s.answer for s in of_criteria("PD-L1", [half], read)] == ["TPS 50 percent", "TPS 49 percent"]
    assert {s.answer for s in of_criteria("MSI", [MSI], read)} == {"MSI-H", "MSS"}


def test_a_germline_genotype_is_what_rows_name_or_normal() -> None:
    poor = Criterion(type="genotype", name="DPYD poor", gene="DPYD", genotypes=("poor metabolizer", "*2A/*2A"))
    supposed = of_criteria("DPYD genotype", [poor], read)
    assert {s.answer for s in supposed} == {"normal", "poor metabolizer"}
    assert supposed[0].apply(patient()).context.germline_pgx == {"DPYD": "normal"}


@pytest.mark.parametrize(
    "criterion",
    [
        G12C, mutation("KRAS"), Criterion(type="variant", name="G12", gene="KRAS", codons=(12, 12)),
        Criterion(type="variant", name="exon 19 deletion", gene="EGFR", exons=(19, 19),
                  consequences=("inframe_deletion",)),
        Criterion(type="fusion", name="ALK fusion", gene="ALK"),
        Criterion(type="cna", name="MET amplification", gene="MET", directions=("amplification",)),
        Criterion(type="variant", name="loss of function", gene="PTEN", requires="loss_of_function"),
    ],
    ids=lambda c: c.name,
)  # fmt: skip
def test_a_criterion_is_stated_by_a_biomarker_that_satisfies_it(criterion: Criterion) -> None:
    assert stated(criterion) is not None
    assert len(of_criteria(criterion.gene or "", [criterion], read)) == 2


def test_what_no_finding_can_state_has_no_answer() -> None:
    other = Criterion(type="other", name="a signature that nobody can state")
    assert stated(other) is None


# -- faces ------------------------------------------------------------------------------------------------------------


def test_text_and_page_say_each_answer_in_one_sentence(engine: Engine) -> None:
    answer = asked(engine, patient(tested=("NRAS", "BRAF"), context=Context(line=2, age_years=50)))
    text = " ".join(plain(render(answer)).split())
    said = "wild type would allow Cetuximab"
    assert said in text and said in html.page([answer]).decode()
    assert "not tried" not in text or answer.decisions.left
    rank, option = next((i, o) for i, o in enumerate(answer.options, 1) if o.therapy == ("Cetuximab",))
    assert "Would be recommended with KRAS wild type" in plain(explain(answer, [(rank, option)]))


@pytest.fixture(scope="module")
def starter_engine(starter_cache: Path) -> Iterator[Engine]:
    with starter.release() as release:
        yield Engine(release)


def test_kras_decides_on_cetuximab_in_the_starter_release(starter_engine: Engine) -> None:
    profile = Profile(
        id="P", disease=Disease(name="Colorectal Cancer", state="metastatic", stage="IV"), biomarkers=(),
        tests=(Test(genes=("NRAS", "BRAF")),), context=Context(age_years=60),
    )  # fmt: skip
    answer = asked(starter_engine, profile)
    kras = {a.answer: a for a in answer.would_decide[0].answers}
    assert answer.would_decide[0].fact == "KRAS"
    assert any("Panitumumab" in name for name in kras["wild type"].allows)
    assert any("Panitumumab" in name for name in kras["G12C"].excludes)
    assert any("Sotorasib" in name or "Adagrasib" in name for name in kras["G12C"].allows)


QUESTION = ["recommend", "--text", "NRAS wild type; BRAF wild type; metastatic", "--disease", "Colorectal Cancer"]


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "html"])
def test_the_command_tells_it_in_every_format_and_only_when_asked(
    starter_cache: Path, capsysbinary: pytest.CaptureFixture[bytes], form: str
) -> None:
    said = b'"answers":' if form.startswith("json") else b"wild type would allow"
    assert main.run([*QUESTION, "--format", form, "--what-if"]) in (0, 4)
    assert said in b" ".join(capsysbinary.readouterr().out.split())
    assert main.run([*QUESTION, "--format", form]) in (0, 4)
    assert said not in b" ".join(capsysbinary.readouterr().out.split())
