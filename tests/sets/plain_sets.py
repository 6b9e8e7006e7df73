"""Expressions over sets at random, with what they come to in plain Python."""

import re

from hypothesis import strategies as st

MEMBERS = range(5)
NAMES = ("a", "b", "c")
KEYS = ("p", "q")

sets = st.frozensets(st.sampled_from(MEMBERS))


def idset(numbers):
    """An idset, with ranges where numbers follow each other."""
    text = ",".join(map(str, sorted(numbers)))
    return re.sub(r"\b0,1,2\b", "0-2", text)


def literal(numbers):
    """A set that is written out."""
    return f"set([{', '.join(map(str, sorted(numbers)))}])"


# An expression is its text and a function from the sets by name to its value.


def set_expressions(*, literals=True):
    """Expressions that give a set."""
    leaves = st.one_of(
        st.sampled_from(NAMES).map(lambda name: (name, lambda env: env[name])),
        st.sampled_from(KEYS).map(lambda key: (f"ranks(.{key})", lambda env: env[key])),
    )
    if literals:
        leaves |= sets.map(lambda some: (literal(some), lambda env: some))

    def grow(inner):
        operators = {
            "+": lambda one, two: one | two,
            "-": lambda one, two: one - two,
            "&": lambda one, two: one & two,
        }

        def combined(operator, one, two):
            return (
                f"({one[0]} {operator} {two[0]})",
                lambda env: operators[operator](one[1](env), two[1](env)),
            )

        def member(operator, one, number):
            return (
                f"({one[0]} {operator} {number})",
                lambda env: operators[operator](one[1](env), {number}),
            )

        def chosen(condition, one, two):
            return (
                f"(if {condition[0]} then {one[0]} else {two[0]})",
                lambda env: one[1](env) if condition[1](env) else two[1](env),
            )

        grown = st.builds(combined, st.sampled_from("+-&"), inner, inner)
        grown |= st.builds(chosen, conditions(inner), inner, inner)
        if literals:
            grown |= st.builds(member, st.sampled_from("+-"), inner, st.sampled_from(MEMBERS))
        return grown

    return st.recursive(leaves, grow, max_leaves=4)


def conditions(some=None):
    """Expressions that hold or do not."""
    some = set_expressions() if some is None else some

    def held(form, function):
        return st.builds(
            lambda one, two: (
                form.format(one[0], two[0]),
                lambda env: function(one[1](env), two[1](env)),
            ),
            some,
            some,
        )

    asked = st.builds(
        lambda one, sign, number: (
            f"size({one[0]}) {sign} {number}",
            lambda env: len(one[1](env)) >= number if sign == ">=" else len(one[1](env)) == number,
        ),
        some,
        st.sampled_from([">=", "=="]),
        st.integers(0, 4),
    )
    within = st.builds(
        lambda one, number: (f"{number} in {one[0]}", lambda env: number in one[1](env)),
        some,
        st.sampled_from(MEMBERS),
    )
    return st.one_of(
        held("{} <= {}", lambda one, two: one <= two),
        held("disjoint({}, {})", lambda one, two: not one & two),
        held("{} == {}", lambda one, two: one == two),
        held("size({}) <= size({})", lambda one, two: len(one) <= len(two)),
        some.map(lambda one: (f"empty({one[0]})", lambda env: not one[1](env))),
        asked,
        within,
    )
