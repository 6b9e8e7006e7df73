"""Ctrl-C ends a proof as it ends any program: at once, told in a line, with nothing half done."""

import os
import signal
import subprocess
import sys
import time
from textwrap import dedent

import pytest

from prove.machines import FINDINGS, MODELS

# Z3 is asked to put thirteen pigeons into twelve holes, for at most a minute.
PIGEONS = """
    import z3
    from flux_conform.prove.ask import check

    holes = 12
    solver = z3.SolverFor("QF_LIA")
    solver.set("timeout", 60_000)
    sits = [[z3.Bool(f"{p} in {h}") for h in range(holes)] for p in range(holes + 1)]
    solver.add([z3.Or(row) for row in sits])
    for hole in range(holes):
        for one in range(holes + 1):
            for two in range(one):
                solver.add(z3.Not(z3.And(sits[one][hole], sits[two][hole])))
    print("ready", flush=True)
    try:
        print(check(solver))
    except KeyboardInterrupt:
        print("interrupted")
"""

WAIT = """
    import os
    import threading
    import z3
    from flux_conform.prove.ask import check

    check(z3.Solver())
    released = threading.Event()
    threading.Timer(30, released.set).start()
    print("ready", flush=True)
    try:
        released.wait()
    except KeyboardInterrupt:
        print("interrupted", released.is_set(), flush=True)
        os._exit(0)
"""

# Each flag doubles the configurations, so that a proof takes longer than anybody waits.
FLAGS = 24

PROVE = """
    import sys
    print("ready", flush=True)
    from flux_conform.cli.main import main
    sys.exit(main(sys.argv[1:]))
"""


def interrupted(script, *arguments):
    """Run a script, send it SIGINT while it is at work, and give its end."""
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's job in the background would ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, out, err


pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")


@pytest.mark.slow
def test_an_interrupt_while_z3_thinks_is_no_answer_of_z3():
    """Z3 itself would call it unknown."""
    code, out, err = interrupted(PIGEONS)
    assert (code, out, err) == (0, "interrupted\n", "")


@pytest.fixture
def slow(tmp_path):
    """A machine whose proofs take long."""
    (tmp_path / "eventlog.yaml").write_text((MODELS / "eventlog.yaml").read_text())
    flags = [f"f{number}" for number in range(FLAGS)]
    lines = [
        "machine: slow",
        "title: A slow one",
        "source: {rfc: 99}",
        "lines: eventlog",
        FINDINGS,
        "states: {A: {initial: true, says: x}, Z: {final: true, says: x}}",
        "variables:",
        *(f"  {flag}: boolean" for flag in flags),
        "events:",
        *(
            f"  on-{flag}: {{says: x, context: empty, elsewhere: stays, effect: {{{flag}: not {flag}}}}}"
            for flag in flags
        ),
        "  unlisted: {says: x, context: any, elsewhere: stays}",
        f"transitions: [{{on: on-f0, from: A, when: {' and '.join(flags)}, to: Z}}]",
        "properties: [{id: over, recoverable: 'state == \"Z\"', says: Over.}]",
    ]
    path = tmp_path / "slow.yaml"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.slow
def test_an_interrupted_proof_says_so_in_a_line_and_leaves_nothing_behind(slow, tmp_path):
    """Its verdicts are neither told nor written."""
    options = []
    for name in ("witnesses", "certificates", "smtlib"):
        options += [f"--{name}", tmp_path / name]
    code, out, err = interrupted(PROVE, "prove", "--machine", slow, *options)
    assert (code, out, err) == (130, "", "flux-conform prove: interrupted\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["eventlog.yaml", "slow.yaml"]


@pytest.mark.slow
def test_after_a_question_to_z3_an_interrupt_ends_a_wait():
    """Z3 leaves the signal's handler so that waiting for a lock would go on."""
    code, out, err = interrupted(WAIT)
    assert (code, out, err) == (0, "interrupted False\n", "")
