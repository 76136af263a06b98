/** A routing daemon as a child, with a folder of its own: it can be stopped, hung and killed. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class DaemonProcess {
  readonly folder: string;
  protected child: ChildProcess | undefined;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `zonecast-${name}-`));
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGCONT");
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  protected path(name: string): string {
    return join(this.folder, name);
  }
}
