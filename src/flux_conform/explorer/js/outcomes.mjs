// What may come here: each event of the machine with its outcome, to be added to the log by a click.

import { button, make } from "./dom.mjs";
import { parse } from "./json.mjs";
import { isObject, quoted, written } from "./values.mjs";

const PLAIN_FORM = { name: "name", time: "timestamp", context: "context" };

// The next line of a log: an event with the context that the specification gives as an example.
function exampleLine(machine, event, time) {
  const form = machine.specification.fields ?? PLAIN_FORM;
  const context = event.example === null ? null : parse(event.example);
  const parts = [];
  if (form.time !== null) parts.push(`${quoted(form.time)}:${written(time)}`);
  parts.push(`${quoted(form.name)}:${quoted(event.name)}`);
  if (context !== null && form.context !== null) parts.push(`${quoted(form.context)}:${written(context)}`);
  else if (isObject(context)) for (const [key, value] of context) parts.push(`${quoted(key)}:${written(value)}`);
  return `{${parts.join(",")}}\n`;
}

// The outcome of each guard case, in words.
function cases(machine, event, configuration) {
  const { state } = configuration;
  const rows = machine.cases(state, event.name, configuration.generation ?? machine.today);
  const told = rows.map((row) => [row.when?.text ?? "", row.outcome, row.target]);
  if (rows.every((row) => row.when !== null)) {
    told.push(["", machine.captive.has(state) ? "undefined" : event.elsewhere, null]);
  }
  return told.map(([guard, outcome, target], place) => {
    const what = outcome === "moves" ? `moves to ${target}` : outcome;
    const when = guard === "" ? (place ? "else: " : "") : `if ${guard}: `;
    return make("span", { class: `case ${outcome}` }, `${when}${what}`);
  });
}

// The table at a configuration; `add` takes the line of an event that is clicked.
export function outcomeTable(machine, configuration, time, add) {
  const allowed = new Set(machine.possible(configuration));
  const events = machine.specification.events.filter((event) => !machine.isFamily(event));
  const order = (event) => (allowed.has(event.name) ? 0 : 1);
  events.sort((one, other) => order(one) - order(other));
  const rows = events.map((event) => {
    const isAllowed = allowed.has(event.name);
    const line = exampleLine(machine, event, time);
    const rules = isAllowed ? [] : machine.hindering(configuration, event);
    const why = rules.map((rule) => make("span", { class: "case why", title: rule.id }, `${rule.level}: ${rule.says}`));
    const label = `add ${event.name}, ${isAllowed ? "allowed" : "not allowed"} here`;
    return make("tr", { class: isAllowed ? "allowed" : "refused" },
      make("th", { scope: "row" }, button(`+ ${event.name}`, () => add(line, event.name), { "aria-label": label, "data-event": event.name, title: event.says })),
      make("td", {}, isAllowed ? "✓ yes" : "✗ no"),
      make("td", {}, ...cases(machine, event, configuration), ...why),
      make("td", { class: "by" }, event.by.join(", ")));
  });
  const head = ["event", "may come", "what it does", "posted by"].map((name) => make("th", { scope: "col" }, name));
  return make("table", { class: "outcomes" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}
