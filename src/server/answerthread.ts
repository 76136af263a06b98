/** A thread that answers: its own sockets, its own view of the shared zone images. Started with an AnswerSetup. */

import { parentPort, workerData } from "node:worker_threads";
import { Catalogue } from "../answer/catalogue.ts";
import { Chaos } from "../answer/chaos.ts";
import { ServerCookies } from "../answer/cookie.ts";
import { responder } from "../answer/respond.ts";
import { Connections } from "../transport/connections.ts";
import { listenTcp } from "../transport/tcp.ts";
import { listenUdp } from "../transport/udp.ts";
import { Zone } from "../zone/image.ts";
import { guarded } from "./guard.ts";
import type { AnswerSetup, FromAnswer, ToAnswer } from "./messages.ts";
import { OldImages } from "./oldimages.ts";
import { errorCode } from "./systemerror.ts";

interface Listener {
  close(): Promise<void>;
}

const setup = workerData as AnswerSetup;
const catalogue = new Catalogue();
const tell = (message: FromAnswer) => parentPort?.postMessage(message);
const bare = responder(catalogue, new Chaos(setup.identity, setup.version), {
  payload: setup.payload,
  identity: Buffer.from(setup.identity),
  cookies: setup.cookieSecrets.length > 0 ? new ServerCookies(setup.cookieSecrets) : undefined,
  idle: setup.tcp.idle,
});
const respond = guarded(bare, (stack, query) => tell({ say: "fault", stack, query }));
const old = new OldImages();
const listeners: Listener[] = [];

parentPort?.on("message", (message: ToAnswer) => {
  if (message.say === "stop") void stop();
  else update(message);
});
const listening = listen();
await listening;

async function listen(): Promise<void> {
  const connections = new Connections(setup.tcp.connections, setup.tcp.perClient);
  for (const address of setup.listen) {
    try {
      listeners.push(
        setup.kind === "udp"
          ? await listenUdp(address, respond, setup.listen, setup.shared)
          : await listenTcp(address, respond, setup.tcp, connections),
      );
    } catch (error) {
      tell({ say: "failed", listen: address, protocol: setup.kind, code: errorCode(error) || String(error) });
      return;
    }
  }
  tell({ say: "bound" });
}

/** Takes new versions: from the next query on, each zone is answered from its new image. */
function update(message: Extract<ToAnswer, { say: "zones" }>): void {
  for (const { apex, image, held } of message.updates) {
    const before = held
      ? catalogue.set(apex, image === undefined ? undefined : new Zone(image))
      : catalogue.delete(apex);
    old.replaced(before?.buffer);
  }
  catalogue.complete = message.complete;
}

async function stop(): Promise<void> {
  await listening;
  await Promise.all(listeners.map((listener) => listener.close()));
  tell({ say: "stopped" });
  parentPort?.close();
}
