"""What a newcomer sees first: three cases from the starter pack, with nothing to download."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from api.cli import main


@pytest.fixture(scope="module")
def shown(starter_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The text of ``clew demo``, and its page."""
    file = tmp_path_factory.mktemp("demo") / "demo.html"
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main.run(["demo", "--out", str(file)]) == 0
    return out.getvalue(), file.read_text(encoding="utf-8")


def part(text: str, heading: str, patient: str) -> str:
    """One section of one patient's answer, on one line."""
    answer = next(a for a in text.split("not a medical device.\n") if a.lstrip().startswith(patient))
    section = answer[answer.index(heading) :]
    return " ".join(section.split("\n\n")[0].split())


def test_the_colon_tumour_is_read_from_coordinates_alone(shown: tuple[str, str]) -> None:
    text, _ = shown
    assert "BRAF p.V600E (known allele GRCh38 7:140753336 A>T)" in text
    assert "Cetuximab + Encorafenib" in part(text, "OPTIONS", "TCGA-A6-2686")


def test_kit_d816v_excludes_imatinib_with_reason_and_source(shown: tuple[str, str]) -> None:
    excluded = part(shown[0], "EXCLUDED", "mastocytosis")
    assert "Imatinib" in excluded
    assert "KIT D816V" in excluded
    assert "civic:EID" in excluded


def test_antibodies_to_egfr_wait_for_kras(shown: tuple[str, str]) -> None:
    waiting = part(shown[0], "NEEDS A CHECK", "colorectal")
    assert "Panitumumab" in waiting
    assert "Cetuximab" in waiting
    assert "not known: KRAS" in waiting
    assert "KRAS" in part(shown[0], "WOULD DECIDE", "colorectal")


def test_the_page_has_the_same_three_answers(shown: tuple[str, str]) -> None:
    text, page = shown
    for word in ("TCGA-A6-2686", "mastocytosis-KIT-D816V", "colorectal-KRAS-untested"):
        assert word in text
        assert word in page


def test_the_tumour_comes_with_its_notice() -> None:
    folder = Path(main.__file__).parents[2] / "ingest/starter/demo"
    notice = (folder / "NOTICE").read_text(encoding="utf-8")
    assert "colon.grch38.vcf.gz" in notice
    assert "MIT License" in notice
