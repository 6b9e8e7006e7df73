"""A plain judge of the messages between job manager and scheduler about one job (RFC 27).

It knows nothing of the specification language, of `model/alloc.yaml` or of the machine that reads
it. Straight Python: who is there, what the job has, and one `if` for each rule.

What the RFC leaves open is read here as the model's questions say that they are answered: a success
that crosses a cancel holds, a hello begins anew, and a job that is not listed has freed its resources.
"""

import json
import re
from collections.abc import Callable
from typing import Any

MUST, IMPLIED, NOTE = "MUST", "implied", "note"

NOTHING, ASKED, GIVING_UP, HAS_ALL, HAS_PART = "nothing", "asked", "giving up", "all", "part"
FREED, DENIED, CANCELLED = "freed", "denied", "cancelled"
OVER = {FREED, DENIED, CANCELLED}

Payload = dict[str, Any]
Test = Callable[[Any], bool]


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def between(low: int, high: int) -> Test:
    return lambda value: is_integer(value) and low <= value <= high


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_pairs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, list) and all(map(is_integer, each)) for each in value
    )


def ids_of(value: Any) -> set[int] | None:
    """The ids of an idset of RFC 22; None where it is none."""
    if not isinstance(value, str):
        return None
    inner = value[1:-1] if re.fullmatch(r"\[.*\]", value) else value
    found: list[int] = []
    for part in inner.split(",") if inner else []:
        match = re.fullmatch(r"(0|[1-9][0-9]*)(?:-(0|[1-9][0-9]*))?", part, re.ASCII)
        if match is None:
            return None
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        if match[2] is not None and last <= first:
            return None
        found += range(first, last + 1)
    return set(found) if found == sorted(set(found)) else None


def is_idset(value: Any) -> bool:
    return ids_of(value) is not None


PRIORITY = between(0, 4294967295)
REQUIRED: dict[str, dict[str, Test]] = {
    "hello-answer": {
        "id": is_integer, "priority": PRIORITY, "userid": is_integer, "t_submit": is_number,
    },
    "ready": {"mode": lambda value: value in ("unlimited", "limited")},
    "ready-answer": {"count": is_integer},
    "alloc": {"id": is_integer, "priority": PRIORITY, "userid": is_integer, "jobspec": is_object},
    "success": {"id": is_integer},
    "annotate": {"id": is_integer, "annotations": is_object},
    "deny": {"id": is_integer},
    "cancelled": {"id": is_integer},
    "cancel": {"id": is_integer},
    "prioritize": {"jobs": is_pairs},
    "expiration": {"id": is_integer, "expiration": is_number},
    "free": {"id": is_integer, "R": is_object},
    "error": {"errnum": is_integer},
}  # fmt: skip
OPTIONAL: dict[str, dict[str, Test]] = {
    "hello": {"partial-ok": is_flag},
    "hello-answer": {"free": is_idset},
    "ready": {"limit": between(1, 2147483647)},
    "success": {"annotations": is_object},
    "deny": {"note": is_text},
    "cancelled": {"annotations": is_object, "note": is_text},
    "expiration-answer": {"errnum": is_integer},
    "free": {"final": is_flag},
    "error": {"errstr": is_text},
}


def faulty(name: str, payload: Payload) -> set[str]:
    """The keys of a payload that are missing or not of their type."""
    required, optional = REQUIRED.get(name, {}), OPTIONAL.get(name, {})
    return {
        key for key, test in required.items() if key not in payload or not test(payload[key])
    } | {key for key, test in optional.items() if key in payload and not test(payload[key])}


def merged(old: Payload, new: Payload) -> Payload:
    """Dictionaries merge at any depth, and null removes."""
    result = dict(old)
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            before = result.get(key)
            result[key] = merged(before if isinstance(before, dict) else {}, value)
        else:
            result[key] = value
    return result


class Watcher:
    """What somebody knows who has seen all messages so far."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int, str]] = []
        self.has = NOTHING
        self.said: Payload = {}
        self.is_ready = self.has_asked = self.was_told = self.takes_parts = self.is_listed = False
        self.lists = 0
        """How many lists of jobs have come to their end."""
        self.waiting = 0
        """How many expirations are not answered."""
        self.id: int | None = None
        self.line = 0

    def tell(self, rule: str, level: str) -> None:
        self.found.append((f"rfc27/{rule}", self.line, level))

    def read(self, name: str, payload: Payload) -> None:
        self.line += 1
        wrong = faulty(name, payload)
        if wrong:
            self.tell(f"{name}/context", MUST)
        if self.is_out_of_place(name, payload, wrong):
            self.tell("states/undefined", MUST)
            return
        bears_id = name in REQUIRED and "id" in REQUIRED[name] and "id" not in wrong
        if bears_id and self.id is not None and payload["id"] != self.id:
            self.tell("messages/one-job", IMPLIED)
        getattr(self, "on_" + name.replace("-", "_"), lambda *_: None)(payload, wrong)
        if bears_id and self.id is None:
            self.id = payload["id"]

    def is_out_of_place(self, name: str, payload: Payload, wrong: set[str]) -> bool:
        """What an answer, a list or a free has nothing to do with."""
        if name in ("success", "annotate", "deny", "cancelled"):
            return self.has not in (ASKED, GIVING_UP)
        if name == "free":
            # Whether it is the last cannot be read.
            return self.has not in (HAS_ALL, HAS_PART) or "final" in wrong
        if name == "hello-answer":
            if self.has == HAS_PART:
                return False
            return self.has not in (NOTHING, HAS_ALL) or "free" in wrong
        return False

    def forget_the_request(self) -> None:
        if self.has in (ASKED, GIVING_UP):
            self.has, self.said = NOTHING, {}
        self.waiting = 0
        self.is_ready = self.has_asked = self.was_told = False

    def on_hello(self, payload: Payload, wrong: set[str]) -> None:
        self.forget_the_request()
        self.has_asked, self.is_listed = True, False
        if not wrong:
            self.takes_parts = payload.get("partial-ok", False)

    def on_hello_answer(self, payload: Payload, wrong: set[str]) -> None:
        if not self.has_asked:
            self.tell("hello-answer/asked", IMPLIED)
        if self.is_listed:
            self.tell("hello-answer/once", IMPLIED)
        if self.has == NOTHING and self.lists:
            self.tell("hello-answer/holds", IMPLIED)
        if "free" in payload and "free" not in wrong and not self.takes_parts:
            self.tell("hello-answer/free", IMPLIED)
        self.is_listed = True
        if self.has != HAS_PART:
            self.has = HAS_PART if ids_of(payload.get("free")) else HAS_ALL

    def on_hello_end(self, payload: Payload, wrong: set[str]) -> None:
        if not self.has_asked:
            self.tell("hello-end/asked", IMPLIED)
        if self.has in (HAS_ALL, HAS_PART) and not self.is_listed:
            self.has = FREED
        self.has_asked, self.was_told = False, True
        self.lists += 1

    def on_ready(self, payload: Payload, wrong: set[str]) -> None:
        if not self.was_told:
            self.tell("ready/after-hello", MUST)
        if not wrong and (payload["mode"] == "limited") != ("limit" in payload):
            self.tell("ready/limit", MUST)
        self.is_ready = True

    def on_ready_answer(self, payload: Payload, wrong: set[str]) -> None:
        if not self.is_ready:
            self.tell("ready-answer/asked", IMPLIED)

    def on_alloc(self, payload: Payload, wrong: set[str]) -> None:
        if not self.is_ready:
            self.tell("alloc/ready", MUST)
        if self.has in (ASKED, GIVING_UP):
            self.tell("alloc/one", MUST)
        if self.has in (HAS_ALL, HAS_PART):
            self.tell("alloc/not-held", IMPLIED)
        if self.has in (DENIED, FREED):
            self.tell("alloc/over", IMPLIED)
        if self.has in (NOTHING, CANCELLED):
            self.has = ASKED

    def on_success(self, payload: Payload, wrong: set[str]) -> None:
        self.has = HAS_ALL
        if "annotations" in payload and "annotations" not in wrong:
            self.said = merged(self.said, payload["annotations"])

    def on_annotate(self, payload: Payload, wrong: set[str]) -> None:
        if "annotations" not in wrong:
            self.said = merged(self.said, payload["annotations"])

    def on_deny(self, payload: Payload, wrong: set[str]) -> None:
        self.has, self.said = DENIED, {}

    def on_cancelled(self, payload: Payload, wrong: set[str]) -> None:
        if self.has == ASKED:
            self.tell("cancelled/asked", IMPLIED)
        right = [key for key in ("annotations", "note") if key in payload and key not in wrong]
        # Where the first cannot be read, nobody knows.
        if right and "annotations" not in wrong:
            self.tell("cancelled/id-alone", MUST)
        self.has, self.said = CANCELLED, {}

    def on_cancel(self, payload: Payload, wrong: set[str]) -> None:
        self.request()
        if self.has == ASKED:
            self.has = GIVING_UP

    def on_prioritize(self, payload: Payload, wrong: set[str]) -> None:
        self.request()

    def on_expiration(self, payload: Payload, wrong: set[str]) -> None:
        self.request()
        if self.has not in (HAS_ALL, HAS_PART):
            self.tell("states/silent", NOTE)
        self.waiting += 1

    def on_expiration_answer(self, payload: Payload, wrong: set[str]) -> None:
        if not self.waiting:
            self.tell("expiration-answer/asked", IMPLIED)
        self.waiting = max(0, self.waiting - 1)

    def on_free(self, payload: Payload, wrong: set[str]) -> None:
        self.request()
        self.has = FREED if payload.get("final", False) else HAS_PART

    def request(self) -> None:
        if not self.is_ready:
            self.tell("requests/ready", IMPLIED)

    def on_error(self, payload: Payload, wrong: set[str]) -> None:
        self.forget_the_request()

    def on_disconnect(self, payload: Payload, wrong: set[str]) -> None:
        self.forget_the_request()


def judge(log: bytes) -> tuple[str, list[tuple[str, int]], Payload]:
    """The verdict, each rule that is broken with its line, and what the scheduler last said.

    Of lines that are JSON objects, with a time and a name of their types.
    """
    watcher = Watcher()
    for line in log.splitlines():
        message = json.loads(line)
        watcher.read(message["message"], message.get("payload", {}))
    if any(level == MUST for _, _, level in watcher.found):
        verdict = "violates"
    else:
        verdict = "conforms" if watcher.has in OVER else "incomplete"
    return verdict, [(rule, line) for rule, line, _ in watcher.found], watcher.said
