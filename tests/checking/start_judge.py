"""A plain judge of the messages between job manager and execution service about one job (RFC 32).

It knows nothing of the specification language, of `model/start.yaml` or of the machine that reads
it. Straight Python: what was asked, what came back, and one `if` for each rule.

What the RFC leaves open is read here as the model's questions say that they are answered: each start
may be answered with a finish and with any ranks, and a wait status has either of its two forms.
"""

import json
from collections.abc import Callable
from typing import Any

from checking.alloc_judge import ids_of, is_flag, is_idset, is_integer, is_object, is_text

MUST, IMPLIED, NOTE = "MUST", "implied", "note"

Payload = dict[str, Any]
Test = Callable[[Any], bool]

REQUIRED: dict[str, dict[str, Test]] = {
    "hello": {"service": is_text},
    "start": {
        "id": is_integer, "userid": is_integer, "jobspec": is_object, "R": is_object,
        "reattach": is_flag,
    },
    "exception": {
        "severity": lambda value: is_integer(value) and 0 <= value <= 7, "type": is_text,
    },
    "finish": {"status": is_integer},
    "release": {"ranks": is_idset, "final": is_flag},
}  # fmt: skip
OPTIONAL: dict[str, dict[str, Test]] = {"exception": {"note": is_text, "wait_status": is_integer}}
BARE = {"start-answer", "reattached"}
ANSWERS = {*BARE, "exception", "finish", "release"}

NOT_ASKED, ASKED, UP, DOWN, FORGOTTEN, OVER = range(6)
IN_FLIGHT = (ASKED, UP, DOWN)
RELEASABLE = (*IN_FLIGHT, OVER)


def faulty(name: str, payload: Payload) -> set[str]:
    """The keys of a payload that are missing or not of their type."""
    required, optional = REQUIRED.get(name, {}), OPTIONAL.get(name, {})
    return {
        key for key, test in required.items() if key not in payload or not test(payload[key])
    } | {key for key, test in optional.items() if key in payload and not test(payload[key])}


def shell_form(wait_status: int) -> int:
    """What a shell makes of a status of wait(2)."""
    signal = wait_status % 128
    return 128 + signal if signal else wait_status // 256


class Watcher:
    """What somebody knows who has seen all messages so far."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int, str]] = []
        self.at = NOT_ASKED
        self.service: str | None = None
        self.id: int | None = None
        self.is_again = self.ran = self.has_failed = self.was_found = False
        self.cause: int | None = None
        self.status: int | None = None
        self.free: set[int] = set()
        self.line = 0

    def tell(self, rule: str, level: str) -> None:
        self.found.append((f"rfc32/{rule}", self.line, level))

    def read(self, name: str, payload: Payload | None) -> None:
        self.line += 1
        payload = payload or {}
        wrong = faulty(name, payload)
        if wrong or (name in BARE and payload):
            self.tell(f"{name}/context", MUST)
        if self.is_out_of_place(name, wrong):
            self.tell("states/undefined", MUST)
            return
        if name in ANSWERS and self.at == OVER:
            self.tell("release/last", MUST)
        getattr(self, "on_" + name.replace("-", "_"), lambda *_: None)(payload, wrong)

    def is_out_of_place(self, name: str, wrong: set[str]) -> bool:
        if name in BARE:
            return self.at not in (ASKED, OVER)
        if name == "finish":
            return self.at not in (*IN_FLIGHT, OVER)
        if name == "release":
            # Whether it is the last cannot be read.
            return ("final" in wrong and self.at != OVER) or self.at not in RELEASABLE
        return False

    def on_hello(self, payload: Payload, wrong: set[str]) -> None:
        if not wrong:
            self.service = payload["service"]
        if self.at in IN_FLIGHT:
            self.at = FORGOTTEN

    def on_start(self, payload: Payload, wrong: set[str]) -> None:
        if self.service is None:
            self.tell("start/registered", IMPLIED)
        if "id" not in wrong:
            if self.id is not None and payload["id"] != self.id:
                self.tell("start/one-job", IMPLIED)
            self.id = payload["id"] if self.id is None else self.id
        if self.at in IN_FLIGHT:
            self.tell("start/one", MUST)
        if self.at == OVER:
            self.tell("start/over", IMPLIED)
        if "reattach" not in wrong:
            if self.at == FORGOTTEN and self.ran and not payload["reattach"]:
                self.tell("start/reattach", MUST)
            self.is_again = payload["reattach"]
        if self.at in (NOT_ASKED, FORGOTTEN):
            self.at = ASKED

    def on_start_answer(self, payload: Payload, wrong: set[str]) -> None:
        if self.at == ASKED and self.is_again:
            self.tell("start-answer/asked", MUST)
        self.began()

    def on_reattached(self, payload: Payload, wrong: set[str]) -> None:
        if self.at == ASKED and not self.is_again:
            self.tell("reattached/asked", MUST)
        self.began()
        self.was_found = True

    def began(self) -> None:
        self.ran = True
        if self.at == ASKED:
            self.at = UP

    def on_exception(self, payload: Payload, wrong: set[str]) -> None:
        if self.at in (NOT_ASKED, FORGOTTEN):
            self.tell("states/silent", NOTE)
        if "severity" in wrong or payload["severity"] != 0:
            return
        if not self.has_failed and "wait_status" not in wrong:
            self.cause = payload.get("wait_status")
        self.has_failed = True

    def on_finish(self, payload: Payload, wrong: set[str]) -> None:
        if self.at == DOWN:
            self.tell("finish/once", MUST)
        if self.at == ASKED and not self.has_failed:
            self.tell("finish/after-start", IMPLIED)
        if not wrong:
            if self.cause is not None:
                form = shell_form(self.cause)
                if payload["status"] not in (form, form * 256):
                    self.tell("finish/wait-status", MUST)
            self.status = payload["status"]
        if self.at != OVER:
            self.at = DOWN

    def on_release(self, payload: Payload, wrong: set[str]) -> None:
        ranks = ids_of(payload.get("ranks")) or set()
        if self.at == ASKED and not self.has_failed:
            self.tell("release/after-start", IMPLIED)
        if self.at == UP and not self.has_failed and "final" not in wrong and payload["final"]:
            self.tell("release/after-finish", IMPLIED)
        if self.at != OVER and not self.was_found and ranks & self.free:
            self.tell("release/once", IMPLIED)
        self.free |= ranks
        if self.at != OVER and payload.get("final") is True:
            self.at = OVER


def judge(log: bytes) -> tuple[str, list[tuple[str, int]], int | None, list[int]]:
    """The verdict, each rule that is broken with its line, the status, and the ranks that are free.

    Of lines that are JSON objects, with a time and a name of their types.
    """
    watcher = Watcher()
    for line in log.splitlines():
        message = json.loads(line)
        watcher.read(message["message"], message.get("payload"))
    if any(level == MUST for _, _, level in watcher.found):
        verdict = "violates"
    else:
        verdict = "conforms" if watcher.at == OVER else "incomplete"
    found = [(rule, line) for rule, line, _ in watcher.found]
    return verdict, found, watcher.status, sorted(watcher.free)
