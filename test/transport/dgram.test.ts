import { vi } from "vitest";
import { listenDgram } from "../../src/transport/dgram.ts";
import { datagramContract } from "./datagramcontract.ts";

vi.setConfig({ testTimeout: 30_000 });

datagramContract("UDP by node:dgram", (at, respond, options) => listenDgram(at, respond, options));
