"""A stand-in for `flux`, which answers the commands of the pages with what an instance printed.

The commands, options, exit codes and messages are those of flux-core (`src/cmd/job/eventlog.c`,
`flux-dump(1)`). `flux job eventlog` prints text with raw times unless it is asked otherwise.
With `--follow` it prints as the job goes on, and ends when the job is inactive; nothing but the
primary eventlog ever gets there. An option that flux has and of which nothing is recorded is
refused with the exit code 70, so that no example can rest on a guess.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

TESTS = Path(__file__).resolve().parents[2]
RECORDED = TESTS / "docs" / "recorded"
LAST = "clean"
"""The event after which a job is inactive."""
_DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PATHS = {
    "eventlog": "",
    "exec": "exec.",
    "guest.exec.eventlog": "exec.",
}
_TIMES = {"raw": "raw", "iso": "iso", "offset": "offset", "human": "human", "reltime": "human"}


def stop(message: str, code: int = 1) -> NoReturn:
    """End as flux-job does, with a message."""
    print(message, file=sys.stderr)
    raise SystemExit(code)


def job_of(text: str) -> int:
    """The number of a job id in decimal or F58."""
    if text.isdecimal():
        return int(text)
    number = 0
    for sign in text.removeprefix("ƒ").removeprefix("f"):
        if sign not in _DIGITS or text[0] not in "ƒf":
            stop(f'flux-job: error parsing jobid: "{text}": Invalid argument')
        number = number * 58 + _DIGITS.index(sign)
    return number


def recorded(job: str, path: str, form: str) -> list[str]:
    """The lines of a recorded log."""
    number = job_of(job)
    if not list(RECORDED.glob(f"{number}.*.txt")):
        stop(f"flux-job: job {job} not found")
    if path not in _PATHS:
        stop(f"flux-job: eventlog path {path} not found")
    file = RECORDED / f"{number}.{_PATHS[path]}{form}.txt"
    if not file.exists():
        stop(f"stand-in: {form} of {path} of job {job} is not recorded", 70)
    return file.read_text(encoding="utf-8").splitlines(keepends=True)


def form_of(options: argparse.Namespace) -> str:
    """Which recording the options ask for."""
    if options.color not in ("auto", "never"):
        stop("stand-in: colours are not recorded", 70)
    if options.human:
        return "human"
    if options.format not in ("text", "json"):
        stop(f"flux-job: invalid format type '{options.format}'")
    if options.time_format not in _TIMES:
        stop(f"flux-job: invalid time-format type '{options.time_format}'")
    return "json" if options.format == "json" else _TIMES[options.time_format]


def name_of(line: str, form: str) -> str:
    """The name of the event in a printed line."""
    if form == "json":
        return line.split('"name":"')[1].split('"')[0]
    return line.split("] " if form == "human" else " ", 1)[1].split()[0]


def watch(options: argparse.Namespace, event: str, verbose: bool) -> None:
    """Print events as they come, up to the one that is waited for."""
    form = form_of(options)
    for line in recorded(options.id, options.path, form):
        found = name_of(line, form) == event
        if verbose or found:
            print(line, end="", flush=True)
            time.sleep(0.002)
        if found:
            return
    stop(f"flux-job: event '{event}' never received")


def eventlog(options: argparse.Namespace) -> None:
    """Print a log, or follow it."""
    if options.follow:
        watch(options, LAST, verbose=True)
    else:
        print("".join(recorded(options.id, options.path, form_of(options))), end="")


def wait_event(options: argparse.Namespace) -> None:
    """Print the event that is waited for, and with -v those before it."""
    watch(options, options.event, options.verbose)


def job_id(options: argparse.Namespace) -> None:
    """Print a job id in another form."""
    if options.to != "dec":
        stop(f"stand-in: job ids as {options.to} are not recorded", 70)
    print(job_of(options.id))


def attach(options: argparse.Namespace) -> NoReturn:
    """Print what a job prints, were it recorded."""
    stop(f"stand-in: what job {options.id} printed is not recorded", 70)


def dump(options: argparse.Namespace) -> None:
    """Write the recorded dump, packed as the ending says."""
    data = RECORDED / "dump.tgz"
    if options.file == "-":
        sys.stdout.buffer.write(gzip.decompress(data.read_bytes()))
    elif options.file.endswith((".tgz", ".tar.gz")):
        shutil.copyfile(data, options.file)
    elif options.file.endswith(".tar"):
        Path(options.file).write_bytes(gzip.decompress(data.read_bytes()))
    else:
        stop(f"stand-in: a dump as {options.file} is not recorded", 70)


def jobs(options: argparse.Namespace) -> None:
    """Print the table of all jobs, or what is known of them."""
    if not options.all:
        stop("stand-in: flux jobs without -a is not recorded", 70)
    form = "json" if options.json else "txt"
    print((RECORDED / f"flux-jobs.{form}").read_text(encoding="utf-8"), end="")


def python(options: argparse.Namespace) -> None:
    """Run a script with Flux's own Python, whose package has a stand-in as well."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{TESTS / 'stand_in'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "STAND_IN_JOURNAL": str(RECORDED / "journal.ndjson"),
    }
    ended = subprocess.run([sys.executable, *options.words], env=environment, check=False)
    raise SystemExit(ended.returncode)


def parser() -> argparse.ArgumentParser:
    """The commands that pages and messages name, each with the options that flux has."""
    flux = argparse.ArgumentParser(prog="flux", allow_abbrev=False)
    commands = flux.add_subparsers(required=True)
    job = commands.add_parser("job").add_subparsers(required=True)
    for name, answer in (("eventlog", eventlog), ("wait-event", wait_event)):
        command = job.add_parser(name, allow_abbrev=False)
        command.set_defaults(answer=answer)
        command.add_argument("-f", "--format", default="text")
        command.add_argument("-T", "--time-format", default="raw")
        command.add_argument("-H", "--human", action="store_true")
        command.add_argument("-L", "--color", nargs="?", const="always", default="auto")
        command.add_argument("-p", "--path", default="eventlog")
        if name == "eventlog":
            command.add_argument("-F", "--follow", action="store_true")
        else:
            command.add_argument("-v", "--verbose", action="store_true")
            command.add_argument("-q", "--quiet", action="store_true")
            command.add_argument("-t", "--timeout")
            command.add_argument("-c", "--count")
            command.add_argument("-m", "--match-context")
            command.add_argument("-W", "--waitcreate", action="store_true")
        command.add_argument("id")
        if name == "wait-event":
            command.add_argument("event")
    command = job.add_parser("id", allow_abbrev=False)
    command.set_defaults(answer=job_id)
    command.add_argument("-t", "--to", default="dec")
    command.add_argument("id")
    command = job.add_parser("attach", allow_abbrev=False)
    command.set_defaults(answer=attach)
    for option in ("-l --label-io", "-u --unbuffered", "-E --show-events", "-X --show-exec"):
        command.add_argument(*option.split(), action="store_true")
    command.add_argument("-v", "--verbose", action="count")
    command.add_argument("-w", "--wait-event")
    command.add_argument("id")
    command = commands.add_parser("dump", allow_abbrev=False)
    command.set_defaults(answer=dump)
    for option in ("-q --quiet", "-v --verbose", "--checkpoint", "--no-cache"):
        command.add_argument(*option.split(), action="store_true")
    command.add_argument("file")
    command = commands.add_parser("jobs", allow_abbrev=False)
    command.set_defaults(answer=jobs)
    command.add_argument("-a", "--all", action="store_true")
    command.add_argument("--json", action="store_true")
    command = commands.add_parser("python", allow_abbrev=False)
    command.set_defaults(answer=python)
    command.add_argument("words", nargs=argparse.REMAINDER)
    return flux


def main(words: list[str]) -> None:
    """Answer a command."""
    try:
        options = parser().parse_args(words)
    except SystemExit as stopped:
        # flux ends with 1 where an option is unknown.
        raise SystemExit(1 if stopped.code else 0) from None
    options.answer(options)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main(sys.argv[1:])
