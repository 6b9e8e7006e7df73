"""Kinds of claims beyond single states and transitions: cycles, one reading, ways out, premises."""

from flux_conform.cli.certificates import verified
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN
from prove.machines import by_id, case, machine, names, outcomes, rule, states

RING = """
    A: {initial: true, says: x}
    B: {says: x}
    C: {says: x}
    Z: {final: true, says: x}
"""
STEPS = """
    go: {says: x, context: empty, elsewhere: undefined}
    back: {says: x, context: empty, elsewhere: undefined}
    end: {says: x, context: empty, elsewhere: undefined}
"""
FORTH_AND_BACK = """
    - {on: go, from: A, to: B}
    - {on: go, from: B, to: C}
    - {on: back, from: C, to: B}
    - {on: end, from: C, to: Z}
"""


def ring(properties, transitions=FORTH_AND_BACK, **parts):
    """A machine that goes from A over B to C, and back from C to B."""
    return machine(
        states=RING, events=STEPS, transitions=transitions, properties=properties, **parts
    )


class TestCycles:
    """`cycles` names all sets of states in which a run may go round."""

    def test_the_right_sets_are_proved_with_a_log_that_goes_round(self):
        (outcome,) = prove(ring("- {id: c, cycles: [[B, C]], says: C.}")).outcomes
        assert outcome.verdict == PROVED
        (witness,) = outcome.witnesses
        assert witness.run.names == "go, go, back"

    def test_a_cycle_that_is_not_named_is_a_counterexample(self):
        found = outcomes(ring("- {id: c, cycles: [], says: C.}"))["c"]
        assert found.verdict == REFUTED
        assert (names(found), states(found)) == (["go", "go", "back"], ["B", "C", "B"])

    def test_a_larger_cycle_is_shown_by_a_log_that_leaves_the_set_that_is_named(self):
        more = FORTH_AND_BACK + "    - {on: back, from: B, to: A}\n"
        found = outcomes(ring("- {id: c, cycles: [[B, C]], says: C.}", more))["c"]
        assert found.verdict == REFUTED
        assert states(found) == ["B", "A"]

    def test_a_set_in_which_no_run_goes_round_is_refuted(self):
        found = outcomes(ring("- {id: c, cycles: [[B, C], [A, Z]], says: C.}"))["c"]
        assert found.verdict == REFUTED
        assert found.counterexample is None

    def test_a_transition_that_rules_forbid_closes_no_cycle(self):
        only = "- {id: c, cycles: [], says: C.}"
        assert outcomes(ring(only, rules=rule("no", "back", "false")))["c"].verdict == PROVED


class TestOneReading:
    """`functional` and `separate`: a log has one reading."""

    def overlapping(self, second):
        """Two transitions of A on one event whose guards both hold where kind is "both"."""
        return machine(
            states=RING,
            events="pick: {says: x, context: {kind: string}, elsewhere: undefined}",
            transitions=f"""
                - {{on: pick, from: A, when: '.kind == "both"', to: B}}
                - {{on: pick, from: A, when: '.kind in ["both", "other"]', to: {second}}}
            """,
            properties="""
                - {id: one, functional: each event, says: One.}
                - {id: pairs, disjoint: each pair, says: Pairs.}
            """,
        )

    def test_two_outcomes_of_one_event_are_a_counterexample(self):
        found = outcomes(self.overlapping("C"))["one"]
        assert found.verdict == REFUTED
        assert '"kind":"both"' in found.counterexample.events[-1].line

    def test_two_transitions_with_one_outcome_do_not_matter(self):
        found = outcomes(self.overlapping("B"))
        assert (found["one"].verdict, found["pairs"].verdict) == (PROVED, REFUTED)

    def generations(self, second):
        text = f"""
            today: {{today: true, says: t}}
            old: {{on: begin, when: not has(.version), says: o}}
            older: {{on: begin, when: '{second}', says: p}}
        """
        return machine(
            states=RING,
            events="begin: {says: x, context: {version: optional integer}, elsewhere: stays}",
            transitions="- {on: begin, from: A, to: B}",
            properties="- {id: apart, separate: generations, says: Apart.}",
            generations=text,
        )

    def test_generations_whose_conditions_exclude_each_other_are_apart(self):
        found = outcomes(self.generations("has(.version) and .version == 0"))["apart"]
        assert found.verdict == PROVED
        assert {w.name for w in found.witnesses} == {
            "generation-today",
            "generation-old",
            "generation-older",
        }

    def test_a_first_event_that_fits_two_generations_is_a_counterexample(self):
        found = outcomes(self.generations("not (.version == 0)"))["apart"]
        assert found.verdict == REFUTED
        assert "version" not in found.counterexample.events[0].line

    def test_a_generation_whose_first_event_was_not_found_is_unknown(self):
        """No number tried for one remainder has the other, too; Z3 excludes nothing."""
        second = "has(.version) and .version % 101 == 70 and .version % 103 == 5"
        found = outcomes(self.generations(second))["apart"]
        assert found.verdict == UNKNOWN

    def test_a_generation_that_no_log_chooses_refutes(self):
        found = outcomes(self.generations("has(.version) and .version < .version"))["apart"]
        assert found.verdict == REFUTED
        assert "older" in found.summary


class TestWaysOut:
    """`recoverable` … `without`: a way out that takes none of some events."""

    TRANSITIONS = FORTH_AND_BACK + "    - {on: halt, from: [A, B, C], to: Z}\n"
    EVENTS = STEPS + "    halt: {says: x, context: empty, elsewhere: undefined}\n"

    def of(self, transitions):
        return outcomes(
            machine(
                states=RING,
                events=self.EVENTS,
                transitions=transitions,
                properties="""
                    - {id: any, recoverable: 'state == "Z"', says: Any.}
                    - {id: calm, recoverable: 'state == "Z"', without: halt, says: Calm.}
                """,
            )
        )

    def test_is_proved_where_another_way_leads_there(self):
        found = self.of(self.TRANSITIONS)
        assert (found["any"].verdict, found["calm"].verdict) == (PROVED, PROVED)

    def test_is_refuted_where_only_the_event_left_out_leads_there(self):
        only = self.TRANSITIONS.replace("    - {on: end, from: C, to: Z}\n", "")
        found = self.of(only)
        assert (found["any"].verdict, found["calm"].verdict) == (PROVED, REFUTED)

    def test_names_each_event_that_closes_the_way(self):
        trap = machine(
            states=RING,
            variables="shut: boolean",
            events=self.EVENTS
            + "    shut: {says: x, context: empty, elsewhere: stays, effect: {shut: 'true'}}\n",
            transitions=self.TRANSITIONS,
            rules=rule("open", "end", "not shut"),
            properties="- {id: calm, recoverable: 'state == \"Z\"', without: halt, says: Calm.}",
        )
        found = outcomes(trap)["calm"]
        assert found.verdict == REFUTED
        assert {w.name: w.run.names for w in found.witnesses} == {
            "dead-end-shut-A": "shut",
            "dead-end-shut-B": "go, shut",
            "dead-end-shut-C": "go, go, shut",
        }


class TestWords:
    """What claims can say beside variables."""

    def test_visited_tells_whether_a_state_was_entered(self):
        found = outcomes(
            ring(
                """
                - {id: once, on: any, when: 'state != "A" and visited(B)', then: 'state != "A"', says: x.}
                - {id: never, always: 'not visited(C)', says: x.}
                - {id: start, always: 'state == "A" implies not visited(A)', says: x.}
                """
            )
        )
        assert found["once"].verdict == PROVED
        assert (found["never"].verdict, names(found["never"])) == (REFUTED, ["go", "go"])
        assert found["start"].verdict == PROVED

    def test_a_virtual_state_stands_for_its_states(self):
        specification = ring(
            """
            - {id: cover, always: 'state in EARLY or state in ["C", "Z"]', says: x.}
            - {id: gap, always: 'state in EARLY', says: x.}
            """,
            virtual_states="EARLY: [A, B]",
        )
        found = outcomes(specification)
        assert found["cover"].verdict == PROVED
        assert (found["gap"].verdict, states(found["gap"])) == (REFUTED, ["B", "C"])


class TestExpectations:
    """Some claims are there to be refuted, and a claim of nothing is no truth."""

    CLAIMS = """
        - {id: false, always: 'state != "B"', expect: refuted, says: x.}
        - {id: true, always: 'state in ["A", "B", "C", "Z"]', expect: refuted, says: x.}
    """

    def test_a_refutation_that_is_expected_is_right(self):
        proofs = prove(ring(self.CLAIMS))
        found = by_id(proofs)
        assert (found["false"].verdict, found["false"].is_right) == (REFUTED, True)
        assert (found["true"].verdict, found["true"].is_right) == (PROVED, False)
        assert proofs.verdict == REFUTED

    def test_a_premise_that_no_run_brings_about_is_told(self):
        claims = """
            - {id: empty, on: back, when: 'state == "A"', then: 'state == "Z"', says: x.}
            - {id: nothing, always: 'state == "Z" and not visited(C) implies state == "A"', says: x.}
            - {id: some, on: back, when: 'state == "C"', then: 'state == "B"', says: x.}
        """
        proofs = prove(ring(claims))
        found = by_id(proofs)
        assert (found["empty"].verdict, found["empty"].vacuous) == (PROVED, True)
        assert (found["nothing"].verdict, found["nothing"].vacuous) == (PROVED, True)
        assert (found["some"].verdict, found["some"].vacuous) == (PROVED, False)
        assert found["some"].premise.names == "go, go, back"
        assert proofs.verdict == REFUTED

    def test_premises_are_left_out_of_a_quick_proof(self):
        claim = "- {id: empty, on: back, when: 'state == \"A\"', then: 'state == \"Z\"', says: x.}"
        (outcome,) = prove(ring(claim), quick=True).outcomes
        assert (outcome.premise, outcome.vacuous) == (None, False)


class TestGenerations:
    """What holds of one generation of logs need not hold of another."""

    def test_rows_that_match_together_in_another_generation_only_are_found(self):
        """The flag is only ever up in logs that an old event began."""
        found = outcomes(case("min_gen"))
        for claim in ("guards", "function"):
            assert found[claim].verdict == REFUTED
            assert names(found[claim]) == ["a", "b"]
            assert '"old":true' in found[claim].counterexample.events[0].line

    def test_a_guard_is_exercised_by_logs_of_several_generations(self):
        """Old logs take the row, and new ones pass it by."""
        (use,) = prove(case("min_gen")).exercise.guards
        assert (use.taken.names, use.passed.names) == ("a, b", "b")


class TestFaultyContexts:
    """A run that need not obey the rule of contexts may leave a key out, or give it another type."""

    def claims(self, properties):
        toy = machine(
            states="A: {initial: true, says: x}\nB: {says: x}",
            variables="last: integer\nup: boolean",
            events="""
                note: {says: x, context: {n: integer 1..3}, elsewhere: stays, effect: {last: .n}}
                go: {says: x, context: {n: integer 1..3}, elsewhere: stays}
                mark: {says: x, context: {n: integer 1..3}, elsewhere: stays, effect: {up: has(.n)}}
            """,
            transitions="- {on: go, from: A, when: .n > 0, to: B}",
            rules=rule("note/small", "note", ".n < 3"),
            properties="".join(
                f"- {{id: '{name}-{level.lower()}', assuming: {level}, {text}, says: x}}\n"
                for name, text in properties.items()
                for level in ("nothing", "MUST")
            ),
        )
        return outcomes(toy, certified=True)

    def test_an_effect_that_reads_a_faulty_key_does_not_happen(self):
        found = self.claims({"p": "on: note, then: last > 0"})
        assert found["p-must"].verdict == PROVED
        assert found["p-nothing"].verdict == REFUTED
        (event,) = found["p-nothing"].counterexample.events
        assert '"n"' not in event.line
        assert "rfc99/note/context" in event.breaks

    def test_a_guard_that_reads_a_faulty_key_does_not_match(self):
        found = self.claims({"p": 'on: go, then: state == "B"'})
        assert (found["p-must"].verdict, found["p-nothing"].verdict) == (PROVED, REFUTED)

    def test_a_premise_that_reads_a_faulty_key_does_not_hold(self):
        found = self.claims({"p": 'on: go, when: .n > 0, then: state == "B"'})
        assert (found["p-must"].verdict, found["p-nothing"].verdict) == (PROVED, PROVED)

    def test_a_key_that_is_missing_is_not_there_and_one_of_another_type_is_unreadable(self):
        """So the flag is never up without the key, and stays up where the key is null."""
        found = self.claims({"p": "on: mark, then: up", "q": "on: mark, when: up, then: up"})
        assert (found["p-must"].verdict, found["p-nothing"].verdict) == (PROVED, REFUTED)
        assert found["q-nothing"].verdict == REFUTED
        assert names(found["q-nothing"]) == ["mark", "mark"]

    def test_guards_are_asked_about_events_with_sound_contexts(self):
        """Two that match together without the key do not match one such event."""
        toy = machine(
            states="A: {initial: true, says: x}\nB: {says: x}",
            events="go: {says: x, context: {n: integer 1..3}, elsewhere: stays}",
            transitions="""
                - {on: go, from: A, when: not has(.n), to: B}
                - {on: go, from: A, to: A}
            """,
            properties="- {id: p, disjoint: each pair, assuming: nothing, says: x}",
        )
        outcome = outcomes(toy, certified=True)["p"]
        assert outcome.verdict == PROVED
        assert verified(document([outcome.certificate]), toy)[0].verified

    def test_a_guard_that_only_a_faulty_context_satisfies_does_not_lead_out_of_the_final_state(
        self,
    ):
        toy = machine(
            states="A: {initial: true, says: x}\nZ: {final: true, says: x}",
            events="go: {says: x, context: {n: integer 1..3}, elsewhere: stays}",
            transitions="""
                - {on: go, from: A, to: Z}
                - {on: go, from: Z, when: has(.n) implies .n > 3, to: A}
            """,
            properties="- {id: p, closed: final, assuming: nothing, says: x}",
        )
        outcome = outcomes(toy, certified=True)["p"]
        assert outcome.verdict == PROVED
        assert verified(document([outcome.certificate]), toy)[0].verified


class TestSeparate:
    """`separate` is a claim about the runs that it assumes."""

    def twins(self, *options, rules="", transitions="- {on: b, from: A, to: B}"):
        toy = machine(
            states="A: {initial: true, says: x}\nB: {says: x}",
            generations="""
                one: {on: a, when: .n > 1, says: x}
                two: {on: a, when: .n < 3, says: x}
                now: {today: true, says: x}
            """,
            events="""
                a: {says: x, context: {n: integer 0..4}, elsewhere: silent}
                b: {says: x, context: empty, elsewhere: stays}
            """,
            transitions=transitions,
            rules=rules,
            properties="".join(
                f"- {{id: p{number}, separate: generations, {option}says: x}}\n"
                for number, option in enumerate(options)
            ),
        )
        return toy, list(outcomes(toy, certified=True).values())

    def test_a_rule_of_the_first_event_keeps_generations_apart_where_it_is_assumed(self):
        only = rule("a/odd", "a", "not first or .n != 2", "SHOULD")
        toy, (strict, lax) = self.twins("assuming: SHOULD, ", "assuming: MUST, ", rules=only)
        assert (strict.verdict, lax.verdict) == (PROVED, REFUTED)
        assert strict.uses == ("rfc99/a/odd",)
        assert '"n":2' in lax.counterexample.events[0].line
        assert verified(document([strict.certificate]), toy)[0].verified

    def test_an_argument_about_the_first_event_is_about_the_logs_that_it_begins(self):
        """Where it begins other logs no event fits, and nothing is shown."""
        only = rule("a/odd", "a", "not first or .n != 2", "SHOULD")
        toy, (outcome,) = self.twins("assuming: SHOULD, ", rules=only)
        data = document([outcome.certificate])
        for part in data["properties"][0]["arguments"]:
            part["shows"][0]["generations"] = ["two", "one"]
        (result,) = verified(data, toy)
        assert result.problem is not None

    def test_where_silent_events_are_left_out_a_generation_can_have_no_log(self):
        only = rule("a/odd", "a", ".n != 2")
        _, (with_them, without) = self.twins("", "silent: out, ", rules=only)
        assert with_them.verdict == PROVED
        assert without.verdict == REFUTED
        assert without.summary == "no log is of the generation one"


def test_each_of_two_transitions_that_are_written_alike_is_asked_for():
    """The second one never matches: the first always does."""
    rows = "- {on: go, from: A, to: B}\n- {on: go, from: A, to: B}\n- {on: end, from: B, to: Z}"
    found = outcomes(ring("- {id: t, taken: each transition, says: C.}", rows))["t"]
    assert found.verdict == REFUTED
    assert found.summary == "never taken: go in A, to B"


def test_true_is_not_one_under_a_key_of_any_type():
    """As the language says, for a guard, a premise and a rule alike."""
    toy = machine(
        states="A: {initial: true, says: x}\nB: {says: x}",
        events="a: {says: x, context: {x: any}, elsewhere: stays}",
        transitions="- {on: a, from: A, when: .x == 1, to: B}",
        properties="""
            - {id: one, on: a, when: .x == true, then: 'state == "A"', says: x}
            - {id: other, on: a, when: .x == 1, then: 'state == "A"', says: x}
            - {id: both, on: a, never: .x == 1 and .x == true, says: x}
        """,
    )
    found = outcomes(toy)
    assert found["one"].verdict != REFUTED or names(found["one"]) == ["a", "a"]
    assert (names(found["other"]), states(found["other"])) == (["a"], ["B"])
    assert found["both"].verdict != REFUTED
    from flux_conform.checking.judge import judge
    from flux_conform.machine.step import Machine

    for value, state in (("1", "B"), ("true", "A"), ("1.0", "A")):
        line = f'{{"timestamp":1,"name":"a","context":{{"x":{value}}}}}\n'
        assert judge(Machine(toy), line.encode()).state == state
