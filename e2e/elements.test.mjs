import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after } from "node:test";

import { axe, noSidewaysScroll, PASSWORD, server, setUp, test } from "./harness.mjs";

setUp();

let child;
let starting;

/** The address of the product of docs/embedding.md, which runs as it stands there. */
const product = () => (starting ??= run());

async function run() {
  const guide = await readFile(new URL("../docs/embedding.md", import.meta.url), "utf8");
  const [, source] = /```js\n(import \{ createServer[\s\S]*?)```/.exec(guide);
  const file = path.join(server.folder, "product.mjs");
  await writeFile(file, source);
  child = spawn(process.execPath, [file], { env: { PATH: process.env.PATH, IMPERSONATION: server.url, PORT: "0" } });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => resolve(String(chunk).trim()));
    child.on("exit", () => reject(new Error(`the product is not up: ${said}`)));
  });
}
after(() => child?.kill());

/** The product's page is another origin than the server, and an ended session is answered with 401. */
const PRODUCT = [/foreign request: http:\/\/127/, /\/imp\/me\/accounts/, /status of 403/];
const OVER = PRODUCT.concat([/answer 401: GET \/imp/, /status of 401/]);

async function visit(open, options = {}) {
  const page = await open({ expected: PRODUCT, ...options });
  await page.goto(await product());
  return page;
}

const banner = (page) => page.locator("impersonation-banner section");
const toMine = (page) => page.getByRole("button", { name: "Return to my account" });
const started = (page) => banner(page).getByText("You (Ben) are logged in as Cleo").waitFor();

test("the menu logs in and the banner leads back, with the keyboard alone", async ({ open }) => {
  const page = await visit(open);
  const toggle = page.getByRole("button", { name: "Other accounts" });
  await toggle.focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await toggle.getAttribute("aria-expanded"), "true");
  const focused = () => page.evaluate(() =>
    document.querySelector("impersonation-menu").shadowRoot.activeElement?.textContent);
  assert.match(await focused(), /Log in as Cleo/);
  await page.keyboard.press("Escape");
  assert.match(await focused(), /Other accounts/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await started(page);
  assert.match(await banner(page).locator("time").innerText(), /^(1:00:00|59:\d\d) left$/);
  await toggle.waitFor({ state: "detached" });
  await toMine(page).focus();
  await page.keyboard.press("Enter");
  await toggle.waitFor();
  assert.equal(await banner(page).count(), 0);
});

test("a page that follows itself cancels the loading, and no token reaches it", async ({ open }) => {
  const page = await visit(open);
  await page.evaluate(() => {
    globalThis.heard = [];
    for (const name of ["impersonation-started", "impersonation-ended"]) {
      document.addEventListener(name, (event) => {
        event.preventDefault();
        globalThis.heard.push([name, JSON.parse(JSON.stringify(event.detail))]);
        document.querySelector("impersonation-banner").refresh();
        document.querySelector("impersonation-menu").refresh();
      });
    }
  });
  await page.getByLabel("Notes").fill("kept");
  await page.getByRole("button", { name: "Other accounts" }).click();
  await page.getByRole("button", { name: /Log in as Cleo/ }).click();
  await started(page);
  await toMine(page).click();
  await banner(page).waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Notes").inputValue(), "kept");
  const [[first, { session, token, account }], [second, end]] = await page.evaluate(() => globalThis.heard);
  assert.deepEqual([first, second], ["impersonation-started", "impersonation-ended"]);
  assert.equal(token, undefined);
  assert.equal(account.email, "cleo@acme.example");
  assert.equal(session.id, end.session.id);
  assert.equal(end.cause, "stopped");
});

test("the banner says that the session has ended, and why", async ({ open }) => {
  const page = await visit(open, { expected: OVER });
  await page.getByRole("button", { name: "Other accounts" }).click();
  await page.getByRole("button", { name: /Log in as Cleo/ }).click();
  await started(page);
  await page.getByLabel("Notes").fill("kept");
  const { items } = await server.api("GET", "/login-sessions?live=true", { as: "ada@acme.example" });
  await server.api("DELETE", `/login-sessions/${items[0].id}`, { as: "ada@acme.example" });
  await page.evaluate(() => document.querySelector("impersonation-banner").refresh());
  await page.getByRole("alert").getByText("The session as Cleo has ended. An administrator ended it.").waitFor();
  await axe(page);
  assert.equal(await page.getByLabel("Notes").inputValue(), "kept");
  await toMine(page).click();
  await page.getByRole("button", { name: "Other accounts" }).waitFor();
});

test("what is refused is said beside the menu", async ({ open }) => {
  const page = await visit(open, { expected: PRODUCT.concat([/answer 403: POST \/imp/]) });
  await page.getByRole("button", { name: "Other accounts" }).waitFor();
  const { items } = await server.api("GET", "/grants?search=cleo", { as: "ada@acme.example" });
  const grant = items.find(({ grantor }) => grantor.email === "cleo@acme.example");
  const at = `/grants/${grant.id}`;
  await server.api("PATCH", at, { as: "ada@acme.example", body: { access: ["send"] }, headers: { "If-Match": "*" } });
  await page.getByRole("button", { name: "Other accounts" }).click();
  await page.getByRole("button", { name: /Log in as Cleo/ }).click();
  await page.getByRole("alert").getByText("The grant does not give this type of access").waitFor();
  await server.api("PATCH", at, { as: "ada@acme.example", body: { access: ["login", "send"] }, headers: { "If-Match": "*" } });
});

test("a page that holds the token itself gives the header, its own words, and its own dropdown", async ({ open }) => {
  // The console's own policy is as strict as any: no inline style, no inline script.
  const page = await open({ expected: [/answer 403: GET \/api\/v1\/me\/accounts/, /status of 403/] });
  await page.goto("/sign-in");
  const { token } = await server.api("POST", "/sign-in", { body: { email: "ben@acme.example", password: PASSWORD } });
  await page.evaluate(async (own) => {
    await import("/assets/impersonation-elements.js");
    const [banner, menu] = ["banner", "menu"].map((name) => document.createElement(`impersonation-${name}`));
    let login = null;
    for (const element of [banner, menu]) element.authorization = async () => `Bearer ${login ?? own}`;
    menu.texts = { logInAs: "Als {name} anmelden" };
    menu.setAttribute("inline", "");
    const follow = (event) => {
      event.preventDefault();
      login = event.detail.token ?? null;
      banner.refresh();
      menu.refresh();
    };
    menu.addEventListener("impersonation-started", follow);
    banner.addEventListener("impersonation-ended", follow);
    document.querySelector("main").prepend(banner, menu);
  }, token);
  const item = page.getByRole("button", { name: "Als Cleo anmelden" });
  await item.click();
  await started(page);
  await item.waitFor({ state: "detached" });
  await toMine(page).click();
  await item.waitFor();
  await banner(page).waitFor({ state: "detached" });
});

for (const colorScheme of ["light", "dark"]) {
  test(`both keep nobody out, narrow and wide, ${colorScheme}`, async ({ open }) => {
    const page = await visit(open, { colorScheme });
    const toggle = page.getByRole("button", { name: "Other accounts" });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await toggle.click();
      await axe(page);
      await noSidewaysScroll(page);
      await toggle.click();
    }
    await toggle.click();
    await page.getByRole("button", { name: /Log in as Cleo/ }).click();
    await started(page);
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await axe(page);
      await noSidewaysScroll(page);
    }
    await toMine(page).click();
    await toggle.waitFor();
  });
}
