/** Where DNS over TLS is served: as configured, or at its own port of every address that is served. */

import { TLS_PORT, type TlsConfig } from "../../config/tls.ts";
import { type Listen, listenToText } from "../../text/listen.ts";
import { expandWildcards } from "../interfaces.ts";

/** None without a certificate. `listen`: all addresses that are served without TLS. */
export function tlsAddresses({ cert, listen: given }: TlsConfig, listen: readonly Listen[]): Listen[] {
  if (cert === undefined) return [];
  const named = given.filter((one) => one !== undefined);
  return expandWildcards(named.length > 0 ? named : listen.map(({ address }) => ({ address, port: TLS_PORT })));
}

/** Why TLS can't be at these addresses, as a sentence. Two listeners with SO_REUSEPORT would share what comes, unnoticed. */
export function whyNotThere(addresses: readonly Listen[], listen: readonly Listen[]): string | undefined {
  const plain = new Set(listen.map(listenToText));
  const both = addresses.map(listenToText).find((one) => plain.has(one));
  return both && `tls.listen: ${both} is served without TLS already (listen): choose another port, such as ${TLS_PORT}`;
}
