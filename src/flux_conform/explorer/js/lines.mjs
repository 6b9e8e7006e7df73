// Reads the lines of an eventlog from its bytes: events, and the checks that each line fails.

import { JsonReader, NoConstant, NotJson } from "./json.mjs";
import { counted, cut, isInteger, isObject, isReal, isText, kindOf, quoted, realText, shown } from "./values.mjs";

const MAX_LINE_BYTES = 16 << 20;
const MAX_DEPTH = 200;
const SHOWN_KEYS = 10;
const PARTS = { name: "name", time: "timestamp", context: "context" };

// A log that exceeds a limit of the reader.
export class UnreadableLog extends Error {}

// The lines of a log as bytes without their newlines, and whether each had one.
export function* split(bytes) {
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(10, start);
    yield [bytes.subarray(start, end < 0 ? bytes.length : end), end >= 0];
    start = end < 0 ? bytes.length : end + 1;
  }
}

// Where bytes stop being UTF-8; -1 where they do not.
function badByte(bytes) {
  const within = (at, low, high) => at < bytes.length && bytes[at] >= low && bytes[at] <= high;
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at];
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const more = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    const low = { 0xe0: 0xa0, 0xf0: 0x90 }[lead] ?? 0x80;
    const high = { 0xed: 0x9f, 0xf4: 0x8f }[lead] ?? 0xbf;
    if (!more || !within(at + 1, low, high)) return at;
    for (let next = 2; next <= more; next += 1) if (!within(at + next, 0x80, 0xbf)) return at;
    at += more + 1;
  }
  return -1;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

function nestsTooDeep(text) {
  let depth = 0;
  for (const [bracket] of text.replace(/"(?:[^"\\]|\\[^])*(?:"|\\?$)/g, "").matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function decode(number, bytes) {
  if (number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { fault: "the log begins with a byte order mark" };
  }
  if (bytes.every((byte) => byte === 32 || byte === 9 || byte === 13)) return { fault: "the line is blank" };
  const bad = badByte(bytes);
  if (bad >= 0) return { fault: `byte ${bad + 1} of the line is not UTF-8` };
  const text = DECODER.decode(bytes);
  if (nestsTooDeep(text)) {
    throw new UnreadableLog(`line ${number} nests deeper than the ${MAX_DEPTH} levels that this reader takes`);
  }
  const reader = new JsonReader(text);
  try {
    const value = reader.whole();
    if (!isObject(value)) return { fault: `the line holds ${kindOf(value)}, not an object` };
    return { value, repeated: [...reader.repeated] };
  } catch (error) {
    if (error instanceof NoConstant) return { fault: `not JSON: ${error.message} is no value of JSON` };
    if (!(error instanceof NotJson)) throw error;
    const column = [...text.slice(0, error.at)].length + 1;
    return { fault: `not JSON from column ${column} on: ${error.message}` };
  }
}

const isTimestamp = (value) =>
  (isInteger(value) && value > 0n) || (isReal(value) && value > 0 && Number.isFinite(value));
const described = (value, key) => (value.has(key) ? `is ${shown(value.get(key))}` : "is missing");
const timeText = (value) => (isReal(value) ? realText(value) : String(value));

function keys(names) {
  const told = names.slice(0, SHOWN_KEYS).map((name) => cut(quoted(name, true))).join(", ");
  const more = names.length - SHOWN_KEYS;
  return more > 0 ? `${told} and ${counted(more)} more` : told;
}

function readLine(number, bytes, ended) {
  const { value, repeated, fault } = decode(number, bytes);
  if (fault !== undefined) return { event: null, faults: [["lines", fault]] };
  const faults = [];
  if (!ended) faults.push(["last-newline", "the last line has no newline"]);
  if (repeated.length) faults.push(["duplicate-key", `given more than once: ${keys(repeated)}`]);
  const name = value.get("name");
  if (!isText(name)) {
    faults.push(["name", `the name ${described(value, "name")}`]);
    return { event: null, faults };
  }
  let timestamp = value.get("timestamp");
  if (!isTimestamp(timestamp)) {
    faults.push(["timestamp", `the timestamp ${described(value, "timestamp")}`]);
    timestamp = null;
  }
  if (name === "") faults.push(["name-empty", "the name is the empty string"]);
  let context = value.get("context") ?? null;
  const isFaulty = value.has("context") && !isObject(context);
  if (isFaulty) {
    faults.push(["context", `the context ${described(value, "context")}`]);
    context = null;
  }
  const others = [...value.keys()].filter((key) => !Object.values(PARTS).includes(key));
  if (others.length) faults.push(["keys", `further keys: ${keys(others)}`]);
  return { event: { name, timestamp, context, contextIsObject: !isFaulty }, faults };
}

// The lines of a log, each with its number, its event and the checks that it fails.
export function readEntries(bytes, form = null) {
  if (!bytes.length) return [{ line: 1, event: null, faults: [["not-empty", "the log is empty"]] }];
  const entries = [];
  let latest = null;
  for (const [own, ended] of split(bytes)) {
    const line = entries.length + 1;
    const plain = form === null ? own : plainLine(form, own);
    if (own.length > MAX_LINE_BYTES) {
      const limit = counted(MAX_LINE_BYTES);
      throw new UnreadableLog(`line ${line} has ${counted(own.length)} bytes; this reader takes ${limit}`);
    }
    const { event, faults } = readLine(line, plain, ended);
    if (event !== null && event.timestamp !== null) {
      if (latest !== null && event.timestamp < latest) {
        faults.push(["time-order", `${timeText(event.timestamp)} follows ${timeText(latest)}`]);
      }
      latest = event.timestamp;
    }
    entries.push({ line, event, faults });
  }
  return entries;
}

// Lines that name their parts otherwise than eventlogs do

function pairs(bytes) {
  if (badByte(bytes) >= 0) return null;
  const text = DECODER.decode(bytes);
  if (!/^[ \t\r]*\{/.test(text)) return null;
  try {
    new JsonReader(text, { lenient: true }).whole();
  } catch (error) {
    if (error instanceof NotJson || error instanceof RangeError) return null;
    throw error;
  }
  const found = [];
  const reader = new JsonReader(text, { lenient: true });
  reader.blank();
  reader.members((key) => {
    const start = reader.at;
    reader.value();
    found.push([key, text.slice(start, reader.at)]);
  });
  return found;
}

const objectText = (members) =>
  `{${members.map(([key, value]) => `${quoted(key).replace(/\p{Surrogate}/gu, (one) => quoted(one, true).slice(1, -1))}:${value}`).join(",")}}`;

// A line in a form as that of an eventlog; one that is no object stays as it is.
function plainLine(form, bytes) {
  const members = pairs(bytes);
  if (members === null) return bytes;
  const parts = new Map();
  for (const [part, name] of Object.entries(PARTS)) if (form[part] !== null) parts.set(form[part], name);
  const own = members.filter(([key]) => parts.has(key)).map(([key, value]) => [parts.get(key), value]);
  const others = members.filter(([key]) => !parts.has(key));
  if (form.context === null) {
    if (others.length) own.push([PARTS.context, objectText(others)]);
  } else {
    const isTaken = (key) => Object.values(PARTS).includes(key);
    own.push(...others.map(([key, value]) => [isTaken(key) ? `.${key}` : key, value]));
  }
  return new TextEncoder().encode(objectText(own));
}
