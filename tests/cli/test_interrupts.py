"""Ctrl-C ends the program with 130 and without a traceback, whatever it meets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"

DESTROYED = """
        class Held:
            def __del__(self):
                signal.raise_signal(signal.SIGINT)
                len("Python looks at signals here")
        held = Held()
        del held
        while True:
            pass
        """

# What a verb may do with the error that Ctrl-C raises in it.
MEETS = {
    "nothing": "signal.raise_signal(signal.SIGINT)",
    "an object that is destroyed": DESTROYED,
    "an object that is destroyed while the machine is busy": f"""
        import threading
        start = threading.Thread.start
        def slow(thread):
            start(thread)
            time.sleep(0.1)
        threading.Thread.start = slow
        {DESTROYED}
        """,
    "a library that takes every error": """
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            pass
        return 0
        """,
    "a library that makes another error of it": """
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            raise ImportError("half a module")
        """,
    "a second one while it cleans up": """
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            time.sleep(0.3)
            signal.raise_signal(signal.SIGINT)
            time.sleep(60)
        """,
    "a second one at once": """
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
        """,
    "the end of Python": """
        import atexit
        atexit.register(signal.raise_signal, signal.SIGINT)
        return 0
        """,
}


@pytest.mark.parametrize("what", MEETS)
def test_ctrl_c_ends_with_130_whatever_it_meets(what: str) -> None:
    """There is no traceback, and nothing on errors that Python drops."""
    body = dedent(MEETS[what]).replace("\n", "\n    ")
    program = (
        "import signal, sys, time\n"
        "from flux_conform.cli import main\n"
        f"def guarded(arguments):\n    {body}\n"
        "main._guarded = guarded\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.exit(main.main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


def test_a_program_that_ends_well_keeps_its_code_and_its_output() -> None:
    """What is registered for the end of Python is done, too."""
    program = (
        "import atexit, sys\n"
        "from flux_conform.cli import main\n"
        "atexit.register(print, 'at the end')\n"
        "main._guarded = lambda arguments: print('said') or 1\n"
        "sys.exit(main.main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "said\nat the end\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "call", [["interrupts.py", "--number", "24"], ["kills.py", "--number", "20"]]
)
def test_no_moment_is_wrong_for_a_signal(call: list[str]) -> None:
    """Verbs interrupted, and workers and parents killed, at random moments."""
    command = [sys.executable, str(BENCH / call[0]), *call[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
