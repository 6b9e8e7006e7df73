"""Reads a specification file: YAML text in, a Specification or every fault of the file out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from collections.abc import Mapping as MappingOf
from functools import lru_cache

from flux_conform.artefacts import artefact
from flux_conform.language import document
from flux_conform.language.authority import SITE, is_number, may_stand, rfc_of
from flux_conform.language.changes.tree import Neighbour, read_changed, read_neighbour, read_whole
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.format_rules import LINE_CHECKS, LineRule
from flux_conform.language.lane_meaning import with_lanes
from flux_conform.language.line_form import LineForm
from flux_conform.language.loading.awaited_claims import with_awaited_claims
from flux_conform.language.loading.awaited_rows import read_waits
from flux_conform.language.loading.declarations import read_names, read_variables
from flux_conform.language.loading.event_rules import (
    read_events,
    read_findings,
    read_report,
    read_rules,
)
from flux_conform.language.loading.examples import read_examples
from flux_conform.language.loading.expression_reader import ExpressionReader
from flux_conform.language.loading.fields import Fields, SpecificationFile, by_id
from flux_conform.language.loading.lane_reader import read_lanes
from flux_conform.language.loading.properties import read_properties, read_questions
from flux_conform.language.loading.states import (
    read_generations,
    read_states,
    read_transitions,
    read_virtual_states,
)
from flux_conform.language.map_keys import NotKnown, with_keys
from flux_conform.language.names import path_of
from flux_conform.language.scenarios import Misfit
from flux_conform.language.shapes import Located
from flux_conform.language.specification import Context, Source, Specification, TypedContext
from flux_conform.language.types import Record
from flux_conform.language.yaml_nodes import (
    FaultList,
    Mapping,
    Node,
    read_nodes,
    read_text,
    value_of,
)

FindLines = Callable[[str], str]
"""Gives the path of the file that holds the line rules of a format."""


Rehearse = Callable[[Specification], Iterable[Misfit]]
"""Judges the scenarios of a specification, and gives what does not fit."""


def load_file(path: str, rehearse: Rehearse | None = None) -> Specification:
    """The specification in a file. Raises SpecificationFaults with every fault in it.

    The rules of its lines are in a file in the same folder or, if there is none, in the package's.
    With `rehearse` a scenario that does not fit is a fault; `flux_conform.machine.rehearsal` has
    one. A scenario that a change inherits need not fit.
    """
    faults = FaultList(path)
    return _load(read_whole(read_text(path), faults), faults, rehearse=rehearse)


def load_text(text: str, file: str, find_lines: FindLines) -> Specification:
    """The specification in a text.

    `file` names the text in faults; `find_lines` gives the path of the file that holds the line
    rules of a format. Raises SpecificationFaults.
    """
    faults = FaultList(file)
    return _load(read_whole(text, faults), faults, find_lines)


def load_neighbour(base: str) -> Neighbour:
    """What `load_changed` needs of a file or a name such as `load` takes, read once for many.

    Raises SpecificationFaults, or UnknownMachine if there is no such base.
    """
    return read_neighbour(path_of(base))


def load_changed(base: str | Neighbour, change: str, file: str = "<change>") -> Specification:
    """The specification that a change makes of another.

    `base` is a file or a name such as `load` takes, or what `load_neighbour` gave for it; `change`
    the text of the change, as YAML or JSON, without its key `change`; `file` names that text in
    faults. Raises SpecificationFaults, or UnknownMachine if there is no such base.
    """
    faults = FaultList(file)
    neighbour = load_neighbour(base) if isinstance(base, str) else base
    return _load(read_changed(neighbour, change, faults), faults)


def change_neighbour(base: Neighbour, change: str, file: str = "<change>") -> Neighbour:
    """The neighbour with a change put into it, for the next one. Raises SpecificationFaults.

    Whether a specification can be loaded from it is not judged.
    """
    faults = FaultList(file)
    tree = read_changed(base, change, faults)
    if faults.faults:
        raise faults.error()
    return Neighbour(tree, faults.texts)


def load_neighbouring(
    neighbour: Neighbour, file: str = "<change>", *, claims: bool = True
) -> Specification:
    """The specification in a neighbour. Raises SpecificationFaults.

    Without `claims` it has none and no scenarios, whose faults then do not count.
    """
    faults = FaultList(file)
    faults.texts.update(neighbour.texts)
    tree = neighbour.tree
    if not claims and isinstance(tree, Mapping):
        pairs = (pair for pair in tree.pairs if pair[0].text not in ("properties", "scenarios"))
        tree = tree._replace(pairs=tuple(pairs))
    return _load(tree, faults)


def _load(
    tree: Node,
    faults: FaultList,
    find_lines: FindLines | None = None,
    rehearse: Rehearse | None = None,
) -> Specification:
    root = document.MACHINE.read(tree, faults)
    if root is None:
        raise faults.error()
    file = SpecificationFile(root.value, faults)
    specification = _specification(file, find_lines)
    if rehearse is not None and not faults.faults:
        _note_misfits(file, rehearse(specification))
    if faults.faults:
        raise faults.error()
    return specification


def _note_misfits(file: SpecificationFile, misfits: Iterable[Misfit]) -> None:
    scenarios = file.fields.table("scenarios")
    for misfit in misfits:
        located = scenarios[misfit.scenario]
        if located.mark.file not in (None, file.faults.file):
            continue  # a change may well make another of it
        fields = Fields(located.value)
        if misfit.field is not None and misfit.field in fields:
            located = fields[misfit.field]
        elif misfit.step is not None:
            located = fields.listed("steps")[misfit.step]
        file.faults.add(located.mark, misfit.message, expected=misfit.expected)


def _specification(file: SpecificationFile, find_lines: FindLines | None) -> Specification:
    """The values of a file; they are complete only if no fault was noted."""
    virtual_states = read_virtual_states(file)
    names = read_names(file, virtual_states)
    reader = ExpressionReader(file, names)
    examples = read_examples(file, names.contexts, names.unclear)
    states, report = read_states(file), read_report(file, reader)
    form = _form(file, names.contexts)
    specification = Specification(
        name=file.fields.text("machine"),
        title=file.fields.text("title"),
        source=_source(file),
        generations=read_generations(file, reader),
        states=states,
        virtual_states=virtual_states,
        definitions=tuple(
            definition
            for name, definition in names.definitions.items()
            if name not in file.fields.table("virtual states")
        ),
        variables=read_variables(file, names.variables),
        events=read_events(file, reader, examples.contexts),
        transitions=read_transitions(file, virtual_states, reader),
        findings=read_findings(file, states),
        lines=tuple(
            line
            for line in _lines(file, find_lines)
            if form is None or line.check not in form.unchecked
        ),
        rules=read_rules(file, reader),
        report=report,
        properties=read_properties(file, reader, states, virtual_states, report),
        questions=read_questions(file),
        participants=examples.participants,
        scenarios=examples.scenarios,
        fields=form,
        lanes=read_lanes(file, reader),
        waits=read_waits(file, reader, states, virtual_states),
    )
    if file.faults.faults:
        return specification
    members = {name: lane.member for name, lane in names.lanes.items()}
    try:
        return with_awaited_claims(with_keys(with_lanes(specification, members)))
    except NotKnown as error:
        variable = file.fields.table("variables")[error.variable]
        remedy = "effects that give it a key of the event, another variable or {}"
        file.faults.add(variable.mark, str(error), expected=remedy)
        return specification


def _form(file: SpecificationFile, contexts: MappingOf[str, Context]) -> LineForm | None:
    """How lines name their parts; None where that is as in an eventlog."""
    given = file.fields.table("fields")
    form = LineForm()
    for part, located in given.items():
        key = located.value.removeprefix(".").strip('"')
        parts = {part: None if located.value in ("none", ".") else key}
        form = form._replace(**parts)  # type: ignore[arg-type]  # the name's is never none
    named = [key for key in form if key is not None]
    if len(set(named)) < len(named):
        twice = next(key for key in named if named.count(key) > 1)
        file.faults.add(file.fields["fields"].mark, f'two parts of a line have the key "{twice}"')
    if form.context is None:
        _note_unwritable(file, contexts, set(named))
    return None if form == LineForm() else form


def _note_unwritable(
    file: SpecificationFile, contexts: MappingOf[str, Context], taken: set[str]
) -> None:
    """Note contexts that no line can hold beside its name and its time."""
    for name, event in file.fields.table("events").items():
        located, context = event.value.get("context"), contexts[name]
        if located is None or not isinstance(context, TypedContext):
            continue
        for key, _ in located.node.pairs if isinstance(located.value, dict) else ():
            if key.text in taken:
                what = "the name or the time"
                file.faults.add(key.mark, f'the key "{key.text}" of a line holds {what} of events')
        if not isinstance(context.type, Record):
            # Where none is there, it could not be told whether it is empty or absent.
            message = "a context whose keys stand beside the name has them by name"
            file.faults.add(located.mark, message, expected="keys with types, empty or any")


def _source(file: SpecificationFile) -> Source:
    fields = file.fields.table("source")
    values = {name: field.value for name, field in fields.items()}
    if "text" in fields and fields["text"].mark.file not in (None, file.faults.file):
        values["text"] = None  # a text is of one specification
    _note_source(file.fields.get("source"), file.faults)
    rest = (values.get(name) for name in Source._fields[1:])
    return Source(values.get("rfc", 0), *rest)


def _note_source(source: Located | None, faults: FaultList) -> None:
    """Note a source that is not either an RFC or one that has a name."""
    if source is None:
        return
    name = source.value.get("name")
    if name is not None and "rfc" in source.value:
        faults.add(name.mark, "the source is an RFC already", expected="rfc or name, not both")
    elif value_of(source.node, "name") is value_of(source.node, "rfc"):  # neither is given
        faults.add(source.mark, "the source has no name", expected="rfc: its number, or name")
    elif name is not None and (is_number(name.value) or name.value == SITE):
        remedy = "rfc: its number" if is_number(name.value) else "the name of what was read"
        faults.add(name.mark, f'"{name.value}" names no source', expected=remedy)


def _lines(file: SpecificationFile, find_lines: FindLines | None) -> tuple[LineRule, ...]:
    if "lines" not in file.fields:
        return ()
    name = file.fields["lines"]
    path = _find_lines(name) if find_lines is None else find_lines(name.value)
    try:
        return load_lines(path)
    except SpecificationFaults as error:
        first = error.faults[0]
        file.faults.add(name.mark, f'the format "{name.value}" cannot be loaded: {first}')
        return ()


def _find_lines(name: Located) -> str:
    """The file with a format's rules: in the folder of the file that names it, or the package's."""
    beside = os.path.join(os.path.dirname(name.mark.file or ""), f"{name.value}.yaml")
    packaged = os.path.join(artefact("model"), f"{name.value}.yaml")
    return packaged if os.path.exists(packaged) and not os.path.exists(beside) else beside


def load_lines(path: str) -> tuple[LineRule, ...]:
    """The rules of a log's lines, from their file. Raises SpecificationFaults."""
    return _line_rules(path, read_text(path))


# Many specifications name the same format, among them all revisions of one.
@lru_cache(maxsize=16)
def _line_rules(path: str, text: str) -> tuple[LineRule, ...]:
    faults = FaultList(path)
    root = document.LINES.read(read_nodes(text, faults), faults)
    if root is None or faults.faults:
        raise faults.error()
    _note_source(root.value["source"], faults)
    source = Fields(root.value["source"].value).text("name")
    rules = []
    for name, item in by_id(root.value["rules"].value, "rule", faults):
        values = {key: field.value for key, field in item.value.items()}
        if not may_stand(name, source):
            faults.add(item.value["id"].mark, f'"{name}" is no rule of this source')
        check = values["check"]
        if check not in LINE_CHECKS:
            mark = item.value["check"].mark
            faults.add(mark, f'unknown check "{check}"', name=check, among=LINE_CHECKS)
        rules.append(LineRule(**values, rfc=rfc_of(name)))
    if faults.faults:
        raise faults.error()
    return tuple(sorted(rules, key=lambda rule: LINE_CHECKS.index(rule.check)))
