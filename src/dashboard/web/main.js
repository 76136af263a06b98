/** The page: it follows the fleet, and shows what comes. */

import { Chart } from "./charts.js";
import { chosenPop, fillDetail, openDetail, prepareDetail } from "./detail.js";
import { byId, setText } from "./element.js";
import { History, RCODES } from "./history.js";
import { follow } from "./live.js";
import { openMap } from "./map.js";
import { showLegend, showPops } from "./pops.js";
import { showPushes } from "./pushes.js";
import { ahead, compact, count, plural, rateOf, serverTime } from "./words.js";
import { prepareZones, showZones } from "./zones.js";

const history = new History();
const qps = new Chart(byId("qps-chart"), [{ label: "queries", colour: "accent", fill: true }]);
const rcodes = new Chart(byId("rcodes-chart"), [
  { label: RCODES[0], colour: "announcing" },
  { label: RCODES[1], colour: "reserve", dash: [6, 4] },
  { label: RCODES[2], colour: "withdrawn" },
  { label: RCODES[3], colour: "draining", dash: [2, 3] },
  { label: "other", colour: "silent", dash: [10, 4] },
]);
let popChart;
let fleet;
let states;

// A table that scrolls is reached by the keyboard, though it is no control.
for (const table of document.querySelectorAll(".scroll")) table.tabIndex = 0;
showLegend();
prepareDetail();
prepareZones();
const showMap = await openMap(byId("world"), choose);
follow({ changed: show, told: tellConnection });
setInterval(tick, 1_000);

function show(now) {
  fleet = now;
  // While the store is lost, all is as of then, and its time says nothing of now.
  if (now.store.why === undefined) ahead.by = Date.parse(now.at) - Date.now();
  history.take(now);
  setText("here", now.here ?? "");
  showHeadline(now);
  showBanner(now);
  tellStates(now);
  showMap(now.pops);
  showPops(now.pops, choose);
  showPushes(now.pushes);
  showZones(now);
  showCharts();
  showDetail();
}

/** Ages go on when nothing else happens. */
function tick() {
  if (!fleet) return;
  history.tick(Math.floor(serverTime() / 1000));
  if (document.hidden) return;
  rcodes.show(history.rcodes());
  showPushes(fleet.pushes);
}

function showHeadline({ pops, zones, zoneCount, store }) {
  const up = pops.filter(({ state }) => state === "announcing" || state === "stale" || state === "reserve").length;
  setText("head-pops", pops.length === 0 ? "–" : `${count(up)}/${count(pops.length)}`);
  const off = plural(pops.length - up, "does not announce", "do not announce");
  setText("head-pops-sub", pops.length === 0 ? "no report yet" : up === pops.length ? "all of them" : off);
  setText("head-qps", compact(pops.reduce((sum, pop) => sum + rateOf(pop), 0)));
  const behind = zones.filter(({ counts }) => counts.behind + counts.refuses > 0).length;
  setText(
    "head-behind",
    zoneCount === 0 ? "–" : behind === zones.length && behind < zoneCount ? `${behind}+` : count(behind),
  );
  setText("head-behind-sub", zoneCount === 0 ? "no zones yet" : `of ${plural(zoneCount, "zone")}`);
  setText("head-store", store.why === undefined ? "reached" : "lost");
  setText("head-store-sub", store.where);
  byId("head-store").className = store.why === undefined ? "good" : "bad";
  byId("head-behind").className = behind > 0 ? "late" : "";
  byId("head-pops").className = up < pops.length ? "late" : "";
}

function showBanner({ store }) {
  const banner = byId("banner");
  const text =
    store.why === undefined ? "" : `The store is not reached: ${store.why}. What you see is as of when it was.`;
  if (banner.textContent !== text) banner.textContent = text;
  banner.hidden = text === "";
}

/** Says which POPs have changed their state, for those who do not see the map. */
function tellStates({ pops }) {
  const before = states;
  states = new Map(pops.map(({ pop, state }) => [pop, state]));
  if (!before) return;
  const changes = pops.filter(({ pop, state }) => before.get(pop) !== state);
  if (changes.length === 0) return;
  const all = changes.slice(0, 5).map(({ pop, state, why }) => `${pop} is ${state}${why ? `: ${why}` : ""}`);
  const rest = changes.length > 5 ? `; and ${plural(changes.length - 5, "other POP")} changed` : "";
  setText("news", `${new Date().toTimeString().slice(0, 8)}  ${all.join("; ")}${rest}`);
}

function showCharts() {
  qps.show(history.queries());
  rcodes.show(history.rcodes());
}

function choose(name) {
  openDetail(name);
  popChart ??= new Chart(byId("detail-chart"), [{ label: "queries", colour: "accent", fill: true }], 130);
  showDetail();
}

function showDetail() {
  const name = chosenPop();
  if (name === undefined) return;
  fillDetail(fleet.pops.find(({ pop }) => pop === name));
  popChart.show(history.queries(name));
}

function tellConnection(state) {
  byId("connection").dataset.state = state;
  setText("connection-text", state === "live" ? "Live" : "Connection lost, trying again");
}
