"""Ids come from meaning alone, and a path that is explained is a path of the graph."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from graph.claims import All, Any, Criterion, Is, Not, criteria
from graph.describe import describe, slug
from graph.paths import (
    absence_only,
    criterion_genes,
    criterion_marker,
    criterion_node,
    profile_node,
    therapy_node,
)
from graph.steps import disease_steps, row_disease_steps, row_drug_steps, row_steps, statement_steps
from tests import tiny


def test_a_source_s_own_name_changes_no_id() -> None:
    one = Criterion(type="variant", name="EGFR Exon 19 (Deletion)", gene="EGFR", exons=(19, 19))
    other = Criterion(type="variant", name="EGFR EXON 19", gene="EGFR", exons=(19, 19))
    assert criterion_node(one).id == criterion_node(other).id == "clew.category:EGFR_exon_19"


def test_what_narrows_a_criterion_changes_its_id() -> None:
    base = Criterion(type="variant", name="x", gene="EGFR")
    narrowed = [
        Criterion(type="variant", name="x", gene="EGFR", **more)
        for more in (
            {"codons": (790, 790)}, {"codons": (790, 791)}, {"exons": (20, 20)}, {"protein": "p.T790M"},
            {"requires": "activating"}, {"consequences": ("inframe_insertion",)}, {"except_codons": (790,)},
            {"exons": (20, 20), "except_changes": ("p.T790M",)},
            {"zygosity": "hom"}, {"origin": "germline"}, {"protein": "p.T790M", "origin": "germline"},
            {"protein": "p.T790*"}, {"cdna": "c.2369C>T"}, {"alleles": ("GRCh37:7:1:A:T",)},
        )
    ]  # fmt: skip
    ids = {criterion_node(c).id for c in (base, *narrowed)}
    assert len(ids) == len(narrowed) + 1


def test_scores_thresholds_and_fusion_sides_are_told_apart() -> None:
    def pd_l1(scheme: str, comparator: str, value: float) -> Criterion:
        return Criterion(
            type="expression", name="x", marker="PD-L1", scheme=scheme, comparator=comparator, value=value, unit="u"
        )

    several = [pd_l1("TPS", ">=", 1), pd_l1("CPS", ">=", 1), pd_l1("TPS", ">", 1), pd_l1("TPS", ">=", 10)]
    several += [
        Criterion(type="fusion", name="x", gene="ALK"),
        Criterion(type="fusion", name="x", gene_5p="ALK"),
        Criterion(type="fusion", name="x", gene_3p="ALK"),
        Criterion(type="fusion", name="x", gene_5p="EML4", gene_3p="ALK"),
        Criterion(type="fusion", name="x", gene_5p="ALK", gene_3p="EML4"),
    ]
    assert len({criterion_node(c).id for c in several}) == len(several)


def test_order_and_repetition_do_not_change_a_profile() -> None:
    a, b = Is(tiny.V600E), Is(tiny.KRAS)
    assert profile_node(All((a, b))) == profile_node(All((b, a, b)))
    assert profile_node(All((a,))) == profile_node(a) == profile_node(Not(Not(a)))
    assert len({profile_node(e).id for e in (a, Not(a), All((a, b)), Any((a, b)), All((a, Not(b))))}) == 5


def test_a_wild_type_or_a_negation_alone_is_an_absence() -> None:
    wild = Criterion(type="wildtype", name="KRAS wild type", gene="KRAS")
    assert absence_only(Is(wild)) and absence_only(Not(Is(tiny.KRAS))) and absence_only(All(()))
    assert not absence_only(Not(Is(wild))) and not absence_only(All((Is(tiny.V600E), Not(Is(tiny.KRAS)))))


def test_ingredients_make_one_therapy_in_any_order() -> None:
    assert therapy_node(("B x", "A")) == therapy_node(["A", "B x", "A"])


def test_each_explained_step_is_an_edge_of_the_graph_with_its_source() -> None:
    content = tiny.content()
    nodes = {n.id: n for n in content.nodes}
    edges = {(e.source, e.target, e.type, e.record) for e in content.edges}
    for statement in tiny.STATEMENTS:
        for criterion, negated in criteria(statement.profile):
            steps, joined = statement_steps(statement, criterion, negated)
            assert [s.name for s in steps] == [nodes[s.id].name for s in steps]
            for edge in joined:
                assert (edge.source, edge.target, edge.type, *edge.sources) in edges


def test_a_label_leads_to_its_therapy_through_the_rule_that_it_is() -> None:
    label = next(s for s in tiny.STATEMENTS if s.kind == "label")
    ((criterion, negated),) = criteria(label.profile)
    steps, joined = statement_steps(label, criterion, negated)
    assert [s.label for s in steps] == ["Category", "MolecularProfile", "Statement", "GuidelineRow", "Therapy"]
    assert [e.type for e in joined] == ["ABSENT_FROM_PROFILE", "SUBJECT_OF", "GROUNDS", "RECOMMENDS"]
    assert disease_steps(label, steps[0])[1][1:] == joined[2:]


def test_each_step_of_a_row_is_an_edge_of_the_graph_that_runs_to_the_drug() -> None:
    content = tiny.content()
    nodes = {n.id: n for n in content.nodes}
    edges = {(e.source, e.target, e.type) for e in content.edges}
    dabrafenib, both = "Dabrafenib", ("Dabrafenib", "Trametinib")
    exclude, kidney = tiny.LIMITS[0], tiny.GUIDING[1]
    assert exclude.profile is not None
    ((criterion, negated),) = criteria(exclude.profile)
    for steps, joined in (
        row_steps(exclude, criterion, negated, dabrafenib, both),
        row_disease_steps(exclude, nodes["DOID:1909"], dabrafenib, both),
        row_drug_steps(kidney, dabrafenib, both),
    ):
        assert [s.name for s in steps] == [nodes[s.id].name for s in steps]
        assert [s.label for s in steps[-3:]] == ["GuidelineRow", "Drug", "Therapy"]
        assert all((e.source, e.target, e.type) in edges and e.sources for e in joined)
        *before, component = joined
        assert [(e.source, e.target) for e in before] == [(a.id, b.id) for a, b in pairwise(steps[:-1])]
        assert (component.source, component.target) == (steps[-1].id, steps[-2].id)


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_slugs_are_plain_and_different_for_different_words(one: str, other: str) -> None:
    assert set(slug(one)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert slug(one) != slug(other) or one == other


def test_the_words_for_a_criterion_tell_all_of_it() -> None:
    assert describe(tiny.ALK) == "EML4(e13)::ALK fusion"
    assert describe(tiny.PD_L1) == "PD-L1 TPS >= 50 percent"


def test_every_criterion_of_a_tumour_hangs_on_a_gene_or_a_marker() -> None:
    band = Criterion(type="cna", name="5q deletion", region="5q", directions=("loss",))
    assert criterion_marker(band) == "5q" and criterion_genes(band) == ()
    assert criterion_marker(tiny.PD_L1) == "PD-L1" and criterion_marker(tiny.V600E) is None
    assert criterion_marker(Criterion(type="msi", name="MSI-H", statuses=("MSI-H",))) == "MSI"
