"""Vectors for slips of implementers: the logs of questions, events in between, large integers."""

from collections.abc import Iterator

import pytest

import toys
from flux_conform.artefacts import artefact
from flux_conform.checking.replay import replay
from flux_conform.language import load, sources_of
from flux_conform.language.loader import load_changed, load_file
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine
from flux_conform.suite.folder import Vector, load_suite
from flux_conform.suite.making.all_vectors import Suite, generate, with_more
from flux_conform.suite.making.export import files
from flux_conform.suite.making.observe import Observer, is_beyond_64_bits, read_log
from flux_conform.suite.making.vector import Draft

TURNSTILE = str(toys.TURNSTILE)
ANY = f'{{"timestamp":1,"name":"{"x" * 3}","context":{{"a":[{{"b":%s}}]}}}}\n'


@pytest.fixture(scope="module")
def job() -> Specification:
    return load("job")


@pytest.fixture(scope="module")
def turnstile() -> Suite:
    return generate(load_file(TURNSTILE), TURNSTILE)


def shipped(name: str) -> Iterator[Vector]:
    return iter(load_suite(artefact("conformance", name)).vectors)


def test_the_log_of_each_open_question_is_a_vector(job: Specification) -> None:
    """By itself, or a log that another group holds too."""
    ids = {vector.id for vector in shipped("job")}
    with_logs = [question.id for question in job.questions if question.log]
    assert "questions/result-severity" in ids
    assert "questions/timelimit" in ids
    assert sum(f"questions/{name}" in ids for name in with_logs) > len(with_logs) / 2


def test_a_log_of_a_contradiction_is_contested_by_it() -> None:
    (found,) = (vector for vector in shipped("job") if vector.id == "questions/result-severity")
    assert found.contested == ("result-severity",)


@pytest.mark.parametrize(
    ("number", "is_beyond"),
    [
        ("9223372036854775807", False),
        ("9223372036854775808", True),
        ("-9223372036854775808", False),
        ("-9223372036854775809", True),
        ("1e300", False),
        ("true", False),
    ],
)
def test_an_integer_beyond_64_bits_is_found_wherever_it_stands(
    number: str, is_beyond: bool
) -> None:
    (line,) = read_log((ANY % number).encode(), load("job"))
    assert is_beyond_64_bits(line) == is_beyond


@pytest.mark.parametrize("name", [pytest.param("job", marks=pytest.mark.slow), "exec"])
def test_a_firm_vector_asks_for_no_integer_beyond_64_bits(name: str) -> None:
    """Most programs refuse one, wherever it stands; so does one that fails a rule anyway."""
    for vector in shipped(name):
        if not vector.contested and vector.verdict != "violates":
            assert not any(map(is_beyond_64_bits, read_log(vector.read_log(), load(name)))), (
                vector.id
            )


def test_a_second_submit_in_the_first_state_is_never_firm(job: Specification) -> None:
    """The reference takes its time, too."""
    found = []
    for vector in shipped("job"):
        names = [line.name for line in read_log(vector.read_log(), job)]
        if names[:2] == ["submit", "submit"] and len(names) > 2 and vector.verdict != "violates":
            found.append(vector)
    assert found
    assert all("second-submit" in vector.contested for vector in found)


def test_a_report_may_hold_the_time_of_the_last_event() -> None:
    """Of those that took effect."""
    changed = load_changed(sources_of("job")[0], "{report: {t_submit: last(memo)}}")
    log = b"".join(
        b'{"timestamp":%d,"name":"%b","context":%b}\n' % (number, name, context)
        for number, (name, context) in enumerate(
            [
                (b"submit", b'{"userid":1,"urgency":16,"flags":0,"version":1}'),
                (b"memo", b'{"a":1}'),
                (b"memo", b'{"a":2}'),
                (b"validate", b"{}"),
            ],
            1,
        )
    )
    assert replay(Machine(changed, report=True), log).report["t_submit"] == 3
    job = Observer(changed).observe(read_log(log, changed)).job
    assert job is not None
    assert job["t_submit"] == 3


def test_logs_that_join_a_suite_make_the_suite_that_has_them(turnstile: Suite) -> None:
    """File by file."""
    log = b"".join(
        b'{"timestamp":%d,"name":"coin","context":{"value":%d}}\n' % (n, 40 + n) for n in range(9)
    )
    draft = Draft("faults", "001-x", "fault", "x", log)
    whole = generate(turnstile.specification, TURNSTILE, [draft])
    assert len(whole.vectors) == len(turnstile.vectors) + 1
    assert files(with_more(turnstile, TURNSTILE, [draft]), "") == files(whole, "")


def test_logs_that_join_a_suite_have_names_of_their_own(turnstile: Suite) -> None:
    """The numbers of those that it has may have gaps, so that the next one is taken."""
    drafts = [
        Draft("faults", "001-x", "fault", "x", b'{"timestamp":1,"name":"%s"}\n' % name)
        for name in (b"one", b"two", b"three")
    ]
    joined = with_more(with_more(turnstile, TURNSTILE, drafts[:1]), TURNSTILE, drafts[1:])
    names = [vector.draft.id for vector in joined.vectors if vector.draft.group == "faults"]
    assert names == ["faults/001-x", "faults/001-x-2", "faults/001-x-3"]


def test_events_in_between_change_no_end(job: Specification) -> None:
    """The crowded log breaks at its last event what the plain one does."""
    vectors = {vector.id: vector for vector in shipped("job")}
    pairs = [
        (vector, vectors["rules/" + vector.id.removeprefix("histories/between-")])
        for vector in vectors.values()
        if "rules/" + vector.id.removeprefix("histories/between-") in vectors
    ]
    assert len(pairs) > 20
    for crowded, plain in pairs:
        assert len(crowded.read_log()) > len(plain.read_log())
        if "-broken" in plain.id:
            assert crowded.verdict == plain.verdict
            assert broken_at_the_end_of(crowded) == broken_at_the_end_of(plain), crowded.id


def test_what_is_put_between_leaves_the_end_as_it_was() -> None:
    """As the vectors are made: the last event breaks the same, and leads to the same state."""
    path = str(toys.TURNSTILE.with_name("streams.yaml"))
    suite = generate(load_file(path), path, groups=("rules", "histories"))
    made = {vector.draft.id: vector.expected for vector in suite.vectors}
    pairs = [
        (name, expected, made["rules/" + name.removeprefix("histories/between-")])
        for name, expected in made.items()
        if "rules/" + name.removeprefix("histories/between-") in made
    ]
    assert len(pairs) > 2
    for name, crowded, plain in pairs:
        assert crowded.verdict == plain.verdict, name
        assert crowded.states[-1:] == plain.states[-1:], name
        found, wanted = (
            {finding.rule for finding in each.findings if finding.level != "note"}
            for each in (crowded, plain)
        )
        assert found == wanted, name


@pytest.mark.parametrize(("number", "more"), [(2**63 - 1, 1), (2**63, 0), (-(2**63) - 1, 0)])
def test_a_log_with_an_integer_beyond_64_bits_joins_no_suite(
    turnstile: Suite, number: int, more: int
) -> None:
    """Where no open question says what readers do with it."""
    log = (ANY % number).encode()
    joined = with_more(turnstile, TURNSTILE, [Draft("faults", "001-x", "fault", "x", log)])
    assert len(joined.vectors) == len(turnstile.vectors) + more


def broken_at_the_end_of(vector: Vector) -> set[str]:
    last = vector.read_log().count(b"\n")
    found = [finding for finding in vector.findings if finding["line"] == last]
    return {finding["rule"] for finding in found if finding["level"] != "note"}
