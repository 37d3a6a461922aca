"""Options that wait, conflict or are excluded, sorted by how much they say about this patient, for every face alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from api.render.words import EXCLUDED_BY, agencies, clean, listed, reasons, strength
from graph.answer import Option, Recommendation, Status, Tier

ABOUT_OTHERS = ("not_met", "age", "date")
"""Exclusions that say only that a source is about somebody else; faces collapse them."""


LABORATORY: tuple[Tier, ...] = ("preclinical", "inferred")


class Shelf(msgspec.Struct, frozen=True):
    """The closed options of one status, sorted by how much they say about this patient; together they are all of them.

    Faces show ``told`` and ``foretold`` with their reasons, name ``weak``, and count the rest until all is asked for.
    """

    told: tuple[Option, ...]
    """Contraindicated ones first, else in rank order."""
    foretold: tuple[Option, ...]
    """Excluded only because sources predict that they fail in this tumour."""
    weak: tuple[Option, ...]
    """In conflict by their direction alone: weak evidence against the therapy, and nothing that disagrees with it."""
    laboratory: tuple[Option, ...]
    """Waiting for a test, on preclinical or inferred evidence."""
    elsewhere: tuple[Option, ...]
    """About another tumour: evidence of it waits for a test, or evidence in it predicts a failure."""
    others: tuple[Option, ...]
    """Excluded because their sources are about another patient, age or time."""

    @property
    def again(self) -> int:
        """How many predictions and weak objections are about a therapy that is told already."""
        weighed = (*self.foretold, *self.weak)
        return len(weighed) - len(besides(weighed, self.told))

    @property
    def total(self) -> int:
        return sum(map(len, (self.told, self.foretold, self.weak, self.laboratory, self.elsewhere, self.others)))


def shelf(answer: Recommendation, status: Status) -> Shelf:
    """The options of a closed status as faces show them."""
    kept: dict[str, list[Option]] = {name: [] for name in Shelf.__struct_fields__}
    seen = tumours(answer)
    for option in (o for o in answer.options if o.status == status):
        if option.excluded_by in ABOUT_OTHERS:
            place = "others"
        elif _is_elsewhere(option, seen):
            place = "elsewhere"
        elif status == "needs_check" and option.tier in LABORATORY:
            place = "laboratory"
        elif status == "conflict" and option.direction != "sensitive":
            place = "weak"
        else:
            place = "foretold" if is_foretold(option) else "told"
        kept[place].append(option)
    kept["told"].sort(key=lambda o: o.excluded_by != "contraindicated")
    return Shelf(**{name: tuple(options) for name, options in kept.items()})


def noted(options: Iterable[Option]) -> list[Option]:
    """Of options that stand together, those whose cautions and warnings get a line: each once, not of excluded ones."""
    distinct: dict[tuple[object, ...], Option] = {}
    for option in options:
        if option.status != "excluded":
            distinct.setdefault((tuple(c.reason for c in option.cautions), option.warnings), option)
    return list(distinct.values())


def besides(options: Iterable[Option], told: Iterable[Option]) -> list[Option]:
    """The options whose therapy is not among those that are told with a reason."""
    named = {o.therapy for o in told}
    return [o for o in options if o.therapy not in named]


def tumours(answer: Recommendation) -> dict[str, str]:
    """Statement to the relation of its disease to the patient's, for every statement of an answer."""
    return {s.id: s.on_tumour_type for o in answer.options for s in o.statements}


def _is_elsewhere(option: Option, seen: Mapping[str, str]) -> bool:
    if option.on_tumour_type != "off" or _is_vetoed(option):
        return False
    if option.status == "needs_check":
        return True
    if option.direction != "sensitive":
        return True
    removing = [a for a in option.against if "(removes)" in a.kind]
    return option.status == "excluded" and bool(removing) and all(seen.get(a.id) == "off" for a in removing)


def diseases(options: Iterable[Option]) -> str:
    """The diseases whose sources speak of some options, the commonest first: ``Colorectal Cancer 9, Glioma 1``."""
    spelled: dict[str, str] = {}
    found: Counter[str] = Counter()
    for name in map(_disease_of, options):
        found[spelled.setdefault(name.casefold(), name)] += 1
    shown = [f"{name} {n}" for name, n in sorted(found.items(), key=lambda item: -item[1])]
    return listed(shown, 4)


def _disease_of(option: Option) -> str:
    fired = [s.disease for s in option.statements if s.outcome == "fired"]
    return clean(next(iter(fired or [s.disease for s in option.statements]), "disease not stated"))


def awaited(options: Iterable[Option], most: int = 6) -> str:
    """What some waiting options wait for: ``ALK, EGFR, TP53``."""
    facts = dict.fromkeys(fact for o in options for s in o.statements if s.outcome == "undecided" for fact in s.missing)
    named = [fact for fact in facts if fact != "setting"]
    return listed(named, most)


class Group(msgspec.Struct, frozen=True):
    """Options that are closed for one and the same reason; those not excluded are alike in strength and tumour too."""

    by: str
    """``resistance`` and the like; empty where the status says enough."""
    reason: str
    sources: tuple[str, ...]
    options: tuple[Option, ...]


def grouped(options: Iterable[Option]) -> list[Group]:
    """Closed options by their deciding reason, in the order in which the reasons first appear."""
    groups: dict[tuple[str, ...], list[Option]] = {}
    for option in options:
        by = EXCLUDED_BY[option.excluded_by] if option.excluded_by else ""
        alike = () if by else (strength(option), option.on_tumour_type, agencies(option))
        groups.setdefault((by, reasons(option)[0][0], *alike), []).append(option)
    return [
        Group(key[0], key[1], tuple(dict.fromkeys(s for o in members for s in reasons(o)[0][1])), tuple(members))
        for key, members in groups.items()
    ]


def foretold(options: Iterable[Option]) -> dict[tuple[str, str], list[Option]]:
    """Options that sources predict to fail, by strength and disease."""
    found: dict[tuple[str, str], list[Option]] = {}
    for option in options:
        found.setdefault((strength(option), _disease_of(option)), []).append(option)
    return found


def is_foretold(option: Option) -> bool:
    """Whether sources on the findings predict that the therapy fails, and nothing else excludes it.

    Where a guideline row excludes one as well, that row is its reason.
    """
    return option.direction != "sensitive" and option.status == "excluded" and not _is_vetoed(option)


def _is_vetoed(option: Option) -> bool:
    return any(r.kind in ("exclude", "require") and r.outcome == "fired" and not r.defeated_by for r in option.rules)


def counted(options: Iterable[Option]) -> str:
    """Collapsed options as counts: ``3 condition not met, 1 age``."""
    said = [EXCLUDED_BY[o.excluded_by] for o in options if o.excluded_by]
    return ", ".join(f"{said.count(word)} {word}" for word in dict.fromkeys(said))
