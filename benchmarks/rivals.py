"""The same table in CLIPS and in clingo, each encoded as well as we know how.

CLIPS: a rule a row. Rete tests indexed constants first, so a left-hand side starts with the gene and what is asked of
it, then the disease (an ancestor of the patient's is a fact too), then age and prior therapies; an absence needs the
gene to be covered. The rows that fire are read from the agenda, so no right-hand side is run.
clingo: a rule a row, grounded once; what is known of a patient are externals that are set and released between solves,
so nothing is grounded again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

import clingo
import clips
from clips.common import environment_builder
from clips.values import clips_value

from benchmarks.invented import Asked, Feature, Known

_TEMPLATES = (
    "(deftemplate has (slot gene (type SYMBOL)) (slot what (type SYMBOL)))",
    "(deftemplate covered (slot gene (type SYMBOL)))",
    "(deftemplate disease (slot id (type SYMBOL)))",
    "(deftemplate age (slot years (type INTEGER)))",
    "(deftemplate prior (slot drug (type SYMBOL)))",
    "(deftemplate complete (slot list (type SYMBOL)))",
)
_Fact = tuple[str, dict[str, int | clips.Symbol]]


class Clips:
    """Through clipspy's own objects.

    clipspy 1.0.6 never releases a fact that it has given out (``Fact.__del__`` calls ``ReleaseFact`` with one argument
    too many and swallows the error), so an environment gets slower patient by patient: ask a new one for few.
    """

    def __init__(self, table: Sequence[Asked]) -> None:
        self._env = clips.Environment()
        for template in _TEMPLATES:
            self._env.build(template)
        for number, asked in enumerate(table):
            self._env.build(_defrule(number, asked))
        self._templates = {t.name: t for t in self._env.templates()}
        # A fact that no rule asks about is not worth asserting.
        self._asked = {f.gene for a in table for f in a.absent}
        self._asked |= {name for a in table for name in (a.disease, a.prior, a.never) if name}

    def fired(self, one: Known) -> set[int]:
        """The numbers of the rows that fire."""
        self._env.reset()
        self._tell(_known(one, self._asked))
        return {int(activation.name[1:]) for activation in self._env.activations()}

    def _tell(self, facts: Iterable[_Fact]) -> None:
        for template, slots in facts:
            self._templates[template].assert_fact(**slots)


class ClipsBelow(Clips):
    """Below clipspy's objects: the same builder of facts that they use, without an object a fact and its leak."""

    def _tell(self, facts: Iterable[_Fact]) -> None:
        lib, env = clips._clips.lib, self._env._env
        builder = environment_builder(env, "fact")
        for template, slots in facts:
            lib.FBSetDeftemplate(builder, template.encode())
            for name, value in slots.items():
                lib.FBPutSlot(builder, name.encode(), clips_value(env, value=value))
            lib.FBAssert(builder)


def _known(one: Known, asked: Set[str]) -> Iterator[_Fact]:
    symbol = clips.Symbol
    yield from (("covered", {"gene": symbol(gene)}) for gene in one.covered if gene in asked)
    yield from (("disease", {"id": symbol(disease)}) for disease in one.diseases if disease in asked)
    if one.age is not None:
        yield "age", {"years": one.age}
    yield from (("prior", {"drug": symbol(_symbol(drug))}) for drug in one.prior if drug in asked)
    if one.complete:
        yield "complete", {"list": symbol("prior")}
    yield from (("has", {"gene": symbol(gene), "what": symbol(what)}) for gene, what in one.found)


def _defrule(number: int, a: Asked) -> str:
    lines = [f"(has (gene {f.gene}) (what {f.what}))" for f in a.present]
    if a.disease:
        lines.append(f"(disease (id {a.disease}))")
    if a.age:
        lines.append(f"(age (years ?y&:(and (>= ?y {a.age[0]}) (< ?y {a.age[1]}))))")
    if a.prior:
        lines.append(f"(prior (drug {_symbol(a.prior)}))")
    if a.never:
        lines += ["(complete (list prior))", f"(not (prior (drug {_symbol(a.never)})))"]
    for f in a.absent:
        lines += [f"(covered (gene {f.gene}))", f"(not (has (gene {f.gene}) (what {f.what})))"]
    return f"(defrule r{number} {' '.join(lines)} =>)"


def _symbol(drug: str) -> str:
    return drug.replace(" ", "-")


class Clingo:
    def __init__(self, table: Sequence[Asked]) -> None:
        self._control = clingo.Control(["--warn=none"])
        externals: dict[str, None] = {}
        rules = ["#show fired/1."]
        for number, asked in enumerate(table):
            body = _body(asked)
            externals |= dict.fromkeys(literal.removeprefix("not ") for literal in body)
            rules.append(f"fired({number}) :- {', '.join(body)}.")
        rules += [f"#external {atom}." for atom in externals]
        self._control.add("base", [], "\n".join(rules))
        self._control.ground([("base", [])])
        self._ages = sorted({a.age for a in table if a.age})
        atoms = self._control.symbolic_atoms
        self._literals = {str(atom.symbol): atom.literal for atom in atoms if atom.is_external}

    def fired(self, one: Known) -> set[int]:
        """The numbers of the rows that fire."""
        known = [literal for name in _holding(one, self._ages) if (literal := self._literals.get(name)) is not None]
        for literal in known:
            self._control.assign_external(literal, True)
        found: set[int] = set()
        with self._control.solve(yield_=True) as handle:
            for model in handle:
                found = {s.arguments[0].number for s in model.symbols(shown=True)}
        for literal in known:
            self._control.assign_external(literal, False)
        return found


def _body(a: Asked) -> list[str]:
    body = [_atom(f) for f in a.present]
    if a.disease:
        body.append(f"disease({a.disease.lower()})")
    if a.age:
        body.append(f"age({a.age[0]},{a.age[1]})")
    if a.prior:
        body.append(f"prior({_plain(a.prior)})")
    if a.never:
        body += ["complete", f"not prior({_plain(a.never)})"]
    for f in a.absent:
        body += [f"covered({f.gene.lower()})", f"not {_atom(f)}"]
    return body


def _holding(one: Known, ages: Iterable[tuple[int, int]]) -> list[str]:
    return [
        *(f"has({gene.lower()},{_plain(what)})" for gene, what in one.found),
        *(f"covered({gene.lower()})" for gene in one.covered),
        *(f"disease({disease.lower()})" for disease in one.diseases),
        *(f"age({low},{high})" for low, high in ages if one.age is not None and low <= one.age < high),
        *(f"prior({_plain(drug)})" for drug in one.prior),
        *(["complete"] if one.complete else []),
    ]


def _atom(f: Feature) -> str:
    return f"has({f.gene.lower()},{_plain(f.what)})"


def _plain(text: str) -> str:
    return text.lower().replace(" ", "_").replace("-", "_")
