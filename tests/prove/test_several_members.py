"""Events that bear several members: of sets that do not meet, each is counted by itself.

What is said of random machines is held against runs of plain Python over few strings.
"""

import json
from collections import Counter
from random import Random

import pytest

from flux_conform.language.compiled import encode
from flux_conform.language.specification import Specification
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.verify import verify
from prove.machines import machine, rule

STRINGS = ("x", "y", "z")
ASKED = {
    ".a in one": lambda sets, a, b: a in sets["one"],
    ".b in two": lambda sets, a, b: b in sets["two"],
    "[.a, .b] in both": lambda sets, a, b: (a, b) in sets["both"],
}
CLAIMS = {
    "size(one) <= 1": lambda sets: len(sets["one"]) <= 1,
    "size(both) <= size(one)": lambda sets: len(sets["both"]) <= len(sets["one"]),
    "empty(one) implies empty(both)": lambda sets: bool(sets["one"]) or not sets["both"],
    "size(two) == size(one)": lambda sets: len(sets["two"]) == len(sets["one"]),
    "empty(two) or not empty(one)": lambda sets: not sets["two"] or bool(sets["one"]),
}
MEMBERS = {"one": ".a", "two": ".b", "both": "[.a, .b]"}


class Drawn:
    """A machine of three sets, whose two events bear a member of each, in YAML and in Python."""

    def __init__(self, seed: int) -> None:
        draw = Random(seed)
        self.events = {}
        for name in ("put", "take"):
            effects = {of: draw.choice("+-= ") for of in MEMBERS}
            rules = [(text, draw.random() < 0.5) for text in ASKED if draw.random() < 0.4]
            self.events[name] = effects, rules

    def specification(self) -> Specification:
        events, rules = [], ""
        for name, (effects, asked) in self.events.items():
            made = {
                of: f"{of} {sign} {MEMBERS[of]}" if sign in "+-" else "{}"
                for of, sign in effects.items()
                if sign != " "
            }
            effect = ", ".join(f"{of}: '{tree}'" for of, tree in made.items())
            context = "{a: string, b: string}"
            events.append(
                f"{name}: {{context: {context}, elsewhere: stays, effect: {{{effect}}}}}\n"
            )
            for place, (text, holds) in enumerate(asked):
                rules += rule(f"{name}/rule-{place}", name, text if holds else f"not ({text})")
        properties = "".join(
            f"- {{id: always-{place}, always: '{claim}', says: x}}\n"
            for place, claim in enumerate(CLAIMS)
        ) + "".join(
            f"- {{id: {name}-never-{place}, on: {name}, never: '{text}', says: x}}\n"
            for name in self.events
            for place, text in enumerate(ASKED)
        )
        return machine(
            states="A: {initial: true, says: x}",
            variables="one: set of string\ntwo: set of string\nboth: set of list of string",
            events="".join(events),
            transitions="- {on: put, from: A, stays: true}",
            rules=rules,
            properties=properties + "- {id: back, recoverable: empty(both), says: x}",
        )

    def broken(self, most: int = 5) -> set[str]:
        """The claims that a run of so many events over three strings refutes."""
        start = dict.fromkeys(MEMBERS, frozenset())
        found: set[str] = set()
        seen, front = {tuple(start.items())}, [start]
        for _ in range(most):
            after = []
            for sets in front:
                for name, a, b in (
                    (name, a, b) for name in self.events for a in STRINGS for b in STRINGS
                ):
                    effects, rules = self.events[name]
                    if any(ASKED[text](sets, a, b) != holds for text, holds in rules):
                        continue
                    found |= {
                        f"{name}-never-{place}"
                        for place, asks in enumerate(ASKED.values())
                        if asks(sets, a, b)
                    }
                    own = {"one": a, "two": b, "both": (a, b)}
                    new = {of: changed(sets[of], effects[of], own[of]) for of in MEMBERS}
                    if tuple(new.items()) not in seen:
                        seen.add(tuple(new.items()))
                        after.append(new)
            front = after
        for reached in map(dict, seen):
            found |= {
                f"always-{n}" for n, holds in enumerate(CLAIMS.values()) if not holds(reached)
            }
        return found


def changed(held: frozenset, sign: str, member: object) -> frozenset:
    match sign:
        case "+":
            return held | {member}
        case "-":
            return held - {member}
        case "=":
            return frozenset()
        case _:
            return held


def decided_as_in_python(seeds: range) -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in seeds:
        drawn = Drawn(seed)
        broken = drawn.broken()
        specification = drawn.specification()
        found = prove(specification, quick=True, certified=True).outcomes
        for each in found:
            counts[each.verdict] += 1
            if each.verdict == "proved":
                assert each.id not in broken, (seed, each.id)
            elif each.verdict == "refuted" and each.id != "back":
                assert each.id in broken, (seed, each.id)
        certificates = [each.certificate for each in found if each.certificate is not None]
        data = json.loads(json.dumps(document(certificates)))
        results = list(verify(data, encode(specification)))
        assert [each.problem for each in results] == [None] * len(certificates), seed
    return counts


@pytest.mark.slow
def test_machines_whose_events_bear_several_members_are_decided_as_in_python() -> None:
    counts = decided_as_in_python(range(2))
    assert min(counts["proved"], counts["refuted"]) > 2


@pytest.mark.slow
def test_many_machines_whose_events_bear_several_members_are_decided_as_in_python() -> None:
    counts = decided_as_in_python(range(2, 7))
    assert counts["unknown"] < counts["proved"] / 2
