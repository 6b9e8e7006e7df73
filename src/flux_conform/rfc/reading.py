"""Reader for the text of an RFC: states, virtual states, events, keys, examples.

It expects the structure of RFC 21 and related RFCs: states are terms of definition lists under
"State Descriptions" and "Virtual States", and each event has a section "NAME Event". A place that
has this structure and is not understood is reported, and never skipped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from docutils import nodes

from flux_conform.rfc import keytypes
from flux_conform.rfc.outline import Entry, Section, line_of, parts, sections, text_of
from flux_conform.rfc.sentences import sentences
from flux_conform.rfc.source import parse
from flux_conform.rfc.stated import (
    ANY,
    EMPTY,
    OBJECT,
    UNDEFINED,
    Example,
    StatedContext,
    StatedEvent,
    StatedFamily,
    StatedKey,
    StatedState,
    StatedText,
    StatedTransition,
    StatedVirtualState,
    Unclear,
)

STATES = "State Descriptions"
UNIONS = "Virtual States"

_EVENT = re.compile(r"(\S.*?)\s+event", re.I)
_KEYS = re.compile(
    r"\bfollowing\s+keys?\s+(?:is|are|(?:shall|must) be)\s+(required|optional)\b", re.I
)
_NOT_DEFINED = re.compile(r"\bno\s+context\s+(?:object\s+)?(?:is|has been)\s+defined\b", re.I)
_EMPTY = re.compile(r"\bcontext\s+(?:object\s+)?(?:shall|must|should|is)\s+(?:be\s+)?empty\b", re.I)
# The text between two parts of a pattern must not contain the first part again. Otherwise a text
# that repeats it would be scanned to its end from each occurrence.
_NO = r"\bno\s+(?:specific\s+)?requirements?\b"
_ANY = re.compile(rf"{_NO}(?:(?!{_NO}).)*\bcontext\b", re.I)
_OBJECT = re.compile(
    r"\bcontext\s+(?:object\s+)?(?:shall|must)\s+"
    r"(?:be\s+an?\s+(?:json\s+)?(?:object|dictionary)|consist\s+of|contain|hold)\b",
    re.I,
)
_ONE_AT_LEAST = re.compile(r"\bat\s+least\s+one\b|\bone\s+or\s+more\b|\bnot\s+be\s+empty\b", re.I)
_KEY_IN_PROSE = re.compile(r"\bkey\s+(\S+)\s+with\s+an?\s+(\w+)\s+value\b", re.I)
_PREFIXED = re.compile(r'\bprefix(?:ed)?\s+(?:with\s+)?["“]?([\w-]+\.)', re.I)
_OTHER = r"\bevents?\s+(?:beyond|other\s+than|besides|beside|not)\b"
_UNLISTED = re.compile(rf"{_OTHER}(?:(?!{_OTHER})[^.])*\bMAY\b", re.I)
_MOVE = re.compile(
    r"\btransitions?\b(?:(?!\btransitions?\b)[^.;])*?"
    r"\bto\s+(?:the\s+)?(?:state\s+)?([\w-]+)",
    re.I,
)
_WORD = re.compile(r"[\w.-]*\w")
_TITLE = re.compile(r"([0-9]{1,5})/\s*\S")
_OWN_WORD = re.compile(r"\(([^()]*)\)")
REQUIRED, OPTIONAL = "REQUIRED", "OPTIONAL"


def read(text: str, name: str) -> StatedText:
    """Read the content of a text. Raises `source.TextUnreadable`."""
    source = parse(text, name)
    lines = tuple(text.splitlines())
    found = list(sections(source.document, lines))
    unclear: list[Unclear] = []
    states_section = _section(found, STATES)
    unions_section = _section(found, UNIONS)
    states = _states(states_section, unclear)
    unions = _unions(unions_section, unclear)
    about_events = [section for section in found if _EVENT.fullmatch(section.heading)]
    events = tuple(_event(section, unclear) for section in about_events)
    _report_other_sections(found, about_events, unclear)
    elsewhere = [section for section in found if section is not states_section]
    prose = _paragraphs(*source.document.children, *(n for one in elsewhere for n in one.body))
    defining = [one for one in (states_section, unions_section, *about_events) if one]
    names = [*(state.name for state in states), *(union.name for union in unions)]
    outside = (n for section in found if section not in about_events for n in section.body)
    title = found[0] if found else None
    number = _TITLE.match(title.heading) if title else None
    return StatedText(
        lines=lines,
        title=title.heading if title else "",
        title_line=title.line if title else 1,
        rfc=int(number[1]) if number else None,
        words=frozenset(_WORD.findall(text_of(source.document))),
        has_states=states_section is not None,
        states=states,
        states_line=states_section.line if states_section else 1,
        unions=unions,
        unions_line=unions_section.line if unions_section else 1,
        events=events,
        events_line=_events_line(about_events, found),
        families=tuple(_families(_paragraphs(*outside))),
        unlisted=next((line_of(at) for at in prose if _UNLISTED.search(text_of(at))), None),
        moves=tuple(move for section in elsewhere for move in _moves_of(section)),
        sentences=sentences(source.document, found, defining, names),
        pictures=tuple(dict.fromkeys(im["uri"] for im in source.document.findall(nodes.image))),
        unclear=tuple(unclear),
        remarks=source.complaints,
    )


def _section(found: Sequence[Section], heading: str) -> Section | None:
    return next((one for one in found if one.heading.lower() == heading.lower()), None)


def _states(section: Section | None, unclear: list[Unclear]) -> tuple[StatedState, ...]:
    if section is None:
        return ()  # source_check knows whether the model's states should be described
    states = []
    for entry in _entries(section, unclear):
        literals = (found for node in entry.body for found in node.findall(nodes.literal))
        words = frozenset(map(text_of, literals))
        moves = [
            StatedTransition(target, words, line)
            for node in entry.body
            for target, line in _targets(node)
        ]
        states.append(StatedState(entry.term, entry.line, tuple(moves)))
    return tuple(states)


def _unions(section: Section | None, unclear: list[Unclear]) -> tuple[StatedVirtualState, ...]:
    if section is None:
        return ()
    return tuple(
        StatedVirtualState(entry.term, entry.line, tuple(_WORD.findall(entry.text)))
        for entry in _entries(section, unclear)
    )


def _entries(section: Section, unclear: list[Unclear]) -> list[Entry]:
    """Return the entries below a heading; report if there are none, or duplicates."""
    entries = [part for part in parts(section.body) if isinstance(part, Entry)]
    if not entries:
        says = f'no definition list stands under "{section.heading}"'
        unclear.append(Unclear(section.line, says, "write a term, and its description below it"))
    _report_duplicates(((entry.term, entry.line) for entry in entries), unclear)
    return entries


def _report_duplicates(named: Iterable[tuple[str, int]], unclear: list[Unclear]) -> None:
    seen: dict[str, int] = {}
    for name, line in named:
        if name in seen:
            says = f'"{name}" is described a second time, after line {seen[name]}'
            unclear.append(Unclear(line, says, "describe it once"))
        seen.setdefault(name, line)


class _EventSection(NamedTuple):
    """The content of a section on an event, collected so far."""

    contexts: list[StatedContext]
    keys: list[StatedKey]
    examples: list[Example]


def _event(section: Section, unclear: list[Unclear]) -> StatedEvent:
    """Read a section on an event.

    A list that no sentence introduces is not a list of keys.
    """
    match = _EVENT.fullmatch(section.heading)
    assert match is not None
    name = "-".join(match[1].lower().split())
    reading = _EventSection([], [], [])
    required: bool | None = None
    announced = 0
    before = len(unclear)
    for part in parts(section.body):
        if isinstance(part, Entry):
            is_required = _is_required(part, required, unclear)
            if is_required is not None:
                reading.keys.append(_key(part, is_required, unclear))
                announced = 0
            elif keytypes.type_of(part.text) is not None:
                says = f'"{part.term}" looks like a key, but no sentence says what the list is'
                remedy = "announce it: the following keys are REQUIRED, or OPTIONAL"
                unclear.append(Unclear(part.line, says, remedy))
            continue
        if isinstance(part, nodes.literal_block) and _is_json(part):
            reading.examples.append(Example(line_of(part), part.astext()))
        _report_missing_list(announced, unclear)
        announced, required = 0, None
        text = text_of(part)
        keys = _KEYS.search(text)
        if keys is not None:
            required, announced = keys[1].lower() == "required", line_of(part)
        else:
            _read_sentence(text, line_of(part), reading)
        prefixed = _PREFIXED.search(text)
        if prefixed is not None:
            name = f"{prefixed[1]}*"
    _report_missing_list(announced, unclear)
    _report_duplicates(((key.name, key.line) for key in reading.keys), unclear)
    if not reading.keys and not reading.contexts and len(unclear) == before:
        says = f'nothing is understood of the context in "{section.heading}"'
        remedy = "name its keys, or say that it is empty or not defined"
        unclear.append(Unclear(section.line, says, remedy))
    contexts, keys_of, examples = reading
    return StatedEvent(
        name, section.heading, section.line, tuple(contexts), tuple(keys_of), tuple(examples)
    )


def _is_required(entry: Entry, announced: bool | None, unclear: list[Unclear]) -> bool | None:
    """Return whether a key is required; None if nothing says that the entry is a key.

    The sentence above it says so, or its own parentheses do.
    """
    found = _OWN_WORD.match(entry.text)
    said = {REQUIRED, OPTIONAL} & set(re.findall("[A-Z]+", found[1] if found else ""))
    if len(said) != 1:
        return announced
    (own,) = said
    if announced is not None and announced != (own == REQUIRED):
        other = OPTIONAL if own == REQUIRED else REQUIRED
        says = f'"{entry.term}" is announced as {other} and described as {own}'
        unclear.append(Unclear(entry.line, says, "say the same in both places"))
        return announced
    return REQUIRED in said


def _is_json(block: nodes.literal_block) -> bool:
    language: str = block.get("language", "json")
    return language.startswith("json")


def _report_missing_list(announced: int, unclear: list[Unclear]) -> None:
    if announced:
        remedy = "list them as terms, each with its description below it"
        unclear.append(Unclear(announced, "keys are announced, and none follows", remedy))


def _read_sentence(text: str, line: int, reading: _EventSection) -> None:
    """Read what a paragraph says about the context as a whole."""
    if _NOT_DEFINED.search(text):
        reading.contexts.append(StatedContext(UNDEFINED, line))
    elif _EMPTY.search(text):
        reading.contexts.append(StatedContext(EMPTY, line))
    elif _ANY.search(text):
        reading.contexts.append(StatedContext(ANY, line))
    elif _OBJECT.search(text):
        inline = list(_KEY_IN_PROSE.finditer(text))
        for found in inline:
            type_ = keytypes.named(found[2])
            reading.keys.append(StatedKey(found[1], line, True, type_, found[2]))
        if not inline:
            one = _ONE_AT_LEAST.search(text) is not None
            reading.contexts.append(StatedContext(OBJECT, line, one))


def _key(entry: Entry, required: bool, unclear: list[Unclear]) -> StatedKey:
    found = keytypes.type_of(entry.text)
    if found is None:
        says = f'the description of "{entry.term}" does not begin with a type'
        remedy = "begin it with the type in parentheses, such as (integer)"
        unclear.append(Unclear(entry.line, says, remedy))
        return StatedKey(entry.term, entry.line, required, None, "")
    if found.type is None:
        says = f'the type of "{entry.term}" is not understood: ({found.words})'
        remedy = "write integer, number, string, boolean, object, or array of one of them"
        unclear.append(Unclear(entry.line, says, remedy))
    return StatedKey(entry.term, entry.line, required, found.type, found.words)


def _report_other_sections(
    found: Sequence[Section], about_events: Sequence[Section], unclear: list[Unclear]
) -> None:
    """Report sections next to those on events whose headings are not "NAME Event"."""
    counts = Counter(id(section.node.parent) for section in about_events)
    for section in found:
        if section not in about_events and counts[id(section.node.parent)] > 1:
            says = f'"{section.heading}" stands among the events, and is no "NAME Event"'
            remedy = "call it so, or move it elsewhere"
            unclear.append(Unclear(section.line, says, remedy))
    if not about_events:
        remedy = 'describe each event in a section "NAME Event"'
        unclear.append(Unclear(1, "there is no section on an event", remedy))


def _events_line(about_events: Sequence[Section], found: Sequence[Section]) -> int:
    """Return the line of the heading above the sections on events."""
    if not about_events:
        return 1
    above = about_events[0].node.parent
    return next((one.line for one in found if one.node is above), about_events[0].line)


def _paragraphs(*body: nodes.Node) -> Iterator[nodes.Node]:
    for node in body:
        if not isinstance(node, nodes.section):
            yield from node.findall(nodes.paragraph)


def _families(paragraphs: Iterable[nodes.Node]) -> Iterator[StatedFamily]:
    for paragraph in paragraphs:
        found = _PREFIXED.search(text_of(paragraph))
        if found is not None:
            yield StatedFamily(f"{found[1]}*", line_of(paragraph))


def _targets(node: nodes.Node) -> Iterator[tuple[str, int]]:
    for paragraph in node.findall(nodes.paragraph):
        for found in _MOVE.finditer(text_of(paragraph)):
            yield found[1], line_of(paragraph)


def _moves_of(section: Section) -> Iterator[StatedTransition]:
    for paragraph in _paragraphs(*section.body):
        words = frozenset(_WORD.findall(f"{section.heading} {text_of(paragraph)}".lower()))
        for target, line in _targets(paragraph):
            yield StatedTransition(target, words, line)
