"""An answer for a terminal: what fits one screen first, everything on request.

``render`` gives lines of spans; ``plain`` makes text of them and ``styled`` the same text in colour. Meaning never
hangs on colour: every status, mark and reason is a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from api.render import by_drug, decide, shelf, words
from api.render.detail import ROLE_OF, detail, guided
from api.render.lines import Line, Span, cells, pad, size, wrap
from api.render.threads import chain, thread
from graph.answer import Changes, FindingRead, GenotypeRead, Guidance, Option, Recommendation, Status

View = Literal["brief", "full", "all"]


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
    Room(2, 1, 2, 2),
    Room(2, 0, 2, 2),
    Room(1, 0, 2, 1),
)
_ROOMY = 5
"""Groups of exclusions from which on there is room for what each of them waits for."""
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


def explain(
    answer: Recommendation,
    options: Sequence[tuple[int, Option]],
    guidance: Sequence[Guidance] = (),
    *,
    width: int = 100,
) -> list[Line]:
    """Some options in full, each with its rank, under the header of the answer; then guidance, row by row.

    One therapy may stand in several directions; what was said of it once is not said again.
    """
    lines = list(_header(answer, width, _ROOMS[-1]))
    said: dict[tuple[str, ...], set[str]] = {}
    for rank, option in options:
        lines += detail(option, width, rank, said.setdefault(option.therapy, set()))
        lines += decide.of_option(answer, option, width)
    for entry in guidance:
        lines += guided(entry, width)
    return lines


def _page(answer: Recommendation, width: int, room: Room, *, every: bool, verbose: bool) -> Iterator[Line]:
    yield from _header(answer, width, room)
    if answer.changes:
        yield from _changes(answer.changes, width)
    ranked = list(enumerate(answer.options, start=1))
    reduced = False
    told: dict[str, int] = {}
    seen = shelf.tumours(answer)
    for status in words.STATUS:
        if status == "excluded":
            yield from by_drug.parts(answer, width, room.items, every=every)
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
            # What is recommended is seldom much, and never only named.
            wide = room._replace(brief=max(room.brief, 8)) if status == "recommended" and not every else room
            yield from _open(of_status, width, wide, told, seen)
            if not every:
                room = room._replace(full=max(2, room.full - len(of_status)))
        else:
            yield from _closed(status, shelf.shelf(answer, status), width, room)
    if not answer.options:
        yield []
        why = (
            "no therapy is stated for these findings"
            if answer.guidance
            else "nothing in this release speaks of these findings"
        )
        yield [Span("NO OPTIONS", "head"), Span(f"  {why} in this disease")]
    yield from decide.would_decide(answer, width, room.items)
    yield from _left_over(answer, width, room, every)
    yield []
    hint = "" if every else f"{'Some options are only named. ' if reduced else ''}More: --all, --option NAME. "
    yield from wrap([Span(hint + "For research; not a medical device.", "dim")], width, 0)


def _header(answer: Recommendation, width: int, room: Room) -> Iterator[Line]:
    diagnosis = answer.diagnosis
    if diagnosis.ids:
        resolved = f"{diagnosis.name or diagnosis.input} ({', '.join(diagnosis.ids)})"
    elif diagnosis.input:
        resolved = f"{diagnosis.input} (not resolved to one disease of the ontology: no label can hold)"
    else:
        resolved = "no diagnosis (no label can hold)"
    left = "  ".join(part for part in (words.who(answer.profile_id), words.clean(resolved)) if part)
    release = f"release {words.short_digest(answer.release.digest)}"
    gap = width - cells(left) - cells(release)
    if gap >= 2:
        yield [Span(left, "head"), Span(" " * gap), Span(release, "dim")]
    else:
        yield from wrap([Span(left, "head")], width, 4)
        yield [Span("  " + release, "dim")]
    for warning in words.of_diagnosis(answer):
        yield from wrap([Span("  "), Span("Warning: ", "check"), Span(words.clean(warning))], width, 4)
    found = words.found(answer)
    for i, finding in enumerate(found[: room.items]):
        yield from wrap([Span("  Found  " if i == 0 else "         "), *_finding(finding)], width, 11)
    if rest := found[room.items :]:
        names = words.listed([f.read_as or f.input for f in rest], 6)
        yield from wrap([Span(f"         and {len(rest)} more: {names}")], width, 11)
    if not answer.findings and not answer.germline:
        yield [Span("  Found  nothing stated")]
    if answer.germline:
        yield from wrap([Span("  Germline  "), *_germline(answer.germline, 6 * room.items)], width, 12)
    silent = words.silent(answer)
    named = words.worth_naming(silent)[: max(2, room.items)]
    for finding in named:
        why = words.clean(finding.why_not or "no row of this release speaks of it")
        said = [Span(words.clean(finding.read_as or ""), "name"), Span(f"  {why}")]
        yield from wrap([Span("  "), Span("No match  ", "check"), *said], width, 11)
    if unnamed := len(silent) - len(named):
        lead = "Also " if found or named else "Found"
        yield [Span(f"  {lead}  {words.number(unnamed, 'finding')} that no row of this release speaks of")]
    unread = words.unread(answer)
    for finding in unread[: room.items]:
        why = words.clean(finding.why_not or "not understood")
        yield from wrap(
            [Span("  "), Span("Not read  ", "check"), Span(f"{words.clean(finding.input)}: {why}")], width, 11
        )
    if rest := unread[room.items :]:
        names = words.listed([f.input for f in rest], 3)
        yield from wrap([Span("  "), Span("Not read  ", "check"), Span(f"{len(rest)} more: {names}")], width, 11)


def _finding(finding: FindingRead) -> Line:
    read = words.clean(finding.read_as or finding.input)
    classes = f"; {words.listed(finding.classes)}" if finding.classes else ""
    stated = words.clean(finding.input)
    said = words.alike(stated, read)
    as_written = "" if said or len(stated) > 40 else f", written {stated}"
    return [Span(read, "name"), Span(f"  ({words.number(finding.matched, 'row')}{classes}{as_written})", "dim")]


def _germline(genotypes: Sequence[GenotypeRead], most: int) -> Iterator[Span]:
    """What is stated of genotypes; what decides nothing with the reason."""
    for i, genotype in enumerate(genotypes[:most]):
        yield Span(", " if i else "")
        yield Span(words.genotype(genotype), "check" if genotype.why_not else "name")
        yield Span(f" ({words.clean(genotype.why_not)})" if genotype.why_not else "")
    if len(genotypes) > most:
        yield Span(f" +{len(genotypes) - most}")


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
    for g in changes.guidance:
        told = f"  {words.guidance_was(g, before=True)} -> {words.guidance_was(g, before=False)}"
        yield from wrap([Span("  "), Span(words.clean(f"{g.drug}, {g.guideline}"), "name"), Span(told)], width, 4)
    for rule in changes.rules:
        told = f"  rule {rule.change}, {words.rule_was(rule)}: {words.clean(rule.reason)}"
        yield from wrap([Span("  "), Span(words.clean(rule.id)), Span(told, "dim")], width, 4)


def _heading(status: Status, rest: str) -> Line:
    return [Span(words.STATUS[status][0].upper(), ROLE_OF[status]), Span(f"  {rest}", "dim")]


def _open(
    options: Sequence[tuple[int, Option]], width: int, room: Room, told: dict[str, int], seen: Mapping[str, str]
) -> Iterator[Line]:
    """Options that may be given: with their path while there is room, then a line each, then by name.

    ``told`` remembers at which rank a caution was given in full; ``seen`` is ``shelf.tumours``.
    """
    shown = options[: room.full + room.brief]
    columns = _columns([o for _, o in shown], width)
    for i, (rank, option) in enumerate(shown):
        yield from _row(rank, option, columns, width, threaded=i < room.full)
        view: View = "all" if room is _EVERYTHING else "full" if i < room.full else "brief"
        yield from _notes(option, width, rank, told, view, seen)
    named = options[len(shown) :]
    for tier in dict.fromkeys(o.tier for _, o in named):
        these = [o for _, o in named if o.tier == tier]
        names = "; ".join(words.title(o) + _marks(o, seen) for o in these)
        yield from wrap([Span(f"     {len(these)} more, {tier}: ", "dim"), Span(names)], width, 7)


def _marks(option: Option, seen: Mapping[str, str]) -> str:
    """What an option that is only named has to be looked up for."""
    against = any(not o.elsewhere for o in words.objections(option, seen))
    marks = [word for word, there in (("caution", option.cautions), ("against", against)) if there]
    return f" ({', '.join(marks)})" if marks else ""


def _columns(options: Sequence[Option], width: int) -> tuple[int, int]:
    name = max((cells(words.title(o)) for o in options), default=0)
    level = max((cells(words.strength(o)) for o in options), default=0)
    return min(name, max(24, width // 2 - 12)), min(level, 28)


def _row(rank: int, option: Option, columns: tuple[int, int], width: int, threaded: bool) -> Iterator[Line]:
    """The option's line and, where ``threaded``, its path; what is not known and the source go where they fit."""
    parts = [words.tumour(option), words.agencies(option), words.DIRECTION[option.direction]]
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
    asides += map(words.aside, option.warnings)
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


def _notes(
    option: Option, width: int, rank: int, told: dict[str, int], view: View, seen: Mapping[str, str]
) -> Iterator[Line]:
    yield from _cautions(option, width, rank, told, view)
    if option.status in ("recommended", "option"):
        yield from _against(option, width, rank, told, view, seen)
    elif view != "brief":
        for reason, sources in words.reasons(option):
            cited = f" [{words.listed(sources, 2)}]" if sources else ""
            by = f"{words.EXCLUDED_BY[option.excluded_by]}: " if option.excluded_by else ""
            yield from wrap([Span(f"     {by}{reason}"), Span(cited, "dim")], width, 7)


def _against(
    option: Option, width: int, rank: int, told: dict[str, int], view: View, seen: Mapping[str, str]
) -> Iterator[Line]:
    """The first objection with how many there are more; all of them where all is shown."""
    known = words.objections(option, seen)
    shown = known if view == "all" else [o for o in known if not o.elsewhere][:1]
    more = len(known) - len(shown)
    rest = f"; {more} more" if more else ""
    for objection in shown:
        where = ", in another tumour" if objection.elsewhere else ""
        first = told.setdefault(f"against {objection.reason}", rank)
        if first != rank and view != "all":
            yield [Span(f"     Against: as for {first}"), Span(rest, "dim")]
            continue
        cited = f" [{words.listed(objection.sources, 1)}]" if objection.sources else ""
        yield from wrap([Span(f"     Against{where}: {objection.reason}"), Span(f"{cited}{rest}", "dim")], width, 7)
    if more and not shown and view == "full":
        yield [Span(f"     Against, in another tumour: {words.number(more, 'source')} (--option shows them)", "dim")]


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
    if view != "all" and (waits := _awaited(option)):
        first = told.setdefault(f"waits {waits}", rank)
        yield from _caution(waits if first == rank else f"as for {first}", width, 5)


def _awaited(*options: Option) -> str:
    """What the cautions of some options wait for, as one sentence; nothing where none waits."""
    wait = words.waiting(*options)
    said = [f"not known: {words.listed(wait.tests, 4)}"] if wait.tests else []
    said += [f"would speak against it, not looked for: {words.listed(wait.findings, 4)}"] if wait.findings else []
    return "; ".join(said)


def _caution(said: str, width: int, indent: int) -> Iterator[Line]:
    yield from wrap([Span(" " * indent), Span("Caution: ", "check"), Span(said)], width, indent + 2)


def _closed(status: Status, closed: shelf.Shelf, width: int, room: Room) -> Iterator[Line]:
    """Options that wait, conflict or are excluded: those with one reason together, the rest as counts."""
    others = f"; {shelf.counted(closed.others)} (--all lists them)" if closed.others else ""
    yield _heading(status, f"{closed.total}: {words.STATUS[status][1]}{others}")
    groups = shelf.grouped(closed.told)
    for group in groups[: room.groups]:
        yield from _group(group, width, waiting=room.groups >= _ROOMY)
    crowded: dict[str, list[str]] = {}
    for group in groups[room.groups :]:
        cited = f" [{words.listed(group.sources, 1)}]" if group.sources else ""
        told = "; ".join(_closed_name(o) + _minded(o) for o in group.options)
        crowded.setdefault(group.by, []).append(told + cited)
    for by, names in crowded.items():
        lead = f"  {(by or words.ONE[status]).capitalize()}, each with its reason under --all: "
        yield from wrap([Span(lead), Span("; ".join(names))], width, 6)
    for (strength, disease), members in shelf.foretold(shelf.besides(closed.foretold, closed.told)).items():
        names = [f"{_closed_name(o, bare=True)} [{words.listed(o.sources, 1)}]" for o in members]
        yield from wrap([Span(f"  Predicted to fail, {strength} in {disease}: "), Span("; ".join(names))], width, 6)
    if weak := shelf.besides(closed.weak, closed.told):
        names = [f"{words.title(o)} ({words.strength(o)}) [{words.listed(o.sources, 1)}]" for o in weak]
        yield from wrap([Span("  Weak evidence against: "), Span("; ".join(names))], width, 6)
    yield from _counts(closed, width)


def _counts(closed: shelf.Shelf, width: int) -> Iterator[Line]:
    """What is only counted, with what a reader needs to know whether to look."""
    counts = []
    if again := closed.again:
        counts.append(f"{again} more about therapies named above")
    if closed.elsewhere:
        waits = shelf.awaited(closed.elsewhere) if closed.elsewhere[0].status == "needs_check" else ""
        why = f"waiting for {waits}" if waits else f"by evidence in {shelf.diseases(closed.elsewhere)}"
        counts.append(f"{len(closed.elsewhere)} of another tumour, {why}")
    if closed.laboratory:
        counts.append(f"{len(closed.laboratory)} preclinical, waiting for {shelf.awaited(closed.laboratory)}")
    for count in counts:
        yield from wrap([Span(f"  {count} (--all lists them)", "dim")], width, 6)


def _group(group: shelf.Group, width: int, waiting: bool) -> Iterator[Line]:
    """``waiting``: with the cautions that wait for a test, too."""
    first = group.options[0]
    names = "; ".join(map(_closed_name, group.options))
    kind = group.by or f"{words.strength(first)}, {words.tumour(first)}"
    cited = f" [{words.listed(group.sources, 2)}]" if group.sources else ""
    yield from wrap([Span("  "), Span(names, "name"), Span(f"  {kind}: {group.reason}"), Span(cited, "dim")], width, 6)
    if first.status == "excluded":
        return
    for caution in dict.fromkeys(words.clean(c.reason) for o in group.options for c in o.cautions if not c.missing):
        yield from wrap([Span("      "), Span("Caution: ", "check"), Span(caution)], width, 8)
    if waiting and (waits := _awaited(*group.options)):
        yield from _caution(waits, width, 6)


def _minded(option: Option) -> str:
    """That there is a caution to look up, for an option that is only named."""
    held = option.status != "excluded" and any(not c.missing for c in option.cautions)
    return " (caution)" if held else ""


def _closed_name(option: Option, bare: bool = False) -> str:
    """``bare`` leaves out that resistance is predicted, where the line says so already."""
    if option.direction == "sensitive" or (bare and option.direction == "resistant"):
        return words.title(option)
    return f"{words.title(option)} ({words.DIRECTION[option.direction]})"


def _left_over(answer: Recommendation, width: int, room: Room, every: bool) -> Iterator[Line]:
    others = words.unmatched(answer)
    warnings = words.warned(answer)
    silent = words.silent(answer) if every else []
    if warnings or others or silent:
        yield []
    for warning in warnings[: room.items]:
        yield from wrap([Span("Warning: ", "check"), Span(words.clean(warning))], width, 4)
    if rest := warnings[room.items :]:
        said = f"{len(rest)} more: {words.warnings_left(rest)}"
        yield from wrap([Span("Warning: ", "check"), Span(said)], width, 4)
    if others:
        yield from wrap([Span("Not matched: ", "check"), Span(words.listed(others, room.items))], width, 4)
    for finding in [f for f in silent if f not in words.worth_naming(silent)]:
        read, why = words.clean(finding.read_as or ""), words.clean(finding.why_not or "no row names it")
        yield from wrap([Span("No match: ", "dim"), Span(f"{read}: {why}")], width, 4)
