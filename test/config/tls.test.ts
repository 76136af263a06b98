/** DNS over TLS, as configured. */

import { expect, test } from "vitest";
import { configFromYaml, defaults } from "../../src/config/load.ts";

const read = (yaml: string) => configFromYaml(yaml, "pop.yaml").tls;

test("there is none by default", () => {
  expect([defaults.tls.cert, defaults.tls.listen]).toEqual([undefined, []]);
});

test("the port is 853 when it is left out", () => {
  const { listen } = read('tls: { cert: a, key: b, listen: [192.0.2.1, "2001:db8::1", 192.0.2.2@8853] }');
  expect(listen).toEqual([
    { address: "192.0.2.1", port: 853 },
    { address: "2001:db8::1", port: 853 },
    { address: "192.0.2.2", port: 8853 },
  ]);
});

test.each([
  ["tls: { cert: a }", "pop.yaml:1:14  tls.cert: there is a certificate, and no key"],
  ["tls: { key: a }", "pop.yaml:1:13  tls.key: there is a key, and no certificate (cert)"],
  ["tls: { listen: 192.0.2.1 }", "tls.listen: there is an address, and no certificate (cert and key)"],
  ["tls: { cert: a, key: b, listen: here }", "tls.listen: expected ADDR@PORT"],
  ["tls: { handshake: 0 }", "tls.handshake: expected a whole number from 1 to 60, got 0"],
  ["tls: { handshakes: 10001 }", "tls.handshakes: expected a whole number from 1 to 10000"],
])("%s is refused", (yaml, message) => {
  expect(() => read(yaml)).toThrow(message);
});
