import { setTimeout as sleep } from "node:timers/promises";
import { vi } from "vitest";
import { Fleet, fleetTest } from "./fleet.ts";
vi.setConfig({ testTimeout: 600_000 });
fleetTest("reports", async () => {
  const fleet = await Fleet.make();
  const store = await fleet.store();
  let over = false;
  const n = Number(process.env.POPS ?? 1), every = Number(process.env.EVERY ?? 3);
  for (let i = 0; i < n; i++) await store.report({ pop: `p${i}`, octets: Buffer.alloc(400, 1) });
  const w = (async () => { for (let i = 0; !over; i++) { await store.report({ pop: `p${i % n}`, octets: Buffer.alloc(400, 65 + i % 26) }); await sleep(every); } })();
  const d: number[] = [];
  const end = performance.now() + 15000;
  while (performance.now() < end) { const t = performance.now(); const r = await store.reports(); d.push(performance.now() - t); if (r.length !== n) console.log("length", r.length); await sleep(7 * Math.random()); }
  over = true; await w;
  d.sort((a, b) => a - b);
  console.log(d.length, d.at(d.length >> 1), d.at(-5), d.at(-2), d.at(-1));
});
