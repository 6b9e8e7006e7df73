"""Small suites written by hand, and harnesses to run them on."""

import json
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from facts.cases import LIFE, V0, added, at, exception, finish, line, removed, submit, urgency
from facts.cases import lines as log_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "harness"
PYTHON = (sys.executable, "-I", "-S")
PUPPET = (*PYTHON, str(Path(__file__).with_name("puppet.py")))

Row = dict[str, Any]


def row(id: str, log: bytes, verdict: str = "conforms", **more: Any) -> Row:
    """A vector, for a suite whose logs mean nothing unless more is said."""
    events = log.count(b"\n")
    whole: Row = {
        "id": id,
        "purpose": "toy",
        "says": f"the log of {id}",
        "clauses": [],
        "transition": None,
        "events": events,
        "verdict": verdict,
        "strict": verdict,
        "findings": [],
        "states": ["ON"] * events if verdict != "violates" else [],
        "job": None if verdict == "violates" else {"lines": events},
        "contested": [],
        "readings": [],
    }
    return whole | {"log": log} | more


def write_suite(
    folder: Path, rows: Sequence[Row], machine: str = "toy", *, files: bool = False, **more: Any
) -> Path:
    """Write a suite as it is exported; `more` joins the manifest, `files` the digests as well."""
    groups: dict[str, list[Row]] = {}
    for vector in rows:
        group, _, name = vector["id"].partition("/")
        path = folder / "logs" / group / f"{name}.eventlog"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(vector["log"])
        told = {**vector, "log": path.relative_to(folder).as_posix()}
        groups.setdefault(group, []).append(told)
    (folder / "vectors").mkdir()
    for group, vectors in groups.items():
        text = json.dumps({"vectors": vectors})
        (folder / "vectors" / f"{group}.json").write_text(text)
    manifest: Row = {
        "machine": machine,
        "suite": "1.2.3",
        "specification": {"digest": "d" * 64},
        "clauses": [{"id": "toy/rule", "says": "Logs are good."}],
    }
    if files:
        lists = sorted((folder / "vectors").iterdir())
        digests = {f"vectors/{p.name}": sha256(p.read_bytes()).hexdigest() for p in lists}
        manifest["files"] = digests
    (folder / "manifest.json").write_text(json.dumps(manifest | more))
    return folder


def event(*words: str) -> bytes:
    """A log of an event for each word, that bears the word for the puppet to see."""
    return b"".join(b'{"timestamp":1,"name":"%s"}\n' % word.encode() for word in words)


def appears(path: Path) -> None:
    """Wait until the file is there."""
    until = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < until, f"{path} does not appear"
        time.sleep(0.01)


def ends(pid: int) -> bool:
    """Whether the process is gone, or goes within a few seconds."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if not _is_running(pid):
            return True
        time.sleep(0.01)
    return False


def _is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


# The job machine by hand: RFC 21 and its neighbours tell what each log must give.

START = 1700000000.0
NOTHING = dict.fromkeys(
    ("t_submit", "t_depend", "t_priority", "t_sched", "t_run", "t_cleanup", "t_inactive", "userid",
     "urgency", "priority", "exception", "waitstatus", "result", "returncode", "annotations")
)  # fmt: skip
NEW = {**NOTHING, "t_submit": START, "userid": 1001, "urgency": 16}
DEPEND = {**NEW, "t_depend": START + 0.25}
WAY = ["NEW", "DEPEND", "PRIORITY", "SCHED", "RUN", "RUN", "CLEANUP", "CLEANUP", "CLEANUP"]
MUST = "MUST"


def broken(rule: str, at_line: int, level: str = MUST) -> list[Row]:
    return [{"rule": rule, "level": level, "line": at_line}]


def job_rows() -> list[Row]:
    """Vectors of the job machine; each of the faults of faulty.py fails at least one."""
    back = [*LIFE[:4], urgency(20), line("priority", priority=3)]
    return [
        _row("life", log_of(*LIFE), states=[*WAY, "INACTIVE"], job=_whole_life()),
        _row("pending", log_of(*LIFE[:2]), "incomplete", states=["NEW", "DEPEND"], job=DEPEND),
        _row(
            "mild-exception",
            log_of(*LIFE[:2], exception(3, "x")),
            "incomplete",
            states=["NEW", "DEPEND", "DEPEND"],
            job=DEPEND | {"exception": {"type": "x", "severity": 3, "note": "lost"}},
        ),
        _row(
            "two-exceptions",
            log_of(*LIFE[:2], exception(0, "x"), exception(0, "y")),
            "incomplete",
            states=["NEW", "DEPEND", "CLEANUP", "CLEANUP"],
            job=DEPEND
            | {
                "t_cleanup": START + 0.5,
                "exception": {"type": "x", "severity": 0, "note": "lost"},
            },
        ),
        _row(
            "sent-back",
            log_of(*back),
            "incomplete",
            states=["NEW", "DEPEND", "PRIORITY", "SCHED", "PRIORITY", "SCHED"],
            job=DEPEND
            | {"t_priority": START + 0.5, "t_sched": START + 0.75, "urgency": 20, "priority": 3},
        ),
        _row(
            "added-twice",
            log_of(submit(), LIFE[1], added("a"), added("a"), removed("a"), line("depend")),
            "incomplete",
            states=["NEW", *["DEPEND"] * 4, "PRIORITY"],
            job=DEPEND | {"t_priority": START + 1.25},
        ),
        _row(
            "urgency-32",
            log_of(submit(urgency=32)),
            "violates",
            findings=broken("rfc21/submit/context", 1),
            clauses=["rfc21/submit/context"],
        ),
        _row(
            "before-2022",
            log_of(V0, line("depend")),
            "incomplete",
            generation="v0",
            states=["DEPEND", "PRIORITY"],
            job=NEW | {"t_depend": START, "t_priority": START + 0.25},
        ),
        _row(
            "undefined-alloc",
            log_of(*LIFE[:2], line("alloc"), LIFE[2]),
            "violates",
            states=["NEW", "DEPEND"],
            findings=broken("rfc21/states/undefined", 3),
            clauses=["rfc21/states/undefined"],
            transition={"state": "DEPEND", "event": "alloc", "outcome": "undefined", "to": None},
        ),
        _row(
            "held",
            log_of(submit(urgency=0), *LIFE[1:4], line("alloc")),
            "violates",
            states=WAY[:4],
            findings=[
                *broken("rfc30/priority/held", 4, "implied"),
                *broken("rfc30/urgency/held", 5),
            ],
            clauses=["rfc30/urgency/held"],
        ),
        _row(
            "wait-status",
            log_of(*LIFE[:6], exception(0, "exec", wait_status=256), finish(0)),
            "violates",
            states=[*WAY[:6], "CLEANUP"],
            findings=broken("rfc21/finish/wait-status", 8),
            clauses=["rfc21/finish/wait-status"],
        ),
        _row(
            "not-utf-8",
            log_of(submit()) + b'{"timestamp":2,"name":"\xff"}\n',
            "violates",
            events=1,
            states=["NEW"],
            findings=broken("rfc18/lines", 2),
            clauses=["rfc18/lines"],
        ),
        _row("empty", b"", "violates", findings=broken("rfc18/not-empty", 1)),
        _row(
            "not-a-number",
            log_of(at(submit(), "NaN")),
            "violates",
            events=0,
            findings=broken("rfc18/lines", 1),
        ),
        _row(
            "second-submit",
            log_of(submit(), submit()),
            "incomplete",
            strict="violates",
            states=["NEW", "NEW"],
            job=NEW,
            findings=broken("rfc21/submit/once", 2, "implied"),
        ),
        _row(
            "exception-in-new",
            log_of(submit(), exception(0, "cancel")),
            "incomplete",
            strict="violates",
            states=["NEW", "CLEANUP"],
            job=NEW
            | {
                "t_cleanup": START + 0.25,
                "exception": {"type": "cancel", "severity": 0, "note": "lost"},
            },
            contested=["exception-new"],
            readings=[
                {
                    "reading": {"exception-new": "diagram"},
                    "verdict": "incomplete",
                    "strict": "incomplete",
                    "findings": [],
                    "states": ["NEW", "NEW"],
                    "job": NEW | {"exception": {"type": "cancel", "severity": 0, "note": "lost"}},
                },
                {
                    "reading": {"exception-new": "reference"},
                    "verdict": "violates",
                    "strict": "violates",
                    "findings": broken("rfc21/states/undefined", 2),
                    "states": ["NEW"],
                    "job": None,
                },
            ],
        ),
    ]


def _whole_life() -> Row:
    names = ("t_submit", "t_depend", "t_priority", "t_sched", "t_run")
    times = {name: START + n / 4 for n, name in enumerate(names)}
    ends = {"t_cleanup": START + 1.5, "t_inactive": START + 2.25}
    told = {"userid": 1001, "urgency": 16, "priority": 16, "waitstatus": 0}
    return {**NOTHING, **times, **ends, **told, "result": "COMPLETED", "returncode": 0}


def _row(name: str, log: bytes, verdict: str = "conforms", **more: Any) -> Row:
    return row(f"hand/{name}", log, verdict, **{"generation": "v1", **more})
