"""Verifies certificates of proofs; shares no code with the prover.

    python -m flux_conform.verify [--machine COMPILED.json] FILE...

A certificate lists the initial values, the step of each event, lemmas and conclusions. The verifier
builds the proof obligations from these, and Z3 must find each negation unsatisfiable: each lemma
holds initially; each step preserves the lemmas; the lemmas imply each conclusion. Given the
machine's compiled form, it also checks that the certificate belongs to that machine and leaves out
no event, no rule and no case. It cannot check that the formulas of a step mean what the
specification says; docs/certificates.md says which tests do.

Exit codes: 0 all verified, 1 a certificate is wrong, 2 a file cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.verify.completeness import compare, covers
from flux_conform.verify.proof import InvalidCertificate, System, check_argument

FORMAT = 1

SHOWN_BY: dict[tuple[str, str], tuple[frozenset[str], str]] = {
    **{(kind, "proved"): (frozenset({kind}), "proved") for kind in ("always", "never")},
    ("then", "proved"): (frozenset({"then", "changes"}), "proved"),
    ("keeps", "proved"): (frozenset({"changes"}), "proved"),
    ("reports", "proved"): (frozenset({"always"}), "proved"),
    ("accepts", "proved"): (frozenset({"accepted"}), "proved"),
    **{
        (kind, "proved"): (frozenset({"apart"}), "proved")
        for kind in ("closed", "disjoint", "functional")
    },
    ("separate", "proved"): (frozenset({"separate"}), "proved, but for a log of each generation"),
    ("recoverable", "proved"): (frozenset({"reached"}), "proved"),
    ("leavable", "proved"): (frozenset({"left"}), "proved"),
    ("recoverable", "refuted"): (frozenset({"trapped"}), "refuted"),
    ("leavable", "refuted"): (frozenset({"trapped"}), "refuted"),
    ("reachable", "refuted"): (frozenset({"unreached"}), "refuted"),
    ("taken", "refuted"): (frozenset({"unreached", "untaken"}), "refuted"),
    ("cycles", "proved"): (
        frozenset({"unreached", "untaken"}),
        "proved, but for the logs that go round",
    ),
}
"""For each kind of property and verdict: the conclusions that can support it, and what they show.

A verdict that is not listed rests on logs or on the transition table, never on an argument.
"""


class Result(NamedTuple):
    """The result for one property.

    `shown` says what the certificate claims to show; `problem` says why it does not, or is None.
    `verified` is true if the property has arguments and all of them hold.
    """

    id: str
    shown: str
    problem: str | None
    verified: bool

    @property
    def line(self) -> str:
        """The result as one line of text."""
        mark = "wrong" if self.problem else "verified" if self.verified else "-"
        return f"{mark:<8} {self.id}: {self.problem or self.shown}"


def verify(document: Mapping[str, Any], model: Mapping[str, Any] | None = None) -> Iterator[Result]:
    """Yield the result of each property in a file of certificates.

    `model` is the specification in a compiled file (model/compiled/). A document that does not have
    the format raises ValueError, KeyError, TypeError or another built-in exception.
    """
    if document["format"] != FORMAT:
        raise ValueError(f"certificates of format {document['format']}")
    for key in ("machine", "generation"):
        if not isinstance(document[key], str):
            raise TypeError(f"the {key}'s name is no text")
    problem = None
    try:
        systems = {name: System(data) for name, data in document["systems"].items()}
        if model is not None:
            compare(document, model)
    except InvalidCertificate as error:
        problem = str(error)  # it invalidates every property of the file
    for item in document["properties"]:
        found, parts = problem, item["arguments"]
        shown = what_is_shown(item)
        try:
            if found is None:
                if model is not None and not covers(item, systems, model, document["generation"]):
                    shown = None
                if model is None and item["kind"] == "cycles":
                    shown = None  # only the model's table shows which other cycles are possible
                if {*item["uses"]} != {rule for part in parts for rule in part["uses"]}:
                    raise InvalidCertificate("the rules used are not those of the arguments")
                for part in parts:
                    check_argument(systems[part["system"]], part)
        except InvalidCertificate as error:
            found = str(error)
        lemmas = sum(len(part["lemmas"]) for part in parts)
        rules = ", ".join(item["uses"]) or "none"
        by = f"(lemmas: {lemmas}; rules used: {rules})" if parts else "(no induction to verify)"
        if parts and shown is None:
            by = "(its arguments do not show this)"
        verified = bool(parts) and shown is not None and found is None
        yield Result(item["id"], f"{shown or item['verdict']} {by}", found, verified)


def what_is_shown(item: Mapping[str, Any]) -> str | None:
    """Return what the arguments of a property show if they hold; None if they show nothing.

    That is the verdict, or the part of it that needs no log.
    """
    kind, verdict = item["kind"], item["verdict"]
    conclusions, shown = SHOWN_BY.get((kind, verdict), (frozenset(), None))
    if not conclusions >= {shows["kind"] for part in item["arguments"] for shows in part["shows"]}:
        return None
    if "trapped" in conclusions and any(part["from"] is not None for part in item["arguments"]):
        return "refuted, if its log leads to the dead end"
    return shown
