"""A plain judge of resource eventlogs, written from the facts of RFC 44 and RFC 18 alone.

It knows nothing of the specification language, of `model/resource.yaml` or of the machine that
reads it. Straight Python: sets of ranks, and one `if` for each rule.

What the RFC leaves open is read here as the model's questions say that they are answered: a rank
stays drained over a restart, and nobody knows what was drained where a log's beginning is gone.
"""

import json
import re
from collections.abc import Callable
from typing import Any

METHODS = {"configuration", "dynamic-discovery", "reload", "job-info", "kvs"}

MUST, IMPLIED = "MUST", "implied"

LEVELS = {
    "rfc44/truncate/first": MUST,
    "rfc44/truncate/no-context": IMPLIED,
    "rfc44/drain/nodelist": IMPLIED,
    "rfc44/undrain/nodelist": IMPLIED,
    "rfc44/drain/not-drained": IMPLIED,
    "rfc44/undrain/drained": IMPLIED,
}
"""The level of each rule; that of a context is MUST."""

Found = tuple[str, int]
"""A rule, and the line that breaks it."""


def ranks(text: Any) -> set[int] | None:
    """The ids of an idset: ascending ids and ranges, with or without brackets (RFC 22)."""
    if not isinstance(text, str):
        return None
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    found: list[int] = []
    for part in text.split(",") if text else []:
        match = re.fullmatch(r"(0|[1-9][0-9]*)(?:-(0|[1-9][0-9]*))?", part)
        if match is None:
            return None
        low, high = int(match[1]), int(match[2] or match[1])
        if (match[2] is not None and high <= low) or (found and low <= found[-1]):
            return None
        found.extend(range(low, high + 1))
    return set(found)


def hosts(text: Any) -> list[str] | None:
    """The hosts of a hostlist: names, and names with numbers in one pair of brackets (RFC 29)."""
    if not isinstance(text, str):
        return None
    found: list[str] = []
    for part in re.split(r",(?![^\[]*\])", text) if text else []:
        match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[([0-9,-]+)\])?([A-Za-z0-9._-]*)", part)
        if match is None:
            return None
        for numbers in (match[2] or "").split(","):
            low, _, high = numbers.partition("-")
            if match[2] is None:
                found.append(part)
            elif not low or (high and int(high) < int(low)):
                return None
            else:
                every = range(int(low), int(high or low) + 1)
                found.extend(f"{match[1]}{n:0{len(low)}}{match[3]}" for n in every)
    return found


def _is_idset(value: Any) -> bool:
    return ranks(value) is not None


def _is_hostlist(value: Any) -> bool:
    return hosts(value) is not None


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_overwrite(value: Any) -> bool:
    return _is_integer(value) and 0 <= value <= 2


Keys = dict[str, Callable[[Any], bool]]
IDSET: Keys = {"idset": _is_idset}
HELD: Keys = {**IDSET, "nodelist": _is_hostlist}

CONTEXTS: dict[str, tuple[Keys, Keys]] = {
    "restart": ({"ranks": _is_idset, "online": _is_idset, "nodelist": _is_hostlist}, {}),
    "resource-define": ({"method": lambda value: _is_text(value) and value in METHODS}, {}),
    "resource-update": ({"expiration": _is_integer}, {}),
    "drain": ({**HELD, "overwrite": _is_overwrite}, {"reason": _is_text}),
    "undrain": (HELD, {"reason": _is_text, "overwrite": _is_overwrite}),
    **{name: (IDSET, {}) for name in ("online", "offline", "torpid", "lively")},
}
"""For each event the keys that it must bear, and those that it may."""


def judge(log: bytes) -> tuple[str, list[Found], set[int]]:
    """The verdict on a log of well-formed lines, the findings, and the ranks drained at its end."""
    found: list[Found] = []
    drained: set[int] = set()
    is_cut = False
    for line, text in enumerate(log.decode().splitlines(), 1):
        event = json.loads(text)
        name, context = event["name"], event.get("context", {})
        must, may = CONTEXTS.get(name, ({}, {}))
        right = {
            key for key, fits in {**must, **may}.items() if key in context and fits(context[key])
        }
        if not must.keys() <= right or any(key in context and key not in right for key in may):
            found.append((f"rfc44/{name}/context", line))
        if name == "truncate":
            if "context" in event:
                found.append(("rfc44/truncate/no-context", line))
            if line > 1:
                found.append(("rfc44/truncate/first", line))
        if name in ("drain", "undrain") and "idset" in right:
            named = ranks(context["idset"]) or set()
            is_read = "overwrite" in right or (name == "undrain" and "overwrite" not in context)
            replaces = context.get("overwrite", 0) != 0
            if "nodelist" in right and len(named) != len(hosts(context["nodelist"]) or []):
                found.append((f"rfc44/{name}/nodelist", line))
            if name == "drain":
                if is_read and not replaces and named & drained:
                    found.append(("rfc44/drain/not-drained", line))
                drained |= named
            else:
                if is_read and not replaces and not is_cut and not named <= drained:
                    found.append(("rfc44/undrain/drained", line))
                drained -= named
        is_cut = is_cut or name in ("truncate", "resource-init")
    is_wrong = any(LEVELS.get(rule, MUST) == MUST for rule, _ in found)
    return "violates" if is_wrong else "conforms", found, drained
