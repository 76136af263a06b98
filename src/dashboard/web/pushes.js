/** How the last pushes came to the POPs: for each, how long it took to fetch, to compile and to serve. */

import { byId, element, matchList } from "./element.js";
import { ago, milliseconds, plural } from "./words.js";

/** POPs of a push that are drawn before the rest is only counted. */
const DRAWN = 8;

export function showPushes(pushes) {
  byId("pushes-empty").hidden = pushes.length > 0;
  matchList(byId("pushes-list"), pushes, {
    key: ({ zone, id }) => `${zone} ${id}`,
    make: () => element("li", {}),
    fill: (item, push) => {
      item.querySelector("time")?.replaceChildren(ago(push.at));
      const looks = JSON.stringify(push);
      if (item.dataset.looks === looks) return;
      item.dataset.looks = looks;
      item.replaceChildren(head(push), ...rows(push), ...missing(push));
    },
  });
}

function head({ zone, serial, action, at, pops }) {
  const slowest = Math.max(0, ...pops.map(({ servingMs }) => servingMs));
  return element(
    "p",
    { class: "push" },
    element("b", {}, zone),
    element("span", {}, `${action} ${serial}`),
    element("time", { datetime: at }, ago(at)),
    element(
      "span",
      { class: "total" },
      pops.length === 0 ? "" : `${plural(pops.length, "POP")} in ${milliseconds(slowest)}`,
    ),
  );
}

function rows({ pops }) {
  const most = Math.max(1, ...pops.map(({ servingMs }) => servingMs));
  const shown = pops.slice(0, DRAWN).map(({ pop, fetchedMs, compiledMs, servingMs }) => {
    const words = `fetched ${milliseconds(fetchedMs)}, compiled ${milliseconds(compiledMs)}, serving ${milliseconds(servingMs)}`;
    const steps = [
      ["fetched", fetchedMs],
      ["compiled", compiledMs - fetchedMs],
      ["serving", servingMs - compiledMs],
    ];
    const bar = element("span", { class: "track", role: "img", "aria-label": words, title: words });
    for (const [step, took] of steps) {
      const piece = element("i", { class: `step ${step}` });
      piece.style.width = `${(Math.max(0, took) / most) * 100}%`;
      bar.append(piece);
    }
    return element(
      "div",
      { class: "row" },
      element("span", { class: "pop" }, pop),
      bar,
      element("b", {}, milliseconds(servingMs)),
    );
  });
  const rest = pops.length - shown.length;
  return rest > 0 ? [...shown, element("p", { class: "note" }, `and ${plural(rest, "POP")} that took less`)] : shown;
}

function missing({ missing: names }) {
  if (names.length === 0) return [];
  const shown = names.slice(0, DRAWN).join(", ");
  const rest = names.length > DRAWN ? ` and ${names.length - DRAWN} more` : "";
  return [element("p", { class: "waiting" }, `waiting for ${shown}${rest}`)];
}
