// The harness itself: it must see what goes wrong, or every other test proves nothing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { SCRATCH } from "./scratch.mjs";

const HARNESS = new URL("harness.mjs", import.meta.url).href;

/** Bodies of tests that must fail, and what must be said then. */
const BROKEN = {
  "a message of the console": ['await page.evaluate(() => console.error("planted"))', /console: planted/],
  "an exception": [
    'await page.evaluate(() => new Promise((done) => { setTimeout(done, 1); setTimeout(() => { throw new Error("planted"); }, 0); }))',
    /exception: planted/,
  ],
  "a script that the policy forbids": [
    'await page.evaluate(() => { const script = document.createElement("script"); script.textContent = "1"; document.head.append(script); })',
    /console: .*Content Security Policy/,
  ],
  "a request to another site": [
    'await page.evaluate(() => fetch("http://192.0.2.1/").catch(() => {}))',
    /console: .*192\.0\.2\.1.*Content Security Policy/,
  ],
  "a page of another site": ['await page.goto("http://localhost:1/").catch(() => {})', /foreign request: http:\/\/localhost:1\//],
  "an answer that is an error": ['await page.goto("/nothing-here")', /answer 404: GET \/nothing-here/],
  "a field without a label": [
    'await page.evaluate(() => document.querySelector("label").remove()); await axe(page)',
    /label \(Form elements must have labels\): <input/,
  ],
  "a page that scrolls sideways": [
    'await page.evaluate(() => { document.body.style.minWidth = "5000px"; }); await noSidewaysScroll(page)',
    /is 50\d\d px wide in a window of 1280 px/,
  ],
  "a test without an end": ["await page.evaluate(() => new Promise(() => {}))", /not done after 5 s/, "{ patience: 5000 }"],
};

let folder;
before(async () => {
  folder = await mkdtemp(path.join(SCRATCH, "harness-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A test that opens the page for signing in, in JavaScript. */
function testOf(name, body, options = "{}") {
  return `test(${JSON.stringify(name)}, async ({ open }) => { const page = await open(); await page.goto("/sign-in"); ${body}; }, ${options});`;
}

/** Runs such tests as a file of their own. `listen` sees what they have said so far, as they say it. */
async function run(tests, listen = () => {}) {
  const file = path.join(folder, "planted.test.mjs");
  const names = "{ axe, noSidewaysScroll, server, setUp, test }";
  await writeFile(file, `import ${names} from ${JSON.stringify(HARNESS)};\nsetUp();\n${tests.join("\n")}\n`);
  const env = { ...process.env, IMP_E2E_ARTEFACTS: path.join(folder, "left") };
  delete env.NODE_TEST_CONTEXT;
  const child = spawn(process.execPath, ["--test", "--test-reporter=tap", file], { env });
  const end = () => child.kill();
  process.on("exit", end);
  let said = "";
  child.stdout.on("data", (chunk) => listen((said += chunk), child));
  child.stderr.on("data", (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.on("exit", resolve));
  process.off("exit", end);
  return { code, said };
}

test("whatever goes wrong on a page fails its test, and leaves a screenshot and a trace", async () => {
  const broken = Object.entries(BROKEN).map(([name, [body, , options]]) => testOf(name, body, options));
  const { code, said } = await run([...broken, testOf("nothing wrong", "await axe(page); await noSidewaysScroll(page)")]);
  assert.notEqual(code, 0);
  assert.match(said, /^# pass 1$/m, said);
  assert.match(said, new RegExp(`^# fail ${broken.length}$`, "m"), said);
  const reports = said.split(/^# Subtest: /m);
  const left = await readdir(path.join(folder, "left"));
  for (const [name, [, pattern]] of Object.entries(BROKEN)) {
    assert.match(reports.find((report) => report.startsWith(`${name}\n`)), pattern);
    const kept = path.join(folder, "left", name.replaceAll(" ", "-"));
    assert.deepEqual((await readdir(kept)).sort(), ["page-1-trace.zip", "page-1.png", "server.log"], name);
    assert.equal((await readFile(path.join(kept, "page-1.png"))).subarray(1, 4).toString(), "PNG");
    assert.equal((await readFile(path.join(kept, "page-1-trace.zip"))).subarray(0, 2).toString(), "PK");
  }
  assert.equal(left.length, broken.length, `only failed tests leave something: ${left}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`an interrupt leaves no server behind, ${signal}`, async () => {
    const asked = /address (http:\S+)\n/;
    let url;
    const stop = (said, child) => {
      if (url || !asked.test(said)) return;
      [, url] = asked.exec(said);
      child.kill(signal);
    };
    const { code } = await run([testOf("for ever", "console.log(`address ${server.url}`); await new Promise(() => {})")], stop);
    assert.notEqual(code, 0);
    assert.ok(url, "the test has begun");
    await gone(url);
  });
}

/** Waits until nobody answers there. */
async function gone(url) {
  const late = Date.now() + 10_000;
  while (Date.now() < late) {
    const answers = await fetch(`${url}/sign-in`).then(() => true, () => false);
    if (!answers) return;
  }
  assert.fail(`${url} still answers`);
}
