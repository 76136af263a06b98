/** A real Chromium for the tests of a file: one process, a page of its own for each test, and what it complained of. */

import { spawnSync } from "node:child_process";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, onTestFinished } from "vitest";
import { have } from "../support/need.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** True when there is a browser. */
export function hasChromium(): boolean {
  return have("chromium", spawnSync(CHROMIUM, ["--version"]).status === 0);
}

export interface Visit {
  readonly page: Page;
  /** Errors on the console or in scripts, and requests to anybody else. */
  readonly complaints: string[];
}

/** Opens pages; the browser is started for the first one, and ends with the file. */
export function browsing(): (url: string, options?: BrowserContextOptions) => Promise<Visit> {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => (await browser)?.close());
  return async (url, options = {}) => {
    browser ??= chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    const context = await (await browser).newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      if (new URL(request.url()).host !== new URL(url).host) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(url);
    return { page, complaints };
  };
}
