/** All that is known of one POP, in a dialog: Escape closes it, and the focus goes back to where it was. */

import { byId, element } from "./element.js";
import { badge } from "./pops.js";
import { ago, count, plural, share } from "./words.js";

let chosen;

/** The name of the POP that is shown. */
export function chosenPop() {
  return byId("detail").open ? chosen : undefined;
}

export function openDetail(name) {
  chosen = name;
  byId("detail-body").replaceChildren();
  byId("detail").showModal();
}

export function prepareDetail() {
  const dialog = byId("detail");
  byId("detail-close").addEventListener("click", () => dialog.close());
  // What is outside of the box belongs to the dialog, too: its backdrop.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
}

export function fillDetail(pop) {
  byId("detail-title").textContent = chosen;
  const body = byId("detail-body");
  const parts = pop ? partsOf(pop) : [element("p", {}, "This POP is not in the store any more.")];
  body.replaceChildren(...parts.filter(Boolean));
}

function partsOf(pop) {
  return [
    element("p", { class: "state" }, badge(pop.state), pop.why ?? "All is well."),
    facts(pop),
    services(pop),
    catchment(pop),
    transitions(pop),
    answers(pop),
    types(pop),
    refused(pop),
  ];
}

function facts({ vitals, groups, release, heard, zones, behind, since, agrees, digest }) {
  const place = vitals?.place;
  const rows = [
    [
      "Place",
      place && `${place.name ?? ""} ${degrees(place.latitude, "N", "S")} ${degrees(place.longitude, "E", "W")}`.trim(),
    ],
    ["Heard", ago(heard)],
    ["Started", vitals && ago(vitals.started)],
    ["Release", release],
    ["Groups", groups.join(", ")],
    ["Zones", `${count(zones)}, ${agrees ? "all as in the store" : "not yet as in the store"}`],
    ["Behind", behind > 0 ? `${plural(behind, "zone")}${since ? `, since ${ago(since)}` : ""}` : undefined],
    ["Digest", digest.slice(0, 16)],
    ["Dropped", vitals && plural(vitals.dropped, "query", "queries")],
  ];
  const shown = rows.filter(([, value]) => value);
  return element(
    "dl",
    { class: "facts" },
    ...shown.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

function degrees(value, positive, negative) {
  return `${Math.abs(value).toFixed(2)}° ${value >= 0 ? positive : negative}`;
}

function services({ services: all }) {
  if (all.length === 0) return undefined;
  const rows = all.flatMap(({ service, prefixes, phase, why, plan }) => [
    element("h4", {}, service, element("span", { class: "count" }, phase)),
    why ? element("p", { class: "note" }, why) : undefined,
    plan
      ? element("p", { class: "note" }, `Planned: ${plan.to}, by ${plan.by}${plan.why ? `: ${plan.why}` : ""}`)
      : undefined,
    element("ul", { class: "prefixes" }, ...prefixes.map(prefixItem)),
  ]);
  return part("Services", ...rows);
}

const LEVEL_STATES = { up: "announcing", reserve: "reserve", draining: "draining", off: "withdrawn" };

function prefixItem({ prefix, level }) {
  const shown = badge(LEVEL_STATES[level] ?? "silent");
  shown.lastChild.textContent = level;
  return element("li", {}, element("code", {}, prefix), shown);
}

function catchment({ vitals }) {
  const clients = vitals?.clients ?? [];
  if (clients.length === 0)
    return part("Catchment", element("p", { class: "note" }, "Clients are not sampled at this POP."));
  return part("Catchment", bars(clients.map((one) => [one.prefix, one.share])));
}

function types({ vitals }) {
  const all = Object.entries(vitals?.types ?? {}).sort(([, a], [, b]) => b - a);
  const sum = all.reduce((total, [, one]) => total + one, 0);
  return sum === 0 ? undefined : part("Types asked for", bars(all.slice(0, 8).map(([name, one]) => [name, one / sum])));
}

/** Shares as bars, as long as the largest one allows. */
function bars(rows) {
  const most = Math.max(...rows.map(([, value]) => value), 1e-9);
  return element(
    "ul",
    { class: "bars" },
    ...rows.map(([name, value]) => {
      const bar = element("i", { class: "length" });
      bar.style.width = `${(value / most) * 100}%`;
      return element(
        "li",
        {},
        element("code", {}, name),
        element("span", { class: "track" }, bar),
        element("b", {}, share(value)),
      );
    }),
  );
}

function answers({ vitals }) {
  const all = Object.entries(vitals?.rcodes ?? {}).sort(([, a], [, b]) => b - a);
  const sum = all.reduce((total, [, one]) => total + one, 0);
  return sum === 0 ? undefined : part("Answers", bars(all.slice(0, 6).map(([name, one]) => [name, one / sum])));
}

function transitions({ vitals }) {
  const all = vitals?.transitions ?? [];
  if (all.length === 0) return undefined;
  const rows = all.map(({ at, prefix, to, why }) =>
    element(
      "li",
      {},
      element("time", { datetime: at, title: at }, ago(at)),
      element("span", {}, element("code", {}, prefix), ` ${to}${why ? `: ${why}` : ""}`),
    ),
  );
  return part("Last transitions", element("ol", { class: "transitions" }, ...rows));
}

function refused({ refused: all, refusals }) {
  if (all.length === 0) return undefined;
  const rows = all.map(({ zone, why }) => element("li", {}, element("code", {}, zone), `: ${why}`));
  return part(`Refused (${count(refusals)})`, element("ul", { class: "note" }, ...rows));
}

function part(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}
