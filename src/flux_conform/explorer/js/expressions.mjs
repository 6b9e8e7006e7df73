// What an expression means: its value at one moment of a log.

import {
  areDisjoint, Bag, common, equal, isInteger, isList, isObject, isReal, isSet, isWithin, merged, same, setOf, united,
  whole, without,
} from "./values.mjs";
import { hostsOf, idsOf, TooManyMembers } from "./types.mjs";

// An expression read a key that is missing or of the wrong type.
export class Unreadable extends Error {}

const OF_TIMES = ["first", "last", "entered"];

// Every use of a definition replaced by its body, arguments put in.
export function expand(node, definitions, bound = null) {
  const inside = (child) => expand(child, definitions, bound);
  switch (node.kind) {
    case "name":
      if (bound?.has(node.name)) return bound.get(node.name);
      return definitions.has(node.name) ? expand(definitions.get(node.name).body.tree, definitions) : node;
    case "call": {
      const values = node.arguments.map(inside);
      const definition = definitions.get(node.function);
      if (!definition) return { ...node, arguments: values };
      const given = new Map(definition.parameters.map((name, place) => [name, values[place]]));
      return expand(definition.body.tree, definitions, given);
    }
    case "member":
      return { ...node, record: inside(node.record) };
    case "not":
      return { ...node, operand: inside(node.operand) };
    case "binary":
      return { ...node, left: inside(node.left), right: inside(node.right) };
    case "if":
      return {
        ...node, condition: inside(node.condition), then: inside(node.then), otherwise: inside(node.otherwise),
      };
    case "list":
      return { ...node, items: node.items.map(inside) };
    case "build":
      return { ...node, fields: node.fields.map(([name, value]) => [name, inside(value)]) };
    default:
      return node;
  }
}

// A function from a moment to the expression's value. It throws Unreadable, nothing else.
export function compile(node) {
  switch (node.kind) {
    case "constant":
      return () => node.value;
    case "name":
      return compileName(node.name);
    case "key":
      return compileKey(node.name);
    case "member": {
      const record = compile(node.record);
      return (moment) => record(moment)?.get(node.field) ?? null;
    }
    case "not": {
      const operand = compile(node.operand);
      return (moment) => !operand(moment);
    }
    case "binary":
      return compileBinary(node);
    case "if": {
      const [test, yes, no] = [node.condition, node.then, node.otherwise].map(compile);
      return (moment) => (test(moment) ? yes(moment) : no(moment));
    }
    case "list": {
      const items = node.items.map(compile);
      return (moment) => items.map((item) => item(moment));
    }
    case "build": {
      const fields = node.fields.map(([name, value]) => [name, compile(value)]);
      return (moment) => new Map(fields.map(([name, value]) => [name, value(moment)]));
    }
    case "call":
      return compileCall(node);
    case "about":
      return compileAbout(node);
    default:
      throw new Error(`no expression: ${node.kind}`);
  }
}

function compileName(name) {
  if (["state", "event", "first"].includes(name)) return (moment) => moment[name];
  return (moment) => (moment.values.has(name) ? moment.values.get(name) : moment.report.get(name));
}

function compileKey(name) {
  if (name === "") {
    return (moment) => {
      if (moment.unreadable.size || moment.context === null) throw new Unreadable();
      return moment.context;
    };
  }
  return (moment) => {
    if (moment.unreadable.has(name)) throw new Unreadable();
    return moment.context?.get(name) ?? null;
  };
}

function compileAbout({ function: asked, name }) {
  switch (asked) {
    case "seen":
      return (moment) => moment.seen.has(name);
    case "visited":
      return (moment) => moment.times.entered.has(name);
    case "first":
    case "last":
    case "entered":
      return (moment) => moment.times[asked].get(name) ?? null;
    default:
      throw new Error(`${asked} is not read here`);
  }
}

// Whether two values are equal, one of which may be a time, which is always a number.
function alike(...nodes) {
  if (nodes.some((node) => node.kind === "about" && OF_TIMES.includes(node.function))) {
    return (one, other) => same(whole(one), whole(other));
  }
  const names = nodes.filter((node) => node.kind === "name").map((node) => node.name);
  return (one, other, moment) =>
    names.some((name) => moment.report.has(name)) && (isReal(one) || isReal(other))
      ? same(whole(one), whole(other))
      : equal(one, other);
}

const both = (act) => (one, other) => (one === null || other === null ? null : act(one, other));
const counted = (one, other, integers, reals) =>
  whole(isInteger(one) && isInteger(other) ? integers(one, other) : reals(Number(one), Number(other)));
const modulo = (one, other) => ((one % other) + other) % other;

const COMPUTED = {
  "+": (one, other) => {
    if (one instanceof Bag) return united(one, other);
    if (other instanceof Bag) return other; // added to {}
    return both((a, b) => counted(a, b, (x, y) => x + y, (x, y) => x + y))(one, other);
  },
  "-": (one, other) => {
    if (one instanceof Bag) return without(one, other);
    if (other instanceof Bag) return one; // taken from {}
    return both((a, b) => counted(a, b, (x, y) => x - y, (x, y) => x - y))(one, other);
  },
  "*": both((one, other) => counted(one, other, (x, y) => x * y, (x, y) => x * y)),
  "/": both((one, other) =>
    other > 0 ? counted(one, other, (x, y) => (x - modulo(x, y)) / y, (x, y) => Math.floor(x / y)) : null),
  "%": both((one, other) => (other > 0 ? counted(one, other, modulo, modulo) : null)),
  "&": both((one, other) => (isSet(one) ? common(one, other) : one & other)),
  "<": (one, other) => one !== null && other !== null && one < other,
  ">": (one, other) => one !== null && other !== null && one > other,
  ">=": (one, other) => one !== null && other !== null && one >= other,
  "<=": (one, other) => (isSet(one) ? isWithin(one, other) : one !== null && other !== null && one <= other),
};

function compileBinary(node) {
  const [left, right] = [compile(node.left), compile(node.right)];
  switch (node.operator) {
    case "and":
      return (moment) => left(moment) && right(moment);
    case "or":
      return (moment) => left(moment) || right(moment);
    case "implies":
      return (moment) => !left(moment) || right(moment);
    case "==":
    case "!=": {
      const equals = alike(node.left, node.right);
      const wanted = node.operator === "==";
      return (moment) => equals(left(moment), right(moment), moment) === wanted;
    }
    case "in": {
      const equals = alike(node.left, ...(node.right.kind === "list" ? node.right.items : []));
      return (moment) => {
        const [member, held] = [left(moment), right(moment)];
        return held instanceof Bag ? held.has(member) : [...held].some((item) => equals(member, item, moment));
      };
    }
    default: {
      const compute = COMPUTED[node.operator];
      return (moment) => compute(left(moment), right(moment));
    }
  }
}

const sizeOf = (value) => (isList(value) ? value.length : value.size);
const LISTED = {
  ranks: (text) => Bag.of(idsOf(text)),
  hosts: hostsOf,
  keys: (value) => Bag.of([...value.keys()]),
};

function compileCall(node) {
  const [first] = node.arguments;
  if (node.function === "has" && first.kind === "key") {
    return (moment) => {
      const isThere = moment.context !== null && moment.context.has(first.name);
      if (isThere && moment.unreadable.has(first.name)) throw new Unreadable();
      return isThere;
    };
  }
  const [one, other] = node.arguments.map(compile);
  switch (node.function) {
    case "has":
      return (moment) => one(moment) !== null;
    case "empty":
      return (moment) => sizeOf(one(moment)) === 0;
    case "size":
      return (moment) => BigInt(sizeOf(one(moment)));
    case "set":
      return (moment) => setOf(one(moment));
    case "disjoint":
      return (moment) => areDisjoint(one(moment), other(moment));
    case "merge":
    case "update":
      return (moment) => merged(one(moment), other(moment), node.function === "merge");
    case "ranks":
    case "hosts":
    case "keys":
      return (moment) => {
        try {
          return LISTED[node.function](one(moment));
        } catch (error) {
          throw error instanceof TooManyMembers ? new Unreadable() : error;
        }
      };
    default:
      throw new Error(`no function: ${node.function}`);
  }
}

// An effect as its variable takes it: a set or bag takes {} as the empty one.
export const takenBy = (effect, start) =>
  start instanceof Bag
    ? (moment) => {
        const value = effect(moment);
        return isObject(value) ? new Bag(start.distinct) : value;
      }
    : effect;
