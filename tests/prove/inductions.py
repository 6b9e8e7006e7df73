"""Small machines with properties whose proofs, or refutations, are inductions of each kind."""

from flux_conform.prove.outcomes import PROVED, REFUTED
from prove.machines import FINDINGS, loaded, machine, rule

STATES = """
    A: {initial: true, says: x}
    B: {says: x}
    Z: {final: true, says: x}
"""
EVENTS = """
    take: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held + .what, ever: "true"}}
    drop: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held - .what}}
    go: {says: x, context: {n: integer}, elsewhere: stays, effect: {last: .n}}
    end: {says: x, context: empty, elsewhere: stays}
"""
ROWS = """
    - {on: go, from: A, when: .n > 3 and ever, to: B}
    - {on: go, from: A, when: .n < 2, stays: true}
    - {on: end, from: B, to: Z}
"""
VARIABLES = """
    held: bag of string
    ever: boolean
    last: integer
"""
RULES = (
    rule("drop/held", "drop", ".what in held")
    + rule("end/empty", "end", "empty(held)")
    + rule("go/small", "go", ".n < 100")
)
OVER = "- {id: over, recoverable: 'state == \"Z\"', says: Over.}\n"


def shop(properties, rows=ROWS):
    """A machine in which what was taken has to be dropped before the end."""
    return machine(
        states=STATES,
        variables=VARIABLES,
        events=EVENTS,
        transitions=rows,
        rules=RULES,
        properties=properties,
    )


def killable(row):
    """A machine that a kill ends from everywhere, and another event from some states."""
    return machine(
        states=STATES,
        events="""
            go: {says: x, context: empty, elsewhere: stays}
            end: {says: x, context: empty, elsewhere: stays}
            kill: {says: x, context: empty, elsewhere: stays}
        """,
        transitions=f"- {{on: go, from: A, to: B}}\n- {{on: kill, from: [A, B], to: Z}}\n{row}",
        properties="- {id: p, recoverable: 'state == \"Z\"', without: kill, says: x}",
    )


GENERATIONS = f"""\
machine: toy
title: A toy
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
generations:
  old: {{on: begin, when: not has(.version), says: x}}
  new: {{on: begin, when: .version == 1, says: x}}
  today: {{today: true, says: x}}
states: {{A: {{initial: true, says: x}}, Z: {{final: true, says: x}}}}
events:
  begin: {{says: x, context: {{version: optional integer}}, elsewhere: stays}}
  end: {{says: x, context: empty, elsewhere: stays}}
  unlisted: {{says: x, context: any, elsewhere: stays}}
transitions: [{{on: end, from: A, to: Z}}]
properties: [{{id: p, separate: generations, says: x}}]
"""


# A property for each kind of conclusion: the machine, the verdict, what is concluded, rules used.
KINDS = {
    "always": (
        shop("- {id: p, always: 'not empty(held) implies ever', says: x}"),
        PROVED,
        ["always"],
        (),
    ),
    "always, by a rule": (
        machine(
            states=STATES,
            variables="low: integer",
            events="""
                set: {says: x, context: {n: integer}, elsewhere: stays, effect: {low: .n}}
                go: {says: x, context: empty, elsewhere: stays}
            """,
            transitions="- {on: go, from: [A, B], to: Z}",
            rules=rule("set/low", "set", ".n <= 3") + rule("set/other", "set", ".n != 1"),
            properties="- {id: p, always: low <= 3, says: x}",
        ),
        PROVED,
        ["always"],
        ("rfc99/set/low",),
    ),
    "then": (
        shop(
            '- {id: p, on: go, when: .n > 3 and state == "A", then: ever implies state == "B", says: x}'
        ),
        PROVED,
        ["then"],
        (),
    ),
    "then, at any event": (
        shop("- {id: p, on: any, then: not first, says: x}"),
        PROVED,
        ["then"] * 5,
        (),
    ),
    "then, of a value before": (
        shop("- {id: p, on: take, then: held == old(held + .what) and last == old(last), says: x}"),
        PROVED,
        ["changes"],
        (),
    ),
    "keeps, by a rule": (
        shop("- {id: p, on: go, when: .n >= 100 or not ever, keeps: [state, held], says: x}"),
        PROVED,
        ["changes"],
        ("rfc99/go/small",),
    ),
    "accepts": (
        shop("- {id: p, on: drop, when: .what in held, accepts: [A, B], says: x}"),
        PROVED,
        ["accepted"],
        (),
    ),
    "accepts, by what a rule leaves": (
        machine(
            states=STATES,
            variables="low: integer",
            events="""
                set: {says: x, context: {n: integer}, elsewhere: stays, effect: {low: .n}}
                go: {says: x, context: empty, elsewhere: stays}
            """,
            transitions="- {on: go, from: [A, B], to: Z}",
            rules=rule("set/low", "set", ".n <= 3") + rule("go/low", "go", "low <= 3"),
            properties="- {id: p, on: go, accepts: [A], says: x}",
        ),
        PROVED,
        ["accepted"],
        ("rfc99/set/low",),
    ),
    "reports": (
        machine(
            states=STATES,
            variables="low: integer\nover: boolean",
            events="""
                set: {says: x, context: {n: integer}, elsewhere: stays, effect: {low: .n, over: over or .n > 3}}
                go: {says: x, context: empty, elsewhere: stays}
            """,
            transitions="- {on: go, from: [A, B], to: Z}",
            report='result: \'if over then "bad" else "good"\'',
            properties='- {id: p, reports: result == "good", when: not over, says: x}',
        ),
        PROVED,
        ["always"],
        (),
    ),
    "never, by a rule": (
        shop("- {id: p, on: end, never: size(held) > 0, says: x}"),
        PROVED,
        ["never"],
        ("rfc99/end/empty",),
    ),
    "never, of a key": (
        shop("- {id: p, on: go, when: ever, never: .n > 100, says: x}"),
        PROVED,
        ["never"],
        ("rfc99/go/small",),
    ),
    "disjoint": (shop("- {id: p, disjoint: each pair, says: x}"), PROVED, ["apart"], ()),
    "disjoint, where the invariant holds": (
        shop(
            "- {id: p, disjoint: each pair, says: x}",
            "- {on: go, from: B, when: ever, to: Z}\n- {on: go, from: B, when: not ever, to: A}\n"
            "- {on: go, from: A, when: ever, to: B}\n- {on: go, from: B, when: first, to: A}",
        ),
        PROVED,
        ["apart"] * 3,
        (),
    ),
    "closed": (
        shop(
            "- {id: p, closed: final, says: x}",
            ROWS + "    - {on: go, from: Z, when: first, to: A}",
        ),
        PROVED,
        ["apart"],
        (),
    ),
    "reachable": (
        shop("- {id: p, reachable: each state, says: x}", "- {on: go, from: A, to: Z}"),
        REFUTED,
        ["unreached"],
        (),
    ),
    "taken, by a rule": (
        shop(
            "- {id: p, taken: each transition, says: x}",
            ROWS + "    - {on: go, from: B, when: .n > 200, to: A}",
        ),
        REFUTED,
        ["untaken"],
        ("rfc99/go/small",),
    ),
    "recoverable": (
        shop(OVER.replace("id: over", "id: p")),
        PROVED,
        ["reached"],
        (),
    ),
    "leavable": (
        shop("- {id: p, leavable: every other state, says: x}"),
        PROVED,
        ["left"],
        (),
    ),
    "recoverable, refuted": (
        shop(OVER.replace("id: over", "id: p"), "- {on: go, from: A, when: ever, to: B}"),
        REFUTED,
        ["trapped"],
        (),
    ),
    "leavable, refuted": (
        shop(
            "- {id: p, leavable: every other state, says: x}",
            "- {on: go, from: A, to: B}\n- {on: go, from: A, when: false, to: Z}",
        ),
        REFUTED,
        ["trapped"],
        (),
    ),
    "functional": (
        shop(
            "- {id: p, functional: each event, says: x}",
            ROWS + "    - {on: go, from: A, when: .n == 50 and not ever, to: Z}",
        ),
        PROVED,
        ["apart"] * 3,
        (),
    ),
    "cycles": (
        shop(
            "- {id: p, cycles: [[A, B]], says: x}",
            ROWS
            + "    - {on: end, from: A, when: not first and ever and not ever, to: Z}\n"
            + "    - {on: take, from: B, to: A}",
        ),
        PROVED,
        ["untaken"],
        (),
    ),
    "recoverable, without an event": (
        killable("- {on: end, from: [A, B], to: Z}"),
        PROVED,
        ["reached"],
        (),
    ),
    "recoverable, refuted without an event": (
        killable("- {on: end, from: A, to: Z}"),
        REFUTED,
        ["trapped"],
        (),
    ),
    "separate": (
        loaded(GENERATIONS),
        PROVED,
        ["separate"],
        (),
    ),
}
