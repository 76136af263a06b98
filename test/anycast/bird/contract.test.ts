/** The announcer over BIRD's control socket keeps to what all announcers do. */

import { announcerContract } from "../announcer/contract.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { Bird, staticsFor } from "./bird.ts";

const HOLD = 3;

announcerContract("BIRD's control socket", {
  needs: "bird",
  hold: HOLD,
  daemon: async () => new Bird(staticsFor([PREFIX4, PREFIX6])),
  maker: (daemon) => ({
    module: new URL("maker.ts", import.meta.url).href,
    options: { socket: (daemon as Bird).socket, hold: HOLD * 1000 },
  }),
});
