"""The steps of a machine, derived anew from the compiled specification, for a certificate's names.

The certificate says which numbers and truths it keeps of a configuration, and what an event bears;
what becomes of them is read from the specification here. What a formula of the specification reads
and the certificate does not keep is refused, so nothing that matters can be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flux_conform.verify.borne_members import BorneMembers
from flux_conform.verify.counted_members import Borne, Counting, Own
from flux_conform.verify.definitions import (
    Definitions,
    Tree,
    Unsupported,
    at_one_time,
    read_keys,
)
from flux_conform.verify.kept_components import (
    guards_of,
    is_listed,
    kind_of,
    plain_name,
)
from flux_conform.verify.logged_runs import assumed, has_sound_contexts, is_captive, is_family
from flux_conform.verify.plain_values import accepts
from flux_conform.verify.proof import System, symbol
from flux_conform.verify.set_values import two_sets
from flux_conform.verify.smt_terms import (
    FALSE,
    TRUE,
    all_of,
    any_of,
    choice,
    equality,
    negation,
)
from flux_conform.verify.translation import (
    BorneKey,
    DerivedStep,
    Scene,
    Value,
    condition_of,
    either,
    holds,
    number,
    translate,
)


class DerivedSystem(BorneMembers):
    """One system of a certificate, as the specification has it. Raises Unsupported."""

    def __init__(self, model: Mapping[str, Any], system: System) -> None:
        super().__init__(model, system)
        self.definitions = Definitions(model)
        self._data = system.data
        self._levels = assumed(self._data["assuming"])
        self._sound = has_sound_contexts(model, self._data["assuming"])
        self._steps: dict[str, DerivedStep] = {}
        self.scene = self._scene("(- 1)", {}, {}, {}, {})

    def _scene(
        self,
        event: str,
        keys: Mapping[str, BorneKey],
        own: Mapping[tuple[str, ...], Own],
        borne: Mapping[tuple[str, ...], Borne],
        lengths: Mapping[str, str],
    ) -> Scene:
        counting = Counting(self.groups, self.component, self.code, own, borne, lengths)

        def variable(name: str) -> Value:
            if name not in self.types:
                raise Unsupported(f"the name {name}")
            if self.types[name]["kind"] in ("set", "bag"):
                return Value("members", counting.value(name))
            return self.loaded(name, self.types[name])

        first = negation(self.component("started"))
        return Scene(
            self.component("state"),
            first,
            event,
            self.code,
            self.component,
            variable,
            counting,
            keys,
        )

    # Steps

    def step(self, name: str) -> DerivedStep:
        """Return what the specification says of an event. Raises Unsupported."""
        if name not in self._steps:
            event = next(item for item in self.model["events"] if item["name"] == name)
            self._steps[name] = self._step(event)
        return self._steps[name]

    def _step(self, event: Mapping[str, Any]) -> DerivedStep:
        name, model = event["name"], self.model
        inputs: dict[str, str] = {}
        domain: list[str] = []
        trees, claims = list(self._trees(event)), list(self._claims(event))
        keys = dict(self._keys(event, trees, claims, inputs, domain))
        borne, lengths = self._sets(event, [*trees, *claims], inputs)
        own = self._own(event, trees, claims, keys, inputs, borne)
        code = self._name(event, inputs, domain)
        scene = self._scene(code, keys, own, borne, lengths)
        selects = list(self._selects(event, scene))
        chosen = [fits for other, fits in selects if other == self._data["generation"]]
        domain.append(any_of([scene.symbol("started"), *chosen]))
        rules = {}
        for rule in model["rules"]:
            if rule["level"] in self._levels and {name, "any"} & {*rule["on"]}:
                truth, readable = condition_of(
                    self.definitions.expand(rule["require"]["tree"]), scene
                )
                rules[rule["id"]] = any_of([negation(readable), truth])
        rows, allowed = self._rows(event, scene)
        after, guarded, then = self._after(event, scene, rows)
        possible = all_of([*domain, *scene.counting.possible()])
        return DerivedStep(scene, inputs, possible, rules, allowed, rows, after, guarded, then)

    def _trees(self, event: Mapping[str, Any]) -> Iterator[Tree]:
        """Every expression that is evaluated at an event."""
        name, expand = event["name"], self.definitions.expand
        for rule in self.model["rules"]:
            if rule["level"] in self._levels and {name, "any"} & {*rule["on"]}:
                yield expand(rule["require"]["tree"])
        for row in self.model["transitions"]:
            if row["event"] == name and row["generation"] in (None, self._data["generation"]):
                yield from [] if row["when"] is None else [expand(row["when"]["tree"])]
        for target, effect in event["effects"]:
            if self.is_kept(target):
                yield expand(effect["tree"])
        for item in self.model["generations"]:
            if item["on"] == name and item["when"] is not None:
                yield expand(item["when"]["tree"])

    def _claims(self, event: Mapping[str, Any]) -> Iterator[Tree]:
        """Every expression that is claimed of an event."""
        for claim in self.model["properties"]:
            if claim["on"] in (event["name"], "any"):
                parts = [claim["when"], claim["claim"]]
                for part in parts:
                    if part is not None:
                        yield at_one_time(self.definitions.expand(part["tree"]))

    def _keys(
        self,
        event: Mapping[str, Any],
        trees: list[Tree],
        claims: list[Tree],
        inputs: dict[str, str],
        all_domain: list[str],
    ) -> Iterator[tuple[str, BorneKey]]:
        """The keys that expressions read, with what the types ask of them put into the domain.

        Of a key that claims alone read, nothing is asked unless the certificate bears it.
        """
        of = event["context"].get("type", {})
        given = self.system.steps[event["name"]]["inputs"]
        decisive, (names, asked) = read_keys(trees), read_keys([*trees, *claims])
        faults = []
        for key, kind in of["fields"] if of.get("kind") == "record" else ():
            if key not in names:
                continue
            base = f"{event['name']}.{key}"
            marks = ("", "?", " faulty", " there")
            borne = any(f"{plain_name(base)}{mark}" in given for mark in marks)
            borne = borne or any(name.startswith(f"{plain_name(base)}.") for name in given)
            domain = all_domain if borne or key in decisive[0] else []
            value = self._unknown(base, kind, inputs, domain)
            if self._sound:
                yield key, BorneKey(value)
                continue
            faulty = self._input(inputs, f"{base} faulty", "Bool")
            present = TRUE
            if kind["kind"] == "optional":
                domain.append(any_of([negation(faulty), value.there]))
            elif key in asked:
                present = self._input(inputs, f"{base} there", "Bool")
                if key in decisive[1] or plain_name(f"{base} there") in given:
                    domain.append(any_of([faulty, present]))
            faults.append(faulty)
            yield key, BorneKey(value, faulty, present)
        if "" in names:
            whole = FALSE
            if not self._sound:
                whole = self._input(inputs, f"{event['name']} faulty", "Bool")
                borne = "" in decisive[0] or plain_name(f"{event['name']} faulty") in given
                all_domain += (
                    [] if not borne else [any_of([negation(fault), whole]) for fault in faults]
                )
            yield "", BorneKey(Value("unknown", None), whole)

    def _unknown(
        self, base: str, of: Mapping[str, Any], inputs: dict[str, str], domain: list[str]
    ) -> Value:
        """Any value of a type."""
        if of["kind"] == "optional":
            inner = self._unknown(base, of["of"], inputs, domain)
            return inner._replace(there=self._input(inputs, f"{base}?", "Bool"))
        if of["kind"] == "record":
            fields = of["fields"]
            parts = {n: self._unknown(f"{base}.{n}", t, inputs, domain) for n, t in fields}
            return Value("record", parts)
        kind = kind_of(of)
        if kind == "bool":
            return Value(kind, self._input(inputs, base, "Bool"))
        if kind == "int":
            term = self._input(inputs, base, "Int")
            domain += [f"(>= {term} {number(of['low'])})"] if of["low"] is not None else []
            domain += [f"(<= {term} {number(of['high'])})"] if of["high"] is not None else []
            return Value(kind, term)
        if of["kind"] == "literal":
            return Value(kind, self.code(of["text"]))
        if kind == "text":
            term = self._input(inputs, base, "Int")
            alike = [
                equality(term, self.code(text)) for text in self.system.codes if accepts(of, text)
            ]
            if is_listed(of):
                domain.append(any_of(alike))
            else:
                others = [text for text in self.system.codes if not accepts(of, text)]
                domain.append(f"(>= {term} 0)")
                domain += [negation(equality(term, self.code(text))) for text in others]
            return Value(kind, term)
        return Value("unknown", None)

    def _name(self, event: Mapping[str, Any], inputs: dict[str, str], domain: list[str]) -> str:
        """The code of the event's name: of a family, any that is not listed."""
        if not is_family(event["name"]):
            return self.code(event["name"])
        term = self._input(inputs, "event", "Int")
        families = [item["name"] for item in self.model["events"] if is_family(item["name"])]
        others = [name for name in families if name != event["name"]]
        named = [text for text in self.system.codes if text not in families]
        if any(
            name[-1:] == "*" and text.startswith(name[:-1]) for name in others for text in named
        ):
            self.loose = f"what is numbered of the names of {event['name']}"
        listed = [item["name"] for item in self.model["events"] if not is_family(item["name"])]
        domain.append(f"(>= {term} 0)")
        domain += [negation(equality(term, self.code(name))) for name in listed]
        return term

    def _selects(self, event: Mapping[str, Any], scene: Scene) -> Iterator[tuple[str, str]]:
        """The generations that the event can choose as the first, each with its condition."""
        rest: list[str] = []
        for item in self.model["generations"]:
            if item["on"] == event["name"]:
                fits = holds(self.definitions.optional(item["when"]), scene)
                yield item["name"], all_of([*rest, fits])
                rest.append(negation(fits))
        for item in self.model["generations"]:
            if item["today"]:
                yield item["name"], all_of(rest)

    def _rows(self, event: Mapping[str, Any], scene: Scene) -> tuple[dict[int, str], str]:
        """The condition of each transition of the event, and that some outcome is allowed."""
        found: dict[int, str] = {}
        allowed: list[str] = []
        outcomes = ("moves", "stays", "silent") if self._data["silent"] else ("moves", "stays")
        for state in self.model["states"]:
            if state["removed"]:
                continue
            rest = [equality(scene.state, self.code(state["name"]))]
            for place, row in enumerate(self.model["transitions"]):
                if (row["event"], row["source"]) != (event["name"], state["name"]):
                    continue
                if row["generation"] not in (None, self._data["generation"]):
                    continue
                matches = holds(self.definitions.optional(row["when"]), scene)
                found[place] = all_of([*rest, matches])
                rest.append(negation(matches))
                allowed += [found[place]] if row["outcome"] in outcomes else []
            if not is_captive(state) and event["elsewhere"] in outcomes:
                allowed.append(all_of(rest))
        return found, any_of(allowed)

    def _after(
        self, event: Mapping[str, Any], scene: Scene, rows: Mapping[int, str]
    ) -> tuple[dict[str, str], dict[str, str], Scene]:
        """The components after the event, those that count only at times, and the scene there."""
        after = {"started": TRUE, "state": scene.state, f"seen({event['name']})": TRUE}
        came: dict[str, list[str]] = {}
        for place, condition in rows.items():
            row = self.model["transitions"][place]
            if row["outcome"] == "moves":
                after["state"] = choice(condition, self.code(row["target"]), after["state"])
                came.setdefault(f"visited({row['target']})", []).append(condition)
        for name, conditions in came.items():
            if name in self.system.sorts:
                after[name] = any_of([symbol(name), *conditions])
        guarded: dict[str, str] = {}
        taken: dict[str, Value] = {}
        for target, effect in event["effects"]:
            if self.is_kept(target):
                value, readable = translate(self.definitions.expand(effect["tree"]), scene)
                taken[target] = (
                    value
                    if readable == TRUE
                    else either(readable, value, scene.variable(target), scene)
                )
        for target, value in taken.items():
            if self.types[target]["kind"] in ("set", "bag"):
                old = scene.variable(target)
                seen, _ = two_sets(value, old, scene.counting)
                taken[target] = old._replace(of=seen)
            else:
                after.update(self.stored(target, self.types[target], value))
        for group in self.groups:
            if {*group.names} & {*taken}:
                whole = {name: (taken.get(name) or scene.variable(name)).of for name in group.names}
                after.update(scene.counting.after(group, whole))
        for name, of in self.types.items():
            if of["kind"] not in ("boolean", "integer", "set", "bag"):
                guarded.update(guards_of(name, of, after))
        kept = {name: term for name, term in after.items() if name in self.system.sorts}
        touched = {target for target, _ in event["effects"]}
        then = scene._replace(
            state=after["state"],
            first=FALSE,
            event="(- 1)",
            symbol=lambda name: kept[name] if name in kept else self.component(name),
            variable=lambda name: taken[name] if name in taken else scene.variable(name),
            before=scene,
            unchanged=frozenset(self.types) - touched,
        )
        return kept, guarded, then
