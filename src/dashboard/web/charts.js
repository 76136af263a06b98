/** Charts by uPlot, in the colours of the page, which change with the system's. */

import { element } from "./element.js";
import uPlot from "./uplot.js";
import { compact } from "./words.js";

const HEIGHT = 190;
/** Seconds that a chart shows at least. */
const LEAST = 30;
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
  #values = element("ul", { class: "legend values" });

  constructor(place, series, height = HEIGHT) {
    this.#place = place;
    this.#series = series;
    this.#height = height;
    this.#data = [[], ...series.map(() => [])];
    this.#make();
    if (height === HEIGHT) place.after(this.#values);
    dark.addEventListener("change", () => this.#make());
    new ResizeObserver(() => this.#plot.setSize({ width: place.clientWidth, height })).observe(place);
  }

  show(data) {
    this.#data = data;
    this.#plot.setData(data);
    this.#showValues();
  }

  /** The values under the pointer, or else the last ones. */
  #showValues() {
    const at = this.#plot.cursor.idx ?? this.#data[0].length - 1;
    for (const [i, item] of [...this.#values.children].entries()) {
      item.lastChild.textContent = at < 0 ? "–" : compact(this.#data[i + 1][at]);
    }
  }

  #makeValues() {
    this.#values.replaceChildren(
      ...this.#series.map(({ label, colour: name, dash }) => {
        const line = element("i");
        line.style.borderColor = colour(name);
        line.style.borderTopStyle = dash ? (dash[0] < 4 ? "dotted" : "dashed") : "solid";
        return element("li", {}, line, label, element("b", {}, "–"));
      }),
    );
  }

  #make() {
    this.#plot?.destroy();
    this.#makeValues();
    const axis = { stroke: colour("quiet"), font: "11px system-ui, sans-serif", ticks: { show: false } };
    const grid = { stroke: colour("line"), width: 1 };
    this.#plot = new uPlot(
      {
        width: this.#place.clientWidth || 300,
        height: this.#height,
        padding: [8, 26, 0, 0],
        cursor: { drag: { x: false, y: false }, points: { size: 6 } },
        legend: { show: false },
        hooks: { setCursor: [(plot) => this.#plot === plot && this.#showValues()] },
        scales: {
          x: { range: (_, low, high) => [Math.min(low ?? 0, (high ?? 0) - LEAST), high ?? LEAST] },
          y: { range: (_plot, _low, high) => [0, Math.max(10, (high ?? 0) * 1.15)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 76,
            size: 28,
            incrs: [5, 10, 15, 30, 60, 120],
            values: (_, ticks) => ticks.map(clock),
          },
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
