// Reads JSON as the checker does: integers stay exact, repeated keys are noted, and a fault says
// where the text stops being JSON.

import { Unrepresentable } from "./values.mjs";

const MOST_DIGITS = 4300;
const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const PLAIN = /[^"\\\x00-\x1f]*/y;
const WORDS = { null: null, true: true, false: false };
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

export class NotJson extends Error {
  constructor(what, at) {
    super(what);
    this.at = at; // in UTF-16 units
  }
}

// NaN and infinities, which are no values of JSON.
export class NoConstant extends Error {}

export class JsonReader {
  // With `lenient`, NaN and infinities are read as texts of their own.
  constructor(text, { lenient = false } = {}) {
    this.text = text;
    this.at = 0;
    this.lenient = lenient;
    this.repeated = new Set();
  }

  whole() {
    this.blank();
    const value = this.value();
    this.blank();
    if (this.at !== this.text.length) throw new NotJson("extra data", this.at);
    return value;
  }

  blank() {
    BLANK.lastIndex = this.at;
    BLANK.test(this.text);
    this.at = BLANK.lastIndex;
  }

  value() {
    const sign = this.text[this.at];
    if (sign === '"') return this.string();
    if (sign === "{") return this.object();
    if (sign === "[") return this.list();
    for (const word of Object.keys(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return WORDS[word];
      }
    }
    for (const word of ["NaN", "Infinity", "-Infinity"]) {
      if (this.text.startsWith(word, this.at)) {
        if (!this.lenient) throw new NoConstant(word);
        this.at += word.length;
        return word;
      }
    }
    return this.number();
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) throw new NotJson("expecting value", this.at);
    this.at = NUMBER.lastIndex;
    const [text, fraction, exponent] = found;
    if (fraction === undefined && exponent === undefined) {
      const digits = text.length - (text[0] === "-" ? 1 : 0);
      return digits > MOST_DIGITS ? new Unrepresentable(`an integer of ${digits} digits`) : BigInt(text);
    }
    const value = Number(text);
    return Number.isFinite(value) ? value : new Unrepresentable("a number too large to hold");
  }

  string() {
    const start = this.at;
    this.at += 1;
    let found = "";
    for (;;) {
      PLAIN.lastIndex = this.at;
      found += PLAIN.exec(this.text)[0];
      this.at = PLAIN.lastIndex;
      const sign = this.text[this.at];
      if (sign === undefined) throw new NotJson("unterminated string", start);
      if (sign === '"') {
        this.at += 1;
        return found;
      }
      if (sign !== "\\") throw new NotJson("invalid control character at", this.at);
      found += this.escape(start);
    }
  }

  escape(start) {
    const sign = this.text[this.at + 1];
    if (sign === undefined) throw new NotJson("unterminated string", start);
    if (sign !== "u") {
      if (!Object.hasOwn(ESCAPES, sign)) throw new NotJson("invalid \\escape", this.at);
      this.at += 2;
      return ESCAPES[sign];
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    // The checker's decoder wants a further character behind the digits.
    const isCut = this.at + 6 >= this.text.length;
    if (isCut || !/^[0-9a-fA-F]{4}$/.test(digits)) throw new NotJson("invalid \\uXXXX escape", this.at + 1);
    this.at += 6;
    return String.fromCharCode(parseInt(digits, 16));
  }

  object() {
    const found = new Map();
    this.members((key) => {
      const value = this.value();
      if (found.has(key)) this.repeated.add(key);
      found.set(key, value);
    });
    return found;
  }

  // The members of the object that begins here: `take` reads the value of each key.
  members(take) {
    this.at += 1;
    this.blank();
    if (this.text[this.at] === "}") {
      this.at += 1;
      return;
    }
    for (;;) {
      if (this.text[this.at] !== '"') {
        throw new NotJson("expecting property name enclosed in double quotes", this.at);
      }
      const key = this.string();
      this.blank();
      if (this.text[this.at] !== ":") throw new NotJson("expecting ':' delimiter", this.at);
      this.at += 1;
      this.blank();
      take(key);
      if (this.isEnd("}")) return;
    }
  }

  list() {
    const found = [];
    this.at += 1;
    this.blank();
    if (this.text[this.at] === "]") {
      this.at += 1;
      return found;
    }
    for (;;) {
      found.push(this.value());
      if (this.isEnd("]")) return found;
    }
  }

  isEnd(close) {
    this.blank();
    const sign = this.text[this.at];
    if (sign === close) {
      this.at += 1;
      return true;
    }
    if (sign !== ",") throw new NotJson("expecting ',' delimiter", this.at);
    this.at += 1;
    this.blank();
    return false;
  }
}

export const parse = (text) => new JsonReader(text).whole();
