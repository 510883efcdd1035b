import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { axe, noSidewaysScroll, server, setUp, test } from "./harness.mjs";

setUp();

const ADA = "ada@acme.example";
const BEN = "ben@acme.example";
const CLEO = "cleo@acme.example";
const DINA = "dina@acme.example";
const ELI = "eli@acme.example";

const composer = (page) => page.locator("#composer-text");
const message = (page, text) => page.locator(".message", { hasText: text });

async function channel(page, name) {
  await page.goto("/channels");
  await page.locator(".sidenav").getByRole("link", { name }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Waits until the page hears of what happens. */
const listening = (page) => page.waitForFunction(() => document.documentElement.dataset.news === "on");

async function logIn(page) {
  await page.locator("#profile > summary").click();
  await page.getByRole("button", { name: "Log in as Cleo" }).click();
  await page.locator(".session-banner").waitFor();
}

test("Enter sends, Shift+Enter breaks the line, and one goes on writing", async ({ open }) => {
  const page = await open({ as: BEN });
  await channel(page, "deals");
  await composer(page).focus();
  await page.keyboard.type("First line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await message(page, "First line").waitFor();
  assert.equal(await message(page, "First line").locator(".message-text").innerText(), "First line\nsecond line");
  await page.waitForFunction(() => document.activeElement?.id === "composer-text");
  assert.equal(await composer(page).inputValue(), "");
  const [box, area] = [await message(page, "First line").boundingBox(), await composer(page).boundingBox()];
  assert.ok(box.y + box.height <= area.y, "the newest message is in sight");
});

test("the same form twice is one message, and what is wrong is said beside it", async ({ open }) => {
  const page = await open({ as: BEN, expected: [/answer 422: POST/, /status of 422/] });
  await channel(page, "deals");
  const send = (body) => page.evaluate(async (text) => {
    const form = new FormData(document.querySelector("form.composer"));
    form.set("body", text);
    return (await fetch(location.pathname, { method: "POST", body: form })).status;
  }, body);
  assert.deepEqual([await send("Only once"), await send("Only once"), await send("Another")], [200, 200, 200]);
  await page.reload();
  assert.equal(await message(page, "Only once").count(), 1);
  assert.equal(await message(page, "Another").count(), 1);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("alert").getByText("Write something, or choose a file.").waitFor();
  await axe(page);
});

test("sending as somebody is offered only where both are, and told only to those who may know", async ({ open }) => {
  const [ben, cleo, dina, ada] = await Promise.all([BEN, CLEO, DINA, ADA].map((as) => open({ as })));
  const { items } = await server.api("GET", "/channels", { as: ADA });
  const board = items.find(({ name }) => name === "board");
  const { actor } = await server.api("GET", "/me", { as: BEN });
  await server.api("PUT", `/channels/${board.id}/members/${actor.id}`, { as: ADA });
  await channel(ben, "board");
  assert.equal(await ben.locator("#send-as").count(), 0, "Cleo is not in this channel");
  await channel(ben, "general");
  assert.deepEqual(await ben.locator("#send-as option").allInnerTexts(), ["Ben (you)", "Cleo"]);
  await Promise.all([cleo, dina, ada].map((page) => channel(page, "general")));
  await Promise.all([cleo, dina, ada].map(listening));
  await composer(ben).fill("On behalf of Cleo");
  await ben.locator("#send-as").selectOption({ label: "Cleo" });
  await ben.getByRole("button", { name: "Send" }).click();
  // Everybody's open page shows it at once.
  for (const page of [ben, cleo, dina, ada]) {
    await message(page, "On behalf of Cleo").waitFor();
    assert.equal(await message(page, "On behalf of Cleo").locator(".message-meta .name").innerText(), "Cleo");
  }
  const told = (page) => message(page, "On behalf of Cleo").getByText("sent by Ben for Cleo").count();
  assert.deepEqual([await told(ben), await told(cleo), await told(ada), await told(dina)], [1, 1, 1, 0]);
  await message(ada, "On behalf of Cleo").locator(".via > summary").click();
  await message(ada, "On behalf of Cleo").getByText("ben@acme.example").waitFor();
  await axe(ada);
});

test("a file goes up and comes down again, and no other page of it exists", async ({ open }) => {
  const [ben, eli] = await Promise.all([
    open({ as: BEN }), open({ as: ELI, expected: [/answer 404/, /status of 404/] }),
  ]);
  await channel(ben, "deals");
  const file = { name: "price list.txt", mimeType: "text/plain", buffer: Buffer.from("three sites") };
  await ben.locator("input[type=file]").setInputFiles(file);
  await ben.locator("[data-file-name]").getByText("price list.txt").waitFor();
  await ben.getByRole("button", { name: "Send" }).click();
  const link = ben.getByRole("link", { name: /price list.txt/ });
  await link.waitFor();
  const [download] = await Promise.all([ben.waitForEvent("download"), link.click()]);
  assert.equal(download.suggestedFilename(), "price list.txt");
  assert.equal(await readFile(await download.path(), "utf8"), "three sites");
  const address = await link.getAttribute("href");
  for (const [page, at] of [[eli, address], [eli, "/files/nonsense"], [eli, ben.url()]]) {
    assert.equal((await page.goto(at)).status(), 404);
  }
});

test("in a login session the page says so, administration is gone, and new messages wait", async ({ open }) => {
  const [ben, cleo] = await Promise.all([
    open({ as: BEN, expected: [/answer 403: GET/, /status of 403/] }), open({ as: CLEO }),
  ]);
  await logIn(ben);
  await channel(ben, "general");
  await listening(ben);
  await ben.locator(".session-banner").getByText("You (Ben) are logged in as Cleo").waitFor();
  assert.match(await ben.locator(".session-banner time").innerText(), /^(1:00:00|59:\d\d)$/);
  assert.equal(await ben.locator("#send-as").count(), 0);
  await composer(ben).fill("As Cleo herself");
  await composer(ben).press("Enter");
  await message(ben, "As Cleo herself").getByText("sent by Ben, logged in as Cleo").waitFor();
  await listening(ben);
  await composer(ben).fill("half a sen");
  await channel(cleo, "general");
  await composer(cleo).fill("Cleo writes, too");
  await composer(cleo).press("Enter");
  const hint = ben.getByRole("link", { name: "New messages · Show" });
  await hint.waitFor();
  assert.equal(await message(ben, "Cleo writes, too").count(), 0, "nothing is looked at by itself");
  assert.equal(await composer(ben).inputValue(), "half a sen");
  await axe(ben);
  await hint.click();
  await message(ben, "Cleo writes, too").waitFor();
  assert.equal(await ben.getByRole("heading", { name: "Settings" }).count(), 0);
  const settings = ["user-impersonation", "sessions", "audit-log", "roles", "people", "channels", "organization"];
  for (const address of ["/account/password", ...settings.map((name) => `/settings/${name}`)]) {
    assert.equal((await ben.goto(address)).status(), 403, address);
    await ben.getByText("This cannot be done inside a login session; return to your own account first.").waitFor();
    await ben.locator(".session-banner").waitFor();
  }
  await ben.getByRole("button", { name: "Return to my account" }).first().click();
  await ben.getByText("You are back in your own account. The session as Cleo has ended.").waitFor();
  assert.equal(await ben.locator(".session-banner").count(), 0);
});

test("earlier messages are a page back, and no other page opens with their address", async ({ open }) => {
  const page = await open({ as: CLEO });
  const { items } = await server.api("GET", "/channels", { as: CLEO });
  const deals = items.find(({ name }) => name === "deals");
  for (let number = 1; number <= 55; number += 1) {
    await server.api("POST", `/channels/${deals.id}/messages`, { as: CLEO, body: { body: `Number ${number}.` } });
  }
  await channel(page, "deals");
  await message(page, "Number 55.").waitFor();
  assert.equal(await message(page, "Number 1.").count(), 0);
  await page.getByRole("link", { name: "Earlier messages" }).click();
  await message(page, "Number 1.").waitFor();
  await axe(page);
  await page.getByRole("link", { name: "Back to the latest messages" }).click();
  await message(page, "Number 55.").waitFor();
});

test("without script one reads and writes all the same", async ({ open }) => {
  const page = await open({ as: BEN, javaScriptEnabled: false });
  await page.goto("/channels");
  await page.locator(".sidenav").getByRole("link", { name: "general" }).click();
  await composer(page).fill("Plain and simple");
  await page.locator("#send-as").selectOption({ label: "Cleo" });
  const file = { name: "plain.txt", mimeType: "text/plain", buffer: Buffer.from("plain") };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Send" }).click();
  await message(page, "Plain and simple").getByText("sent by Ben for Cleo").waitFor();
  await message(page, "Plain and simple").getByRole("link", { name: /plain.txt/ }).waitFor();
  await page.locator("#profile > summary").click();
  await page.getByRole("button", { name: "Log in as Cleo" }).click();
  await page.locator(".session-banner").waitFor();
  await page.locator(".session-banner").getByRole("button", { name: "Return to my account" }).click();
  await page.getByText("You are back in your own account.").waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  test(`the workspace keeps nobody out, narrow and wide, ${colorScheme}`, async ({ open }) => {
    const page = await open({ as: BEN, colorScheme });
    await channel(page, "general");
    const look = async () => {
      for (const width of [360, 1280, 2560]) {
        await page.setViewportSize({ width, height: 740 });
        await axe(page);
        await noSidewaysScroll(page);
      }
    };
    await look();
    await page.locator("#members > summary").click();
    await page.locator("#members").getByText("eli@acme.example").waitFor();
    await look();
    await page.locator("#profile > summary").click();
    await look();
    await page.getByRole("button", { name: "Log in as Cleo" }).click();
    await page.locator(".session-banner").waitFor();
    await look();
    await page.getByRole("button", { name: "Return to my account" }).first().click();
    await page.getByText("You are back in your own account.").waitFor();
  });
}
