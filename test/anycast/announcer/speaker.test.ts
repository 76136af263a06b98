/** The BGP speaker, with a session over loopback to a real BIRD. */

import { BirdDaemon } from "./birddaemon.ts";
import { announcerContract } from "./contract.ts";

announcerContract("speaker", {
  needs: "bird",
  hold: 3,
  daemon: () => BirdDaemon.make(),
  maker: (daemon) => ({
    module: new URL("speakermaker.ts", import.meta.url).href,
    options: { port: (daemon as BirdDaemon).port },
  }),
});
