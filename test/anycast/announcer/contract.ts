/** What every announcer keeps to, whichever daemon it announces through. Run against real daemons. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, vi } from "vitest";
import type { Announcer } from "../../../src/anycast/announcer.ts";
import type { Bequest } from "../../../src/anycast/legacy.ts";
import { testWith } from "../../support/need.ts";
import { overTheBox } from "./box.ts";
import { type Daemon, type Fixture, type Maker, type MakerModule, PREFIX4, PREFIX6 } from "./fixture.ts";
import { surroundings, type TestSurroundings } from "./surroundings.ts";
import { type Levels, levelsOf, wantedOf } from "./wanted.ts";

const CHILD = new URL("child.ts", import.meta.url).pathname;
const BOTH: Levels = { [PREFIX4]: "up", [PREFIX6]: "up" };
/** Milliseconds that a daemon may take for anything but the hold time. */
const SOON = 8000;

/** Waits until the daemon has exactly these routes. */
export async function untilRoutes(daemon: Daemon, levels: Levels, timeout = SOON): Promise<void> {
  await vi.waitFor(async () => expect(Object.fromEntries(await daemon.routes())).toEqual(levels), {
    timeout,
    interval: 25,
  });
}

export async function untilPeer(announcer: Announcer, state: string, timeout = SOON): Promise<void> {
  await vi.waitFor(() => expect(announcer.peers.map((peer) => peer.state)).toEqual([state]), { timeout, interval: 10 });
}

export function announcerContract(name: string, fixture: Fixture): void {
  const cleanups: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function daemonOf(started = true): Promise<Daemon> {
    const daemon = await fixture.daemon();
    cleanups.push(() => daemon.close());
    if (started) await daemon.start();
    return daemon;
  }

  async function announcerOf(daemon: Daemon, around: TestSurroundings = surroundings()): Promise<Announcer> {
    const { module, options } = fixture.maker(daemon);
    const announcer = ((await import(module)) as MakerModule).makeAnnouncer(options, around);
    cleanups.push(() => announcer.close());
    announcer.start();
    return announcer;
  }

  /** One that is to take the place of another, and is not started. */
  async function heirOf(daemon: Daemon): Promise<{ heir: Announcer; around: TestSurroundings }> {
    const around = surroundings();
    const { module, options } = fixture.maker(daemon);
    const heir = ((await import(module)) as MakerModule).makeAnnouncer(options, around);
    cleanups.push(() => heir.close());
    await heir.prepare();
    return { heir, around };
  }

  /** What an heir can take of what stands still, by the way that it takes between two processes. */
  async function offered(heir: Announcer, { legacy, descriptors }: Bequest) {
    return heir.inherit(JSON.parse(JSON.stringify(legacy)), await overTheBox(descriptors));
  }

  async function announcing(levels: Levels): Promise<{ daemon: Daemon; announcer: Announcer }> {
    const daemon = await daemonOf();
    const announcer = await announcerOf(daemon);
    announcer.want(wantedOf(levels));
    await untilRoutes(daemon, levels);
    return { daemon, announcer };
  }

  function childOf(maker: Maker, levels: Levels): ChildProcess {
    const child = spawn(process.execPath, [CHILD, JSON.stringify({ ...maker, levels })], { stdio: "ignore" });
    cleanups.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    return child;
  }

  async function childAnnouncing(): Promise<{ daemon: Daemon; child: ChildProcess }> {
    const daemon = await daemonOf();
    const child = childOf(fixture.maker(daemon), BOTH);
    await untilRoutes(daemon, BOTH);
    return { daemon, child };
  }

  const check = (what: string, run: () => Promise<void>) => testWith(fixture.needs, what, run);

  describe(`${name}: announcing`, () => {
    check("nothing before something is wanted, then both families", async () => {
      const daemon = await daemonOf();
      const announcer = await announcerOf(daemon);
      await untilPeer(announcer, "up");
      expect([...(await daemon.routes())]).toEqual([]);
      expect(announcer.peers[0]).toMatchObject({ announced: [], why: undefined, tries: 0 });
      announcer.want(wantedOf(BOTH));
      await untilRoutes(daemon, BOTH);
      await vi.waitFor(() => expect(levelsOf(announcer.peers[0].announced)).toEqual(BOTH));
    });

    check("what was wanted before the start is announced when the daemon is there", async () => {
      const daemon = await daemonOf();
      const { module, options } = fixture.maker(daemon);
      const announcer = ((await import(module)) as MakerModule).makeAnnouncer(options, surroundings());
      cleanups.push(() => announcer.close());
      announcer.want(wantedOf(BOTH));
      announcer.start();
      await untilRoutes(daemon, BOTH);
    });

    check("each prefix changes by itself", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      announcer.want(wantedOf({ [PREFIX6]: "up" }));
      await untilRoutes(daemon, { [PREFIX6]: "up" });
      announcer.want(wantedOf({ [PREFIX4]: "up", [PREFIX6]: "off" }));
      await untilRoutes(daemon, { [PREFIX4]: "up" });
    });

    check("levels change what is sent with a prefix", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      for (const level of ["draining", "reserve", "up"] as const) {
        announcer.want(wantedOf({ [PREFIX4]: level, [PREFIX6]: "up" }));
        await untilRoutes(daemon, { [PREFIX4]: level, [PREFIX6]: "up" });
        announcer.want(wantedOf({ [PREFIX4]: level, [PREFIX6]: level }));
        await untilRoutes(daemon, { [PREFIX4]: level, [PREFIX6]: level });
      }
    });

    check("what has not changed is not told again", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      const drained: Levels = { [PREFIX4]: "up", [PREFIX6]: "draining" };
      const told = async (repeats: number, levels: Levels) => {
        const before = await daemon.activity();
        for (let i = 0; i < repeats; i++) announcer.want([...announcer.peers[0].announced].reverse());
        announcer.want(wantedOf(levels));
        await untilRoutes(daemon, levels);
        await vi.waitFor(() => expect(levelsOf(announcer.peers[0].announced)).toEqual(levels));
        return (await daemon.activity()) - before;
      };
      const there = await told(0, drained);
      const back = await told(0, BOTH);
      expect(there).toBeGreaterThan(0);
      expect(await told(50, drained)).toBe(there);
      expect(await told(50, BOTH)).toBe(back);
    });

    check("a hundred quick changes end right", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      const levels = ["up", "draining", "off", "reserve"] as const;
      for (let i = 0; i < 100; i++) {
        announcer.want(wantedOf({ [PREFIX4]: levels[i % 4], [PREFIX6]: levels[(i * 3 + 1) % 4] }));
        if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const last: Levels = { [PREFIX4]: "reserve", [PREFIX6]: "draining" };
      announcer.want(wantedOf(last));
      await untilRoutes(daemon, last);
      await vi.waitFor(() => expect(levelsOf(announcer.peers[0].announced)).toEqual(last));
    });
  });

  describe(`${name}: ending`, () => {
    check("close withdraws everything", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      await announcer.close();
      await untilRoutes(daemon, {});
      expect(announcer.peers[0].announced).toEqual([]);
    });

    check("close of one that has nobody to talk to is over within a second or so", async () => {
      const announcer = await announcerOf(await daemonOf(false));
      announcer.want(wantedOf(BOTH));
      const begun = performance.now();
      await announcer.close();
      expect(performance.now() - begun).toBeLessThan(2000);
    });
  });

  describe(`${name}: in the place of another`, () => {
    check(
      "the daemon notices nothing, twice over; then what is wanted changes, and at the end all is withdrawn",
      async () => {
        const { daemon, announcer } = await announcing(BOTH);
        await untilPeer(announcer, "up");
        const before = await daemon.activity();
        let first = announcer;
        for (let times = 0; times < 2; times++) {
          const { heir, around } = await heirOf(daemon);
          const bequest = await first.bequeath();
          const inheritance = await offered(heir, bequest);
          expect(inheritance).toMatchObject({ taken: [first.peers[0].name], refused: [] });
          await bequest.left(inheritance.taken);
          inheritance.accept();
          expect(heir.peers).toMatchObject([{ state: "up", why: undefined }]);
          expect(levelsOf(heir.peers[0].announced)).toEqual(BOTH);
          await first.close();
          heir.want(wantedOf(BOTH));
          expect(around.told.filter(({ level }) => level !== "info")).toEqual([]);
          first = heir;
        }
        // Longer than the hold time: who has it now is heard.
        await new Promise((resolve) => setTimeout(resolve, fixture.hold * 1000 + 500));
        expect(Object.fromEntries(await daemon.routes())).toEqual(BOTH);
        expect(await daemon.activity()).toBe(before);
        first.want(wantedOf({ [PREFIX4]: "draining" }));
        await untilRoutes(daemon, { [PREFIX4]: "draining" });
        await first.close();
        await untilRoutes(daemon, {});
      },
    );

    check("when nobody takes it, it goes on as before", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      await untilPeer(announcer, "up");
      const before = await daemon.activity();
      const { heir } = await heirOf(daemon);
      const bequest = await announcer.bequeath();
      const inheritance = await offered(heir, bequest);
      inheritance.decline();
      bequest.kept();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(Object.fromEntries(await daemon.routes())).toEqual(BOTH);
      expect(await daemon.activity()).toBe(before);
      announcer.want(wantedOf({ [PREFIX6]: "up" }));
      await untilRoutes(daemon, { [PREFIX6]: "up" });
    });

    check("what is not taken is withdrawn when it is left", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      await untilPeer(announcer, "up");
      await (await announcer.bequeath()).left([]);
      await untilRoutes(daemon, {});
    });
  });

  describe(`${name}: a daemon that goes and comes`, () => {
    check("not there at the start: down with a sentence, and up when it comes", async () => {
      const daemon = await daemonOf(false);
      const around = surroundings();
      const announcer = await announcerOf(daemon, around);
      announcer.want(wantedOf(BOTH));
      await untilPeer(announcer, "down");
      const [{ why, tries, announced }] = announcer.peers;
      // What is the matter, and what to do about it.
      expect(why).toMatch(/\w: \w.{10}/);
      expect(tries).toBeGreaterThan(0);
      expect(announced).toEqual([]);
      await vi.waitFor(() => expect(around.told.some((one) => one.text === why && one.level !== "info")).toBe(true));
      await daemon.start();
      await untilRoutes(daemon, BOTH);
      await untilPeer(announcer, "up");
      expect(announcer.peers[0]).toMatchObject({ why: undefined, tries: 0 });
      expect(around.changes).toBeGreaterThan(1);
    });

    check("killed and started again: announced again without help, as is wanted by now", async () => {
      const { daemon, announcer } = await announcing(BOTH);
      await daemon.kill();
      await untilPeer(announcer, "down");
      expect(announcer.peers[0].announced).toEqual([]);
      announcer.want(wantedOf({ [PREFIX6]: "draining" }));
      await daemon.start();
      await untilRoutes(daemon, { [PREFIX6]: "draining" });
    });
  });

  describe(`${name}: the lease`, () => {
    const late = fixture.hold * 1000 + 2500;

    check("the process is killed: its routes are gone soon", async () => {
      const { daemon, child } = await childAnnouncing();
      child.kill("SIGKILL");
      await untilRoutes(daemon, {}, late);
    });

    check("the process is told to end: its routes are gone", async () => {
      const { daemon, child } = await childAnnouncing();
      child.kill("SIGTERM");
      await untilRoutes(daemon, {}, late);
    });

    check("the process is stopped: its routes are gone within the hold time", async () => {
      const { daemon, child } = await childAnnouncing();
      child.kill("SIGSTOP");
      await untilRoutes(daemon, {}, late);
      child.kill("SIGCONT");
      await untilRoutes(daemon, BOTH);
    });

    check("its main thread is stuck: its routes are gone within the hold time", async () => {
      const { daemon, child } = await childAnnouncing();
      child.kill("SIGUSR2");
      await untilRoutes(daemon, {}, late);
    });
  });
}
