/** The table of zones: those that are behind somewhere first. A search is asked of the server, which knows all of them. */

import { byId, element, matchList, setText } from "./element.js";
import { ago, count } from "./words.js";

/** Milliseconds without a key before a search goes out. */
const STILL = 200;
/** POPs that are named under a zone that they do not serve. */
const NAMED = 3;

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
    element("td", { class: "wide fit" }),
  );
}

function fillRow(row, zone) {
  const [name, serial, records, pops, published] = row.children;
  put(name.lastChild, underName(zone));
  put(serial, String(zone.serial));
  put(records, count(zone.records));
  put(pops, standing(zone.counts));
  put(published, `${ago(zone.at)} by ${zone.by}`);
  published.title = `${zone.action} of version ${zone.version}, at ${zone.at}, by ${zone.by}`;
  pops.className = `number ${zone.counts.refuses > 0 ? "bad" : zone.counts.behind > 0 ? "late" : "good"}`;
}

function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** The wave that a rollout has come to, and who lacks the version and why. */
function underName({ rollout, cells }) {
  const wave = rollout && `rollout, wave ${rollout.wave + 1} of ${rollout.waves}, ${rollout.state}`;
  const lacking = cells.slice(0, NAMED).map(({ pop, state, why }) => `${pop} ${state}${why ? `: ${why}` : ""}`);
  const rest = cells.length > NAMED ? [`${cells.length - NAMED} more`] : [];
  return [wave, ...lacking, ...rest].filter(Boolean).join("; ");
}

function standing({ serves, behind, refuses, away }) {
  const lacking = behind + refuses + away;
  return lacking === 0 ? `all ${count(serves)}` : `${count(serves)} of ${count(serves + lacking)}`;
}
