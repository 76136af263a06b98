/** Charts over time as an SVG: one below the other, each with its own scale, lines of different dashes and a legend. */

export interface Line {
  readonly name: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

const WIDTH = 960;
const HEIGHT = 150;
const LEFT = 80;
const RIGHT = 170;
const TOP = 34;
const GAP = 46;
const COLOURS = ["#1f5fa8", "#c2571a", "#3a7d34"] as const;
const DASHES = ["", "6 3", "2 3"] as const;

/** Draws the charts. */
export function svgOf(title: string, charts: readonly Chart[]): string {
  const end = Math.max(1, ...charts.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(({ at }) => at))));
  const height = TOP + charts.length * (HEIGHT + GAP);
  const drawn = charts.map((chart, i) => draw(chart, TOP + 20 + i * (HEIGHT + GAP), end));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function draw({ title, unit, lines }: Chart, top: number, end: number): string {
  const most = ceiling(Math.max(0, ...lines.flatMap(({ points }) => points.map(({ value }) => value))));
  const x = (at: number) => LEFT + (at / end) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => top + HEIGHT - (value / most) * HEIGHT;
  const parts = [`<text x="${LEFT}" y="${top - 8}" font-weight="bold">${escaped(title)}, ${escaped(unit)}</text>`];
  for (const share of [0, 0.5, 1]) {
    const at = y(most * share);
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#ccc"/>`,
      `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${(most * share).toLocaleString("en")}</text>`,
    );
  }
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(
      `<text x="${x(end * share)}" y="${top + HEIGHT + 16}" text-anchor="middle">${Math.round(end * share)} s</text>`,
    );
  }
  lines.forEach(({ name, points }, i) => {
    const style = `stroke="${COLOURS[i % COLOURS.length]}" stroke-dasharray="${DASHES[i % DASHES.length]}" stroke-width="1.6" fill="none"`;
    const path = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const beside = WIDTH - RIGHT + 12;
    parts.push(
      `<polyline points="${path}" ${style}/>`,
      `<line x1="${beside}" x2="${beside + 26}" y1="${top + 12 + i * 18}" y2="${top + 12 + i * 18}" ${style}/>`,
      `<text x="${beside + 32}" y="${top + 16 + i * 18}">${escaped(name)}</text>`,
    );
  });
  return parts.join("\n");
}

/** The next number above that people count to. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
