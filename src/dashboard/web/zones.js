/** The table of zones: those that are behind somewhere first. A search is asked of the server, which knows all of them. */

import { byId, element, matchList, setText } from "./element.js";
import { ago, count, plural } from "./words.js";

/** Milliseconds without a key before a search goes out. */
const STILL = 200;

let fleet;
let search = "";
let found;

export function prepareZones() {
  let timer;
  byId("zones-search").addEventListener("input", ({ target }) => {
    search = target.value.trim();
    clearTimeout(timer);
    timer = setTimeout(ask, STILL);
  });
}

export function showZones(now) {
  const changed = fleet?.zones !== now.zones;
  fleet = now;
  if (search === "") draw(fleet.zones);
  else if (changed) void ask();
}

async function ask() {
  const asked = search;
  if (asked === "") return draw(fleet?.zones ?? []);
  try {
    const answer = await fetch(`zones?search=${encodeURIComponent(asked)}`);
    found = (await answer.json()).zones;
  } catch {
    // The connection is lost, which the page says already: what is known is searched.
    found = (fleet?.zones ?? []).filter(({ zone }) => zone.includes(asked.toLowerCase()));
  }
  if (asked === search) draw(found);
}

function draw(zones) {
  const all = fleet?.zoneCount ?? 0;
  setText("zones-count", all === 0 ? "" : zones.length < all ? `${count(zones.length)} of ${count(all)}` : count(all));
  byId("zones-empty").hidden = zones.length > 0;
  setText("zones-empty", search === "" ? "No zones in the store yet." : `No zone has “${search}” in its name.`);
  matchList(byId("zones-body"), zones, { key: ({ zone }) => zone, make: makeRow, fill: fillRow });
}

function makeRow({ zone }) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("code", {}, zone), element("span", { class: "where" })),
    element("td", { class: "number" }),
    element("td", { class: "number wide" }),
    element("td", {}),
    element("td", { class: "wide" }),
  );
}

function fillRow(row, { serial, records, at, by, action, version, rollout, counts, cells }) {
  const texts = [
    rollout ? `rollout, wave ${rollout.wave + 1} of ${rollout.waves}, ${rollout.state}` : "",
    String(serial),
    count(records),
    standing(counts),
    `${ago(at)} by ${by} (${action}, version ${version})`,
  ];
  const where = cells.map((cell) => `${cell.pop}: ${cell.why ?? cell.state}`).join("; ");
  const places = [row.children[0].lastChild, ...[...row.children].slice(1)];
  texts.forEach((text, i) => {
    if (places[i].textContent !== text) places[i].textContent = text;
  });
  places[3].className = counts.refuses > 0 ? "bad" : counts.behind > 0 ? "late" : "good";
  places[3].title = where;
}

function standing({ serves, behind, refuses, away }) {
  const parts = [
    `${count(serves)} serve`,
    behind > 0 && `${count(behind)} behind`,
    refuses > 0 && `${plural(refuses, "refuses", "refuse")}`,
    away > 0 && `${count(away)} away`,
  ];
  return parts.filter(Boolean).join(", ");
}
