"""``import clew``: what it offers is what it names, and it costs nothing heavy."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import clew
from tests.test_cli import HEAVY


def test_all_names_exactly_the_public_things() -> None:
    public = {name for name, thing in vars(clew).items() if not name.startswith("_") and not inspect.ismodule(thing)}
    imported_for_types = {"annotations", "Iterable", "Sequence", "Path"}
    assert public - imported_for_types == set(clew.__all__)
    assert list(clew.__all__) == sorted(clew.__all__)


def test_every_public_thing_says_what_it_is_for() -> None:
    for name in clew.__all__:
        assert inspect.getdoc(getattr(clew, name)), name


def test_importing_it_imports_nothing_heavy() -> None:
    code = f"import sys, clew; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(clew.__file__).parent.parent, check=True
    )
    assert done.stdout == "[]\n"


def test_one_file_may_be_given_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text('{"id": "P1", "disease": {"oncotree": "MEL"}, "biomarkers": []}', encoding="utf-8")
    assert clew.read(str(file)) == clew.read(file) == clew.read([file])


def test_recommending_from_python(tmp_path: Path) -> None:
    from graph import release
    from tests import tiny

    release.write(tmp_path, tiny.content(), tiny.SOURCES)
    engine = clew.open(tmp_path)
    profile = clew.Profile(
        id="P1",
        disease=clew.Disease(doid="DOID:1909"),
        biomarkers=(clew.Biomarker(type="snv", gene="BRAF", hgvs_p="p.V600E"),),
    )
    assert engine.recommend(profile) == clew.recommend(profile, tmp_path)
    assert ("Dabrafenib", "Trametinib") in [o.therapy for o in engine.recommend(profile).options]
