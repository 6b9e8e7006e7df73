"""Compares the formulas of a certificate with those that the specification gives.

Each question asks Z3 whether two formulas can differ; they never may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flux_conform.verify.definitions import Tree, Unsupported
from flux_conform.verify.derived_steps import DerivedSystem
from flux_conform.verify.proof import InvalidCertificate, check_unsat, symbol, term
from flux_conform.verify.smt_terms import TRUE, all_of, any_of, negation
from flux_conform.verify.translation import DerivedStep, condition_of, holds

MOST_TERM = 200_000
"""Maximum length of a derived formula."""


def bind_system(derived: DerivedSystem) -> None:
    """Check that each step is the specification's. Raises InvalidCertificate and Unsupported."""
    for given in derived.system.steps.values():
        _bind_step(derived, given, derived.step(given["event"]))


def _bind_step(derived: DerivedSystem, given: Mapping[str, Any], own: DerivedStep) -> None:
    event, system = given["event"], derived.system
    for name, sort in given["inputs"].items():
        if own.inputs.get(name, sort) != sort:
            raise InvalidCertificate(f"{event} bears {name}, which is no {sort}")
    sorts = {**own.inputs, **system.sorts_at(given)}
    possible = term(given["possible"])
    _same(f"{event} is possible elsewhere", sorts, [], [(possible, own.possible)])
    rules = [(term(given["rules"][rule]), own.rules[rule]) for rule in given["rules"]]
    pairs = [*rules, (term(given["allowed"]), own.allowed)]
    _same(f"{event} is held to other rules, or allowed elsewhere", sorts, [possible], pairs)
    changed = {**dict.fromkeys(own.after), **dict.fromkeys(given["after"])}
    differing = []
    for name in changed:
        one = term(given["after"].get(name, symbol(name)))
        two = own.after.get(name, symbol(name))
        differing.append(all_of([own.guarded.get(name, TRUE), f"(not (= {one} {two}))"]))
    taken = [possible, own.allowed, any_of(differing)]
    _unsat(f"{event} has other effects", sorts, taken)


def _same(
    what: str, sorts: Mapping[str, str], given: list[str], pairs: list[tuple[str, str]]
) -> None:
    differing = [f"(not (= {one} {two}))" for one, two in pairs if one != two]
    if differing:
        _unsat(what, sorts, [*given, any_of(differing)])


def _unsat(what: str, sorts: Mapping[str, str], formulas: list[str]) -> None:
    if any(len(formula) > MOST_TERM for formula in formulas):
        raise Unsupported("a formula that is too long to compare")
    check_unsat(f"{what} than the specification says", sorts, formulas)


def bind_conclusion(
    derived: DerivedSystem, claim: Mapping[str, Any], shows: Mapping[str, Any]
) -> None:
    """Check that a conclusion says what the claim says.

    Raises InvalidCertificate and Unsupported.
    """
    system, kind = derived.system, shows["kind"]
    step = system.steps[shows["event"]] if "event" in shows else None
    own = derived.step(shows["event"]) if step is not None else None
    sorts, given = dict(system.sorts), []
    if step is not None and own is not None:
        sorts = {**own.inputs, **system.sorts_at(step)}
        given = [term(step["possible"])]
    pairs = [(term(text), formula) for text, formula in meant(derived, claim, shows, own)]
    _same(f"the conclusion {kind} claims something else", sorts, given, pairs)


def meant(
    derived: DerivedSystem,
    claim: Mapping[str, Any],
    shows: Mapping[str, Any],
    own: DerivedStep | None,
) -> Iterator[tuple[str, str]]:
    """The formulas of a conclusion, each with what the specification says."""
    kind, model = shows["kind"], derived.model
    trees = [derived.definitions.optional(claim[part]) for part in ("claim", "when")]
    tree, when = trees
    if kind in ("always", "reached", "trapped", "left"):
        if (tree is None) != (shows.get("claim") is None):
            raise InvalidCertificate(f"the conclusion {kind} claims something else")
        if tree is not None:
            yield shows["claim"], _condition(tree, derived)
    elif kind in ("then", "never") and own is not None and tree is not None:
        yield shows["when"], holds(when, own.scene)
        yield (
            shows["claim"],
            _condition(tree, derived) if kind == "then" else holds(tree, own.scene),
        )
    elif kind == "changes" and own is not None and tree is not None:
        yield shows["when"], holds(when, own.scene)
        truth, readable = condition_of(tree, own.scene_after)
        yield shows["claim"], any_of([negation(readable), truth])
    elif kind == "accepted" and own is not None:
        yield shows["when"], all_of([*_sound(derived, own, shows), holds(when, own.scene)])
    elif kind == "apart" and own is not None:
        sound = _sound(derived, own, shows)
        rows = [model["transitions"][place] for place in shows["rows"]]
        for row, guard in zip(rows, shows["guards"], strict=True):
            yield (
                guard,
                all_of([*sound, holds(derived.definitions.optional(row["when"]), own.scene)]),
            )
    elif kind == "separate" and own is not None:
        table = {item["name"]: item for item in model["generations"]}
        for name, guard in zip(shows["generations"], shows["guards"], strict=True):
            # Each is asked of a first event.
            scene = own.scene._replace(first=TRUE)
            yield guard, holds(derived.definitions.optional(table[name]["when"]), scene)
    elif kind == "untaken" and own is not None:
        yield shows["condition"], own.rows[shows["row"]]
    elif kind != "unreached":
        raise InvalidCertificate(f"no conclusion: {kind}")


def _sound(derived: DerivedSystem, own: DerivedStep, shows: Mapping[str, Any]) -> list[str]:
    """The keys of an event can be read, as far as the certificate asks whether they can.

    Where it does not ask, the conclusion speaks of keys that cannot be read, too: it claims more.
    """
    asked = {symbol(name) for name in derived.system.steps[shows["event"]]["inputs"]}
    return [negation(key.faulty) for key in own.scene.keys.values() if key.faulty in asked]


def _condition(tree: Tree, derived: DerivedSystem) -> str:
    truth, readable = condition_of(tree, derived.scene)
    if readable != TRUE:
        raise Unsupported("a claim that reads an event where there is none")
    return truth
