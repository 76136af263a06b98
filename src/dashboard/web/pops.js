/** The table of POPs, the worst first; its rows lead to what is known of one. */

import { byId, element, matchList, setText } from "./element.js";
import { compact, count, isHeard, rateOf, STATES, shapeOf, worstFirst } from "./words.js";

/** The state of a POP as shape and word. */
export function badge(state) {
  return element("span", { class: `badge ${state}` }, shapeOf(state), state);
}

/** What the shapes mean. */
export function showLegend() {
  byId("legend").append(...[...STATES].reverse().map((state) => element("li", {}, badge(state))));
}

export function showPops(pops, choose) {
  byId("pops-empty").hidden = pops.length > 0;
  setText("pops-count", pops.length === 0 ? "" : count(pops.length));
  matchList(byId("pops-body"), worstFirst(pops), {
    key: ({ pop }) => pop,
    make: ({ pop }) => makeRow(pop, choose),
    fill: fillRow,
  });
}

function makeRow(name, choose) {
  const button = element("button", { type: "button", class: "link", "aria-haspopup": "dialog" }, name);
  const row = element(
    "tr",
    {},
    element("th", { scope: "row" }, button, element("span", { class: "where" })),
    element("td", {}),
    element("td", { class: "number" }),
  );
  // The whole row is a target for a pointer; the button is one for the keyboard.
  row.addEventListener("click", () => {
    button.focus();
    choose(name);
  });
  return row;
}

function fillRow(row, pop) {
  const [name, state, rate] = row.children;
  const where = pop.why ?? pop.vitals?.place?.name ?? "";
  const line = name.lastChild;
  if (line.textContent !== where) line.textContent = where;
  if (state.dataset.state !== pop.state) {
    state.dataset.state = pop.state;
    state.replaceChildren(badge(pop.state));
  }
  rate.textContent = pop.vitals && isHeard(pop) ? compact(rateOf(pop)) : "–";
}
