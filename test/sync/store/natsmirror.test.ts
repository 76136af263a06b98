/** Mirrors of a store whose old history has gone: servers before 2.11.5 can't make them, and are told from those that can. */

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { expect, vi } from "vitest";
import { originText } from "../../../src/sync/store/natsmessage.ts";
import { initMirror } from "../../../src/sync/store/natsmirror.ts";
import { mirrorPrefix, SLACK, ZONES } from "../../../src/sync/store/natssubjects.ts";
import { testDeployed } from "./deployed.ts";
import { inRegion, MIRROR, type Region } from "./deployedregion.ts";
import { eventually, PLAN, put, textOf } from "./natsfixture.ts";
import { PROGRAM } from "./natsserver.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Whether this machine's nats-server is before 2.11.5. */
function isOld(): boolean {
  const said = spawnSync(PROGRAM ?? "nats-server", ["--version"]).stdout.toString();
  const [major, minor, patch] = said.match(/\d+/g)?.map(Number) ?? [];
  return major < 2 || (major === 2 && (minor < 11 || (minor === 11 && patch < 5)));
}

/** Pushes a zone so often that its first manifests are kept no more, into a region whose leaf node then loses its disk. */
async function trimmed({ leaf, publisher }: Region): Promise<void> {
  await leaf.stop();
  rmSync(leaf.data, { recursive: true });
  let revision = 0;
  for (let i = 0; i < PLAN.history + SLACK + 4; i++)
    [revision] = await publisher.swap([put("a.", String(i), revision)]);
  await publisher.swap([put("b.", "one", 0)]);
  await leaf.start();
}

testDeployed("a mirror that is made after history was trimmed: a server that can't is refused, with what to do", () =>
  inRegion(async (region) => {
    const { deployed, leaf, open } = region;
    await trimmed(region);
    const made = initMirror(leaf.url, deployed.access("operator-ops"), MIRROR);
    if (isOld()) {
      await expect(made).rejects.toThrow(/runs nats-server \S+, which can't mirror .*: upgrade it to 2\.12\.7/);
      const store = await open(leaf, "pop-fra1");
      await expect(store.head("a.")).rejects.toMatchObject({ kind: "missing" });
      return;
    }
    await made;
    const store = await open(leaf, "pop-fra1");
    await eventually(async () => (await textOf(store, "b.")) === "one");
  }),
);

testDeployed("a mirror that is there and gets no further is told of", () =>
  inRegion(async (region) => {
    const { fixture, deployed, hub, leaf } = region;
    await trimmed(region);
    const operator = deployed.access("operator-ops");
    const { created } = await fixture.link(hub.url, operator).api<{ created: string }>(`STREAM.INFO.${ZONES}`);
    const external = { api: "$JS.hub.API", deliver: mirrorPrefix("fra") };
    await fixture.link(leaf.url, operator).api(`STREAM.CREATE.${ZONES}`, {
      name: ZONES,
      description: originText(created),
      storage: "file",
      max_msgs_per_subject: PLAN.history + SLACK,
      discard: "new",
      deny_delete: true,
      allow_direct: true,
      mirror_direct: true,
      allow_rollup_hdrs: true,
      mirror: { name: ZONES, external },
    });
    const again = initMirror(leaf.url, operator, MIRROR, isOld() ? 2000 : undefined);
    if (isOld()) await expect(again).rejects.toThrow(/mirror KV_zones .* gets no further: nats-server \S+ does that/);
    else await again;
  }),
);
