"""Conditions that ask for times, in Z3's terms, for events of any log: times are reals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import z3

from flux_conform.language.durations import seconds
from flux_conform.language.expressions import (
    COMPARISONS,
    SINCE,
    About,
    Binary,
    Call,
    Constant,
    Duration,
    If,
    Name,
    Node,
    Not,
    is_default,
)
from flux_conform.machine.event_times import asks_time
from flux_conform.machine.symbolic.expression_terms import Scene, truth
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, boolean, conj, disj, neg, pick

FIRST, LAST = "first", "last"


class Instant(NamedTuple):
    """A time or a duration, and whether there is one."""

    has: Truth
    term: Any


class TimedScene(NamedTuple):
    """An event in a configuration, with its time, and the first and last times of others."""

    scene: Scene
    now: Any
    times: Mapping[tuple[str, str], Any]

    def came(self, event: str) -> Truth:
        """Whether such an event came before."""
        return self.scene.came(About("seen", event))

    def holds(self, tree: Node) -> Truth:
        """A condition. Raises Untranslatable."""
        if not asks_time(tree):
            return truth(tree, self.scene)
        match tree:
            case Not(operand=operand):
                return neg(self.holds(operand))
            case Binary(operator="and", left=left, right=right):
                return conj([self.holds(left), self.holds(right)])
            case Binary(operator="or", left=left, right=right):
                return disj([self.holds(left), self.holds(right)])
            case Binary(operator="implies", left=left, right=right):
                return disj([neg(self.holds(left)), self.holds(right)])
            case Binary(operator=sign) if sign in COMPARISONS and sign != "in":
                return self._compared(tree)
            case If(condition=condition, then=then, otherwise=otherwise):
                return pick(
                    self.holds(condition), boolean(self.holds(then)), boolean(self.holds(otherwise))
                )
            case Call(function="has", arguments=(operand,)):
                return self.value(operand).has
        raise Untranslatable("times are compared, and no more")

    def value(self, tree: Node) -> Instant:
        """A time or a duration. Raises Untranslatable."""
        match tree:
            case Constant(value=None):
                return Instant(False, z3.RealVal(0))
            case Duration(amount=amount, unit=unit):
                length = seconds(amount, unit)
                return Instant(True, z3.Q(length.numerator, length.denominator))
            case Name():
                return Instant(True, self.now)
            case About(function=function, name=name):
                if function == SINCE:
                    return Instant(self.came(name), self.now - self.times[LAST, name])
                return Instant(self.came(name), self.times[function, name])
            case Binary(operator="+" | "-" as sign, left=left, right=right):
                one, two = self.value(left), self.value(right)
                term = one.term + two.term if sign == "+" else one.term - two.term
                return Instant(conj([one.has, two.has]), term)
            case If(then=then, otherwise=otherwise) if is_default(tree):
                one, two = self.value(otherwise), self.value(then)
                return Instant(disj([one.has, two.has]), pick(one.has, one.term, two.term))
            case If(condition=condition, then=then, otherwise=otherwise):
                test, one, two = self.holds(condition), self.value(then), self.value(otherwise)
                return Instant(pick(test, one.has, two.has), pick(test, one.term, two.term))
        raise Untranslatable("times are added and compared, and no more")

    def _compared(self, tree: Binary) -> Truth:
        one, two = self.value(tree.left), self.value(tree.right)
        both = [one.has, two.has]
        match tree.operator:
            case "<":
                return conj([*both, one.term < two.term])
            case "<=":
                return conj([*both, one.term <= two.term])
            case ">":
                return conj([*both, one.term > two.term])
            case ">=":
                return conj([*both, one.term >= two.term])
        neither = conj([neg(one.has), neg(two.has)])
        alike = disj([neither, conj([*both, one.term == two.term])])
        return alike if tree.operator == "==" else neg(alike)
