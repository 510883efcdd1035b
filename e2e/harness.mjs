// What every browser test needs: a server of its own, Chromium, and a look at what went wrong.

import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test as nodeTest } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { launch, READER } from "./browser.mjs";
import { ROOT, start } from "./server.mjs";
import { watch } from "./watch.mjs";

export { axe, noSidewaysScroll } from "./checks.mjs";

/** Everyone's password in the demo. */
export const PASSWORD = "impersonate-me";

const ARTEFACTS = process.env.IMP_E2E_ARTEFACTS ?? path.join(ROOT, "target/e2e");

/** A test may take so many milliseconds. */
const PATIENCE = 90_000;


/** The server of this test file, once its tests run. `await server.api(...)` arranges things. */
export let server;
let browser;

/** Gives the tests of this file a server and a browser. `options` are those of `start`. */
export function setUp(options = {}) {
  before(async () => {
    const [started, launched] = await Promise.allSettled([start(options), launch()]);
    // Whichever there is has to be closed, even if the other is missing.
    [server, browser] = [started.value, launched.value];
    for (const { reason } of [started, launched]) if (reason) throw reason;
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
}

/**
 * A browser of its own: cookies, zone, theme and size apart from all others.
 * `options`: those of Playwright's `newContext`, `expected` (patterns of console messages and failed
 * answers that belong to the test), `as` (an address of the demo, such as `ada@acme.example`).
 */
async function open(state, { as, expected = [], ...options } = {}) {
  const context = await browser.newContext({
    baseURL: server.url,
    ...READER,
    ...options,
  });
  context.setDefaultTimeout(10_000);
  await context.tracing.start({ screenshots: true, snapshots: true });
  const page = await context.newPage();
  state.open.push({ context, page, problems: watch(context, server.url, expected) });
  if (as) await signIn(page, as);
  return page;
}

/** Signs in as a person of the demo, by the form; `address` is where that form is. */
export async function signIn(page, email, address = "/sign-in") {
  await page.goto(address);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** Where a failed test leaves what it has seen. */
function folderOf(name) {
  return path.join(ARTEFACTS, name.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase());
}

/** Keeps what a failed test has left on its pages, and what its server has said. */
async function keep(state, name) {
  const folder = folderOf(name);
  await mkdir(folder, { recursive: true });
  const attempt = async (file, make) => {
    const at = path.join(folder, file);
    await make(at).then(() => console.error(`left: ${at}`), (error) => console.error(`no ${file}: ${error.message}`));
  };
  for (const [index, { context }] of state.open.entries()) {
    const pages = context.pages();
    for (const [tab, page] of pages.entries()) {
      const file = pages.length === 1 ? `page-${index + 1}.png` : `page-${index + 1}-${tab + 1}.png`;
      await attempt(file, (at) => page.screenshot({ path: at, fullPage: true }));
    }
    await attempt(`page-${index + 1}-trace.zip`, (at) => context.tracing.stop({ path: at }));
  }
  await attempt("server.log", (at) => writeFile(at, server.log()));
}

/** Everything that went wrong on the pages. What they have said so far arrives before their answer. */
async function problemsOf(state) {
  for (const { context } of state.open) {
    await Promise.all(context.pages().map((page) => page.evaluate("0").catch(() => {})));
  }
  return state.open.flatMap(({ problems }) => problems);
}

/** Fails when its time is over, while the pages can still be looked at. Keeps nobody waiting. */
async function timeOver(patience) {
  await sleep(patience, undefined, { ref: false });
  throw new Error(`not done after ${patience / 1000} s`);
}

/**
 * A test with browsers. `body` gets `open(options)`, which gives a page in a browser of its own. The
 * test fails on anything that goes wrong on a page: a message of the console, an exception, a broken
 * or foreign request, a violation of the content security policy.
 */
export function test(name, body, { patience = PATIENCE } = {}) {
  nodeTest(name, async () => {
    const state = { open: [] };
    await rm(folderOf(name), { recursive: true, force: true });
    try {
      await Promise.race([body({ open: (options) => open(state, options) }), timeOver(patience)]);
      assert.deepEqual(await problemsOf(state), [], "something went wrong on a page");
    } catch (error) {
      await keep(state, name);
      throw error;
    } finally {
      await Promise.all(state.open.map(({ context }) => context.close()));
    }
  });
}
