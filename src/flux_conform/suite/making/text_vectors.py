"""Vectors for texts: two that a program may take for one are two.

Programs compare names without case, cut them at a NUL or after some characters, take off blanks, or
bring Unicode into a normal form. No rule asks for that, so each text is its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flux_conform.language.expressions import Constant, Key, Member, expand
from flux_conform.language.specification import (
    MOVES,
    SILENT,
    STAYS,
    UNLISTED,
    Specification,
)
from flux_conform.machine.literals import both_ways, comparisons, options
from flux_conform.machine.values import EXAMPLE
from flux_conform.suite.making.clean_graph import CleanGraph, Place
from flux_conform.suite.making.length_vectors import bearing, paired
from flux_conform.suite.making.step_vectors import after, slug
from flux_conform.suite.making.telling_events import Letter, Logged, dumped, log_of
from flux_conform.suite.making.vector import Draft

TEXTS = "texts"

PAIRS = {
    "case": (EXAMPLE, EXAMPLE.upper()),
    "case-beyond-ascii": ("\u00e9", "\u00c9"),
    "blank-behind": (EXAMPLE, f"{EXAMPLE} "),
    "blank-before": (EXAMPLE, f" {EXAMPLE}"),
    "no-break-space-behind": (EXAMPLE, f"{EXAMPLE}\u00a0"),
    "newline-behind": (EXAMPLE, f"{EXAMPLE}\n"),
    "word-behind-a-blank": (f"{EXAMPLE} a", f"{EXAMPLE} b"),
    "word-behind-an-equals-sign": (f"{EXAMPLE}=a", f"{EXAMPLE}=b"),
    "nothing": ("", " "),
    "composed": ("\u00e9", "e\u0301"),
    "compatible": ("\ufb01", "fi"),
    "beyond-ascii": (EXAMPLE, f"{EXAMPLE}\u20ac"),
    "beyond-the-first-plane": ("\U0001f680", "\U0001f681"),
    "zero-width": (EXAMPLE, "exam\u200bple"),
    "nul": (f"{EXAMPLE}\0a", f"{EXAMPLE}\0b"),
    "nul-behind": (EXAMPLE, f"{EXAMPLE}\0"),
    "beginning": (f"{EXAMPLE}-1", f"{EXAMPLE}-10"),
    "300-characters-alike": (f"{'e' * 300}1", f"{'e' * 300}2"),
    "5000-characters-alike": (f"{'e' * 5000}1", f"{'e' * 5000}2"),
    "digits": ("1", "01"),
    "number": ("1", "1.0"),
    "escape": ("\\u0041", "A"),
}
"""Texts that differ, and that some program takes for equal, by how they differ."""


def variants(text: str) -> dict[str, str]:
    """Texts that are not a word of the specification, and that some program takes for it."""
    found = {
        "in-capitals": text.upper(),
        "capitalized": text.capitalize(),
        "blank-behind": f"{text} ",
        "blank-before": f" {text}",
        "nul-behind": f"{text}\0",
        "more-behind": f"{text}-{EXAMPLE}",
        "more-before": f"{EXAMPLE}-{text}",
        "letter-behind": f"{text}s",
        "letter-less": text[:-1],
        "underscores": text.replace("-", "_"),
        "no-hyphens": text.replace("-", ""),
    }
    return {how: other for how, other in found.items() if other != text}


def texts(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """All of these vectors."""
    yield from _members(graph)
    yield from _words(graph, letters)
    yield from _names(graph, letters)
    yield from _keys(graph, letters)


def _draft(name: str, says: str, events: Sequence[Logged]) -> Draft:
    return Draft(TEXTS, name, "text", says, log_of(events))


def _members(graph: CleanGraph) -> Iterator[Draft]:
    """A member that is added under one text and removed under another."""
    specification = graph.machine.specification
    for variable, add, key, remove, other in paired(specification):
        for how, (one, two) in PAIRS.items():
            first = bearing(specification, add, key, one)
            second = bearing(specification, remove, other, two)
            place = graph.clean_at(first)
            if place is None:
                continue
            says = f"{add} and {remove} of two texts: {how.replace('-', ' ')}"
            name = f"{slug(variable)}-{how}"
            yield _draft(name, says, (*place.log, first, second))


def _apart_at(graph: CleanGraph, logged: Logged, other: Logged) -> Place | None:
    """The nearest place where an event is clean, if possible one where another leads elsewhere."""
    for place in graph.places:
        step = graph.step(place, logged)
        if place.log and graph.is_clean(step) and step.after != graph.step(place, other).after:
            return place
    return graph.clean_at(logged)


def _on(graph: CleanGraph, place: Place, events: Sequence[Logged]) -> tuple[Logged, ...]:
    """The log of a place with these events, and to its end where a clean way is known."""
    log = (*place.log, *events)
    return (*log, *(graph.ending(after(graph.machine, log)) or ()))


def _words(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """A key that is nearly what some expression compares it with."""
    asked = _asked(graph.machine.specification)
    for letter in letters:
        for key, value in letter.values.items():
            if not isinstance(value, str) or value not in asked.get(key, ()) or letter.another:
                continue
            logged = letter.at(graph.machine.initial) if not letter.terms else None
            for how, text in variants(value).items() if logged is not None else ():
                assert logged is not None
                other = Logged(logged.name, dumped({**letter.values, key: text}))
                place = _apart_at(graph, logged, other)
                if place is None:
                    continue
                right = graph.ending(graph.step(place, logged).after) or ()
                says = f"{letter.event} with a {key} that is not {value}: {how.replace('-', ' ')}"
                name = f"{slug(letter.event)}-{slug(key)}-{slug(value)}-{letter.odd}-{how}"
                if right:
                    says += ", and the log goes on as if it were"
                yield _draft(name, says, (*place.log, other, *right))


def _asked(specification: Specification) -> dict[str, set[str]]:
    """The texts that expressions compare keys with, and variables that hold them, by the key."""
    table = specification.definition_table
    trees = [rule.require.tree for rule in specification.rules]
    trees += [row.when.tree for row in specification.transitions if row.when is not None]
    trees += [effect.tree for event in specification.events for _, effect in event.effects]
    trees += [expression.tree for _, expression in specification.report]
    found: dict[str, set[str]] = {}
    for tree in trees:
        for comparison in comparisons(expand(tree, table)):
            for side, other in both_ways(comparison):
                name = ""
                if isinstance(side, Key):
                    name = side.name
                elif isinstance(side, Member):
                    name = side.field
                for option in options(other) if name else ():
                    if isinstance(option, Constant) and isinstance(option.value, str):
                        found.setdefault(name, set()).add(option.value)
    return found


def _names(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """Names that are nearly those of events, where the event itself would change something."""
    machine = graph.machine
    known = {event.name for event in machine.specification.events}
    for event in machine.specification.events:
        found = _changing(graph, [letter for letter in letters if letter.event == event.name])
        if found is None or event.name == UNLISTED:
            continue
        place, logged = found
        if event.is_family:
            word = event.name.rstrip("*")
            others = {"period": word, "no-period": word[:-1], "in-capitals": f"{word}a".upper()}
        else:
            others = {how: name for how, name in variants(event.name).items() if name not in known}
        nearly = tuple(Logged(name, logged.context) for name in others.values())
        says = f"events whose names are not {event.name}: {', '.join(others).replace('-', ' ')}"
        yield _draft(f"names-like-{slug(event.name)}", says, _on(graph, place, nearly))


def _changing(graph: CleanGraph, letters: Sequence[Letter]) -> tuple[Place, Logged] | None:
    """The nearest place where an event changes something."""
    still = None
    for place in graph.places:
        for letter in letters:
            logged = letter.at(place.configuration)
            if logged is None or not place.log:
                continue
            step = graph.step(place, logged)
            if step.outcome not in (MOVES, STAYS, SILENT) or not graph.is_clean(step):
                continue
            here, there = place.configuration, step.after
            if here.state != there.state or here.values != there.values:
                return place, logged
            still = still or (place, logged)
    return still


def _keys(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """Keys that are nearly those of an event, in place of them and beside them."""
    for event in graph.machine.specification.events:
        own = [letter for letter in letters if letter.event == event.name and not letter.terms]
        found = _changing(graph, own)
        if found is None or not event.key_types:
            continue
        place, logged = found
        usual = logged.value or {}
        for key in event.key_types:
            if key not in usual:
                continue
            for how, other in {"in-capitals": key.upper(), "blank-behind": f"{key} "}.items():
                left = {name: value for name, value in usual.items() if name != key}
                instead = Logged(logged.name, dumped({**left, other: usual[key]}))
                name = f"{slug(event.name)}-{slug(key)}-{how}"
                says = f"{event.name} with a key that is not {key}: {how.replace('-', ' ')}"
                yield _draft(f"key-{name}", says, _on(graph, place, (instead,)))
                value = None if isinstance(usual[key], str) else f"{EXAMPLE}"
                beside = Logged(logged.name, dumped({**usual, other: value}))
                log = _on(graph, place, (beside,))
                yield _draft(f"key-{name}-beside", f"{says}, beside it", log)
