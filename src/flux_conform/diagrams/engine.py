"""Runs the programs that draw DOT sources: graphviz-pure, which a wheel installs, or dot."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig

ENGINES = ("pure", "dot")
"""`pure` is graphviz-pure, the same bytes on every machine; `dot` is Graphviz, if installed."""

_PROGRAMS = {"pure": "graphviz-pure", "dot": "dot"}
TIME_LIMIT = 120.0
"""Timeout of a program in seconds; a picture takes less than one second."""

_REMEDIES = {
    "pure": "pip install graphviz-pure, or install flux-conform anew",
    "dot": "install Graphviz, or take the engine pure",
}


class UnknownEngine(LookupError):
    """There is no engine of that name; the known ones are ENGINES."""

    def __init__(self, engine: str) -> None:
        super().__init__(engine)
        self.engine = engine

    def __str__(self) -> str:
        return f'no engine "{self.engine}"; the known ones are {", ".join(ENGINES)}'


class EngineMissing(LookupError):
    """The engine's program is not installed."""

    def __init__(self, engine: str) -> None:
        super().__init__(engine)
        self.engine = engine

    def __str__(self) -> str:
        program, remedy = _PROGRAMS[self.engine], _REMEDIES[self.engine]
        return f"cannot find the program {program}: {remedy}"


class EngineFailed(RuntimeError):
    """The engine's program rejected its input or crashed; `said` is the reason, in one line."""

    def __init__(self, engine: str, said: str) -> None:
        super().__init__(engine, said)
        self.engine = engine
        self.said = said

    def __str__(self) -> str:
        return f"{_PROGRAMS[self.engine]} failed: {self.said}"


def find_program(engine: str) -> str:
    """The path of an engine's program.

    Raises:
        UnknownEngine: There is no such engine.
        EngineMissing: Its program is not installed.
    """
    if engine not in ENGINES:
        raise UnknownEngine(engine)
    program = _PROGRAMS[engine]
    # The wheel installs its program next to this interpreter, which may not be on PATH.
    beside = sysconfig.get_path("scripts") if engine == "pure" else None
    path = (beside and shutil.which(program, path=beside)) or shutil.which(program)
    if path is None:
        raise EngineMissing(engine)
    return path


def drawn(source: str, format: str, *, engine: str = "pure") -> str:
    """Draw a DOT source in one of an engine's text formats (`svg`, `json`, …).

    Raises:
        UnknownEngine, EngineMissing, EngineFailed: As `drawn_bytes`.
    """
    try:
        return drawn_bytes(source, format, engine=engine).decode()
    except UnicodeDecodeError as error:
        raise EngineFailed(engine, "what it wrote is not UTF-8 text") from error


def drawn_bytes(source: str, format: str, *options: str, engine: str = "pure") -> bytes:
    """Draw a DOT source in one of an engine's formats, with command-line options.

    Raises:
        UnknownEngine: There is no such engine.
        EngineMissing: Its program is not installed.
        EngineFailed: The program did not succeed.
    """
    command = [find_program(engine), f"-T{format}", *options]
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EngineFailed(engine, f"it was not done after {TIME_LIMIT:g} seconds") from error
    except OSError as error:
        raise EngineFailed(engine, error.strerror or str(error)) from error
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise EngineFailed(engine, said or f"it ended with {done.returncode}, and did not say why")
    return done.stdout
