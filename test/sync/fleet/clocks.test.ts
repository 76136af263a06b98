/** POPs whose clocks are an hour ahead and an hour behind: nothing is waited for in vain, and nobody is taken for dead. */

import { join } from "node:path";
import { expect, vi } from "vitest";
import { hostsZone } from "../../cli/publisher.ts";
import { Fleet, fleetTest } from "./fleet.ts";
import { pushOnce } from "./workbench.ts";

vi.setConfig({ testTimeout: 60_000 });

const ZONE = "a.example.";
const HOUR_MS = 3_600_000;

/** The environment of a program with a clock of its own. */
function clock(off: number): NodeJS.ProcessEnv {
  const options = `--import=${join(import.meta.dirname, "aheadclock.ts")}`;
  return { NODE_OPTIONS: options, CLOCK_OFF: String(off) };
}

fleetTest("pushes, proofs and rollouts go by nobody's clock", async () => {
  const fleet = await Fleet.make({
    publish: {
      waves: [
        { to: "canary", bake: 1 },
        { to: "*", bake: 0 },
      ],
    },
  });
  fleet.write("a.example.zone", hostsZone(1, 3));
  await fleet.push("a.example.zone");
  await fleet.serve(
    { pop: "ahead", groups: ["canary"], environment: clock(HOUR_MS) },
    { pop: "behind", environment: clock(-HOUR_MS) },
  );
  fleet.write("a.example.zone", hostsZone(2, 4));
  const { code, stdout } = await fleet.run("push", "a.example.zone", "--wait", "--config", "pop.yaml");
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
  // Their clocks really are off.
  for (const [pop, off] of [["ahead", HOUR_MS] as const, ["behind", -HOUR_MS] as const]) {
    const { at, recent } = await fleet.untilReport(pop, ({ recent }) => recent[0]?.serial === 2, "the receipt");
    expect(Math.abs(Date.parse(at) - Date.now() - off)).toBeLessThan(HOUR_MS / 2);
    expect(recent[0]?.servingMs).toBeLessThan(HOUR_MS / 2);
  }
  // Publishers an hour apart, the later one with the earlier clock.
  const store = await fleet.store();
  for (const [serial, at] of [[3, Date.now() + HOUR_MS] as const, [4, Date.now() - HOUR_MS] as const]) {
    const text = hostsZone(serial, serial + 2);
    expect(await pushOnce(fleet, store, [{ zone: ZONE, text }], { at: new Date(at) })).toBe(true);
    for (const pop of fleet.pops.values()) await pop.untilSerial(ZONE, serial);
  }
});
