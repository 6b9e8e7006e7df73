// One log on one machine: what was given, the verdict, the findings, and the replay step by step.

import { Diagram } from "./diagram.mjs";
import { button, make, several } from "./dom.mjs";
import { judge, waits } from "./judge.mjs";
import { split, UnreadableLog } from "./lines.mjs";
import { outcomeTable } from "./outcomes.mjs";
import { Bag, cut, isInteger, isReal, written } from "./values.mjs";

const MOST_SHOWN = 2000; // lines that are listed
const MARKS = { moves: "→", stays: "", silent: "?", undefined: "✗", captive: "✗", removed: "✗" };
const TOLD = { conforms: "good", incomplete: "warn", violates: "bad", unreadable: "bad" };
const isNothing = (value) =>
  value === null || value === false || (value instanceof Bag ? value.size === 0 : value?.size === 0 || value?.length === 0);

export class Pane {
  // `machines` are those of the page by name; `changed` is called after each change.
  constructor(letter, machines, changed) {
    this.letter = letter;
    this.machines = machines;
    this.changed = changed;
    this.bytes = new Uint8Array();
    this.name = [...machines.keys()][0];
    this.place = 0;
    this.build();
  }

  build() {
    const { letter } = this;
    const options = [...this.machines].map(([name, { title }]) => make("option", { value: name }, title));
    this.choice = make("select", { id: `${letter}-machine`, change: () => this.choose(this.choice.value) }, ...options);
    this.text = make("textarea", {
      id: `${letter}-log`, rows: "8", spellcheck: "false", autocomplete: "off", wrap: "off",
      "aria-describedby": `${letter}-hint`, input: () => this.take(new TextEncoder().encode(this.text.value), null),
    });
    this.file = make("input", { type: "file", id: `${letter}-file`, change: () => this.open(this.file.files[0]) });
    this.verdict = make("p", { class: "verdict", role: "status", id: `${letter}-verdict` });
    this.waiting = make("p", { class: "waits" });
    this.diagram = new Diagram(letter);
    this.says = make("output", { "aria-live": "polite" });
    this.back = button("◀ previous", () => this.go(this.place - 1));
    this.forth = button("next ▶", () => this.go(this.place + 1));
    const controls = make("div", { class: "controls", role: "group", "aria-label": "steps" },
      this.back, this.forth, button("next finding", () => this.go(this.nextFinding())), this.says);
    this.steps = make("ol", { class: "steps" });
    this.stand = make("dl", { class: "stand" });
    this.table = make("div", { class: "table" });
    this.element = make("section", { class: "pane", "aria-label": `log ${letter}` },
      make("p", { class: "given" },
        make("label", { for: this.choice.id }, "Machine "), this.choice, " ",
        make("label", { for: this.file.id }, "Open a file "), this.file, " ",
        button("clear", () => this.take(new Uint8Array()))),
      make("label", { for: this.text.id }, "The log, one event a line"), this.text,
      make("p", { class: "hint", id: `${letter}-hint` }, "Paste a log here, drop a file, or click events below."),
      this.verdict, this.waiting, this.diagram.element, controls, this.steps,
      make("h2", {}, "Where the log stands"), this.stand,
      make("h2", {}, "What may come next"), this.table);
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer.files;
      if (!file) return;
      event.preventDefault();
      this.open(file);
    });
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  async open(file) {
    if (file) this.take(new Uint8Array(await file.arrayBuffer()));
  }

  choose(name) {
    if (!this.machines.has(name)) return;
    this.name = this.choice.value = name;
    this.take(this.bytes);
  }

  // Judge a log; `text` is what the field shows, null to leave it.
  take(bytes, text = new TextDecoder().decode(bytes)) {
    this.bytes = bytes;
    if (text !== null) this.text.value = text;
    const { machine } = this.machines.get(this.name);
    this.told = null;
    try {
      if (bytes.length) this.told = judge(machine, bytes);
      this.show();
    } catch (error) {
      if (!(error instanceof UnreadableLog)) throw error;
      this.show(error.message);
    }
    this.changed();
  }

  show(fault = "") {
    const { told } = this;
    const kind = fault ? "unreadable" : (told?.verdict ?? "");
    this.verdict.className = `verdict ${TOLD[kind] ?? ""}`;
    this.verdict.textContent = fault ? `unreadable: ${fault}` : told ? this.summary() : "no log yet";
    this.waiting.textContent = told?.waits.length ? `waits for ${told.waits.join(" and ")}` : "";
    this.lines = [];
    this.steps.replaceChildren();
    if (told) this.list();
    this.go(this.lines.length - 1);
  }

  summary() {
    const { verdict, state, events, findings } = this.told;
    const faults = findings.filter((finding) => finding.level !== "note").length;
    const notes = findings.length - faults;
    const parts = [several(events.length, "event"), several(faults, "finding")];
    if (notes) parts.push(several(notes, "note"));
    return `${verdict} in ${state}: ${parts.join(", ")}`;
  }

  list() {
    const { machine } = this.machines.get(this.name);
    const events = new Map(this.told.events.map((event) => [event.line, event]));
    const decoder = new TextDecoder();
    let configuration = machine.initial;
    let line = 0;
    for (const [bytes] of split(this.bytes)) {
      line += 1;
      const event = events.get(line) ?? null;
      const before = configuration;
      configuration = event?.after ?? configuration;
      if (this.lines.length === MOST_SHOWN) continue;
      const findings = this.told.findings.filter((finding) => finding.line === line);
      this.lines.push({ line, event, before, after: configuration, findings });
      this.steps.append(this.step(this.lines.length - 1, cut(decoder.decode(bytes), 1000)));
    }
    if (line > MOST_SHOWN) this.steps.append(make("li", {}, `${line - MOST_SHOWN} more lines, judged and not listed`));
  }

  step(place, text) {
    const { line, event, after, findings } = this.lines[place];
    const did = event ? `${MARKS[event.outcome]} ${after.state}` : "no event";
    const go = button(String(line), () => this.go(place), { class: "number", "aria-label": `go to line ${line}` });
    const told = findings.map((finding) => make("div", { class: `finding ${finding.level === "MUST" ? "must" : finding.level === "note" ? "note" : "should"}` },
      make("p", {}, make("b", {}, `${finding.level}: ${finding.message}`)),
      make("p", {}, make("code", {}, finding.rule), ` (RFC ${finding.rfc}, ${finding.section})`),
      finding.repair ? make("p", {}, `to mend it: ${finding.repair}`) : null,
      finding.allowed.length ? make("p", {}, `allowed: ${finding.allowed.join(", ")}`) : null));
    const faulty = findings.some((finding) => finding.level !== "note");
    return make("li", { class: faulty ? "step faulty" : "step", "data-line": line },
      go, make("code", { class: "logged" }, text), make("span", { class: "did" }, did), ...told);
  }

  nextFinding() {
    const is = ({ findings }) => findings.length > 0;
    const next = this.lines.findIndex((step, place) => place > this.place && is(step));
    return next < 0 ? Math.max(0, this.lines.findIndex(is)) : next;
  }

  // Go to a step, by its place among the lines; -1 is before the first.
  go(place) {
    const page = this.machines.get(this.name);
    const { machine } = page;
    this.place = Math.max(-1, Math.min(place, this.lines.length - 1));
    for (const now of this.steps.querySelectorAll("[aria-current]")) now.removeAttribute("aria-current");
    const step = this.lines[this.place] ?? null;
    const configuration = step?.after ?? machine.initial;
    if (step) {
      const item = this.steps.children[this.place];
      item.setAttribute("aria-current", "step");
      if (this.steps.contains(document.activeElement) || this.back.parentNode.contains(document.activeElement)) {
        item.scrollIntoView({ block: "nearest" });
      }
    }
    this.diagram.draw(page.diagrams[configuration.generation ?? machine.today]);
    const rows = machine.specification.transitions;
    const row = step?.event?.outcome === "moves" ? rows.indexOf(step.event.row) : -1;
    this.diagram.show(configuration.state, row);
    this.back.setAttribute("aria-disabled", this.place <= -1);
    this.forth.setAttribute("aria-disabled", this.place >= this.lines.length - 1);
    this.says.textContent = step ? this.sentence(step) : "before the first event";
    this.standing(machine, configuration);
    this.table.replaceChildren(outcomeTable(machine, configuration, this.time(), (line, event) => this.add(line, event)));
  }

  sentence({ line, event, before, after, findings }) {
    const did = event === null ? "no event"
      : before.state === after.state ? `${event.name}, ${event.outcome} in ${after.state}`
      : `${event.name}, from ${before.state} to ${after.state}`;
    return `line ${line}: ${did}${findings.length ? `; ${several(findings.length, "finding")}: ${findings[0].rule}` : ""}`;
  }

  // The values that the log has come to, and what it waits for.
  standing(machine, configuration) {
    const held = [...configuration.values].filter(([, value]) => !isNothing(value));
    const rows = [["state", configuration.state], ...held.map(([name, value]) => [name, cut(written(value), 200)])];
    const isLost = this.lines.slice(0, this.place + 1).some(({ event }) => event?.outcome === "undefined");
    const awaited = isLost ? [] : waits(machine, configuration);
    if (awaited.length) rows.push(["waits for", awaited.join(", ")]);
    this.stand.replaceChildren(...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  }

  // A second after the last event that has a time.
  time() {
    const times = (this.told?.events ?? []).map((event) => event.timestamp).filter((time) => time !== null);
    const last = times.at(-1);
    return isInteger(last) ? last + 1n : isReal(last) ? last + 1 : 1;
  }

  // Add the line of an event behind the step that is shown; what came after it goes. The table is
  // made anew, and the focus stays on the event's button.
  add(line, event) {
    let end = 0;
    let count = 0;
    for (const [bytes, ended] of split(this.bytes)) {
      if (count > this.place) break;
      end += bytes.length + (ended ? 1 : 0);
      count += 1;
    }
    const kept = this.bytes.subarray(0, end);
    const join = kept.length && kept.at(-1) !== 10 ? "\n" : "";
    const more = new TextEncoder().encode(join + line);
    const whole = new Uint8Array(kept.length + more.length);
    whole.set(kept);
    whole.set(more, kept.length);
    this.take(whole);
    this.table.querySelector(`[data-event="${CSS.escape(event)}"]`)?.focus({ preventScroll: true });
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isFree = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!by || !isFree || event.target.closest("textarea, select, input")) return;
    const frame = event.target.closest(".diagram, .logged");
    if (frame && frame.scrollWidth > frame.clientWidth) return; // there the arrows scroll
    event.preventDefault();
    this.go(this.place + by);
  }
}
