/** Words, numbers and shapes that the whole page shares. */

import { drawn } from "./element.js";

/** States, the worst first, as the table of POPs is sorted. */
export const STATES = ["silent", "stopped", "withdrawn", "draining", "starting", "stale", "reserve", "announcing"];

/** Each state has a shape of its own, in a box of 16 by 16: colour alone tells some people nothing. */
const SHAPES = {
  announcing: ["circle", { cx: 8, cy: 8, r: 5.5 }],
  reserve: ["circle", { cx: 8, cy: 8, r: 4.5, class: "hollow" }],
  stale: ["path", { d: "M8 1.8 14.6 13.6H1.4Z" }],
  starting: ["circle", { cx: 8, cy: 8, r: 4.5, class: "hollow dashed" }],
  draining: ["path", { d: "M8 1.2 14.8 8 8 14.8 1.2 8Z" }],
  withdrawn: ["rect", { x: 2.8, y: 2.8, width: 10.4, height: 10.4, rx: 1.5 }],
  stopped: ["rect", { x: 3.2, y: 3.2, width: 9.6, height: 9.6, rx: 1.5, class: "hollow" }],
  silent: ["path", { d: "M3.2 3.2 12.8 12.8M12.8 3.2 3.2 12.8", class: "hollow" }],
};

/** The shape of a state. */
export function shapeOf(state) {
  const [name, attributes] = SHAPES[state] ?? SHAPES.silent;
  return drawn("svg", { class: "shape", viewBox: "0 0 16 16", "aria-hidden": "true" }, drawn(name, attributes));
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** "12,345", and "1.23M" from a million. */
export function count(value) {
  return value >= 1e6 ? short.format(value) : whole.format(value);
}

/** "12.3K". */
export function compact(value) {
  return value < 1000 ? whole.format(value) : short.format(value);
}

/** "42.1%". */
export function share(value) {
  return percent.format(value);
}

/** "3 zones", "1 zone". */
export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Milliseconds that the server's clock is ahead of this machine's: ages are by the server's. */
export const ahead = { by: 0 };

/** Milliseconds since 1970, by the server's clock. */
export function serverTime() {
  return Date.now() + ahead.by;
}

/** How long ago, in one unit. */
export function ago(time) {
  const seconds = Math.max(0, Math.round((serverTime() - Date.parse(time)) / 1000));
  if (Number.isNaN(seconds)) return "at an unknown time";
  if (seconds < 5) return "now";
  if (seconds < 100) return `${seconds} s ago`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** "850 ms", "1.2 s". */
export function milliseconds(value) {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** Whether what a POP has last said of itself is true yet. */
export function isHeard(pop) {
  return pop.state !== "silent" && pop.state !== "stopped";
}

/** Queries in a second, as the mean of what the last report tells. */
export function rateOf(pop) {
  const last = (pop.vitals?.qps ?? []).slice(-5);
  if (!isHeard(pop) || last.length === 0) return 0;
  return last.reduce((sum, one) => sum + one, 0) / last.length;
}

/** POPs with the worst first, then by name. */
export function worstFirst(pops) {
  return [...pops].sort(
    (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.pop < b.pop ? -1 : a.pop > b.pop ? 1 : 0),
  );
}
