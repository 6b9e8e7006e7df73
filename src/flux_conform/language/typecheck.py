"""Checks the types of expressions when a specification is loaded.

A faulty part gets a type that fits everywhere, so that one mistake gives one fault.
"""

from __future__ import annotations

from collections.abc import Sequence

from flux_conform.language import expressions as x
from flux_conform.language import lane_types, meant, set_types
from flux_conform.language import types as t
from flux_conform.language.intervals import POSITIVE, computed, is_decidable
from flux_conform.language.lanes import COUNT, INDEX
from flux_conform.language.naming_scope import OF_POLICIES, Scope, TypeFault, of_about
from flux_conform.language.narrowing import Facts, narrowed, with_facts
from flux_conform.language.specification import is_family
from flux_conform.language.type_relations import (
    DurationType,
    Kind,
    LaneOf,
    NameOf,
    NoneType,
    TimeType,
    Unknown,
    as_listed,
    assignable,
    bare,
    comparable,
    is_timed,
    join,
    of_constant,
    show,
    texts_of,
    time_comparison,
    time_operation,
)


def check(tree: x.Node, scope: Scope) -> tuple[Kind, list[TypeFault]]:
    """The expression's type, and every fault in it."""
    checker = _Checker(scope)
    return checker.type_of(tree), checker.faults


def check_definition(definition: x.Definition, scope: Scope) -> list[TypeFault]:
    """The faults that a definition has independently of its arguments."""
    checker = _Checker(scope._replace(at_definition=True))
    checker.parameters = {name: Unknown() for name in definition.parameters}
    checker.type_of(definition.body.tree)
    return checker.faults


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.faults: list[TypeFault] = []
        self.parameters: dict[str, Kind] = {}
        self.known: Facts = {}
        self.names: dict[str, Kind] = {**scope.lanes, **scope.report, **scope.variables}
        self.names["state"] = NameOf("state")
        if scope.event_names:
            self.names |= {"event": NameOf("event"), "first": t.Boolean()}
        if scope.knows_time:
            self.names[x.TIME] = TimeType()

    def fault(
        self, node: x.Node, message: str, name: str | None = None, among: Sequence[str] = ()
    ) -> Kind:
        self.faults.append(TypeFault(node, message, name, tuple(among)))
        return Unknown()

    def expect(self, node: x.Node, wanted: t.Type, what: str) -> None:
        found = self.type_of(node)
        if isinstance(found, t.Optional) and assignable(found.of, wanted):
            self.fault(node, f"{what} is {show(wanted)}, but this may be none; ask has(…) first")
        elif not assignable(found, wanted):
            self.fault(node, f"{what} is {show(wanted)}, but this is {show(found)}")

    def type_of(self, node: x.Node) -> Kind:
        """The type of what stands there, narrowed by what is known of it."""
        kind = self.declared(node)
        return narrowed(kind, self.known.get(node)) if self.known else kind

    def where(self, condition: x.Node, holds: bool, part: x.Node, wanted: str = "") -> Kind:
        """The type of a part that is read only where the condition holds, or does not.

        It is a boolean where the words say what the part is.
        """
        # A definition may ask for a variable that has the name of a parameter here.
        definitions = {} if self.parameters else self.scope.definitions
        known, self.known = self.known, with_facts(self.known, condition, holds, definitions)
        if wanted:
            self.expect(part, t.Boolean(), wanted)
        kind = t.Boolean() if wanted else self.type_of(part)
        self.known = known
        return kind

    def declared(self, node: x.Node) -> Kind:
        """The type of what stands there, whatever is known of it."""
        match node:
            case x.Constant(value=value):
                return of_constant(value)
            case x.Duration():
                return DurationType()
            case x.Name():
                return self.name(node)
            case x.Key():
                return self.key(node)
            case x.Member():
                return self.member(node)
            case x.Not(operand=operand):
                self.expect(operand, t.Boolean(), 'what follows "not"')
                return t.Boolean()
            case x.Binary():
                return self.binary(node)
            case x.If(condition=condition, then=then, otherwise=otherwise):
                if x.is_default(node):
                    return self.default(node)
                self.expect(condition, t.Boolean(), 'what follows "if"')
                kinds = [
                    self.where(condition, True, then),
                    self.where(condition, False, otherwise),
                ]
                return self.common(node, kinds, "both branches of an if")
            case x.List(items=items):
                kinds = [self.type_of(item) for item in items]
                of = self.common(node, kinds, "all members of a list") if kinds else Unknown()
                return t.ListOf(of)  # type: ignore[arg-type]
            case x.Build(fields=fields):
                return t.Record(tuple((n, self.type_of(v)) for n, v in fields))  # type: ignore[misc]
            case x.Call():
                return self.call(node)
            case x.About():
                kind, fault = of_about(node, self.scope)
                self.faults += [] if fault is None else [fault]
                return kind

    def default(self, node: x.If) -> Kind:
        """The type of `x else y`."""
        kind = self.declared(node.otherwise)
        if not isinstance(kind, t.Optional | t.Anything | NoneType | Unknown):
            never = f'what stands left of "else" is {show(kind)}, and never none'
            return self.fault(node.otherwise, never)
        there = kind.of if isinstance(kind, t.Optional) else kind
        kinds = [there, self.where(node.condition, True, node.then)]
        return self.common(node, kinds, 'both sides of an "else"')

    def name(self, node: x.Name) -> Kind:
        scope, name = self.scope, node.name
        if (kind := self.parameters.get(name) or self.names.get(name)) is not None:
            return kind
        if name in scope.broken:
            return Unknown()
        if name in scope.definitions:
            definition = scope.definitions[name]
            if definition.parameters:
                return self.fault(
                    node, f'"{name}" takes {len(definition.parameters)} arguments in parentheses'
                )
            return self.body(node, definition, {})
        if name == x.TIME:
            return self.fault(node, f'"{name}" is {OF_POLICIES}')
        known = [each for each in scope.values if each != name]  # `event`, where there is none
        hint = meant.a_state(name, scope.states) or meant.a_key(name, scope.keys)
        return self.fault(node, f'unknown variable "{name}"{hint}', name, () if hint else known)

    def body(self, node: x.Node, definition: x.Definition, parameters: dict[str, Kind]) -> Kind:
        outer, self.parameters = self.parameters, parameters
        known = self.known
        if parameters or outer:
            self.known = {}  # a parameter may have the name of what is known
        count = len(self.faults)
        kind = self.type_of(definition.body.tree)
        self.parameters, self.known = outer, known
        if len(self.faults) == count:
            return kind
        # The fault is reported at the use, which is what the author is reading.
        first = self.faults[count]
        del self.faults[count:]
        message = f'in the definition of "{definition.name}": {first.message}'
        return self.fault(node, message, first.name, first.among)

    def key(self, node: x.Key) -> Kind:
        if self.scope.at_definition:
            return Unknown()
        if node.name == "":
            if self.scope.whole is None:
                return self.fault(node, '"." is the context, and none is defined here')
            return self.scope.whole
        if self.scope.keys is None:
            return self.fault(node, f"no event is at hand here whose key .{node.name} could be")
        if node.name not in self.scope.keys:
            message = f'unknown key "{node.name}" of the event\'s context'
            return self.fault(node, message, node.name, tuple(self.scope.keys))
        return self.scope.keys[node.name]

    def member(self, node: x.Member) -> Kind:
        kind = self.type_of(node.record)
        inner = bare(kind)
        if isinstance(inner, Unknown):
            return inner
        if isinstance(inner, LaneOf):
            return self.noted(lane_types.counted(node, inner, node.field))
        if not isinstance(inner, t.Record):
            return self.fault(node, f"{show(kind)} has no fields")
        fields = dict(inner.fields)
        if node.field not in fields:
            return self.fault(node, f'unknown field "{node.field}"', node.field, tuple(fields))
        found = fields[node.field]
        wrapped = isinstance(kind, t.Optional) and not isinstance(found, t.Optional)
        return t.Optional(found) if wrapped else found

    def binary(self, node: x.Binary) -> Kind:
        operator = node.operator
        if operator in ("and", "or", "implies"):
            self.expect(node.left, t.Boolean(), f'what stands left of "{operator}"')
            self.where(
                node.left, operator != "or", node.right, f'what stands right of "{operator}"'
            )
            return t.Boolean()
        if operator in ("==", "!="):
            # A value may be compared with none, whatever is known of it.
            self.comparison(node, self.declared(node.left), self.declared(node.right))
            return t.Boolean()
        if (key := meant.split_key(node, self.scope.keys)) is not None:
            return self.fault(node, f"a key of such a name is quoted: {meant.written(key)}")
        left, right = (as_listed(self.type_of(side)) for side in (node.left, node.right))
        if set_types.computes_with_sets(operator, left, right):
            return set_types.set_operation(node, left, right, self.fault)
        if operator in x.COMPARISONS:
            self.comparison(node, left, right)
            return t.Boolean()
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown()
        if is_timed(left) or is_timed(right):
            return time_operation(node, left, right, self.fault)
        # Floating-point numbers have no bits, and their division rounds nowhere.
        number: t.Type = t.Number() if operator in ("+", "-", "*") else t.Integer()
        for side, kind in ((node.left, left), (node.right, right)):
            if not assignable(kind, t.Optional(number)):
                wanted = f"{show(number)}s"
                return self.fault(side, f'"{operator}" computes with {wanted}, not {show(kind)}')
        if operator in ("/", "%", "&", "*") and not is_decidable(node, right):
            return self.fault(node.right, f'what stands right of "{operator}" is {POSITIVE}')
        one, two = bare(left), bare(right)
        result: t.Type = t.Number()
        if isinstance(one, t.Integer) and isinstance(two, t.Integer):
            result = computed(operator, one, two)
        either = isinstance(left, t.Optional) or isinstance(right, t.Optional)
        return t.Optional(result) if either else result

    def comparison(self, node: x.Binary, left: Kind, right: Kind) -> None:
        operator = node.operator
        if operator == "in":
            if isinstance(right, t.ListOf | t.SetOf | t.BagOf):
                items = node.right.items if isinstance(node.right, x.List) else ()
                strange = [self.named(left, item) for item in items]
                if any(strange):
                    return
                if not comparable(left, right.of):
                    self.fault(node.left, f"{show(left)} can never be in {show(right)}")
            elif not isinstance(right, Unknown):
                self.fault(
                    node.right, f'what follows "in" is a list, set or bag, not {show(right)}'
                )
            return
        if operator in ("==", "!="):
            if self.named(left, node.right) or self.named(right, node.left):
                return
            if not comparable(left, right):
                hint = meant.with_in(node) or meant.text_of_key(node, self.scope.keys)
                self.fault(node, f"{show(left)} can never equal {show(right)}{hint}")
            return
        if is_timed(left) or is_timed(right):
            time_comparison(node, left, right, self.fault)
            return
        for side, kind in ((node.left, left), (node.right, right)):
            if not assignable(kind, t.Optional(t.Number())):
                self.fault(side, f'"{operator}" orders numbers, not {show(kind)}')

    def named(self, kind: Kind, other: x.Node) -> bool:
        """Whether a text is none that the other side can be, which is noted.

        With `state` or `event` the name of one is compared, with an enumeration one of its strings.
        """
        if not isinstance(other, x.Constant) or not isinstance(other.value, str):
            return False
        listed = texts_of(bare(kind))
        if listed is not None and len(listed) > 1 and other.value not in listed:
            message = f"{t.quoted(other.value)} is none of {t.show(bare(kind))}"  # type: ignore[arg-type]
            self.fault(other, message, other.value, listed)
            return True
        if not isinstance(kind, NameOf):
            return False
        known = kind.among or self.scope.states
        if kind.what == "event":
            # No event has the name of a family.
            known = [name for name in self.scope.events if not is_family(name)]
        if other.value not in known:
            hint = meant.a_union(other.value, self.scope.definitions)
            unknown = f'unknown {kind.what} "{other.value}"{hint}'
            self.fault(other, unknown, other.value, () if hint else known)
        return False

    def common(self, node: x.Node, kinds: list[Kind], what: str) -> Kind:
        optional = any(isinstance(kind, NoneType | t.Optional) for kind in kinds)
        found = [bare(kind) for kind in kinds if not isinstance(kind, NoneType)]
        if not found:
            return NoneType()
        result = found[0]
        for kind in found[1:]:
            result = join(result, kind)
        if isinstance(result, NoneType):
            shown = " and ".join(show(kind) for kind in kinds[:2])
            return self.fault(node, f"{what} have one type, but these are {shown}")
        if optional and not isinstance(result, Unknown):
            return t.Optional(result)  # type: ignore[arg-type]
        return result

    def call(self, node: x.Call) -> Kind:
        name, arguments = node.function, node.arguments
        if name in self.scope.broken:
            return Unknown()
        if name == INDEX:
            kinds = [self.type_of(part) for part in lane_types.parts_of(arguments[1])]
            lane = self.type_of(arguments[0])
            return self.noted(lane_types.state_of(node, lane, kinds))
        if name == COUNT and len(arguments) == 2 and self.scope.counts_lanes:
            return self.noted(lane_types.counted_by(node, self.type_of(arguments[0])))
        if name in self.scope.definitions:
            definition = self.scope.definitions[name]
            kinds = [self.type_of(argument) for argument in arguments]
            if len(kinds) != len(definition.parameters):
                return self.count(node, len(definition.parameters))
            return self.body(node, definition, dict(zip(definition.parameters, kinds, strict=True)))
        if name in x.ABOUT:
            what = "a state" if name in ("entered", "visited") else "an event"
            return self.fault(node, f"{name}(…) takes the name of {what}")
        if name not in x.FUNCTIONS:
            known = (*x.FUNCTIONS, *([COUNT] if self.scope.lanes else ()), *x.ABOUT)
            known = (*known, *self.scope.definitions)
            return self.fault(node, f'unknown function "{name}"', name, known)
        wanted = 2 if name in (*x.MERGES, x.DISJOINT) else 1
        if len(arguments) != wanted:
            return self.count(node, wanted)
        if name == x.OLD:
            return self.old(node)
        if name == "has":
            return self.built_in(node, [self.declared(arguments[0])])
        kinds = [] if name in x.LISTED else [as_listed(self.type_of(each)) for each in arguments]
        return self.built_in(node, kinds)

    def noted(self, found: tuple[Kind, list[lane_types.Fault]]) -> Kind:
        kind, faults = found
        self.faults += [TypeFault(*fault) for fault in faults]
        return kind

    def old(self, node: x.Call) -> Kind:
        after, before = self.scope, self.scope.before
        if before is None:
            return self.fault(node, 'old(…) is known in the "then" of a property alone, once')
        known, self.known = self.known, {}
        self.scope = before
        kind = self.type_of(node.arguments[0])
        self.scope, self.known = after, known
        return kind

    def count(self, node: x.Call, wanted: int) -> Kind:
        found = len(node.arguments)
        return self.fault(node, f'"{node.function}" takes {wanted} argument(s), not {found}')

    def built_in(self, node: x.Call, kinds: list[Kind]) -> Kind:
        if node.function in x.LISTED:
            read, found = set_types.LISTED_TYPES[node.function]
            self.expect(node.arguments[0], read, f"what {node.function}(…) reads")
            return found
        if any(isinstance(kind, Unknown) for kind in kinds):
            boolean = node.function in ("has", "empty", x.DISJOINT)
            return t.Boolean() if boolean else Unknown()
        if node.function in (x.DISJOINT, "set"):
            return set_types.set_function(node, kinds, self.fault)
        if node.function == "has":
            may_be_none = isinstance(kinds[0], t.Optional | t.Anything)
            if not may_be_none and not isinstance(node.arguments[0], x.Key):
                self.fault(node, f"has(…) is always true of {show(kinds[0])}")
            return t.Boolean()
        if node.function in x.MERGES:
            for argument, kind in zip(node.arguments, kinds, strict=True):
                if not assignable(kind, t.Object()):
                    self.fault(argument, f"{node.function}(…) takes objects, not {show(kind)}")
            return t.Object()
        if not isinstance(kinds[0], t.SetOf | t.BagOf | t.ListOf | t.Object):
            wanted = "a set, bag, list or object"
            self.fault(node, f"{node.function}(…) takes {wanted}, not {show(kinds[0])}")
        return t.Boolean() if node.function == "empty" else t.Integer(0, None)
