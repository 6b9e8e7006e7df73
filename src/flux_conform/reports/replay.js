"use strict";
// Steps through the logs of the page. Without it the page is a list that can be read.
(() => {
  const logs = new Map();
  let active = null;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  class Log {
    constructor(details) {
      this.details = details;
      this.number = details.dataset.log;
      this.steps = [...details.querySelectorAll(".step")];
      this.place = 0;
      this.back = this.button("\u25c0 previous", () => this.go(this.place - 1));
      this.forth = this.button("next \u25b6", () => this.go(this.place + 1));
      this.fault = this.button("next finding", () => this.go(this.nextFault()));
      this.says = make("output", { "aria-live": "polite" });
      const controls = make("div", { class: "controls", role: "group", "aria-label": "steps" });
      controls.append(this.back, this.forth, this.fault, this.says);
      this.player = make("div", { class: "player" }, controls);
      details.querySelector(".steps").before(this.player);
      details.addEventListener("toggle", () => {
        if (details.open && active !== this) this.open(0);
      });
      this.steps.forEach((step, place) => {
        step.addEventListener("click", () => {
          if (!String(getSelection())) this.go(place);
        });
      });
    }

    button(text, act) {
      const button = make("button", { type: "button" }, text);
      button.addEventListener("click", act);
      return button;
    }

    nextFault() {
      const from = this.place;
      const is = (step, place) => place > from && step.classList.contains("faulty");
      const found = this.steps.findIndex(is);
      return found < 0 ? this.steps.findIndex((step) => step.classList.contains("faulty")) : found;
    }

    // The first step at the line, or after it where the line is left out.
    placeOf(line) {
      const found = this.steps.findIndex((step) => Number(step.dataset.line) >= line);
      return found < 0 ? this.steps.length - 1 : found;
    }

    open(place) {
      if (active && active !== this) active.leave();
      active = this;
      this.details.open = true;
      const diagram = document.getElementById(this.details.dataset.diagram);
      if (diagram) this.player.prepend(diagram);
      this.go(place);
    }

    leave() {
      this.clear();
      this.details.open = false;
    }

    clear() {
      for (const name of ["now", "here", "came"]) {
        for (const part of this.details.querySelectorAll(`.${name}`)) part.classList.remove(name);
      }
      for (const part of this.details.querySelectorAll(".tail")) part.remove();
      this.steps.forEach((step) => step.removeAttribute("aria-current"));
    }

    // The rest of a line that an edge joins, from there to its arrow.
    follow(edge, rail) {
      const [own, whole] = [edge.querySelector("path"), rail.querySelector("path")];
      const end = own.getPointAtLength(own.getTotalLength());
      const length = whole.getTotalLength();
      let [joint, least] = [0, Infinity];
      for (let at = 0; at <= length; at += 0.5) {
        const point = whole.getPointAtLength(at);
        const distance = Math.hypot(point.x - end.x, point.y - end.y);
        if (distance < least) [joint, least] = [at, distance];
      }
      const rest = whole.cloneNode();
      rest.removeAttribute("id");
      rest.classList.add("tail");
      rest.style.strokeDasharray = `0 ${joint} ${length}`;
      rail.append(rest);
    }

    go(place) {
      if (active !== this) {
        this.open(place);
        return;
      }
      this.place = Math.max(0, Math.min(place, this.steps.length - 1));
      this.clear();
      const step = this.steps[this.place];
      step.classList.add("now");
      step.setAttribute("aria-current", "step");
      const state = document.getElementById(step.dataset.at);
      if (state) state.classList.add("here");
      const edge = document.getElementById(step.dataset.edge);
      if (edge) edge.classList.add("came");
      const rail = document.getElementById(step.dataset.rail);
      if (edge && rail) this.follow(edge, rail);
      // Not disabled: a button that is loses the focus.
      this.back.setAttribute("aria-disabled", this.place === 0);
      this.forth.setAttribute("aria-disabled", this.place === this.steps.length - 1);
      const line = Number(step.dataset.line);
      const where = line ? `line ${line}: ` : "";
      this.says.textContent = where + step.dataset.says;
      this.address(line);
      this.show(step, state);
    }

    address(line) {
      try {
        history.replaceState(null, "", `#log=${this.number}&step=${line}`);
      } catch (error) {
        // Where a page is shown in a frame without an address, it does without.
        if (error.name !== "SecurityError") throw error;
      }
    }

    // Bring the line under the player, and the state to the middle of a diagram that scrolls.
    show(step, state) {
      const under = this.player.getBoundingClientRect().height;
      const box = step.getBoundingClientRect();
      const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
      if (box.top < under + 8 || box.bottom > innerHeight - 8) {
        const top = scrollY + box.top - under - 60;
        scrollTo({ top, behavior });
      }
      const frame = state && state.closest(".diagram");
      if (frame && frame.scrollWidth > frame.clientWidth) {
        const at = state.getBoundingClientRect();
        const about = frame.getBoundingClientRect();
        const left = frame.scrollLeft + at.left + at.width / 2 - about.left - about.width / 2;
        frame.scrollTo({ left, behavior });
      }
    }
  }

  for (const details of document.querySelectorAll("details.log")) {
    logs.set(details.dataset.log, new Log(details));
  }

  const follow = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    const log = logs.get(asked.get("log"));
    if (log) log.open(log.placeOf(Number(asked.get("step")) || 0));
  };

  addEventListener("hashchange", follow);
  addEventListener("keydown", (event) => {
    const free = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!active || !active.details.open || !by || !free) return;
    // In a diagram that scrolls the arrows scroll it.
    const frame = event.target.closest && event.target.closest(".diagram, pre");
    if (frame && frame.scrollWidth > frame.clientWidth) return;
    event.preventDefault();
    active.go(active.place + by);
  });
  document.documentElement.classList.add("scripted");
  follow();
})();
