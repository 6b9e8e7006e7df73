"""Ties for a text: those that still hold, and proposals for what is new or changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flux_conform.language.specification import Specification, UndefinedContext
from flux_conform.rfc import facts
from flux_conform.rfc.clauses import Clause, clauses
from flux_conform.rfc.compare_sentences import BINDING, Change, match
from flux_conform.rfc.stated import CITED, StatedSentence, StatedText
from flux_conform.rfc.ties import Tie

_NAME = re.compile(r"[\w.-]*\w")
_OF_CONTEXT = re.compile(r"\bcontext\b|\bkeys?\b", re.I)
_QUESTION = "question/"


class Renewed(NamedTuple):
    """The ties of a text as it stands, and what changed."""

    ties: tuple[Tie, ...]
    changes: tuple[Change, ...]


def renew(text: StatedText, ties: Sequence[Tie], specification: Specification) -> Renewed:
    """Return the ties of a text; those of changed, moved and new sentences are proposals."""
    matched = match(text.sentences, ties)
    of = {id(one): tie for tie, one in matched.same}
    for change in matched.changes:
        if change.tie is not None and change.sentence is not None:
            of[id(change.sentence)] = _at(change.tie, change.sentence)
    proposer = Proposer(text, specification)
    found = [
        of.get(id(one)) or proposer(one)
        for one in text.sentences
        if one.is_tracked or id(one) in of
    ]
    return Renewed(tuple(found), matched.changes)


def _at(tie: Tie, one: StatedSentence) -> Tie:
    return tie._replace(
        section=one.section,
        term=one.term,
        key_words=one.key_words,
        fingerprint=one.fingerprint,
        is_proposed=True,
    )


class Proposer:
    """Proposes what answers a sentence: by what it cites, by its section, and by its key words."""

    def __init__(self, text: StatedText, specification: Specification) -> None:
        self.specification = specification
        self.clauses = clauses(specification)
        self.events = {event.heading.lower(): event.name for event in text.events}
        self.known = {event.name: event for event in specification.events}
        self.states = {
            *(state.name for state in specification.states),
            *(union.name for union in specification.virtual_states),
        }

    def __call__(self, one: StatedSentence) -> Tie:
        """Return a proposal."""
        tie = Tie(one.section, one.term, one.key_words, one.fingerprint, is_proposed=True)
        rules, questions = self._cited(one.text)
        if rules or questions:
            return tie._replace(rules=rules, questions=questions)
        heading = one.section.rpartition(" / ")[2].lower()
        event = self.events.get(heading, "")
        rules = tuple(dict.fromkeys(clause.id for clause in self._likely(one, heading, event)))
        if rules:
            return tie._replace(rules=rules)
        model = tuple(self._named(one, event))
        if model:
            return tie._replace(model=model)
        why = "nothing in the model is near; say why no log can tell"
        if one.key_words and set(one.key_words) <= {"MAY", "OPTIONAL"}:
            why = "what may be done forbids nothing"
        elif not one.key_words:
            why = "it explains, and asks nothing of a log"
        return tie._replace(unchecked=why)

    def _cited(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        cited = tuple(dict.fromkeys(CITED.findall(text)))
        rules = {clause.id for clause in self.clauses}
        questions = {question.id for question in self.specification.questions}
        about = (one.removeprefix(_QUESTION) for one in cited if one.startswith(_QUESTION))
        return tuple(one for one in cited if one in rules), tuple(
            one for one in about if one in questions
        )

    def _likely(self, one: StatedSentence, heading: str, event: str) -> Iterator[Clause]:
        """Yield the rules on the event, or of the section, whose level the key words lay down."""
        of_context = self._context_rule(event)
        if event and (one.term or _OF_CONTEXT.search(one.text)):
            yield from (clause for clause in self.clauses if clause.id == of_context)
            return
        levels = [level for level, words in BINDING.items() if words & set(one.key_words)]
        for clause in self.clauses:
            is_near = clause.section.lower() == heading
            if event:
                # The subject of a rule on all events is in its id alone.
                is_near = event in clause.on or clause.id.split("/")[1] == event
            if is_near and clause.level in levels and clause.id != of_context:
                yield clause

    def _context_rule(self, event: str) -> str | None:
        if event not in self.known:
            return None
        is_undefined = isinstance(self.known[event].context, UndefinedContext)
        kind = "no-context" if is_undefined else "context"
        return facts.rule_of(self.specification, kind, event)

    def _named(self, one: StatedSentence, event: str) -> Iterator[str]:
        """Yield the parts of the model that a definition is about."""
        words = _NAME.findall(one.text)
        if one.term in self.states:
            yield one.term
            for row in facts.edges(self.specification):
                if row.source == one.term and row.event in words:
                    yield row.event
        elif event in self.known:
            yield event
