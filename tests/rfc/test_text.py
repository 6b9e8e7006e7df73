"""Our own text of job states and events: it builds, and says nothing that the model does not."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import docutils.core
import docutils.nodes as n
import pytest
from docutils.utils import Reporter

from flux_conform.artefacts import artefact
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.language.expressions import Constant, Expression, walk
from flux_conform.language.specification import Specification, TypedContext
from flux_conform.machine.step import Machine
from flux_conform.rfc.clauses import Links, clauses
from flux_conform.rfc.marked import parts_of, without_parts
from flux_conform.rfc.parts import Parts

PATH = Path(artefact("rfc"), "job-states.rst")
JOB = load("job")
LEVELS = {clause.id: clause.level for clause in clauses(JOB)}
RULE = re.compile(r"rfc[0-9]+/[a-z0-9.-]+(?:/[a-z0-9-]+)?")
STRICT = Options(notes=True, strict=True)


def read(text: str) -> n.document:
    """The text as docutils reads it, without any complaint."""
    settings = {"report_level": Reporter.WARNING_LEVEL, "halt_level": Reporter.WARNING_LEVEL}
    settings |= {"warning_stream": False, "file_insertion_enabled": False}
    return docutils.core.publish_doctree(text, source_path=str(PATH), settings_overrides=settings)


@pytest.fixture(scope="module")
def whole() -> n.document:
    """All of the text."""
    return read(PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def by_hand() -> n.document:
    """What is written by hand, with targets for what it cites from the generated parts."""
    text = PATH.read_text(encoding="utf-8")
    lines = [line for _, line in without_parts(text, str(PATH))]
    names = [*LEVELS, *(f"question/{question.id}" for question in JOB.questions)]
    targets = "".join(f".. _{name}:\n\nx\n\n" for name in names)
    return read("\n".join(lines) + f"\n\n{targets}")


class Sentence(NamedTuple):
    """A sentence that is written by hand, and the heading that it stands under."""

    section: str
    text: str

    @property
    def rules(self) -> list[str]:
        return [each.rstrip(".") for each in RULE.findall(self.text)]

    @property
    def key_words(self) -> set[str]:
        return set(re.findall(r"\b(?:MUST|SHOULD)\b", self.text))


def sentences(document: n.document) -> Iterator[Sentence]:
    for paragraph in document.findall(n.paragraph):
        above = paragraph.parent
        while not isinstance(above, n.section | n.document):
            above = above.parent
        section = above.next_node(n.title)
        assert section is not None
        text = " ".join(paragraph.astext().split())
        for part in re.split(r"(?<=[.?])\s+", text):
            yield Sentence(section.astext(), part)


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page that Sphinx makes, with every warning an error."""
    out = tmp_path_factory.mktemp("html")
    call = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "-n",
        "-q",
        "-b",
        "html",
        str(PATH.parent),
        str(out),
    ]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return (out / "job-states.html").read_text(encoding="utf-8")


# Links


def test_each_rule_is_anchored_once_and_every_link_leads_somewhere(html: str) -> None:
    """In the page as Sphinx makes it; `Links` gives the same anchors."""
    ids = re.findall(r'\bid="([^"]+)"', html)
    links = Links(JOB)
    for rule in LEVELS:
        link = links.of(rule)
        assert link is not None
        page, _, anchor = link.partition("#")
        assert (page, ids.count(anchor)) == ("job-states.html", 1), rule
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_plain_docutils_reads_it_with_the_same_anchors(whole: n.document) -> None:
    """So does GitHub, which knows no roles of Sphinx."""
    links = [Links(JOB).of(rule) for rule in LEVELS]
    assert {str(link).partition("#")[2] for link in links} <= set(whole.ids)
    assert not list(whole.findall(n.problematic))


def test_a_machine_without_a_text_has_no_links() -> None:
    """Nor have older revisions, whose rules differ, and rules that nobody knows."""
    assert Links(load("exec")).of("rfc50/init/first") is None
    assert Links(load("job@2026-02")).of("rfc21/submit/first") is None
    assert Links(JOB).of("rfc21/submit/frist") is None


# What is written by hand


def test_every_rule_is_laid_down_by_hand_and_no_other_is_cited(by_hand: n.document) -> None:
    """Each id of the model stands in a sentence of the prose."""
    cited = {rule for sentence in sentences(by_hand) for rule in sentence.rules}
    assert cited == set(LEVELS)


def test_a_sentence_has_the_key_word_of_its_rule(by_hand: n.document) -> None:
    """MUST and SHOULD as the level is, and neither where it is implied or a note."""
    for sentence in sentences(by_hand):
        levels = {LEVELS[rule] for rule in sentence.rules}
        if levels and sentence.section != "Language":
            assert levels & {"MUST", "SHOULD"} == sentence.key_words, sentence
            assert len(levels) == 1, sentence


def test_no_sentence_binds_without_a_rule(by_hand: n.document) -> None:
    """Outside of the sections that speak of the key words themselves."""
    for sentence in sentences(by_hand):
        if sentence.section not in ("Language", "Conformance", "References"):
            assert not sentence.key_words or sentence.rules, sentence


ABOUT_LOGS = {"timestamp", "name", "context", "0-3,7", "a-b", "debug."}
NOTATION = {".", "none", "+", "-", "/", "%", "has(x)", "merge(a, b)"}


def names_of(specification: Specification) -> set[str]:
    """Every name and word that a text can quote from the model."""
    names = {name for name, _ in specification.report}
    names |= {state.name for state in specification.states}
    names |= {virtual.name for virtual in specification.virtual_states}
    names |= {event.name for event in specification.events}
    names |= {variable.name for variable in specification.variables}
    names |= {definition.name for definition in specification.definitions}
    names |= {generation.name for generation in specification.generations}
    for event in specification.events:
        if isinstance(event.context, TypedContext):
            names |= {key for key, _ in event.context.keys}
    values = [value for _, value in specification.report]
    values += [value for event in specification.events for _, value in event.effects]
    values += [rule.require for rule in specification.rules]
    return names | {word for value in values for word in words_of(value)}


def words_of(value: Expression) -> Iterator[str]:
    for node in walk(value.tree):
        if isinstance(node, Constant) and isinstance(node.value, str):
            yield node.value


def test_every_name_in_the_prose_is_one_of_the_model(by_hand: n.document) -> None:
    """Of a state, an event, a key, a value; so a name that changes is found here too."""
    known = (
        names_of(JOB) | set(LEVELS) | ABOUT_LOGS | NOTATION | {f".{key}" for key in names_of(JOB)}
    )
    unknown = set()
    for literal in by_hand.findall(n.literal):
        text = literal.astext()
        called = re.fullmatch(r"(?:seen|first|entered)\((.+)\)", text)
        if (called[1] if called else text) not in known and not text.startswith("flux-conform "):
            unknown.add(text)
    assert unknown == {"cancel", "exec", "scheduler-restart"} - known


def test_the_prose_says_nothing_that_the_tables_say_word_for_word(by_hand: n.document) -> None:
    """A sentence that is made from the model is not pasted too."""
    told = {clause.says for clause in clauses(JOB)} | {claim.says for claim in JOB.properties}
    prose = {sentence.text for sentence in sentences(by_hand)}
    assert prose & told == set()


# Examples


def logs(document: n.document) -> Iterator[tuple[bytes, str]]:
    """Each block of JSON lines, with the words of what comes after it."""
    for block in document.findall(n.literal_block):
        assert "json" in block["classes"]
        after = block.next_node(descend=False, siblings=True)
        yield block.astext().encode() + b"\n", "" if after is None else after.astext()


def judged(log: bytes) -> Judgement:
    return judge(Machine(JOB), log, STRICT)


def test_every_example_log_has_the_verdict_that_the_text_gives(whole: n.document) -> None:
    """With the rules that are named there, at their lines, and no others."""
    count = 0
    for log, text in logs(whole):
        if not text.startswith("Verdict: "):
            assert log.count(b"\n") == 1, "a log without a verdict"
            continue
        count += 1
        told = judged(log)
        assert text.startswith(f"Verdict: {told.verdict}"), text
        assert f"ends in {told.state}" in text
        roots = [each for each in told.findings if each.because is None]
        named = re.findall(rf"({RULE.pattern}) in line ([0-9]+)", text)
        assert named == [(each.rule, str(each.line)) for each in roots]
    assert count > sum(scenario.is_usual for scenario in JOB.scenarios) / 2 > 5


def test_every_example_of_an_event_is_right_in_itself(whole: n.document) -> None:
    """Its line and its context; where it may stand is not asked of a single line."""
    names = []
    for log, after in logs(whole):
        if not after.startswith("Verdict: "):
            found = [each.rule for each in judged(log).findings]
            assert not [rule for rule in found if rule.startswith("rfc18/") or "context" in rule]
            names.append(re.findall(rb'"name":"([^"]+)"', log)[0].decode())
    assert sorted(names) == sorted(event.name for event in JOB.events if not event.is_family)


# What is generated


def test_the_text_takes_in_every_table_and_every_event() -> None:
    """So that a new event has its section, or a test fails."""
    parts = parts_of(PATH.read_text(encoding="utf-8"), str(PATH))
    shown = [part.argument for part in parts if part.name == "event"]
    assert sorted(shown) == sorted(event.name for event in JOB.events)
    asked = {part.name for part in parts}
    assert set(Parts(JOB).names) - asked <= {"events"}  # told one by one
