"""Whether certificates encode a machine and its claims as the prover encodes them today.

A verifier decides whether formulas prove what they say, not whether they are the right ones. So
all formulas of a certificate but its lemmas, its measure and its ways out are compared here with
those that the specification gives.
"""

from __future__ import annotations

from flux_conform.language.expressions import Expression, Node, expand
from flux_conform.language.specification import Property, Specification
from flux_conform.machine.claimed import claimed
from flux_conform.machine.symbolic.readability import holds, matches
from flux_conform.machine.symbolic.unchanged import across
from flux_conform.prove import argument
from flux_conform.prove.certificate import Encoding, Json, encoding_of
from flux_conform.prove.prover import Prover
from flux_conform.prove.readings import conditions_of


def differences(specification: Specification, document: Json) -> dict[str, str]:
    """The properties in a file that are encoded differently today: by their ids, what differs.

    The file is of this specification, and whole; else KeyError or another error of Python comes.
    """
    provers: dict[tuple[str, ...], Prover] = {}
    encodings: dict[str, Encoding] = {}
    changed: set[str] = set()
    for name, system in document["systems"].items():
        generation, also = system["generation"], system.get("also", ())
        prover = provers.setdefault(
            (generation, *also), Prover(specification, generation, also=also)
        )
        encodings[name] = encoding_of(prover.machine(system["assuming"], system["silent"]))
        if encodings[name].value != system:
            changed.add(name)
    claims = {claim.id: claim for claim in specification.properties}
    found = {}
    for item in document["properties"]:
        for part in item["arguments"]:
            if part["system"] in changed:
                found[item["id"]] = "the steps are put in other formulas today"
            elif any(
                shows[name] != term
                for shows in part["shows"]
                for name, term in _terms(
                    encodings[part["system"]], claims[item["id"]], shows
                ).items()
            ):
                found[item["id"]] = "what is claimed is put in other formulas today"
    return found


def _terms(encoding: Encoding, claim: Property, shows: Json) -> dict[str, Json]:
    """The terms that the property gives for a conclusion."""
    machine = encoding.machine
    specification = machine.specification
    step = machine.step(shows["event"]) if "event" in shows else None
    write = encoding.at(shows.get("event"))
    match shows["kind"]:
        case argument.ALWAYS | argument.REACHED | argument.TRAPPED | argument.LEFT:
            tree = claimed(specification, claim)
            return {} if tree is None else {"claim": write(holds(tree, machine.before))}
        case argument.THEN | argument.NEVER | argument.CHANGES if step is not None:
            tree, when = claimed(specification, claim), _tree(specification, claim.when)
            assert tree is not None
            given = True if when is None else holds(when, step.scene)
            if shows["kind"] == argument.CHANGES:
                return {"claim": write(across(tree, step)), "when": write(given)}
            scene = step.scene if shows["kind"] == argument.NEVER else machine.before
            return {"claim": write(holds(tree, scene)), "when": write(given)}
        case argument.ACCEPTED if step is not None:
            when = _tree(specification, claim.when)
            return {"when": write(matches(when, step.scene))}
        case argument.APART if step is not None:
            rows = [specification.transitions[place] for place in shows["rows"]]
            guards = [_tree(specification, row.when) for row in rows]
            return {"guards": [write(matches(guard, step.scene)) for guard in guards]}
        case argument.SEPARATE if step is not None:
            table = {item.name: item for item in specification.generations}
            chosen = [table[name] for name in shows["generations"]]
            conditions = conditions_of(specification, step, chosen)
            return {"guards": [write(condition) for condition in conditions]}
        case argument.UNTAKEN if step is not None:
            row = specification.transitions[shows["row"]]
            (condition,) = [case.condition for case in step.cases if case.row is row]
            return {"condition": write(condition)}
        case _:
            return {}


def _tree(specification: Specification, expression: Expression | None) -> Node | None:
    if expression is None:
        return None
    return expand(expression.tree, specification.definition_table)
