/** All targets by name. Each is loaded only when it is fuzzed, so that only its code is counted. */

import type { Open } from "../engine/target.ts";

export const TARGETS: Readonly<Record<string, () => Promise<{ readonly open: Open }>>> = {
  packet: () => import("./packet.ts"),
  zone: () => import("./zone.ts"),
  stream: () => import("./stream.ts"),
  config: () => import("./config.ts"),
  blob: () => import("./blob.ts"),
  signed: () => import("./signed.ts"),
  report: () => import("./report.ts"),
  nats: () => import("./nats.ts"),
  bgp: () => import("./bgp.ts"),
  router: () => import("./router.ts"),
  text: () => import("./text.ts"),
  answer: () => import("./answer.ts"),
  image: () => import("./image.ts"),
  http: () => import("./http.ts"),
};
