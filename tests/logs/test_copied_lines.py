"""Logs that were copied from a terminal, a page or a mail, and texts that hold no log at all."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform.logs.copied_lines import Line, LogLines, read_lines
from flux_conform.logs.source_items import SourceError

Run = Callable[..., tuple[int, str, str]]

TEXT = [
    "1660700516.260104 submit userid=4101 urgency=16 flags=0 version=1",
    "1660700516.279641 validate",
    "1660700516.292295 depend",
]
JSON = [
    '{"timestamp":1,"name":"submit","context":{"userid":1,"urgency":16,"flags":0,"version":1}}',
    '{"timestamp":2,"name":"validate"}',
    '{"timestamp":3,"name":"depend"}',
]
PROMPTS = [
    "# flux job eventlog -H fdPRvxMZpj1", "$ flux job eventlog ƒABC", "[user@host dir]$ flux x",
    "user@host:~/a$ flux job eventlog f1", "(venv) me@host ~ % flux x", "host> flux x", "❯ flux x",
    "\x1b[01;32muser@host\x1b[00m:\x1b[01;34m~\x1b[00m$ flux x", "> flux job eventlog f1",
]  # fmt: skip


def read(*lines: str) -> tuple[list[str], tuple[str, ...]]:
    data, lost = read_lines("".join(f"{line}\n" for line in lines).encode())
    return data.decode().splitlines(), lost


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("log", [TEXT, JSON])
def test_a_prompt_before_and_after_a_log_is_named_and_left_out(log: list[str], prompt: str) -> None:
    """The lines between are those of the log without it."""
    alone, lost = read(*log)
    last = prompt.partition("flux")[0]
    copied, told = read(prompt, *log, last)
    assert copied == alone
    assert told[: len(lost)] == lost
    assert told[len(lost)].startswith("line")
    assert "a prompt, and not part of the log" in told[len(lost)]
    assert "lines are counted from line 2 on" in told


@pytest.mark.parametrize("log", [TEXT, JSON])
@pytest.mark.parametrize("opening", ["```", "```json", "~~~", "````text"])
def test_of_a_fenced_log_everything_outside_of_the_fence_is_left_out(
    log: list[str], opening: str
) -> None:
    fence = re.sub("[a-z]", "", opening)
    said = ["The job hangs:", "", opening, "$ flux job eventlog f1"]
    copied, lost = read(*said, *log, fence, "What is = wrong?")
    assert copied == read(*log)[0]
    assert "lines 1 and 9 are outside of what was copied, and not part of the log" in lost
    assert "lines 3 and 8 are a fence, and not part of the log" in lost
    assert "line 4 is a prompt, and not part of the log" in lost


@pytest.mark.parametrize("mark", ["> ", ">", ">> ", "> > ", "  > ", ">    "])
@pytest.mark.parametrize("log", [TEXT, JSON])
def test_a_quoted_log_is_read_without_the_marks(log: list[str], mark: str) -> None:
    """What stands around the quotation is none of it."""
    quoted = [mark + line for line in log]
    copied, lost = read("On Monday somebody wrote:", ">", *quoted, ">", "I do not know.")
    assert copied == read(*log)[0]
    assert "lines are quoted, which is not part of the log" in lost
    assert "lines 1 and 7 are outside of what was copied, and not part of the log" in lost
    assert read(*quoted)[0] == read(*log)[0]


@pytest.mark.parametrize("blanks", ["  ", "\t", "        "])
def test_an_indented_text_is_read(blanks: str) -> None:
    """As where a page shows it as code."""
    copied, lost = read(*(blanks + line for line in TEXT))
    assert copied == read(*TEXT)[0]
    assert "lines are indented, which is not part of the log" in lost
    # An indented line of JSON is a line of JSON.
    assert read(*(blanks + line for line in JSON)) == ([blanks + line for line in JSON], ())


def test_what_is_foreign_among_events_is_no_part_of_a_copy() -> None:
    """Of a text a line is then lost; lines of JSON are judged, each for itself."""
    for foreign in ("$ flux x", "```", "", "else"):
        with pytest.raises(SourceError, match=r"^line 2 is not as `flux job eventlog` prints"):
            read(TEXT[0], foreign, *TEXT[1:])
        with pytest.raises(SourceError, match=r"^line 3 is not as `flux job eventlog` prints"):
            read("$ flux x", TEXT[0], foreign, *TEXT[1:])
        copied, _ = read("$ flux x", JSON[0], foreign, *JSON[1:])
        assert copied == [JSON[0], foreign, *JSON[1:]]
    with pytest.raises(SourceError, match=r"^line 1 is not as"):
        read("userid=4101 urgency=16", *TEXT)
    with pytest.raises(SourceError, match=r"^line 4 is not as"):
        read(*TEXT, "1660700516.29 prio")


@pytest.mark.parametrize(
    "first", ["", "garbage", '{"timestamp":', "[1]", "\x00\x00", "submit", "\ufeff"]
)
def test_a_log_with_a_bad_first_line_is_judged_as_it_stands(first: str) -> None:
    """Nothing tells that it was copied, so each line is one of the log."""
    data = "".join(f"{line}\n" for line in (first, *JSON)).encode()
    assert read_lines(data) == (data, ())


def test_of_a_log_that_is_no_copy_nothing_is_named_as_foreign() -> None:
    """What looks like a prompt before a line of garbage is judged, and so is not left out."""
    reader = LogLines()
    lines = [Line(text.encode(), True) for text in ("$ flux job eventlog f1", "garbage", *JSON)]
    given = [each for line in lines for each in reader.read(line)] + reader.end()
    assert (given, reader.lost) == (lines, ())


def test_a_copied_log_of_json_is_judged_line_by_line(run: Run, tmp_path: Path) -> None:
    """What is broken in it is told, with what was copied along."""
    path = tmp_path / "a.txt"
    path.write_text("\n".join(["$ flux x", JSON[0], JSON[1][:-4], "```"]))
    code, out, _ = run("check", "--format", "json", path)
    (row,) = map(json.loads, out.splitlines())
    assert code == 1
    assert [(each["rule"], each["line"]) for each in row["findings"]] == [("rfc18/lines", 2)]
    assert row["lost"] == [
        "line 1 is a prompt, and not part of the log",
        "line 4 is a fence, and not part of the log",
        "lines are counted from line 2 on",
    ]


EVENT = {"timestamp": 1.5, "name": "submit", "context": {"userid": 1}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0.000s: job.submit {}\n0.011s: job.validate\n", "this is what `flux job attach` prints"),
        ("       JOBID USER     NAME       ST\n   ƒABC me x R\n", "this is a table of jobs"),
        ("JOBID ST\nf1 R\n", "this is a table of jobs"),
        (f"{EVENT}\n{EVENT}\n", "these are values as Python prints them"),
        (f"{[EVENT]}\n", "these are values as Python prints them"),
        ("1660700516.26010: submit {'userid': 1}\n", "these are values as Python prints them"),
        (json.dumps([EVENT, EVENT]), "this is a JSON array"),
        (json.dumps([EVENT, EVENT], indent=2), "this is a JSON array"),
        (json.dumps(EVENT, indent=2), "this is JSON on several lines"),
        ('{"jobs": [{"id": 1}]}', "this is JSON, but of something else"),
        ("<!DOCTYPE html>\n<html></html>\n", "this is a page of HTML"),
        ('<?xml version="1.0"?>\n', "this is a page of HTML or XML"),
        ("\x00\x01\x02" * 100, "this is binary data"), ("hello\nworld\n", 'the first is "hello"'),
        ("$ flux job eventlog f1\n", "no line is an event"), ("[]\n", "this is a JSON array"),
        ("flux-job: No such job\n", "no line is an event"), ("1 2 3\n", "no line is an event"),
        ("é" * 100, "no line is an event"), ("x" * (2 << 20), "no line is an event"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("options", [[], ["--partial"], ["--follow"]])
def test_a_source_without_an_event_is_unreadable_and_says_what_to_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, text: str, says: str, options: list[str]
) -> None:
    """Once, whoever reads it."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code, out, _ = run("check", *options, "-")
    assert code == 2
    assert out.startswith("-: unreadable: ")
    assert says in out
    assert out.count("\n") == 1
    if "binary" not in says and "JSON" not in says:
        assert "flux job eventlog --format=json" in out
