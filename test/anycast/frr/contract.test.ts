/** The announcer over FRR's vtysh keeps to what all announcers do. */

import { announcerContract } from "../announcer/contract.ts";
import { Bgpd } from "./bgpd.ts";

const HOLD = 3;

announcerContract("FRR's vtysh", {
  needs: "vtysh",
  hold: HOLD,
  daemon: async () => new Bgpd(),
  maker: (daemon) => ({
    module: new URL("maker.ts", import.meta.url).href,
    options: { vtysh: (daemon as Bgpd).vtysh, hold: HOLD * 1000 },
  }),
});
