"""An expression over sets means the same in Python and in Z3, at any configuration and event."""

import z3
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from flux_conform.language.expressions import expand
from flux_conform.language.parser import parse_expression
from flux_conform.machine.slice import slice_of
from flux_conform.machine.symbolic.expression_terms import translate
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import boolean, conj, same
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.machine.symbolic.symbols import Flag
from prove.machines import machine
from sets.plain_sets import KEYS, MEMBERS, NAMES, conditions, sets

LITERALS = "set([" + ", ".join(map(str, MEMBERS)) + "])"


WRITTEN_OUT = ("an if of a set and a set", "arithmetic on a set", "a set is compared with a set")


def machine_asking(text, effect="a"):
    """A machine with three sets, whose rule asks this of the event's sets."""
    tied = "disjoint(a + b + c, ranks(.p) + ranks(.q) + " + LITERALS + ") or "
    return machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
        """,
        variables="\n".join(f"{name}: set of integer" for name in NAMES),
        events=f"""
            go:
              says: x
              context: {{p: idset, q: idset}}
              elsewhere: stays
              effect: {{a: '{effect}', b: "b + ranks(.p)", c: c + ranks(.q)}}
        """,
        transitions="- {on: go, from: A, to: B}",
        rules=f"""
            - {{id: rfc99/go/reads, level: MUST, on: go, section: S, says: S., breach: b, repair: r, require: '{tied}{text}'}}
        """,
    )


def facts_of(symbolic, step, environment):
    """That the configuration and the event's sets are these; each member is tracked, or counted."""
    (group,) = symbolic.groups
    facts = [step.possible]
    tracked = {*group.literals}
    everything = frozenset().union(*environment.values())
    for name in group.names:
        for number in tracked:
            known = symbolic.values_before[group.tracked(name, number)]
            facts.append(same(known, number in environment[name]))
    borne = step.scene.collections.borne[group]
    keys = [node.arguments[0].name for node in borne.sets]
    for row in group.classes:
        inside = zip(group.names, row, strict=True)
        holders = {name for name, held in inside if held}
        members = [
            number
            for number in everything - tracked
            if {name for name in group.names if number in environment[name]} == holders
        ]
        facts.append(same(symbolic.values_before[group.counter(row)], len(members)))
    for cell, count in borne.counts.items():
        holders = [environment[name] for name in (*group.names, *keys)]
        members = [
            number
            for number in everything - tracked
            if tuple(number in held for held in holders) == cell
        ]
        facts.append(same(count, len(members)))
    for key, held in zip(keys, borne.literals, strict=True):
        for number, truth in zip(group.literals, held, strict=True):
            facts.append(same(truth, number in environment[key]))
    return conj(facts)


environments = st.fixed_dictionaries(dict.fromkeys((*NAMES, *KEYS), sets))


@settings(
    max_examples=80,
    deadline=None,
    phases=[Phase.generate],  # to make one smaller takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(conditions(), environments)
def test_python_and_z3_agree_on_sets(condition, environment):
    text, expected = condition
    specification = machine_asking(text)
    tree = expand(parse_expression(text).tree, {})
    try:
        symbolic = SymbolicMachine(
            slice_of(specification, specification.today.name), ("MUST",), silent=True
        )
        step = symbolic.step("go")
        result = translate(tree, step.scene)
    except Untranslatable as error:
        # What is not known is what meets no variable and no set of the event.
        if not any(why in str(error) for why in WRITTEN_OUT):
            raise
        reject()
    assert isinstance(result, Flag)
    solver = z3.Solver()
    solver.add(boolean(facts_of(symbolic, step, environment)))
    assert solver.check() == z3.sat
    holds = expected(environment)
    assert solver.check(boolean(result.truth)) == (z3.sat if holds else z3.unsat)
    assert solver.check(z3.Not(boolean(result.truth))) == (z3.unsat if holds else z3.sat)
