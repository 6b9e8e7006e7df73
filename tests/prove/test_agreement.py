"""Explicit search and Z3 are two readings of a specification; here they are held together."""

import networkx
import pytest
import z3

from flux_conform.conformance.machine import Machine
from flux_conform.model.prove.bench import ANY, QUIET, Bench
from flux_conform.model.prove.encode import SymbolicMachine
from flux_conform.model.prove.logic import boolean
from flux_conform.model.prove.menu import offers
from flux_conform.model.prove.progress import Goal, ways
from flux_conform.model.prove.runs import context_of
from flux_conform.model.prove.ways_out import configuration_symbols
from prove.machines import loaded, machine, rule, shipped_text

ASSUMING = "implied"


@pytest.fixture(scope="module", params=["job", "exec"])
def bench(request):
    specification = loaded(shipped_text(request.param))
    return Bench(specification, specification.today.name)


def collections(bag_or_set, *, joint):
    """A machine with two collections of either kind, which share events or do not."""
    also = ", second: second + .what" if joint else ""
    return machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
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


def pairs(bench, count):
    """Some steps of the explicit instance, spread over all of it."""
    search = bench.search(ASSUMING)
    edges = [edge for edges in search.edges for edge in edges]
    return search, edges[:: max(1, len(edges) // count)]


def holds(machine, search, edge):
    """Whether Z3 takes a step from the one configuration to the other by the edge's event."""
    step = machine.step(search.steps[edge.action].action.event)
    values = {name: item.before for name, item in machine.components.items()}
    after = {**values, **step.after}
    solver = z3.Solver()
    solver.add(configuration_symbols(machine, search, edge.source))
    solver.add(boolean(step.legal))
    for condition in configuration_symbols(machine, search, edge.target):
        before = [
            (item.before, boolean_or_int(after[name])) for name, item in machine.components.items()
        ]
        solver.add(z3.substitute(condition, before))
    return solver.check() == z3.sat


def boolean_or_int(value):
    if isinstance(value, bool):
        return z3.BoolVal(value)
    return z3.IntVal(value) if isinstance(value, int) else value


def test_z3_takes_every_step_that_the_search_takes(bench):
    symbolic = bench.machine(ASSUMING, True)
    search, edges = pairs(bench, 150)
    assert edges
    for edge in edges:
        assert holds(symbolic, search, edge), edge


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


@pytest.mark.parametrize("joint", [True, False], ids=["joint", "apart"])
@pytest.mark.parametrize("kind", ["set", "bag"])
def test_collections_reduced_to_counts_step_as_the_collections_do_both_ways(kind, joint):
    specification = collections(kind, joint=joint)
    bench = Bench(specification, specification.today.name, effort=2)
    search = bench.search(ASSUMING)
    symbolic = bench.machine(ASSUMING, True)
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


def test_the_invariant_holds_in_every_configuration_of_the_search(bench):
    symbolic = bench.machine(ASSUMING, True)
    search = bench.search(ASSUMING)
    invariant = bench.invariant(ASSUMING, True)
    induction = bench.induction(ASSUMING, True)
    assert len(invariant.lemmas) > 10
    step = max(1, len(search.configurations) // 60)
    for number in range(0, len(search.configurations), step):
        start = configuration_symbols(symbolic, search, number)
        assert induction.model(invariant, start) is not None, number


def test_the_search_steps_as_the_checkers_machine_does(bench):
    specification = bench.specification
    careful = Machine(specification)
    search = bench.search(ASSUMING)
    levels = ("MUST", "SHOULD", "implied")
    paths = bench.paths(ASSUMING, ANY)
    compared = 0
    for number in paths.order[:: max(1, len(paths.order) // 80)]:
        configuration = careful.initial
        for edge in paths.to(number):
            action = search.steps[edge.action].action
            step = careful.step(configuration, action.name, context_of(search, action, edge.source))
            assert not [b for b in step.breaches if b.rule.level in levels]
            assert (edge.quiet) == (not step.breaches)
            configuration = step.after
        moment = search.moment(search.configurations[number])
        assert configuration.state == moment.state
        assert configuration.seen >= moment.seen
        assert all(configuration.values[name] == value for name, value in moment.values.items())
        compared += 1
    assert compared > 4


def test_the_shortest_logs_are_those_that_networkx_finds(bench):
    search = bench.search(ASSUMING)
    for kind, admitted in ((QUIET, lambda edge: edge.quiet), (ANY, lambda edge: True)):
        graph = networkx.DiGraph(
            (edge.source, edge.target) for edges in search.edges for edge in edges if admitted(edge)
        )
        lengths = networkx.single_source_shortest_path_length(graph, 0)
        paths = bench.paths(ASSUMING, kind)
        assert {n: len(paths.to(n)) for n in paths.order} == lengths


def test_the_ways_out_are_those_that_networkx_finds(bench):
    search = bench.search(ASSUMING)
    final = bench.specification.final.name
    marks = bytearray(search.state_of(n) != final for n in range(len(search.configurations)))
    goal = Goal(marks, lambda edge: search.state_of(edge.target) == final, True, lambda after: True)
    found = ways(search, goal, lambda edge: True)
    graph = networkx.DiGraph((edge.target, edge.source) for edges in search.edges for edge in edges)
    graph.add_edges_from(
        ("goal", n) for n in range(len(search.configurations)) if search.state_of(n) == final
    )
    lengths = networkx.single_source_shortest_path_length(graph, "goal")
    for number, distance in enumerate(found.distance):
        if marks[number]:
            assert distance == lengths.get(number, 0) - 1


def test_a_symbolic_machine_starts_where_the_search_does(bench):
    symbolic = bench.machine(ASSUMING, True)
    search = bench.search(ASSUMING)
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
    bench = Bench(specification, specification.today.name)
    symbolic = bench.machine(ASSUMING, True)
    (action,) = (
        step.action
        for step in bench.search(ASSUMING).steps
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


def every_step_is_taken(specification):
    """Whether Z3 takes the steps of the search; how many there were."""
    bench = Bench(specification, specification.today.name)
    symbolic = bench.machine(ASSUMING, True)
    search, edges = pairs(bench, 200)
    for edge in edges:
        assert holds(symbolic, search, edge), edge
    return len(edges)


def test_records_step_in_z3_as_they_do_in_python():
    specification = machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
        variables="best: 'optional {n: integer 0..7, s: string, more: optional integer}'",
        events="""
            bid:
              says: x
              context: {n: integer 0..7, s: string, more: optional integer}
              elsewhere: stays
              effect:
                best: >-
                  if not has(best) or .n < best.n
                  then {n: .n, s: .s, more: .more} else best
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: end, from: A, when: best.s == "gold" and best.n < 3 or best.more == 2, to: Z}
        """,
    )
    assert every_step_is_taken(specification) > 20
    bench = Bench(specification, specification.today.name)
    induction = bench.induction(ASSUMING, True)
    # The invariant speaks of the record: the final state needs one.
    needs = [lemma.text for lemma in bench.invariant(ASSUMING, True).lemmas]
    assert 'state == "Z" implies has(best)' in needs
    assert induction.machine.components["best.n"].kind == "integer"


def test_sets_that_are_compared_and_copied_step_in_z3_as_they_do_in_python():
    specification = machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
            Z: {final: true, says: x}
        """,
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
    assert every_step_is_taken(specification) > 50


def test_a_bag_with_a_literal_member_steps_in_z3_as_it_does_in_python():
    specification = machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
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
    assert every_step_is_taken(specification) > 20
