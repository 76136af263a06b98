/** All pages of the dashboard, for whatever HTTP server: files, the map, events and the search for zones. */

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Asset, asset, sendAsset, sendJson, sendText } from "./asset.ts";
import { EVENT_LIMITS, type EventLimits, Events } from "./events.ts";
import type { DashboardPage, FleetSource } from "./source.ts";
import { viewOf, ZONES_SHOWN } from "./view.ts";
import { worldMap } from "./worldmap.ts";

const ROOT = "/dashboard/";
/** Letters of a search: a name has no more, RFC 1035 §2.3.4, but for escapes. */
const SEARCH_MOST = 255;

const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json; charset=utf-8",
} as const;

/** Files of web/, by the names that they are served under. */
const FILES = [
  "index.html",
  "style.css",
  "parts.css",
  "icon.svg",
  "main.js",
  "element.js",
  "words.js",
  "live.js",
  "history.js",
  "charts.js",
  "map.js",
  "pops.js",
  "detail.js",
  "pushes.js",
  "zones.js",
] as const;

/** The pages, and a way to let all go that are open. */
export interface Dashboard {
  readonly pages: readonly DashboardPage[];
  close(): void;
}

/** The pages of the dashboard. `pop`: whose they are, when they are those of one POP. */
export function dashboardPages(source: FleetSource, pop?: string): readonly DashboardPage[] {
  return openDashboard(source, pop).pages;
}

/** The pages of the dashboard, for whoever wants to end them. */
export function openDashboard(source: FleetSource, pop?: string, limits: EventLimits = EVENT_LIMITS): Dashboard {
  const assets = readAssets();
  const events = new Events(source, pop, limits);
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://dashboard");
    // "/dashboard/../x" has become "/x".
    const below = pathname.startsWith(ROOT) ? pathname.slice(ROOT.length) : "..";
    const name = below || "index.html";
    const file = assets.get(name);
    if (file) sendAsset(request, response, file);
    else if (name === "events") events.add(request, response);
    else if (name === "zones") sendZones(request, response, source, searchParams.get("search") ?? "");
    else sendText(response, 404, `nothing is served at ${ROOT}${name.replaceAll(/[^\w.%/-]/g, "?")}; go to ${ROOT}`);
  };
  const away = (_: IncomingMessage, response: ServerResponse) =>
    sendText(response, 308, `the dashboard is at ${ROOT}`, { location: ROOT });
  return {
    pages: [
      { path: ROOT, handle },
      { path: ROOT.slice(0, -1), handle: away },
    ],
    close: () => events.close(),
  };
}

function sendZones(request: IncomingMessage, response: ServerResponse, source: FleetSource, search: string): void {
  const { zones, zoneCount } = viewOf(source.snapshot({ zones: ZONES_SHOWN, search: search.slice(0, SEARCH_MOST) }));
  sendJson(request, response, { search, zones, zoneCount });
}

/** Reads all files once: a page of one release is never mixed with the next one's. */
function readAssets(): ReadonlyMap<string, Asset> {
  const own = FILES.map((name) => [name, read(name, new URL(`web/${name}`, import.meta.url))] as const);
  return new Map<string, Asset>([
    ...own,
    ["uplot.js", read("uplot.js", new URL(import.meta.resolve("uplot/dist/uPlot.esm.js")))],
    ["uplot.css", read("uplot.css", new URL(import.meta.resolve("uplot/dist/uPlot.min.css")))],
    ["map.json", asset(TYPES.json, Buffer.from(JSON.stringify(worldMap())))],
  ]);
}

function read(name: string, file: URL): Asset {
  const ending = name.slice(name.lastIndexOf(".") + 1) as keyof typeof TYPES;
  return asset(TYPES[ending], readFileSync(file));
}
