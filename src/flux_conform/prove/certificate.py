"""Certificates: what a proof by induction rests on, so that it can be verified independently.

A certificate holds the machine as SMT-LIB terms (what is at the start, and each event's step), the
lemmas, the rules that the proof assumes, what is concluded, and the logs that show the rest. The
questions that make a proof of these are not in it: `flux_conform.verify` builds them anew.
docs/certificates.md describes the format.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.compiled import digest
from flux_conform.language.expressions import show
from flux_conform.language.line_form import read_back
from flux_conform.language.specification import Property, Specification
from flux_conform.machine.symbolic.components import is_textual, is_unbounded
from flux_conform.machine.symbolic.configurations import STATE
from flux_conform.machine.symbolic.expression_terms import SOUND
from flux_conform.machine.symbolic.free_values import is_free
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, disj, neg
from flux_conform.machine.symbolic.step import SymbolicMachine, SymbolicStep
from flux_conform.machine.symbolic.symbols import (
    NONE,
    Codes,
    Count,
    Fields,
    Flag,
    Maybe,
    Symbol,
    Text,
    lifted,
)
from flux_conform.prove.argument import LEFT, REACHED, Argument, Conclusion, used
from flux_conform.prove.lemmas import Lemma, symbol
from flux_conform.prove.smt import LOGIC, Printer, clean, constants, number
from flux_conform.prove.witnesses import Run

FORMAT = 2
"""Of certificates; the verifier refuses any other."""

Json: TypeAlias = Any


class Certificate(NamedTuple):
    """The certificate of one property: its arguments, and the machines that these speak of.

    Both are JSON values; `systems` are the machines by their names.
    """

    machine: str
    digest: str
    generation: str
    property: Json
    systems: tuple[tuple[str, Json], ...]


def certify(
    specification: Specification,
    generation: str,
    claim: Property,
    verdict: str,
    arguments: Sequence[Argument],
    runs: Sequence[Run] = (),
) -> Certificate:
    """The certificate of a property, with no arguments where its proof needed no induction.

    `runs` are those that show the verdict, or what no argument shows of it.

    Raises Untranslatable where an argument says what SMT-LIB cannot, or speaks of free values: a
    verifier reads all of the specification, and would have to take them on trust.
    """
    systems: dict[str, Encoding] = {}
    found = []
    for argument in arguments:
        encoding = encoding_of(argument.machine)
        systems.setdefault(encoding.name, encoding)
        found.append(_argument(encoding, argument))
    value = {
        "id": claim.id,
        "kind": claim.kind,
        "says": claim.says,
        "verdict": verdict,
        "assuming": claim.assuming,
        "silent": claim.silent,
        "uses": list(used(specification, arguments)),
        "arguments": found,
        "logs": [
            list(read_back(specification.fields, [event.line for event in run.events]))
            for run in runs
        ],
    }
    pairs = tuple((name, encoding.value) for name, encoding in systems.items())
    return Certificate(specification.name, digest(specification), generation, value, pairs)


def document(certificates: Sequence[Certificate], *, whole: bool = False) -> Json:
    """The certificates of one machine as the JSON values of a file; if `whole`, of all claims."""
    first = certificates[0]
    return {
        "format": FORMAT,
        "made_by": "flux-conform; do not edit",
        "machine": first.machine,
        "digest": first.digest,
        "generation": first.generation,
        "logic": LOGIC,
        "whole": whole,
        "systems": {name: value for item in certificates for name, value in item.systems},
        "properties": [item.property for item in certificates],
    }


def dumps(certificates: Sequence[Certificate], *, whole: bool = False) -> str:
    """The text of a file of certificates; if `whole`, of all claims of the machine."""
    return json.dumps(document(certificates, whole=whole), indent=1, ensure_ascii=False) + "\n"


class Encoding:
    """A symbolic machine as SMT-LIB text, and the names of its constants."""

    def __init__(self, machine: SymbolicMachine) -> None:
        self.machine = machine
        slice_ = machine.slice
        silent = "silent steps too" if machine.silent else "no silent steps"
        levels = machine.levels[-1] if machine.levels else "nothing"
        self.name = f"{slice_.generation}, assuming {levels}, {silent}"
        if slice_.also:
            self.name += f", with {', '.join(slice_.also)}"
        self.plain: dict[int, str] = {}
        self.components: dict[str, str] = {}
        for name, item in machine.components.items():
            self.components[name] = _unique(clean(name), self.components.values())
            self.plain[item.before.get_id()] = self.components[name]
        self._inputs = {step.event: self._inputs_of(step) for step in machine.steps}
        self.value = self._system()

    def at(self, event: str | None) -> Printer:
        """The printer for terms of an event, or for those of no event."""
        inputs = {} if event is None else self._inputs[event]
        return Printer({**self.plain, **{key: name for key, (_, name) in inputs.items()}})

    def given(self, way: SymbolicStep) -> dict[str, str]:
        """What a way out chooses for the inputs of its event."""
        inputs = self._inputs[way.event]
        write = self.at(None)
        chosen: dict[str, str] = {}
        for term, choice in _chosen(self.machine.step(way.event), way):
            # What is no constant is known of every such event; what is chosen freely stays free.
            if isinstance(term, bool | int) or any(
                key not in self.plain for key in constants([choice])
            ):
                continue
            chosen[inputs[term.get_id()][1]] = write(choice)
        event = next(item for item in self.machine.specification.events if item.name == way.event)
        for key, of in event.key_types.items():
            # The value of a key that is left out means nothing, but a step asks its type of it.
            for name, kind in _left_out(clean(f"{way.event}.{key}"), of, chosen):
                value = _some_value(kind, self.machine.codes)
                if value is not None:
                    chosen.setdefault(name, value)
        return chosen

    def _inputs_of(self, step: SymbolicStep) -> dict[int, tuple[Any, str]]:
        terms = [truth for _, truth in step.parts] + list(step.after.values())
        keys = [term for term, _ in _chosen(step, step)]
        taken = set(self.components.values())
        found: dict[int, tuple[Any, str]] = {}
        for key, term in constants([*keys, *terms]).items():
            if is_free(term):
                why = next(
                    f"{show(node)} is any value in this proof: {why}"
                    for node, why in self.machine.known_free.items()
                )
                raise Untranslatable(why)
            if key not in self.plain:
                name = _unique(clean(str(term.decl().name()).rpartition("!")[0]), taken)
                taken.add(name)
                found[key] = (term, name)
        return found

    def _system(self) -> Json:
        machine = self.machine
        removed = machine.specification.removed
        finals = [state.name for state in machine.specification.finals]
        parts = machine.components.items()
        starts = [self.components[name] for name, item in parts if item.start and name != STATE]
        return {
            "generation": machine.slice.generation,
            "assuming": machine.levels[-1] if machine.levels else "nothing",
            "silent": machine.silent,
            **({"also": list(machine.slice.also)} if machine.slice.also else {}),
            **({"starts": starts} if starts else {}),
            "codes": {text: machine.codes.of(text) for text in machine.codes.texts},
            "initial": machine.specification.initial.name,
            "final": finals if len(finals) > 1 else next(iter(finals), None),
            "removed": removed and removed.name,
            "components": [
                {
                    "name": self.components[name],
                    "sort": "Bool" if item.kind == "flag" else "Int",
                    "initial": item.start,
                }
                for name, item in machine.components.items()
            ],
            "steps": [self._step(step) for step in machine.steps],
        }

    def _step(self, step: SymbolicStep) -> Json:
        write = self.at(step.event)
        return {
            "event": step.event,
            "inputs": {name: str(term.sort()) for term, name in self._inputs[step.event].values()},
            "possible": write(step.possible),
            "rules": {rule: write(truth) for rule, truth in step.rules},
            "allowed": write(step.allowed),
            "after": {self.components[name]: write(value) for name, value in step.after.items()},
        }


@lru_cache(maxsize=8)
def encoding_of(machine: SymbolicMachine) -> Encoding:
    """The text of a machine, made once for all properties."""
    return Encoding(machine)


def _argument(encoding: Encoding, argument: Argument) -> Json:
    start = argument.start
    return {
        "system": encoding.name,
        "from": start and {encoding.components[name]: start[name] for name in start},
        "uses": list(argument.uses),
        "lemmas": [
            {"says": lemma.text, "term": encoding.at(None)(term)}
            for lemma, term in _lemma_terms(argument)
        ],
        "shows": [_conclusion(encoding, item) for item in argument.conclusions],
    }


def _conclusion(encoding: Encoding, conclusion: Conclusion) -> Json:
    write = encoding.at(conclusion.event)
    shows = {"kind": conclusion.kind, **conclusion.facts}
    if conclusion.event is not None:
        shows["event"] = conclusion.event
    shows.update((name, _written(write, term)) for name, term in conclusion.terms.items())
    if conclusion.kind in (REACHED, LEFT):
        shows["ways"] = [
            {"event": way.event, "given": encoding.given(way)} for way in conclusion.ways
        ]
    return shows


def _lemma_terms(argument: Argument) -> Iterator[tuple[Lemma, Truth]]:
    machine = argument.machine
    values = machine.values_before
    for lemma in argument.invariant.lemmas:
        parts = [(symbol(part.atom, machine, values), part.holds) for part in lemma.literals]
        yield lemma, disj(truth if holds else neg(truth) for truth, holds in parts)


def _written(write: Printer, term: Any) -> Json:
    if isinstance(term, tuple):
        return [write(part) for part in term]
    return None if term is None else write(term)


def _unique(name: str, taken: Collection[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}~{number}"
    return found


# What a way out chooses


def _left_out(
    name: str, of: t.Type, chosen: Mapping[str, str], gone: bool = False
) -> Iterator[tuple[str, t.Type]]:
    """The keys that are left out, those of objects among them, with their types."""
    gone = gone or chosen.get(f"{name}?") == "false"
    inner = t.present(of)
    if isinstance(inner, t.Record):
        for field, kind in inner.fields:
            yield from _left_out(clean(f"{name}.{field}"), kind, chosen, gone)
    elif gone:
        yield name, inner


def _some_value(of: t.Type, codes: Codes) -> str | None:
    """A value of the type, if there is but a number or a code to choose."""
    match t.present(of):
        case t.Integer(low=low, high=high):
            return number(low if low is not None else min(0, high or 0))
        case inner if is_textual(inner):
            known = [codes.of(text) for text in codes.texts if t.accepts(inner, text)]
            return number(codes.rest if is_unbounded(inner) else known[0])
        case _:
            return None


def _chosen(known: SymbolicStep, way: SymbolicStep) -> Iterator[tuple[Any, Any]]:
    """Each input of an event with the term that a way out takes for it."""
    for key, symbol_ in known.scene.keys.items():
        yield from _matched(symbol_, way.scene.keys.get(key, NONE))
    for key, fault in known.scene.faults.items():
        other = way.scene.faults.get(key, SOUND)
        yield fault.unreadable, other.unreadable
        if not isinstance(known.scene.keys.get(key), Maybe):
            yield fault.present, other.present
    mine, theirs = known.scene.collections.elements, way.scene.collections.elements
    for group, element in mine.items():
        held = theirs[group].own if group in theirs else (False,) * len(element.own)
        yield from zip(element.own, held, strict=True)
    sets, chosen = known.scene.collections, way.scene.collections
    for group, borne in sets.borne.items():
        taken = chosen.borne[group]
        yield from ((count, taken.counts[row]) for row, count in borne.counts.items())
        for one, two in zip(borne.literals, taken.literals, strict=True):
            yield from zip(one, two, strict=True)
    yield from ((length, chosen.lengths[node]) for node, length in sets.lengths.items())


def _matched(known: Symbol, chosen: Symbol) -> Iterator[tuple[Any, Any]]:
    match (known, chosen):
        case (Maybe(has=has, of=of), _):
            other = lifted(chosen)
            yield has, other.has
            if of is not None and other.of is not None:
                yield from _matched(of, other.of)
        case (_, Maybe(of=of)) if of is not None:
            yield from _matched(known, of)
        case (Fields(fields=parts), Fields(fields=others)):
            taken = dict(others)
            for name, part in parts:
                yield from _matched(part, taken.get(name, NONE))
        case (Flag(truth=one), Flag(truth=two)):
            yield one, two
        case (Count(number=one), Count(number=two)):
            yield one, two
        case (Text(code=one), Text(code=two)):
            yield one, two
