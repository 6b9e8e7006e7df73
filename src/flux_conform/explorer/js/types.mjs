// What the types of a specification accept, and the members of idsets and hostlists.

import { isInteger, isList, isObject, isReal, isText, whole } from "./values.mjs";

const MOST_MEMBERS = 65536;
export const TOO_MANY = "65,536";

export class TooManyMembers extends Error {}

export const present = (type) => (type.kind === "optional" ? type.of : type);

export function accepts(type, value) {
  switch (type.kind) {
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return (
        isInteger(value) && (type.low === null || type.low <= value) && (type.high === null || value <= type.high)
      );
    case "number":
      return isInteger(value) || isReal(value);
    case "string":
      return isText(value);
    case "literal":
      return value === type.text;
    case "idset":
      return isText(value) && isIdset(value);
    case "hostlist":
      return isText(value) && isHostlist(value);
    case "path":
      return isText(value) && value.split(".").every((part) => part !== "");
    case "any":
      return true;
    case "object":
      return isObject(value);
    case "list":
    case "set":
    case "bag":
      return isList(value) && value.every((item) => accepts(type.of, item));
    case "optional":
      return accepts(type.of, value);
    case "record":
      return (
        isObject(value) &&
        type.fields.every(([name, of]) => (value.has(name) ? accepts(of, value.get(name)) : of.kind === "optional"))
      );
    case "map":
      return (
        isObject(value) &&
        [...value].every(([name, item]) => accepts(type.key, name) && accepts(type.value, item))
      );
    case "nonempty":
      return (isList(value) ? value.length : isObject(value) ? value.size : 0) > 0 && accepts(type.of, value);
    case "union":
      return type.options.some((option) => accepts(option, value));
    default:
      throw new Error(`no type: ${type.kind}`);
  }
}

const idsetBody = (text) => (text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text);

export function isIdset(text) {
  const body = idsetBody(text);
  let last = -1n;
  for (const part of body === "" ? [] : body.split(",")) {
    const found = /^(0|[1-9][0-9]*)(?:-(0|[1-9][0-9]*))?$/.exec(part);
    if (!found || found[1].length > 4000 || (found[2] ?? "").length > 4000 || /\n/.test(part)) return false;
    const [low, high] = [BigInt(found[1]), BigInt(found[2] ?? found[1])];
    if (low <= last || (found[2] !== undefined && high <= low)) return false;
    last = high;
  }
  return true;
}

export function idsOf(text) {
  const parts = text.replace(/^[[\]]+|[[\]]+$/g, "").split(",").filter((part) => part !== "");
  const ranges = parts.map((part) => part.split("-").map(BigInt)).map(([low, high]) => [low, high ?? low]);
  const total = ranges.reduce((sum, [low, high]) => sum + (high - low + 1n), 0n);
  if (total > BigInt(MOST_MEMBERS)) throw new TooManyMembers();
  return ranges.flatMap(([low, high]) => Array.from({ length: Number(high - low) + 1 }, (_, n) => low + BigInt(n)));
}

// Python's blanks, of which a name of a host holds none.
const HOST =
  /^(?:[^\s\x1c-\x1f\x85,[\]]+|\[[0-9]+(?:-[0-9]+)?(?:,[0-9]+(?:-[0-9]+)?)*\])+$/;
const PIECE = /\[([^\]]*)\]|([^[]+)/g;

// The parts between commas that stand in no brackets.
function names(text) {
  const found = [""];
  let inside = false;
  for (const sign of text) {
    if (sign === "," && !inside) found.push("");
    else found[found.length - 1] += sign;
    inside = inside ? sign !== "]" : sign === "[";
  }
  return found;
}

export function isHostlist(text) {
  return text === "" || names(text).every(isName);
}

function isName(text) {
  if (!HOST.test(text)) return false;
  return [...text.matchAll(PIECE)].every(([, inner]) => !inner || inner.split(",").every(isRange));
}

function isRange(part) {
  const [low, high = ""] = part.split("-");
  return low.length <= 18 && high.length <= 18 && BigInt(low) <= BigInt(high || low);
}

export function hostsOf(text) {
  const found = [];
  for (const name of text === "" ? [] : names(text)) {
    const pieces = [...name.matchAll(PIECE)].map(([, inner, plain]) => (plain ? [plain] : numbers(inner)));
    if (found.length + pieces.reduce((size, each) => size * each.length, 1) > MOST_MEMBERS) throw new TooManyMembers();
    found.push(...pieces.reduce((made, each) => made.flatMap((head) => each.map((tail) => head + tail)), [""]));
  }
  return found;
}

function numbers(inner) {
  const found = [];
  for (const part of inner.split(",")) {
    const [low, high] = part.split("-");
    if (BigInt(found.length) + BigInt(high || low) - BigInt(low) + 1n > BigInt(MOST_MEMBERS)) throw new TooManyMembers();
    for (let at = BigInt(low); at <= BigInt(high || low); at += 1n) found.push(String(at).padStart(low.length, "0"));
  }
  return found;
}

export function hasTooMany(text, hosts) {
  try {
    if (hosts) hostsOf(text);
    else idsOf(text);
  } catch (error) {
    if (error instanceof TooManyMembers) return true;
    throw error;
  }
  return false;
}

// A value as expressions read it: where its type says number, 1.0 is read as 1.
export function read(type, value) {
  switch (type.kind) {
    case "number":
      return whole(value);
    case "optional":
    case "nonempty":
      return read(type.of, value);
    case "list":
      return isList(value) ? value.map((item) => read(type.of, item)) : value;
    case "map":
      return isObject(value) ? new Map([...value].map(([name, item]) => [name, read(type.value, item)])) : value;
    case "record": {
      if (!isObject(value)) return value;
      const fields = new Map(type.fields);
      return new Map([...value].map(([name, item]) => [name, fields.has(name) ? read(fields.get(name), item) : item]));
    }
    case "union": {
      const option = type.options.find((each) => accepts(each, value));
      return option ? read(option, value) : value;
    }
    default:
      return value;
  }
}
