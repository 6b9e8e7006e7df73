// Makes parts of the page, and puts bytes into its address.

// An element: `make("p", {class: "note"}, "text", child)`. Texts are texts, never HTML.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const button = (text, act, attributes = {}) =>
  make("button", { type: "button", click: act, ...attributes }, text);

export const several = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// Bytes as text of an address, and back; null where the text is none.
export function toAddress(bytes) {
  let signs = "";
  for (const byte of bytes) signs += String.fromCharCode(byte);
  return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromAddress(text) {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  } catch {
    return null;
  }
}
