"""The page: one file, nothing fetched, nothing that a name can break out of, in an order for reading aloud."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from api.render import html, shelf, words
from api.render.lines import plain
from api.render.text import render
from graph.answer import Recommendation
from tests import answers

EVERY = {
    name: getattr(answers, name)()
    for name in ("melanoma", "untested_kras", "mastocytosis", "hostile", "empty", "huge", "changed")
}
VOID = {"meta", "br", "img", "link", "input", "hr", "use", "path", "circle", "rect"}


class Document(HTMLParser):
    """Tags with their attributes, ids, headings and visible text; fails when tags do not nest."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text.append(data)


def parse(*found: Recommendation) -> Document:
    return Document(html.page(found).decode())


@pytest.fixture(params=EVERY, ids=list(EVERY))
def answer(request: pytest.FixtureRequest) -> Recommendation:
    return EVERY[request.param]


def test_tags_nest_and_ids_are_unique(answer: Recommendation) -> None:
    ids = [attrs["id"] for _, attrs in parse(answer, answers.melanoma()).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_link_within_the_page_leads_somewhere(answer: Recommendation) -> None:
    document = parse(answer)
    ids = {attrs["id"] for _, attrs in document.tags if "id" in attrs}
    links = {str(attrs["href"])[1:] for _, attrs in document.tags if str(attrs.get("href", "")).startswith("#")}
    assert links <= ids


def test_headings_descend_one_level_at_a_time(answer: Recommendation) -> None:
    levels = parse(answer).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_nothing_is_loaded_and_nothing_runs(answer: Recommendation) -> None:
    for tag, attrs in parse(answer).tags:
        assert tag not in ("script", "img", "link", "iframe", "object", "embed", "form", "base", "audio", "video")
        assert not any(name.startswith("on") or name in ("src", "srcset", "style") for name in attrs)
        assert str(attrs.get("href", "#")).startswith(("#", "https://"))


def test_the_policy_allows_the_one_style_sheet_and_nothing_else() -> None:
    source = html.page([answers.melanoma()]).decode()
    style = source[source.index("<style>") + 7 : source.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in source
    assert "url(" not in style
    assert "@import" not in style


def test_markup_in_a_name_stays_text() -> None:
    source = html.page([answers.hostile()]).decode()
    assert "<script" not in source
    assert "javascript:" not in source
    assert "\u202e" not in source
    assert "\x1b" not in source
    assert words.clean(answers.HOSTILE_NAME) in "".join(parse(answers.hostile()).text)


def test_right_to_left_names_stand_in_their_own_direction() -> None:
    assert "<bdi>سرطان الجلد</bdi>" in html.page([answers.hostile()]).decode()


def test_the_answer_comes_before_what_explains_it() -> None:
    text = "".join(parse(answers.melanoma()).text)
    order = ["Recommended", "Options", "Conflict", "Excluded", "Tests that would decide", "Findings as read", "Limits"]
    places = [text.index(word, 300) if word in ("Findings as read", "Limits") else text.index(word) for word in order]
    assert places == sorted(places)
    assert text.index("Dabrafenib + Trametinib") < text.index("Imatinib")


def test_text_and_page_count_the_same(answer: Recommendation) -> None:
    shown = " ".join("".join(parse(answer).text).split())
    lines = plain(render(answer))
    for status, n in words.counts(answer).items():
        if n:
            head = words.STATUS[status][0]
            assert f"{head} {n}: " in shown
            assert re.search(rf"^{head.upper()}  {n}: ", lines, re.MULTILINE)


def test_what_was_not_understood_stands_beside_what_was_found() -> None:
    typo = answers.finding("BRFA V600E", "BRFA p.V600E", 0, why_not="nothing names BRFA (did you mean BRAF?)")
    shown = "".join(parse(replace(answers.melanoma(), findings=(typo,))).text)
    assert shown.index("did you mean BRAF?") < shown.index("Recommended")


def test_tables_name_their_columns_in_every_cell_for_narrow_screens() -> None:
    source = html.page([answers.melanoma()]).decode()
    for table in re.findall(r'<table class="[^"]*stack[^"]*">.*?</table>', source, re.DOTALL):
        assert not re.search(r"<td(?! )", re.sub(r"<details.*?</details>", "", table, flags=re.DOTALL))


def test_every_option_is_there_with_its_reason_or_its_path(answer: Recommendation) -> None:
    text = " ".join("".join(parse(answer).text).split())
    for option in answer.options:
        assert words.clean(" + ".join(option.therapy)) in text
        if option.status not in ("recommended", "option") and not shelf.is_foretold(option):
            assert " ".join(words.reasons(option)[0][0].split()) in text
    if any(o.paths for o in answer.options):
        assert "Path from the finding to the therapy" in html.page([answer]).decode()


def test_cautions_sources_limits_release_and_licences_are_said() -> None:
    text = " ".join("".join(parse(answers.melanoma()).text).split())
    for part in ("Caution. G6PD was not tested", answers.RELEASE.digest, "CC BY 4.0", "not a medical device"):
        assert part in text


def test_a_record_links_to_its_source_and_no_other_scheme_does() -> None:
    assert words.link("civic:EID1409") == "https://civicdb.org/links/evidence/1409"
    assert words.link("PMID:123") == "https://pubmed.ncbi.nlm.nih.gov/123/"
    assert words.link("label:x", "javascript:alert(1)") is None
    assert words.link("label:x", "https://example.org/label") == "https://example.org/label"


def test_several_patients_are_one_page_with_a_list_of_them() -> None:
    document = parse(answers.untested_kras(), answers.mastocytosis())
    assert document.headings[:2] == [1, 2]
    assert {"p1", "p2"} <= {attrs.get("id") for _, attrs in document.tags}


def test_the_same_answer_gives_the_same_bytes() -> None:
    assert html.page([answers.huge()]) == html.page([answers.huge()])
