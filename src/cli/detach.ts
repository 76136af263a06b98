/** serve --detach: starts the same command as a process of its own, and ends when that one serves. */

import { spawn } from "node:child_process";

/** Starts it; 0 once it is ready, else its exit code. */
export function detach(args: readonly string[]): Promise<number> {
  const [, main = ""] = process.argv;
  const command = [...process.execArgv, main, "serve", ...args.filter((word) => word !== "--detach")];
  // Its own session: what ends this one's terminal or job does not end a server.
  const child = spawn(process.execPath, command, { detached: true, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("message", () => {
      child.unref();
      child.disconnect();
      resolve(0);
    });
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
