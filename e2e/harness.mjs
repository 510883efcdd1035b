// What every browser test needs: a server of its own, Chromium, and a look at what went wrong.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { after, before, test as nodeTest } from "node:test";

import { launch } from "./browser.mjs";
import { start } from "./server.mjs";
import { watch } from "./watch.mjs";

export { axe, noSidewaysScroll } from "./checks.mjs";

/** Everyone's password in the demo. */
export const PASSWORD = "impersonate-me";

const ARTEFACTS = process.env.IMP_E2E_ARTEFACTS ?? path.resolve("target/e2e");

/** The server of this test file, once its tests run. `await server.api(...)` arranges things. */
export let server;
let browser;

/** Gives the tests of this file a server and a browser. `options` are those of `start`. */
export function setUp(options = {}) {
  before(async () => {
    [server, browser] = await Promise.all([start(options), launch()]);
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
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
    ...options,
  });
  context.setDefaultTimeout(10_000);
  await context.tracing.start({ screenshots: true, snapshots: true });
  const page = await context.newPage();
  state.open.push({ context, page, problems: watch(context, server.url, expected) });
  if (as) await signIn(page, as);
  return page;
}

/** Signs in as a person of the demo, by the form. */
export async function signIn(page, email) {
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** Keeps what a failed test has left on its pages. */
async function keep(state, name) {
  const folder = path.join(ARTEFACTS, name.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase());
  await mkdir(folder, { recursive: true });
  for (const [index, { context, page }] of state.open.entries()) {
    const to = path.join(folder, `page-${index + 1}`);
    await page.screenshot({ path: `${to}.png`, fullPage: true }).catch(() => {});
    await context.tracing.stop({ path: `${to}-trace.zip` }).catch(() => {});
  }
  console.error(`screenshots and traces are in ${folder}`);
}

/**
 * A test with browsers. `body` gets `open(options)`, which gives a page in a browser of its own. The
 * test fails on anything that goes wrong on a page: a message of the console, an exception, a broken
 * or foreign request, a violation of the content security policy.
 */
export function test(name, body) {
  nodeTest(name, { timeout: 120_000 }, async () => {
    const state = { open: [] };
    try {
      await body({ open: (options) => open(state, options) });
      const problems = state.open.flatMap(({ problems }) => problems);
      assert.deepEqual(problems, [], "something went wrong on a page");
    } catch (error) {
      await keep(state, name);
      throw error;
    } finally {
      await Promise.all(state.open.map(({ context }) => context.close()));
    }
  });
}
