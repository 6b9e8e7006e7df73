"""Ties: what answers each sentence of an RFC's text, kept beside the model.

A tie names its sentence by section, term and fingerprint, never by its words, and says which rules,
claims, open questions, states and events of the model say the same, or why nothing can be checked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flux_conform.artefacts import ArtefactMissing, artefact
from flux_conform.language.loading.fields import Fields
from flux_conform.language.names import UnknownMachine, is_file, revision_of, sources_of
from flux_conform.language.shapes import FLAG, Choice, Field, Items, Located, Record, Text
from flux_conform.language.specification import Specification
from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text
from flux_conform.rfc.clauses import clauses
from flux_conform.rfc.stated import KEY_WORDS

FOLDER = "sentences"
"""The folder of the files of ties, beside the specifications."""


class Tie(NamedTuple):
    """What answers one sentence; exactly one of the answers and `unchecked` is given.

    `model` names states, virtual states and events. `is_proposed`: nobody has reviewed it yet.
    """

    section: str
    term: str
    key_words: tuple[str, ...]
    fingerprint: str
    rules: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    unchecked: str = ""
    is_proposed: bool = False

    @property
    def answer(self) -> str:
        """The answer in words."""
        named = {"rule": self.rules, "claim": self.claims, "open question": self.questions}
        parts = [
            f"{word}{'s' if len(names) > 1 else ''} {', '.join(names)}"
            for word, names in named.items()
            if names
        ]
        parts += [f"the model's {', '.join(self.model)}"] if self.model else []
        parts += [f"cannot be checked: {self.unchecked}"] if self.unchecked else []
        return "; ".join(parts)


_NAMES = Items(Text("a name"), single=True)
_ANSWERS = {
    "rules": "the rules that say the same, by id",
    "claims": "the properties that say the same, by id",
    "questions": "the open questions about it, by id",
    "model": "the states, virtual states and events that say the same",
}
_TIE = Record(
    "a tie",
    {
        "section": Field(Text("a heading"), "the heading above the sentence", True),
        "term": Field(Text("a term"), "the term in whose description it stands"),
        "words": Field(Items(Choice(KEY_WORDS), single=True), "its key words, in order"),
        "sentence": Field(Text("24 hexadecimal digits", "[0-9a-f]{24}"), "its fingerprint", True),
        **{name: Field(_NAMES, says) for name, says in _ANSWERS.items()},
        "unchecked": Field(Text(), "why nothing can be checked"),
        "proposed": Field(FLAG, "whether nobody has reviewed the tie yet"),
    },
)
_TIES = Record(
    "a file of ties",
    {
        "text": Field(Text("the name of a text"), "rfcNN, or the name of another text", True),
        "machine": Field(Text("a name"), "the specification that answers", True),
        "edition": Field(Text(), "which edition of the text was tied, in words"),
        "sentences": Field(Items(_TIE), "the ties, in the order of the text", True),
    },
)


def name_of(file: str, rfc: int | None) -> str:
    """Return the name under which the ties of a text are kept."""
    return os.path.splitext(os.path.basename(file))[0] if rfc is None else f"rfc{rfc}"


def path_of(machine: str, name: str) -> str | None:
    """Return where the ties of a text are kept, whether or not there are any; None if nowhere.

    Those of a revision (`job@2022-07`) have its date in their name.
    """
    if is_file(machine) or os.path.isfile(machine):
        return os.path.join(os.path.dirname(machine), FOLDER, f"{name}.yaml")
    try:
        folder = os.path.relpath(artefact("model", FOLDER))
        packaged, at, date = machine.partition("@")
        if at and (revision := revision_of(packaged, date)).file != sources_of(packaged)[0]:
            name = f"{name}@{revision.date}"
    except (ArtefactMissing, UnknownMachine):
        return None
    return os.path.join(folder, f"{name}.yaml")


def answers(ties: Iterable[Tie]) -> dict[str, int]:
    """Count ties by what answers them: the first of rules, claims, questions, model, unchecked."""
    kinds = (*_ANSWERS, "unchecked")
    counts = dict.fromkeys(kinds, 0)
    for tie in ties:
        counts[next(kind for kind in kinds if getattr(tie, kind))] += 1
    return counts


class Ties(NamedTuple):
    """The ties of a text, in its order; `edition` says which edition was tied, or is ""."""

    edition: str
    all: tuple[Tie, ...]


def read_ties(path: str, name: str, specification: Specification) -> Ties:
    """Return the ties of a file. Raises SpecificationFaults with every mistake in it."""
    faults = FaultList(path)
    root = _TIES.read(read_nodes(read_text(path), faults), faults)
    if root is None or faults.faults:
        raise faults.error()
    top = Fields(root.value)
    for key, expected in (("text", name), ("machine", specification.name)):
        if top.text(key) != expected:
            faults.add(top[key].mark, f"these are ties of {top.text(key)}", expected=expected)
    if faults.faults:
        raise faults.error()  # another specification lacks most of what is named
    known = _names(specification)
    ties = [_tie(item, known, faults) for item in top.listed("sentences")]
    if faults.faults:
        raise faults.error()
    return Ties(top.text("edition"), tuple(ties))


def _names(specification: Specification) -> dict[str, tuple[str, ...]]:
    names = (
        *(state.name for state in specification.states),
        *(union.name for union in specification.virtual_states),
        *(event.name for event in specification.events),
    )
    return {
        "rules": tuple(clause.id for clause in clauses(specification)),
        "claims": tuple(each.id for each in specification.properties),
        "questions": tuple(each.id for each in specification.questions),
        "model": names,
    }


def _tie(item: Located, known: dict[str, tuple[str, ...]], faults: FaultList) -> Tie:
    fields = Fields(item.value)
    named = [name for name in _ANSWERS if fields.listed(name)]
    for name in named:
        for given in fields.listed(name):
            if given.value not in known[name]:
                what = {"model": "part"}.get(name, name.removesuffix("s"))
                message = f'the specification has no {what} "{given.value}"'
                faults.add(given.mark, message, name=given.value, among=known[name])
    if not named and "unchecked" not in fields:
        faults.add(
            item.mark,
            "nothing answers the sentence",
            expected=f"{', '.join(_ANSWERS)} or unchecked",
        )
    elif named and "unchecked" in fields:
        message = "what is answered is checked"
        faults.add(fields["unchecked"].mark, message, expected=f"either {named[0]} or unchecked")
    return Tie(
        fields.text("section"),
        fields.text("term"),
        fields.texts("words"),
        fields.text("sentence"),
        rules=fields.texts("rules"),
        claims=fields.texts("claims"),
        questions=fields.texts("questions"),
        model=fields.texts("model"),
        unchecked=fields.text("unchecked"),
        is_proposed=fields.flag("proposed"),
    )


def dumps(name: str, machine: str, ties: Ties) -> str:
    """Return the text of a file of ties."""
    lines = [
        "%YAML 1.2",
        "---",
        "# What answers each sentence of a text; docs/rfc-check.md says how to review it.",
        "# Written by `flux-conform rfc tie`. `sentence` is a fingerprint; no words are kept.",
        f"text: {name}",
        f"machine: {machine}",
        *([f"edition: {_scalar(ties.edition)}"] if ties.edition else []),
        "sentences:",
    ]
    section = None
    for tie in ties.all:
        if tie.section != section:
            lines += ["", f"  # {tie.section or 'before the first heading'}"]
            section = tie.section
        lines.append(f"  - {_line(tie)}")
    return "\n".join(lines) + ("\n" if section is not None else " []\n")


def _line(tie: Tie) -> str:
    fields = [f"section: {_scalar(tie.section)}"]
    fields += [f"term: {_scalar(tie.term)}"] if tie.term else []
    fields += [f"words: {_list(tie.key_words)}"] if tie.key_words else []
    fields.append(f'sentence: "{tie.fingerprint}"')
    for name in _ANSWERS:
        names: Sequence[str] = getattr(tie, name)
        fields += [f"{name}: {_list(names)}"] if names else []
    fields += [f"unchecked: {_scalar(tie.unchecked)}"] if tie.unchecked else []
    fields += ["proposed: true"] if tie.is_proposed else []
    return f"{{{', '.join(fields)}}}"


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, names))}]"


def _scalar(text: str) -> str:
    """Return a text as a flow scalar: plain if that is safe."""
    words = text.replace(" ", "").replace("/", "").replace("-", "").replace("_", "")
    is_plain = words.isascii() and words.isalnum() and words[0].isalpha()
    return text if is_plain else json.dumps(text, ensure_ascii=False)
