/** Opens the admin server of a POP. */

import type { Server } from "node:http";
import { Acl, aclTable } from "../../answer/acl.ts";
import { rulesOf } from "../../config/acl.ts";
import type { AdminSettings } from "../../config/admin.ts";
import type { Config } from "../../config/schema.ts";
import type { Tell } from "../log.ts";
import type { Serving } from "../status.ts";
import { LIMITS } from "./limits.ts";
import { adminPages } from "./pages.ts";
import { serveAdmin } from "./server.ts";

export interface Opening {
  readonly config: Config;
  readonly admin: AdminSettings;
  readonly serving: Serving;
}

/** Rejects with an Error that says why the address can't be bound. */
export function openAdmin({ config, admin, serving }: Opening, tell: Tell): Promise<Server> {
  const pages = adminPages({ config, serving, dashboard: admin.dashboard });
  const { pop, version } = serving;
  const rules = rulesOf(config.acl.admin);
  const acl = rules.length === 0 ? undefined : new Acl(aclTable(rules));
  return serveAdmin(admin, { pop, version, pages }, tell, LIMITS, acl);
}
