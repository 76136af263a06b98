/** Addresses that come later: in a network namespace, where lo is ours. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressesHere } from "../../../src/server/routes/addresses.ts";
import { have } from "../../support/need.ts";
import { until } from "../../transport/stream.ts";

const NODE = resolve(import.meta.dirname, "../../../node_modules/.bin/node");
const ADDRESSES = resolve(import.meta.dirname, "../../../src/server/routes/addresses.ts");
const NAMESPACE = `zc-addr-${process.pid}`;
const ip = (...words: string[]) => spawnSync("ip", words, { encoding: "utf8" });
const inside = (...words: string[]) => ip("netns", "exec", NAMESPACE, ...words);
const canHave = have("network namespaces (root, iproute2)", ip("netns", "add", NAMESPACE).status === 0);
const children: ChildProcess[] = [];

/** In the namespace: prints what is told, then "here true". */
const WAITER = `
const { addressesHere } = await import(${JSON.stringify(ADDRESSES)});
const end = new AbortController();
process.on("SIGTERM", () => end.abort());
const listen = JSON.parse(process.env.LISTEN).map((address) => ({ address, port: 53 }));
console.log("here", await addressesHere(listen, { tell: (level, text) => console.log(level, text), signal: end.signal }));
`;

function wait(...addresses: string[]): { lines(): string[]; child: ChildProcess } {
  const program = ["netns", "exec", NAMESPACE, NODE, "--input-type=module", "-e", WAITER];
  const child = spawn("ip", program, { env: { ...process.env, LISTEN: JSON.stringify(addresses) } });
  children.push(child);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  return { child, lines: () => text.split("\n").filter((line) => line !== "") };
}

test("addresses that are here are not waited for, whoever has the port", async () => {
  const told: string[] = [];
  const listen = [
    { address: "127.0.0.1", port: 53 },
    { address: "127.0.0.1", port: 5300 },
  ];
  const { signal } = new AbortController();
  expect(await addressesHere(listen, { tell: (_, text) => told.push(text), signal })).toBe(true);
  expect(told).toEqual([]);
});

test("told to stop, it does not wait any longer", async () => {
  const end = new AbortController();
  const told: string[] = [];
  const tell = (_: string, text: string) => {
    told.push(text);
    end.abort();
  };
  expect(await addressesHere([{ address: "192.0.2.77", port: 53 }], { tell, signal: end.signal })).toBe(false);
  expect(told).toHaveLength(1);
});

describe.skipIf(!canHave)("in a network namespace", () => {
  beforeAll(() => {
    inside("ip", "link", "set", "lo", "up");
  });
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    ip("netns", "del", NAMESPACE);
  });

  test("waits for each, says what to do, and says when it has come", async () => {
    const { lines } = wait("198.51.100.53", "2001:db8:53::53", "127.0.0.1");
    await until(() => lines().length === 1, "the message");
    expect(lines()[0]).toBe(
      "warn waiting for 198.51.100.53, 2001:db8:53::53, which this machine does not have: " +
        "ip address add 198.51.100.53/32 dev lo; ip address add 2001:db8:53::53/128 dev lo nodad " +
        "(or bind without it: sysctl net.ipv4.ip_nonlocal_bind=1; sysctl net.ipv6.ip_nonlocal_bind=1)",
    );
    inside("ip", "address", "add", "198.51.100.53/32", "dev", "lo");
    await until(() => lines().length === 2, "the first address");
    expect(lines()[1]).toBe("info 198.51.100.53: this machine has it now");
    inside("ip", "address", "add", "2001:db8:53::53/128", "dev", "lo", "nodad");
    await until(() => lines().includes("here true"), "the second address");
  });

  test("an address that is still tentative is not here", async () => {
    inside("ip", "link", "add", "zc-a", "type", "veth", "peer", "name", "zc-b");
    inside("ip", "link", "set", "zc-b", "up");
    inside("sysctl", "-qw", "net.ipv6.conf.zc-a.dad_transmits=3");
    inside("ip", "link", "set", "zc-a", "up");
    inside("ip", "address", "add", "2001:db8:54::53/64", "dev", "zc-a");
    const { lines } = wait("2001:db8:54::53");
    await until(() => lines().length > 0, "the message");
    expect(lines()[0]).toContain("waiting for 2001:db8:54::53");
    await until(() => lines().includes("here true"), "the end of the check for duplicates");
  });

  test("with ip_nonlocal_bind there is nothing to wait for", async () => {
    inside("sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1");
    const { lines } = wait("198.51.100.99");
    await until(() => lines().length > 0, "the end");
    expect(lines()).toEqual(["here true"]);
  });
});
