"""Small machines whose data are hard to reduce: collections that share events, records, numbers."""

from flux_conform.language.specification import Specification
from prove.machines import machine, rule

TWO = """
    A: {initial: true, says: x}
    Z: {final: true, says: x}
"""


def collections(bag_or_set: str, *, joint: bool) -> Specification:
    """A machine with two collections of either kind, which share events or do not."""
    also = ", second: second + .what" if joint else ""
    return machine(
        states=TWO,
        variables=f"""
            first_one: {bag_or_set} of string
            second: {bag_or_set} of string
        """,
        events=f"""
            add: {{says: x, context: {{what: string}}, elsewhere: stays, effect: {{first_one: first_one + .what{also}}}}}
            remove: {{says: x, context: {{what: string}}, elsewhere: stays, effect: {{first_one: first_one - .what}}}}
            plus: {{says: x, context: {{what: string}}, elsewhere: stays, effect: {{second: second + .what}}}}
            other: {{says: x, context: {{what: string}}, elsewhere: stays, effect: {{second: second - .what}}}}
            literal:
              says: x
              context: {{what: string}}
              elsewhere: stays
              effect: {{first_one: 'if .what == "gold" then first_one else first_one - .what'}}
            end: {{says: x, context: empty, elsewhere: undefined}}
        """,
        transitions="- {on: end, from: A, when: size(first_one) == 2, to: Z}",
        rules=rule("remove/held", "remove", ".what in first_one")
        + rule("other/some", "other", "not empty(second)"),
    )


def records() -> Specification:
    """A machine that keeps a record, some fields of which may be none."""
    return machine(
        states=TWO,
        variables="best: 'optional {n: integer 0..1, s: string, more: optional integer 0..2}'",
        events="""
            bid:
              says: x
              context: {n: integer 0..1, s: string, more: optional integer 0..2}
              elsewhere: stays
              effect:
                best: >-
                  if not has(best) or .n < best.n
                  then {n: .n, s: .s, more: .more} else best
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: end, from: A, when: best.s == "gold" and best.n < 1 or best.more == 2, to: Z}
        """,
    )


def compared_sets() -> Specification:
    """A machine that compares two sets, copies one to the other, and names a member."""
    return machine(
        states=TWO + "    B: {says: x}\n",
        variables="""
            one: set of string
            two: set of string
            flag: boolean
        """,
        events="""
            first: {says: x, context: {what: string}, elsewhere: stays, effect: {one: one + .what}}
            second: {says: x, context: {what: string}, elsewhere: stays, effect: {two: two + .what}}
            gold: {says: x, context: empty, elsewhere: stays, effect: {one: one + "gold", flag: not flag}}
            lose: {says: x, context: empty, elsewhere: stays, effect: {one: one - "gold"}}
            copy: {says: x, context: empty, elsewhere: stays, effect: {one: if flag then two else one}}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: end, from: A, when: one == two and "gold" in two, to: Z}
            - {on: end, from: A, when: one != two and size(two) > 1, to: B}
            - {on: end, from: B, to: Z}
        """,
    )


def bag_with_literal() -> Specification:
    """A machine that names a member of a bag."""
    return machine(
        states=TWO,
        variables="""
            held: bag of string
            flag: boolean
        """,
        events="""
            add: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held + .what}}
            drop: {says: x, context: {what: string}, elsewhere: stays, effect: {held: if flag then held - .what else held}}
            gold: {says: x, context: empty, elsewhere: stays, effect: {held: held + "gold", flag: not flag}}
            lose: {says: x, context: empty, elsewhere: stays, effect: {held: held - "gold"}}
            end: {says: x, context: {what: string}, elsewhere: undefined}
        """,
        transitions="""
            - {on: end, from: A, when: '"gold" in held and not (.what in held)', to: Z}
        """,
    )


def few_descriptions() -> Specification:
    """A machine whose descriptions are of a type with three values, and sometimes absent."""
    return machine(
        states=TWO,
        variables="one: set of string\nheld: bag of string",
        events="""
            add: {says: x, context: {what: '"a" | "b" | "c"'}, elsewhere: stays, effect: {one: one + .what}}
            drop: {says: x, context: {what: '"a" | "b" | "c"'}, elsewhere: stays, effect: {one: one - .what}}
            take: {says: x, context: {what: '"all" | idset'}, elsewhere: stays, effect: {held: held + .what}}
            ask: {says: x, context: {what: 'optional "a" | "b"'}, elsewhere: stays}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: ask, from: A, when: .what in one, silent: true}
            - {on: end, from: A, when: 'size(one) == 2 and "all" in held', to: Z}
        """,
    )


def numbers() -> Specification:
    """A machine that counts, divides, and keeps numbers and strings that may be none."""
    return machine(
        states=TWO + "    R: {removed: true, says: x}\n",
        variables="""
            n: integer
            last: optional integer 0..2
            word: optional string
        """,
        events="""
            set: {says: x, context: {n: optional integer 0..2, w: optional string}, elsewhere: stays, effect: {last: .n, word: .w}}
            count: {says: x, context: empty, elsewhere: stays, effect: {n: if n < 2 then n + 2 else 0}}
            same: {says: x, context: {n: integer 0..4, w: string}, elsewhere: stays}
            go.*: {says: x, context: any, elsewhere: silent}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: same, from: A, when: .w == word and .n == last * 2 - 1, to: Z}
            - {on: same, from: A, when: .n & 5 == 4, to: R}
            - {on: end, from: A, when: n / 2 > 0 or word != "gold" and seen(go.*), to: Z}
        """,
        rules=rule("set/once", "set", "not has(word) or .n != 3")
        + rule("same/word", "same", 'word in ["gold", .w]', "note")
        + rule("any/first", "any", 'first implies event != "count"'),
    )


SMALL = {
    "joint sets": lambda: collections("set", joint=True),
    "sets": lambda: collections("set", joint=False),
    "joint bags": lambda: collections("bag", joint=True),
    "bags": lambda: collections("bag", joint=False),
    "records": records,
    "compared sets": compared_sets,
    "bag with a literal": bag_with_literal,
    "few descriptions": few_descriptions,
    "numbers": numbers,
}
