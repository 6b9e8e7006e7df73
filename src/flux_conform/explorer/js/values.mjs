// The values of JSON and of the specification language, and when two of them are equal.
//
// An integer is a BigInt and any other number a Number, so that 1 and 1.0 stay two values and no
// digit is lost. An object is a Map, an array an Array, and none is null.

// A number that the checker does not represent; `what` describes it, and it has no type.
export class Unrepresentable {
  constructor(what) {
    this.what = what;
  }
}

export const isInteger = (value) => typeof value === "bigint";
export const isReal = (value) => typeof value === "number";
export const isText = (value) => typeof value === "string";
export const isObject = (value) => value instanceof Map;
export const isList = (value) => Array.isArray(value);

export function kindOf(value) {
  if (value === null) return "null";
  if (typeof value === "boolean") return "a boolean";
  if (value instanceof Unrepresentable) return value.what;
  if (isInteger(value)) return "an integer";
  if (isReal(value)) return "a number";
  if (isText(value)) return "a string";
  return isList(value) ? "an array" : "an object";
}

let marks = 0;
const marked = new WeakMap();

// A text that is the same for two values if and only if they are equal.
export function keyOf(value) {
  if (value === null) return "n";
  if (typeof value === "boolean") return value ? "t" : "f";
  if (isInteger(value)) return `i${value}`;
  if (isReal(value)) return `r${value === 0 ? 0 : value}`;
  if (isText(value)) return `s${value.length}:${value}`;
  if (isList(value)) return `[${value.map(keyOf).join(",")}]`;
  if (isObject(value)) {
    const names = [...value.keys()].sort();
    return `{${names.map((name) => keyOf(name) + keyOf(value.get(name))).join(",")}}`;
  }
  if (value instanceof Bag) return value.key();
  if (!marked.has(value)) marked.set(value, ++marks);
  return `u${marked.get(value)}`;
}

export function same(one, other) {
  if (typeof one !== typeof other) return false;
  if (typeof one !== "object" || one === null || other === null) return one === other;
  return keyOf(one) === keyOf(other);
}

// A number in the form in which it is compared: an integer if it is whole.
export const whole = (value) => (isReal(value) && Number.isInteger(value) ? BigInt(value) : value);

// A multiset that is never changed; `distinct` ones hold each member at most once.
export class Bag {
  constructor(distinct, held = new Map()) {
    this.distinct = distinct;
    this.held = held; // by the members' keys: [member, times], in the order in which they came
    this.size = 0;
    for (const [, times] of held.values()) this.size += times;
  }

  static of(members) {
    const held = new Map();
    for (const member of members) if (!held.has(keyOf(member))) held.set(keyOf(member), [member, 1]);
    return new Bag(true, held);
  }

  has(member) {
    return this.held.has(keyOf(member));
  }

  plus(members) {
    const held = new Map(this.held);
    for (const member of members) {
      const key = keyOf(member);
      const [first, times] = held.get(key) ?? [member, 0];
      held.set(key, [first, this.distinct ? 1 : times + 1]);
    }
    return new Bag(this.distinct, held);
  }

  minus(members) {
    const held = new Map(this.held);
    for (const member of members) {
      const key = keyOf(member);
      if (!held.has(key)) continue;
      const [first, times] = held.get(key);
      if (times > 1) held.set(key, [first, times - 1]);
      else held.delete(key);
    }
    return new Bag(this.distinct, held);
  }

  members() {
    return [...this.held.values()].flatMap(([member, times]) => Array(times).fill(member));
  }

  key() {
    const keys = [...this.held].map(([key, [, times]]) => `${times}*${key}`).sort();
    return `b(${keys.join(",")})`;
  }

  // Each member, as often as its count; numbers first and in order, others by their text.
  listed() {
    const isNumber = (value) => isInteger(value) || isReal(value);
    const place = (value) => written(value, { ascii: true, sorted: true });
    return this.members().sort((one, other) => {
      if (isNumber(one) !== isNumber(other)) return isNumber(one) ? -1 : 1;
      if (isNumber(one) && one != other) return one < other ? -1 : 1;
      const [a, b] = [place(one), place(other)];
      return a < b ? -1 : a > b ? 1 : 0;
    });
  }
}

const isEmptyMap = (value) => isObject(value) && value.size === 0;
export const setOf = (value) => (value instanceof Bag ? value : Bag.of(isList(value) ? value : value.keys()));
export const isSet = (value) => value instanceof Bag || isList(value) || isObject(value);

export function equal(one, other) {
  const bags = [one, other].filter((value) => value instanceof Bag);
  // A set and a bag are equal where they hold the same members as often.
  if (bags.length === 2) return one.key() === other.key();
  if (bags.length === 1) return bags[0].size === 0 && (isEmptyMap(one) || isEmptyMap(other));
  return same(one, other);
}

export function united(one, other) {
  if (other instanceof Bag) return one.plus(other.members());
  return isEmptyMap(other) ? one : one.plus([other]);
}

export function without(one, other) {
  if (other instanceof Bag) return one.minus(other.members());
  return isEmptyMap(other) ? one : one.minus([other]);
}

export const common = (one, other) =>
  Bag.of(setOf(one).members().filter((member) => setOf(other).has(member)));

export const isWithin = (one, other) => {
  const [small, large] = [setOf(one), setOf(other)];
  return small.size <= large.size && small.members().every((member) => large.has(member));
};

export const areDisjoint = (one, other) => {
  const large = setOf(other);
  return !setOf(one).members().some((member) => large.has(member));
};

// Two objects made one, at any depth or at the top alone; null removes a key.
export function merged(old, changes, deep) {
  const result = new Map(old);
  for (const [key, value] of changes) {
    if (value === null) result.delete(key);
    else if (deep && isObject(value)) {
      const before = result.get(key);
      result.set(key, merged(isObject(before) ? before : new Map(), value, true));
    } else result.set(key, value);
  }
  return result;
}

// Values as JSON

const SHORT = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };
const hex = (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;

export function quoted(text, ascii = false) {
  const odd = ascii ? /["\\]|[^ -~]/g : /["\\\x00-\x1f]/g;
  return `"${text.replace(odd, (sign) => SHORT[sign] ?? hex(sign))}"`;
}

// A number with a point or an exponent, as the checker writes it: the shortest that is the same.
export function realText(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) {
    return `${Object.is(value, -0) ? "-0" : value}.0`;
  }
  const [, sign, first, rest = "", exponent] = /^(-?)(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(value.toExponential());
  const power = Number(exponent);
  if (power >= 16 || power < -4) {
    const digits = String(Math.abs(power)).padStart(2, "0");
    return `${sign}${first}${rest && `.${rest}`}e${power < 0 ? "-" : "+"}${digits}`;
  }
  return power < 0 ? `${sign}0.${"0".repeat(-power - 1)}${first}${rest}` : String(value);
}

export function written(value, how = {}) {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean" || isInteger(value)) return String(value);
  if (isReal(value)) return realText(value);
  if (isText(value)) return quoted(value, how.ascii);
  if (value instanceof Unrepresentable) return quoted(value.what, how.ascii);
  if (value instanceof Bag) return written(value.listed(), how);
  if (isList(value)) return `[${value.map((item) => written(item, how)).join(", ")}]`;
  const entries = isObject(value) ? [...value] : Object.entries(value);
  if (how.sorted) entries.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return `{${entries.map(([key, item]) => `${quoted(key, how.ascii)}: ${written(item, how)}`).join(", ")}}`;
}

export function cut(text, limit = 60) {
  if (text.length <= limit) return text;
  const signs = [...text];
  return signs.length <= limit ? text : `${signs.slice(0, limit - 1).join("")}…`;
}

export const shown = (value, limit = 60) =>
  value instanceof Unrepresentable ? value.what : cut(written(value), limit);

export const counted = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
