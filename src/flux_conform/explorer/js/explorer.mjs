// The page: one log or two side by side, shared by the address.

import { button, fromAddress, make, toAddress } from "./dom.mjs";
import { parse } from "./json.mjs";
import { Machine, plainly } from "./machine.mjs";
import { Pane } from "./pane.mjs";

const MOST_SHARED = 30000; // signs of a log in the address

export function explore() {
  const given = JSON.parse(document.getElementById("machines-data").textContent);
  const machines = new Map(given.map(({ name, title, held, diagrams }) => [
    name, { title, diagrams, machine: new Machine(plainly(parse(held))) },
  ]));
  const root = document.getElementById("explorer");
  const panes = [];
  let isRead = false;

  const address = () => {
    const parts = new URLSearchParams();
    for (const { letter, name, bytes } of panes) {
      parts.set(`machine-${letter}`, name);
      const log = toAddress(bytes);
      if (log.length <= MOST_SHARED) parts.set(`log-${letter}`, log);
    }
    return `#${parts}`;
  };
  const changed = () => {
    if (!isRead) return;
    try {
      history.replaceState(null, "", address());
    } catch (error) {
      // Where a page is shown in a frame without an address, it does without.
      if (error.name !== "SecurityError") throw error;
    }
  };

  const holder = make("div", { class: "panes" });
  const open = () => {
    const pane = new Pane(panes.length ? "b" : "a", machines, changed);
    panes.push(pane);
    holder.append(pane.element);
    holder.classList.toggle("two", panes.length === 2);
    return pane;
  };
  const said = make("output", { "aria-live": "polite" });
  const second = button("a second log beside it", () => {
    if (panes.length === 2) panes.pop().element.remove();
    else {
      const [first] = panes;
      const pane = open();
      pane.choose(first.name);
      pane.take(first.bytes);
    }
    holder.classList.toggle("two", panes.length === 2);
    second.setAttribute("aria-pressed", panes.length === 2);
    changed();
  }, { "aria-pressed": "false" });
  const share = button("copy a link", async () => {
    const isWhole = panes.every((pane) => toAddress(pane.bytes).length <= MOST_SHARED);
    changed();
    try {
      await navigator.clipboard.writeText(location.href);
      said.textContent = isWhole ? "copied" : "copied; a log is too long for a link and is left out";
    } catch {
      said.textContent = isWhole ? "the address of this page is the link" : "a log is too long for a link";
    }
  });
  root.replaceChildren(make("div", { class: "controls" }, second, share, said), holder);

  const read = () => {
    isRead = false;
    const asked = new URLSearchParams(location.hash.slice(1));
    while (panes.length) panes.pop().element.remove();
    for (const letter of asked.has("machine-b") ? ["a", "b"] : ["a"]) {
      const pane = open();
      pane.choose(asked.get(`machine-${letter}`) ?? pane.name);
      pane.take(fromAddress(asked.get(`log-${letter}`) ?? "") ?? new Uint8Array());
    }
    second.setAttribute("aria-pressed", panes.length === 2);
    isRead = true;
  };
  addEventListener("hashchange", read);
  read();
}
