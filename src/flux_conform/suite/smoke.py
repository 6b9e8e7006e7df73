"""The smoke step: finds out in seconds whether a harness works, and says what to do if not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from flux_conform.checking.finding import VIOLATES
from flux_conform.suite.compare import compare
from flux_conform.suite.folder import Suite, Vector
from flux_conform.suite.harness import Harness, HarnessFault, Limits
from flux_conform.suite.protocol import (
    Answer,
    Broken,
    Garbled,
    Hello,
    Skipped,
    hello_request,
    read_hello,
    read_reply,
    replay_request,
)

_Told = TypeVar("_Told")

_FIRST_SEQ = 41
"""Neither 0 nor 1, to detect a harness that does not repeat the `seq` but counts by itself."""


class NoHarness(Exception):
    """The harness does not work; the message says where it went wrong, and what to do."""


class Smoke(NamedTuple):
    """A harness that works: what it says of itself, and remarks on what it answered."""

    hello: Hello
    remarks: tuple[str, ...]


def smoke(suite: Suite, command: Sequence[str], limits: Limits) -> Smoke:
    """Start the harness, greet it, hand it two logs, and stop it. Raises NoHarness.

    The logs are the shortest that a reader must accept and the shortest that it must reject. A
    wrong answer is only a remark: it may be a fault of the implementation, not of the harness.
    """
    try:
        harness = Harness(command)
    except HarnessFault as fault:
        raise NoHarness(str(fault)) from fault
    try:
        works = _conversation(suite, harness, limits)
        ending = harness.stop(limits.answer)
    finally:
        harness.kill()
    if ending is not None:
        raise NoHarness(_with_errors(f"{ending}; on stop, or at the end of its input", harness))
    return works


def _conversation(suite: Suite, harness: Harness, limits: Limits) -> Smoke:
    hello = _told(harness, hello_request(suite.machine), limits.ready, "hello", read_hello)
    remarks = []
    plain = [vector for vector in suite.vectors if not vector.contested and _is_text(vector)]
    logs = {"a log that breaks nothing": False, "a log that violates": True}
    for seq, (says, violates) in enumerate(logs.items(), _FIRST_SEQ):
        offered = [v for v in plain if v.events and (v.verdict == VIOLATES) == violates]
        if not offered:
            continue
        chosen = min(offered, key=lambda vector: vector.events)
        request = replay_request(seq, chosen.read_log())
        read = partial(read_reply, seq=seq, reports=hello.reports)
        reply = _told(harness, request, limits.answer, f"{says} ({chosen.id})", read)
        remarks += _remarks(suite, chosen, reply, says)
    return Smoke(hello, tuple(remarks))


def _is_text(vector: Vector) -> bool:
    try:
        vector.read_log().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _told(
    harness: Harness, request: bytes, seconds: float, says: str, read: Callable[[bytes], _Told]
) -> _Told:
    """The answer of the harness, read by `read`. Raises NoHarness."""
    try:
        told = read(harness.ask(request, seconds))
        harness.settle()
    except (HarnessFault, Garbled) as fault:
        text = f"{says}: {fault}"
        if isinstance(fault, HarnessFault) and fault.kind == "late":
            if harness.answers_at_end_of_input(1):
                text += (
                    "; the answer came when its input was closed, so it reads all of its input "
                    "at once, or keeps its output back: flush it after each line"
                )
            else:
                text += "; does it read line by line, and flush its output after each line?"
        raise NoHarness(_with_errors(text, harness)) from fault
    return told


def _remarks(
    suite: Suite, vector: Vector, reply: Answer | Skipped | Broken, says: str
) -> list[str]:
    if isinstance(reply, Skipped):
        return [f"it skips {says} ({vector.id}): {reply.why}"]
    if isinstance(reply, Broken):
        return [f"it breaks down at {says} ({vector.id}): {reply.why}"]
    found = compare(vector, reply, suite.job_fields)
    return [f"it answers {says} ({vector.id}) wrong: {found[0].what}"] if found else []


def _with_errors(text: str, harness: Harness) -> str:
    lines = harness.errors.splitlines()[-5:]
    told = "".join(f"\n    | {line[:200]}" for line in lines)
    return f"{text}\n  its standard error ends with:{told}" if lines else text
