/** The world in the Natural Earth projection: its land as one SVG path, and where on it a place is. */

import { readFileSync } from "node:fs";
import { geoGraticule, geoNaturalEarth1, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";

export interface WorldMap {
  readonly width: number;
  readonly height: number;
  /** Values of the attribute "d". */
  readonly land: string;
  readonly graticule: string;
}

const WIDTH = 1000;
/** Nobody has a POP beyond these, and Antarctica would take a quarter of the picture. */
const NORTH = 84;
const SOUTH = -58;
/** Degrees between two lines. */
const GRID = 30;

/** One for all: projections are functions, but for their settings, which nobody changes after this. */
const projection = geoNaturalEarth1().fitWidth(WIDTH, { type: "Sphere" });
const top = projection([0, NORTH])![1];
const height = Math.ceil(projection([0, SOUTH])![1] - top);
const [left, down] = projection.translate();
projection.translate([left, down - top]).clipExtent([
  [0, 0],
  [WIDTH, height],
]);

/** Where a place is on the map, in its units; held inside, as a POP at the pole is still to be seen. */
export function placeOnMap(latitude: number, longitude: number): readonly [number, number] {
  const [x, y] = projection([longitude, Math.max(SOUTH, Math.min(NORTH, latitude))]) ?? [0, 0];
  return [rounded(Math.max(0, Math.min(WIDTH, x))), rounded(Math.max(0, Math.min(height, y)))];
}

/** Draws the map from the package world-atlas: 50 kB of path at a scale of 1:110m. */
export function worldMap(): WorldMap {
  const atlas = JSON.parse(
    readFileSync(new URL(import.meta.resolve("world-atlas/land-110m.json")), "utf8"),
  ) as Topology<{
    land: GeometryCollection;
  }>;
  const path = geoPath(projection).digits(1);
  return {
    width: WIDTH,
    height,
    land: path(feature(atlas, atlas.objects.land)) ?? "",
    graticule: path(geoGraticule().step([GRID, GRID])()) ?? "",
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
