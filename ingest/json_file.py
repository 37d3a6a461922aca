"""A JSON file of a source, read strictly: every error with its place."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from graph.errors import DataError
from ingest.limits import read_bytes
from ingest.rows import decoded


def load(path: Path, name: str | None = None) -> Any:
    """A JSON file, called ``name`` in errors (its own name, where none is given).

    Raises:
        DataError: wrong encoding, no JSON or cut off, a key twice in one object, NaN or infinity, a number too long.
    """
    name = name or path.name
    text = decoded(read_bytes(path), name)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            counted = Counter(key for key, _ in pairs)
            twice = next(key for key, count in counted.items() if count > 1)
            raise DataError("the key is there twice in one object", file=name, column=twice)
        return made

    def constant(word: str) -> Any:
        raise DataError("JSON has no such number", file=name, value=word)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        problem = "the file ends in the middle of its JSON; it is cut off" if ended else "the file is not JSON"
        raise DataError(f"{problem} ({error.msg.lower()})", file=name, row=error.lineno) from error
    except ValueError as error:
        raise DataError("a number has too many digits", file=name) from error
    except RecursionError as error:
        raise DataError("the JSON is nested too deeply", file=name) from error
