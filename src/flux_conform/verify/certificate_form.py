"""The form of certificates: which keys stand where, with values of which kind, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from flux_conform.verify.proof import InvalidCertificate

Check: TypeAlias = Callable[[Any], bool]

VERDICTS = ("proved", "refuted", "unknown")
KINDS = (
    *("single", "reachable", "taken", "disjoint", "closed", "functional", "separate", "cycles"),
    *("recoverable", "leavable", "always", "then", "never", "keeps", "accepts", "reports"),
)
ASSUMING = ("nothing", "MUST", "SHOULD", "implied", "policy", "note")


def text(value: Any) -> bool:
    """Whether a value is a string."""
    return isinstance(value, str)


def truth(value: Any) -> bool:
    """Whether a value is true or false."""
    return isinstance(value, bool)


def whole(value: Any) -> bool:
    """Whether a value is a whole number, not below zero."""
    return type(value) is int and value >= 0


def maybe(check: Check) -> Check:
    """Return the check: null, or what another takes."""
    return lambda value: value is None or check(value)


def one_of(*values: str) -> Check:
    """Return the check: one of these strings."""
    return lambda value: isinstance(value, str) and value in values


def list_of(check: Check) -> Check:
    """Return the check: a list of such values."""
    return lambda value: isinstance(value, list) and all(map(check, value))


def listed_once(value: Any) -> bool:
    """Whether a value is a list of different strings."""
    return list_of(text)(value) and len({*value}) == len(value)


def _final(value: Any) -> bool:
    """Whether a value is the name of the only final state, a list of several, or null."""
    return value is None or text(value) or (listed_once(value) and len(value) > 1)


def mapping_to(check: Check) -> Check:
    """Return the check: an object whose values all are such."""
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def fields(**checks: Check) -> Check:
    """Return the check: an object with just these keys."""
    return lambda value: (
        isinstance(value, dict)
        and value.keys() == checks.keys()
        and all(check(value[name]) for name, check in checks.items())
    )


def _number_or_truth(value: Any) -> bool:
    return type(value) in (int, bool)


_WAYS = list_of(fields(event=text, given=mapping_to(text)))
CONCLUSIONS: Mapping[str, Check] = {
    "always": fields(kind=text, claim=text),
    "then": fields(kind=text, event=text, when=text, claim=text),
    "never": fields(kind=text, event=text, when=text, claim=text),
    "changes": fields(kind=text, event=text, when=text, claim=text),
    "accepted": fields(kind=text, event=text, states=listed_once, when=text),
    "unreached": fields(kind=text, state=text),
    "untaken": fields(kind=text, event=text, row=whole, condition=text),
    "apart": fields(kind=text, event=text, rows=list_of(whole), state=text, guards=list_of(text)),
    "reached": fields(kind=text, without=listed_once, claim=text, measure=text, ways=_WAYS),
    "left": fields(kind=text, without=listed_once, measure=text, ways=_WAYS),
    "trapped": fields(kind=text, without=listed_once, claim=maybe(text)),
}
_SEPARATE = {"kind": text, "event": text, "generations": listed_once, "guards": list_of(text)}


def _conclusion(value: Any) -> bool:
    if not isinstance(value, dict) or not text(value.get("kind")):
        return False
    if value["kind"] == "separate":
        return fields(**_SEPARATE)(value) or fields(**_SEPARATE, at_start=truth)(value)
    if value["kind"] not in CONCLUSIONS:
        raise InvalidCertificate(f"no conclusion: {value['kind']}")
    return CONCLUSIONS[value["kind"]](value)


_ARGUMENT = {
    "system": text,
    "from": maybe(mapping_to(_number_or_truth)),
    "uses": listed_once,
    "lemmas": list_of(fields(says=text, term=text)),
    "shows": list_of(_conclusion),
}
PROPERTY: Mapping[str, Check] = {
    "id": text,
    "kind": one_of(*KINDS),
    "says": text,
    "verdict": one_of(*VERDICTS),
    "assuming": one_of(*ASSUMING),
    "silent": truth,
    "uses": listed_once,
    "arguments": list_of(fields(**_ARGUMENT)),
    "logs": list_of(list_of(text)),
}
SYSTEM: Mapping[str, Check] = {
    "generation": text,
    "assuming": one_of(*ASSUMING),
    "silent": truth,
    "also": listed_once,
    "starts": listed_once,
    "codes": mapping_to(whole),
    "initial": text,
    "final": _final,
    "removed": maybe(text),
    "components": list_of(fields(name=text, sort=one_of("Int", "Bool"), initial=_number_or_truth)),
    "steps": list_of(
        fields(
            event=text,
            inputs=mapping_to(one_of("Int", "Bool")),
            possible=text,
            rules=mapping_to(text),
            allowed=text,
            after=mapping_to(text),
        )
    ),
}
DOCUMENT: Mapping[str, Check] = {
    "format": whole,
    "made_by": one_of("flux-conform; do not edit"),
    "machine": text,
    "digest": text,
    "generation": text,
    "logic": one_of("QF_LIA"),
    "whole": truth,
    "systems": mapping_to(lambda value: isinstance(value, dict)),
    "properties": list_of(lambda value: isinstance(value, dict)),
}


def check_document(document: Mapping[str, Any]) -> None:
    """Check all of a file but its properties. Raises InvalidCertificate."""
    _check("the file", DOCUMENT, document)
    for name, system in document["systems"].items():
        _check(f"the system {name!r}", SYSTEM, {"also": [], "starts": [], **system})
    ids = [item["id"] for item in document["properties"]]
    for name in ids:
        if ids.count(name) > 1:
            raise InvalidCertificate(f"the property {name} is listed twice")


def check_property(item: Mapping[str, Any]) -> None:
    """Check the form of one property. Raises InvalidCertificate."""
    _check("the property", PROPERTY, item)
    if any(not part["shows"] for part in item["arguments"]):
        raise InvalidCertificate("an argument shows nothing")
    if item["verdict"] == "unknown" and (item["arguments"] or item["logs"]):
        raise InvalidCertificate("the verdict is unknown, and yet there is evidence")


def _check(what: str, checks: Mapping[str, Check], value: Mapping[str, Any]) -> None:
    for name in value:
        if name not in checks:
            raise InvalidCertificate(f"{what} has the key {name!r}, which the format does not have")
    for name, check in checks.items():
        if name not in value:
            raise InvalidCertificate(f"{what} has no {name!r}")
        if not check(value[name]):
            raise InvalidCertificate(f"{what} has no {name!r} of the format")
