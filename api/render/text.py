"""An answer for a terminal: what fits one screen first, everything on request.

``render`` gives lines of spans; ``plain`` makes text of them and ``styled`` the same text in colour. Meaning never
hangs on colour: every status, mark and reason is a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from api.render import words
from api.render.lines import Line, Role, Span, cells, pad, size, wrap
from api.render.threads import chain, thread
from graph.answer import Changes, FindingRead, Option, Recommendation, Status, WouldDecide

View = Literal["brief", "full", "all"]
_ROLE_OF: dict[Status, Role] = {
    "recommended": "good",
    "option": "head",
    "needs_check": "check",
    "conflict": "check",
    "excluded": "bad",
}


class Room(NamedTuple):
    """How much of each part is shown; names are always shown, whatever the room."""

    full: int
    """Open options shown with their path."""
    brief: int
    """Open options after these that have a line of their own."""
    items: int
    """Findings, tests and warnings listed each."""
    groups: int
    """Exclusions with a reason of their own line."""


_ROOMS = (
    Room(1000, 0, 8, 100),
    Room(8, 1000, 6, 30),
    Room(6, 12, 5, 12),
    Room(5, 6, 4, 8),
    Room(5, 4, 4, 6),
    Room(4, 3, 3, 5),
    Room(3, 3, 2, 4),
    Room(2, 2, 2, 3),
)
_EVERYTHING = Room(10**9, 0, 10**9, 10**9)


def render(
    answer: Recommendation, *, width: int = 100, height: int = 40, every: bool = False, verbose: bool = False
) -> list[Line]:
    """The answer in lines of at most ``width`` columns where words allow it.

    Unless ``every`` or ``verbose`` asks for more, the first arrangement that fits ``height`` lines is taken; where none
    does, the tightest. It then says what it only counts or names, and how to see it.
    """
    if every or verbose:
        return list(_page(answer, width, _EVERYTHING, every=True, verbose=verbose))
    lines: list[Line] = []
    for room in _ROOMS:
        lines = list(_page(answer, width, room, every=False, verbose=False))
        if len(lines) <= height:
            break
    return lines


def explain(answer: Recommendation, options: Sequence[tuple[int, Option]], *, width: int = 100) -> list[Line]:
    """Some options in full, each with its rank, under the header of the answer."""
    lines = list(_header(answer, width, _ROOMS[-1]))
    for rank, option in options:
        lines += detail(option, width, rank)
    return lines


def _page(answer: Recommendation, width: int, room: Room, *, every: bool, verbose: bool) -> Iterator[Line]:
    yield from _header(answer, width, room)
    if answer.changes:
        yield from _changes(answer.changes, width)
    ranked = list(enumerate(answer.options, start=1))
    reduced = False
    told: dict[str, int] = {}
    for status in words.STATUS:
        of_status = [(rank, o) for rank, o in ranked if o.status == status]
        if not of_status:
            continue
        yield []
        if verbose:
            yield _heading(status, f"{len(of_status)}")
            for rank, option in of_status:
                yield from detail(option, width, rank)
        elif status in ("recommended", "option") or every:
            yield _heading(status, f"{len(of_status)}: {words.STATUS[status][1]}")
            reduced |= len(of_status) > room.full
            yield from _open(of_status, width, room, told)
            if not every:
                room = room._replace(full=max(2, room.full - len(of_status)))
        else:
            yield from _closed(status, [o for _, o in of_status], width, room)
    if not answer.options:
        yield []
        yield [Span("NO OPTIONS", "head"), Span("  nothing in this release speaks of these findings in this disease")]
    yield from _would_decide(answer.would_decide, width, room)
    yield from _left_over(answer, width, room, every)
    yield []
    hint = "" if every else f"{'Some options are only named. ' if reduced else ''}More: --all, --option NAME. "
    yield from wrap([Span(hint + "For research; not a medical device.", "dim")], width, 0)


def _header(answer: Recommendation, width: int, room: Room) -> Iterator[Line]:
    diagnosis = answer.diagnosis
    if diagnosis.ids:
        resolved = f"{diagnosis.name or diagnosis.input} ({', '.join(diagnosis.ids)})"
    else:
        resolved = f"{diagnosis.input or 'no diagnosis'} (not found in the ontology: no label can hold)"
    left = f"{words.clean(answer.profile_id)}  {words.clean(resolved)}"
    release = f"release {words.short_digest(answer.release.digest)}"
    gap = width - cells(left) - cells(release)
    if gap >= 2:
        yield [Span(left, "head"), Span(" " * gap), Span(release, "dim")]
    else:
        yield from wrap([Span(left, "head")], width, 4)
        yield [Span("  " + release, "dim")]
    known = [f for f in answer.findings if f.matched]
    for i, finding in enumerate(known[: room.items]):
        yield from wrap([Span("  Found  " if i == 0 else "         "), *_finding(finding)], width, 11)
    if len(known) > room.items:
        yield [Span(f"         and {len(known) - room.items} more that match something")]
    if silent := len(answer.findings) - len(known):
        lead = "Also " if known else "Found"
        yield [Span(f"  {lead}  {words.number(silent, 'finding')} that no row of this release speaks of")]
    if not answer.findings:
        yield [Span("  Found  nothing stated")]


def _finding(finding: FindingRead) -> Line:
    read = words.clean(finding.read_as or finding.input)
    classes = f"; {words.listed(finding.classes)}" if finding.classes else ""
    stated = words.clean(finding.input)
    said = stated.casefold() in read.casefold() or read.casefold() in stated.casefold()
    as_written = "" if said or len(stated) > 40 else f", written {stated}"
    return [Span(read, "name"), Span(f"  ({words.number(finding.matched, 'row')}{classes}{as_written})", "dim")]


def _changes(changes: Changes, width: int) -> Iterator[Line]:
    yield []
    yield [
        Span(f"CHANGED since {words.short_digest(changes.since)}", "head"),
        Span(f"  {len(changes.options)}; {words.number(changes.unchanged, 'option')} as before"),
    ]
    for change in changes.options:
        before, after = words.was(change.before, change.tier_before), words.was(change.after, change.tier_after)
        because = f"  {words.clean(change.because)}" if change.because else ""
        name = words.therapy(change.therapy)
        direction = f" ({words.DIRECTION[change.direction]})" if change.direction != "sensitive" else ""
        yield from wrap([Span("  "), Span(name + direction, "name"), Span(f"  {before} -> {after}{because}")], width, 4)


def _heading(status: Status, rest: str) -> Line:
    return [Span(words.STATUS[status][0].upper(), _ROLE_OF[status]), Span(f"  {rest}", "dim")]


def _open(options: Sequence[tuple[int, Option]], width: int, room: Room, told: dict[str, int]) -> Iterator[Line]:
    """Options that may be given: with their path while there is room, then a line each, then by name.

    ``told`` remembers at which rank a caution was given in full.
    """
    shown = options[: room.full + room.brief]
    columns = _columns([o for _, o in shown], width)
    for i, (rank, option) in enumerate(shown):
        yield from _row(rank, option, columns, width, threaded=i < room.full)
        view: View = "all" if room is _EVERYTHING else "full" if i < room.full else "brief"
        yield from _notes(option, width, rank, told, view)
    named = options[len(shown) :]
    for tier in dict.fromkeys(o.tier for _, o in named):
        these = [o for _, o in named if o.tier == tier]
        names = "; ".join(f"{words.title(o)}{' (caution)' if o.cautions else ''}" for o in these)
        yield from wrap([Span(f"     {len(these)} more, {tier}: ", "dim"), Span(names)], width, 7)


def _columns(options: Sequence[Option], width: int) -> tuple[int, int]:
    name = max((cells(words.title(o)) for o in options), default=0)
    level = max((cells(words.strength(o)) for o in options), default=0)
    return min(name, max(24, width // 2 - 12)), min(level, 28)


def _row(rank: int, option: Option, columns: tuple[int, int], width: int, threaded: bool) -> Iterator[Line]:
    """The option's line and, where ``threaded``, its path; what is not known and the source go where they fit."""
    parts = [words.ON_TUMOUR[option.on_tumour_type], words.agencies(option), words.DIRECTION[option.direction]]
    lines = [
        [
            Span(f"{rank:>3}  "),
            Span(pad(words.title(option), columns[0]), "name"),
            Span("  " + pad(words.strength(option), columns[1])),
            Span("  " + "; ".join(p for p in parts if p)),
        ]
    ]
    thread = _thread(option) if threaded else ""
    if thread:
        lines.append([Span("     " + thread)])
    asides = [f"not known: {words.listed(option.missing, 4)}"] if option.missing else []
    asides += map(words.clean, option.warnings)
    if option.sources and (len(option.sources) > 1 or option.sources[0] not in thread):
        asides.append(f"[{words.listed(option.sources, 1)}]")
    homeless = []
    for aside in asides:
        home = next((line for line in lines if size(line) + 2 + cells(aside) <= width), None)
        if home is None:
            homeless.append(aside)
        else:
            home.append(Span("  " + aside, "dim"))
    if homeless and threaded:
        lines.append([Span("     " + "  ".join(homeless), "dim")])
    for line in lines:
        yield from wrap(line, width, 7)


def _thread(option: Option) -> str:
    if option.paths:
        return thread(chain(option.paths[0], option.statements))
    return "no path: its condition is an absence" if option.status in ("recommended", "option") else ""


def _notes(option: Option, width: int, rank: int, told: dict[str, int], view: View) -> Iterator[Line]:
    yield from _cautions(option, width, rank, told, view)
    if view == "brief":
        return
    if option.status in ("recommended", "option"):
        for reason, sources in words.objections(option).items():
            cited = f" [{words.listed(sources, 1)}]" if sources else ""
            yield from wrap([Span(f"     Against: {reason}"), Span(cited, "dim")], width, 7)
    else:
        for reason, sources in words.reasons(option):
            cited = f" [{words.listed(sources, 2)}]" if sources else ""
            by = f"{words.EXCLUDED_BY[option.excluded_by]}: " if option.excluded_by else ""
            yield from wrap([Span(f"     {by}{reason}"), Span(cited, "dim")], width, 7)


def _cautions(option: Option, width: int, rank: int, told: dict[str, int], view: View) -> Iterator[Line]:
    """Those that hold in full, where they come first; those that wait for a test by the test, unless all is shown."""
    again: list[int] = []
    for caution in option.cautions:
        first = told.setdefault(caution.id + caution.reason, rank)
        if caution.missing and view != "all":
            continue
        if first != rank and view != "all":
            again.append(first)
            continue
        source = f" [{words.listed(caution.sources, 1)}]" if caution.sources else ""
        said = [Span(words.clean(caution.reason)), Span(source, "dim")]
        yield from wrap([Span("     "), Span("Caution: ", "check"), *said], width, 7)
    if again:
        ranks = ", ".join(map(str, dict.fromkeys(again)))
        yield [Span("     "), Span("Caution: ", "check"), Span(f"as for {ranks}")]
    if view != "all":
        yield from _waiting((option,), width, 5)


def _waiting(options: Sequence[Option], width: int, indent: int) -> Iterator[Line]:
    tests = words.waited_for(*options)
    if tests:
        said = f"{words.number(len(tests), 'test')} would tell: {words.listed(tests, 6)}"
        yield from wrap([Span(" " * indent), Span("Caution: ", "check"), Span(said)], width, indent + 2)


def _closed(status: Status, options: list[Option], width: int, room: Room) -> Iterator[Line]:
    """Options that wait, conflict or are excluded, those with one reason together; sources about others as a count."""
    telling = [o for o in options if o.excluded_by not in words.ABOUT_OTHERS]
    counted = words.counted(o for o in options if o.excluded_by in words.ABOUT_OTHERS)
    others = f"{counted} (--all lists them)" if counted else ""
    stated = f"{len(telling)}: {words.STATUS[status][1]}" if telling else ""
    yield _heading(status, "; ".join(part for part in (stated, others) if part))
    groups = words.grouped(words.unforetold(telling))
    for group in groups[: room.groups]:
        yield from _group(group, width)
    crowded: dict[str, list[str]] = {}
    for group in groups[room.groups :]:
        cited = f" [{words.listed(group.sources, 1)}]" if group.sources else ""
        crowded.setdefault(group.by, []).append("; ".join(map(_closed_name, group.options)) + cited)
    for by, names in crowded.items():
        lead = f"  {by or words.STATUS[status][0]}, each with its reason under --all: "
        yield from wrap([Span(lead), Span("; ".join(names))], width, 6)
    for (strength, disease), members in words.foretold(telling).items():
        names = [f"{_closed_name(o, bare=True)} [{words.listed(o.sources, 1)}]" for o in members]
        yield from wrap([Span(f"  Predicted to fail, {strength} in {disease}: "), Span("; ".join(names))], width, 6)


def _group(group: words.Group, width: int) -> Iterator[Line]:
    first = group.options[0]
    names = "; ".join(map(_closed_name, group.options))
    kind = group.by or f"{words.strength(first)}, {words.ON_TUMOUR[first.on_tumour_type]}"
    cited = f" [{words.listed(group.sources, 2)}]" if group.sources else ""
    yield from wrap([Span("  "), Span(names, "name"), Span(f"  {kind}: {group.reason}"), Span(cited, "dim")], width, 6)
    if first.status == "excluded":
        return
    for caution in dict.fromkeys(words.clean(c.reason) for o in group.options for c in o.cautions if not c.missing):
        yield from wrap([Span("      "), Span("Caution: ", "check"), Span(caution)], width, 8)
    yield from _waiting(group.options, width, 6)


def _closed_name(option: Option, bare: bool = False) -> str:
    """``bare`` leaves out that resistance is predicted, where the line says so already."""
    if option.direction == "sensitive" or (bare and option.direction == "resistant"):
        return words.title(option)
    return f"{words.title(option)} ({words.DIRECTION[option.direction]})"


def _would_decide(tests: Sequence[WouldDecide], width: int, room: Room) -> Iterator[Line]:
    if not tests:
        return
    yield []
    yield [Span("WOULD DECIDE", "head"), Span("  tests that are not known", "dim")]
    for test in tests[: room.items]:
        lead = f"  {words.clean(test.fact)}  {words.number(test.options, 'option')}"
        named = (f": {words.listed(test.therapies, most)}" for most in (4, 3, 2, 1) if test.therapies)
        fitting = next((names for names in named if cells(lead + names) <= width), "")
        yield from wrap([Span(lead, "name"), Span(fitting)], width, 6)
    if rest := tests[room.items :]:
        yield from wrap([Span(f"  and {len(rest)} more: {words.listed([t.fact for t in rest], 8)}", "dim")], width, 6)


def _left_over(answer: Recommendation, width: int, room: Room, every: bool) -> Iterator[Line]:
    unread = [f for f in answer.findings if f.read_as is None]
    silent = [f for f in answer.findings if f.read_as is not None and not f.matched]
    named = {f.input for f in answer.findings}
    others = [u for u in answer.unmatched if u not in named]
    if answer.warnings or unread or others or (silent and every):
        yield []
    for warning in answer.warnings[: room.items]:
        yield from wrap([Span("Warning: ", "check"), Span(words.clean(warning))], width, 4)
    if len(answer.warnings) > room.items:
        yield [Span(f"Warning: {len(answer.warnings) - room.items} more", "check")]
    for finding in unread[: room.items]:
        why = words.clean(finding.why_not or "not understood")
        yield from wrap([Span("Not read: ", "check"), Span(f"{words.clean(finding.input)}: {why}")], width, 4)
    if len(unread) > room.items:
        yield [Span(f"Not read: {len(unread) - room.items} more", "check")]
    if others:
        yield from wrap([Span("Not matched: ", "check"), Span(words.listed(others, room.items))], width, 4)
    if every:
        for finding in silent:
            read, why = words.clean(finding.read_as or ""), words.clean(finding.why_not or "no row names it")
            yield from wrap([Span("No match: ", "dim"), Span(f"{read}: {why}")], width, 4)


def detail(option: Option, width: int, rank: int) -> Iterator[Line]:
    """One option in full: every path, statement, rule, caution, and what the score is made of."""
    yield []
    status = words.STATUS[option.status][0].lower()
    by = f" ({words.EXCLUDED_BY[option.excluded_by]})" if option.excluded_by else ""
    head = [f"{status}{by}", words.strength(option), words.ON_TUMOUR[option.on_tumour_type], words.agencies(option)]
    if option.direction != "sensitive":
        head.append(words.DIRECTION[option.direction])
    yield from wrap(
        [
            Span(f"{rank:>3}  "),
            Span(words.title(option), _ROLE_OF[option.status]),
            Span("  " + "; ".join(h for h in head if h)),
        ],
        width,
        7,
    )
    if option.status not in ("recommended", "option"):
        for reason, sources in words.reasons(option):
            yield from _field("because", f"{reason}{_cited(sources)}", width)
    for path in option.paths:
        steps = chain(path, option.statements)
        yield from _field("path", f"{steps[0].kind} {steps[0].text}", width)
        for step in steps[1:]:
            yield from _field("", f"-- {step.via} --> {step.kind} {step.text}{_cited(step.sources)}", width)
    for s in option.statements:
        facts = [
            s.id, words.grade(s), s.outcome,
            f"{s.profile} in {s.disease}", ", ".join(s.setting), ", ".join(s.dates), words.ON_TUMOUR[s.on_tumour_type],
            f"not known: {', '.join(s.missing)}" if s.missing else "", *s.notes, s.url or "",
        ]  # fmt: skip
        yield from _field("statement", "; ".join(words.clean(f) for f in facts if f), width)
    for r in option.rules:
        yield from _field(
            "rule",
            f"{words.clean(r.id)} ({words.clean(r.kind)}) {r.outcome}: {words.clean(r.reason)}{_cited(r.sources)}",
            width,
        )
    for a in option.against:
        grade = f", {a.strength}" if a.strength else ""
        yield from _field(
            "against",
            f"{words.clean(a.id)} ({words.clean(a.kind + grade)}): {words.clean(a.reason)}{_cited(a.sources)}",
            width,
        )
    for c in option.cautions:
        yield from _field("caution", f"{words.clean(c.reason)}{_cited(c.sources)}", width)
    for name, items in (
        ("defeated by", option.defeated_by),
        ("not known", option.missing),
        ("warning", option.warnings),
    ):
        if items:
            yield from _field(name, "; ".join(map(words.clean, items)), width)
    shares = ", ".join(f"{words.clean(k)} {v:+.2f}" for k, v in option.contributions.items())
    yield from _field("score", f"{option.score:.3f}" + (f" (log-odds: {shares})" if shares else ""), width)


def _field(name: str, text: str, width: int) -> Iterator[Line]:
    yield from wrap([Span(f"     {name:<12}", "dim"), Span(text)], width, 19 if name else 22)


def _cited(sources: Sequence[str]) -> str:
    return f" [{words.listed(sources)}]" if sources else ""
