"""`flux-conform suite run`: what it chooses, what it reports, and how it exits."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.suite.compare import compare, same
from flux_conform.suite.folder import load_suite
from flux_conform.suite.own import Checker
from flux_conform.suite.protocol import (
    STOP,
    Answer,
    Garbled,
    hello_request,
    protocol_schema,
    read_answer,
    replay_request,
)

from .mini import EXAMPLES, PUPPET, PYTHON, ROOT, appears, ends, event, job_rows, row, write_suite

Run = Callable[..., tuple[int, str, str]]
READER = (*PYTHON, str(EXAMPLES / "reader.py"))
FAULTY = (*PYTHON, str(EXAMPLES / "faulty.py"))


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The suite of the job machine that was written by hand."""
    return str(write_suite(tmp_path_factory.mktemp("hand") / "suite", job_rows(), "job"))


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """A function that runs `suite run` and gives the exit code and both outputs."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["suite", "run", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


# Implementations


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_correct_reader_passes_the_suite(run: Run, hand: str, jobs: int) -> None:
    """And the run says how it reads what is open."""
    code, out, err = run("--suite", hand, "--jobs", jobs, "--", *READER)
    assert (code, err) == (0, "")
    assert "16 passed (16 vectors" in out
    assert "open questions, on which 1 vector rests:" in out
    assert "reads `exception-new` as: the specification's (1 vector)" in out


def test_our_own_checker_passes_the_suite_through_the_protocol(hand: str) -> None:
    """With all that can be reported, and every line fits the protocol's schema."""
    schema = Draft202012Validator(protocol_schema())
    checker = Checker(load("job"))
    answers = []
    requests = [hello_request("job"), *(replay_request(7, r["log"]) for r in job_rows())]
    for request in requests:
        line = checker.answer(request)
        assert line is not None
        answers.append(json.loads(line))
        assert [*schema.iter_errors(json.loads(request)), *schema.iter_errors(answers[-1])] == []
    assert answers[0]["reports"] == ["verdict", "strict", "states", "job", "findings"]
    for vector, answer in zip(job_rows(), answers[1:], strict=True):
        told = len(vector["states"])
        assert (answer["verdict"], answer["strict"]) == (vector["verdict"], vector["strict"])
        assert answer["states"][:told] == vector["states"], vector["id"]
        assert vector["job"] is None or same(answer["job"], vector["job"]), vector["id"]
    assert checker.answer(STOP) is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[" * 100_000, "one JSON object"),
        (b"[]\n", "hello, replay or stop"),
        (b'{"op":"replay","log":""}\n', '"seq" as an integer'),
        (b'{"op":"replay","seq":1}\n', "neither log nor log_base64"),
        (b'{"op":"replay","seq":1,"log_base64":"e"}\n', "no base64"),
    ],
)
def test_our_own_checker_tells_what_is_no_request(line: bytes, why: str) -> None:
    """Whoever writes a runner sees what is wrong."""
    with pytest.raises(Garbled, match=why):
        Checker(load("exec")).answer(line)


@pytest.mark.parametrize(
    ("fault", "found"),
    [(1, "mild-exception"), (2, "two-exceptions"), (3, "added-twice"), (4, "urgency-32"),
     (5, "before-2022")],
)  # fmt: skip
def test_each_planted_fault_is_found(run: Run, hand: str, fault: int, found: str) -> None:
    """And nothing else fails."""
    code, out, _ = run("--suite", hand, "--format", "json", "--", *FAULTY, fault)
    failed = [r["id"] for r in json.loads(out)["results"] if r["outcome"] == "failed"]
    assert (code, failed) == (1, [f"hand/{found}"])


@pytest.mark.parametrize(
    ("tool", "reader", "passed", "skipped"),
    [("node", "reader.mjs", 16, 0), ("jq", "reader.sh", 14, 2)],
)
def test_the_readers_in_other_languages_pass_what_they_do_not_skip(
    run: Run,
    hand: str,
    require_tool: Callable[[str], str],
    tool: str,
    reader: str,
    passed: int,
    skipped: int,
) -> None:
    """JavaScript all of it, the shell all but what jq cannot tell."""
    require_tool(tool)
    code, out, _ = run("--suite", hand, "--format", "json", "--", EXAMPLES / reader)
    counts = json.loads(out)["counts"]
    assert (code, counts["passed"], counts["skipped"]) == (0, passed, skipped)
    assert counts["failed"] == counts["errored"] == 0


def test_the_example_reader_is_short_and_stands_alone() -> None:
    """Under 160 lines, and it imports nothing of ours."""
    text = (EXAMPLES / "reader.py").read_text()
    assert len(text.splitlines()) < 160
    assert "flux_conform" not in text


# Choosing


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--rule", "rfc21/submit/context"), 1),
        (("--rule", "rfc21/*"), 3),
        (("--state", "DEPEND"), 1),
        (("--event", "alloc", "--state", "DEPEND"), 1),
        (("--group", "hand"), 16),
        (("--id", "hand/life", "--id", "hand/pending"), 2),
        (("--purpose", "toy", "--id", "hand/e*"), 2),
        (("--exclude", "hand/life"), 15),
        (("--exclude", "rfc21/submit/*", "--exclude", "hand/not-*"), 13),
        (("--rule", "rfc21/*", "--exclude", "rfc21/states/*"), 2),
        (("--generation", "v0"), 1),
        (("--generation", "v1", "--exclude", "hand/e*"), 13),
    ],
)
def test_vectors_are_chosen(run: Run, hand: str, options: tuple[str, ...], count: int) -> None:
    """Of one kind any will do, of several kinds each must fit."""
    code, out, _ = run("--suite", hand, *options, "--format", "json", "--", *READER)
    assert code == 0
    assert json.loads(out)["chosen"] == count


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--rule", "rfc21/submit/contxt"), 'did you mean "rfc21/submit/context"?'),
        (("--id", "xyz"), "--group chooses a whole group"),
        (("--state", "depend"), 'did you mean "DEPEND"?'),
        (("--state", "xyz"), "there are DEPEND"),
        (
            ("--exclude", "hand/lief"),
            '--exclude "hand/lief" leaves out in this suite; did you mean',
        ),
        (("--exclude", "hand"), "no vector is chosen by --exclude hand\n"),
        (("--generation", "v00"), 'did you mean "v0"?'),
        (("--rule", "rfc18/*", "--event", "alloc"), "is chosen by --rule rfc18/* and --event"),
        (("--jobs", "0"), "give a number from 1 to 256"),
        (("--timeout", "nan"), "give seconds"),
    ],
)
def test_a_choice_of_nothing_is_a_wrong_call(
    run: Run, hand: str, options: tuple[str, ...], told: str
) -> None:
    """With what was meant, perhaps."""
    code, out, err = run("--suite", hand, *options, "--", *READER)
    assert (code, out) == (2, "")
    assert told in err


def test_what_is_no_suite_is_told(run: Run, tmp_path: Path) -> None:
    """A folder without a manifest, one that nests without end, and vectors that are none."""
    assert "manifest.json" in run("--suite", tmp_path, "--", "x")[2]
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    assert "not JSON" in run("--suite", tmp_path, "--", "x")[2]
    suite = write_suite(tmp_path / "suite", [row("a/b", event("fine"))])
    file = suite / "vectors" / "a.json"
    file.write_text(file.read_text().replace("logs/a/b.eventlog", "../../secret"))
    code, _, err = run("--suite", suite, "--", "x")
    assert code == 2
    assert "its log lies outside the suite" in err
    odd = ({"id": {}}, {"states": [1]}, {"findings": [{"level": "MUST"}]})
    for number, change in enumerate(odd):
        suite = write_suite(tmp_path / str(number), [row("a/b", event("fine"))])
        file = suite / "vectors" / "a.json"
        document = json.loads(file.read_text())
        document["vectors"][0] |= change
        file.write_text(json.dumps(document))
        assert "lacks or garbles" in run("--suite", suite, "--", "x")[2], change
    for path, why in (("logs/\0", "is no path"), ("\ud800", "is no path"), ("no", "No such file")):
        document["vectors"][0] |= {"findings": [], "log": path}
        file.write_text(json.dumps(document))
        code, _, err = run("--suite", suite, "--", *READER)
        assert code == 2
        assert why in err


# Reports


def test_a_failure_shows_the_log_what_was_expected_and_a_line_that_runs_it_alone(
    run: Run, hand: str
) -> None:
    """At the first event that differs; the line runs as it stands."""
    code, out, _ = run("--suite", hand, "--", *FAULTY, 1)
    assert code == 1
    assert "the state after the event, line 3\n    expected: DEPEND\n    got:      CLEANUP" in out
    assert "\n  >    3  {" in out
    (paste,) = [text for text in out.splitlines() if "run it alone: " in text]
    command = shlex.split(paste.partition("run it alone: ")[2])
    assert command[:3] == ["flux-conform", "suite", "run"]
    code, again, _ = run(*command[3:])
    assert code == 1
    assert "0 passed, 1 failed (1 vector " in again


def test_the_reports_for_programs_agree_with_each_other(
    run: Run, hand: str, tmp_path: Path
) -> None:
    """JSON, JUnit and HTML of one run; the badge says the sum."""
    told: dict[str, str] = {}
    for form in ("json", "junit", "html"):
        file, badge = tmp_path / f"report.{form}", tmp_path / "badge.svg"
        options = ("--format", form, "-o", file, "--badge", badge)
        assert run("--suite", hand, *options, "--", *FAULTY)[0] == 1
        told[form] = file.read_text()
    counts = json.loads(told["json"])["counts"]
    assert counts["failed"] == 5
    root = ElementTree.fromstring(told["junit"])
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("16", "5", "0")
    assert told["html"].count("<details open>") == 3
    assert "5 of 16 vectors failed" in told["html"]
    assert "<script" not in told["html"]
    assert "://" not in told["html"]
    assert "5 of 16 failed" in ElementTree.parse(badge).getroot().attrib["aria-label"]


def test_failures_are_told_by_their_cause(run: Run, tmp_path: Path) -> None:
    """Errors first, then what most vectors have in common; --all leaves nothing out."""
    rows = [row(f"a/{n:02}", event(f"e{n}"), states=["OFF"]) for n in range(60)]
    rows += [row(f"b/{n:02}", event(*["x"] * (30 - n)), states=["OFF"]) for n in range(30)]
    rows += [row("c/read", event("fine")), row("y/missed", event("fine"), "violates")]
    rows += [row(f"z/{n}", event("errthis", *["x"] * n)) for n in range(2)]
    rows[-3] |= {"findings": [{"rule": "toy/rule", "level": "MUST", "line": 1}]}
    suite = write_suite(tmp_path / "suite", rows)
    code, out, _ = run("--suite", suite, "--", *PUPPET)
    assert code == 2
    heads = [line for line in out.splitlines() if line.startswith(("failed ", "errored "))]
    assert heads[0] == "errored  z/0 and 1 more for one cause: the harness says: no memory"
    assert heads[1] == (
        "failed  b/29 and 29 more for one cause: the state after x: expected OFF, got ON"
    )
    assert len(heads) == 10 + 40
    assert "likewise: b/28, b/27, b/26, b/25, b/24, and 24 more (--all lists them)" in out
    assert "and 13 more causes (13 vectors); --all shows them, --format html or json too" in out
    code, out, _ = run("--suite", suite, "--all", "--", *PUPPET)
    assert "--all" not in out
    assert all(r["id"] in out for r in rows if r["id"] != "c/read")
    assert out.count("run it alone: ") == 63
    causes = json.loads(run("--suite", suite, "--format", "json", "--", *PUPPET)[1])["causes"]
    assert causes[0] == {
        "outcome": "errored", "says": "the harness says: no memory", "vectors": ["z/0", "z/1"],
    }  # fmt: skip
    assert "a breach of toy/rule is not seen" in {cause["says"] for cause in causes}
    assert sum(len(cause["vectors"]) for cause in causes) == len(rows) - 1
    page = run("--suite", suite, "--format", "html", "--", *PUPPET)[1]
    assert "<b>b/29</b> failed and 29 more for one cause" in page
    assert "<li><code>b/00</code></li>" in page


ODD = b'{"timestamp":1,"name":"bad<b>\x00\xe2\x80\xae\xff"}\n' * 200


def test_odd_and_long_logs_are_told_in_part_and_without_harm(run: Run, tmp_path: Path) -> None:
    """No control character, no markup, never the whole log."""
    rows = [
        row("a/fine", event("fine")),
        row("a/refused", event("bad"), "violates"),
        row("b/odd", ODD),
        row("b/long", event("bad") + event("x" * 100_000)),
    ]
    suite = write_suite(tmp_path / "suite", rows)
    for form in ("text", "junit", "html"):
        code, out, _ = run("--suite", suite, "--format", form, "--", *PUPPET)
        assert code == 1
        assert len(out) < 30_000
        assert "\x00" not in out
        assert "\u202e" not in out
        assert form == "text" or "bad<b>" not in out
    ElementTree.fromstring(run("--suite", suite, "--format", "junit", "--", *PUPPET)[1])


# What a reader cannot tell, or tells beyond the states


def test_a_log_that_is_rejected_whole_needs_no_states(run: Run, tmp_path: Path) -> None:
    """Where it violates. How many there were is said; what is acceptable must not be rejected."""
    breach = {"findings": [{"rule": "toy/rule", "level": "MUST", "line": 2}], "states": ["ON"]}
    rows = [
        row("a/fine", event("fine", "fine")),
        row("a/breach", event("fine", "bad"), "violates", **breach),
        row("a/at-once", event("bad"), "violates"),
    ]
    suite = write_suite(tmp_path / "right", rows)
    code, out, _ = run("--suite", suite, "--", *PUPPET, "rejects-whole")
    assert code == 0
    assert "3 passed" in out
    assert "rejected whole, so that no states were compared: 1 vector" in out
    code, out, _ = run("--suite", suite, "--", *PUPPET)
    assert "rejected whole" not in out
    told = run("--suite", suite, "--format", "json", "--", *PUPPET, "rejects-whole")[1]
    assert json.loads(told)["rejected_whole"] == 1
    suite = write_suite(tmp_path / "wrong", [*rows, row("a/legal", event("bad"))])
    code, out, _ = run("--suite", suite, "--", *PUPPET, "rejects-whole")
    assert code == 1
    assert "3 passed, 1 failed" in out


def test_an_empty_list_of_states_is_none_told_only_where_the_log_is_rejected(
    tmp_path: Path,
) -> None:
    """Who accepts a log has a state after each event."""
    rows = [
        row("a/fine", event("fine")),
        row("a/breach", event("fine", "bad"), "violates", states=["ON"]),
    ]
    fine, breach = load_suite(str(write_suite(tmp_path / "suite", rows))).vectors
    assert compare(breach, Answer(verdict="violates", states=()), frozenset()) == ()
    assert compare(breach, Answer(accepts=False, states=()), frozenset()) == ()
    (found,) = compare(fine, Answer(verdict="conforms", states=()), frozenset())
    assert (found.what, found.expected, found.got) == ("states", "ON", None)
    assert compare(breach, Answer(states=()), frozenset()) != ()


def test_a_reader_that_promises_no_verdict_may_refuse_a_log(run: Run, tmp_path: Path) -> None:
    """What violates it may refuse or pass over; what is acceptable it may not refuse."""
    breach = {"findings": [{"rule": "toy/rule", "level": "MUST", "line": 2}], "states": ["ON"]}
    rows = [
        row("a/fine", event("fine", "fine")),
        row("a/refused", event("fine", "bad"), "violates", **breach),
        row("a/passed-over", event("fine", "fine"), "violates", **breach),
    ]
    suite = write_suite(tmp_path / "right", rows)
    trusting = (*PUPPET, "trusting", "refuses")
    code, out, _ = run("--suite", suite, "--", *trusting)
    assert (code, "3 passed" in out) == (0, True)
    assert "rejected whole, so that no states were compared: 1 vector" in out
    suite = write_suite(tmp_path / "wrong", [*rows, row("a/legal", event("bad"))])
    code, out, _ = run("--suite", suite, "--", *trusting)
    assert code == 1
    assert "3 passed, 1 failed" in out
    assert "whether it is accepted" in out


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"verdict": "incomplete"}, 'lacks "states"'),
        # Who promises a verdict rejects by that verdict.
        ({"verdict": "incomplete", "accepts": False}, 'lacks "states"'),
        ({"verdict": "conforms", "states": None}, '"states" must be'),
        ({"verdict": "violates", "states": 3}, '"states" must be'),
    ],
)
def test_only_a_rejection_may_leave_out_the_states(row: dict[str, Any], why: str) -> None:
    """And what it does say must have its form."""
    with pytest.raises(Garbled, match=why):
        read_answer(row, ("verdict", "states"))
    assert read_answer({"verdict": "violates"}, ("verdict", "states")).states is None
    with pytest.raises(Garbled, match="lacks"):
        read_answer({"verdict": "violates"}, ("states",))  # the verdict was not promised


LEVELS = (("MUST", "a/must", 3), ("implied", "a/implied", 2), ("note", "a/note", 1))
LISTED = [{"rule": rule, "level": level, "line": line} for level, rule, line in LEVELS]
LATER = {"rule": "a/later", "level": "MUST", "line": 4}


@pytest.mark.parametrize(
    ("told", "strict", "differs"),
    [
        ((("a/must", 3),), None, []),
        ((("a/must", 3), ("a/implied", 2), ("a/note", 1), ("a/later", 4)), "violates", []),
        ((("a/must", 3), ("a/other", 4)), None, []),  # nobody's duty after the first breach
        ((), None, [(3, "a/must", None)]),
        ((("a/must", 2),), None, [(3, "a/must", None), (2, None, "a/must")]),
        ((("a/must", 3),), "violates", [(2, "a/implied", None)]),
        ((("a/must", 3), ("a/other", 3)), None, [(3, None, "a/other")]),
    ],
)
def test_findings_are_compared_by_rule_and_line(
    tmp_path: Path, told: tuple[tuple[str, int], ...], strict: str | None, differs: list[Any]
) -> None:
    """Up to the first breach of a MUST; notes may be told, what is implied by a strict reader."""
    rows = [row("a/b", event(*"wxyz"), "violates", findings=[*LISTED, LATER])]
    (vector,) = load_suite(str(write_suite(tmp_path / "suite", rows))).vectors
    answer = Answer(verdict="violates", strict=strict, findings=told)
    found = compare(vector, answer, frozenset())
    assert [(each.line, each.expected, each.got) for each in found] == differs
    assert {each.what for each in found} <= {"findings"}


def test_a_judge_that_names_the_wrong_line_or_rule_fails(
    run: Run, hand: str, tmp_path: Path
) -> None:
    """Our own passes; one that counts lines from 2, and one that tells nothing, do not."""
    judge = tmp_path / "judge.py"
    judge.write_text(
        "import json, sys\n"
        "from flux_conform.language import load\n"
        "from flux_conform.suite.own import Checker\n"
        "checker = Checker(load('job'))\n"
        "for line in sys.stdin.buffer:\n"
        "    answer = checker.answer(line)\n"
        "    if answer is None:\n"
        "        break\n"
        "    row = json.loads(answer)\n"
        "    for found in row.get('findings', []):\n"
        "        found['line'] += int(sys.argv[1])\n"
        "    if sys.argv[2:]:\n"
        "        row = {**row, 'findings': []} if 'findings' in row else row\n"
        "    print(json.dumps(row), flush=True)\n"
    )
    program = (sys.executable, judge)
    chosen = ("--suite", hand, "--id", "hand/held", "--id", "hand/life", "--id", "hand/pending")
    assert run(*chosen, "--", *program, 0)[0] == 0
    code, out, _ = run(*chosen, "--", *program, 1)
    assert (code, "2 passed, 1 failed" in out) == (1, True)
    assert "the finding, line 5\n    expected: rfc30/urgency/held\n    got:      nothing" in out
    code, out, _ = run(*chosen, "--format", "json", "--", *program, 0, "silent")
    assert code == 1
    (cause,) = json.loads(out)["causes"]
    assert cause["says"] == "a finding is not told: rfc30/priority/held"


GREEN = "#2d7d46"


def test_a_badge_and_json_say_what_was_run(run: Run, hand: str, tmp_path: Path) -> None:
    """The choice, and what was skipped or is known; nothing where all passed that there is."""
    badge = tmp_path / "badge.svg"

    def label(*options: object) -> str:
        run("--suite", hand, "--badge", badge, *options)
        return ElementTree.parse(badge).getroot().attrib["aria-label"]

    assert label("--", *READER).endswith(" passed")
    assert label("--rule", "rfc21/*", "--exclude", "hand/held", "--", *READER).endswith(
        "3 passed (rule rfc21/*, without hand/held)"
    )
    many = [option for r in job_rows() for option in ("--id", r["id"])]
    assert label(*many, "--", *READER).endswith("(a part of the suite)")
    file = known(tmp_path, KNOWN)
    chosen = ("--known", file, "--id", "hand/mi*", "--id", "hand/life", "--generation", "v1")
    told = label(*chosen, "--", *FAULTY)
    assert GREEN in badge.read_text()
    assert told.endswith("1 passed, 1 failed as known (id hand/mi* or hand/life, generation v1)")
    told = label("--known", file, "--id", "hand/mi*", "--", *FAULTY)
    assert told.endswith("0 passed, 1 failed as known (id hand/mi*)")
    assert GREEN not in badge.read_text()
    out = run("--suite", hand, "--group", "hand", "--format", "json", "--", *READER)[1]
    assert json.loads(out)["covers"] == "group hand"
    junit = run("--suite", hand, "--id", "hand/life", "--format", "junit", "--", *READER)[1]
    assert 'value="1 of 16 vectors of the suite"' in junit
    page = run("--suite", hand, "--id", "hand/life", "--format", "html", "--", *READER)[1]
    assert "(1 of 16 vectors of the suite were chosen)" in page
    assert "were chosen" not in run("--suite", hand, "--format", "html", "--", *READER)[1]


def test_a_folder_that_holds_a_part_says_so_on_the_badge(run: Run, tmp_path: Path) -> None:
    """All its vectors pass, and yet the suite is larger."""
    suite = write_suite(tmp_path / "suite", [row("a/fine", event("fine"), tier="smoke")])
    manifest, badge = suite / "manifest.json", tmp_path / "badge.svg"
    chosen = {"tier": "smoke", "groups": ["rules", "lines"]}
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "chosen": chosen}))
    run("--suite", suite, "--id", "a/*", "--badge", badge, "--", *PUPPET)
    told = ElementTree.parse(badge).getroot().attrib["aria-label"]
    assert told.endswith("1 passed (tier smoke, group rules or lines, id a/*)")


def test_a_tier_is_chosen(run: Run, tmp_path: Path) -> None:
    """A suite without one says what makes it."""
    rows = [row("a/few", event("fine"), tier="smoke"), row("a/more", event("f"), tier="full")]
    suite = write_suite(tmp_path / "suite", rows)
    assert "1 passed (1 vector " in run("--suite", suite, "--tier", "smoke", "--", *PUPPET)[1]
    assert "2 passed (2 vectors" in run("--suite", suite, "--tier", "full", "--", *PUPPET)[1]
    suite = write_suite(tmp_path / "older", [row("a/one", event("fine"))])
    code, out, err = run("--suite", suite, "--tier", "smoke", "--", *PUPPET)
    assert (code, out) == (2, "")
    assert "suite strength --write` chooses the smoke tier" in err


def test_reasons_that_are_not_listed_are_counted(run: Run, tmp_path: Path) -> None:
    """--all lists them."""
    rows = [row(f"a/{n:02}", event("skipthis", "own-reason", *["x"] * n)) for n in range(50)]
    suite = write_suite(tmp_path / "suite", [*rows, row("b/fine", event("fine"))])
    out = run("--suite", suite, "--", *PUPPET)[1]
    assert "10 skipped for other reasons; --all lists them" in out
    out = run("--suite", suite, "--all", "--", *PUPPET)[1]
    assert out.count(" skipped: not today") == 50


# Known failures

KNOWN = """\
known failures:
  - id: hand/mild-*
    reason: not done yet
    link: https://example.org/1
  - rule: rfc21/submit/context
    reason: bounds are lax
    link: https://example.org/2
"""


def known(folder: Path, text: str) -> Path:
    path = folder / "known.yaml"
    path.write_text(text)
    return path


def test_known_failures_do_not_count(run: Run, hand: str, tmp_path: Path) -> None:
    """By id or by rule; the others still do."""
    file = known(tmp_path, KNOWN)
    code, out, _ = run("--suite", hand, "--known", file, "--id", "hand/mi*", "--", *FAULTY)
    assert code == 0
    assert "0 passed, 1 failed as known" in out
    code, out, _ = run("--suite", hand, "--known", file, "--", *FAULTY)
    assert code == 1
    assert "11 passed, 3 failed, 2 failed as known" in out


def test_a_known_failure_that_passes_again_is_told(run: Run, hand: str, tmp_path: Path) -> None:
    """And exits with 1, so that the file does not grow old; an entry for nothing is told too."""
    more = "  - {id: hand/mldi, reason: a slip, link: 'https://example.org/3'}\n"
    code, out, _ = run("--suite", hand, "--known", known(tmp_path, KNOWN + more), "--", *FAULTY, 4)
    assert code == 1
    assert "a known failure passes again: id hand/mild-*; take it out of line 2" in out
    assert "a known failure that names no vector: id hand/mldi, line 8" in out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("known failures:\n  - {id: a, reason: b}\n", ':2:5: a known failure lacks its key "link"'),
        ("known failures:\n  - {id: a, link: 'https://x'}\n", 'lacks its key "reason"'),
        ("known failures:\n  - {reason: b, link: 'https://x'}\n", "either by id or by rule"),
        (
            "known failures:\n  - {id: a, finding: c, reason: b, link: 'https://x'}\n",
            "or by finding",
        ),
        (
            "known failures:\n  - {id: a, line: 3, reason: b, link: 'https://x'}\n",
            "expected no line",
        ),
        ("known failures:\n  - {id: a, reason: b, link: soon}\n", "a link such as https://"),
        ("known failure: []\n", 'did you mean "known failures"?'),
    ],
)
def test_a_known_failure_needs_its_reason_and_link(
    run: Run, hand: str, tmp_path: Path, text: str, told: str
) -> None:
    """Mistakes are told with their line."""
    code, out, err = run("--suite", hand, "--known", known(tmp_path, text), "--", *READER)
    assert (code, out) == (2, "")
    assert told in err


def test_failures_are_known_by_finding_and_line(run: Run, hand: str, tmp_path: Path) -> None:
    """Whatever the vector tests; on another line the entry names no vector."""
    entry = "known failures:\n  - {finding: rfc21/submit/con*, line: %d, reason: lax, link: 'https://x'}\n"
    chosen = ("--suite", hand, "--id", "hand/urgency-32", "--id", "hand/life", "--known")
    code, out, _ = run(*chosen, known(tmp_path, entry % 1), "--", *FAULTY, 4)
    assert (code, "1 passed, 1 failed as known" in out) == (0, True)
    code, out, _ = run(*chosen, known(tmp_path, entry % 2), "--", *FAULTY, 4)
    assert (code, "1 passed, 1 failed (" in out) == (1, True)
    assert "names no vector: finding rfc21/submit/con* in line 2" in out
    code, out, _ = run(*chosen, known(tmp_path, entry % 1), "--", *READER)
    assert (code, "passes again: finding rfc21/submit/con* in line 1" in out) == (1, True)


def test_what_fails_before_a_finding_is_not_known_by_it(run: Run, tmp_path: Path) -> None:
    """It has another cause: a state is wrong two lines before the breach."""
    breach = [{"rule": "toy/rule", "level": "MUST", "line": 3}]
    log = event("fine", "fine", "bad")
    rows = [
        row("a/fine", event("fine")),
        row("a/late", event("fine", "fine", "b"), "violates", findings=breach, states=["ON", "ON"]),
        row("a/early", log, "violates", findings=breach, states=["OFF", "ON"]),
    ]
    entry = "known failures:\n  - {finding: toy/rule, reason: lax, link: 'https://x'}\n"
    suite = write_suite(tmp_path / "suite", rows)
    code, out, _ = run("--suite", suite, "--known", known(tmp_path, entry), "--", *PUPPET)
    assert code == 1
    assert "1 passed, 1 failed, 1 failed as known" in out
    assert "failed  a/early" in out


# The whole program


def test_ctrl_c_tells_what_was_done(tmp_path: Path) -> None:
    """And leaves no harness behind."""
    rows = [row("a/fine", event("fine")), row("a/no", event("bad"), "violates"),
            row("b/hang", event("hang"))]  # fmt: skip
    suite = write_suite(tmp_path / "suite", rows)
    driver = subprocess.Popen(
        [sys.executable, "-m", "flux_conform", "suite", "run", "--suite", suite, "--", *PUPPET],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "HUNG": str(tmp_path / "hung")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    appears(tmp_path / "hung")
    driver.send_signal(signal.SIGINT)
    out, err = driver.communicate(timeout=20)
    assert (driver.returncode, out) == (130, "")
    assert "ended after 2 of 3 vectors; no report was written" in err
    assert "2 passed" in err
    assert ends(int((tmp_path / "hung").read_text()))


def test_the_harness_verb_speaks_the_protocol(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Until it is told to stop."""
    import io

    lines = hello_request("job") + replay_request(3, b"") + STOP
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert main(["suite", "harness"]) == 0
    hello, told = map(json.loads, capfdbinary.readouterr()[0].splitlines())
    assert hello["name"] == "flux-conform"
    answer: dict[str, Any] = {"seq": 3, "verdict": "violates", "strict": "violates", "states": []}
    assert {key: told[key] for key in answer} == answer


def test_a_harness_that_skips_everything_passes_nothing(run: Run, tmp_path: Path) -> None:
    """It exits with 2, and every report says so; one vector that is read makes the difference."""
    rows = [row("a/one", event("skipthis")), row("a/two", event("skipthis", "x"))]
    suite = write_suite(tmp_path / "all", rows)
    badge = tmp_path / "badge.svg"
    code, out, _ = run("--suite", suite, "--badge", badge, "--", *PUPPET)
    assert code == 2
    assert "the harness skipped every vector: nothing was tested" in out
    assert "all skipped" in ElementTree.parse(badge).getroot().attrib["aria-label"]
    assert "skipped all 2 vectors" in run("--suite", suite, "--format", "html", "--", *PUPPET)[1]
    suite = write_suite(tmp_path / "some", [*rows, row("a/three", event("fine"))])
    code, out, _ = run("--suite", suite, "--", *PUPPET)
    assert code == 0
    assert "nothing was tested" not in out
