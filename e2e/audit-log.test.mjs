import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { prepare } from "./pages.mjs";
import { axe, noSidewaysScroll, server, setUp, test } from "./harness.mjs";

setUp();

const ADA = { as: "ada@acme.example" };
const GONE = [/answer 404: GET/, /status of 404/];

let made;
/** The demo with some life in it, once. */
const life = async () => (made ??= await prepare(server));
const rows = (page) => page.locator("#events tbody tr");

test("the log shows who did what for whom, with words, and the details when asked", async ({ open }) => {
  await life();
  const page = await open(ADA);
  await page.goto("/settings/audit-log");
  const start = rows(page).filter({ hasText: "Logged in as Cleo" }).first();
  await start.locator(".actors").getByText("Ben").waitFor();
  await start.locator(".actors").getByText("Cleo").waitFor();
  await start.locator("summary").focus();
  await page.keyboard.press("Enter");
  await start.getByText("Cleo is out until Monday").waitFor();
  await start.getByText("Source address").waitFor();
  await rows(page).getByText("Granted Dina access to Eli").waitFor();
  const refusal = rows(page).filter({ hasText: "Opening User Impersonation" }).first();
  await refusal.getByText("Refused").waitFor();
  await refusal.getByText("Not inside a login session").waitFor();
});

test("filters stand in the address, and Back undoes them", async ({ open }) => {
  await life();
  const page = await open(ADA);
  await page.goto("/settings/audit-log");
  await page.getByRole("combobox", { name: "Account" }).fill("cle");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByLabel("Action").selectOption("message.send");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL("**account=cleo%40acme.example**action=message.send**");
  for (const text of await rows(page).locator("[data-label=Action]").allTextContents()) assert.match(text, /Sent a/);
  const all = await rows(page).count();
  await page.getByRole("combobox", { name: "Actor" }).fill("Ben");
  await page.getByLabel("From").fill("2020-01-01T00:00");
  await page.getByRole("button", { name: "Apply" }).click();
  // The zone of the reader is Europe/Berlin.
  await page.waitForURL("**since=2019-12-31T23%3A00%3A00.000Z**");
  assert.equal(await page.getByLabel("From").inputValue(), "2020-01-01T00:00");
  assert.ok((await rows(page).count()) > 0 && (await rows(page).count()) <= all);
  await page.goBack();
  assert.equal(await page.getByRole("combobox", { name: "Actor" }).inputValue(), "");
  await page.getByRole("link", { name: "Clear" }).first().click();
  await page.waitForURL("**/settings/audit-log");
});

test("a person who does not exist, or a session that is none, is said beside its field", async ({ open }) => {
  const page = await open(ADA);
  await page.goto("/settings/audit-log?actor=nobody&session=x");
  await page.locator("#actor-error").getByText("Nobody in the organization matches `nobody`").waitFor();
  await page.locator("#session-error").waitFor();
  assert.equal(await rows(page).count(), 0);
  await page.goto("/settings/audit-log?actor=acme.example");
  await page.locator("#actor-error").getByText("Several people match").waitFor();
});

test("older events are on the next page, without a gap", async ({ open }) => {
  await life();
  const page = await open({ ...ADA, javaScriptEnabled: false });
  await page.goto("/settings/audit-log");
  const number = async (row) => Number((await row.locator("[data-label=Event]").textContent()).replaceAll(",", ""));
  const last = await number(rows(page).last());
  await page.getByRole("link", { name: "Next page" }).click();
  assert.equal(await number(rows(page).first()), last - 1);
});

test("the chain is verified when somebody asks, and says until where", async ({ open }) => {
  const page = await open(ADA);
  await page.goto("/settings/audit-log?outcome=refused");
  await page.getByText("Not verified yet").waitFor();
  await page.getByRole("link", { name: "Verify" }).click();
  await page.getByText(/Verified until event \d/).waitFor();
  assert.match(page.url(), /outcome=refused/);
  assert.doesNotMatch(page.url(), /verify=/);
});

test("new events appear on the open page", async ({ open }) => {
  await life();
  const page = await open(ADA);
  await page.goto("/settings/audit-log?action=channel.create");
  const before = await rows(page).count();
  await page.waitForFunction(() => document.documentElement.dataset.news === "on");
  await server.api("POST", "/channels", { ...ADA, body: { name: `news-${Date.now()}` } });
  await rows(page).nth(before).waitFor();
});

async function exported(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  return readFile(await download.path(), "utf8");
}

for (const javaScriptEnabled of [true, false]) {
  test(`the files have what the API has, ${javaScriptEnabled ? "with" : "without"} script`, async ({ open }) => {
    await life();
    const page = await open({ ...ADA, javaScriptEnabled });
    await page.goto("/settings/audit-log?account=cleo@acme.example");
    const lines = (await exported(page, "NDJSON")).trimEnd().split("\n").map((line) => JSON.parse(line));
    const cleo = (await server.api("GET", "/users?limit=100", ADA)).items.find((one) => one.name === "Cleo");
    const events = (await server.api("GET", `/audit-events?account=${cleo.id}&limit=200`, ADA)).items;
    assert.deepEqual(lines, events);
    const [header, ...values] = (await exported(page, "CSV")).trimEnd().split("\r\n");
    assert.match(header, /^sequence,at,action,result,rule,/);
    assert.deepEqual(values.map((line) => Number(line.split(",")[0])), events.map((event) => event.sequence));
  });
}

test("a download that takes long shows how far it is, and says when it broke off", async ({ open }) => {
  const page = await open({ ...ADA, expected: [/ERR_FAILED/, /export\.csv/] });
  await page.goto("/settings/audit-log");
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await page.route("**/export.ndjson", async (route) => (await held, route.continue()));
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "NDJSON" }).click();
  await page.getByRole("progressbar", { name: "Downloading audit-log.ndjson" }).waitFor();
  go();
  assert.equal((await saved).suggestedFilename(), "audit-log.ndjson");
  await page.getByRole("progressbar").waitFor({ state: "detached" });
  await page.route("**/export.csv", (route) => route.abort());
  await page.getByRole("link", { name: "CSV" }).click();
  await page.getByText("The download broke off, and nothing was saved. Try again.").waitFor();
});

test("a login session has its page, for all whom it concerns and nobody else", async ({ open }) => {
  const { session } = await life();
  const address = `/settings/audit-log/sessions/${session}`;
  for (const as of ["ada@acme.example", "cleo@acme.example", "ben@acme.example"]) {
    const page = await open({ as });
    await page.goto(address);
    await page.getByRole("heading", { name: "Ben as Cleo", level: 1 }).waitFor();
    await page.getByText("Cleo is out until Monday").first().waitFor();
    await page.getByText("Read messages in #deals").waitFor();
    await page.getByText("Refused: Opening User Impersonation").waitFor();
    await page.getByRole("button", { name: "End now" }).waitFor();
  }
  const eli = await open({ as: "eli@acme.example", expected: GONE });
  assert.equal((await eli.goto(address)).status(), 404);
  assert.equal((await eli.goto("/settings/audit-log/sessions/x")).status(), 404);
});

test("an administrator ends a session in the list, and everybody's page of it says how it ended", async ({ open }) => {
  const { session } = await life();
  const ben = await open({ as: "ben@acme.example" });
  await ben.goto(`/settings/audit-log/sessions/${session}`);
  await ben.waitForFunction(() => document.documentElement.dataset.news === "on");
  const page = await open(ADA);
  await page.goto("/settings/sessions");
  await page.locator("#live .countdown").getByText(/^\d+:\d\d$/).waitFor();
  await page.getByRole("button", { name: "End: Ben as Cleo" }).click();
  await page.locator("[data-notice]").getByText("The login session has ended.").waitFor();
  await page.getByText("Nobody is logged in as somebody else").waitFor();
  await page.locator("#past").getByText("Ended by an administrator").waitFor();
  await ben.locator("dd").getByText("Ended by an administrator").waitFor();
  await page.getByRole("link", { name: /^What happened: Ben as Cleo/ }).first().click();
  await page.getByText("Ended by an administrator").first().waitFor();
  assert.equal(await page.getByRole("button", { name: "End now" }).count(), 0);
});

for (const colorScheme of ["light", "dark"]) {
  test(`the audit log keeps nobody out, ${colorScheme}`, async ({ open }) => {
    const { session } = await life();
    const page = await open({ ...ADA, colorScheme });
    for (const path of ["", "?actor=nobody", "?verify=1", `/sessions/${session}`]) {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(`/settings/audit-log${path}`);
        await page.locator("details.event").evaluateAll((all) => all.slice(0, 3).forEach((one) => (one.open = true)));
        await noSidewaysScroll(page);
        await axe(page);
      }
    }
  });
}
