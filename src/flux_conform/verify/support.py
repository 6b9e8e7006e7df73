"""Holds what a certificate claims of a property against the compiled specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flux_conform.verify.binding import bind_conclusion, bind_system
from flux_conform.verify.completeness import covers
from flux_conform.verify.definitions import Unsupported
from flux_conform.verify.derived_steps import DerivedSystem
from flux_conform.verify.evidence import Evidence
from flux_conform.verify.logged_runs import Replayer
from flux_conform.verify.proof import InvalidCertificate, System

ARGUED: Mapping[tuple[str, str], frozenset[str]] = {
    **{(kind, "proved"): frozenset({kind}) for kind in ("always", "never", "separate")},
    ("then", "proved"): frozenset({"then", "changes"}),
    ("keeps", "proved"): frozenset({"changes"}),
    ("reports", "proved"): frozenset({"always"}),
    ("accepts", "proved"): frozenset({"accepted"}),
    **{(kind, "proved"): frozenset({"apart"}) for kind in ("closed", "disjoint", "functional")},
    ("recoverable", "proved"): frozenset({"reached"}),
    ("leavable", "proved"): frozenset({"left"}),
    ("recoverable", "refuted"): frozenset({"trapped"}),
    ("leavable", "refuted"): frozenset({"trapped"}),
    ("reachable", "refuted"): frozenset({"unreached"}),
    ("taken", "refuted"): frozenset({"unreached", "untaken"}),
    ("cycles", "proved"): frozenset({"unreached", "untaken"}),
}
"""For each kind of property and verdict: the conclusions that can support it."""

LOGGED = {
    *((kind, "refuted") for kind in ("always", "then", "never", "keeps", "accepts", "reports")),
    *((kind, "refuted") for kind in ("disjoint", "functional", "closed", "cycles", "separate")),
    *((kind, "proved") for kind in ("reachable", "taken", "cycles", "separate")),
}
"""The kinds of properties and the verdicts that logs show, or a part of them."""


class Support:
    """A compiled specification, and the systems of a file of certificates about it."""

    def __init__(
        self, model: Mapping[str, Any], systems: Mapping[str, System], generation: str
    ) -> None:
        """Derive the systems anew, and compare. Raises InvalidCertificate."""
        self._model = model
        self._generation = generation
        self._systems = systems
        self._replayer = Replayer(model)
        self._derived: dict[str, DerivedSystem] = {}
        self._underivable: dict[str, str] = {}
        for name, system in systems.items():
            try:
                derived = DerivedSystem(model, system)
                bind_system(derived)
                self._derived[name] = derived
            except Unsupported as error:
                self._underivable[name] = str(error)

    def lacking(self, item: Mapping[str, Any]) -> str | None:
        """Return why the evidence cannot be compared with the specification, or None.

        Raises InvalidCertificate if it does not show the verdict.
        """
        claim = next((each for each in self._model["properties"] if each["id"] == item["id"]), None)
        if claim is None or any(
            claim[key] != item[key] for key in ("kind", "says", "assuming", "silent")
        ):
            raise InvalidCertificate("the machine has no such property")
        if item["verdict"] == "unknown":
            return "nothing is claimed"
        try:
            self._compare(item, claim)
        except Unsupported as error:
            return f"the verifier cannot read {error}"
        return None

    def _compare(self, item: Mapping[str, Any], claim: Mapping[str, Any]) -> None:
        case = (claim["kind"], item["verdict"])
        concluded = {shows["kind"] for part in item["arguments"] for shows in part["shows"]}
        if not concluded <= ARGUED.get(case, frozenset()):
            raise InvalidCertificate("its arguments do not show this")
        covers(item, self._systems, self._model, self._generation)
        for part in item["arguments"]:
            self._bind(part, claim)
        runs = Evidence(self._replayer, claim, item["logs"], self._generation)
        if case in LOGGED:
            if not runs.shows(item["verdict"]):
                if case == ("taken", "proved") and not self._is_about_today():
                    raise Unsupported("which transitions are left to logs of another generation")
                raise InvalidCertificate(f"its logs do not show that it is {item['verdict']}")
        elif case[0] == "single":
            self._count_ends(item["verdict"])
        elif case[1] == "refuted" and not item["arguments"]:
            raise InvalidCertificate("nothing shows this")
        for part in item["arguments"]:
            start, derived = part["from"], self._derived[part["system"]]
            if start is not None and not any(
                derived.excludes(run.end, start) is None for run in runs.runs
            ):
                raise InvalidCertificate("no log leads to where an argument begins")

    def _bind(self, part: Mapping[str, Any], claim: Mapping[str, Any]) -> None:
        name = part["system"]
        if name in self._underivable:
            raise Unsupported(self._underivable[name])
        derived = self._derived[name]
        for shows in part["shows"]:
            bind_conclusion(derived, claim, shows)
            if shows["kind"] in ("reached", "left") and derived.loose is not None:
                raise Unsupported(f"a way out from {derived.loose}")

    def _is_about_today(self) -> bool:
        generations = self._model["generations"]
        return any(item["today"] and item["name"] == self._generation for item in generations)

    def _count_ends(self, verdict: str) -> None:
        """One initial state and one final one are what a property of the table claims."""
        states = self._model["states"]
        single = all(sum(state[key] for state in states) == 1 for key in ("initial", "final"))
        if single != (verdict == "proved"):
            raise InvalidCertificate("the table of states shows the opposite")
