"""A release is what its manifest says, opens whole or not at all, and comes out the same each time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graph import matrices, release
from graph.errors import ReleaseError
from graph.model import edge_key
from graph.release import Release, open_release
from tests import tiny


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases") / "home"
    release.write(folder, tiny.content(), tiny.SOURCES, {"first.tsv": "fate\trecord\n"})
    return folder


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """A release that a test may damage."""
    return Path(shutil.copytree(home, tmp_path / "home"))


def test_two_builds_are_byte_identical_whatever_the_order(home: Path, tmp_path: Path) -> None:
    content = tiny.content()
    turned = type(content)(*(tuple(reversed(getattr(content, f))) for f in content.__dataclass_fields__))
    other = release.write(tmp_path, turned, tuple(reversed(tiny.SOURCES)), {"first.tsv": "fate\trecord\n"})
    first = open_release(home)
    assert other.digest == first.digest
    for name in (*first.manifest.files, "manifest.json"):
        assert (first.path / name).read_bytes() == (other.path / name).read_bytes(), name


def test_one_fact_more_is_another_digest(home: Path, tmp_path: Path) -> None:
    content = tiny.content()
    changed = tiny.statement("first:1", therapy=("Dabrafenib", "Trametinib"), date="2014-01-09")
    other = type(content)(content.nodes, content.edges, (changed, *content.statements[1:]))
    assert release.write(tmp_path, other, tiny.SOURCES).digest != open_release(home).digest


def test_the_manifest_holds_no_clock_host_or_path(home: Path) -> None:
    text = (open_release(home).path / "manifest.json").read_text()
    assert str(home) not in text and str(Path.home()) not in text and "202" not in text.split('"files"')[0]


def test_every_value_comes_back_as_it_went_in(home: Path) -> None:
    content, opened = tiny.content(), open_release(home)
    assert sorted(opened.nodes(), key=lambda n: n.id) == sorted(content.nodes, key=lambda n: n.id)
    assert {e.type for e in opened.edges()} == {e.type for e in content.edges}
    assert sorted(opened.edges(), key=edge_key) == sorted(content.edges, key=edge_key)
    assert tuple(opened.statements()) == content.statements
    assert sorted(opened.rows(), key=lambda r: r.id) == sorted(content.rows, key=lambda r: r.id)
    assert tuple(opened.classes()) == content.classes
    assert sorted(map(repr, opened.names())) == sorted(map(repr, content.names))
    assert sorted(map(repr, opened.closure())) == sorted(map(repr, content.closure))


def test_the_matrices_hold_every_edge_at_the_places_of_the_nodes(home: Path) -> None:
    opened = open_release(home)
    ids = [n.id for n in opened.nodes()]
    edges = list(opened.edges())
    types = {e.type for e in edges}
    files = {name for name in opened.manifest.files if name.startswith("matrices/")}
    assert files == {f"matrices/{edge_type}.{part}.npy" for edge_type in types for part in matrices.PARTS}
    for edge_type in types:
        matrix = matrices.load(opened, edge_type)
        found = {(ids[row], ids[int(column)]) for row in range(matrix.size) for column in matrix.targets(row)}
        assert found == {(e.source, e.target) for e in edges if e.type == edge_type}
        assert int(np.sum(matrix.data)) == sum(e.type == edge_type for e in edges)


def test_counts_say_what_is_in_it(home: Path) -> None:
    counted = open_release(home).manifest.counts
    assert counted["statements"] == {"first": 3, "second": 2}
    assert counted["edges"]["ABSENT_FROM_PROFILE"] == 3


def test_a_flipped_byte_in_any_file_is_found(copy: Path) -> None:
    names = list(open_release(copy).manifest.files)
    assert len(names) > 20
    for name in names:
        file = open_release(copy).path / name
        original = file.read_bytes()
        file.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
        opened = open_release(copy)
        with pytest.raises(ReleaseError, match="is damaged"):
            opened.file(name)
        with pytest.raises(ReleaseError, match="is damaged"):
            opened.verify_all()
        file.write_bytes(original)
    open_release(copy).verify_all()


@pytest.mark.parametrize("use", [Release.serve, lambda r: list(r.nodes()), lambda r: matrices.load(r, "IN_GENE")])
def test_nothing_is_read_from_a_damaged_file(copy: Path, use: object) -> None:
    folder = open_release(copy).path
    for file in (folder / "serve.sqlite", folder / "tables/nodes.parquet", folder / "matrices/IN_GENE.data.npy"):
        file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(ReleaseError, match="is damaged"):
        use(open_release(copy))


def test_an_altered_manifest_is_found(copy: Path) -> None:
    manifest = open_release(copy).path / "manifest.json"
    manifest.write_text(manifest.read_text().replace("CC0-1.0", "CC0-1.1"))
    with pytest.raises(ReleaseError, match="its digest is"):
        open_release(copy)
    manifest.write_text("{")
    with pytest.raises(ReleaseError, match="is damaged"):
        open_release(copy)


def test_a_missing_file_is_found_when_opened(copy: Path) -> None:
    (open_release(copy).path / "tables/rows.parquet").unlink()
    with pytest.raises(ReleaseError, match=r"incomplete: tables/rows\.parquet is missing"):
        open_release(copy)


@pytest.mark.parametrize("name", ["tables/more.parquet", "serve.sqlite-wal", ".hidden", "empty/x"])
def test_a_foreign_file_is_found_when_opened(copy: Path, name: str) -> None:
    file = open_release(copy).path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"")
    with pytest.raises(ReleaseError, match="not of the release"):
        open_release(copy)


def test_a_link_is_no_file_of_a_release(copy: Path) -> None:
    file = open_release(copy).path / "serve.sqlite"
    file.rename(copy / "elsewhere")
    file.symlink_to(copy / "elsewhere")
    with pytest.raises(ReleaseError, match="not a plain file"):
        open_release(copy)


def test_one_release_opens_by_its_folder_and_away_from_its_home(home: Path, tmp_path: Path) -> None:
    opened = open_release(home)
    assert open_release(opened.path).digest == opened.digest
    moved = Path(shutil.copytree(opened.path, tmp_path / "elsewhere"))
    assert open_release(moved).digest == opened.digest


@pytest.mark.parametrize("text", ["", "../other\n", "0123456789ab\n", "é"])
def test_a_current_that_names_no_release_is_an_error(copy: Path, text: str) -> None:
    (copy / "CURRENT").write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError):
        open_release(copy)


def test_what_is_no_release_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="holds no release"):
        open_release(tmp_path)
    with pytest.raises(ReleaseError, match="is no release"):
        open_release(tmp_path / "missing")


def test_recommending_needs_neither_pandas_nor_pyarrow_nor_numpy(home: Path) -> None:
    program = (
        "import sys; from graph.release import open_release; from graph.stores.local import LocalStore\n"
        "s = LocalStore(open_release(sys.argv[1])); assert s.statements(['NCBIGene:673'])\n"
        "print([m for m in ('pandas', 'pyarrow', 'numpy', 'lightgbm', 'networkx', 'rdflib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
