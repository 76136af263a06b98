/** The world, and a button on it for each POP that says where it is. */

import { drawn, element, matchList } from "./element.js";
import { compact, plural, rateOf, shapeOf, worstFirst } from "./words.js";

/** In a larger fleet only POPs that are not well have their names on the map. */
const NAMES_MOST = 30;
/** A name takes so much of the map, in percent of its width, and of its height. */
const LETTER = 0.85;
const LINE = 4.2;

/** Draws the land; resolves to a function that shows the POPs on it. */
export async function openMap(world, choose) {
  const pins = element("div", { class: "pins" });
  const sheet = element("div", { class: "sheet" });
  const size = { width: 1000, height: 460 };
  try {
    const { width, height, land, graticule } = await (await fetch("map.json")).json();
    Object.assign(size, { width, height });
    sheet.append(
      drawn(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
        drawn("path", { class: "graticule", d: graticule }),
        drawn("path", { class: "land", d: land }),
      ),
    );
  } catch {
    world.append(
      element("p", { class: "empty" }, "The map could not be loaded; the list of POPs has all that it shows."),
    );
  }
  sheet.append(pins);
  world.append(sheet);
  return (pops) => showPins(pins, pops, size, choose);
}

function showPins(pins, pops, size, choose) {
  const placed = worstFirst(pops.filter(({ spot }) => spot));
  const most = Math.max(1, ...placed.map(rateOf));
  const sides = sidesOf(placed, size);
  matchList(pins, placed, {
    key: ({ pop }) => pop,
    make: ({ pop }) => {
      const pin = element("button", { type: "button" });
      pin.addEventListener("click", () => choose(pop));
      return pin;
    },
    fill: (pin, pop) => {
      const rate = rateOf(pop);
      const looks = `${pop.state} ${sides.get(pop.pop)}`;
      if (pin.dataset.looks !== looks) {
        pin.dataset.looks = looks;
        pin.className = `pin ${pop.state} ${sides.get(pop.pop)}`;
        pin.replaceChildren(
          element("span", { class: "halo" }),
          shapeOf(pop.state),
          element("span", { class: "name" }, pop.pop),
        );
      }
      pin.setAttribute(
        "aria-label",
        `${pop.pop}, ${pop.state}, ${plural(Math.round(rate), "query", "queries")} per second`,
      );
      pin.title = `${pop.pop}: ${pop.state}, ${compact(rate)} qps`;
      pin.style.left = `${(pop.spot[0] / size.width) * 100}%`;
      pin.style.top = `${(pop.spot[1] / size.height) * 100}%`;
      pin.querySelector(".halo").style.scale = String(0.35 + 0.65 * Math.sqrt(rate / most));
    },
  });
}

/** On which side of its pin each name goes: the first where it lies on no other, or nowhere. */
function sidesOf(pops, { width, height }) {
  const taken = pops.map(({ spot: [x, y] }) => box((x / width) * 100 - 0.9, (y / height) * 100 - 2, 1.8, 4));
  const sides = new Map();
  for (const [own, { pop, state, spot }] of pops.entries()) {
    sides.set(pop, "nameless");
    if (pops.length > NAMES_MOST && state === "announcing") continue;
    const [x, y] = [(spot[0] / width) * 100, (spot[1] / height) * 100];
    const long = pop.length * LETTER;
    const places = {
      right: box(x + 1.2, y - LINE / 2, long, LINE),
      left: box(x - 1.2 - long, y - LINE / 2, long, LINE),
      above: box(x - long / 2, y - 2.2 - LINE, long, LINE),
      below: box(x - long / 2, y + 2.2, long, LINE),
    };
    const found = Object.entries(places).find(
      ([, place]) => place[0] >= 0 && place[2] <= 100 && taken.every((other, i) => i === own || apart(place, other)),
    );
    if (!found) continue;
    taken.push(found[1]);
    sides.set(pop, found[0]);
  }
  return sides;
}

function box(x, y, width, height) {
  return [x, y, x + width, y + height];
}

function apart(a, b) {
  return a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
}
