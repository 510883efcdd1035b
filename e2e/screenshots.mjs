// The screenshots of docs/console.md: the demo's pages, light and dark, always the same way. With names
// as arguments, only those pages.

import assert from "node:assert/strict";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";

import { launch, READER } from "./browser.mjs";
import { signIn } from "./harness.mjs";
import { PAGES, prepare } from "./pages.mjs";
import { ROOT, start } from "./server.mjs";
import { watch } from "./watch.mjs";

const FOLDER = "docs/images/console";
/** A picture may have so many bytes: each version of it stays in the repository for ever. */
const MOST = 150_000;

const names = process.argv.slice(2);
const unknown = names.filter((name) => !PAGES.some((page) => page.name === name));
assert.deepEqual(unknown, [], `known are ${PAGES.map(({ name }) => name).join(", ")}`);

/** Takes one picture, in a browser of its own. */
async function take({ browser, server, world }, { name, as, path: address, steps, viewport }, colorScheme) {
  const size = viewport ?? READER.viewport;
  const context = await browser.newContext({ baseURL: server.url, ...READER, viewport: size, colorScheme });
  context.setDefaultTimeout(10_000);
  const problems = watch(context, server.url, []);
  const page = await context.newPage();
  if (as) await signIn(page, as);
  if (address) await page.goto(typeof address === "function" ? address(world) : address);
  await steps?.(page, world);
  await page.evaluate("document.fonts.ready.then(() => {})");
  const file = `${FOLDER}/${name}-${colorScheme}.png`;
  const picture = await page.screenshot({ path: path.join(ROOT, file), caret: "hide", animations: "disabled" });
  await context.close();
  assert.deepEqual(problems, [], `something went wrong on the page of ${file}`);
  assert.ok(picture.length <= MOST, `${file} has ${picture.length} bytes; ${MOST} are the most`);
  console.log(`${file} ${Math.ceil(picture.length / 1024)} KiB`);
}

/** Pictures of pages that are no longer listed go. */
async function clear() {
  const wanted = PAGES.flatMap(({ name }) => [`${name}-light.png`, `${name}-dark.png`]);
  for (const file of await readdir(path.join(ROOT, FOLDER))) {
    if (!wanted.includes(file)) await rm(path.join(ROOT, FOLDER, file));
  }
}

await mkdir(path.join(ROOT, FOLDER), { recursive: true });
const server = await start();
const browser = await launch();
try {
  const studio = { browser, server, world: await prepare(server) };
  for (const page of PAGES.filter(({ name }) => !names.length || names.includes(name))) {
    for (const colorScheme of ["light", "dark"]) await take(studio, page, colorScheme);
  }
  await clear();
} finally {
  await browser.close();
  await server.stop();
}
