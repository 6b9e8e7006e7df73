"""Checks that certificates belong to a machine and leave out no event, rule or case of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator, Mapping
from typing import Any

from flux_conform.verify.logged_runs import LEVELS, assumed, is_captive
from flux_conform.verify.proof import InvalidCertificate, System

AT_EVENTS = ("then", "never", "changes", "accepted")
"""Conclusions about an event; each event that the property names needs one of its own."""


def compare(document: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Check that the certificates belong to this machine and have all its events and rules.

    `document` is the file of certificates, `model` the compiled specification. Raises
    InvalidCertificate.
    """
    text = json.dumps(model, sort_keys=True, separators=(",", ":"))
    if document["machine"] != model["name"]:
        raise InvalidCertificate(f"of the machine {document['machine']}, not {model['name']}")
    if document["digest"] != hashlib.sha256(text.encode()).hexdigest():
        raise InvalidCertificate("made from another specification")
    ids = [claim["id"] for claim in model["properties"]]
    if document["whole"] and [item["id"] for item in document["properties"]] != ids:
        raise InvalidCertificate("not all properties of the machine are here, in their order")
    for system in document["systems"].values():
        levels = assumed(system["assuming"])
        # An induction over fewer events than the machine has would prove nothing about the others.
        if [step["event"] for step in system["steps"]] != [
            item["name"] for item in model["events"]
        ]:
            raise InvalidCertificate("the steps are not those of the machine's events")
        for step in system["steps"]:
            required = {
                rule["id"]
                for rule in model["rules"]
                if rule["level"] in levels and {step["event"], "any"} & {*rule["on"]}
            }
            if required != {*step["rules"]}:
                raise InvalidCertificate(f"{step['event']} is not held to its rules")
        for key in ("initial", "final", "removed"):
            told = system[key] if isinstance(system[key], list) else [system[key]]
            if told != ([s["name"] for s in model["states"] if s[key]] or [None]):
                raise InvalidCertificate(f"another state is {key}")


def covers(
    item: Mapping[str, Any],
    systems: Mapping[str, System],
    model: Mapping[str, Any],
    generation: str,
) -> None:
    """Check that a property has all arguments that its verdict needs, and none about others.

    A verdict that the table or logs show needs none. Raises InvalidCertificate.
    """
    claim = next(claim for claim in model["properties"] if claim["id"] == item["id"])
    shown: set[tuple[Any, ...]] = set()
    for argument in item["arguments"]:
        data = systems[argument["system"]].data
        known = {
            rule["id"] for rule in model["rules"] if rule["level"] in assumed(data["assuming"])
        }
        if not {*argument["uses"]} <= known:
            raise InvalidCertificate("an argument uses a rule that is not assumed")
        for shows in argument["shows"]:
            kind = shows["kind"]
            if not _is_about(data, item, kind in ("reached", "left", "accepted")):
                raise InvalidCertificate("an argument is about other runs than the property")
            # These two kinds are claims about every generation; all others are about one.
            if data["generation"] != generation and kind not in ("apart", "separate"):
                raise InvalidCertificate("an argument is about logs of another generation")
            if shows.get("without", claim.get("without", [])) != claim.get("without", []):
                raise InvalidCertificate("an argument leaves out other events than the property")
            rows = shows.get("rows", [shows["row"]] if "row" in shows else [])
            for row in (model["transitions"][number] for number in rows):
                source = shows.get("state", row["source"])
                if (row["event"], row["source"]) != (shows["event"], source):
                    raise InvalidCertificate("a transition is not the one that is meant")
                if row["generation"] not in (None, data["generation"]):
                    raise InvalidCertificate("a transition is of another generation")
            begun = [
                item
                for item in model["generations"]
                if item["name"] in shows.get("generations", ())
            ]
            if any(item["on"] != shows["event"] for item in begun):
                raise InvalidCertificate("an event is not the one that begins these generations")
            if kind == "apart":
                shown.add((kind, data["generation"], *rows))
            elif kind == "unreached":
                shown.add((kind, shows["state"]))
            else:
                event = (shows["event"],) if kind in AT_EVENTS else ()
                named = (*shows.get("generations", ()), *shows.get("states", ()))
                shown.add((kind, *event, *rows, *named))
    if claim["kind"] in ("reachable", "taken", "cycles"):
        _covers_table(claim, item["verdict"], model, generation, shown)
    for conclusion in required_conclusions(claim, item["verdict"], model):
        if conclusion not in shown:
            raise InvalidCertificate(f"nothing shows {' '.join(map(str, conclusion))}")


def _covers_table(
    claim: Mapping[str, Any],
    verdict: str,
    model: Mapping[str, Any],
    generation: str,
    shown: Container[tuple[Any, ...]],
) -> None:
    """As `covers`, for a property about all states or transitions.

    Arguments show only what no run does; logs show what some run does.
    """
    removed = [state["name"] for state in model["states"] if state["removed"]]
    rows = [
        (n, row)
        for n, row in enumerate(model["transitions"])
        if row["generation"] in (None, generation)
        and row["outcome"] != "undefined"
        and (claim["silent"] or row["outcome"] != "silent")
        and row["source"] not in removed
    ]
    # Transitions that no run takes: shown as such, from an unreachable state, or shadowed.
    dead = [
        row
        for n, row in rows
        if ("untaken", n) in shown
        or ("unreached", row["source"]) in shown
        or any(_always_matches_before(other, row) for _, other in rows[: rows.index((n, row))])
    ]
    if claim["kind"] == "cycles" and verdict == "proved":
        successors: dict[str, set[str]] = {state["name"]: set() for state in model["states"]}
        for _, row in rows:
            if row["outcome"] == "moves" and row not in dead:
                successors[row["source"]].add(row["target"])
        for cycle in components(successors):
            if cycle not in [set(named) for named in claim["cycles"]]:
                raise InvalidCertificate(
                    f"nothing shows that no run goes round {', '.join(sorted(cycle))}"
                )
    if claim["kind"] != "cycles" and verdict == "refuted":
        unreached = [("unreached", s["name"]) for s in model["states"] if not s["removed"]]
        found = dead if claim["kind"] == "taken" else [item for item in unreached if item in shown]
        if not found:
            raise InvalidCertificate("nothing shows what no run does")


def _always_matches_before(other: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether an earlier row without a guard takes every event that the later row would take."""
    same = (other["event"], other["source"]) == (row["event"], row["source"])
    return same and other["when"] is None


def components(successors: Mapping[str, set[str]]) -> list[set[str]]:
    """Return the strongly connected components of two states or more.

    Warshall's algorithm suffices: machines have few states, and the verifier shares no graph code.
    """
    reach = {name: set(others) for name, others in successors.items()}
    for middle in reach:
        for others in reach.values():
            if middle in others:
                others |= reach[middle]
    found: list[set[str]] = []
    for name, others in reach.items():
        component = {other for other in others if name in reach[other]} | {name}
        if len(component) > 1 and component not in found:
            found.append(component)
    return found


def reads_old(expression: Any) -> bool:
    """Whether an expression of the compiled model asks for a value before the event: `old(…)`."""
    if isinstance(expression, list):
        return any(map(reads_old, expression))
    if not isinstance(expression, dict):
        return False
    own = expression.get("kind") == "call" and expression["function"] == "old"
    return own or any(map(reads_old, expression.values()))


def _is_about(system: Mapping[str, Any], item: Mapping[str, Any], exactly: bool) -> bool:
    """Whether a proof about a system's runs is a proof about the runs of a property.

    What holds for all runs of a system holds for fewer runs too, so weaker assumptions are enough.
    A proof that some run exists must obey `exactly` the assumptions of the property.
    """
    if exactly:
        return all(system[key] == item[key] for key in ("assuming", "silent"))
    levels = ["nothing", *LEVELS]
    weaker = levels.index(system["assuming"]) <= levels.index(item["assuming"])
    return weaker and (system["silent"] or not item["silent"])


def required_conclusions(
    claim: Mapping[str, Any], verdict: str, model: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the conclusions that a verdict on a property needs."""
    kind, rows = claim["kind"], list(enumerate(model["transitions"]))
    captive = [state["name"] for state in model["states"] if is_captive(state)]
    removed = [state["name"] for state in model["states"] if state["removed"]]
    generations = [generation["name"] for generation in model["generations"]]
    if verdict == "unknown":
        return
    if kind in ("recoverable", "leavable"):
        way_out = "reached" if kind == "recoverable" else "left"
        yield (way_out if verdict == "proved" else "trapped",)
    elif verdict != "proved":
        return
    elif kind in ("always", "reports"):
        yield ("always",)
    elif kind in ("then", "never", "keeps"):
        shown = "changes" if reads_old(claim["claim"]) else kind
        for event in model["events"]:
            if claim["on"] in (event["name"], "any"):
                yield (shown, event["name"])
    elif kind == "accepts":
        states = [item["value"] for item in claim["claim"]["tree"]["right"]["items"]]
        for event in model["events"]:
            if claim["on"] in (event["name"], "any"):
                yield ("accepted", event["name"], *states)
    elif kind == "closed":
        yield from (
            ("apart", generation, n)
            for n, row in rows
            if row["source"] in captive and row["outcome"] != "undefined"
            for generation in generations
            if row["generation"] in (None, generation)
        )
    elif kind == "separate":
        for one, first in enumerate(model["generations"]):
            for second in model["generations"][one + 1 :]:
                if first["on"] is not None and first["on"] == second["on"]:
                    yield ("separate", first["name"], second["name"])
    elif kind in ("disjoint", "functional"):
        for one, first in rows:
            for two, second in rows[one + 1 :]:
                same = (first["event"], first["source"]) == (second["event"], second["source"])
                if first.get("lane") or second.get("lane"):
                    continue  # that a lane refuses an event excludes what the event does elsewhere
                if kind == "functional" and all(
                    first[key] == second[key] for key in ("outcome", "target")
                ):
                    continue
                own = {first["generation"], second["generation"]} - {None}
                if same and first["source"] not in removed:
                    yield from (
                        ("apart", generation, one, two)
                        for generation in generations
                        if own <= {generation}
                    )
