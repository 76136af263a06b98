/** A publisher's folder with POPs that report to its store and follow orders. */

import { expect } from "vitest";
import { reportOctets } from "../../src/sync/report.ts";
import { openStore } from "../../src/sync/store/open.ts";
import { type FakeOptions, FakePop } from "../sync/orders/fakepop.ts";
import { reportOf } from "../sync/orders/standings.ts";
import { ACCESS, type Folder, folder } from "./publisher.ts";

export interface Planned extends Folder {
  pop(name: string, options?: FakeOptions): Promise<FakePop>;
  /** A report of a POP that is not there. */
  left(name: string, more: Parameters<typeof reportOf>[1]): Promise<void>;
  /** The ids of the orders in the store, and what became of each, the newest first. */
  orders(pop: string): Promise<number>;
}

/** Runs a test in such a folder. */
export async function planned(test: (desk: Planned) => Promise<void>): Promise<void> {
  const desk = await folder();
  const pops: FakePop[] = [];
  const open = () => openStore(desk.where, { ...ACCESS, patience: "pop" });
  const pop = async (name: string, options?: FakeOptions) => {
    const one = new FakePop(name, await open(), desk.trust(), options);
    pops.push(one);
    await one.start();
    return one;
  };
  const left = async (name: string, more: Parameters<typeof reportOf>[1]) => {
    const store = await open();
    await store.report({ pop: name, octets: reportOctets(reportOf(name, more)) });
    await store.close();
  };
  const orders = async (name: string) => {
    const store = await open();
    const { length } = await store.orders(name);
    await store.close();
    return length;
  };
  try {
    await test({ ...desk, pop, left, orders });
  } finally {
    for (const one of pops) await one.close();
  }
}

/** What a run has said, and its exit code. */
export async function refused(run: ReturnType<Folder["run"]>, code: number): Promise<string> {
  const { code: got, stderr, stdout } = await run;
  expect([got, stdout]).toEqual([code, ""]);
  expect(stderr).toMatch(/^zonecast: .*\n$/);
  return stderr.slice("zonecast: ".length).trim();
}
