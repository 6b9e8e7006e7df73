"""Times at which a policy holds or is broken: events are given, and their times are solved for.

All that is asked of times is how far one is from another, so that Z3 finds them among the
reals, exactly. Whatever else a policy asks is known of events that are given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import z3

from flux_conform.language.durations import decimal_of
from flux_conform.language.expressions import (
    COMPARISONS,
    SINCE,
    About,
    Binary,
    Call,
    If,
    Name,
    Node,
    Not,
    expand,
    walk,
)
from flux_conform.language.specification import ANY_EVENT, UNDEFINED, Rule
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration, Step
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.event_times import asks_time, timed_rules
from flux_conform.machine.step import Machine
from flux_conform.prove.ask import check

USUAL = Fraction(1, 4)
"""How long after another an event comes, in seconds, where nothing asks for more."""

LEAST = Fraction(1, 1_000_000)
"""How far from a bound a time is that is just beyond it: the digits that Flux writes."""

Value: TypeAlias = Any
"""A value of an expression, or a Z3 term of times."""


class Unsolvable(Exception):
    """A policy asks of times what is more than how far they are from each other."""


class Happening(NamedTuple):
    """An event that is given: its name, and its context, None where it has none."""

    name: str
    context: Any


class Walk:
    """Events in a row, whose times are open; `times` are Z3's, from that of the first event on."""

    def __init__(self, machine: Machine, events: Sequence[Happening]) -> None:
        self.machine = machine
        self.events = tuple(events)
        self.times = [z3.Real(f"t{number}") for number in range(len(events))]
        self.moments: list[Moment] = []
        self.steps: list[Step] = []
        self._came: list[dict[str, tuple[int, int]]] = []
        """Before each event, the places of the first and the last event of each name."""
        configuration: Configuration = machine.initial
        came: dict[str, tuple[int, int]] = {}
        for number, event in enumerate(events):
            is_object = event.context is None or isinstance(event.context, dict)
            context = event.context if is_object else None
            entry = machine.event(event.name)
            unreadable, _ = machine.judge_context(entry, context, is_object)
            read = machine.read_context(entry, context)
            self.moments.append(configuration.moment(event.name, read, unreadable))
            self._came.append(dict(came))
            step = machine.step(configuration, event.name, context, context_is_object=is_object)
            self.steps.append(step)
            if has_effect(step):
                came[entry.name] = (came[entry.name][0] if entry.name in came else number, number)
            configuration = step.after
        self.after = configuration

    def holds(self, tree: Node, number: int) -> Value:
        """A condition at an event: true, false, or what it asks of times.

        Raises Unreadable, or Unsolvable.
        """
        if not asks_time(tree):
            return compile_expression(tree, {})(self.moments[number])
        match tree:
            case Name():
                return self.times[number]
            case About(function=function, name=name):
                return self._time_of(function, name, number)
            case Not(operand=operand):
                return negated(self.holds(operand, number))
            case Binary():
                return self._binary(tree, number)
            case If(condition=condition, then=then, otherwise=otherwise):
                test = self.holds(condition, number)
                if isinstance(test, bool):
                    return self.holds(then if test else otherwise, number)
                both = [self.holds(part, number) for part in (then, otherwise)]
                if None in both:
                    raise Unsolvable
                return z3.If(test, *map(_term, both))
            case Call(function="has", arguments=(operand,)):
                return self.holds(operand, number) is not None
        raise Unsolvable

    def _time_of(self, function: str, name: str, number: int) -> Value:
        places = self._came[number].get(name)
        if places is None:
            return None
        if function == SINCE:
            return self.times[number] - self.times[places[1]]
        return self.times[places[0 if function == "first" else 1]]

    def _binary(self, tree: Binary, number: int) -> Value:
        sign = tree.operator
        left = self.holds(tree.left, number)
        if sign in ("and", "or", "implies"):
            if isinstance(left, bool) and left is (sign == "or"):
                return sign != "and"  # what stands right is not read
            right = self.holds(tree.right, number)
            return _joined(sign, left, right)
        right = self.holds(tree.right, number)
        if sign in ("+", "-"):
            if left is None or right is None:
                return None
            return _term(left) + _term(right) if sign == "+" else _term(left) - _term(right)
        if sign not in COMPARISONS or sign == "in":
            raise Unsolvable
        if left is None or right is None:
            alike = left is None and right is None
            return alike if sign == "==" else not alike if sign == "!=" else False
        return _compared(sign, _term(left), _term(right))

    def bounds(self, tree: Node, number: int) -> Iterator[Value]:
        """How far each comparison of times in a condition is from its bound, where it has one."""
        for part in walk(tree):
            if isinstance(part, Binary) and part.operator in COMPARISONS and asks_time(part):
                try:
                    sides = [self.holds(side, number) for side in (part.left, part.right)]
                except (Unreadable, Unsolvable):
                    continue
                if None not in sides and not any(isinstance(side, bool) for side in sides):
                    yield _term(sides[0]) - _term(sides[1])

    def solved_at(
        self, bound: Value, offset: Fraction, wished: Iterable[Value] = ()
    ) -> tuple[Fraction, ...] | None:
        """Times so far from a bound, as `solved` gives them."""
        return self.solved([bound == _term(offset)], wished)

    def solved(
        self, wanted: Iterable[Value], wished: Iterable[Value] = (), *, in_order: bool = True
    ) -> tuple[Fraction, ...] | None:
        """Times, from 0 on, at which all of these hold; None where there are none.

        They never go back, if they are to be `in_order`.
        What is `wished` holds as far as it can, in its order, and then as many events as can come
        as usual.
        """
        solver = z3.SolverFor("QF_LRA")
        times = self.times
        solver.add(times[0] == 0)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        if in_order:
            solver.add([gap >= 0 for gap in gaps])
        for condition in wanted:
            solver.add(condition)
        if check(solver) != z3.sat:
            return None
        for more in (*wished, *(gap == _term(USUAL) for gap in gaps)):
            solver.push()
            solver.add(more)
            if check(solver) != z3.sat:
                solver.pop()
        check(solver)
        model = solver.model()
        found = [model.eval(time, model_completion=True).as_fraction() for time in times]
        return tuple(Fraction(time) for time in found) if all(map(_is_decimal, found)) else None


def has_effect(step: Step) -> bool:
    """Whether an event takes effect: times count from such events alone."""
    return step.outcome not in (UNDEFINED, CAPTIVE, REMOVED)


def negated(value: Value) -> Value:
    """The opposite of a condition."""
    return not value if isinstance(value, bool) else z3.Not(value)


def _joined(sign: str, left: Value, right: Value) -> Value:
    if isinstance(left, bool):
        return right  # what decides alone was taken before
    if isinstance(right, bool):
        if sign == "and":
            return left if right else False
        return True if right else (z3.Not(left) if sign == "implies" else left)
    if sign == "and":
        return z3.And(left, right)
    return z3.Or(z3.Not(left) if sign == "implies" else left, right)


def _compared(sign: str, left: Value, right: Value) -> Value:
    match sign:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case _:
            return left != right


def _term(value: Value) -> Value:
    if isinstance(value, Fraction):
        return z3.Q(value.numerator, value.denominator)
    return value


def _is_decimal(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return bool(rest == 1)


class TimedRules:
    """The policies of a machine that ask for times, with their trees."""

    def __init__(self, machine: Machine) -> None:
        names = timed_rules(machine.specification)
        self.machine = machine
        self.rules = tuple(rule for rule in machine.specification.rules if rule.id in names)
        self._trees: Mapping[str, Node] = {
            rule.id: expand(rule.require.tree, machine.definitions) for rule in self.rules
        }

    def tree(self, rule: Rule) -> Node:
        """What a policy asks, definitions put in."""
        return self._trees[rule.id]

    def judged(self, walk_: Walk, number: int) -> list[Rule]:
        """The policies that are judged at an event."""
        event, step = walk_.machine.event(walk_.events[number].name).name, walk_.steps[number]
        if step.outcome in (CAPTIVE, REMOVED):
            return []
        return [
            rule
            for rule in self.rules
            if ANY_EVENT in rule.on or (event in rule.on and step.outcome != UNDEFINED)
        ]

    def conditions(self, walk_: Walk, apart: Rule | None = None) -> list[Value]:
        """What policies ask at all events, but for what one that is `apart` asks at the last."""
        found = []
        for number in range(len(walk_.events)):
            for other in self.judged(walk_, number):
                if other is apart and number == len(walk_.events) - 1:
                    continue
                try:
                    found.append(walk_.holds(self.tree(other), number))
                except (Unreadable, Unsolvable):
                    continue
        return found


def walks(
    machine: Machine,
    events: Sequence[Happening],
    asked: Sequence[Happening],
    is_sound: Callable[[Step], bool],
    generation: str,
) -> Iterator[Walk]:
    """The events, and those with one more before the last, of those `asked` for, if all are sound.

    The log is of this generation. So an event can come of whose time something is asked, and come
    again.
    """
    rows = [tuple(events)]
    for place in range(len(events) - 1, -1, -1):
        rows += [(*events[:place], more, *events[place:]) for more in asked]
    for row in rows:
        walk_ = Walk(machine, row)
        if walk_.after.generation == generation and all(map(is_sound, walk_.steps)):
            yield walk_


def timed_lines(walk_: Walk, times: Sequence[Fraction], start: Fraction) -> tuple[str, ...]:
    """The events as lines of a log that begins at a time."""
    lines = []
    for event, time in zip(walk_.events, times, strict=True):
        name = json.dumps(event.name, ensure_ascii=False)
        context = ""
        if event.context is not None:
            written = json.dumps(event.context, separators=(",", ":"), ensure_ascii=False)
            context = f',"context":{written}'
        lines.append(f'{{"timestamp":{decimal_of(start + time)},"name":{name}{context}}}')
    return tuple(lines)
