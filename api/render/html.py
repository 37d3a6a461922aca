"""An answer as one standalone HTML file: no script, no remote asset, readable on screen, on a phone, on paper.

The page's own content security policy allows nothing but the one style sheet inside it. Templates escape every value;
values are first made safe to read (``words.clean``), and each stands in its own direction (``<bdi>``).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from api.render import answers as answered
from api.render import guide, shelf, threads, words
from graph.answer import Recommendation


def page(answers: Sequence[Recommendation]) -> bytes:
    """One file for one patient or several, UTF-8."""
    style = _packaged("answer.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = _environment().from_string(_packaged("answer.html.j2"))
    return template.render(answers=answers, style=Markup(style), style_hash=digest).encode()  # noqa: S704 our own file


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_readable
    )
    environment.globals |= {"answered": answered, "guide": guide, "words": words, "shelf": shelf, "threads": threads}
    return environment


def _readable(value: object) -> object:
    return words.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _packaged(name: str) -> str:
    return files("api.render").joinpath("templates", name).read_text(encoding="utf-8")
