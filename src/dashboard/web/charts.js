/** Charts by uPlot, in the colours of the page, which change with the system's. */

import uPlot from "./uplot.js";
import { compact } from "./words.js";

const HEIGHT = 190;
const dark = matchMedia("(prefers-color-scheme: dark)");

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A chart in `place`: series are { label, colour, fill } with colours by their names in style.css. */
export class Chart {
  #plot;
  #data;
  #series;
  #place;
  #height;

  constructor(place, series, height = HEIGHT) {
    this.#place = place;
    this.#series = series;
    this.#height = height;
    this.#data = [[], ...series.map(() => [])];
    this.#make();
    dark.addEventListener("change", () => this.#make());
    new ResizeObserver(() => this.#plot.setSize({ width: place.clientWidth, height })).observe(place);
  }

  show(data) {
    this.#data = data;
    this.#plot.setData(data);
  }

  #make() {
    this.#plot?.destroy();
    const axis = { stroke: colour("quiet"), font: "11px system-ui, sans-serif", ticks: { show: false } };
    const grid = { stroke: colour("line"), width: 1 };
    this.#plot = new uPlot(
      {
        width: this.#place.clientWidth || 300,
        height: this.#height,
        padding: [8, 8, 0, 0],
        cursor: { drag: { x: false, y: false }, points: { size: 6 } },
        legend: { live: true, markers: { width: 0, fill: (_, i) => colour(this.#series[i - 1].colour) } },
        scales: { y: { range: (_, low, high) => [0, Math.max(10, high * 1.15) || 10] } },
        axes: [
          { ...axis, grid: { show: false }, space: 70, values: (_, ticks) => ticks.map(clock) },
          { ...axis, grid, size: 46, space: 36, values: (_, ticks) => ticks.map(compact) },
        ],
        series: [
          { label: "Time", value: (_, value) => (value == null ? "" : clock(value)) },
          ...this.#series.map(({ label, colour: name, fill, dash }) => ({
            label,
            stroke: colour(name),
            width: 2,
            dash,
            ...(fill ? { fill: colour(`${name}-soft`) } : {}),
            points: { show: false },
            value: (_, value) => (value == null ? "" : compact(value)),
          })),
        ],
      },
      this.#data,
      this.#place,
    );
  }
}

function clock(second) {
  return new Date(second * 1000).toTimeString().slice(0, 8);
}
