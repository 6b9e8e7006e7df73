// The diagram of a pane: where the log stands, and the edge that it came by.

import { make } from "./dom.mjs";

export class Diagram {
  constructor(pane) {
    this.pane = pane;
    this.element = make("div", { class: "diagram", tabindex: "0", role: "group", "aria-label": "diagram" });
    this.drawn = null;
  }

  // `given` is a drawing of the page; its ids get the pane's letter, for two panes may show it.
  draw(given) {
    if (this.drawn === given) return;
    this.drawn = given;
    this.element.replaceChildren();
    if (!given) return;
    const svg = given.svg.replaceAll(given.key, this.own(given.key));
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
    this.element.append(document.importNode(parsed.documentElement, true));
  }

  own(id) {
    return id.replace(this.drawn.key, `${this.pane}-${this.drawn.key}`);
  }

  part(id) {
    return id === undefined ? null : document.getElementById(this.own(id));
  }

  // Mark a state, and the edges that a transition (by its number) is drawn as.
  show(state, row) {
    for (const name of ["here", "came"]) {
      for (const part of this.element.querySelectorAll(`.${name}`)) part.classList.remove(name);
    }
    if (!this.drawn) return;
    const here = this.part(this.drawn.states[state]);
    here?.classList.add("here");
    for (const id of this.drawn.edges[row] ?? []) this.part(id)?.classList.add("came");
    if (here && this.element.scrollWidth > this.element.clientWidth) {
      const [at, about] = [here, this.element].map((each) => each.getBoundingClientRect());
      this.element.scrollLeft += at.left + at.width / 2 - about.left - about.width / 2;
    }
  }
}
