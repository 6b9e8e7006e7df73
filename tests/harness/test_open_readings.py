"""Vectors that rest on open questions: an answer fits a reading, and a run keeps to it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from flux_conform.cli.main import main
from flux_conform.language.line_form import LineForm
from flux_conform.suite.compare import Difference, compare
from flux_conform.suite.folder import NoSuite, load_suite
from flux_conform.suite.open_readings import Fit, consistent, satisfying
from flux_conform.suite.protocol import Answer

from .mini import EXAMPLES, PYTHON, Row, event, job_rows, row, write_suite

# It answers with the state that its argument gives for the first event of a log.
TELLER = """
import json, sys
states = json.loads(sys.argv[1])
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "hello":
        row = {"op": "hello", "name": "teller", "version": "1", "reports": ["states"]}
    elif request["op"] == "replay":
        events = [json.loads(each)["name"] for each in request["log"].splitlines()]
        state = states.get(events[0], "ON")
        row = {"seq": request["seq"], "states": state if isinstance(state, list) else [state]}
    else:
        break
    print(json.dumps(row), flush=True)
"""
QUESTIONS = [
    {"id": "door", "readings": ["text", "sign", "guard"], "vectors": 3},
    {"id": "lamp", "readings": ["text", "plan"], "vectors": 2},
]


def reading(states: list[str], **by: str) -> Row:
    """What other readings expect of a log."""
    told = {"verdict": "conforms", "strict": "conforms", "findings": [], "job": None}
    return {"reading": by, "states": states, **told}


def door(name: str, *more: Row) -> Row:
    """A vector on which the door decides: on by the text, off by the sign, gone by the guard."""
    readings = [reading(["OFF"], door="sign"), reading(["GONE"], door="guard"), *more]
    return row(f"a/{name}", event(name), contested=["door"], readings=readings)


BOTH = row(
    "b/both",
    event("both"),
    contested=["door", "lamp"],
    readings=[
        reading(["DARK"], door="text", lamp="plan"),
        reading(["OFF"], door="sign", lamp="text"),
        reading(["OFF-DARK"], door="sign", lamp="plan"),
        reading(["GONE"], door="guard", lamp="text"),
        reading(["GONE"], door="guard", lamp="plan"),
    ],
)
ROWS = [row("a/plain", event("plain")), door("one"), door("two"), BOTH]


@pytest.fixture
def teller(tmp_path: Path) -> Path:
    path = tmp_path / "teller.py"
    path.write_text(TELLER)
    return path


def played(
    folder: Path, states: Mapping[str, Any], *options: str, rows: list[Row] | None = None
) -> tuple[int, Any]:
    """The exit code and the JSON of a run on a suite of vectors that rest on two questions."""
    place = folder / "suite"
    if not place.exists():
        write_suite(place, rows or ROWS, questions=QUESTIONS)
    out = folder / "out.json"
    command = (*PYTHON, str(folder / "teller.py"), json.dumps(states))
    arguments = ["suite", "run", "--suite", str(place), "--format", "json", "-o", str(out)]
    code = main([*arguments, *options, "--", *command])
    return code, json.loads(out.read_text()) if out.exists() else None


def reads(told: Any) -> dict[str, list[str]]:
    return {each["question"]: [each["reading"], *each["others"]] for each in told["readings"]}


def failures(told: Any) -> dict[str, str]:
    return {each["id"]: each["why"] for each in told["results"] if each["outcome"] == "failed"}


@pytest.mark.parametrize(
    ("states", "door", "lamp"),
    [
        ({}, ["text"], ["text"]),
        ({"both": "DARK"}, ["text"], ["plan"]),
        ({"one": "OFF", "two": "OFF", "both": "OFF"}, ["sign"], ["text"]),
        ({"one": "OFF", "two": "OFF", "both": "OFF-DARK"}, ["sign"], ["plan"]),
        ({"one": "GONE", "two": "GONE", "both": "GONE"}, ["guard"], ["text", "plan"]),
    ],
)
def test_a_reader_passes_by_any_reading_that_it_keeps_to(
    states: dict[str, str], door: list[str], lamp: list[str], teller: Path
) -> None:
    """And the run says which; where the answers do not tell, it names all that fit."""
    code, told = played(teller.parent, states)
    assert (code, failures(told)) == (0, {})
    assert reads(told) == {"door": door, "lamp": lamp}
    assert told["contested"] == 3


def test_what_no_reading_expects_fails(teller: Path) -> None:
    """With the differences to the nearest reading."""
    code, told = played(teller.parent, {"two": "BROKEN", "one": "OFF", "both": "OFF"})
    assert code == 1
    (failed,) = [each for each in told["results"] if each["outcome"] == "failed"]
    assert failed["id"] == "a/two"
    assert failed["fits"] == []
    assert failed["why"].startswith("fits no reading; the nearest reads `door` as ")
    assert failed["differences"][0]["got"] == "BROKEN"


def test_a_reader_that_mixes_two_readings_of_a_question_fails(teller: Path) -> None:
    """Most answers decide which it is; the other vectors say what they fit."""
    code, told = played(teller.parent, {"one": "OFF", "both": "OFF"})
    assert code == 1
    assert reads(told)["door"] == ["sign"]
    assert failures(told) == {"a/two": "fits `door` as text, but the run reads it as sign"}
    (failed,) = [each for each in told["results"] if each["id"] == "a/two"]
    assert failed["fits"] == [{"door": "text"}]
    assert [each["expected"] for each in failed["differences"]] == ["OFF"]
    assert "--reading=door=sign" in failed["run"]


def test_a_reader_that_mixes_two_questions_fails(teller: Path) -> None:
    """Each vector fits some reading, and no reading of both questions fits all."""
    code, told = played(teller.parent, {"both": "OFF-DARK"})
    assert code == 1
    assert set(failures(told)) == {"b/both"}


def test_a_reading_can_be_demanded(teller: Path) -> None:
    """Then only what it expects passes."""
    sign = {"one": "OFF", "two": "OFF", "both": "OFF"}
    assert played(teller.parent, sign, "--reading", "door=sign")[0] == 0
    code, told = played(teller.parent, sign, "--reading", "door=text")
    assert code == 1
    why = "fits `door` as sign, but it is to be read as text"
    assert failures(told) == dict.fromkeys(("a/one", "a/two", "b/both"), why)


@pytest.mark.parametrize(
    ("demanded", "message"),
    [
        (["dor=text"], "those that vectors rest on: door, lamp"),
        (["door=txt"], '"txt" is no reading of door; its readings are "text", "sign", "guard"'),
        (["door=text", "door=sign"], "two readings of door are demanded"),
    ],
)
def test_a_reading_that_there_is_not_is_an_error(
    demanded: list[str],
    message: str,
    teller: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which lists the right ones."""
    options = [f"--reading={each}" for each in demanded]
    code, told = played(teller.parent, {}, *options)
    assert (code, told) == (2, None)
    assert message in capsys.readouterr().err


def test_what_contradicts_itself_is_never_expected(teller: Path) -> None:
    """A pair of readings that was left out fits nothing."""
    place = write_suite(
        teller.parent / "suite",
        ROWS,
        questions=QUESTIONS,
        left_out=[{"door": "guard", "lamp": "plan"}, {"door": "guard", "lamp": "text"}],
    )
    assert place.exists()
    code, told = played(teller.parent, {"one": "GONE", "two": "GONE", "both": "GONE"})
    assert code == 1
    assert set(failures(told)) == {"b/both"}


def test_what_the_language_cannot_say_is_free_from_its_point_on(teller: Path) -> None:
    """And what comes before is not."""
    free = {"verdict": None, "strict": None, "findings": [], "states": ["ON"], "job": None}
    vector = row(
        "a/free",
        event("free", "then"),
        contested=["lamp"],
        readings=[{"reading": {"lamp": "plan"}, **free}],
    )
    rows = [row("a/plain", event("plain")), vector]
    for states, code in ((["ON", "ANY"], 0), (["ON"], 0), (["OFF", "ANY"], 1), ([], 1)):
        assert played(teller.parent, {"free": states}, rows=rows)[0] == code, states


def test_no_verdict_and_no_finding_is_wrong_where_all_is_free(tmp_path: Path) -> None:
    free = {"verdict": None, "strict": None, "findings": [], "states": [], "job": None}
    readings = [{"reading": {"lamp": "plan"}, **free}]
    vector = row("a/free", event("free"), contested=["lamp"], readings=readings)
    (loaded,) = load_suite(str(write_suite(tmp_path / "suite", [vector]))).vectors
    fields = frozenset({"lines"})
    for verdict in ("conforms", "incomplete", "violates"):
        finding = (("toy/rule", 1),)
        answer = Answer(verdict, verdict, verdict != "violates", ("ON",), {"lines": 7}, finding)
        assert compare(loaded.under(loaded.readings[0]), answer, fields) == ()
        assert compare(loaded, answer, fields)


def test_every_report_says_how_the_questions_are_read(
    teller: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = write_suite(teller.parent / "suite", ROWS, questions=QUESTIONS)
    states = json.dumps({"one": "GONE", "two": "GONE", "both": "GONE"})
    command = (*PYTHON, str(teller), states)
    told = {}
    for form in ("text", "junit", "html"):
        assert main(["suite", "run", "--suite", str(place), "--format", form, "--", *command]) == 0
        told[form] = capsys.readouterr().out
    assert "open questions, on which 3 vectors rest:" in told["text"]
    assert "  reads `door` as: guard (3 vectors)\n" in told["text"]
    told_alike = "reads `lamp` as: text or plan (1 vector, the answers do not tell which)"
    assert told_alike in told["text"]
    properties = {
        each.get("name"): each.get("value")
        for each in ElementTree.fromstring(told["junit"]).iter("property")
    }
    assert properties["reads door"] == "guard"
    assert properties["reads lamp"] == "text or plan"
    assert "text or plan" in told["html"]


def test_an_expectation_that_was_weakened_by_hand_is_noticed(tmp_path: Path) -> None:
    """Whether it names a reading that there is not, or is another than the manifest's digest."""
    place = write_suite(tmp_path / "suite", ROWS, questions=QUESTIONS, files=True)
    load_suite(str(place))
    path = place / "vectors" / "a.json"
    path.write_text(path.read_text().replace('"GONE"', '"ANYTHING"'))
    with pytest.raises(NoSuite, match="its SHA-256 is another; export the suite anew"):
        load_suite(str(place))


@pytest.mark.parametrize(
    "garbled",
    [
        {"reading": {"lamp": "plan"}},
        {"reading": {"door": 1}},
        {"verdict": "perhaps"},
        {"verdict": None},
        {"states": [1]},
        {"states": None},
    ],
)
def test_a_garbled_reading_is_no_suite(garbled: Row, tmp_path: Path) -> None:
    vector = door("one", {**reading(["X"], door="text"), **garbled})
    place = write_suite(tmp_path / "suite", [vector], questions=QUESTIONS)
    with pytest.raises(NoSuite, match="lacks or garbles"):
        load_suite(str(place))


@pytest.mark.parametrize(
    "fields",
    [
        "type",
        {"name": "type"},
        {"name": None, "time": "ts", "context": None},
        {"name": ["type"], "time": "ts", "context": None},
        {"name": "type", "time": 1, "context": None},
        {"name": "type", "time": "type", "context": None},
        {"name": "type", "time": "ts", "context": None, "more": "x"},
    ],
)
def test_a_manifest_that_garbles_the_form_of_lines_is_no_suite(
    fields: object, tmp_path: Path
) -> None:
    """Else each line would be read by keys that it cannot have."""
    right = {"name": "type", "time": "ts", "context": None}
    for number, form in enumerate((right, fields)):
        place = tmp_path / str(number)
        write_suite(place, [door("one")], questions=QUESTIONS, specification={"fields": form})
    assert load_suite(str(tmp_path / "0")).vectors[0].form == LineForm(**right)
    with pytest.raises(NoSuite, match="garbles the form of lines"):
        load_suite(str(tmp_path / "1"))


def test_the_best_readings_are_found_among_many_questions() -> None:
    """Where there are too many combinations to try them all, too."""
    questions = {f"q{n:02}": ("a", "b", "c") for n in range(12)}
    rests, fits = [], []
    for one, two in zip(list(questions), list(questions)[1:], strict=False):
        rests += [(one, two)] * 2
        fits += [frozenset({((one, "b"), (two, by)) for by in "bc"})] * 2
    found = consistent(fits, rests, questions, {})
    assert all(read.vectors for read in found.reads)
    assert {read.reading for read in found.reads[:-1]} == {"b"}
    given = set(zip(rests, fits, strict=True))
    readings = satisfying(given, questions)
    assert readings is not None
    assert all(tuple((name, readings[name]) for name in rest) in fitting for rest, fitting in given)
    never = (("q00",), frozenset({(("q00", "a"),)}))
    assert satisfying([*given, never], questions) is None


def test_a_real_reader_is_held_to_what_the_readings_expect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example reads a fatal exception in NEW as the specification does, and nothing else."""
    names = [{"id": "exception-new", "readings": ["text", "diagram", "reference"]}]
    place = str(write_suite(tmp_path / "suite", job_rows(), "job", questions=names))
    command = (*PYTHON, str(EXAMPLES / "reader.py"))
    assert main(["suite", "run", "--suite", place, "--", *command]) == 0
    assert "reads `exception-new` as: text (1 vector)" in capsys.readouterr().out
    asked = "--reading=exception-new=diagram"
    assert main(["suite", "run", "--suite", place, asked, "--", *command]) == 1


def test_the_nearest_reading_differs_least_and_of_these_the_latest() -> None:
    early, late = Difference("states", 2, "A", "B"), Difference("states", 5, "A", "B")
    far, soon, near = ((("door", name),) for name in ("far", "soon", "near"))
    assert Fit({far: (late, late), soon: (early,), near: (late,)}).nearest == near
    assert Fit({near: (late,), soon: (early,), far: (late, late)}).nearest == near
