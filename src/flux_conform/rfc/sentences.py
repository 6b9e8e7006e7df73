"""The sentences of a parsed text, their key words, and which of them a specification must answer.

Key words are those of RFC 2119, in capitals. Titles, comments and blocks of code hold no sentences.
A row of a table is one sentence, and so is a block of code that a sentence with a key word
introduces.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from docutils import nodes

from flux_conform.rfc.outline import Section, is_term, line_of, text_of
from flux_conform.rfc.stated import CITED, KEY_WORDS, StatedSentence

_KEY_WORD = re.compile(rf"\b(?:{'|'.join(KEY_WORDS)})\b")
_ANY_CASE = re.compile(_KEY_WORD.pattern, re.I)
_STOP = re.compile("[.!?][\"'\u201d\u2019)\\]]*$")
_NO_END = frozenset({"e.g.", "i.e.", "cf.", "vs.", "resp.", "ca.", "No."})
_NAME = re.compile(r"[\w.-]*\w")
_CELLS = "|"
"""Separates the cells of a row."""

_SILENT = (
    *(nodes.title, nodes.subtitle, nodes.comment, nodes.literal_block, nodes.doctest_block),
    *(nodes.math_block, nodes.raw, nodes.substitution_definition, nodes.system_message),
    *(nodes.image, nodes.target, nodes.label),
)
_LISTS = (
    *(nodes.bullet_list, nodes.enumerated_list, nodes.definition_list, nodes.field_list),
    *(nodes.block_quote, nodes.table, nodes.line_block, nodes.literal_block, nodes.container),
)


class _Word(NamedTuple):
    text: str
    line: int
    is_literal: bool


class _Unit(NamedTuple):
    """A block of running text, with the term under which it stands.

    `is_row`: it is a row of a table, a term, or code, and so one sentence.
    """

    words: tuple[_Word, ...]
    term: str
    is_row: bool


def fingerprint(text: str, key_words: Sequence[str]) -> str:
    """Return the fingerprint of a sentence; line breaks, blanks and markup have no part in it.

    The key words do: one in double backquotes is only mentioned.
    """
    content = " ".join(text.split()) + "\n" + "\n".join(key_words)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def with_key_words(text: str, key_words: Sequence[str]) -> str | None:
    """Return a sentence with other key words, in order; None if it has not as many."""
    rest = list(key_words)
    changed, count = _ANY_CASE.subn(lambda _: rest.pop(0) if rest else "", text)
    return changed if count == len(key_words) and not rest else None


def sentences(
    document: nodes.document,
    found: Sequence[Section],
    defining: Iterable[Section],
    names: Iterable[str],
) -> tuple[StatedSentence, ...]:
    """Return the sentences of all sections.

    `is_tracked` is set for those of the `defining` sections and of what stands below them, of each
    section that has a key word, one of the `names`, or a citation, and for rows of tables below the
    title.
    """
    replaced = {name.lower(): node.astext() for name, node in document.substitution_defs.items()}
    counts = Counter(section.heading for section in found)
    definitions = {id(section.node) for section in defining}
    known = set(names)
    result: list[StatedSentence] = []
    before = [node for node in document.children if not isinstance(node, nodes.section)]
    parts = [("", before, None), *((_place(s, counts), s.body, s.node) for s in found)]
    for place, body, node in parts:
        units = list(_units(body, "", False, replaced))
        own = [(unit, one) for unit in units for one in _sentences(unit)]
        is_defining = node is not None and any(id(each) in definitions for each in _above(node))
        is_normative = is_defining or any(
            _key_words(words)
            or not known.isdisjoint(_NAME.findall(f"{unit.term} {_text(words)}"))
            or CITED.search(_text(words))
            for unit, words in own
        )
        is_title = bool(found) and node is found[0].node
        for unit, words in own:
            key_words, text = _key_words(words), _text(words)
            if not key_words and text.endswith(":") and len(words) <= _LABEL:
                continue
            is_row = unit.is_row and node is not None and not is_title
            result.append(
                StatedSentence(
                    place,
                    unit.term,
                    words[0].line,
                    text,
                    key_words,
                    fingerprint(text, key_words),
                    is_normative or is_row,
                    " ".join(word.text for word in words if word.line == words[0].line),
                )
            )
    return tuple(result)


_LABEL = 2
"""Words without a key word that end in a colon, such as "Example:", are no sentence."""


def _place(section: Section, counts: Counter[str]) -> str:
    """Return the heading; below its parent's if another section has the same."""
    above = section.node.parent
    if counts[section.heading] > 1 and isinstance(above, nodes.section):
        title = above.next_node(nodes.title)
        return f"{text_of(title)} / {section.heading}" if title else section.heading
    return section.heading


def _above(node: nodes.Node | None) -> Iterator[nodes.Node]:
    while node is not None:
        yield node
        node = node.parent


def _units(
    body: Iterable[nodes.Node], term: str, is_led: bool, replaced: dict[str, str]
) -> Iterator[_Unit]:
    """Yield the blocks of text below some nodes, in the order of the text."""
    introduces = False
    rest = list(body)
    while rest:
        node = rest.pop(0)
        led = is_led or (introduces and isinstance(node, _LISTS))
        introduces = False
        if isinstance(node, nodes.literal_block) and led and not is_led:
            yield _Unit(tuple(_words(node, replaced)), term, True)
        elif isinstance(node, (*_SILENT, nodes.section)):
            continue
        elif isinstance(node, nodes.row):
            words = [
                word
                for cell in node.children
                for word in (*_all_words(cell, replaced), _Word(_CELLS, line_of(cell), True))
            ]
            yield _Unit(tuple(words[:-1]), term, True)
        elif isinstance(node, nodes.definition_list_item):
            yield from _entry(node, led, replaced)
        elif is_term(node) and rest and isinstance(rest[0], nodes.block_quote):
            yield from _units(rest.pop(0).children, text_of(node), led, replaced)
        elif isinstance(node, nodes.TextElement):
            unit = _Unit(tuple(_words(node, replaced)), term, False)
            yield unit
            last = [*_sentences(unit)][-1:]
            introduces = any(
                _text(words).endswith(":") and (led or _key_words(words)) for words in last
            )
        elif isinstance(node, nodes.Element):
            yield from _units(node.children, term, led, replaced)


def _entry(item: nodes.Element, is_led: bool, replaced: dict[str, str]) -> Iterator[_Unit]:
    """Yield the blocks of a definition; its term is a block too if it has a key word."""
    terms = [child for child in item.children if not isinstance(child, nodes.definition)]
    words = tuple(word for child in terms for word in _words(child, replaced))
    term = _text(words)
    if _key_words(words):
        yield _Unit(words, term, True)
    bodies = [child for child in item.children if isinstance(child, nodes.definition)]
    for body in bodies:
        yield from _units(body.children, term, is_led, replaced)


def _all_words(node: nodes.Node, replaced: dict[str, str]) -> Iterator[_Word]:
    """Yield the words of all blocks below a node."""
    if isinstance(node, nodes.TextElement):
        yield from _words(node, replaced)
    elif not isinstance(node, nodes.system_message):
        for child in node.children:
            yield from _all_words(child, replaced)


def _words(node: nodes.Node, replaced: dict[str, str]) -> Iterator[_Word]:
    """Yield the words of a block with their lines."""
    line = line_of(node)
    pieces = [*_pieces(node, replaced, False)]
    text = "".join(piece for piece, _ in pieces)
    literal = "".join(("1" if is_literal else "0") * len(piece) for piece, is_literal in pieces)
    counted = 0
    for found in re.finditer(r"\S+", text):
        start = found.start()
        line += text.count("\n", counted, start)
        counted = start
        yield _Word(found[0], line, "0" not in literal[start : found.end()])


def _pieces(
    node: nodes.Node, replaced: dict[str, str], is_literal: bool
) -> Iterator[tuple[str, bool]]:
    if isinstance(node, nodes.Text):
        yield str(node), is_literal
    elif isinstance(node, nodes.substitution_reference):
        yield replaced.get(node["refname"].lower(), node.astext()), is_literal
    elif isinstance(node, nodes.footnote_reference | nodes.citation_reference):
        yield f"[{node.get('refname') or node.astext()}]", is_literal
    elif not isinstance(node, nodes.system_message):
        for child in node.children:
            yield from _pieces(child, replaced, is_literal or isinstance(node, nodes.literal))


def _sentences(unit: _Unit) -> Iterator[tuple[_Word, ...]]:
    """Yield the sentences of a block."""
    start = 0
    for place, word in enumerate(unit.words):
        after = unit.words[place + 1 : place + 2]
        is_end = not after or (not unit.is_row and _ends(word, after[0]))
        if is_end:
            yield unit.words[start : place + 1]
            start = place + 1


def _ends(word: _Word, after: _Word) -> bool:
    """Return whether a sentence ends between two words: a stop, and no small letter after it."""
    if word.is_literal or _STOP.search(word.text) is None or word.text.lstrip("(") in _NO_END:
        return False
    first = after.text.lstrip("\"'\u201c\u2018([*")[:1]
    return after.is_literal or not first.islower()


def _text(words: Sequence[_Word]) -> str:
    return " ".join(word.text for word in words)


def _key_words(words: Sequence[_Word]) -> tuple[str, ...]:
    shown = " ".join("\0" if word.is_literal else word.text for word in words)
    return tuple(_KEY_WORD.findall(shown))
