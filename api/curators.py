"""Who changes tables: their names and reasons, and whether one person is enough in a home."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path

from graph.errors import DataError, UsageError, nearest

SETTINGS = "curating.toml"
_LENGTH = {"by": 200, "why": 2000}


def two_persons(home: Path) -> bool:
    """Whether a proposal has to be approved by another person: always, unless the home's settings say otherwise.

    Raises:
        DataError: when the settings cannot be read or say something else.
    """
    file = home / SETTINGS
    if not file.exists():
        return True
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"the settings cannot be read ({error})", file=str(file)) from error
    for key, value in said.items():
        if key != "second_person":
            close = next(iter(nearest(key, ["second_person"])), None)
            raise DataError("this setting is not known", file=str(file), value=key, suggestion=close)
        if not isinstance(value, bool):
            raise DataError("true or false is expected", file=str(file), column=key, value=value, noun="setting")
    return bool(said.get("second_person", True))


def said(what: str, text: str) -> str:
    """A name or a reason on one line.

    Raises:
        UsageError: when it is empty, too long, or has characters that do not show.
    """
    line = " ".join(text.split())
    if not line:
        raise UsageError(f"--{what} is empty: " + ("whose name goes into the history?" if what == "by" else "why?"))
    if len(line) > _LENGTH[what]:
        raise UsageError(f"--{what} has {len(line):,} characters; {_LENGTH[what]:,} are allowed")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in line):
        raise UsageError(f"--{what} holds characters that do not show")
    return line


def person(name: str) -> str:
    """A person by name, whatever the case, the spaces and the way letters are encoded."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
