// The machine that a compiled specification describes, one step at a time.

import { compile, expand, takenBy, Unreadable } from "./expressions.mjs";
import { accepts, hasTooMany, present, read } from "./types.mjs";
import { Bag, isList, isObject } from "./values.mjs";

const ANY_EVENT = "any";
const UNLISTED = "unlisted";
const NONE = new Set();
const EVERY_KEY = { size: 1, has: () => true };

// A value of `parse`, with plain objects for its Maps: what a specification is read as.
export function plainly(value) {
  if (isList(value)) return value.map(plainly);
  if (isObject(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plainly(item)]));
  return value;
}

function startValue(type) {
  switch (type.kind) {
    case "boolean":
      return false;
    case "integer":
      return 0n;
    case "set":
    case "bag":
      return new Bag(type.kind === "set");
    case "list":
      return [];
    case "object":
    case "map":
      return new Map();
    default:
      return null;
  }
}

export class Machine {
  // `given` is what the page holds of a machine: its specification, and what is worked out of it.
  constructor(given) {
    this.specification = given.specification;
    this.listed = given.listed;
    this.hints = given.hints;
    const { states, events, definitions, transitions } = this.specification;
    this.events = new Map(events.map((event) => [event.name, event]));
    this.families = events.filter((event) => event.name.endsWith("*"));
    this.definitions = new Map(this.specification.virtual_states.map((each) => [each.name, {
      parameters: [],
      body: { tree: { kind: "list", items: each.members.map((value) => ({ kind: "constant", value })) } },
    }]));
    for (const definition of definitions) this.definitions.set(definition.name, definition);
    this.findings = new Map(this.specification.findings.map((finding) => [finding.kind, finding]));
    this.lineRules = new Map(this.specification.lines.map((rule) => [rule.check, rule]));
    this.captive = new Set(states.filter((state) => state.final && !state.open).map((state) => state.name));
    this.removed = states.find((state) => state.removed)?.name;
    this.ends = new Set(states.filter((state) => state.final || state.removed).map((state) => state.name));
    this.hasEnd = states.some((state) => state.final);
    this.today = this.specification.generations.find((generation) => generation.today).name;
    this.compiled = new Map();
    this.rules = new Map();
    this.places = new Map();
    for (const row of transitions) {
      const place = `${row.source} ${row.event}`;
      this.places.set(place, [...(this.places.get(place) ?? []), row]);
    }
    const values = this.specification.variables.map((each) => [each.name, each.start ?? startValue(each.type)]);
    const state = states.find((each) => each.initial).name;
    this.initial = { state, generation: null, values: new Map(values), seen: NONE };
  }

  // The entry that governs an event of a name: its own, or the family that fits longest.
  event(name) {
    const own = this.events.get(name);
    if (own && !this.isFamily(own)) return own;
    const fitting = this.families.filter((each) => name.startsWith(each.name.slice(0, -1)));
    fitting.sort((one, other) => other.name.length - one.name.length);
    return fitting[0] ?? this.events.get(UNLISTED);
  }

  isFamily(event) {
    return event.name === UNLISTED || event.name.endsWith("*");
  }

  isOpen(state) {
    return this.hasEnd && !this.ends.has(state);
  }

  evaluator(expression) {
    if (!this.compiled.has(expression)) {
      this.compiled.set(expression, compile(expand(expression.tree, this.definitions)));
    }
    return this.compiled.get(expression);
  }

  holds(expression, moment, unreadable) {
    try {
      return Boolean(this.evaluator(expression)(moment));
    } catch (error) {
      if (error instanceof Unreadable) return unreadable;
      throw error;
    }
  }

  moment(before, name = null, context = null, unreadable = NONE) {
    const { state, values, seen, generation } = before;
    const first = generation === null;
    return { state, values, seen, event: name, context, unreadable, first, times: {}, report: new Map() };
  }

  cases(state, event, generation) {
    const rows = this.places.get(`${state} ${event}`) ?? [];
    return rows.filter((row) => row.generation === null || row.generation === generation);
  }

  rulesOf(event) {
    if (!this.rules.has(event)) {
      const found = this.specification.rules.filter((rule) => rule.on.includes(event) || rule.on.includes(ANY_EVENT));
      this.rules.set(event, found.sort((one, other) => (one.id < other.id ? -1 : 1)));
    }
    return this.rules.get(event);
  }

  // One event in one configuration: {outcome, after, breaches, row}.
  step(before, name, context, contextIsObject = true) {
    const event = this.event(name);
    if (before.state === this.removed) return this.ended("removed", before, name);
    const { unreadable, breach } = this.judgeContext(event, context, contextIsObject);
    if (event.context.kind === "typed" && context !== null) context = read(event.context.type, context);
    const moment = this.moment(before, name, context, unreadable);
    const generation = before.generation ?? this.generation(moment);
    const { row, outcome } = this.outcome(before.state, event, generation, moment);
    if (outcome === "captive") return this.ended("captive", before, name);
    const breaches = breach ? [{ ...breach, moment }] : [];
    if (outcome === "undefined" || outcome === "silent") breaches.push({ rule: this.findings.get(outcome), moment });
    for (const rule of this.rulesOf(event.name)) {
      const isAsked = outcome !== "undefined" || rule.on.includes(ANY_EVENT);
      if (isAsked && !this.holds(rule.require, moment, true)) breaches.push({ rule, moment });
    }
    let after = { ...before, generation };
    if (outcome !== "undefined") after = this.after(after, event, outcome === "moves" ? row : null, moment);
    return { outcome, after, breaches, row };
  }

  ended(kind, before, name) {
    const breaches = [{ rule: this.findings.get(kind), moment: this.moment(before, name) }];
    return { outcome: kind, after: before, breaches, row: null };
  }

  judgeContext(event, context, isObjectOrAbsent) {
    const kind = event.context.kind;
    if (kind === "undefined") {
      const breach = context === null ? null : { rule: this.findings.get("no-context"), keys: [] };
      return { unreadable: NONE, breach };
    }
    if (kind === "empty") {
      const keys = [...(context ?? new Map())].map(([key, value]) => ({ key, isPresent: true, value }));
      return { unreadable: NONE, breach: keys.length ? { rule: this.findings.get("context"), keys } : null };
    }
    if (kind === "any") return { unreadable: NONE, breach: null };
    const keys = this.contextFaults(event, context);
    const unreadable = new Set(keys.map((fault) => fault.key));
    const isTold = keys.length > 0 && isObjectOrAbsent;
    return { unreadable, breach: isTold ? { rule: this.findings.get("context"), keys } : null };
  }

  contextFaults(event, context) {
    const { type } = event.context;
    if (type.kind !== "record") {
      if (context !== null && accepts(type, context)) return [];
      const inner = mapFaults(type, context);
      return inner.length ? inner : [{ key: "", expected: type, isPresent: context !== null, value: context }];
    }
    const faults = [];
    for (const [key, expected] of type.fields) {
      const value = context?.get(key);
      if (value === undefined) {
        if (expected.kind !== "optional") faults.push({ key, expected, isPresent: false, value: null });
      } else if (!accepts(expected, value)) faults.push({ key, expected, isPresent: true, value });
      else if (
        this.listed[event.name]?.includes(key) && hasTooMany(value, present(expected).kind === "hostlist")
      ) {
        faults.push({ key, expected, isPresent: true, value, hasTooMany: true });
      }
    }
    return faults;
  }

  generation(moment) {
    const found = this.specification.generations.find(
      ({ on, when }) => on !== null && on === moment.event && (when === null || this.holds(when, moment, false)),
    );
    return found?.name ?? this.today;
  }

  outcome(state, event, generation, moment) {
    for (const row of this.cases(state, event.name, generation)) {
      if (row.when === null || this.holds(row.when, moment, false)) return { row, outcome: row.outcome };
    }
    return { row: null, outcome: this.captive.has(state) ? "captive" : event.elsewhere };
  }

  after(before, event, row, moment) {
    const values = new Map(before.values);
    for (const [variable, effect] of event.effects) {
      try {
        values.set(variable, takenBy(this.evaluator(effect), this.initial.values.get(variable))(moment));
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
      }
    }
    const seen = before.seen.has(event.name) ? before.seen : new Set([...before.seen, event.name]);
    return { ...before, state: row?.target ?? before.state, values, seen };
  }

  // The events that may come next, as the outcome of each guard case, those that move first.
  possible(configuration) {
    const { state } = configuration;
    const generation = configuration.generation ?? this.today;
    const moving = [];
    const staying = [];
    for (const event of state === this.removed ? [] : this.specification.events) {
      const rows = this.cases(state, event.name, generation);
      const outcomes = rows.map((row) => row.outcome);
      if (rows.every((row) => row.when !== null)) outcomes.push(this.captive.has(state) ? "captive" : event.elsewhere);
      if (!outcomes.some((outcome) => outcome === "moves" || outcome === "stays")) continue;
      if (!this.hindering(configuration, event).length) {
        (outcomes.includes("moves") ? moving : staying).push(event.name);
      }
    }
    return [...moving, ...staying];
  }

  // The rules that forbid an event now, whatever its context holds.
  hindering(configuration, event) {
    const moment = { ...this.moment(configuration, event.name), unreadable: EVERY_KEY };
    const rules = this.rulesOf(event.name).filter((rule) => rule.level !== "note");
    return rules.filter((rule) => !this.holds(rule.require, moment, true));
  }
}

// The entries of a map that are at fault, where that is what is wrong with it.
function mapFaults(type, context) {
  const inner = type.kind === "nonempty" ? type.of : type;
  if (inner.kind !== "map" || context === null) return [];
  const faults = [];
  for (const [key, value] of context) {
    if (!accepts(inner.key, key)) faults.push({ key, expected: inner.key, isPresent: true, value: key, isName: true });
    else if (!accepts(inner.value, value)) faults.push({ key, expected: inner.value, isPresent: true, value });
  }
  return faults;
}
