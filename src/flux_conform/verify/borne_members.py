"""What an event bears for the collections that a certificate counts: a member, and sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flux_conform.verify.counted_members import Borne, Group, Own
from flux_conform.verify.definitions import (
    Tree,
    Unsupported,
    is_key,
    nodes,
    reads_elsewhere,
    texts_compared,
)
from flux_conform.verify.event_sets import borne_by, key_label, label_of, labels_in
from flux_conform.verify.kept_components import Components, is_listed, options_of, plain_name
from flux_conform.verify.proof import System, symbol
from flux_conform.verify.set_values import is_description
from flux_conform.verify.translation import BorneKey


class BorneMembers(Components):
    """Components, with what events bear for them. `loose` tells why counts may allow too much."""

    def __init__(self, model: Mapping[str, Any], system: System) -> None:
        super().__init__(model, system)
        self._borne: dict[tuple[str, ...], set[str]] = {}
        self.loose: str | None = None

    def _input(self, inputs: dict[str, str], name: str, sort: str) -> str:
        plain = plain_name(name)
        if inputs.setdefault(plain, sort) != sort or plain in self.system.sorts:
            raise Unsupported(f"the input {plain}, whose name is taken")
        return symbol(plain)

    def _own(
        self,
        event: Mapping[str, Any],
        trees: list[Tree],
        claims: list[Tree],
        keys: Mapping[str, BorneKey],
        inputs: dict[str, str],
        borne: Mapping[tuple[str, ...], Borne],
    ) -> dict[tuple[str, ...], Own]:
        """For each group that the event asks or changes by a key: the string that it bears."""
        given = self.system.steps[event["name"]]["inputs"]
        found: dict[tuple[str, ...], Own] = {}
        used: dict[tuple[str, ...], Tree] = {}
        sides = [(node, True) for node in nodes(trees)] + [(node, False) for node in nodes(claims)]
        for node, decides in sides:
            if node["kind"] != "binary":
                continue
            if node["operator"] not in ("in", "+", "-"):
                continue
            inside, member = node["left"], node["right"]
            if node["operator"] == "in":
                inside, member = member, inside
            read = {part["name"] for part in nodes(inside) if part["kind"] == "name"}
            read |= {label for part in nodes(inside) if (label := label_of(part)) is not None}
            groups = {group.names: group for group in self.groups}
            groups |= {key: each.group for key, each in borne.items()}
            for key, group in groups.items():
                sets = borne[key].sets if key in borne else ()
                if not is_description(member) or not read & {*group.names, *sets}:
                    continue
                if not decides and not any(f"held({name})" in given for name in group.names):
                    continue
                if used.setdefault(key, member) != member:
                    raise Unsupported(f"{event['name']}, which bears several strings")
                held = {
                    name: self._input(inputs, plain_name(f"held({name})"), "Bool")
                    for name in (*group.names, *sets)
                }
                found[key] = Own(self._code_of(member, group, keys), held)
        if any(member != other for member in used.values() for other in used.values()):
            self.loose = f"what ties the members that {event['name']} bears"
        for member in used.values():
            if is_key(member) and keys[member["name"]].value.kind == "text":
                self._look_for_looseness(event, [*trees, *claims], member["name"], [*found])
            elif not self._are_free(event, [*trees, *claims], member):
                self.loose = f"what is counted of a member that {event['name']} bears"
        return found

    def _are_free(self, event: Mapping[str, Any], trees: list[Tree], member: Tree) -> bool:
        """Whether the keys of a member can be anything, and nothing else is asked of them."""
        types = dict(event["context"]["type"]["fields"])
        for key in filter(is_key, nodes(member)):
            kind = types[key["name"]]
            bounded = kind.get("low") is not None and kind.get("high") is not None
            if bounded or kind["kind"] not in ("string", "idset", "hostlist", "path", "integer"):
                return False
        return not any(reads_elsewhere(tree, member) for tree in trees)

    def _code_of(self, member: Tree, group: Group, keys: Mapping[str, BorneKey]) -> str | None:
        """The code of what the event bears, or the number; a tuple has none."""
        if not is_key(member):
            if group.literals:
                raise Unsupported("a tuple in a set of which literals are tracked")
            return None
        key = keys.get(member["name"])
        if key is None:
            raise Unsupported("a member of which the specification has no type")
        is_number = key.value.kind == "int" and (group.numbers or not group.names)
        if key.value.kind != "text" and not is_number:
            if group.literals or not group.lanes:
                raise Unsupported("a member that is no string")
            return None
        code: str = key.value.of
        return code

    def _sets(
        self, event: Mapping[str, Any], trees: list[Tree], inputs: dict[str, str]
    ) -> tuple[dict[tuple[str, ...], Borne], dict[str, str]]:
        """The sets that the event bears, by the groups that see them, and the lengths of lists."""
        name, of = event["name"], event["context"].get("type", {})
        given = self.system.steps[name]["inputs"]
        types = dict(of["fields"]) if of.get("kind") == "record" else {}
        filled = {key_label(key) for key, kind in types.items() if kind["kind"] == "nonempty"}
        lists: dict[str, Mapping[str, Any]] = {}
        for key, kind in types.items():
            whole = kind["of"] if kind["kind"] == "nonempty" else kind
            lists |= {key: whole["of"]} if whole["kind"] == "list" else {}
        labels = labels_in(trees, lists)
        listed = {key_label(key) for key, member in lists.items() if is_listed(member)}

        def make(text: str, sort: str) -> str:
            return self._input(inputs, text, sort)

        found = [
            each._replace(filled=filled & {*each.sets}, listed=listed & {*each.sets})
            for each in borne_by(name, labels, self.groups, given, make, plain_name)
        ]
        for label, key in labels.items():
            kind = "integer" if label.startswith("ranks(") else "string"
            if key in lists:
                kind = lists[key]["kind"]
            seen = [each.group for each in found if label in each.sets]
            for group in seen:
                borne = self._borne.setdefault(group.key, set())
                asked = _is_asked_otherwise(trees, label, key)
                if label in listed:
                    texts = {option["text"] for option in options_of(lists[key])}
                    limited = not texts <= {*group.literals}
                else:
                    borne.add(kind)
                    limited = kind not in ("integer", "string", "idset", "hostlist", "path")
                limited = limited or (label.startswith("keys(") and not _has_any_keys(types[key]))
                if len(seen) > 1 or len(borne) > 1 or asked or limited:
                    self.loose = f"what is counted of {label}"
        sizes = {label: f"{name}: size({label})" for label in labels}
        lengths = {
            label: make(text, "Int") for label, text in sizes.items() if plain_name(text) in given
        }
        return {each.group.key: each for each in found}, lengths

    def _look_for_looseness(
        self, event: Mapping[str, Any], trees: list[Tree], key: str, groups: list[tuple[str, ...]]
    ) -> None:
        """Note in `loose` why the counts may allow more than the collections do."""
        options = list(options_of(dict(event["context"]["type"]["fields"])[key]))
        named = {of["text"] for of in options if of["kind"] == "literal"}
        named |= texts_compared(trees, key)
        kinds = {of["kind"] for of in options if of["kind"] != "literal"}
        for group in self.groups:
            if group.names in groups:
                borne = self._borne.setdefault(group.names, set())
                borne |= kinds
                if len(groups) > 1 or len(borne) > 1 or not named <= {*group.literals}:
                    self.loose = f"what is counted of {', '.join(group.names)}"


def _is_asked_otherwise(trees: Iterable[Tree], label: str, key: str) -> bool:
    """Whether expressions read more of a key than the set that it bears."""

    def asks(part: Any) -> bool:
        if isinstance(part, list):
            return any(map(asks, part))
        if not isinstance(part, dict):
            return False
        is_call = part.get("kind") == "call"
        if is_call and (part["function"] == "has" or label_of(part) == label):
            return False
        if part.get("kind") == "key" and part["name"] == key:
            return not label.startswith(".")
        return any(map(asks, part.values()))

    return any(map(asks, trees))


def _has_any_keys(of: Mapping[str, Any]) -> bool:
    """Whether an object of a type can have any keys, and none."""
    if of["kind"] == "optional":
        of = of["of"]
    return bool(of["kind"] == "object" or (of["kind"] == "map" and of["key"]["kind"] == "string"))
