"""The page in a real browser: it is drawn, it fits a phone, it prints, and it asks for nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from api.render import html
from tests import answers, browser


@pytest.fixture
def page(tmp_path: Path) -> Callable[..., Path]:
    def write(*names: str) -> Path:
        file = tmp_path / "page.html"
        file.write_bytes(html.page([getattr(answers, name)() for name in names]))
        return file

    return write


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_it_is_drawn(page: Callable[..., Path], tmp_path: Path) -> None:
    drawn = browser.screenshot(page("melanoma"), tmp_path / "page.png").read_bytes()
    (tmp_path / "page.html").write_text("<!doctype html><title>blank</title>", encoding="utf-8")
    blank = browser.screenshot(tmp_path / "page.html", tmp_path / "blank.png").read_bytes()
    assert size(drawn) == (1280, 900)
    assert len(drawn) > 10 * len(blank)


def test_dark_is_another_picture(page: Callable[..., Path], tmp_path: Path) -> None:
    file = page("melanoma")
    light = browser.screenshot(file, tmp_path / "light.png").read_bytes()
    dark = browser.screenshot(file, tmp_path / "dark.png", dark=True).read_bytes()
    assert light != dark


@pytest.mark.parametrize("names", [("melanoma",), ("hostile",), ("huge",), ("untested_kras", "mastocytosis")])
def test_it_asks_for_nothing_and_no_policy_is_broken(
    page: Callable[..., Path], tmp_path: Path, names: tuple[str, ...]
) -> None:
    file = page(*names)
    assert browser.hosts(file, tmp_path) == set()
    assert browser.console(file, tmp_path) == []


def test_a_page_that_asks_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "asks.html"
    file.write_text("<!doctype html><img src='https://remote.invalid/pixel.png' alt=''>", encoding="utf-8")
    assert browser.hosts(file, tmp_path) == {"remote.invalid"}


def test_it_prints_on_few_pages(page: Callable[..., Path], tmp_path: Path) -> None:
    content = browser.pdf(page("melanoma"), tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert 1 <= content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") <= 5


def test_names_do_not_become_markup(page: Callable[..., Path], tmp_path: Path) -> None:
    assert "<script" not in browser.dom(page("hostile"), tmp_path)
