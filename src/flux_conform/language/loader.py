"""Reads a specification file: YAML text in, a Specification or every fault of the file out."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from flux_conform.artefacts import artefact
from flux_conform.language import document, typecheck
from flux_conform.language import types as t
from flux_conform.language.changes.tree import (
    Neighbour,
    read_changed,
    read_neighbour,
    read_whole,
)
from flux_conform.language.examples import read_examples
from flux_conform.language.expressions import (
    ABOUT,
    BUILT_IN_NAMES,
    FUNCTIONS,
    MAX_DEPTH,
    MAX_SIZE,
    Definition,
    Expression,
    Shape,
    extent,
)
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.names import path_of
from flux_conform.language.parser import SyntaxFault, parse_expression, parse_type
from flux_conform.language.shapes import Located
from flux_conform.language.specification import (
    ANY_EVENT,
    LINE_CHECKS,
    MOVES,
    PROPERTY_KINDS,
    QUESTION_KINDS,
    SILENT,
    STAYS,
    UNDEFINED,
    UNLISTED,
    AnyContext,
    Context,
    EmptyContext,
    Event,
    Generation,
    LineRule,
    LogEvent,
    MachineFinding,
    Property,
    Question,
    Reading,
    Rule,
    Source,
    Specification,
    State,
    Transition,
    TypedContext,
    UndefinedContext,
    Variable,
    VirtualState,
    members_of,
)
from flux_conform.language.values import start_value
from flux_conform.language.yaml_nodes import FaultList, Mark, Node, Scalar, read_nodes, read_text
from flux_conform.language.yaml_nodes import Mapping as MappingNode

Fields = dict[str, Located]


def load_file(path: str) -> Specification:
    """The specification in a file. Raises SpecificationFaults with all that is wrong in it.

    The rules of its lines stand in a file beside it or, where none is there, in the package's.
    """
    faults = FaultList(path)
    return _load(read_whole(read_text(path), faults), faults)


def load_text(text: str, file: str, find_lines: Callable[[str], str]) -> Specification:
    """The specification in a text.

    `file` names the text in faults; `find_lines` gives the path of the file that holds the line
    rules of a format. Raises SpecificationFaults.
    """
    faults = FaultList(file)
    return _load(read_whole(text, faults), faults, find_lines)


def load_neighbour(base: str) -> Neighbour:
    """What `load_changed` needs of a file or a name such as `load` takes, read once for many.

    Raises SpecificationFaults, or UnknownMachine where there is no such base.
    """
    return read_neighbour(path_of(base))


def load_changed(base: str | Neighbour, change: str, file: str = "<change>") -> Specification:
    """The specification that a change makes of another.

    `base` is a file or a name such as `load` takes, or what `load_neighbour` gave for it; `change`
    the text of the change, as YAML or JSON, without its key `change`; `file` names that text in
    faults. Raises SpecificationFaults, or UnknownMachine where there is no such base.
    """
    faults = FaultList(file)
    neighbour = load_neighbour(base) if isinstance(base, str) else base
    return _load(read_changed(neighbour, change, faults), faults)


def _load(
    tree: Node, faults: FaultList, find_lines: Callable[[str], str] | None = None
) -> Specification:
    root = document.MACHINE.read(tree, faults)
    if root is None:
        raise faults.error()
    specification = _Loader(root.value, faults).specification(find_lines)
    if faults.faults or specification is None:
        raise faults.error()
    return specification


def _find_lines(name: Located) -> str:
    """The file with a format's rules: beside the file that names it, or the package's."""
    beside = os.path.join(os.path.dirname(name.mark.file or ""), f"{name.value}.yaml")
    packaged = os.path.join(artefact("model"), f"{name.value}.yaml")
    return packaged if os.path.exists(packaged) and not os.path.exists(beside) else beside


def load_lines(path: str) -> tuple[LineRule, ...]:
    """The rules of a log's lines, from their file. Raises SpecificationFaults."""
    return _lines_in(path, read_text(path))


@lru_cache(maxsize=16)
def _lines_in(path: str, text: str) -> tuple[LineRule, ...]:
    faults = FaultList(path)
    root = document.LINES.read(read_nodes(text, faults), faults)
    if root is None or faults.faults:
        raise faults.error()
    rules: dict[str, LineRule] = {}
    for item in root.value["rules"].value:
        fields: Fields = item.value
        values = {name: field.value for name, field in fields.items()}
        if values["check"] not in LINE_CHECKS:
            mark = fields["check"].mark
            faults.add(
                mark, f'unknown check "{values["check"]}"', name=values["check"], among=LINE_CHECKS
            )
        if values["id"] in rules:
            faults.add(fields["id"].mark, f'the rule "{values["id"]}" stands here twice')
        rules[values["id"]] = LineRule(
            values["id"],
            values["level"],
            values["check"],
            _rfc_of(values["id"]),
            values["section"],
            values["says"],
            values["repair"],
        )
    if faults.faults:
        raise faults.error()
    return tuple(sorted(rules.values(), key=lambda rule: LINE_CHECKS.index(rule.check)))


def _rfc_of(rule_id: str) -> int:
    return int(rule_id.partition("/")[0].removeprefix("rfc") or 0)


def _text(fields: Fields, name: str, default: str = "") -> str:
    return str(fields[name].value) if name in fields else default


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(item.value for item in fields[name].value) if name in fields else ()


def _flag(fields: Fields, name: str, default: bool = False) -> bool:
    return bool(fields[name].value) if name in fields else default


_SUBJECTS = (
    "single",
    "reachable",
    "taken",
    "disjoint",
    "closed",
    "functional",
    "separate",
    "leavable",
)


def _heading(event: str) -> str:
    return f"{event[:1].upper()}{event[1:]} Event"


class _Loader:
    """Builds the values of one file; whatever is faulty is noted and left out."""

    def __init__(self, fields: Fields, faults: FaultList) -> None:
        self.fields = fields
        self.faults = faults
        self.lines = {file: text.splitlines() for file, text in faults.texts.items()}
        self.state_names: list[str] = []
        self.event_names: list[str] = []
        self.variables: dict[str, t.Type] = {}
        self.virtual: dict[str, Definition] = {}
        self.definitions: dict[str, Definition] = {}
        self.broken: set[str] = set()
        self.shapes: dict[str, Shape] = {}
        self.unclear: set[str] = set()
        self.contexts: dict[str, Context] = {}

    def table(self, name: str) -> Mapping[str, Located]:
        value: Mapping[str, Located] = self.fields[name].value if name in self.fields else {}
        return value

    def names(self, name: str) -> list[str]:
        """The keys of a table, those of faulty entries too: they are no unknown names."""
        node = self.fields[name].node if name in self.fields else None
        return [key.text for key, _ in node.pairs] if isinstance(node, MappingNode) else []

    def listed(self, fields: Fields, name: str) -> list[Located]:
        return list(fields[name].value) if name in fields else []

    def items(self, name: str) -> list[Located]:
        return list(self.fields[name].value) if name in self.fields else []

    def specification(self, find_lines: Callable[[str], str] | None) -> Specification | None:
        self.state_names = self.names("states")
        self.event_names = self.names("events")
        self.virtual = {state.name: members_of(state) for state in self.virtual_states_quietly()}
        self.variables = self.read_variables()
        self.definitions = self.read_definitions()
        events = self.table("events")
        self.unclear = {name for name in self.event_names if name not in events}
        self.contexts = {name: self.context(name, item) for name, item in events.items()}
        examples = read_examples(self.fields, self.contexts, self.unclear, self.faults)
        questions = self.questions()
        states = self.states()
        rules = self.rules()
        specification = Specification(
            name=_text(self.fields, "machine"),
            title=_text(self.fields, "title"),
            source=self.source(),
            generations=self.generations(),
            states=states,
            virtual_states=self.virtual_states(),
            definitions=tuple(
                definition
                for name, definition in self.definitions.items()
                if name not in self.virtual
            ),
            variables=tuple(
                Variable(name, self.variables[name], self.says_of_variable(item))
                for name, item in self.table("variables").items()
                if name in self.variables
            ),
            events=self.events(examples.contexts),
            transitions=self.transitions(),
            findings=self.findings(states),
            lines=self.line_rules(find_lines),
            rules=rules,
            report=self.report(),
            properties=self.properties(),
            questions=questions,
            participants=examples.participants,
            scenarios=examples.scenarios,
        )
        return None if self.faults.faults else specification

    # Parts

    def source(self) -> Source:
        fields: Fields = self.fields["source"].value if "source" in self.fields else {}
        values = {name: field.value for name, field in fields.items()}
        if "text" in fields and fields["text"].mark.file not in (None, self.faults.file):
            values["text"] = None  # a text is of one specification
        return Source(
            values.get("rfc", 0), values.get("version"), values.get("date"), values.get("text")
        )

    def line_rules(self, find_lines: Callable[[str], str] | None) -> tuple[LineRule, ...]:
        if "lines" not in self.fields:
            return ()
        name = self.fields["lines"]
        path = _find_lines(name) if find_lines is None else find_lines(name.value)
        try:
            return load_lines(path)
        except SpecificationFaults as error:
            first = error.faults[0]
            self.faults.add(name.mark, f'the format "{name.value}" cannot be loaded: {first}')
            return ()

    def generations(self) -> tuple[Generation, ...]:
        table = self.table("generations")
        if not table:
            return (Generation("today", True, "the only one"),)
        generations = []
        for name, item in table.items():
            fields: Fields = item.value
            on = self.known(fields.get("on"), "event", self.event_names)
            when = None
            if "when" in fields and "on" not in fields:
                self.faults.add(
                    fields["when"].mark, "a guard without an event", expected="on: EVENT beside it"
                )
            elif "when" in fields and on is not None:
                when = self.typed(fields["when"], self.scope((on,)), t.Boolean(), _GUARD)
            generations.append(
                Generation(name, _flag(fields, "today"), _text(fields, "says"), on, when)
            )
        self.exactly_one("generation", "today", table)
        return tuple(generations)

    def states(self) -> tuple[State, ...]:
        table = self.table("states")
        letters: dict[str, str] = {}
        states = []
        for name, item in table.items():
            fields: Fields = item.value
            letter = _text(fields, "letter", name[:1].upper())
            if letter in letters and "letter" in fields:
                self.faults.add(
                    fields["letter"].mark, f'the letter {letter} is that of "{letters[letter]}" too'
                )
            letters.setdefault(letter, name)
            states.append(
                State(
                    name,
                    letter,
                    _flag(fields, "initial"),
                    _flag(fields, "final"),
                    _flag(fields, "removed"),
                    _flag(fields, "waitable", not _flag(fields, "removed")),
                    _text(fields, "says"),
                )
            )
            self.one_kind_of_state(name, fields)
        if "states" in self.fields:
            self.exactly_one("state", "initial", table)
            self.at_most_one("state", "final", table)
            self.at_most_one("state", "removed", table)
        return tuple(states)

    def one_kind_of_state(self, name: str, fields: Fields) -> None:
        kinds = [kind for kind in ("initial", "final", "removed") if _flag(fields, kind)]
        if len(kinds) > 1:
            self.faults.add(
                fields[kinds[1]].mark,
                f'"{name}" is both {kinds[0]} and {kinds[1]}',
                expected="one of them",
            )

    def marked(self, flag: str, table: Mapping[str, Located]) -> list[tuple[str, Mark]]:
        return [
            (name, item.value[flag].mark) for name, item in table.items() if _flag(item.value, flag)
        ]

    def at_most_one(self, what: str, flag: str, table: Mapping[str, Located]) -> None:
        first, *rest = self.marked(flag, table) or [("", Mark(1, 1))]
        for name, mark in rest:
            self.faults.add(
                mark, f'a second {flag} {what}, "{name}" beside "{first[0]}"', expected="one"
            )

    def exactly_one(self, what: str, flag: str, table: Mapping[str, Located]) -> None:
        self.at_most_one(what, flag, table)
        is_whole = all(
            flag in item.value or flag not in [key.text for key, _ in item.node.pairs]
            for item in table.values()
            if isinstance(item.node, MappingNode)
        )
        if not self.marked(flag, table) and is_whole and len(table) == len(self.names(f"{what}s")):
            mark = self.fields[f"{what}s"].mark
            self.faults.add(mark, f"no {flag} {what}", expected=f"one with {flag}: true")

    def virtual_states(self) -> tuple[VirtualState, ...]:
        table = self.table("virtual states")
        resolved: dict[str, tuple[str, ...]] = {}
        for name, item in table.items():
            if name in self.state_names:
                self.faults.add(item.mark, f'"{name}" is a state already')
            members: list[str] = []
            for member in item.value:
                if member.value in resolved:
                    members.extend(resolved[member.value])
                elif self.known(member, "state", [*self.state_names, *resolved]) is not None:
                    members.append(member.value)
            resolved[name] = tuple(sorted(set(members), key=self.state_names.index))
        return tuple(VirtualState(name, members) for name, members in resolved.items())

    def read_variables(self) -> dict[str, t.Type]:
        variables = {}
        for name, item in self.table("variables").items():
            if name in BUILT_IN_NAMES:
                self.faults.add(item.mark, f'"{name}" is a name of the language')
            if name in self.virtual:
                self.faults.add(item.mark, f'"{name}" is a virtual state already')
            located = item.value.get("type") if isinstance(item.value, dict) else item
            type_ = self.type(located) if located is not None else None
            if located is not None and type_ is not None:
                self.can_hold(type_, located)
                variables[name] = type_
        self.broken.update(name for name in self.names("variables") if name not in variables)
        return variables

    def can_hold(self, type_: t.Type, located: Located) -> None:
        """Note where the machine could not hold a variable of the type."""
        inner = type_.of if isinstance(type_, t.Optional) else type_
        if isinstance(inner, t.SetOf | t.BagOf):
            if not isinstance(inner.of, _MEMBERS):
                self.faults.add(
                    located.mark,
                    f"a {inner.kind} holds no member of type {t.show(inner.of)}",
                    expected="booleans, numbers or strings as members",
                )
        elif _has_collection(inner):
            self.faults.add(located.mark, "a set or bag is a variable of its own")
        start = start_value(type_)
        if start is None and not isinstance(type_, t.Optional | t.Anything):
            self.faults.add(
                located.mark,
                f"a variable of type {t.show(type_)} has no first value",
                expected=f"optional {t.show(type_)}, which starts as none",
            )
        elif isinstance(type_, t.Integer) and not t.accepts(type_, start):
            self.faults.add(
                located.mark,
                f"an integer starts as 0, which is outside of {t.show(type_)}",
                expected=f"optional {t.show(type_)}, which starts as none",
            )

    def says_of_variable(self, item: Located) -> str:
        return _text(item.value, "says") if isinstance(item.value, dict) else ""

    def read_definitions(self) -> dict[str, Definition]:
        definitions = dict(self.virtual)
        for name, members in self.virtual.items():
            self.shapes[name] = extent(members.body.tree, {}, {})
        places: dict[str, Located] = {}
        reserved = (*FUNCTIONS, *ABOUT, *BUILT_IN_NAMES, *self.variables, *self.virtual)
        for head, item in self.table("definitions").items():
            name, _, parameters = head.rstrip(")").partition("(")
            if name in reserved:
                taken = "a virtual state" if name in self.virtual else "a variable"
                self.faults.add(item.mark, f'"{name}" is a name of the language or {taken}')
                continue
            if name in places:
                self.faults.add(item.mark, f'the definition of "{name}" stands here twice')
                continue
            places[name] = item
            body = self.parsed(item)
            if body is not None:
                names = tuple(part.strip() for part in parameters.split(",")) if parameters else ()
                definitions[name] = Definition(name, names, body)
            else:
                self.broken.add(name)
        used = {
            name: typecheck.names_used(of) & places.keys()
            for name, of in definitions.items()
            if name in places
        }
        order = _used_first(used)
        for name in order:
            self.check_definition(definitions[name], places[name], definitions)
        left = {name: of for name, of in used.items() if name not in order}
        self.broken.update(left)
        for name, through in _cycles(left):
            shown = ", ".join(through[:5]) + (", …" if len(through) > 5 else "")
            told = f" through {shown}" if through else ""
            self.faults.add(places[name].mark, f'the definition of "{name}" uses itself{told}')
        return {name: of for name, of in definitions.items() if name not in self.broken}

    def check_definition(
        self, definition: Definition, located: Located, definitions: dict[str, Definition]
    ) -> None:
        """Note the faults that the definition has wherever it is used."""
        name, text = definition.name, definition.body.text
        parsed = parse_expression(text)
        shape = extent(parsed.tree, definitions, self.shapes, definition.parameters)
        faults: list[typecheck.TypeFault] = []
        if not self.is_too_large(shape, located):
            scope = self.scope(())._replace(definitions=definitions)
            body = Expression(text, parsed.tree)
            faults = typecheck.check_definition(definition._replace(body=body), scope)
            self.tell(faults, parsed.offsets, located, 0)
            if not faults:
                self.shapes[name] = shape
                return
        self.broken.add(name)

    def is_too_large(self, shape: Shape, located: Located) -> bool:
        """Whether definitions blow an expression up beyond bounds; notes it."""
        if shape.size <= MAX_SIZE and shape.depth <= MAX_DEPTH:
            return False
        self.faults.add(
            located.mark,
            "the expression is too large once its definitions are put in",
            expected=f"at most {MAX_SIZE} parts, nested at most {MAX_DEPTH} deep",
        )
        return True

    def context(self, event: str, item: Located) -> Context:
        count = len(self.faults.faults)
        context = self.read_context(item)
        if context is None or len(self.faults.faults) > count:
            self.unclear.add(event)
        return AnyContext() if context is None else context

    def read_context(self, item: Located) -> Context | None:
        located = item.value.get("context")
        if located is None:
            return None
        if isinstance(located.value, dict):
            keys = [(name, self.key_type(key)) for name, key in located.value.items()]
            return TypedContext(t.Record(tuple((name, of) for name, of in keys if of is not None)))
        words: dict[str, Context] = {
            "empty": EmptyContext(),
            "undefined": UndefinedContext(),
            "any": AnyContext(),
        }
        if located.value in words:
            return words[located.value]
        type_ = self.key_type(located)
        if type_ is not None and not typecheck.assignable(type_, t.Object()):
            self.faults.add(
                located.mark,
                f"a context is an object, not {t.show(type_)}",
                expected="empty, undefined, any, object, map of … to …, or keys with types",
            )
        return AnyContext() if type_ is None else TypedContext(type_)

    def events(self, examples: Mapping[str, str | None]) -> tuple[Event, ...]:
        events = []
        for name, item in self.table("events").items():
            fields: Fields = item.value
            effects = []
            for variable, located in (fields["effect"].value if "effect" in fields else {}).items():
                expression = self.effect(variable, located, name)
                if expression is not None:
                    effects.append((variable, expression))
            events.append(
                Event(
                    name,
                    _texts(fields, "by"),
                    self.contexts[name],
                    tuple(effects),
                    _text(fields, "elsewhere", UNDEFINED),
                    _text(fields, "section", _heading(name)),
                    _text(fields, "says"),
                    self.question_id(fields),
                    examples[name],
                )
            )
        if "events" in self.fields and UNLISTED not in self.event_names:
            self.faults.add(
                self.fields["events"].mark,
                f'no entry "{UNLISTED}"',
                expected=f"{UNLISTED}: what an event means that no other entry names",
            )
        return tuple(events)

    def effect(self, variable: str, located: Located, event: str) -> Expression | None:
        if variable in self.broken:
            return self.parsed(located)
        if variable not in self.variables:
            self.faults.add(
                located.mark,
                f'unknown variable "{variable}"',
                name=variable,
                among=tuple(self.variables),
            )
            return self.parsed(located)
        wanted = self.variables[variable]
        return self.typed(
            located, self.scope((event,)), wanted, f'the variable "{variable}" is {t.show(wanted)}'
        )

    def transitions(self) -> tuple[Transition, ...]:
        rows: list[Transition] = []
        for number, item in enumerate(self.items("transitions")):
            rows.extend(self.row(number, item))
        return tuple(rows)

    def row(self, number: int, item: Located) -> Iterable[Transition]:
        fields: Fields = item.value
        events = [
            event
            for located in self.listed(fields, "on")
            if (event := self.known(located, "event", self.event_names)) is not None
        ]
        sources: list[str] = []
        virtual = {state.name: state.members for state in self.virtual_states_quietly()}
        for located in self.listed(fields, "from"):
            if located.value in virtual:
                sources.extend(virtual[located.value])
            elif self.known(located, "state", [*self.state_names, *virtual]) is not None:
                sources.append(located.value)
        target = self.known(fields.get("to"), "state", self.state_names)
        outcomes = [MOVES] if "to" in fields else []
        outcomes += [kind for kind in (STAYS, SILENT, UNDEFINED) if _flag(fields, kind)]
        if len(outcomes) != 1:
            found = " and ".join(outcomes) if outcomes else "none"
            self.faults.add(
                item.mark,
                f"a transition has one outcome, and this has {found}",
                expected="to: STATE, stays: true, silent: true or undefined: true",
            )
        scope = self.scope(tuple(events), len(events) < len(self.listed(fields, "on")))
        when = self.typed(fields["when"], scope, t.Boolean(), _GUARD) if "when" in fields else None
        generation = self.known(
            fields.get("generation"), "generation", list(self.table("generations"))
        )
        for event in events:
            for source in sources:
                yield Transition(
                    event,
                    source,
                    when,
                    outcomes[0] if outcomes else UNDEFINED,
                    target,
                    generation,
                    _texts(fields, "basis"),
                    self.question_id(fields),
                    number,
                )

    def virtual_states_quietly(self) -> tuple[VirtualState, ...]:
        count = len(self.faults.faults)
        states = self.virtual_states()
        del self.faults.faults[count:]
        return states

    def findings(self, states: tuple[State, ...]) -> tuple[MachineFinding, ...]:
        if "findings" not in self.fields:
            return ()
        table: Fields = self.fields["findings"].value
        needed = ["undefined", "silent", "context", "no-context"]
        needed += ["captive"] if any(state.final for state in states) else []
        needed += ["removed"] if any(state.removed for state in states) else []
        for kind in needed:
            if kind not in self.names("findings"):
                self.faults.add(
                    self.fields["findings"].mark,
                    f'no finding "{kind}"',
                    expected=f"{kind}: {{id, level, says}}",
                )
        found = []
        for kind, item in table.items():
            fields: Fields = item.value
            found.append(
                MachineFinding(
                    kind,
                    _text(fields, "id"),
                    _text(fields, "level"),
                    _rfc_of(_text(fields, "id", "rfc0")),
                    _text(fields, "section"),
                    _text(fields, "says"),
                )
            )
        return tuple(found)

    def rules(self) -> tuple[Rule, ...]:
        rules: dict[str, Rule] = {}
        for item in self.items("rules"):
            fields: Fields = item.value
            rule_id = _text(fields, "id")
            if rule_id in rules and "id" in fields:
                self.faults.add(fields["id"].mark, f'the rule "{rule_id}" stands here twice')
            events = tuple(
                event
                for located in self.listed(fields, "on")
                if (event := self.known(located, "event", [*self.event_names, ANY_EVENT]))
                is not None
            )
            of_any = ANY_EVENT in events
            unclear = not of_any and len(events) < max(1, len(self.listed(fields, "on")))
            scope = self.scope(() if of_any else events, unclear)
            require = (
                self.typed(fields["require"], scope, t.Boolean(), "what is required is boolean")
                if "require" in fields
                else None
            )
            breach = self.template(fields.get("breach"), scope)
            repair = self.template(fields.get("repair"), scope)
            supplies = self.known(fields.get("supplies"), "event", self.event_names)
            if require is None:
                continue
            rules[rule_id] = Rule(
                rule_id,
                _text(fields, "level"),
                events,
                require,
                _rfc_of(rule_id),
                self.section(fields, events, item),
                _text(fields, "says"),
                breach,
                repair,
                supplies,
                _text(fields, "follows"),
            )
        return tuple(rules.values())

    def section(self, fields: Fields, events: tuple[str, ...], item: Located) -> str:
        if "section" in fields:
            return _text(fields, "section")
        if len(events) == 1 and events[0] != ANY_EVENT:
            entry = self.table("events").get(events[0])
            event: Fields = entry.value if entry is not None else {}
            return _text(event, "section", _heading(events[0]))
        self.faults.add(item.mark, "the rule is of several events", expected="section: its heading")
        return ""

    def report(self) -> tuple[tuple[str, Expression], ...]:
        fields = []
        known: dict[str, typecheck.Kind] = {}
        for name, located in self.table("report").items():
            expression = self.parsed(located)
            if expression is None:
                continue
            scope = self.scope(())._replace(report=dict(known), event_names=False, at_report=True)
            known[name] = self.checked(expression, located, scope)
            fields.append((name, expression))
        return tuple(fields)

    def properties(self) -> tuple[Property, ...]:
        properties: dict[str, Property] = {}
        for item in self.items("properties"):
            fields: Fields = item.value
            name = _text(fields, "id")
            kinds = [kind for kind in PROPERTY_KINDS if kind in fields]
            if name in properties and "id" in fields:
                self.faults.add(fields["id"].mark, f'the property "{name}" stands here twice')
            if len(kinds) != 1:
                self.faults.add(
                    item.mark,
                    f"a property makes one claim, and this makes {len(kinds)}",
                    expected="one of " + ", ".join(PROPERTY_KINDS),
                )
                continue
            properties[name] = self.property(name, kinds[0], fields, item)
        return tuple(properties.values())

    def property(self, name: str, kind: str, fields: Fields, item: Located) -> Property:
        event = self.known(fields.get("on"), "event", [*self.event_names, ANY_EVENT])
        at_event = kind in ("then", "never")
        if at_event != ("on" in fields):
            self.faults.add(
                item.mark,
                f'"{kind}" {"speaks" if at_event else "does not speak"} of one event',
                expected="on: EVENT beside it" if at_event else 'no "on"',
            )
        before = self.scope(
            (event,) if event not in (None, ANY_EVENT) else (), "on" in fields and event is None
        )._replace(at_property=True)
        after = self.scope(())._replace(at_property=True)
        claim = None
        if kind in ("recoverable", "always", "then", "never"):
            claim = self.typed(
                fields[kind],
                before if kind == "never" else after,
                t.Boolean(),
                "what is claimed is boolean",
            )
        when = self.typed(fields["when"], before, t.Boolean(), _GUARD) if "when" in fields else None
        return Property(
            name,
            kind,
            str(fields[kind].value) if kind in _SUBJECTS and kind in fields else None,
            event,
            when,
            claim,
            _text(fields, "assuming", "implied"),
            _text(fields, "silent", "in") == "in",
            _text(fields, "section"),
            _text(fields, "says"),
            _text(fields, "expect", "proved"),
            self.cycles(fields),
            self.without(kind, fields),
            tuple(
                asked
                for item in self.listed(fields, "question")
                if (asked := self.known(item, "question", self.question_ids())) is not None
            ),
        )

    def cycles(self, fields: Fields) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(
                state
                for name in item.value
                if (state := self.known(name, "state", self.state_names)) is not None
            )
            for item in self.listed(fields, "cycles")
        )

    def without(self, kind: str, fields: Fields) -> tuple[str, ...]:
        if "without" in fields and kind != "recoverable":
            self.faults.add(
                fields["without"].mark, f'"{kind}" asks for no way out', expected='no "without"'
            )
        names = [
            self.known(item, "event", self.event_names) for item in self.listed(fields, "without")
        ]
        return tuple(name for name in names if name is not None)

    def questions(self) -> tuple[Question, ...]:
        questions: dict[str, Question] = {}
        for item in self.items("questions"):
            fields: Fields = item.value
            name = _text(fields, "id")
            if name in questions and "id" in fields:
                self.faults.add(fields["id"].mark, f'the question "{name}" stands here twice')
            readings: Fields = fields["readings"].value if "readings" in fields else {}
            if "log" in fields and "no log" in fields:
                self.faults.add(
                    fields["no log"].mark, "a log and the reason why there is none", expected="one"
                )
            questions[name] = Question(
                name,
                _text(fields, "kind", QUESTION_KINDS[0]),
                _texts(fields, "about"),
                tuple(self.reading(source, item) for source, item in readings.items()),
                _text(fields, "chosen"),
                _text(fields, "why"),
                tuple(map(self.log_event, self.listed(fields, "log"))),
                _text(fields, "no log"),
            )
        return tuple(questions.values())

    def reading(self, by: str, item: Located) -> Reading:
        if not isinstance(item.value, dict):
            return Reading(by, item.value)
        change = _text(item.value, "change") if "change" in item.value else None
        return Reading(by, _text(item.value, "says"), change)

    def log_event(self, item: Located) -> LogEvent:
        """An event of a question's log: a name, or one name with the keys that it bears."""
        if not isinstance(item.value, dict):
            return LogEvent(str(item.value))
        if len(item.value) != 1:
            self.faults.add(item.mark, "one event stands here", expected="{NAME: {key: value}}")
            return LogEvent("")
        ((name, keys),) = item.value.items()
        return LogEvent(name, tuple((key, str(of.value)) for key, of in keys.value.items()))

    def question_id(self, fields: Fields) -> str | None:
        return self.known(fields.get("question"), "question", self.question_ids())

    def question_ids(self) -> list[str]:
        return [
            str(item.value["id"].value) for item in self.items("questions") if "id" in item.value
        ]

    # Names, types and expressions

    def known(self, located: Located | None, what: str, names: list[str]) -> str | None:
        if located is None:
            return None
        name = str(located.value)
        if name in names:
            return name
        self.faults.add(located.mark, f'unknown {what} "{name}"', name=name, among=names)
        return None

    def scope(self, events: tuple[str, ...], unclear: bool = False) -> typecheck.Scope:
        """What an expression may name at these events; at none, it has no event at hand.

        `unclear`: a fault was told of the events, and any key may be theirs.
        """
        tables = []
        whole: t.Type | None = None
        for event in events:
            context = self.contexts.get(event, AnyContext())
            tables.append(dict(context.keys) if isinstance(context, TypedContext) else {})
            whole = context.type if isinstance(context, TypedContext) else None
        keys = None
        if tables:
            keys = {
                name: of
                for name, of in tables[0].items()
                if all(table.get(name) == of for table in tables)
            }
        return typecheck.Scope(
            self.variables,
            self.definitions,
            self.state_names,
            self.event_names,
            keys,
            whole if len(events) == 1 else None,
            broken=frozenset(self.broken),
            at_definition=unclear or any(event in self.unclear for event in events),
        )

    def key_type(self, located: Located) -> t.Type | None:
        """The type of a key of a context, which is a value of JSON."""
        type_ = self.type(located)
        if type_ is not None and _has_collection(type_):
            self.faults.add(
                located.mark,
                f"JSON has no value of type {t.show(type_)}",
                expected="list of …; sets and bags are for variables",
            )
            return None
        return type_

    def type(self, located: Located) -> t.Type | None:
        try:
            return parse_type(located.value)
        except SyntaxFault as fault:
            self.faults.add(self.place(located, fault.offset), f"no type: {fault.message}")
            return None

    def parsed(self, located: Located) -> Expression | None:
        try:
            return Expression(located.value, parse_expression(located.value).tree)
        except SyntaxFault as fault:
            self.faults.add(self.place(located, fault.offset), f"no expression: {fault.message}")
            return None

    def typed(
        self, located: Located, scope: typecheck.Scope, wanted: t.Type, why: str
    ) -> Expression | None:
        expression = self.parsed(located)
        if expression is None:
            return None
        kind = self.checked(expression, located, scope)
        if not typecheck.assignable(kind, wanted):
            self.faults.add(located.mark, f"{why}, but this is {typecheck.show(kind)}")
        return expression

    def checked(
        self, expression: Expression, located: Located, scope: typecheck.Scope, start: int = 0
    ) -> typecheck.Kind:
        shape = extent(expression.tree, self.definitions, self.shapes)
        if self.is_too_large(shape, located):
            return typecheck.Unknown()
        parsed = _parsed(expression.text)
        kind, faults = typecheck.check(parsed.tree, scope)
        self.tell(faults, parsed.offsets, located, start)
        return kind

    def tell(
        self,
        faults: Iterable[typecheck.TypeFault],
        offsets: Mapping[int, int],
        located: Located,
        start: int,
    ) -> None:
        """Note the faults of an expression that begins so many characters into a value."""
        for fault in faults:
            mark = self.place(located, start + offsets.get(id(fault.node), 0))
            self.faults.add(mark, fault.message, name=fault.name, among=fault.among)

    def place(self, located: Located, offset: int) -> Mark:
        """Where in the file a character of the value stands; its start where that is unclear.

        YAML may fold the lines of a value and change its blanks, so all else is counted.
        """
        node, mark = located.node, located.mark
        if not isinstance(node, Scalar):
            return mark
        line, column = mark.line - 1, mark.column - 1
        lines = self.lines.get(mark.file or self.faults.file, [])
        if not node.plain:
            block = lines[line][column : column + 1] in ("|", ">")
            line, column = (line + 1, 0) if block else (line, column + 1)
        at_end = offset >= len(located.value)
        wanted = "".join(located.value[: offset + 1].split())
        for number, char in enumerate(wanted, 1):
            while line < len(lines) and not lines[line][column:].strip():
                line, column = line + 1, 0
            if line >= len(lines):
                return mark
            text = lines[line]
            while text[column].isspace():
                column += 1
            if text[column] != char:
                return mark
            if number < len(wanted) or at_end:
                column += 1
        return Mark(line + 1, column + 1, mark.file)

    def template(
        self, located: Located | None, scope: typecheck.Scope
    ) -> tuple[str | Expression, ...]:
        """A text with expressions in braces; `{{` is a brace."""
        if located is None:
            return ()
        parts: list[str | Expression] = []
        text: str = located.value
        position = 0
        while position < len(text):
            brace = text.find("{", position)
            if brace < 0:
                parts.append(text[position:])
                break
            if text.startswith("{{", brace):
                parts.append(text[position : brace + 1])
                position = brace + 2
                continue
            end = text.find("}", brace)
            if end < 0:
                self.faults.add(self.place(located, brace), "a brace that is not closed")
                break
            parts.append(text[position:brace])
            expression = self.template_expression(located, brace + 1, end, scope)
            if expression is not None:
                parts.append(expression)
            position = end + 1
        return tuple(part for part in parts if part != "")

    def template_expression(
        self, located: Located, start: int, end: int, scope: typecheck.Scope
    ) -> Expression | None:
        text = located.value[start:end]
        try:
            tree = parse_expression(text).tree
        except SyntaxFault as fault:
            place = self.place(located, start + fault.offset)
            self.faults.add(place, f"no expression: {fault.message}")
            return None
        expression = Expression(text, tree)
        self.checked(expression, located, scope, start)
        return expression


_parsed = lru_cache(maxsize=4096)(parse_expression)
"""For checking alone, which changes of one file ask for often; each specification has own trees."""

_GUARD = "a guard is boolean"
_MEMBERS = (t.Boolean, t.Integer, t.Number, t.String, t.Literal, t.Idset, t.Path)
"""The types of what a set or bag can hold."""


def _has_collection(type_: t.Type) -> bool:
    """Whether a set or bag is part of the type."""
    match type_:
        case t.SetOf() | t.BagOf():
            return True
        case t.ListOf(of=of) | t.Optional(of=of) | t.NonEmpty(of=of):
            return _has_collection(of)
        case t.Record(fields=fields):
            return any(_has_collection(of) for _, of in fields)
        case t.MapOf(key=key, value=value):
            return _has_collection(key) or _has_collection(value)
        case t.Union(options=options):
            return any(map(_has_collection, options))
        case _:
            return False


def _used_first(used: Mapping[str, set[str]]) -> dict[str, None]:
    """The names in an order in which each comes after those that it uses.

    Those that come back to themselves are left out, and those that use them.
    """
    waiting = {name: len(names) for name, names in used.items()}
    users: dict[str, list[str]] = {name: [] for name in used}
    for name, names in used.items():
        for other in names:
            users[other].append(name)
    ready = [name for name, count in waiting.items() if count == 0]
    order: dict[str, None] = {}
    while ready:
        name = ready.pop()
        order[name] = None
        for user in users[name]:
            waiting[user] -= 1
            if waiting[user] == 0:
                ready.append(user)
    return order


_MAX_CYCLES = 5


def _cycles(used: Mapping[str, set[str]]) -> list[tuple[str, list[str]]]:
    """The first names that come back to themselves, each with those on its shortest way."""
    found: list[tuple[str, list[str]]] = []
    for name in used:
        if len(found) == _MAX_CYCLES:
            break
        before = {name: name}
        pending = deque([name])
        while pending:
            current = pending.popleft()
            if name in used[current]:
                way = []
                while current != name:
                    way.append(current)
                    current = before[current]
                found.append((name, way[::-1]))
                break
            for other in sorted(used[current] & used.keys() - before.keys()):
                before[other] = current
                pending.append(other)
    return found
