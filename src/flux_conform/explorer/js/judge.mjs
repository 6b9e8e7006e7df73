// Judges one log: its verdict, its findings, what each event did, and the report at its end.

import { Unreadable } from "./expressions.mjs";
import { readEntries } from "./lines.mjs";
import { Bag, shown } from "./values.mjs";
import { TOO_MANY } from "./types.mjs";

const MOST_LISTED = 100; // findings of one rule that are listed
const SHOWN_MEMBERS = 5;
const NO_EFFECT = ["undefined", "captive", "removed"];

// {verdict, strict, state, findings, events, report, waits}; findings include notes.
export function judge(machine, bytes) {
  const entries = readEntries(bytes, machine.specification.fields);
  const found = new Found(machine);
  const events = [];
  const times = { first: new Map(), last: new Map(), entered: new Map() };
  let configuration = machine.initial;
  for (const entry of entries) {
    for (const [check, detail] of entry.faults) found.fault(entry, check, detail, configuration);
    if (entry.event === null) continue;
    const { name, context, timestamp, contextIsObject } = entry.event;
    const step = machine.step(configuration, name, context, contextIsObject);
    for (const breach of step.breaches) found.breach(entry, breach, configuration);
    if (!NO_EFFECT.includes(step.outcome)) {
      if (!times.first.has(name)) times.first.set(name, timestamp);
      times.last.set(name, timestamp);
      const { state } = step.after;
      if (state !== configuration.state && !times.entered.has(state)) times.entered.set(state, timestamp);
    }
    const { line } = entry;
    const { outcome, row, after } = step;
    events.push({ line, name, timestamp, context, outcome, row, before: configuration, after });
    configuration = step.after;
  }
  const isLost = events.some((event) => event.outcome === "undefined");
  const open = machine.isOpen(configuration.state) ? "incomplete" : "conforms";
  return {
    verdict: found.violates(false) ? "violates" : open,
    strict: found.violates(true) ? "violates" : open,
    state: configuration.state,
    findings: found.findings,
    events,
    report: report(machine, configuration, times),
    waits: isLost ? [] : waits(machine, configuration),
    configuration,
  };
}

function report(machine, configuration, times) {
  const moment = { ...machine.moment(configuration), times };
  for (const [field, expression] of machine.specification.report) {
    moment.report.set(field, machine.evaluator(expression)(moment));
  }
  return new Map([...moment.report].map(([key, value]) => [key, value instanceof Bag ? value.listed() : value]));
}

// What a log waits for, in words.
export function waits(machine, configuration) {
  const found = [];
  const moment = machine.moment(configuration);
  for (const row of machine.specification.waits) {
    if (!row.states.includes(configuration.state)) continue;
    if (row.when !== null && !machine.evaluator(row.when)(moment)) continue;
    const members = row.each === null ? [null] : machine.evaluator(row.each)(moment).members();
    for (const member of members.slice(0, MOST_LISTED)) {
      const values = new Map([...moment.values, ["each", member]]);
      found.push(filled(machine, row.says, row.each === null ? moment : { ...moment, values }));
    }
    const more = members.length - MOST_LISTED;
    if (more > 0) found.push(`${more} more like it`);
  }
  return found;
}

// A template with its expressions filled in; what cannot be read is an ellipsis.
function filled(machine, template, moment) {
  return template
    .map((part) => {
      if (typeof part === "string") return part;
      try {
        const value = machine.evaluator(part)(moment);
        return ["event", "state"].includes(part.text) ? String(value) : worded(value);
      } catch (error) {
        if (error instanceof Unreadable) return "…";
        throw error;
      }
    })
    .join("");
}

function worded(value) {
  if (!(value instanceof Bag)) return value === null ? "none" : shown(value);
  const kinds = [...value.held.values()].map(([member]) => member);
  const more = kinds.length - SHOWN_MEMBERS;
  const told = kinds.slice(0, SHOWN_MEMBERS).map((member) => shown(member)).join(", ");
  return kinds.length ? `${told}${more > 0 ? ` and ${more} more` : ""}` : "none";
}

class Found {
  constructor(machine) {
    this.machine = machine;
    this.findings = [];
    this.levels = new Set();
    this.counts = new Map();
  }

  violates(strict) {
    return [...this.levels].some((level) => (strict ? level !== "note" : level === "MUST"));
  }

  fault(entry, check, detail, before) {
    const rule = this.machine.lineRules.get(check);
    if (rule) this.add(rule, entry, before, () => ({ message: detail, repair: rule.repair, allowed: [] }));
  }

  breach(entry, breach, before) {
    this.add(breach.rule, entry, before, () => this.explained(breach, entry.event.name, before));
  }

  add(rule, entry, before, explain) {
    this.levels.add(rule.level);
    const name = entry.event?.name ?? "";
    const kind = rule.id.replaceAll("{event}", this.machine.event(name).name);
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count > MOST_LISTED) return;
    const id = rule.id.replaceAll("{event}", name);
    const { line } = entry;
    const section = rule.section || this.machine.event(name).section;
    const event = entry.event === null ? null : name;
    const { state } = before;
    this.findings.push({ rule: id, level: rule.level, line, event, state, rfc: rule.rfc, section, ...explain() });
  }

  explained(breach, name, before) {
    const { rule, moment } = breach;
    const { machine } = this;
    if (rule.breach) {
      const [message, repair] = [rule.breach, rule.repair].map((part) => filled(machine, part, moment));
      return { message, repair, allowed: machine.possible(before) };
    }
    const told = shown(name);
    const { state } = before;
    switch (rule.kind) {
      case "context":
        return this.ofContext(name, breach.keys);
      case "no-context":
        return { message: `${told} has a context`, repair: "leave the context out", allowed: [] };
      case "undefined": {
        const place = `${state} ${machine.event(name).name} ${before.generation ?? machine.today}`;
        const repair = machine.hints[place];
        return { message: `${told} is not defined in ${state}`, repair, allowed: machine.possible(before) };
      }
      case "silent": {
        const message = `nothing says what ${told} does in ${state}; the state stays`;
        return { message, repair: "nothing needs mending", allowed: machine.possible(before) };
      }
      default: {
        const finals = machine.specification.states.filter((each) => each.final);
        const the = finals.length === 1 ? "the" : "a";
        const what = rule.kind === "captive" ? `that led to ${state}, ${the} final state` : "that removed the log";
        const message = `${told} follows the event ${what}`;
        return { message, repair: "remove this line, or keep the log open until it is written", allowed: [] };
      }
    }
  }

  ofContext(name, keys) {
    const { kind, allowed } = this.machine.event(name).context;
    if (kind === "empty") {
      const message = `the context holds ${keys.map((fault) => shown(fault.key)).join(", ")}`;
      return { message, repair: "leave the context out", allowed };
    }
    return { message: keys.map(ofKey).join("; "), repair: keys.map(repairOfKey).join("; "), allowed };
  }
}

function repairOfKey(fault) {
  const { words } = fault.expected;
  if (fault.isName) return `name the key ${shown(fault.key)} so that it is ${words}`;
  if (!fault.key) return `give a context that is ${words}`;
  return `give "${fault.key}" as ${words}${fault.hasTooMany ? ` of ${TOO_MANY} members at most` : ""}`;
}

function ofKey(fault) {
  const { words } = fault.expected;
  if (fault.isName) return `the key ${shown(fault.key)} is not ${words}`;
  const what = fault.key ? `"${fault.key}"` : "the context";
  if (!fault.isPresent) return `${what} is missing`;
  if (fault.hasTooMany) return `${what} has more than ${TOO_MANY} members, which are not read`;
  return `${what} is ${shown(fault.value)}, not ${words}`;
}
