"""Our own texts of the other machines: each says what its model says, and no more."""

import re
from pathlib import Path
from typing import NamedTuple

import docutils.nodes as n
import pytest

from flux_conform.artefacts import artefact
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine
from flux_conform.rfc.clauses import Links, clauses
from flux_conform.rfc.marked import parts_of, without_parts
from rfc.test_text import ABOUT_LOGS, logs, names_of, read, sentences

TEXTS = {
    "resource": "resource-eventlog",
    "alloc": "alloc-messages",
    "start": "start-messages",
}


class Text(NamedTuple):
    """A machine, and the text that tells it."""

    machine: Specification
    path: Path

    @property
    def levels(self) -> dict[str, str]:
        """The level of each rule."""
        return {clause.id: clause.level for clause in clauses(self.machine)}

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=TEXTS)
def told(request: pytest.FixtureRequest) -> Text:
    name = TEXTS[request.param]
    return Text(load(request.param), Path(artefact("rfc"), f"{name}.rst"))


@pytest.fixture(scope="module")
def whole(told: Text) -> n.document:
    """All of the text, as docutils reads it."""
    return read(told.text)


@pytest.fixture(scope="module")
def by_hand(told: Text) -> n.document:
    """What is written by hand, with targets for what it cites from the generated parts."""
    lines = [line for _, line in without_parts(told.text, str(told.path))]
    names = [*told.levels, *(f"question/{question.id}" for question in told.machine.questions)]
    return read("\n".join([*lines, "", *(f".. _{name}:\n\nx\n" for name in names)]))


def test_every_rule_is_laid_down_by_hand_and_every_question_is_named(
    told: Text, by_hand: n.document
) -> None:
    """By a sentence with the key word of its level, or with none."""
    cited = set()
    for sentence in sentences(by_hand):
        levels = {told.levels[rule] for rule in sentence.rules}
        cited.update(sentence.rules)
        if sentence.section != "Language":
            assert levels & {"MUST", "SHOULD"} == sentence.key_words, sentence
            assert len(levels) <= 1, sentence
    assert cited == set(told.levels)
    named = set(re.findall(r"question/([a-z-]+)", by_hand.astext()))
    assert named == {question.id for question in told.machine.questions}


def test_every_name_in_the_prose_is_one_of_the_model(told: Text, by_hand: n.document) -> None:
    literals = {literal.astext() for literal in by_hand.findall(n.literal)}
    form = set(told.machine.fields or ())
    unknown = literals - names_of(told.machine) - ABOUT_LOGS - form
    assert {text for text in unknown if not text.startswith("flux-conform ")} == set()


def test_each_rule_has_its_anchor(told: Text, whole: n.document) -> None:
    links = [Links(told.machine).of(rule) for rule in told.levels]
    assert {str(link).partition("#")[0] for link in links} == {f"{told.path.stem}.html"}
    assert {str(link).partition("#")[2] for link in links} <= set(whole.ids)
    assert not list(whole.findall(n.problematic))


def test_every_example_log_has_the_verdict_that_the_text_gives(
    told: Text, whole: n.document
) -> None:
    """Each scenario of a usual log, a log with a mistake, and the example of each event."""
    seen = 0
    for log, after in logs(whole):
        if not after.startswith("Verdict"):
            continue
        seen += 1
        judged = judge(Machine(told.machine), log, Options(notes=True, strict=True))
        assert f"Verdict: {judged.verdict}" in after
        assert {finding.rule for finding in judged.findings} == set(
            re.findall(r"rfc[0-9]+/[a-z-]+/[a-z-]+", after)
        )
    assert seen == sum(scenario.is_usual for scenario in told.machine.scenarios) + 1


def test_the_text_takes_in_every_event_and_scenario(told: Text) -> None:
    parts = {f"{part.name} {part.argument}" for part in parts_of(told.text, str(told.path))}
    assert {f"event {event.name}" for event in told.machine.events} <= parts
    usual = {f"scenario {each.name}" for each in told.machine.scenarios if each.is_usual}
    assert usual <= parts
