"""Check certificates of proofs. Nothing here is shared with what made them.

    python -m flux_conform.verify [--machine COMPILED.json] FILE...

A certificate lists what is at the start, the step of each event, lemmas and a conclusion. From
these the questions of the proof are put together here, and Z3 must find each impossible: that a
lemma fails at the start; that a step breaks one; that the conclusion fails where all hold. With
the machine's compiled form it is seen to that the certificate is of that machine and leaves out no
event, no rule and no case. What cannot be seen here is whether a step's formulas say what the
specification says; docs/certificates.md tells how that is held in check.

Exit codes: 0 all verified, 1 a certificate is wrong, 2 a file cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.verify.completeness import compare, cover
from flux_conform.verify.proof import System, Wrong, prove

FORMAT = 1

SHOWN_BY: dict[tuple[str, str], tuple[frozenset[str], str]] = {
    **{(kind, "proved"): (frozenset({kind}), "proved") for kind in ("always", "then", "never")},
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
"""For each kind of property and verdict: the conclusions that bear on it, and what these show.

What is not listed is shown by logs, or by the table of transitions, and never by an argument.
"""


class Result(NamedTuple):
    """What became of one property: what is claimed to be shown of it, and what is wrong with that.

    `verified` says that there was something to verify, and that it stands.
    """

    id: str
    shown: str
    problem: str | None
    verified: bool

    @property
    def line(self) -> str:
        """The result in a line."""
        mark = "wrong" if self.problem else "verified" if self.verified else "-"
        return f"{mark:<8} {self.id}: {self.problem or self.shown}"


def verify(document: Mapping[str, Any], model: Mapping[str, Any] | None = None) -> Iterator[Result]:
    """The result of each property in a file of certificates.

    `model` is the specification in a compiled file. What a certificate should have but lacks
    raises KeyError, TypeError or another error of Python.
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
    except Wrong as error:
        problem = str(error)
    for item in document["properties"]:
        found, parts = problem, item["arguments"]
        shown = what_is_shown(item)
        try:
            if found is None:
                if model is not None and not cover(item, systems, model, document["generation"]):
                    shown = None
                if model is None and item["kind"] == "cycles":
                    shown = None
                if {*item["uses"]} != {rule for part in parts for rule in part["uses"]}:
                    raise Wrong("the rules used are not those of the arguments")
                for part in parts:
                    prove(systems[part["system"]], part)
        except Wrong as error:
            found = str(error)
        lemmas = sum(len(part["lemmas"]) for part in parts)
        rules = ", ".join(item["uses"]) or "none"
        by = f"(lemmas: {lemmas}; rules used: {rules})" if parts else "(no induction to verify)"
        if parts and shown is None:
            by = "(its arguments do not show this)"
        verified = bool(parts) and shown is not None and found is None
        yield Result(item["id"], f"{shown or item['verdict']} {by}", found, verified)


def what_is_shown(item: Mapping[str, Any]) -> str | None:
    """What the arguments of a property show, if they hold; None where only logs show the verdict.

    The verdict, or the part of it that needs no log.
    """
    kind, verdict = item["kind"], item["verdict"]
    conclusions, shown = SHOWN_BY.get((kind, verdict), (frozenset(), None))
    if not conclusions >= {shows["kind"] for part in item["arguments"] for shows in part["shows"]}:
        return None
    if "trapped" in conclusions and any(part["from"] is not None for part in item["arguments"]):
        return "refuted, if its log leads to the dead end"
    return shown
