"""Comparison of the sentences of a text with what they are tied to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from flux_conform.language.specification import Specification
from flux_conform.rfc.clauses import clauses
from flux_conform.rfc.difference import Difference
from flux_conform.rfc.sentences import fingerprint, with_key_words
from flux_conform.rfc.stated import StatedSentence, StatedText
from flux_conform.rfc.ties import Tie
from flux_conform.text import cut

BINDING = {
    "MUST": frozenset({"MUST", "MUST NOT", "SHALL", "SHALL NOT", "REQUIRED"}),
    "SHOULD": frozenset({"SHOULD", "SHOULD NOT", "RECOMMENDED", "NOT RECOMMENDED"}),
}
"""The key words that lay down a rule of a level; those of MUST lay down any."""

_SHOWN = 72
"""Characters of a sentence that a message quotes."""


_Gaps = list[tuple[list[Tie], list[StatedSentence]]]
"""Ties and sentences between those that stand as they were tied."""


class Change(NamedTuple):
    """A pair of a tie and the sentence that stands in its place, and how they differ.

    The tie is None for a new sentence, the sentence None for one that is gone.
    """

    kind: str
    tie: Tie | None
    sentence: StatedSentence | None
    detail: str = ""


class Matched(NamedTuple):
    """The sentences that stand as they were tied, and the changes; those that are gone are last."""

    same: tuple[tuple[Tie, StatedSentence], ...]
    changes: tuple[Change, ...]


def compare(
    text: StatedText, ties: Sequence[Tie], specification: Specification
) -> Iterator[Difference]:
    """Yield the sentences that are new, changed, moved or gone, and the ties to be reviewed."""
    matched = match(text.sentences, ties)
    says = {clause.id: clause.says for clause in clauses(specification)}
    lines = _lines_of_sections(text)
    renamed = _renamed(matched)
    for (old, new), moved in renamed.items():
        first = moved[0].sentence
        assert first is not None
        yield Difference(
            kind="sentence-moved",
            what=f'the {len(moved)} sentences of "{old}" stand under "{new}" now',
            line=first.line,
            mark=first.mark,
            model="; ".join(dict.fromkeys(each.tie.answer for each in moved if each.tie)),
            remedy="renew their ties with `flux-conform rfc tie`, if the heading alone is another",
        )
    for change in matched.changes:
        if _sections(change) not in renamed:
            yield _difference(change, says, lines)
    for tie, sentence in matched.same:
        if tie.is_proposed:
            yield Difference(
                kind="sentence-proposed",
                what=f"nobody has reviewed the tie of {_quoted(sentence)}",
                line=sentence.line,
                mark=sentence.mark,
                model=_answer(tie, says),
                rule=_rule(tie),
                remedy="compare the two, correct the tie, and remove its `proposed: true`",
            )
    yield from _levels([tie for tie, _ in matched.same], text, specification)


def _sections(change: Change) -> tuple[str, str] | None:
    """Return the sections between which a sentence moved; None if it did not."""
    if change.kind != "sentence-moved" or change.tie is None or change.sentence is None:
        return None
    return change.tie.section, change.sentence.section


def _renamed(matched: Matched) -> dict[tuple[str, str], list[Change]]:
    """Find headings that were renamed: what is left of a section moved to one that is new."""
    moved: dict[tuple[str, str], list[Change]] = {}
    for change in matched.changes:
        if (sections := _sections(change)) and sections[0] != sections[1]:
            moved.setdefault(sections, []).append(change)
    tied = [*(tie for tie, _ in matched.same), *(each.tie for each in matched.changes)]
    before = {tie.section for tie in tied if tie is not None}
    stand = {tie.section for tie, _ in matched.same}
    stand |= {each.sentence.section for each in matched.changes if each.tie and each.sentence}
    sources = [old for old, _ in moved]
    return {
        (old, new): changes
        for (old, new), changes in moved.items()
        if len(changes) > 1 and old not in stand and new not in before and sources.count(old) == 1
    }


def match(sentences: Sequence[StatedSentence], ties: Sequence[Tie]) -> Matched:
    """Find the sentence of each tie."""
    same: list[tuple[Tie, StatedSentence]] = []
    gaps: _Gaps = []
    places: dict[tuple[str, str], tuple[list[Tie], list[StatedSentence]]] = {}
    for tie in ties:
        places.setdefault(_place(tie), ([], []))[0].append(tie)
    for one in sentences:
        places.setdefault(_place(one), ([], []))[1].append(one)
    for old, new in places.values():
        was = [one.fingerprint for one in old]
        steps = SequenceMatcher(None, was, [one.fingerprint for one in new], autojunk=False)
        for tag, i, j, k, m in steps.get_opcodes():
            if tag == "equal":
                same += zip(old[i:j], new[k:m], strict=True)
            else:
                gaps.append((old[i:j], new[k:m]))
    # A sentence that was reworded where it stands has not moved to where another has its old words.
    changes = [*_reworded(gaps), *_moved(gaps)]
    for old, new in gaps:
        pairs = list(zip(old, new, strict=False))
        changes += [Change("sentence-changed", tie, one) for tie, one in pairs]
        changes += [Change("sentence-gone", tie, None) for tie in old[len(pairs) :]]
        changes += [
            Change("sentence-new", None, one) for one in new[len(pairs) :] if one.is_tracked
        ]
    same.sort(key=lambda pair: pair[1].line)
    changes.sort(key=lambda change: change.sentence.line if change.sentence else float("inf"))
    return Matched(tuple(same), tuple(changes))


def _place(one: Tie | StatedSentence) -> tuple[str, str]:
    return one.section, one.term


def _moved(gaps: _Gaps) -> Iterator[Change]:
    """Yield, and take out of the gaps, sentences that stand elsewhere in the same words."""
    standing: dict[str, list[tuple[list[StatedSentence], StatedSentence]]] = {}
    for _, new in gaps:
        for one in new:
            standing.setdefault(one.fingerprint, []).append((new, one))
    for old, _ in gaps:
        for tie in list(old):
            if elsewhere := standing.get(tie.fingerprint):
                new, one = elsewhere.pop(0)
                old.remove(tie)
                new.remove(one)
                yield Change("sentence-moved", tie, one)


def _reworded(gaps: _Gaps) -> Iterator[Change]:
    """Yield, and take out, sentences that differ from the tied ones by their key words alone."""
    for old, new in gaps:
        for tie in list(old):
            for one in new:
                if one.fingerprint == tie.fingerprint:
                    continue
                before = with_key_words(one.text, tie.key_words) if tie.key_words else None
                if before is not None and fingerprint(before, tie.key_words) == tie.fingerprint:
                    old.remove(tie)
                    new.remove(one)
                    is_now = ", ".join(one.key_words) or "none in capitals"
                    detail = f"its key words were {', '.join(tie.key_words)}, and are {is_now}"
                    yield Change("sentence-changed", tie, one, detail)
                    break


def _lines_of_sections(text: StatedText) -> dict[str, int]:
    lines: dict[str, int] = {}
    for one in text.sentences:
        lines.setdefault(one.section, one.line)
    return lines


def _difference(change: Change, says: dict[str, str], lines: dict[str, int]) -> Difference:
    kind, tie, one, detail = change
    model = "no tie answers it" if tie is None else _answer(tie, says)
    what = _what(change)
    remedy = {
        "sentence-new": "find what answers it in the model; `flux-conform rfc tie` proposes a tie",
        "sentence-changed": "hold its answer against it, then renew the tie with "
        "`flux-conform rfc tie`",
        "sentence-moved": "see whether it means the same there, then renew the tie with "
        "`flux-conform rfc tie`",
        "sentence-gone": "see whether its answer still holds, then drop the tie with "
        "`flux-conform rfc tie`",
    }[kind]
    return Difference(
        kind=kind,
        what=f"{what}: {detail}" if detail else what,
        line=lines.get(tie.section if tie else "", 1) if one is None else one.line,
        mark="" if one is None else one.mark,
        model=model,
        rule=None if tie is None else _rule(tie),
        remedy=remedy,
    )


def _what(change: Change) -> str:
    kind, tie, one, _ = change
    if one is None:
        assert tie is not None
        words = f", with {', '.join(tie.key_words)}," if tie.key_words else ""
        return f"a sentence{words} is gone from {_named(tie)}"
    if kind == "sentence-moved":
        assert tie is not None
        to = "another position" if _place(tie) == _place(one) else _named(one)
        return f"a sentence moved from {_named(tie)} to {to}: {_quoted(one)}"
    if kind == "sentence-changed":
        return f"a sentence of {_named(one)} changed; it reads {_quoted(one)}"
    return f"a sentence of {_named(one)} is new: {_quoted(one)}"


def _named(one: Tie | StatedSentence) -> str:
    section = f'"{one.section}"' if one.section else "the beginning"
    return f'{section}, "{one.term}"' if one.term else section


def _quoted(one: StatedSentence) -> str:
    return f'"{cut(one.text, _SHOWN)}"'


def _answer(tie: Tie, says: dict[str, str]) -> str:
    said = " ".join(says[rule] for rule in tie.rules[:1])
    return f"{tie.answer}: {said}" if len(tie.rules) == 1 and not tie.claims else tie.answer


def _rule(tie: Tie) -> str | None:
    return tie.rules[0] if len(tie.rules) == 1 else None


def _levels(
    ties: Sequence[Tie], text: StatedText, specification: Specification
) -> Iterator[Difference]:
    """Yield the binding rules that no sentence of their level is tied to."""
    for clause in clauses(specification):
        if clause.level not in BINDING or text.rfc not in (None, clause.rfc):
            continue
        own = [tie for tie in ties if clause.id in tie.rules]
        words = {word for tie in own for word in tie.key_words}
        if words & (BINDING["MUST"] | BINDING[clause.level]):
            continue
        line = next((one.line for one in text.sentences if one.section == clause.section), None)
        bears = f"the sentences tied to it bear {', '.join(sorted(words)) or 'no key word'}"
        yield Difference(
            kind="rule-level",
            what=f"{clause.id} is {clause.level}, but "
            + (bears if own else "no sentence is tied to it"),
            line=line or text.title_line,
            model=clause.says,
            rule=clause.id,
        )
