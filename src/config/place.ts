/** Section place: where a POP is, for maps. */

import { number, required, section, text } from "./option.ts";

/** A place needs both of its numbers; without the section, a POP is on no map. */
export const place = section({
  /** Degrees, north and east positive. */
  latitude: required(number({ min: -90, max: 90 })),
  longitude: required(number({ min: -180, max: 180 })),
  /** What people call it: "London, UK". Without it, the POP's name. */
  name: text<string | undefined>("a name of 1 to 100 characters", undefined, (value) =>
    value.length >= 1 && value.length <= 100 ? value : undefined,
  ),
});
