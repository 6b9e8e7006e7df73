"""Explicit search and Z3 are two readings of a specification; here they are held together."""

import pytest
import z3

from flux_conform.machine.symbolic.logic import boolean
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove.context_choices import offers
from flux_conform.prove.prover import Prover
from flux_conform.prove.ways_out import configuration_symbols
from prove.machines import loaded, machine, rule, shipped_text
from prove.small import collections, records

ASSUMING = "implied"


@pytest.fixture(scope="module", params=["job", "exec"])
def prover(request):
    specification = loaded(shipped_text(request.param))
    return Prover(specification, specification.today.name)


def boolean_or_int(value):
    if isinstance(value, bool):
        return z3.BoolVal(value)
    return z3.IntVal(value) if isinstance(value, int) else value


def successors(machine, search, number, limit=400):
    """All that Z3 can come to from a configuration in one step, as values of the components."""
    values = {name: item.before for name, item in machine.components.items()}
    found = set()
    for step in machine.steps:
        after = {**values, **step.after}
        outs = [boolean_or_int(after[name]) for name in machine.components]
        solver = z3.Solver()
        solver.add(*configuration_symbols(machine, search, number), boolean(step.legal))
        while solver.check() == z3.sat and len(found) < limit:
            model = solver.model()
            row = [model.eval(out, model_completion=True) for out in outs]
            found.add(tuple(str(value) for value in row))
            solver.add(z3.Or([out != value for out, value in zip(outs, row, strict=True)]))
    return found


def explicit_successors(machine, search, number):
    """The same, by the search; loops are steps too."""
    found = set()
    for edge in (*search.edges[number], *([None] if number else [])):
        target = number if edge is None else edge.target
        solver = z3.Solver()
        solver.add(configuration_symbols(machine, search, target))
        assert solver.check() == z3.sat
        model = solver.model()
        found.add(
            tuple(
                str(model.eval(item.before, model_completion=True))
                for item in machine.components.values()
            )
        )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("joint", [True, False], ids=["joint", "apart"])
@pytest.mark.parametrize("kind", ["set", "bag"])
def test_collections_reduced_to_counts_step_as_the_collections_do_both_ways(kind, joint):
    specification = collections(kind, joint=joint)
    prover = Prover(specification, specification.today.name, effort=2)
    search = prover.search(ASSUMING)
    symbolic = prover.machine(ASSUMING, True)
    assert bool(symbolic.loose) == (kind == "bag" and joint)
    compared = 0
    for number in range(1, len(search.configurations)):
        values = search.moment(search.configurations[number]).values
        if max(len(values["first_one"]), len(values["second"])) > 1:
            continue  # near the bounds of the instance the search takes fewer steps
        symbols = successors(symbolic, search, number)
        explicit = explicit_successors(symbolic, search, number)
        assert explicit <= symbols
        if not symbolic.loose:
            assert symbols == explicit
        compared += 1
    assert compared > 3


def test_the_invariant_holds_in_every_configuration_of_the_search(prover):
    symbolic = prover.machine(ASSUMING, True)
    search = prover.search(ASSUMING)
    invariant = prover.invariant(ASSUMING, True)
    induction = prover.induction(ASSUMING, True)
    assert len(invariant.lemmas) > 10
    step = max(1, len(search.configurations) // 60)
    for number in range(0, len(search.configurations), step):
        start = configuration_symbols(symbolic, search, number)
        assert induction.model(invariant, start) is not None, number


def test_a_symbolic_machine_starts_where_the_search_does(prover):
    symbolic = prover.machine(ASSUMING, True)
    search = prover.search(ASSUMING)
    solver = z3.Solver()
    solver.add(symbolic.start())
    assert solver.check(configuration_symbols(symbolic, search, 0)) == z3.sat
    assert isinstance(symbolic, SymbolicMachine)


def test_a_key_offered_to_equal_a_variable_is_offered_only_where_its_type_holds_the_value():
    specification = machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
        variables="last: optional integer",
        events="""
            set: {says: x, context: {n: integer}, elsewhere: stays, effect: {last: .n}}
            end: {says: x, context: {n: integer 0..5}, elsewhere: undefined}
        """,
        transitions="- {on: end, from: A, to: Z}",
        rules=rule("end/n", "end", ".n == last"),
    )
    prover = Prover(specification, specification.today.name)
    symbolic = prover.machine(ASSUMING, True)
    (action,) = (
        step.action
        for step in prover.search(ASSUMING).steps
        if any(choice.term is not None for _, choice in step.action.choices)
    )
    (step,) = offers(symbolic, action)
    solver = z3.Solver()
    solver.add(boolean(step.legal), symbolic.components["started"].before)
    last, has = symbolic.components["last"].before, symbolic.components["has(last)"].before
    assert solver.check(has, last == 5) == z3.sat
    assert solver.check(has, last == 6) == z3.unsat
    assert solver.check(has, last == -1) == z3.unsat
    assert solver.check(z3.Not(has)) == z3.unsat


def test_the_invariant_speaks_of_a_record_and_of_its_fields():
    specification = records()
    prover = Prover(specification, specification.today.name)
    needs = [lemma.text for lemma in prover.invariant(ASSUMING, True).lemmas]
    assert 'state == "Z" implies has(best)' in needs
    assert prover.machine(ASSUMING, True).components["best.n"].kind == "integer"
