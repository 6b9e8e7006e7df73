"""A harness that does what a log tells it to, for tests of the driver. Its arguments are habits.

A log that holds one of the words below makes it misbehave in that way; else it accepts the log
unless it holds `bad`.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any

HABITS = set(sys.argv[1:])
HELLO: dict[str, Any] = {
    "op": "hello",
    "name": "puppet",
    "version": "1",
    "reports": ["states", "job"] if "trusting" in HABITS else ["accepts", "states", "job"],
}


def say(row: Any) -> None:
    text = row if isinstance(row, str) else json.dumps(row)
    print(text, flush="keeps" not in HABITS)


def answer(request: dict[str, Any]) -> None:
    log = request.get("log", "base64")
    row: dict[str, Any] = {
        "seq": request["seq"],
        "accepts": "bad" not in log,
        "states": ["ON"] * log.count("\n"),
        "job": {"lines": log.count("\n"), "pid": os.getpid()},
    }
    if "crash" in log:
        print("I give up", file=sys.stderr, flush=True)
        os._exit(3)
    if "signal" in log:
        os.kill(os.getpid(), 11)
    if "hang" in log:
        if "HUNG" in os.environ:
            with open(os.environ["HUNG"] + ".part", "w") as file:
                file.write(str(os.getpid()))
            os.rename(os.environ["HUNG"] + ".part", os.environ["HUNG"])
        time.sleep(60)
    if "flood" in log:
        while True:
            sys.stdout.write("x" * 65536)
    if "noise" in log:
        sys.stderr.write("y" * 300_000)
    if "rejects-whole" in HABITS and "bad" in log:
        del row["states"]
        row["job"] = None
    if "refuses" in HABITS and "bad" in log:
        row = {"seq": row["seq"], "accepts": False}
    if "chatter" in log:
        say("now I think")
    if "seqless" in log:
        row["seq"] = 1
    if "statesless" in log:
        del row["states"]
    if "child" in log:
        child = subprocess.Popen(["sleep", "60"])
        with open(os.environ["CHILD"], "w") as file:
            file.write(str(child.pid))
        os._exit(0)
    if "skipthis" in log:
        why = f"not today {log.count('x')}" if "own-reason" in log else "not today"
        row = {"seq": request["seq"], "skipped": why}
    if "errthis" in log:
        row = {"seq": request["seq"], "error": "no memory"}
    say(row)
    if "twice" in log:
        say(row)


def main() -> None:
    if "prints" in HABITS:
        say("Welcome!")
    if "dies" in HABITS:
        sys.exit("no licence")
    count = 0
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        if request["op"] == "hello":
            changes: dict[str, dict[str, Any]] = {"nameless": {"name": ""}, "reportless": {"reports": []},
                       "newer": {"protocol": 2}, "odd": {"reports": ["verdicts"]}}  # fmt: skip
            hello = dict(HELLO)
            for habit in HABITS & set(changes):
                hello |= changes[habit]
            say(hello)
        elif request["op"] == "stop":
            if "stays" in HABITS:
                time.sleep(60)
            sys.exit(4 if "fails" in HABITS else 0)
        else:
            count += 1
            if "counts" in HABITS:
                request["seq"] = count
            answer(request)


main()
