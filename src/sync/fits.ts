/**
 * Whether what was read from JSON has the fields that are read of it. Anybody who may write to the store may write what it
 * likes there, and what is no text must not be taken for one: even to print it may throw ({"toString": 1}).
 */

export type Fits = (value: unknown) => boolean;

export const text: Fits = (value) => typeof value === "string";
export const number: Fits = (value) => typeof value === "number";
export const flag: Fits = (value) => typeof value === "boolean";

/** True for what is absent, too. */
export function optional(fits: Fits): Fits {
  return (value) => value === undefined || fits(value);
}

export function listOf(fits: Fits): Fits {
  return (value) => Array.isArray(value) && value.every(fits);
}

/** True for an object whose fields of these names fit; others are not looked at. */
export function record(fields: Readonly<Record<string, Fits>>): Fits {
  const entries = Object.entries(fields);
  return (value) =>
    typeof value === "object" &&
    value !== null &&
    entries.every(([name, fits]) =>
      fits(Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined),
    );
}
