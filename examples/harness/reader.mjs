#!/usr/bin/env node
// A reader of job eventlogs behind the harness protocol, for Node without any package.
//
// Like reader.py it stands for somebody's implementation, and shares no code with flux-conform.
// It tells the verdict, the state after each event, and the job.

import { createInterface } from "node:readline";

const MOVES = {
  validate: { NEW: "DEPEND" },
  invalidate: { NEW: "REMOVED" },
  depend: { DEPEND: "PRIORITY" },
  priority: { PRIORITY: "SCHED", SCHED: "SCHED" },
  alloc: { SCHED: "RUN", PRIORITY: "PRIORITY", CLEANUP: "CLEANUP" },
  finish: { RUN: "CLEANUP", CLEANUP: "CLEANUP" },
  clean: { CLEANUP: "INACTIVE" },
};
const SENT_BACK = ["urgency", "jobspec-update", "flux-restart"]; // from SCHED to PRIORITY

// JSON.parse makes one number of 1 and 1.0, and RFC 21 wants integers: the others are wrapped.
class Real {
  constructor(value) {
    this.value = value;
  }
}
const WRAPPED = "\u0000real";
const TOKENS = /"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/g;

function parse(text) {
  JSON.parse(text); // what is no JSON is found before anything is changed
  const wrap = (token) =>
    token[0] !== '"' && /[.eE]/.test(token) ? `{${JSON.stringify(WRAPPED)}:${token}}` : token;
  return JSON.parse(text.replace(TOKENS, wrap), (_, value) =>
    isObject(value) && WRAPPED in value ? new Real(value[WRAPPED]) : value,
  );
}

const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Real);
const isText = (value) => typeof value === "string";
const isInteger = (value) => typeof value === "number";
const isFlag = (value) => typeof value === "boolean";
const within = (low, high) => (value) => isInteger(value) && low <= value && value <= high;
const has = (object, key) => Object.hasOwn(object, key);
const seconds = (value) => (value instanceof Real ? value.value : value);

function isIdset(text) {
  const ids = /^\[[^]*\]$/.test(text) ? text.slice(1, -1) : text;
  let last = -1;
  for (const part of ids === "" ? [] : ids.split(",")) {
    if (!/^(0|[1-9][0-9]*)(-(0|[1-9][0-9]*))?$/.test(part)) return false;
    for (const id of part.split("-").map(Number)) {
      if (id <= last) return false;
      last = id;
    }
  }
  return true;
}

const DESCRIBED = { description: isText };
const ENDED = { description: isText, status: isInteger };
const CONTEXTS = {
  // the keys of an event's context; those that end in ? may be absent
  submit: { urgency: within(0, 31), userid: isInteger, flags: isInteger, "version?": isInteger },
  "set-flags": { flags: (flags) => Array.isArray(flags) && flags.every(isText) },
  "dependency-add": DESCRIBED,
  "dependency-remove": DESCRIBED,
  "prolog-start": DESCRIBED,
  "epilog-start": DESCRIBED,
  "prolog-finish": ENDED,
  "epilog-finish": ENDED,
  priority: { priority: within(0, 4294967295) },
  urgency: { urgency: within(0, 31), userid: isInteger },
  alloc: { "annotations?": isObject },
  release: { ranks: (r) => r === "all" || (isText(r) && isIdset(r)), final: isFlag },
  finish: { status: isInteger },
  exception: {
    type: isText,
    severity: within(0, 7),
    note: isText,
    "userid?": isInteger,
    "wait_status?": isInteger,
  },
  "resource-update": { expiration: isInteger },
};

class Violation extends Error {}

function demand(condition) {
  if (!condition) throw new Violation();
}

function judgeContext(name, context) {
  if (["start", "free", "clean"].includes(name)) demand(Object.keys(context ?? {}).length === 0);
  if (name === "memo" || name === "jobspec-update") demand(context !== undefined);
  if (name === "jobspec-update") {
    const paths = Object.keys(context);
    demand(paths.length > 0 && paths.every((path) => path.split(".").every((part) => part !== "")));
  }
  for (const [key, fits] of Object.entries(has(CONTEXTS, name) ? CONTEXTS[name] : {})) {
    const bare = key.replace("?", "");
    demand(has(context ?? {}, bare) ? fits(context[bare]) : bare !== key);
  }
}

const modulo = (value, by) => ((value % by) + by) % by;
const shell = (status) =>
  modulo(status, 128) ? 128 + modulo(status, 128) : Math.floor(status / 256);

// Objects are kept as maps, for a key of a log may have any name.
function merge(map, object) {
  for (const [key, value] of Object.entries(object)) {
    if (value === null) map.delete(key);
    else if (!isObject(value)) map.set(key, value);
    else {
      if (!(map.get(key) instanceof Map)) map.set(key, new Map());
      merge(map.get(key), value);
    }
  }
}

const asObject = (value) =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([key, inner]) => [key, asObject(inner)]))
    : value;

class Job {
  state = "NEW";
  v0 = false;
  root = null; // the context of the first exception of severity 0
  dependencies = new Set();
  added = new Set();
  running = { prolog: [], epilog: [] };
  cleanFinish = false;
  user = new Map();
  told = {
    ...{ t_submit: null, t_depend: null, t_priority: null, t_sched: null, t_run: null },
    ...{ t_cleanup: null, t_inactive: null, userid: null, urgency: null, priority: null },
    ...{ exception: null, waitstatus: null, result: null, returncode: null, annotations: null },
  };

  event(time, name, context) {
    const first = this.told.t_submit === null;
    demand(this.state !== "INACTIVE" && this.state !== "REMOVED");
    demand(name === "submit" || !first);
    judgeContext(name, context);
    const found = context ?? {};
    if (first) {
      this.told.t_submit = time;
      this.v0 = !has(found, "version");
    }
    const after = this.after(name, found);
    this.heed(name, found, first);
    const field = `t_${after.toLowerCase()}`;
    if (after !== this.state && this.told[field] === null) this.told[field] = time;
    this.state = after;
  }

  after(name, context) {
    if (name === "exception") return context.severity === 0 ? "CLEANUP" : this.state;
    if (this.v0 && name === "submit" && this.state === "NEW") return "DEPEND";
    if (this.v0 && name === "validate" && this.state === "DEPEND") return "DEPEND";
    if (SENT_BACK.includes(name)) return this.state === "SCHED" ? "PRIORITY" : this.state;
    if (!has(MOVES, name)) return this.state;
    demand(has(MOVES[name], this.state));
    return MOVES[name][this.state];
  }

  heed(name, context, first) {
    const { told } = this;
    const [kind] = name.split("-");
    switch (name) {
      case "submit":
        if (!first) break;
        demand(!has(context, "version") || context.version === 1);
        told.userid = context.userid;
        told.urgency = context.urgency;
        break;
      case "urgency":
      case "priority":
        told[name] = context[name];
        break;
      case "dependency-add":
        this.dependencies.add(context.description);
        this.added.add(context.description);
        break;
      case "dependency-remove":
        demand(this.added.has(context.description));
        this.dependencies.delete(context.description);
        break;
      case "depend":
        demand(this.dependencies.size === 0);
        break;
      case "prolog-start":
      case "epilog-start":
        this.running[kind].push(context.description);
        break;
      case "prolog-finish":
      case "epilog-finish": {
        const place = this.running[kind].indexOf(context.description);
        if (place >= 0) this.running[kind].splice(place, 1);
        break;
      }
      case "start":
        demand(this.running.prolog.length === 0);
        break;
      case "free":
        demand(this.running.epilog.length === 0);
        break;
      case "alloc":
        demand(told.urgency !== 0);
        break;
      case "finish":
        if (this.root !== null && has(this.root, "wait_status")) {
          const status = shell(this.root.wait_status);
          demand(context.status === status || context.status === status * 256);
        }
        told.waitstatus = context.status;
        this.cleanFinish = this.root === null;
        break;
      case "exception":
        demand(!has(context, "wait_status") || context.type === "exec");
        if (context.severity === 0) this.root ??= context;
        if (told.exception === null || context.severity < told.exception.severity) {
          const { type, severity, note } = context;
          told.exception = { type, severity, note };
        }
        break;
      case "memo":
        merge(this.user, context);
        told.annotations = this.user.size ? { user: asObject(this.user) } : null;
        break;
    }
  }

  report() {
    if (this.state !== "INACTIVE") return this.told;
    const ends = { cancel: ["CANCELED", -128], timeout: ["TIMEOUT", null] };
    const type = this.told.exception?.type ?? "";
    let [result, returncode] = has(ends, type) ? ends[type] : ["FAILED", 1];
    const status = this.told.waitstatus;
    if (status !== null) {
      const signal = modulo(status, 128);
      returncode = signal ? -signal : modulo(Math.floor(status / 256), 256);
      if (signal === 127) returncode = null; // neither an exit nor a signal
      if (status === 0 && this.cleanFinish) result = "COMPLETED";
    }
    return { ...this.told, result, returncode };
  }
}

function judge(bytes) {
  const job = new Job();
  const states = [];
  try {
    const whole = bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes;
    for (let from = 0, end = 0; end >= 0; from = end + 1) {
      end = whole.indexOf(10, from);
      const line = whole.subarray(from, end < 0 ? whole.length : end);
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      const row = parse(decoder.decode(line));
      demand(isObject(row) && isText(row.name));
      const time = seconds(row.timestamp);
      demand(isInteger(time) && time > 0 && Number.isFinite(time));
      demand(!has(row, "context") || isObject(row.context));
      job.event(time, row.name, row.context);
      states.push(job.state);
    }
  } catch (error) {
    const told = error instanceof Violation || error instanceof SyntaxError;
    if (!told && !(error instanceof TypeError && error.code)) throw error;
    return { verdict: "violates", states, job: null };
  }
  const ended = job.state === "INACTIVE" || job.state === "REMOVED";
  return { verdict: ended ? "conforms" : "incomplete", states, job: job.report() };
}

const plain = (_, value) => (value instanceof Real ? value.value : value);
const say = (answer) => process.stdout.write(`${JSON.stringify(answer, plain)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.op === "stop") break;
  if (request.op === "hello") {
    const reports = ["verdict", "states", "job"];
    say({ op: "hello", name: "reader.mjs", version: "1", reports });
  } else {
    const log = has(request, "log")
      ? Buffer.from(request.log, "utf-8")
      : Buffer.from(request.log_base64, "base64");
    say({ seq: request.seq, ...judge(log) });
  }
}
process.exit(0);
