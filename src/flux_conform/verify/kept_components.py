"""What a certificate keeps of a configuration: numbers and truths, and what each of them means.

The certificate chooses what it keeps; the meaning of each is that of its name, and is laid down
here. A formula of the specification that reads what is not kept cannot be derived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flux_conform.verify.counted_members import Group
from flux_conform.verify.definitions import Unsupported
from flux_conform.verify.logged_runs import Place
from flux_conform.verify.member_rows import rows_of
from flux_conform.verify.plain_sets import Members
from flux_conform.verify.proof import InvalidCertificate, System, symbol
from flux_conform.verify.translation import Value, number


class Components:
    """The components of one system of a certificate. Raises InvalidCertificate."""

    def __init__(self, model: Mapping[str, Any], system: System) -> None:
        self.model = model
        self.system = system
        self.types = {item["name"]: item["type"] for item in model["variables"]}
        self.groups = list(self._grouped())
        self._check_components()

    def _check_components(self) -> None:
        """Each component must be one of the specification's, of the right sort."""
        known = {"state": "Int", "started": "Bool"}
        known |= {f"seen({item['name']})": "Bool" for item in self.model["events"]}
        known |= {f"visited({item['name']})": "Bool" for item in self.model["states"]}
        for name, of in self.types.items():
            known |= dict(layout_of(name, of))
        for group in self.groups:
            sort = "Int" if group.is_bag else "Bool"
            known |= dict.fromkeys(group.tracked.values(), sort)
            known |= dict.fromkeys(group.counters.values(), "Int")
        for name, sort in self.system.sorts.items():
            if known.get(name) != sort:
                raise InvalidCertificate(f"the specification has no component {name} of {sort}")
        starts = dict(self._starts())
        for name, value in self.system.start.items():
            if value != starts.get(name, 0):
                raise InvalidCertificate(f"before the first event {name} is not as it should be")

    def _starts(self) -> Iterator[tuple[str, Any]]:
        """The components that are neither false nor 0 before the first event."""
        codes = self.system.codes
        yield "state", codes[next(s["name"] for s in self.model["states"] if s["initial"])]
        for item in self.model["variables"]:
            if (start := item.get("start")) is not None:
                yield f"has({item['name']})", True
                yield item["name"], codes.get(start) if isinstance(start, str) else start

    def _grouped(self) -> Iterator[Group]:
        names = self.system.sorts
        left = {name: of for name, of in self.types.items() if of["kind"] in ("set", "bag")}
        lanes = list(lanes_of(self.model))
        while left:
            first = next(iter(left))
            counted = [
                {*name[1:].split("&")} for name in names if name[:1] == "#" and name[1:] != ""
            ]
            joined = {first}.union(*(each for each in counted if first in each))
            joined = joined.union(*(lane for lane in lanes if not joined.isdisjoint(lane)))
            members = tuple(name for name in self.types if name in joined)
            left_type = left[first]
            is_bag = left_type["kind"] == "bag"
            for name in joined:
                left.pop(name, None)
            if (is_bag and len(members) > 1) or joined != {*members}:
                raise InvalidCertificate(f"{first} is counted with what it cannot be")
            counters = {
                row: "#" + "&".join(n for n, held in zip(members, row, strict=True) if held)
                for row in rows_of(members, lanes)
            }
            if not any(counter in names for counter in counters.values()):
                continue  # a collection of which the certificate keeps nothing
            tracked = dict(self._tracked(members))
            literals = tuple(text for name, text in tracked if name == members[0])
            if {*tracked} != {(name, text) for name in members for text in literals}:
                raise InvalidCertificate(f"a string is tracked in one of {', '.join(members)} only")
            own = tuple(lane for lane in lanes if joined.issuperset(lane))
            numbers = left_type["of"]["kind"] == "integer"
            yield Group(members, is_bag, literals, tracked, counters, own, numbers)

    def _tracked(self, names: Iterable[str]) -> Iterator[tuple[tuple[str, str], str]]:
        """The components of strings that are tracked by themselves."""
        taken: set[str] = set()
        for name in names:
            if self.types[name]["of"]["kind"] in ("integer", "boolean"):
                start = f"{name}["
                kept = sorted(part for part in self.system.sorts if part.startswith(start))
                yield from (((name, part[len(start) : -1]), part) for part in kept)
                continue
            for text in sorted(self.system.codes):
                plain = plain_name(text)
                places = [f"{name}[{plain}]", *(f"{name}[{plain}]~{n}" for n in range(2, 9))]
                found = next((p for p in places if p not in taken), "")
                if found in self.system.sorts:
                    taken.add(found)
                    yield (name, text), found

    # What expressions read

    def component(self, name: str) -> str:
        """Write the symbol of a component. Raises Unsupported."""
        if name not in self.system.sorts:
            raise Unsupported(f"{name}, which the certificate does not keep")
        return symbol(name)

    def code(self, text: str) -> str:
        """Write the code of a string."""
        if text not in self.system.codes:
            raise Unsupported(f"the string {text!r}, which the certificate does not number")
        return number(self.system.codes[text])

    def loaded(self, name: str, of: Mapping[str, Any]) -> Value:
        """Return the value of a variable that is no collection. Raises Unsupported."""
        kind = of["kind"]
        if kind == "object":
            return Value("unknown", None)
        if kind in ("boolean", "integer"):
            return Value({"boolean": "bool", "integer": "int"}[kind], self.component(name))
        there, inner = self.component(f"has({name})"), _present(of)
        if inner["kind"] == "record":
            fields = {key: self.loaded(f"{name}.{key}", kind) for key, kind in inner["fields"]}
            return Value("record", fields, there)
        return Value(kind_of(inner), self.component(name), there)

    def stored(self, name: str, of: Mapping[str, Any], value: Value) -> Iterator[tuple[str, str]]:
        """Yield the components of a variable that takes a value. Raises Unsupported."""
        if of["kind"] in ("boolean", "integer"):
            # By its type it takes none never, so it need not be asked whether the value is there.
            if value.kind != kind_of(of):
                raise Unsupported(f"{name} takes a value that is not known")
            yield name, value.of
            return
        yield f"has({name})", value.there
        inner = _present(of)
        if value.kind == "none":
            return
        if inner["kind"] == "record" and value.kind == "record":
            for field, kind in inner["fields"]:
                yield from self.stored(f"{name}.{field}", kind, value.of[field])
        elif value.kind == kind_of(inner):
            yield name, value.of
        else:
            raise Unsupported(f"{name} takes a value that is not known")

    def is_kept(self, variable: str) -> bool:
        """Whether the certificate keeps anything of a variable."""
        of = self.types[variable]
        if of["kind"] in ("set", "bag"):
            return any(variable in group.names for group in self.groups)
        return any(name in self.system.sorts for name, _ in layout_of(variable, of))

    # Places of logs

    def _literal(self, name: str, text: str) -> Any:
        """A literal that is tracked, as a value of JSON."""
        kind = self.types[name]["of"]["kind"]
        if kind == "integer":
            return int(text)
        return text == "True" if kind == "boolean" else text

    def excludes(self, place: Place, values: Mapping[str, Any]) -> str | None:
        """Return a component that has another value at the place of a log; None if there is none.

        Strings without a code have any that is no other's.
        """
        there = dict(self._values_at(place))
        codes = dict(self.system.codes)
        for name, value in values.items():
            own = there.get(name)
            if isinstance(own, str):
                if own not in codes and value not in codes.values():
                    codes[own] = value
                own = codes.get(own, -1)
            if name not in there or type(own) is not type(value) or own != value:
                return name
        return None

    def _values_at(self, place: Place) -> Iterator[tuple[str, Any]]:
        """The components at a place; strings by themselves, and nothing of what is none."""
        yield "state", place.state
        yield "started", place.generation is not None
        for item in self.model["events"]:
            yield f"seen({item['name']})", item["name"] in place.seen
        for item in self.model["states"]:
            yield f"visited({item['name']})", item["name"] in place.visited
        for name, of in self.types.items():
            if of["kind"] not in ("set", "bag", "object"):
                yield from _values_of(name, of, place.values[name])
        for group in self.groups:
            values = {name: place.values[name] for name in group.names}
            for (name, literal), component in group.tracked.items():
                count = values[name].count(self._literal(name, literal))
                yield component, count if group.is_bag else bool(count)
            for row, counter in group.counters.items():
                yield counter, _counted(group, values, row)


def plain_name(name: str) -> str:
    """Return a name as certificates write it, without what no symbol of SMT-LIB can hold."""
    return "".join("_" if c in "|\\" or not c.isprintable() else c for c in name)


def _counted(group: Group, values: Mapping[str, Members], row: tuple[bool, ...]) -> int:
    items = [item for whole in values.values() for item in whole.items]
    others = [item for item in items if str(item) not in group.literals]
    if group.is_bag:
        return len(others)
    wanted = dict(zip(group.names, row, strict=True))
    distinct = Members((), False)
    for item in others:
        distinct = distinct.plus(item)
    return sum(
        all(values[name].holds(item) == held for name, held in wanted.items())
        for item in distinct.items
    )


def lanes_of(model: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield, for each lane of a specification, the sets of the keys in its states."""
    for lane in model.get("lanes", ()):
        states = [state["name"] for state in lane["states"] if not state["initial"]]
        yield tuple(f"{lane['name']}.{state}" for state in states)


def _values_of(name: str, of: Mapping[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    if of["kind"] not in ("boolean", "integer"):
        yield f"has({name})", value is not None
    if value is None:
        return
    inner = _present(of)
    if inner["kind"] == "record":
        for field, part in inner["fields"]:
            yield from _values_of(f"{name}.{field}", part, value.get(field))
    else:
        yield name, value


def _present(of: Mapping[str, Any]) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = of["of"] if of["kind"] == "optional" else of
    return inner


def kind_of(of: Mapping[str, Any]) -> str:
    """The kind of the values of a type, in terms."""
    kind = of["kind"]
    if kind == "union":
        return "text" if {*map(kind_of, of["options"])} == {"text"} else "unknown"
    if kind in ("string", "idset", "hostlist", "path", "literal"):
        return "text"
    return {"boolean": "bool", "integer": "int"}.get(kind, "unknown")


def layout_of(name: str, of: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The components of a variable, with their sorts."""
    kind = of["kind"]
    if kind in ("set", "bag", "object"):
        return
    if kind in ("boolean", "integer"):
        yield name, "Bool" if kind == "boolean" else "Int"
        return
    yield f"has({name})", "Bool"
    inner = _present(of)
    if inner["kind"] == "record":
        for field, part in inner["fields"]:
            yield from layout_of(f"{name}.{field}", part)
    elif kind_of(inner) != "unknown":
        yield name, "Bool" if inner["kind"] == "boolean" else "Int"


def guards_of(
    name: str, of: Mapping[str, Any], after: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The components that mean something only where a variable is not none, with that term."""
    there = after.get(f"has({name})", symbol(f"has({name})"))
    for part, _ in layout_of(name, of):
        if part != f"has({name})":
            yield part, there


def options_of(of: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The types that a type is a choice of."""
    if of["kind"] == "union":
        for option in of["options"]:
            yield from options_of(option)
    elif of["kind"] in ("optional", "nonempty"):
        yield from options_of(of["of"])
    else:
        yield of


def is_listed(of: Mapping[str, Any]) -> bool:
    """Whether a type of strings names all of its values."""
    return all(option["kind"] == "literal" for option in options_of(of))
