"""Every row that has a say in a verdict is on a path that tells the truth about where it starts."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from world import ask, change, found, limits, mutation, says, when, wild

from api.explain import Explainer
from api.render.threads import chain, collapse
from graph.claims import Criterion, GuidelineRow, Is, Not
from graph.model import Path
from graph.patient import Context, Test

V600E, KRAS = change("BRAF", "V600E"), mutation("KRAS")
TARGETED = says("Dabrafenib", V600E, "D:lung")


def paths(rows: list[GuidelineRow], *findings: Any, **more: Any) -> tuple[Path, ...]:
    """The paths of dabrafenib for a lung tumour with BRAF V600E."""
    by_id = {row.id: row for row in rows}
    verdict = ask([TARGETED], (found("BRAF", "V600E"), *findings), rows=rows, **more)["Dabrafenib"]
    return Explainer({"D:lung": "lung"}.get, by_id.__getitem__).paths(verdict)


def told(path: Path) -> list[str]:
    """Names and edge types in the order of reading."""
    return [
        path.nodes[0].name,
        *(w for e, n in zip(path.edges, path.nodes[1:], strict=True) for w in (e.type, n.label)),
    ]


TO_DRUG = ["GuidelineRow", "EXCLUDES", "Drug", "HAS_COMPONENT", "Therapy"]
BY_PROFILE = ["Category", "IN_PROFILE", "MolecularProfile", "SUBJECT_OF", *TO_DRUG]


def test_a_row_that_fires_is_reached_from_the_finding_behind_the_statement_that_it_limits() -> None:
    stating, limiting = paths([limits("Dabrafenib", KRAS)], found("KRAS", "G12D", oncogenic=True))
    assert [n.label for n in stating.nodes] == ["Finding", "Variant", "MolecularProfile", "Statement", "Therapy"]
    assert told(limiting) == ["KRAS p.G12D", "SATISFIES", *BY_PROFILE]
    assert limiting.edges[-1].source == limiting.nodes[-1].id, "the therapy has the drug"


def test_a_finding_of_unknown_effect_may_satisfy() -> None:
    assert told(paths([limits("Dabrafenib", KRAS)], found("KRAS", "G12D"))[1])[:2] == ["KRAS p.G12D", "MAY_SATISFY"]


def test_what_nobody_looked_for_would_decide() -> None:
    assert told(paths([limits("Dabrafenib", KRAS)])[1]) == ["KRAS: not known", "WOULD_DECIDE", *BY_PROFILE]


def test_a_germline_genotype_is_where_the_path_begins() -> None:
    poor = Criterion(type="genotype", name="DPYD poor metabolizer", gene="DPYD", genotypes=("poor metabolizer",))
    row = limits("Dabrafenib", poor)
    stated = paths([row], context=Context(germline_pgx={"DPYD": "Poor Metabolizer"}))[1]
    assert told(stated)[:2] == ["DPYD Poor Metabolizer", "SATISFIES"]
    assert told(paths([row])[1])[:2] == ["DPYD genotype: not known", "WOULD_DECIDE"]


def test_a_row_for_what_is_not_known_begins_with_that() -> None:
    row = limits("Dabrafenib", Criterion(type="variant", name="KRAS unknown", gene="KRAS", known=False))
    assert told(paths([row])[1])[:2] == ["KRAS: not known", "SATISFIES"]
    looked = Test(genes=("KRAS",), alteration_types=("snv", "indel"))
    assert told(paths([row], tests=(looked,))[1])[:2] == ["KRAS: tested", "RULES_OUT"]


def test_a_finding_that_clears_a_row_rules_its_change_out() -> None:
    assert told(paths([limits("Dabrafenib", KRAS)], wild("KRAS"))[1])[:3] == ["KRAS wild type", "RULES_OUT", "Category"]


def test_a_required_change_that_is_absent_is_ruled_out() -> None:
    row = limits("Dabrafenib", KRAS, kind="require")
    assert told(paths([row], wild("KRAS"))[1])[:2] == ["KRAS wild type", "RULES_OUT"]
    absent = limits("Dabrafenib", Not(Is(KRAS)))
    negated = ["KRAS wild type", "RULES_OUT", "Category", "ABSENT_FROM_PROFILE", "MolecularProfile"]
    assert told(paths([absent], wild("KRAS"))[1])[:5] == negated


def test_a_row_without_a_biomarker_is_reached_from_the_diagnosis_or_from_what_it_asks() -> None:
    row = limits("Dabrafenib", KRAS)
    of_disease = replace(row, profile=None, disease=TARGETED.disease)
    assert told(paths([of_disease])[1]) == ["the diagnosis", "IS_A", "Disease", "CONDITION_OF", *TO_DRUG]
    asking = replace(row, profile=None, settings=(when("facts.qtc", ">480"),))
    assert told(paths([asking])[1]) == ["facts.qtc", "WOULD_DECIDE", *TO_DRUG]


def test_what_limits_comes_before_what_waits_and_no_more_than_three() -> None:
    rows = [
        replace(limits("Dabrafenib", mutation(gene), if_unknown="caution"), id=f"guideline:t:{gene}")
        for gene in ("AKT1", "KRAS", "MAP2K1", "NRAS")
    ]
    _, *limiting = paths(rows, found("MAP2K1", "P124S", oncogenic=True))
    assert [p.nodes[0].name for p in limiting] == ["MAP2K1 p.P124S", "AKT1: not known", "KRAS: not known"]


def test_on_one_line_a_label_is_said_once_and_the_last_step_reads_towards_the_therapy() -> None:
    verdict = ask(
        [replace(TARGETED, row="guideline:fda-labels:t")], [found("BRAF", "V600E")], rows=[limits("Dabrafenib", KRAS)]
    )["Dabrafenib"]
    row = limits("Dabrafenib", KRAS)
    stating, limiting = Explainer({}.get, lambda id: row).paths(verdict)
    steps = chain(stating, ())
    assert [(s.kind, s.via) for s in steps[-2:]] == [("guideline row", "grounds"), ("therapy", "recommends")]
    assert [s.kind for s in collapse(steps)][-2:] == ["statement", "therapy"]
    assert [s.via for s in chain(limiting, ())][-2:] == ["excludes", "component of"]
