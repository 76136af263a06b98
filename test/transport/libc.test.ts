/** Where batches can't be had, the reason is one that an operator can act on. */

import { expect, test } from "vitest";
import { type Machine, openLibc } from "../../src/transport/libc.ts";

const linux: Machine = { platform: "linux", arch: "x64", koffi: () => import("koffi") };

test.each<[string, Machine, string]>([
  ["another system", { ...linux, platform: "darwin" }, "recvmmsg is Linux's, this is darwin"],
  ["32 bits", { ...linux, arch: "arm" }, "structures are laid out for 64 bits, not arm"],
  [
    "no koffi, which is optional",
    { ...linux, koffi: () => Promise.reject(new Error("Cannot find package 'koffi'\nstack")) },
    "koffi can't be loaded: Cannot find package 'koffi'",
  ],
])("%s", async (_, machine, why) => {
  await expect(openLibc(machine)).rejects.toThrow(new Error(why));
});

test.skipIf(process.platform !== "linux")("a call that fails tells the system's code", async () => {
  const libc = await openLibc();
  expect(libc.close(-1)).toBe(-1);
  expect(libc.lastError()).toBe(9);
});
