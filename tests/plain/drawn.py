"""Small random machines as plain data, drawn with Hypothesis."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st

from plain.expressions import Expression
from plain.machine import (
    MOVES,
    SILENT,
    STAYS,
    UNDEFINED,
    Claim,
    Event,
    Generation,
    Kind,
    Machine,
    Row,
    Rule,
)

STATES = ("A", "B", "C", "Z")
LARGE = (5, 7, 17, 51, 60, 300)
"""Constants, most of which no small set of values holds by chance."""

WORDS = ("a", "b", "c")
BOOLEAN = Kind("boolean", (False, True))
WORD = Kind(" | ".join(f'"{word}"' for word in WORDS), WORDS)


def small(high: int) -> Kind:
    """Integers from 0."""
    return Kind(f"integer 0..{high}", tuple(range(high + 1)))


def large(telling: int) -> Kind:
    """Any integer; the small ones matter, and those around a constant."""
    around = (telling - 1, telling, telling + 1)
    return Kind("integer", tuple(dict.fromkeys((*range(-2, 63), *around))))


def maybe(kind: Kind) -> Kind:
    """The same, or nothing."""
    return Kind(kind.text, kind.values, optional=True)


def is_integer(kind: Kind) -> bool:
    """Whether a type holds integers."""
    return kind.text.startswith("integer")


COUNT = Kind("integer", ())
"""A variable that counts; what effects make of it is bounded."""

SET = Kind("set of string", ())
BAG = Kind("bag of string", ())
VARIABLES = (BOOLEAN, small(2), maybe(small(2)), COUNT, COUNT, SET, BAG)


class Parts:
    """What is known of a machine before its expressions are drawn."""

    def __init__(
        self,
        events: tuple[str, ...],
        states: tuple[str, ...],
        virtual: Mapping[str, tuple[str, ...]],
        variables: Mapping[str, Kind],
        telling: int,
    ) -> None:
        self.events = events
        self.states = states
        self.virtual = virtual
        self.variables = variables
        self.telling = telling


class Writer:
    """Draws expressions over the keys and variables at hand.

    `at_event` tells that an event is there whose name can be asked for, `at_property` that it is
    known which states were visited.
    """

    def __init__(
        self,
        draw: st.DrawFn,
        parts: Parts,
        keys: Mapping[str, Kind] | None = None,
        *,
        at_event: bool = True,
        at_property: bool = False,
    ) -> None:
        self.draw = draw
        self.parts = parts
        self.keys = {} if keys is None else keys
        self.at_event = at_event
        self.at_property = at_property

    def condition(self, depth: int = 2) -> Expression:
        """An expression that is true or false."""
        if depth and self.draw(st.integers(0, 2)) == 0:
            operator = self.draw(st.sampled_from(["and", "or", "implies", "not"]))
            operands = [self.condition(depth - 1) for _ in range(1 if operator == "not" else 2)]
            return (operator, *operands)
        return self.draw(st.sampled_from(self.draw(st.sampled_from(self.atoms()))))

    def atoms(self) -> list[list[Expression]]:
        """Conditions, in groups of which each is as likely as any other."""
        parts = self.parts
        plain: list[Expression] = [("seen", event) for event in parts.events if "*" not in event]
        plain += [("among", name, *members) for name, members in parts.virtual.items()]
        plain += [("==", ("state",), ("const", state)) for state in parts.states]
        if self.at_event:
            plain += [("first",), ("==", ("event",), ("const", parts.events[0]))]
        if self.at_property:
            plain += [("visited", state) for state in parts.states]
        found = [plain]
        for name, kind in self.keys.items():
            found.append(self.of(("key", name), kind))
            found.append(found[-1])  # what an event bears is asked more often
        for name, kind in parts.variables.items():
            found.append(self.of_collection(name) if kind in (SET, BAG) else [])
            found[-1] += [] if kind in (SET, BAG) else self.of(("var", name), kind)
            for key, of in self.keys.items():
                if is_integer(of) and is_integer(kind):
                    found[-1].append(("==", ("key", key), ("var", name)))
                    found[-1].append(("<", ("key", key), ("var", name)))
        return found

    def of_collection(self, name: str) -> list[Expression]:
        """Conditions on a set or bag."""
        own: Expression = ("var", name)
        found: list[Expression] = [("empty", own), (">=", ("size", own), ("const", 2))]
        found.append(("in", ("const", "a"), own))
        found += [("in", ("key", k), own) for k, of in self.keys.items() if of.text == WORD.text]
        return found

    def of(self, term: Expression, kind: Kind) -> list[Expression]:
        """Conditions on a key or a variable of a simple type."""
        found: list[Expression] = [("has", term)] if kind.optional or term[0] == "key" else []
        if kind.text == BOOLEAN.text:
            return [*found, ("==", term, ("const", True)), *([] if kind.optional else [term])]
        if kind.text == WORD.text:
            return [*found, ("in", term, ("list", "a", "c")), ("==", term, ("const", "b"))]
        telling = self.parts.telling if kind.text == "integer" else 2
        found += [(word, term, ("const", telling)) for word in ("<", "==", ">=", "!=")]
        found += [("==", term, ("const", 1)), ("in", term, ("list", telling, 0))]
        if kind.text == "integer":
            found += [
                ("==", ("%", term, ("const", 7)), ("const", 3)),
                ("==", ("/", term, ("const", 10)), ("const", 4)),
                ("==", ("&", term, ("const", 4)), ("const", 4)),
                (">", ("+", ("*", term, ("const", 2)), ("const", 1)), ("const", telling)),
            ]
        return found

    def changed(self, variable: str) -> Expression | None:
        """A new value for a variable."""
        draw, kind = self.draw, self.parts.variables[variable]
        own: Expression = ("var", variable)
        choices: list[Expression]
        if kind in (SET, BAG):
            members: list[Expression] = [("const", "a")]
            members += [("key", k) for k, of in self.keys.items() if of == WORD]
            grown = ("+", own, draw(st.sampled_from(members)))
            if kind == BAG:
                grown = ("if", ("<", ("size", own), ("const", 2)), grown, own)
            choices = [grown, grown, ("-", own, draw(st.sampled_from(members)))]
        elif kind == COUNT:
            step = draw(st.sampled_from([1, 2, 3]))
            choices = [
                ("%", ("+", own, ("const", step)), ("const", 4)),
                ("if", ("<", own, ("const", 3)), ("+", own, ("const", step)), own),
                ("-", ("const", step), own),
                ("const", self.parts.telling),
            ]
            for key, of in self.keys.items():
                if is_integer(of) and not of.optional:
                    choices.append(("%", ("key", key), ("const", 3)))
                    choices.append(("/", ("key", key), ("const", 30)))
                    choices.append(("key", key))
        else:
            choices = [("const", each) for each in (*kind.values, *[None] * kind.optional)]
            choices += [
                ("key", key)
                for key, of in self.keys.items()
                if of.text == kind.text and (kind.optional or not of.optional)
            ]
            if kind.text == BOOLEAN.text:
                choices.append(("not", own))
        new = draw(st.sampled_from(choices))
        return ("if", self.condition(0), new, own) if draw(st.integers(0, 2)) == 0 else new


KEY_KINDS = (BOOLEAN, WORD, small(2), small(60), maybe(BOOLEAN), maybe(small(2)), maybe(WORD))


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """A machine with two to five states, two to five events and up to three variables."""
    states = STATES[: draw(st.integers(1, 3))] + STATES[-1:]
    final = draw(st.sampled_from(["Z", "Z", "Z", None]))
    removed = draw(st.sampled_from([None, None, None, "GONE"]))
    virtual = {"SOME": states[:2]} if draw(st.booleans()) else {}
    names = ["go", "put", "take", "end"][: draw(st.integers(2, 4))]
    family = ["log.*"] if draw(st.integers(0, 3)) == 0 else []
    telling = draw(st.sampled_from(LARGE))
    variables = {
        name: draw(st.sampled_from(VARIABLES))
        for name in ("x", "y", "w")[: draw(st.integers(0, 3))]
    }
    parts = Parts((*names, *family), states, virtual, variables, telling)
    events = {name: drawn_event(draw, parts) for name in names}
    for name in family:
        events[name] = replace(drawn_event(draw, parts), members=("log.x", "log.y"))
    elsewhere = draw(st.sampled_from([STAYS, STAYS, SILENT, UNDEFINED]))
    events["unlisted"] = Event({}, elsewhere, context="any", members=("foo",))
    generations = drawn_generations(draw, parts, events)
    return Machine(
        states,
        final,
        removed,
        virtual,
        generations,
        variables,
        events,
        drawn_rows(draw, parts, events, generations, final, removed),
        tuple(drawn_rules(draw, parts, events)),
    )


def drawn_event(draw: st.DrawFn, parts: Parts) -> Event:
    """An event with up to two keys, one of which may be of many values."""
    kinds = (*KEY_KINDS, large(parts.telling))
    keys: dict[str, Kind] = {}
    for key in ("k", "m")[: draw(st.integers(0, 2))]:
        wide = any(len(kind.values) > 9 for kind in keys.values())
        keys[key] = draw(st.sampled_from([k for k in kinds if not wide or len(k.values) < 9]))
    writer = Writer(draw, parts, keys)
    effects = {
        variable: effect
        for variable in parts.variables
        if draw(st.booleans()) and (effect := writer.changed(variable)) is not None
    }
    elsewhere = draw(st.sampled_from([STAYS, UNDEFINED, UNDEFINED, SILENT]))
    bare = draw(st.sampled_from(["empty", "empty", "undefined", "any"]))
    return Event(keys, elsewhere, effects, "keys" if keys else bare)


def drawn_generations(
    draw: st.DrawFn, parts: Parts, events: Mapping[str, Event]
) -> tuple[Generation, ...]:
    """Today's generation, and up to two that a first event chooses."""
    older = []
    for name in ("old", "older")[: draw(st.sampled_from([0, 0, 0, 1, 2]))]:
        on = draw(st.sampled_from([each for each in parts.events if "*" not in each]))
        writer = Writer(draw, parts, events[on].keys)
        when = None if draw(st.integers(0, 3)) == 0 else writer.condition(1)
        older.append(Generation(name, on, when))
    return (*older, Generation("today"))


def drawn_rows(
    draw: st.DrawFn,
    parts: Parts,
    events: Mapping[str, Event],
    generations: tuple[Generation, ...],
    final: str | None,
    removed: str | None,
) -> tuple[Row, ...]:
    """The table: for most events and states a row or two, whose guards may overlap."""
    rows: list[Row] = []
    targets = [*parts.states, *parts.states, *([removed] if removed else [])]
    outcomes = [MOVES] * 5 + [STAYS, SILENT, UNDEFINED]
    among = [None, None, None, *(each.name for each in generations if len(generations) > 1)]

    def add(event: str, sources: tuple[str, ...], by: str = "") -> None:
        guard = None
        if draw(st.booleans()):
            guard = Writer(draw, parts, events[event].keys).condition(1)
        outcome = draw(st.sampled_from(outcomes))
        target = draw(st.sampled_from(targets)) if outcome == MOVES else None
        generation = draw(st.sampled_from(among))
        for source in sources:
            rows.append(Row(len(rows), event, source, guard, outcome, target, generation, by))

    for event in parts.events:
        for name, members in parts.virtual.items():
            if draw(st.integers(0, 3)) == 0:
                add(event, members, name)
        for state in parts.states:
            if (
                draw(st.integers(0, 7 if state == final else 3))
                if state != final
                else (draw(st.integers(0, 9)) == 9)
            ):
                for _ in range(draw(st.integers(1, 2))):
                    add(event, (state,))
                if draw(st.integers(0, 19)) == 19:
                    rows.append(replace(rows[-1], number=len(rows), by=""))
    return tuple(rows)


def drawn_rules(draw: st.DrawFn, parts: Parts, events: Mapping[str, Event]) -> list[Rule]:
    """Up to three rules: of one event, of two, or of any."""
    rules = []
    for number in range(draw(st.sampled_from([0, 1, 1, 2, 3]))):
        level = draw(st.sampled_from(["MUST", "MUST", "SHOULD", "implied", "note"]))
        kind = draw(st.sampled_from(["one", "one", "two", "any"]))
        on = tuple(draw(st.permutations(parts.events))[: 2 if kind == "two" else 1])
        keys = events[on[0]].keys if kind == "one" else {}
        require = Writer(draw, parts, keys).condition()
        on = ("any",) if kind == "any" else on
        rules.append(Rule(f"rule/{'abc'[number]}", level, on, require))
    return rules


ASSUMED = ("implied", "SHOULD", "MUST", "nothing", "nothing")


@st.composite
def claimed(draw: st.DrawFn, some: int | None = None) -> Machine:
    """A machine about which something of each kind is claimed, or some of that."""
    machine = draw(machines())
    parts = Parts(
        tuple(name for name in machine.events if name != "unlisted"),
        machine.states,
        machine.virtual,
        machine.variables,
        draw(st.sampled_from(LARGE)),
    )
    plain = Writer(draw, parts, at_event=False, at_property=True)
    claims = [
        Claim("states", "reachable", silent=False),
        Claim("states-by-silence", "reachable"),
        Claim("rows", "taken", silent=False),
        Claim("leave", "leavable"),
        Claim("guards", "disjoint"),
        Claim("one-reading", "functional"),
        Claim("one-generation", "separate"),
        Claim("captive", "closed"),
        Claim("ends", "single"),
        Claim("always", "always", claim=plain.condition()),
        Claim("recover", "recoverable", claim=plain.condition(1)),
        Claim(
            "recover-without",
            "recoverable",
            claim=plain.condition(1),
            without=(draw(st.sampled_from(parts.events)),),
        ),
    ]
    if machine.final is not None:
        end: Expression = ("==", ("state",), ("const", machine.final))
        claims.append(Claim("end", "recoverable", claim=end))
    sets = draw(st.lists(st.permutations(machine.states), max_size=1))
    groups = tuple(tuple(each[: draw(st.integers(2, 3))]) for each in sets)
    claims.append(Claim("rounds", "cycles", cycles=groups))
    for number in range(2):
        kind = draw(st.sampled_from(["then", "never", "keeps", "accepts"]))
        event = draw(st.sampled_from([*parts.events, "any"]))
        keys = machine.events[event].keys if event != "any" else {}
        before = Writer(draw, parts, keys, at_property=True)
        when = before.condition(1) if draw(st.booleans()) else None
        if kind in ("keeps", "accepts"):
            known = ["state", *parts.variables] if kind == "keeps" else machine.states
            some_names = st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True)
            names = tuple(draw(some_names))
            claims.append(Claim(f"event-{number}", kind, event, when, names=names))
            continue
        claim = (plain if kind == "then" else before).condition(1)
        if kind == "then" and draw(st.booleans()):
            claim = ("implies", ("old", before.condition(1)), claim)
        claims.append(Claim(f"event-{number}", kind, event, when, claim))
    report: dict[str, Expression] = {}
    if machine.final is not None:
        told = Writer(draw, parts, at_event=False)
        report = {"told": told.condition(), "wrong": ("not", ("var", "told"))}
        reported = ("implies", ("var", "told"), plain.condition(1))
        when = draw(st.sampled_from([None, ("var", "wrong"), plain.condition(1)]))
        claims.append(Claim("at-the-end", "reports", when=when, claim=reported))
    if some is not None:
        claims = draw(st.permutations(claims))[:some]
    varied = [
        replace(claim, assuming=draw(st.sampled_from(ASSUMED)), silent=draw(st.booleans()))
        if draw(st.integers(0, 2)) == 0
        else claim
        for claim in claims
    ]
    return replace(machine, claims=tuple(varied), report=report)
