"""Small random changes of small random machines."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from hypothesis import strategies as st

from plain.drawn import KEY_KINDS, LARGE, Parts, Writer, drawn_rows, machines
from plain.expressions import Expression
from plain.machine import MOVES, SILENT, STAYS, UNDEFINED, Machine, Row
from plain.runs import TooMany, explore

LEVELS = ("MUST", "SHOULD", "implied", "note")
"""The levels of what a source asks."""

Change = Callable[[st.DrawFn, Machine], Machine]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Machine, Machine]:
    """A machine, and one that differs from it in one place, or says the same otherwise."""
    machine = draw(machines())
    fitting = [change for change, fits in CHANGES if fits(machine)]
    return machine, draw(st.sampled_from(fitting))(draw, machine)


def parts_of(draw: st.DrawFn, machine: Machine) -> Parts:
    """What new expressions of a machine may read."""
    names = tuple(name for name in machine.events if name != "unlisted")
    telling = draw(st.sampled_from(LARGE))
    return Parts(names, machine.states, machine.virtual, machine.variables, telling)


def drawn_row(draw: st.DrawFn, machine: Machine) -> Row:
    """A row of the machine; in most cases one that some log takes, where there is one."""
    rows = machine.rows
    if draw(st.integers(0, 3)):
        with suppress(TooMany):
            steps = explore(machine, assuming="MUST", most=3000).steps.values()
            taken = {did.row.number for each in steps for _, did in each if did.row is not None}
            rows = tuple(row for row in rows if row.number in taken) or rows
    return draw(st.sampled_from(rows))


def with_row(machine: Machine, row: Row) -> Machine:
    """The machine with a row in the place of the one of its number."""
    rows = tuple(row if each.number == row.number else each for each in machine.rows)
    return replace(machine, rows=tuple(replace(each, by="") for each in rows))


def _row_gone(draw: st.DrawFn, machine: Machine) -> Machine:
    row = drawn_row(draw, machine)
    kept = tuple(replace(each, by="") for each in machine.rows if each is not row)
    return replace(machine, rows=kept)


def _row_led_elsewhere(draw: st.DrawFn, machine: Machine) -> Machine:
    row = drawn_row(draw, machine)
    outcome = draw(st.sampled_from([MOVES, MOVES, MOVES, STAYS, SILENT, UNDEFINED]))
    target = draw(st.sampled_from(machine.states)) if outcome == MOVES else None
    return with_row(machine, replace(row, outcome=outcome, target=target))


def _guard(draw: st.DrawFn, machine: Machine) -> Machine:
    row = drawn_row(draw, machine)
    new = Writer(draw, parts_of(draw, machine), machine.events[row.event].keys).condition(1)
    guard: Expression | None = new
    if row.guard is not None:
        choices = [new, None, ("not", row.guard), ("and", row.guard, new), ("or", row.guard, new)]
        guard = draw(st.sampled_from(choices))
    return with_row(machine, replace(row, guard=guard))


def _same_guard(draw: st.DrawFn, machine: Machine) -> Machine:
    """The same in other words."""
    row = drawn_row(draw, machine)
    guard: Expression = ("const", True) if row.guard is None else row.guard
    double: Expression = ("not", ("not", guard))
    other: Expression = ("if", guard, ("const", True), ("const", False))
    return with_row(machine, replace(row, guard=draw(st.sampled_from([double, other]))))


def _row_added(draw: st.DrawFn, machine: Machine) -> Machine:
    drawn = drawn_rows(
        draw,
        parts_of(draw, machine),
        machine.events,
        machine.generations,
        machine.final,
        machine.removed,
    )
    new = tuple(replace(row, number=row.number + 1000, by="") for row in drawn[:1])
    return replace(machine, rows=(*machine.rows, *new))


def _rule(draw: st.DrawFn, machine: Machine) -> Machine:
    rule = draw(st.sampled_from(machine.rules))
    kept = tuple(each for each in machine.rules if each is not rule)
    told = replace(rule, level=draw(st.sampled_from(LEVELS)))
    turned = replace(rule, require=("not", rule.require))
    return replace(machine, rules=draw(st.sampled_from([kept, (*kept, told), (*kept, turned)])))


def _elsewhere(draw: st.DrawFn, machine: Machine) -> Machine:
    name = draw(st.sampled_from(list(machine.events)))
    elsewhere = draw(st.sampled_from([STAYS, SILENT, UNDEFINED]))
    event = replace(machine.events[name], elsewhere=elsewhere)
    return replace(machine, events={**machine.events, name: event})


def _effect(draw: st.DrawFn, machine: Machine) -> Machine:
    name = draw(st.sampled_from([each for each in machine.events if each != "unlisted"]))
    event = machine.events[name]
    variable = draw(st.sampled_from(list(machine.variables)))
    effects = {each: of for each, of in event.effects.items() if each != variable}
    if draw(st.booleans()):
        new = Writer(draw, parts_of(draw, machine), event.keys).changed(variable)
        effects |= {variable: new} if new is not None else {}
    return replace(machine, events={**machine.events, name: replace(event, effects=effects)})


def _key(draw: st.DrawFn, machine: Machine) -> Machine:
    """A key of a type that holds more or fewer values, where no expression asks otherwise."""
    name = draw(st.sampled_from([each for each, of in machine.events.items() if of.keys]))
    event = machine.events[name]
    key = draw(st.sampled_from(list(event.keys)))
    kind = event.keys[key]
    wider = [each for each in KEY_KINDS if each.text.split()[0] == kind.text.split()[0]]
    keys = {**event.keys, key: draw(st.sampled_from(wider))}
    return replace(machine, events={**machine.events, name: replace(event, keys=keys)})


def _context(draw: st.DrawFn, machine: Machine) -> Machine:
    bare = [name for name, of in machine.events.items() if not of.keys and name != "unlisted"]
    name = draw(st.sampled_from(bare))
    context = draw(st.sampled_from(["empty", "undefined", "any"]))
    event = replace(machine.events[name], context=context)
    return replace(machine, events={**machine.events, name: event})


def _ended(draw: st.DrawFn, machine: Machine) -> Machine:
    return replace(machine, final=None if machine.final is not None else machine.states[-1])


def _generation(draw: st.DrawFn, machine: Machine) -> Machine:
    first, *others = machine.generations
    assert first.on is not None
    keys = machine.events[first.on].keys
    when = Writer(draw, parts_of(draw, machine), keys).condition(1)
    changed = replace(first, when=when if draw(st.booleans()) else None)
    return replace(machine, generations=(changed, *others))


CHANGES: list[tuple[Change, Callable[[Machine], bool]]] = [
    (_row_gone, lambda m: bool(m.rows)),
    (_row_led_elsewhere, lambda m: bool(m.rows)),
    (_guard, lambda m: bool(m.rows)),
    (_same_guard, lambda m: bool(m.rows)),
    (_row_gone, lambda m: bool(m.rows)),
    (_row_led_elsewhere, lambda m: bool(m.rows)),
    (_guard, lambda m: bool(m.rows)),
    (_row_added, lambda m: True),
    (_rule, lambda m: bool(m.rules)),
    (_elsewhere, lambda m: True),
    (_effect, lambda m: bool(m.variables)),
    (_key, lambda m: any(event.keys for event in m.events.values())),
    (_context, lambda m: any(not e.keys for n, e in m.events.items() if n != "unlisted")),
    (_ended, lambda m: True),
    (_generation, lambda m: len(m.generations) > 1),
]
