"""Rules are compared field by field, and the next version of a rule is the same rule."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from msgspec.structs import replace

from api.rulediff import FieldChange, RuleChanges, compare
from graph.claims import Condition, DiseaseScope, GuidelineRow, Is, Level, Step, VariantClass
from ingest import lift
from ingest.harvest import Harvest, Report, SourceInfo
from ingest.sources import hivdb
from tests import tiny

ROW = GuidelineRow(
    id="guideline:board:1", guideline="board", kind="exclude", drugs=("Trametinib",), reason="So.", sources=("b:1",),
    profile=Is(tiny.V600E), disease=tiny.MELANOMA,
)  # fmt: skip


def harvest(*items: object, name: str = "table-board") -> Harvest:
    source = SourceInfo(name=name, title="", version=None, licence="", url=None, attribution="", files={})
    made = Harvest(source, Report())
    for item in items:
        kinds = {"GuidelineRow": made.rows, "Statement": made.statements, "VariantClass": made.classes}
        kinds[type(item).__name__].append(item)  # the lists hold what the type says
    return made


def test_each_field_that_differs_is_told_old_beside_new() -> None:
    new = replace(
        ROW, strength="D", drugs=("Trametinib", "Dabrafenib"), settings=(Condition(fact="age_years", cell=">=18"),),
        disease=DiseaseScope(name="Melanoma", ids=("DOID:1909",), excluded=("DOID:6039",)), priority=2,
        level=Level(scheme="board", value="II"), scale=(Step(low=None, high=9, level="Low"),), reason="So!",
    )  # fmt: skip
    found = compare([harvest(ROW)], [harvest(new)])
    (change,) = found.rules
    assert {f.field: (f.old, f.new) for f in change.fields} == {
        "drugs": ("Trametinib", "Trametinib; Dabrafenib"),
        "reason": ("So.", "So!"),
        "disease": ("Melanoma (DOID:1909)", "Melanoma (DOID:1909) but DOID:6039"),
        "settings": (None, "age_years >=18"),
        "strength": ("guideline", "D"),
        "level": (None, "board II"),
        "scale": (None, "[..9] Low"),
        "priority": ("0", "2"),
    }


def test_what_reads_the_same_and_is_not_is_told_as_it_is_stored() -> None:
    other = replace(tiny.V600E, protein="p.V600K")
    (change,) = compare([harvest(ROW)], [harvest(replace(ROW, profile=Is(other)))]).rules
    (field,) = change.fields
    assert field.field == "profile"
    assert "p.V600E" in str(field.old)
    assert "p.V600K" in str(field.new)


def test_order_and_another_file_name_change_nothing() -> None:
    rows = [replace(ROW, id=f"guideline:board:{i}") for i in range(3)]
    label = tiny.statement("label:board.1", provenance="table-board", record="label:board.1", kind="label")
    klass = VariantClass(
        id="tables:board:k", criterion=tiny.V600, classes=("oncogenic",), provenance="table-board", record="r"
    )
    renamed = [replace(r, id=r.id.replace("board", "house"), guideline="house") for r in rows]
    moved = harvest(
        *reversed(renamed),
        replace(label, id="label:house.1", record="label:house.1", provenance="table-house"),
        replace(klass, id="tables:house:k", provenance="table-house"),
    )
    found = compare([harvest(*rows, label, klass)], [moved])
    assert (found.rules, found.same) == ((), 5)
    assert [(r.field, r.new) for r in found.renewed] == [("guideline", "house")]


def versions(version: str, **points: float) -> Harvest:
    rows = [
        replace(ROW, id=f"guideline:hiv:{name}@{version}", guideline="hiv", version=version, kind="score", points=p)
        for name, p in points.items()
    ]
    return harvest(*rows, name="hivdb")


def test_the_next_version_of_a_rule_is_that_rule_and_the_version_is_told_once() -> None:
    found = compare([versions("1", a=5, b=10, c=0)], [versions("2", a=5, b=15, d=20)])
    assert [(r.id, r.change, r.was) for r in found.rules] == [
        ("guideline:hiv:b@2", "changed", "guideline:hiv:b@1"),
        ("guideline:hiv:c@1", "removed", None),
        ("guideline:hiv:d@2", "added", None),
    ]
    assert found.rules[0].fields == (FieldChange(field="points", old="10", new="15"),)
    assert [(r.guideline, r.field, r.old, r.new) for r in found.renewed] == [("hiv", "version", "1", "2")]
    assert found.same == 1


def test_versions_beside_each_other_are_kept_apart() -> None:
    both = harvest(*versions("1", a=5).rows, *versions("2", a=10).rows, name="hivdb")
    assert compare([both], [both]) == RuleChanges(rules=(), same=2)
    (gone,) = compare([both], [versions("2", a=10)]).rules
    assert (gone.id, gone.change) == ("guideline:hiv:a@1", "removed")


def test_coordinates_that_a_build_lifted_are_no_difference() -> None:
    stated = [harvest(replace(ROW, profile=Is(replace(tiny.V600E, alleles=tiny.V600E.alleles[:1]))))]
    lifted = [harvest(ROW)]
    assert compare(lifted, stated).rules
    unlifted = lift.lifted_harvests(lifted, lift.Unlifter(builds=lift.builds(stated)))
    assert compare(unlifted, stated) == RuleChanges(rules=(), same=1)


# -- the published releases of HIVDB, read another way ---------------------------------------------------------------


def scores(file: Path) -> dict[tuple[str, str], float]:
    """(Drug, mutations) -> points, by a pattern over the rules' own text."""
    found: dict[tuple[str, str], float] = {}
    for drug in ElementTree.parse(file).getroot().iter("DRUG"):
        name, text = drug.findtext("NAME", ""), " ".join(c.text or "" for c in drug.iter("CONDITION"))
        for mutations, points in re.findall(r"(\w+(?:\s+AND\s+\w+)*)\s*\)?\s*=>\s*(-?\d+)", text):
            found[name, "+".join(map(in_order, re.split(r"\s+AND\s+", mutations)))] = float(points)
    return found


def in_order(mutation: str) -> str:
    """``190ASC`` and ``190ACS`` are one."""
    return re.sub(r"\D", "", mutation) + "".join(sorted(re.sub(r"\d", "", mutation)))


@pytest.fixture(scope="module")
def published(shared: Path) -> tuple[RuleChanges, Path]:
    folder = shared / "amr/hiv"
    return compare([hivdb.read(folder / "HIVDB_9.4.xml")], [hivdb.read(folder / "HIVDB_10.2.xml")]), folder


def test_every_score_that_differs_between_two_releases_of_hivdb_is_told_and_no_other(
    published: tuple[RuleChanges, Path],
) -> None:
    changes, folder = published
    old, new = scores(folder / "HIVDB_9.4.xml"), scores(folder / "HIVDB_10.2.xml")
    assert len(old) > 1000
    expected = {
        "added": new.keys() - old.keys(),
        "removed": old.keys() - new.keys(),
        "changed": {key for key in old.keys() & new.keys() if old[key] != new[key]},
    }
    for change, keys in expected.items():
        told = {
            key(rule.id) for rule in changes.rules
            if rule.change == change and (change != "changed" or any(f.field == "points" for f in rule.fields))
        }  # fmt: skip
        assert {k for k in told if k[1]} == keys, change


def key(id: str) -> tuple[str, str]:
    """``guideline:HIVDB:ATV/r/41L+215FY@10.2`` -> its drug and mutations; those are empty for a scale."""
    own = id.removeprefix("guideline:HIVDB:").partition("@")[0]
    drug, _, mutations = own.rpartition("/")
    parts = "+".join(map(in_order, mutations.split("+")))
    return (drug, parts) if drug and mutations != "r" else (own, "")
