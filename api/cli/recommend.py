"""``clew recommend``: therapies for a patient, or for each of a cohort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import console
from api.cli.options import graph_option, open_given, release_option
from graph.errors import DataError, ReleaseError, UsageError, nearest

if TYPE_CHECKING:
    from api.recommend import Engine
    from graph.answer import Option, Recommendation
    from graph.patient import Profile
    from graph.progress import Progress
    from graph.release import Release
    from graph.stores.protocol import Store

_FORMATS = ("text", "json", "jsonl", "html")


@click.command("recommend", short_help="Therapies for a patient's findings.")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@release_option()
@graph_option("ask this graph instead of the local files: bolt://, neo4j:// or embedded:")
@click.option("--disease", metavar="X", help="diagnosis by name, OncoTree code or DOID")
@click.option("--sample", metavar="S", help="the tumour's sample in a VCF or MAF with several")
@click.option("--assembly", metavar="B", help="GRCh37 or GRCh38, where a file does not say")
@click.option("--text", metavar="TEXT", multiple=True, help="findings in words: 'BRAF V600E; PD-L1 TPS 60%'")
@click.option("--jurisdiction", metavar="J", help="whose labels count: fda, ema, hc, hse, hpra")
@click.option("--as-of", metavar="DATE", help="answer as of this day (2022-06-01)")
@click.option("--since", metavar="DIGEST", help="say what changed since this earlier release of the same home")
@click.option("--what-if", "what_if", is_flag=True, help="say which answers to what is not known lead where")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="text for one patient, jsonl for a cohort")
@click.option("--all", "every", is_flag=True, help="text: every option with its path, nothing collapsed")
@click.option("--verbose", is_flag=True, help="text: every option in full, with statements, rules and score")
@click.option("--option", "wanted", metavar="NAME", help="text: one option in full, 'Dabrafenib + Trametinib'")
def command(
    files: tuple[Path, ...],
    release_path: Path | None,
    graph_uri: str | None,
    disease: str | None,
    sample: str | None,
    assembly: str | None,
    text: tuple[str, ...],
    jurisdiction: str | None,
    as_of: str | None,
    since: str | None,
    what_if: bool,
    form: str | None,
    every: bool,
    verbose: bool,
    wanted: str | None,
) -> int:
    """Therapies for the findings in FILE..., ranked, each with its path, its sources and what speaks against it.

    FILE is Clew's own profile (JSON), a VCF, a MAF, or a table of fusions or copy numbers; several are one patient.
    A .jsonl file is a cohort: one profile a line in, one answer a line out, in the same order.

    \b
    clew recommend patient.json
    clew recommend tumour.vcf.gz fusions.tsv --disease COAD --assembly GRCh38 --format html > answer.html
    clew recommend --text 'BRAF V600E' --disease Melanoma --option Dabrafenib
    """
    if not files and not text:
        raise UsageError("nothing to read: give a FILE, or --text 'BRAF V600E' --disease Melanoma")
    if any(not line.strip() for line in text):
        raise UsageError("--text is empty: state a finding, as in --text 'BRAF V600E'")
    if form not in (None, "text") and (every or verbose or wanted):
        raise UsageError(
            "--all, --verbose and --option are for --format text; the other formats always hold everything"
        )

    from api.recommend import Engine
    from ingest import patients

    profiles = patients.read(
        files, sample=sample, assembly=assembly, disease=disease, text=text, jurisdiction=jurisdiction, as_of=as_of
    )
    form = form or ("jsonl" if len(profiles) > 1 or any(file.suffix == ".jsonl" for file in files) else "text")
    answers: list[Recommendation] = []
    warned = 0
    with ExitStack() as opened:
        report = opened.enter_context(console.progress())
        release = opened.enter_context(open_given(release_path, report))
        _check_jurisdiction(jurisdiction, release)
        engine = Engine(release, opened.enter_context(_store(graph_uri, release, report)) if graph_uri else None)
        before = Engine(opened.enter_context(_earlier(release, since))) if since else None
        for done, profile in enumerate(profiles, start=1):
            answer = engine.recommend(profile)
            if before:
                answer = _with_changes(answer, before.recommend(profile))
            if what_if:
                answer = _with_decisions(engine, profile, answer)
            warned += bool(answer.warnings)
            report("patients", done, len(profiles))
            if form == "jsonl":
                _write([answer], form)
            else:
                answers.append(answer)
    if form == "text":
        _print(answers, every=every, verbose=verbose, wanted=wanted)
    elif form != "jsonl":
        _write(answers, form)
    if warned and form != "text":
        console.say(f"{warned} of {len(profiles)} answers carry warnings")
    return 4 if warned else 0


def _check_jurisdiction(given: str | None, release: Release) -> None:
    """Raises UsageError for an agency that nobody knows: the option is wrong, whatever the patients' files say."""
    from api.agencies import Agencies

    try:
        Agencies(release.serve()).check(given)
    except DataError as error:
        hint = f" (did you mean {error.suggestion}?)" if error.suggestion else ""
        raise UsageError(f"--jurisdiction {given!r}: {error.problem}{hint}") from error


def _store(uri: str, release: Release, report: Progress) -> closing[Store]:
    from graph.stores import open_store

    return closing(open_store(uri, release, report))


def _earlier(release: Release, digest: str) -> Release:
    """The release of the same home whose digest begins with ``digest``."""
    from graph.release import open_release

    home = release.path.resolve().parent
    names = sorted(p.parent.name for p in home.glob("*/manifest.json") if p.parent.name[:1] != ".")
    found = [name for name in names if name.startswith(digest[:12].lower())]
    if len(digest) < 4 or len(found) != 1:
        raise ReleaseError(f"{home} holds no one release {digest!r}; it holds {', '.join(names)}")
    earlier = open_release(home / found[0])
    if not earlier.digest.startswith(digest.lower()):
        raise ReleaseError(f"{home} holds no release {digest!r}; it holds {', '.join(names)}")
    return earlier


def _with_changes(answer: Recommendation, before: Recommendation) -> Recommendation:
    import msgspec

    from api.changes import compare

    return msgspec.structs.replace(answer, changes=compare(before, answer))


def _with_decisions(engine: Engine, profile: Profile, answer: Recommendation) -> Recommendation:
    from api.decide import with_decisions

    return with_decisions(engine, profile, answer)


def _write(answers: Sequence[Recommendation], form: str) -> None:
    if form == "html":
        from api.render import html

        console.write_bytes(html.page(answers))
        return
    from api.render import json

    console.write_bytes(json.document(answers) if form == "json" else b"".join(json.line(a) + b"\n" for a in answers))


def _print(answers: Sequence[Recommendation], *, every: bool, verbose: bool, wanted: str | None) -> None:
    from api.render import guide, text
    from ontologies.drugs import ingredients

    width, height = console.size()
    for i, answer in enumerate(answers):
        if i:
            console.write_lines([[], []])
        if wanted is None:
            lines = text.render(answer, width=width, height=height, every=every, verbose=verbose)
        else:
            guided = guide.of_drug(answer, ingredients([part.strip() for part in wanted.split("+")]))
            chosen = list(_chosen(answer, wanted, required=not guided))
            lines = text.explain(answer, chosen, guided, width=width)
        console.write_lines(lines)


def _chosen(answer: Recommendation, wanted: str, required: bool = True) -> Iterator[tuple[int, Option]]:
    """Options of exactly the named ingredients, in any order; else all that contain them. Brands stand for ingredients.

    Raises:
        UsageError: when none does and one is ``required``, with the nearest name.
    """
    from ontologies.drugs import ingredients

    stated = {name.strip().casefold() for name in wanted.split("+")}
    names = {name.casefold() for name in ingredients([part.strip() for part in wanted.split("+")])}
    ranked = [(rank, option, {n.casefold() for n in option.therapy}) for rank, option in enumerate(answer.options, 1)]
    exact = [(rank, option) for rank, option, therapy in ranked if therapy in (names, stated)]
    found = exact or [(rank, option) for rank, option, therapy in ranked if names <= therapy or stated <= therapy]
    if not found and required:
        known = dict.fromkeys(
            [n for o in answer.options for n in (*o.therapy, " + ".join(o.therapy))] + [g.drug for g in answer.guidance]
        )
        close = nearest(wanted, known)
        hint = f" (did you mean {close[0]}?)" if close else ""
        read = ", ".join(sorted(names - stated))
        named = f"{wanted!r} ({read})" if read and not close else repr(wanted)
        raise UsageError(f"no option {named} among the {len(answer.options)} of {answer.profile_id}{hint}")
    yield from found
