// Uses the explorer as somebody would, and writes what it sees into the page.
(() => {
  const seen = {};
  const $ = (query) => document.querySelector(query);
  const all = (query) => [...document.querySelectorAll(query)];
  const button = (text, from = document) =>
    [...from.querySelectorAll("button")].find((each) => each.textContent.includes(text));
  const verdict = (letter = "a") => $(`#${letter}-verdict`).textContent;
  const here = () => all(".here title").map((each) => each.textContent.split(/[ :]/)[0]);
  const says = () => $(".pane output").textContent;
  const key = (name) =>
    $(".pane .controls").dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));

  seen.empty = verdict();
  const field = $("#a-log");
  field.value = LOG;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  seen.pasted = [verdict(), here(), says()];
  seen.finding = all(".finding").map((each) => each.textContent);
  key("ArrowLeft");
  key("ArrowLeft");
  seen.back = [here(), says(), all(".came").length];
  button("next finding").click();
  seen.forth = [here(), says()];
  seen.link = location.hash;

  button("clear").click();
  seen.allowed = {};
  for (const name of EVENTS) {
    const row = all(".outcomes tr").find((each) => each.querySelector("button")?.textContent === `+ ${name}`);
    seen.allowed[name] = row.className;
    row.querySelector("button").click();
  }
  seen.focus = document.activeElement.textContent;
  seen.built = [verdict(), field.value];

  button("a second log beside it").click();
  const choice = $("#b-machine");
  choice.value = OTHER;
  choice.dispatchEvent(new Event("change"));
  seen.beside = [verdict("a"), verdict("b")];
  const ids = all("[id]").map((each) => each.id);
  seen.twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  seen.unnamed = all("button, input, select, textarea").filter(
    (each) => !each.textContent.trim() && !each.labels?.length && !each.ariaLabel,
  ).length;
  seen.wide = document.documentElement.scrollWidth - innerWidth;
  choice.value = REFUSED[0];
  choice.dispatchEvent(new Event("change"));
  button("clear", $("#b-machine").closest(".pane")).click();
  seen.refused = $("#b-machine").closest(".pane").querySelector(`[data-event="${REFUSED[1]}"]`).closest("tr").textContent;
  const told = document.createElement("pre");
  told.id = "seen";
  told.textContent = JSON.stringify(seen);
  document.body.append(told);
})();
