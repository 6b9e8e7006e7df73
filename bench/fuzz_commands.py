"""Attacks on the command line, from end to end and in this process."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from random import Random
from unittest import mock

from fuzz_mutations import mutated, mutated_pages, mutated_tar
from fuzz_seeds import Seeds, packed
from fuzz_sources import piped
from fuzz_target import QUICK, Prepared, of

from flux_conform.cli import main as command_line
from flux_conform.repair import Mender

_QUICKEST = QUICK._replace(changes=1)
_FORMATS = ("text", "json", "html", "sarif", "junit", "github")


def _options(data: bytes, folder: Path, source: Path) -> list[str]:
    """A call that reads the source, chosen by what is in it."""
    random = Random(zlib.crc32(data))
    path = random.choice((str(source), str(source), "-"))
    out = str(folder / "out")
    call = ["check", path, "--format", random.choice(_FORMATS)]
    for option in ("--notes", "--strict", "--all"):
        call += [option] * random.choice((0, 0, 1))
    match random.randrange(12):
        case 0 | 1:
            return [*call, "--repair", str(folder / "mended")]
        case 2 | 3:
            return [*call, "--table", f"{out}.csv"]
        case 4:
            return [*call, "-o", out]
        case 5:
            return ["check", path, "--partial", "--format", random.choice(("text", "json"))]
        case 6:
            return ["check", "-", "--follow", "--format", random.choice(("text", "json"))]
        case 7:
            return ["check", path, "--summary", "--times"]
        case 8:
            return ["replay", path, "--format", random.choice(("text", "json"))]
        case 9:
            return ["certify", path, "--format", random.choice(("text", "json", "junit", "html"))]
        case 10:
            return ["draw", "trace", path, "-o", f"{out}.svg"]
        case _:
            return call


def run_command(call: Sequence[str], data: bytes) -> int:
    """The exit code of a call in this process, with the data at its standard input."""
    outputs = [io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2)]
    with (
        redirect_stdout(outputs[0]),
        redirect_stderr(outputs[1]),
        mock.patch.object(sys, "stdin", piped(data)),
        # Each faulty log of an archive is given its seconds; an input with a hundred does not hang.
        mock.patch("flux_conform.repair.Mender", partial(Mender, bounds=_QUICKEST)),
    ):
        try:
            code = command_line.main(call)
        except SystemExit as error:
            raise AssertionError(f"{call} is a wrong call") from error
    assert code in (0, 1, 2), f"{call} gave {code}"
    if code == 2:
        outputs[1].flush()
        told = [output.buffer.getvalue() for output in outputs]
        assert any(told) or "-o" in call, f"{call} gave 2 and said nothing"
    return code


def commands(seeds: Seeds, folder: Path) -> Prepared:
    sources = [*seeds.texts()[:8], *seeds.journals()[:2], *seeds.logs[:80]]
    tars, databases, source = seeds.tars(), seeds.databases(folder), folder / "source"

    def make(random: Random) -> bytes:
        match random.randrange(5):
            case 0 | 1:
                return packed(random, mutated_tar(random, tars))
            case 2:
                return mutated_pages(random, databases)
            case _:
                return packed(random, mutated(random, sources))

    def parse(data: bytes) -> bool:
        source.write_bytes(data)
        call = _options(data, folder, source)
        os.environ["FUZZ_CALL"] = " ".join(call)
        return run_command(call, data) != 2

    return make, parse


def certificates(seeds: Seeds, folder: Path) -> Prepared:
    path = folder / "certificate.json"

    def parse(data: bytes) -> bool:
        path.write_bytes(data)
        return run_command(["verify", str(path), "--format", "json"], b"") == 0

    return of(seeds.certificates(), parse)
