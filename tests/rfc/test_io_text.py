"""Our own text of the standard I/O eventlog: it says what the model says, and no more."""

import re
from pathlib import Path

import docutils.nodes as n
import pytest

from flux_conform.artefacts import artefact
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.rfc.clauses import Links, clauses
from flux_conform.rfc.marked import parts_of, without_parts
from rfc.test_text import ABOUT_LOGS, logs, names_of, read, sentences

PATH = Path(artefact("rfc"), "io-eventlog.rst")
IO = load("io")
LEVELS = {clause.id: clause.level for clause in clauses(IO)}


@pytest.fixture(scope="module")
def whole() -> n.document:
    """All of the text."""
    return read(PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def by_hand() -> n.document:
    """What is written by hand, with targets for what it cites from the generated parts."""
    lines = [line for _, line in without_parts(PATH.read_text(encoding="utf-8"), str(PATH))]
    names = [*LEVELS, *(f"question/{question.id}" for question in IO.questions)]
    return read("\n".join([*lines, "", *(f".. _{name}:\n\nx\n" for name in names)]))


def test_every_rule_is_laid_down_by_hand_and_every_question_is_named(by_hand: n.document) -> None:
    """By a sentence with the key word of its level, or with none."""
    cited = set()
    for sentence in sentences(by_hand):
        levels = {LEVELS[rule] for rule in sentence.rules}
        cited.update(sentence.rules)
        if sentence.section != "Language":
            assert levels & {"MUST", "SHOULD"} == sentence.key_words, sentence
            assert len(levels) <= 1, sentence
    assert cited == set(LEVELS)
    named = set(re.findall(r"question/([a-z-]+)", by_hand.astext()))
    assert named == {question.id for question in IO.questions}


def test_every_name_in_the_prose_is_one_of_the_model(by_hand: n.document) -> None:
    literals = {literal.astext() for literal in by_hand.findall(n.literal)}
    unknown = literals - names_of(IO) - ABOUT_LOGS
    assert {text for text in unknown if not text.startswith("flux-conform ")} == set()


def test_each_rule_has_its_anchor(whole: n.document) -> None:
    links = [Links(IO).of(rule) for rule in LEVELS]
    assert {str(link).partition("#")[0] for link in links} == {"io-eventlog.html"}
    assert {str(link).partition("#")[2] for link in links} <= set(whole.ids)
    assert not list(whole.findall(n.problematic))


def test_every_example_log_has_the_verdict_that_the_text_gives(whole: n.document) -> None:
    """Each scenario, a log with a mistake, and the example of each event."""
    seen = 0
    for log, after in logs(whole):
        if not after.startswith("Verdict"):
            continue
        seen += 1
        judged = judge(Machine(IO), log, Options(notes=True, strict=True))
        assert f"Verdict: {judged.verdict}" in after
        assert {finding.rule for finding in judged.findings} == set(
            re.findall(r"rfc[0-9]+/[a-z-]+/[a-z-]+", after)
        )
    assert seen == len(IO.scenarios) + 1


def test_the_text_takes_in_every_event_and_scenario() -> None:
    text = PATH.read_text(encoding="utf-8")
    parts = {f"{part.name} {part.argument}" for part in parts_of(text, str(PATH))}
    assert {f"event {event.name}" for event in IO.events} <= parts
    assert {f"scenario {scenario.name}" for scenario in IO.scenarios} <= parts
