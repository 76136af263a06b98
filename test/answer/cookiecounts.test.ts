/** Cookies are counted by what they are: the client's alone, with one that we made, with any other. */

import { expect, test } from "vitest";
import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import { ServerCookies } from "../../src/answer/cookie.ts";
import { Count, Counters } from "../../src/answer/counters.ts";
import { responder } from "../../src/answer/respond.ts";
import { queryFromText } from "../support/query.ts";

const CLIENT = "0102030405060708";
const NOW = 1_800_000_000;

test("client, valid, invalid; an old one of ours is valid for an hour, whether it is renewed or not", () => {
  const counters = new Counters();
  const clock = { now: NOW };
  const client = {
    stream: false,
    encrypted: false,
    address: () => Uint8Array.of(192, 0, 2, 1),
    seconds: () => clock.now,
  };
  const cookies = new ServerCookies([new Uint8Array(16).fill(7)]);
  const settings = { payload: 1232, identity: new Uint8Array(0), cookies, idle: 10 };
  const respond = responder(new Catalogue(), new Chaos("pop", undefined), settings, counters);
  const reply = new Uint8Array(1232);
  const ask = (cookie: string) => {
    const { bytes } = queryFromText(`www.example. A +cookie=${cookie}`);
    const length = respond(bytes, bytes.length, reply, client);
    const octets = Buffer.from(reply.subarray(0, length)).toString("hex");
    const at = octets.indexOf(CLIENT);
    return octets.slice(at, at + 48);
  };
  const counted = () =>
    [Count.COOKIE_CLIENT, Count.COOKIE_VALID, Count.COOKIE_INVALID].map((count) => counters.cells[count]);
  const ours = ask(CLIENT);
  expect(counted()).toEqual([1, 0, 0]);
  expect(ask(ours)).toBe(ours);
  expect(counted()).toEqual([1, 1, 0]);
  clock.now = NOW + 3000;
  expect(ask(ours)).not.toBe(ours);
  expect(counted()).toEqual([1, 2, 0]);
  clock.now = NOW + 3601;
  ask(ours);
  ask(`${ours.slice(0, -2)}00`);
  expect(counted()).toEqual([1, 2, 2]);
});
