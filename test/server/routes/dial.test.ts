/** Sessions with TCP MD5 and TTL security, against a real BIRD that demands them. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { Speaker } from "../../../src/anycast/bgp/speaker.ts";
import { openConnections } from "../../../src/server/routes/dial.ts";
import { BirdDaemon } from "../../anycast/announcer/birddaemon.ts";
import { overTheBox } from "../../anycast/announcer/box.ts";
import { untilPeer, untilRoutes } from "../../anycast/announcer/contract.ts";
import { PREFIX4 } from "../../anycast/announcer/fixture.ts";
import { speakerOptions } from "../../anycast/announcer/speakermaker.ts";
import { surroundings } from "../../anycast/announcer/surroundings.ts";
import { wantedOf } from "../../anycast/announcer/wanted.ts";
import { testWith } from "../../support/need.ts";

interface Ours {
  readonly password?: string;
  readonly hops?: number;
  readonly address?: string;
}

/** A speaker that has dialled a BIRD of this configuration. */
async function dialled(session: string | undefined, { password, hops = 0, address = "127.0.0.1" }: Ours) {
  const daemon = await BirdDaemon.make({ session: session ?? "", address });
  onTestFinished(() => daemon.close());
  if (session !== undefined) await daemon.start();
  const options = speakerOptions({ port: daemon.port });
  const neighbours = [{ at: { address, port: daemon.port }, as: options.as, password, hops, nextHops: [] }];
  const heirOf = async (secret = password) => {
    const theirs = neighbours.map((one) => ({ ...one, password: secret }));
    const around = Object.assign(surroundings(), await openConnections(theirs));
    const one = new Speaker({ ...options, neighbours: theirs }, around);
    onTestFinished(() => one.close());
    return one;
  };
  const speaker = await heirOf();
  speaker.want(wantedOf({ [PREFIX4]: "up" }));
  speaker.start();
  return { daemon, speaker, heirOf };
}

describe("signatures and TTL security", () => {
  testWith("bird", "with the right password the session comes up", async () => {
    const { daemon, speaker } = await dialled('password "s3cret";', { password: "s3cret" });
    await untilPeer(speaker, "up");
    await untilRoutes(daemon, { [PREFIX4]: "up" });
  });

  testWith("bird", "over IPv6 as well, with TTL security", async () => {
    const { daemon, speaker } = await dialled('password "s3cret"; ttl security on;', {
      password: "s3cret",
      hops: 1,
      address: "::1",
    });
    await untilPeer(speaker, "up");
    await untilRoutes(daemon, { [PREFIX4]: "up" });
  });

  testWith("bird", "a session with a password goes on in another's hands", async () => {
    const { daemon, speaker, heirOf } = await dialled('password "s3cret"; ttl security on;', {
      password: "s3cret",
      hops: 1,
    });
    await untilRoutes(daemon, { [PREFIX4]: "up" });
    const before = await daemon.activity();
    const heir = await heirOf();
    const { legacy, descriptors, left } = await speaker.bequeath();
    const { taken, accept } = heir.inherit(JSON.parse(JSON.stringify(legacy)), await overTheBox(descriptors));
    await left(taken);
    accept();
    heir.want(wantedOf({ [PREFIX4]: "draining" }));
    await untilRoutes(daemon, { [PREFIX4]: "draining" });
    // One announcement more, and no withdrawal.
    expect(await daemon.activity()).toBe(before + 1);
    // Another password is another session.
    const other = await heirOf("another");
    const again = await heir.bequeath();
    expect(other.inherit(again.legacy, await overTheBox(again.descriptors)).taken).toEqual([]);
    again.kept();
  });

  testWith("bird", "with TTL security on both sides the session comes up", async () => {
    const { daemon, speaker } = await dialled("ttl security on;", { hops: 1 });
    await untilPeer(speaker, "up");
    await untilRoutes(daemon, { [PREFIX4]: "up" });
  });

  const noAnswer =
    "127.0.0.1 does not answer: it does not run, its password (TCP MD5) or TTL security differs from ours, or a firewall is between";
  const silent: [what: string, session: string | undefined, ours: Ours, why: string][] = [
    ["a wrong password", 'password "s3cret";', { password: "other" }, noAnswer],
    // A refusal of what nobody listens for comes without a signature, so it is not seen either.
    ["a password for a daemon that is not there", undefined, { password: "other" }, noAnswer],
    [
      "TTL security on our side alone",
      "",
      { hops: 1 },
      "127.0.0.1 takes connections, but says nothing: it hangs, is no BGP daemon, or has another TTL security than ours (hops)",
    ],
  ];
  testWith("bird", `${silent.map(([what]) => what).join(", ")}: no session, and a sentence says so`, async () => {
    await Promise.all(
      silent.map(async ([, session, ours, why]) => {
        const { speaker } = await dialled(session, ours);
        await untilPeer(speaker, "down", 15_000);
        expect(speaker.peers[0].why?.replace(/@\d+/, "")).toBe(why);
      }),
    );
  });
});

test("without password and hops it is an ordinary connection", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const neighbour = { at: { address: "127.0.0.1", port }, as: 64500, password: undefined, hops: 0, nextHops: [] };
  const { dial } = await openConnections([neighbour]);
  const socket = dial(neighbour);
  await once(socket, "connect");
  socket.destroy();
  server.close();
});

test("a password that no kernel takes is refused with a sentence", async () => {
  const at = { address: "192.0.2.1", port: 179 };
  const wrong = { at, as: 64500, password: "x".repeat(81), hops: 0, nextHops: [] };
  await expect(openConnections([wrong])).rejects.toThrow(
    "the password of neighbour 192.0.2.1 is longer than 80 octets, the most for TCP MD5: shorten it",
  );
});
