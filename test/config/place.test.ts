import { describe, expect, test } from "vitest";
import { type ConfigError, configFromYaml, defaults } from "../../src/config/load.ts";

function errorOf(yaml: string): string {
  try {
    configFromYaml(yaml, "pop.yaml");
  } catch (error) {
    return (error as ConfigError).message;
  }
  throw new Error("it was taken");
}

describe("place", () => {
  test("degrees with decimals or without, and a name that may be left out", () => {
    const place = (text: string) => configFromYaml(`place: ${text}\n`, "pop.yaml").place;
    expect(place("{ latitude: 51.5072, longitude: -0.1276, name: 'London, UK' }")).toEqual({
      latitude: 51.5072,
      longitude: -0.1276,
      name: "London, UK",
    });
    expect(place("{ latitude: -90, longitude: 180 }")).toEqual({ latitude: -90, longitude: 180, name: undefined });
    expect(defaults.place.latitude).toBeUndefined();
  });

  test("both numbers, within bounds, or none", () => {
    expect(errorOf("place: { latitude: 51.5 }\n")).toBe(
      "pop.yaml:1:8  place.longitude: expected a number from -180 to 180, got nothing",
    );
    expect(errorOf("place:\n  latitude: 91\n  longitude: east\n")).toBe(
      "pop.yaml:2:13  place.latitude: expected a number from -90 to 90, got 91\n" +
        'pop.yaml:3:14  place.longitude: expected a number from -180 to 180, got "east"',
    );
    expect(errorOf("place: { latitude: .nan, longitude: 0 }\n")).toContain("place.latitude: expected a number");
    expect(errorOf("place: { latitude: 1, longitude: 0, name: '' }\n")).toContain("a name of 1 to 100 characters");
    expect(errorOf("place: London\n")).toContain("place: expected a section with latitude, longitude, name");
  });
});
