"""Verifies certificates of proofs; shares no code with the prover.

    python -m flux_conform.verify [--machine COMPILED.json] FILE...

A certificate lists the initial values, the step of each event, lemmas and conclusions, and logs.
The verifier builds the proof obligations from these, and Z3 must find each negation unsatisfiable:
each lemma holds initially; each step preserves the lemmas; the lemmas imply each conclusion. Logs
are replayed. The steps and the claims are derived anew from the machine's compiled form, and must
be those of the certificate, which must leave out no event, no rule and no case. Without that form
the obligations alone are checked, and nothing is verified. docs/certificates.md says what is
trusted.

Exit codes: 0 nothing is wrong, 1 a certificate is wrong, 2 a file cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.verify.certificate_form import check_document, check_property
from flux_conform.verify.completeness import compare
from flux_conform.verify.proof import InvalidCertificate, System, check_argument
from flux_conform.verify.support import Support

FORMAT = 2


class Result(NamedTuple):
    """The result for one property.

    `shown` says what the certificate claims to show; `problem` says why it does not, or is None.
    `verified` is true if all of the verdict is shown by what the certificate holds.
    """

    id: str
    shown: str
    problem: str | None
    verified: bool

    @property
    def line(self) -> str:
        """The result as one line of text."""
        mark = "wrong" if self.problem else "verified" if self.verified else "-"
        text = f"{mark:<8} {self.id}: {self.problem or self.shown}"
        # What a file holds must not look like a line of its own.
        return "".join(c if c.isprintable() else "�" for c in text)


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
    problem: str | None = None
    systems: dict[str, System] = {}
    support: Support | None = None
    try:
        check_document(document)
        systems = {name: System(data) for name, data in document["systems"].items()}
        if model is not None:
            compare(document, model)
            support = Support(model, systems, document["generation"])
    except (InvalidCertificate, LookupError) as error:
        problem = str(error)  # it invalidates every property of the file
    for item in document["properties"]:
        found, lacking = problem, None if support else "compared with no machine"
        try:
            if found is None:
                check_property(item)
                parts = item["arguments"]
                if {*item["uses"]} != {rule for part in parts for rule in part["uses"]}:
                    raise InvalidCertificate("the rules used are not those of the arguments")
                for part in parts:
                    if part["system"] not in systems:
                        raise InvalidCertificate(f"there is no system {part['system']!r}")
                if support is not None:
                    lacking = support.lacking(item)
                for part in parts:
                    check_argument(systems[part["system"]], part)
        except InvalidCertificate as error:
            found = str(error)
        except LookupError as error:
            found = f"it names what is not there: {error}"
        yield _result(item, found, lacking)


def missing(document: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    """Return the properties of the specification that a file does not have."""
    ids = {item["id"] for item in document["properties"]}
    return [claim["id"] for claim in model["properties"] if claim["id"] not in ids]


def _result(item: Mapping[str, Any], problem: str | None, lacking: str | None) -> Result:
    """The result of a property; `lacking` is why nothing is verified, though nothing is wrong."""
    if problem is not None:
        return Result(item["id"], str(item.get("verdict")), problem, False)
    lemmas = sum(len(part["lemmas"]) for part in item["arguments"])
    parts = []
    if item["arguments"]:
        rules = ", ".join(item["uses"]) or "none"
        parts.append(f"lemmas: {lemmas}; rules used: {rules}")
    if item["logs"]:
        parts.append(f"logs replayed: {len(item['logs'])}")
    by = lacking or "; ".join(parts) or "by the table of transitions"
    return Result(item["id"], f"{item['verdict']} ({by})", None, lacking is None)
