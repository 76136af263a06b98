/** Finds the page for a path, and lists them all at "/". */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Page } from "./page.ts";
import { sendJson } from "./reply.ts";

/** What a path leads to; a path without the last "/" of a page is told where that is. */
export type Found = { readonly page: Page } | { readonly moved: string } | undefined;

export interface Site {
  readonly pop: string;
  readonly version: string;
  readonly pages: readonly Page[];
}

/** The way from a path to a page: the exact one, else the longest that ends with "/" and has it below. */
export function pageTable(site: Site): (path: string) => Found {
  const index = indexPage(site);
  const exact = new Map([index, ...site.pages].map((page) => [page.path, page]));
  const trees = site.pages.filter(({ path }) => path.endsWith("/")).sort((a, b) => b.path.length - a.path.length);
  return (path) => {
    const page = exact.get(path) ?? trees.find((tree) => path.startsWith(tree.path));
    if (page !== undefined) return { page };
    return exact.has(`${path}/`) ? { moved: `${path}/` } : undefined;
  };
}

function indexPage({ pop, version, pages }: Site): Page {
  // Pages are named by us, and a POP's name needs no quotes: see config/popname.ts.
  const paths = pages.map(({ path }) => path).sort();
  const links = paths.map((path) => `<li><a href="${path}">${path}</a></li>`).join("\n");
  const title = `zonecast ${version}: POP ${pop}`;
  const html = `<!doctype html>\n<meta charset="utf-8">\n<title>${title}</title>\n<h1>${title}</h1>\n<ul>\n${links}\n</ul>\n`;
  return {
    path: "/",
    handle(request: IncomingMessage, response: ServerResponse) {
      response.setHeader("vary", "accept");
      if (!request.headers.accept?.includes("text/html"))
        return sendJson(response, 200, { pop, version, pages: paths });
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(html);
    },
  };
}
