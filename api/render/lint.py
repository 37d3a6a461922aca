"""Faults of tables for people (text), programs (JSON) and code review (SARIF 2.1.0)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from itertools import groupby
from typing import Any
from urllib.parse import quote

import msgspec

from api.lint import Outcome
from rules.lint import SEVERITIES, Fault

_RELATED = 4
"""Ids of related rows that a line of text names."""


def text(outcome: Outcome) -> str:
    """One paragraph a file; below a fault the patient for whom it shows, as ``clew recommend`` reads one."""
    lines: list[str] = []
    for file, faults in groupby((f for f in outcome.faults if f.suppressed is None), key=lambda f: f.file):
        lines += ["", file] if lines else [file]
        lines += [line for fault in faults for line in _lines(fault)]
    return "\n".join(lines) + "\n" if lines else ""


def _lines(fault: Fault) -> Iterator[str]:
    place = [f"row {fault.row}" if fault.row is not None else None, fault.column, fault.id]
    yield f"  {fault.severity} {fault.check}: {', '.join(p for p in place if p)}".rstrip(": ")
    yield f"    {fault.message}"
    if fault.related:
        more = f" and {len(fault.related) - _RELATED} more" if len(fault.related) > _RELATED else ""
        yield f"    see {', '.join(fault.related[:_RELATED])}{more}"
    if fault.patient is not None:
        yield f"    patient {msgspec.json.encode(fault.patient).decode()}"


def summary(outcome: Outcome) -> str:
    """How many tables, rows and faults, in one line.

    >>> summary(Outcome(faults=(), tables=1, rows=20))
    '1 table, 20 rows: nothing found'
    """
    counted = Counter(f.severity for f in outcome.faults if f.suppressed is None)
    suppressed = sum(f.suppressed is not None for f in outcome.faults)
    found = [_many(counted[s], s) for s in SEVERITIES if counted[s]]
    found += [f"{suppressed:,} suppressed"] if suppressed else []
    return f"{_many(outcome.tables, 'table')}, {_many(outcome.rows, 'row')}: {', '.join(found) or 'nothing found'}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def json(outcome: Outcome) -> str:
    """One object: ``tables``, ``rows``, ``faults``; suppressed faults have ``suppressed``, the reason."""
    return msgspec.json.format(msgspec.json.encode(outcome), indent=2).decode() + "\n"


def sarif(outcome: Outcome, meanings: Mapping[str, str]) -> str:
    """A SARIF 2.1.0 log (OASIS Standard) with one run; ``meanings`` describe the checks.

    A fault of a row has the row as its first line; the patient is in its property bag.
    """
    ids = list(meanings)
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "clew guideline lint",
                        "version": _version(),
                        "rules": [{"id": id, "shortDescription": {"text": _said(meanings[id])}} for id in ids],
                    }
                },
                "results": [_result(fault, ids) for fault in outcome.faults],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _result(fault: Fault, ids: Sequence[str]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(fault.file, safe="/._-~")}}
    if fault.row is not None:
        place["region"] = {"startLine": fault.row}
    location: dict[str, Any] = {"physicalLocation": place}
    if fault.id is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": fault.id}]
    result: dict[str, Any] = {
        "ruleId": fault.check,
        "ruleIndex": ids.index(fault.check),
        "level": fault.severity,
        "message": {"text": fault.message},
        "locations": [location],
    }
    if fault.related:
        result["relatedLocations"] = [{"logicalLocations": [{"fullyQualifiedName": id}]} for id in fault.related]
    if fault.suppressed is not None:
        result["suppressions"] = [{"kind": "external", "justification": fault.suppressed}]
    properties = {"column": fault.column, "patient": fault.patient}
    if said := {name: value for name, value in properties.items() if value is not None}:
        result["properties"] = said
    return result


def _said(meaning: str) -> str:
    return f"{meaning[:1].upper()}{meaning[1:]}."


def _version() -> str:
    try:
        return metadata.version("clew")
    except metadata.PackageNotFoundError:
        return "0"
