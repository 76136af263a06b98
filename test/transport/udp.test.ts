import { vi } from "vitest";
import { listenUdp } from "../../src/transport/udp.ts";
import { datagramContract } from "./datagramcontract.ts";

vi.setConfig({ testTimeout: 30_000 });

datagramContract("UDP by node:dgram", listenUdp);
