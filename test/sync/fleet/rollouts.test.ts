/** Rollouts end to end: real POPs over NATS, the real program as publisher and conductor. */

import { expect, vi } from "vitest";
import { hostsZone } from "../../cli/publisher.ts";
import { Fleet, fleetTest } from "./fleet.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const WAVES = "publish:\n  waves:\n    - { to: canary, bake: 1 }\n    - { to: '*', bake: 0 }\n";

fleetTest("push --wait brings a version to the canary, then to the rest", async () => {
  const fleet = await Fleet.make({ publish: WAVES });
  fleet.write("a.example.zone", hostsZone(1, 3));
  await fleet.push("a.example.zone");
  await fleet.serve({ pop: "fra1", groups: ["canary"] }, "lhr1", "sin1");
  fleet.write("a.example.zone", hostsZone(2, 4));
  const { stdout, stderr, code } = await fleet.run("push", "a.example.zone", "--wait", "--config", "pop.yaml");
  expect([code, stderr]).toEqual([0, expect.anything()]);
  console.log(stdout, stderr);
});
