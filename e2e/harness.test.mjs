// The harness itself: it must see what goes wrong, or every other test proves nothing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** Bodies of tests that must fail, and what must be said then. */
const BROKEN = {
  "a message of the console": ['await page.evaluate(() => console.error("planted"))', /console: planted/],
  "an exception": ['await page.evaluate(() => setTimeout(() => { throw new Error("planted"); }, 0)); await page.waitForTimeout(100)', /exception: planted/],
  "a request to another site": ['await page.evaluate(() => fetch("http://192.0.2.1/").catch(() => {}))', /foreign request|Content Security Policy/],
  "an answer that is an error": ['await page.goto("/nothing-here")', /answer 404: GET \/nothing-here/],
  "a field without a label": ['await page.evaluate(() => document.querySelector("label").remove()); await axe(page)', /label/],
  "a page that scrolls sideways": ['await page.evaluate(() => { document.body.style.minWidth = "5000px"; }); await noSidewaysScroll(page)', /px wide/],
};

let folder;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "imp-harness-"));
});
after(() => rm(folder, { recursive: true, force: true }));

function run(file) {
  return new Promise((resolve) => {
    const env = { ...process.env, IMP_E2E_ARTEFACTS: path.join(folder, "left") };
    delete env.NODE_TEST_CONTEXT;
    const child = spawn(process.execPath, ["--test", "--test-reporter=tap", file], { env });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.stderr.on("data", (chunk) => (said += chunk));
    child.on("exit", (code) => resolve({ code, said }));
  });
}

test("whatever goes wrong on a page fails its test, and leaves a screenshot and a trace", async () => {
  const tests = Object.entries(BROKEN).map(
    ([name, [body]]) =>
      `test(${JSON.stringify(name)}, async ({ open }) => { const page = await open(); await page.goto("/sign-in"); ${body}; });`,
  );
  const good = 'test("nothing wrong", async ({ open }) => { const page = await open(); await page.goto("/sign-in"); await axe(page); await noSidewaysScroll(page); });';
  const file = path.join(folder, "broken.test.mjs");
  const names = "{ axe, noSidewaysScroll, setUp, test }";
  await writeFile(file, `import ${names} from ${JSON.stringify(path.join(HERE, "harness.mjs"))};\nsetUp();\n${tests.join("\n")}\n${good}\n`);
  const { code, said } = await run(file);
  assert.notEqual(code, 0);
  assert.match(said, /^# pass 1$/m, said);
  assert.match(said, new RegExp(`^# fail ${tests.length}$`, "m"), said);
  for (const [, pattern] of Object.values(BROKEN)) assert.match(said, pattern);
  const left = await readdir(path.join(folder, "left"), { recursive: true });
  for (const name of Object.keys(BROKEN)) {
    const of = name.replaceAll(/[^a-z0-9]+/gi, "-");
    assert.ok(left.includes(`${of}/page-1.png`) && left.includes(`${of}/page-1-trace.zip`), `${of}: ${left}`);
  }
});
