"""Ontology files: what each format gives, and what a damaged file is answered with."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import pytest

from graph.errors import DataError
from graph.model import Node
from ingest.harvest import Harvest
from ingest.sources import do, oncotree
from ontologies.readers import owl

FAULTS = tomllib.loads((Path(__file__).parent / "data/ontologies/faults.toml").read_text(encoding="utf-8"))["fault"]


@pytest.fixture
def small(data: Path) -> Path:
    return data / "ontologies"


def nodes(harvest: Harvest) -> dict[str, Node]:
    return {node.id: node for node in harvest.nodes}


def links(harvest: Harvest, type_: str) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in harvest.edges if edge.type == type_}


def changed(path: Path, folder: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    target = folder / path.name
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    return target


def test_obo_and_owl_of_one_ontology_give_the_same_harvest(small: Path) -> None:
    obo, owl = do.read(small / "small.obo"), do.read(small / "small.owl")
    assert obo.source.version == owl.source.version == "2026-01-31"
    assert nodes(obo) == nodes(owl)
    assert links(obo, "IS_A") == links(owl, "IS_A")
    assert links(obo, "MAPS_TO") == links(owl, "MAPS_TO")


def test_a_term_keeps_its_names_cross_references_and_former_ids(small: Path) -> None:
    found = nodes(do.read(small / "small.obo"))
    garden = found["DOID:9000001"]
    assert garden.properties["synonyms"] == ("GCA", "carcinoma of the garden")
    assert garden.properties["related"] == ("garden growth",)
    assert garden.properties["xrefs"] == ("NCIT:C900001",)
    assert found["DOID:9000099"].properties["obsolete"] is True
    assert found["DOID:9000002"].name == "hedge carcinoma"


def test_a_successor_is_an_exact_mapping(small: Path) -> None:
    edges = [e for e in do.read(small / "small.obo").edges if e.type == "MAPS_TO"]
    assert {(e.source, e.target, e.properties["predicate"], e.properties["route"]) for e in edges} == {
        ("DOID:9000002", "DOID:9000001", "skos:exactMatch", "replaced_by"),
        ("DOID:9000099", "DOID:9000001", "skos:exactMatch", "alternative id"),
    }


def test_gzip_is_unpacked_whatever_the_name(small: Path, tmp_path: Path) -> None:
    packed = tmp_path / "terms"
    packed.write_bytes(gzip.compress((small / "do.tsv").read_bytes()))
    assert len(do.read(packed).nodes) == 5


def test_oncotree_json_gives_the_tree_and_the_former_codes(small: Path) -> None:
    harvest = oncotree.read(small / "tree.json")
    assert ("ONCOTREE:GARD", "ONCOTREE:LUNG") in links(harvest, "IS_A")
    assert nodes(harvest)["ONCOTREE:GARD"].properties["xrefs"] == ("NCIT:C900001",)
    mapped = {e.source: (e.target, e.properties["predicate"]) for e in harvest.edges if e.type == "MAPS_TO"}
    assert mapped == {
        "ONCOTREE:OLDG": ("ONCOTREE:GARD", "skos:exactMatch"),
        "ONCOTREE:PREG": ("ONCOTREE:GARD", "skos:broadMatch"),
        "ONCOTREE:REVG": ("ONCOTREE:HEDG", "skos:relatedMatch"),
    }
    assert all(nodes(harvest)[code].properties["obsolete"] is True for code in mapped)


def test_the_text_by_level_gives_the_same_tree(small: Path) -> None:
    harvest = oncotree.read(small / "levels.txt")
    assert links(harvest, "IS_A") == {
        ("ONCOTREE:LUNG", "ONCOTREE:TISSUE"),
        ("ONCOTREE:GARD", "ONCOTREE:LUNG"),
        ("ONCOTREE:OLDG", "ONCOTREE:TISSUE"),
    }
    assert nodes(harvest)["ONCOTREE:GARD"].properties["tissue"] == "Lung"


def test_a_list_of_codes_gives_names_and_tissues(small: Path) -> None:
    harvest = oncotree.read(small / "flat.txt")
    assert nodes(harvest)["ONCOTREE:PREG"].name == "Former Garden Carcinoma"
    assert not harvest.edges


def test_a_route_is_a_claim_with_its_name(small: Path) -> None:
    edges = [e for e in oncotree.read(small / "oncotree.tsv").edges if e.type == "MAPS_TO"]
    assert [(e.source, e.target, e.properties["route"]) for e in edges] == [
        ("ONCOTREE:GARD", "DOID:9000001", "nci"),
        ("ONCOTREE:HEDG", "DOID:9000003", "mondo"),
    ]


def test_every_row_is_counted(small: Path) -> None:
    for harvest in (do.read(small / "do.tsv"), oncotree.read(small / "oncotree.tsv"), do.read(small / "small.obo")):
        report = harvest.report
        assert report.read == report.loaded + report.merged > 0


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['file']}: {fault['message'][:60]}")
def test_a_fault_is_named_with_its_place(small: Path, tmp_path: Path, fault: dict[str, str]) -> None:
    read = oncotree.read if fault["file"] in ("oncotree.tsv", "levels.txt", "tree.json") else do.read
    with pytest.raises(DataError) as caught:
        read(changed(small / fault["file"], tmp_path, fault["old"], fault["new"]))
    assert str(caught.value).startswith(fault["message"])


def test_a_cut_off_gzip_is_said_to_be_one(small: Path, tmp_path: Path) -> None:
    cut = tmp_path / "small.obo.gz"
    cut.write_bytes(gzip.compress((small / "small.obo").read_bytes())[:-40])
    with pytest.raises(DataError, match=r"cut off|damaged"):
        do.read(cut)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_every_encoding_before_they_expand(tmp_path: Path, encoding: str) -> None:
    bomb = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x"}">' for i in range(12))
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [{bomb}]><r>&e11;</r>'
    path = tmp_path / "bomb.owl"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(DataError, match="entity declaration is not accepted"):
        do.read(path)


def test_an_import_is_never_followed(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    assert len(nodes(do.read(small / "small.owl"))) == 5


def test_a_row_of_owl_is_searched_for_an_error_only(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    monkeypatch.setattr(owl, "_row", lambda content, iri: searched.append(iri))
    do.read(small / "small.owl")
    assert searched == []


def test_another_owl_syntax_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.owl"
    path.write_text('<Ontology xmlns="http://www.w3.org/2002/07/owl#"/>', encoding="utf-8")
    with pytest.raises(DataError, match="this is no RDF/XML document"):
        do.read(path)


def test_a_file_of_no_known_form_says_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("hello\n", encoding="utf-8")
    with pytest.raises(DataError, match="this is no OBO, no OWL"):
        do.read(path)
    with pytest.raises(DataError, match="no OncoTree file that can be read"):
        oncotree.read(path)


def test_oncotree_json_in_another_encoding_is_an_error_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "tree.json"
    file.write_bytes('{"TISSUE": {"code": "TISSUE", "name": "Caf\u00e9", "children": {}}}'.encode("latin-1"))
    with pytest.raises(DataError, match=r"tree.json, row 1: the file is not UTF-8 text \(byte 0xe9\)"):
        oncotree.read(file)


def test_deep_nesting_is_an_error_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    node = '{"code": "A", "name": "A", "children": {"A": ' * 100_000
    path.write_text('{"A": ' + node, encoding="utf-8")
    with pytest.raises(DataError, match="no OncoTree tree in JSON"):
        oncotree.read(path)


def test_published_files_are_read_whole(shared: Path) -> None:
    tree = oncotree.read(shared / "oncology/oncotree/oncotree_2025_10_03.json")
    table = oncotree.read(shared / "ontologies/oncotree_2025_10_03.tsv")
    live = {n.id for n in tree.nodes if not n.properties.get("obsolete")}
    assert live == {n.id for n in table.nodes} and len(live) == 898
    assert len(oncotree.read(shared / "oncology/oncotree/oncotree.2023-03-09.txt").nodes) == 885
    slim = do.read(shared / "ontologies/DO_cancer_slim.obo.gz")
    whole = do.read(shared / "ontologies/do_terms.tsv")
    assert (slim.report.read, whole.report.read) == (730, 12247)
    assert {n.id for n in slim.nodes if not n.properties.get("obsolete")} <= {n.id for n in whole.nodes}


def test_the_published_tree_survives_a_rewrite(shared: Path, tmp_path: Path) -> None:
    source = shared / "oncology/oncotree/oncotree_2025_10_03.json"
    copy = tmp_path / source.name
    copy.write_text(json.dumps(json.loads(source.read_text(encoding="utf-8")), indent=1), encoding="utf-8")
    assert nodes(oncotree.read(copy)) == nodes(oncotree.read(source))
