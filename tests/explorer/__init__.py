"""The explorer's judge, run in Node, and its page, run in a browser."""

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flux_conform.explorer.page_machine import page_machine
from flux_conform.language import load

HARNESS = Path(__file__).with_name("harness.mjs")
MACHINES = ("alloc", "exec", "io", "job", "resource", "start")


def harness(node: str, machine: str, folder: Path, modules: Path) -> tuple[str, ...]:
    """The command of the harness, with the modules of the judge in some folder."""
    held = folder / f"{machine}.json"
    held.write_text(json.dumps(page_machine(load(machine))), encoding="utf-8")
    return node, str(HARNESS), str(held), str(modules)


class Asked:
    """A harness that runs, to be asked for one log after the other."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def judge(self, log: bytes) -> Any:
        request = {"op": "replay", "seq": 1, "log_base64": base64.b64encode(log).decode()}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def asked(command: tuple[str, ...]) -> Iterator[Asked]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Asked(process)
