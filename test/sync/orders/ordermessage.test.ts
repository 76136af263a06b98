/** Orders as signed messages. */

import { expect, test } from "vitest";
import { newPrivateKey, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import { manifestMessage, openManifest } from "../../../src/sync/manifest/message.ts";
import { openOrder, orderMessage } from "../../../src/sync/orders/ordermessage.ts";
import { manifestOf } from "../manifest/manifests.ts";
import { orderOf } from "./standings.ts";

const signer = signerFrom(newPrivateKey());
const trust = new Trust([signer.publicKey]);

test("an order is read as it was given", () => {
  const order = orderOf({ why: "kernel", until: Date.now() + 1000, both: true });
  expect(openOrder("lhr1", orderMessage(order, signer), trust)).toEqual(order);
});

test("one octet changed anywhere, or cut off, or added: it is not taken", () => {
  const message = orderMessage(orderOf(), signer);
  for (let i = 0; i < message.length; i++) {
    const changed = Uint8Array.from(message);
    changed[i] ^= 1;
    expect(() => openOrder("lhr1", changed, trust), `octet ${i}`).toThrow(/order to lhr1/);
  }
  expect(() => openOrder("lhr1", message.subarray(0, -1), trust)).toThrow("cut short");
  expect(() => openOrder("lhr1", Buffer.concat([message, Buffer.from("x")]), trust)).toThrow("cut short");
  expect(() => openOrder("lhr1", new Uint8Array(), trust)).toThrow("no order");
});

test("a stranger's order, and one to another POP, are not taken", () => {
  const stranger = signerFrom(newPrivateKey());
  expect(() => openOrder("lhr1", orderMessage(orderOf(), stranger), trust)).toThrow("not trusted here");
  expect(() => openOrder("fra1", orderMessage(orderOf(), signer), trust)).toThrow("it is one to lhr1");
});

test("a manifest is no order, and an order no manifest, whoever has signed them", () => {
  const manifest = manifestMessage({ manifest: manifestOf(), bodies: Buffer.alloc(0) }, signer);
  const order = orderMessage(orderOf(), signer);
  expect(() => openOrder("lhr1", manifest, trust)).toThrow("it is no order");
  expect(() => openManifest("example.", order, trust)).toThrow("it is no manifest");
  // With the other's mark the signature is wrong.
  for (const [mine, other] of [
    [manifest, order],
    [order, manifest],
  ]) {
    const forged = Uint8Array.from(mine);
    forged.set(other.subarray(0, 4));
    expect(() => openOrder("lhr1", forged, trust)).toThrow();
    expect(() => openManifest("example.", forged, trust)).toThrow();
  }
});

test("what is no order is not signed, and what a later release signs is told apart", () => {
  for (const wrong of [
    { id: 0 },
    { id: 1.5 },
    { to: "off" },
    { by: "" },
    { at: Number.NaN },
    { until: -1 },
    { v: 2 },
  ]) {
    expect(() => orderMessage({ ...orderOf(), ...wrong } as never, signer)).toThrow(RangeError);
  }
  const later = orderMessage(orderOf(), signer);
  later[3] = 2;
  expect(() => openOrder("lhr1", later, trust)).toThrow("upgrade this one first");
});
