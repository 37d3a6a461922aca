"""Change control: tables go into a home's release through a proposal, a second person, and a journal.

``load`` builds the amended release beside the one in use; ``approve`` takes it into use; ``rollback`` goes back;
``history`` tells who did which, when and why. Each leaves the home valid whenever it is stopped: a release or a
proposal appears by one rename, and the journal is written before ``CURRENT`` changes. A change that the journal has
and the home has not (the machine stopped between the two) does not count, and the next command says so.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from api import proposals
from api.curators import SETTINGS, person, said, two_persons
from api.lint import Outcome, check_given, least
from api.proposals import Copies, Proposal
from api.rulediff import RuleChanges, compare
from graph import home as homes
from graph import release as releases
from graph.errors import DataError, ReleaseError, UsageError
from graph.journal import Entry, Journal, pending, utc_now
from graph.progress import Progress, silent
from graph.release import Release, open_release
from ingest import keep
from ingest.amend import amend, named, own, published, together
from ingest.build import users_name, users_tables
from ingest.harvest import Harvest, SetAside

State = Literal["open", "in use", "rebased", "rolled back"]
Clock = Callable[[], datetime]


class FaultyTableError(DataError):
    """Tables in which lint finds errors."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        errors = outcome.faults
        first = errors[0]
        super().__init__(
            f"lint finds {len(errors)} {'error' if len(errors) == 1 else 'errors'}, the first: {first.message}",
            file=first.file, row=first.row, column=first.column,
        )  # fmt: skip


@dataclass(frozen=True)
class Proposed:
    """What ``load`` made, or ``approve`` where the release in use had become another one."""

    proposal: Proposal
    changes: RuleChanges
    warnings: tuple[SetAside, ...]
    """What was odd in the tables, as in the reports of the release."""


@dataclass(frozen=True)
class Approved:
    proposal: Proposal
    release: Release
    alone: bool


def load(
    home: Path, tables: Sequence[str], *, by: str, why: str, remove: Sequence[str] = (), clock: Clock = utc_now,
    progress: Progress = silent,
) -> Proposed:  # fmt: skip
    """Propose the home's current release with ``tables`` added or replaced and the sources ``remove`` taken away.

    Args:
        tables: files or folders of the user's tables, or published guidelines as ``NAME=PATH``.
        remove: names of sources, as ``table-house``; the file's name (``house.csv``) will do.

    Raises:
        UsageError: nothing to load, nothing that would change, or a name or reason that is none.
        FaultyTableError: for a table that cannot be read, or that lint finds an error in.
        DataError: for a table that contradicts another source.
        ReleaseError: when the home has no valid release, its journal was changed, or somebody else is at work in it.
    """
    by, why = said("by", by), said("why", why)
    if not tables and not remove:
        raise UsageError("nothing to load: name a TABLE, or a table to --remove")
    homes.current(home)
    with releases.draft(home, beside=True) as draft, open_release(home) as base:
        Journal(home, clock).settle(base.digest)
        guides = published(tables)
        copies = Copies(own(tables), proposals.draft(home))
        if tables:
            _lint(copies, guides, base, clock)
        put = together([*users_tables(copies.paths), *guides.values()])
        names = tuple(source_name(name) for name in remove)
        found = _propose(draft, base, put, names, copies.keep, Proposal(
            by=by, at=clock().strftime("%Y-%m-%dT%H:%M:%SZ"), why=why, base=base.digest, release="", put=(), drop=(),
            added=0, changed=0, removed=0, files={},
        ), progress)  # fmt: skip
        if found is None:
            raise UsageError(f"release {base.digest[:12]} holds exactly this already: nothing would change")
        Journal(home, clock).add(_entry(found.proposal, "proposed", by, why))
    return found


def approve(
    home: Path, id: str, *, by: str, clock: Clock = utc_now, progress: Progress = silent
) -> Approved | Proposed:
    """Take a proposed release into use; ``by`` is another person than the one who proposed it.

    Where another release than the proposal's is in use by now, nothing is approved: what was looked at is not what
    would come into use. The tables are then put into the release in use, as a proposal to be approved anew.

    Raises:
        UsageError: no open proposal of this id, or the same person where the home asks for two.
        DataError, ReleaseError: as ``load``, and for a proposal that was changed since.
    """
    by = said("by", by)
    two = two_persons(home)
    with homes.locked(home):
        journal = Journal(home, clock)
        base = open_release(home)
        journal.settle(base.digest)
        proposal = _open(home, journal.entries(), id)
        alone = person(by) == person(proposal.by)
        if alone and two:
            raise UsageError(
                f"{proposal.by} proposed {id}, so that somebody else has to approve it"
                f" (a home for one person says so: second_person = false in {home / SETTINGS})"
            )
        if base.digest == proposal.base:

            def note(before: Release, after: Release) -> None:
                journal.add(_entry(proposal, "approved", by, "", alone=alone))

            release = releases.use(home, proposal.release, proposal.base, note)
            return Approved(proposal, release, alone)
    return _rebased(home, proposal, by, clock, progress)


def rollback(home: Path, *, by: str, why: str, clock: Clock = utc_now) -> Release:
    """Use the release before the current one again, and say so in the journal.

    Raises:
        UsageError: a name or reason that is none.
        ReleaseError: as ``graph.release.rollback``, or the journal was changed.
    """
    by, why = said("by", by), said("why", why)
    journal = Journal(home, clock)
    journal.entries()

    def note(before: Release, after: Release) -> None:
        journal.settle(before.digest)
        journal.add(Entry(did="rolled back", by=by, why=why, before=before.digest, after=after.digest))

    return releases.rollback(home, note)


@dataclass(frozen=True)
class History:
    """Every line of a home's journal, with what became of each proposal."""

    entries: tuple[Entry, ...]
    states: dict[str, State]
    current: str
    """Digest of the release in use."""
    pending: Entry | None
    """The last line, where what it says has not come about."""


def history(home: Path) -> History:
    """Raises:
    ReleaseError: when the home has no valid release, or its journal was changed.
    """
    with open_release(home) as release:
        entries = Journal(home).entries()
        lost = pending(entries, release.digest)
        return History(entries, _states(entries[:-1] if lost else entries), release.digest, lost)


def check(home: Path) -> int:
    """How many lines the journal has, once it and every open proposal have been verified.

    Raises:
        ReleaseError: when a line, or a file of an open proposal, was changed.
    """
    entries = Journal(home).entries()
    for id, state in _states(entries).items():
        if state == "open":
            proposals.read(home, id)
    return len(entries)


def is_curated(home: Path) -> bool:
    """Whether tables were ever loaded here."""
    return Journal(home).exists()


def source_name(table: str) -> str:
    """A table as a release calls it, by that name or by its file.

    >>> source_name("house vetoes.csv"), source_name("table-house"), source_name("hivdb")
    ('table-house_vetoes', 'table-house', 'hivdb')
    """
    return users_name(Path(table)) if Path(table).suffix else table


def kept(release: Release, names: Iterable[str]) -> list[Harvest]:
    """Of what a release holds, the sources of these names."""
    wanted = set(names)
    return [h for h in keep.read(release) if h.source.name in wanted]


def _lint(copies: Copies, guides: Mapping[str, Harvest], base: Release, clock: Clock) -> None:
    """Raises:
    FaultyTableError: when lint finds an error that nobody has let stand.
    """
    read = {named(text)[1]: harvest for text, harvest in guides.items()}
    found = least(check_given(map(str, copies.paths), base, clock().date(), read), "error")
    errors = tuple(
        msgspec.structs.replace(fault, file=fault.file and copies.original(fault.file))
        for fault in found.faults
        if fault.suppressed is None
    )
    if errors:
        raise FaultyTableError(msgspec.structs.replace(found, faults=errors))


def _propose(
    draft: releases.Draft, base: Release, put: Sequence[Harvest], drop: tuple[str, ...], copy: Callable[[Path], None],
    claim: Proposal, progress: Progress,
) -> Proposed | None:  # fmt: skip
    """Build the release and put the proposal in its place; ``None`` when it is the base itself.

    ``copy`` puts copies of the tables into the folder of the proposal.
    """
    release = amend(draft, base, put, drop, progress)
    names = tuple(sorted(h.source.name for h in put))
    changes = compare(kept(base, (*names, *drop)), kept(release, names))
    if release.digest == base.digest:
        return None
    folder = proposals.draft(draft.home)
    copy(folder)
    proposal = msgspec.structs.replace(
        claim, base=base.digest, release=release.digest, put=names, drop=drop, added=changes.count("added"),
        changed=changes.count("changed"), removed=changes.count("removed"),
    )  # fmt: skip
    proposal = proposals.put(draft.home, folder, proposal, put)
    return Proposed(proposal, changes, _warnings(release, names))


def _rebased(home: Path, proposal: Proposal, by: str, clock: Clock, progress: Progress) -> Proposed:
    with releases.draft(home, beside=True) as draft:
        base = open_release(home)
        _open(home, Journal(home).entries(), proposal.id)
        put = proposals.content(home, proposal.id)
        held = {h.source.name for h in keep.read(base)}
        drop = tuple(name for name in proposal.drop if name in held)
        anew = msgspec.structs.replace(
            proposal, at=clock().strftime("%Y-%m-%dT%H:%M:%SZ"), rebased_from=proposal.id, files={}
        )

        def copy(folder: Path) -> None:
            proposals.copied_again(home, proposal.id, folder)

        found = _propose(draft, base, put, drop, copy, anew, progress)
        if found is None:
            raise UsageError(f"release {base.digest[:12]}, in use by now, holds all of proposal {proposal.id}")
        Journal(home, clock).add(_entry(found.proposal, "rebased", by, proposal.why))
    return found


def _warnings(release: Release, names: Iterable[str]) -> tuple[SetAside, ...]:
    found: list[SetAside] = []
    for name in names:
        with release.file(f"reports/{name}.tsv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["fate"] == "warning":
                    number = int(row["row"]) if row["row"] else None
                    found.append(SetAside(
                        "warning", row["record"], row["file"], number, row["column"] or None, row["value"],
                        row["reason"],
                    ))  # fmt: skip
    return tuple(found)


def _states(entries: Iterable[Entry]) -> dict[str, State]:
    states: dict[str, State] = {}
    by_release: dict[str, str] = {}
    undone: tuple[str, State] | None = None
    for entry in entries:
        lost, undone = undone, None
        if entry.did == "interrupted" and lost is not None:
            states[lost[0]] = lost[1]
        id = by_release.get(entry.before) if entry.did == "rolled back" else entry.proposal
        if id is None:
            continue
        if entry.did in ("proposed", "rebased"):
            states[id] = "open"
            if entry.rebased_from is not None:
                states[entry.rebased_from] = "rebased"
        elif entry.did in ("approved", "rolled back"):
            undone = id, states[id]
            states[id] = "in use" if entry.did == "approved" else "rolled back"
            if entry.did == "approved":
                by_release[entry.after] = id
    return states


def _open(home: Path, entries: Sequence[Entry], id: str) -> Proposal:
    states = _states(entries)
    waiting = [known for known, state in states.items() if state == "open"]
    state = states.get(id)
    if state is None:
        listed = f"open are {', '.join(waiting)}" if waiting else "none is open"
        raise UsageError(f"{home} has no proposal {id!r}; {listed}")
    if state == "in use":
        raise UsageError(f"proposal {id} was approved already")
    if state != "open":
        again = "load the table again" if state == "rolled back" else f"open are {', '.join(waiting) or 'none'}"
        raise UsageError(f"proposal {id} was {state}: {again}")
    proposal = proposals.read(home, id)
    line = next(e for e in entries if e.proposal == id and e.did in ("proposed", "rebased"))
    if (line.before, line.after, line.tables) != (proposal.base, proposal.release, proposal.tables):
        raise ReleaseError(f"proposal {id} is not the one of line {line.number} of the history")
    return proposal


def _entry(proposal: Proposal, did: Literal["proposed", "approved", "rebased"], by: str, why: str,
           alone: bool = False) -> Entry:  # fmt: skip
    return Entry(
        did=did, by=by, why=why, proposal=proposal.id, tables=proposal.tables, added=proposal.added,
        changed=proposal.changed, removed=proposal.removed, before=proposal.base, after=proposal.release, alone=alone,
        rebased_from=proposal.rebased_from if did == "rebased" else None,
    )  # fmt: skip
