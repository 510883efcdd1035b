// Settings, User Impersonation: the table, granting, editing and deleting.

import assert from "node:assert/strict";

import { axe, noSidewaysScroll, server, setUp, test } from "./harness.mjs";

setUp();

const ADA = "ada@acme.example";
const LIST = "/settings/user-impersonation";
const refused = (status) => [new RegExp(`answer ${status}:`), new RegExp(`status of ${status}`)];

const row = (page, grantee, grantor) =>
  page.locator("tbody tr").filter({ hasText: `${grantee}@` }).filter({ hasText: `${grantor}@` });
const dialog = (page) => page.locator("dialog[open]");

async function people(names) {
  const all = (await server.api("GET", "/users?limit=200", { as: ADA })).items;
  return names.map((name) => all.find((person) => person.name === name));
}

/** A person of one's own for a test, so that tests do not meet. */
async function person(name) {
  const email = `${name.toLowerCase()}@acme.example`;
  await server.api("POST", "/users", { as: ADA, body: { name, email, password: "impersonate-me" } });
  return email;
}

async function grant(grantee, grantor, access, more = {}) {
  const body = { grantee_email: grantee, grantor_email: grantor, access, ...more };
  return server.api("POST", "/grants", { as: ADA, body });
}

test("the table has exactly its columns, and says how each relationship stands", async ({ open }) => {
  const [kim, lee] = [await person("Kim"), await person("Lee")];
  await grant(kim, lee, ["login"], { reason: "Lee is away", starts_at: new Date(Date.now() + 86_400_000).toISOString() });
  const page = await open({ as: ADA });
  await page.goto(LIST);
  assert.deepEqual(await page.locator("thead th").allInnerTexts().then((texts) => texts.map((text) => text.trim())), [
    "", "User Receiving Access", "Email Receiving Access", "User Granting Access", "Email Granting Access",
    "Login Access", "Send Access", "Actions",
  ]);
  const cells = await row(page, "kim", "lee").locator("td").allInnerTexts();
  assert.match(cells[1], /^Kim\s+Scheduled\s+from .+\s+Lee is away$/);
  assert.deepEqual(cells.slice(2, 7), [kim, "Lee", lee, "Yes", "No"]);
  await page.getByText("Changes apply at once; there is no Save button.").waitFor();
});

test("search, filters and order are in the address, and Back goes back to them", async ({ open }) => {
  const page = await open({ as: ADA });
  await page.goto(LIST);
  await page.getByLabel("Search all columns").fill("ELI@");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=ELI/);
  for (const text of await page.locator("tbody tr").allInnerTexts()) assert.match(text, /eli@/);
  await page.getByLabel("Access", { exact: true }).selectOption("login");
  await page.waitForURL(/access=login/);
  await page.getByText("Nothing matches").waitFor();
  await page.goBack();
  await page.locator("tbody tr").first().waitFor();
  await page.goto(LIST);
  await page.getByRole("link", { name: "User Granting Access" }).click();
  await page.waitForURL(/sort=grantor_name/);
  const names = () => page.locator("tbody td:nth-child(4)").allInnerTexts();
  const up = await names();
  assert.deepEqual(up, [...up].sort());
  await page.getByRole("link", { name: "User Granting Access" }).click();
  await page.waitForURL(/sort=-grantor_name/);
  assert.deepEqual(await names(), [...up].sort().reverse());
  assert.equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "descending");
});

test("access is granted with the keyboard alone, and it is said before what that means", async ({ open }) => {
  await person("Nora");
  const page = await open({ as: ADA });
  await page.goto(LIST);
  await page.locator("#grant-access").focus();
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  // The first field has the focus; a person is chosen from what is offered.
  await page.keyboard.type("cle");
  await dialog(page).getByRole("option", { name: /Cleo/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#grantor").inputValue(), "cleo@acme.example");
  await page.keyboard.press("Tab");
  await page.keyboard.type("eli");
  await dialog(page).getByRole("option", { name: /Eli/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  for (const key of ["Tab", "Space", "Tab", "Space"]) await page.keyboard.press(key);
  await dialog(page).getByText("Eli will be able to log in as Cleo and to send as Cleo in 1 shared channel: general.").waitFor();
  await page.locator("#grantee").focus();
  await page.keyboard.press("Enter");
  await page.getByText("Eli can now act for Cleo.").waitFor();
  await row(page, "eli", "cleo").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "grant-access");
});

test("Escape closes a dialog and gives the focus back to the row", async ({ open }) => {
  const page = await open({ as: ADA });
  await page.goto(LIST);
  const pencil = row(page, "ben", "cleo").getByRole("link", { name: /^Edit/ });
  await pencil.focus();
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.id), await pencil.getAttribute("id"));
});

test("what is wrong stands beside its field, and nothing typed is lost", async ({ open }) => {
  const page = await open({ as: ADA, expected: refused(422) });
  await page.goto(LIST);
  await page.locator("#grant-access").click();
  await page.locator("#grantor").fill("nobody@acme.example");
  await page.locator("#grantee").fill("not an address");
  await dialog(page).getByText("Reason and expiry").click();
  await page.getByLabel("Reason").fill("kept");
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.locator("#access-error").waitFor();
  await page.getByLabel(/Send Access/).check();
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.locator("#grantor-error").getByText("nobody in the organization has the email address", { exact: false }).waitFor();
  assert.equal(await page.locator("#grantee").inputValue(), "not an address");
  assert.equal(await page.getByLabel("Reason").inputValue(), "kept");
  await page.locator("#grantor").fill("cleo@acme.example");
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.locator("#grantee-error").waitFor();
  await page.locator("#grantee").fill("cleo@acme.example");
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await dialog(page).getByRole("alert").or(page.locator(".error")).first().waitFor();
});

test("a duplicate leads to the relationship that is there", async ({ open }) => {
  const page = await open({ as: ADA, expected: refused(409) });
  await page.goto(LIST);
  await page.locator("#grant-access").click();
  await page.locator("#grantor").fill("cleo@acme.example");
  await page.locator("#grantee").fill("ben@acme.example");
  await page.getByLabel(/Send Access/).check();
  await dialog(page).getByText("These two have a relationship already.").waitFor();
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await dialog(page).getByRole("link", { name: "Edit the existing one" }).click();
  await dialog(page).getByRole("heading", { name: "Edit access" }).waitFor();
  assert.ok(await page.getByLabel(/Login Access/).isChecked());
});

test("of two who edit at once the later one sees both states and decides", async ({ open }) => {
  const [uma, vic] = [await person("Uma"), await person("Vic")];
  await grant(uma, vic, ["send"]);
  const [first, second] = [await open({ as: ADA }), await open({ as: ADA, expected: refused(412) })];
  for (const page of [first, second]) {
    await page.goto(LIST);
    await row(page, "uma", "vic").getByRole("link", { name: /^Edit/ }).click();
    await dialog(page).waitFor();
  }
  await first.getByLabel(/Login Access/).check();
  await dialog(first).getByRole("button", { name: "Confirm" }).click();
  await first.getByText("Uma's access to Vic's account is changed.").waitFor();
  await dialog(second).getByText("Reason and expiry").click();
  await second.getByLabel("Reason").fill("second thoughts");
  await dialog(second).getByRole("button", { name: "Confirm" }).click();
  await dialog(second).getByText("Somebody changed this relationship while you were editing.").waitFor();
  await dialog(second).getByRole("button", { name: "Apply mine" }).click();
  await second.getByText("Uma's access to Vic's account is changed.").waitFor();
  const cells = await row(second, "uma", "vic").locator("td").allInnerTexts();
  assert.deepEqual([cells[5], cells[6]], ["No", "Yes"]);
  assert.match(cells[1], /second thoughts/);
});

test("dates are typed in the reader's zone and kept as moments", async ({ open }) => {
  const [wim, xia] = [await person("Wim"), await person("Xia")];
  await grant(wim, xia, ["send"]);
  const page = await open({ as: ADA, timezoneId: "America/New_York" });
  await page.goto(LIST);
  await row(page, "wim", "xia").getByRole("link", { name: /^Edit/ }).click();
  await dialog(page).getByText("Reason and expiry").click();
  await page.getByLabel(/^Expires/).fill("2031-07-01T09:30");
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Wim's access to Xia's account is changed.").waitFor();
  const all = await server.api("GET", "/grants?limit=200", { as: ADA });
  const made = all.items.find((one) => one.grantee.email === wim);
  assert.equal(new Date(made.expires_at).toISOString(), "2031-07-01T13:30:00.000Z");
  await row(page, "wim", "xia").getByRole("link", { name: /^Edit/ }).click();
  assert.equal(await page.getByLabel(/^Expires/).inputValue(), "2031-07-01T09:30");
});

test("editing to nothing points to deleting, and deleting says what ends", async ({ open }) => {
  const [yan, zoe] = [await person("Yan"), await person("Zoe")];
  await grant(yan, zoe, ["login"]);
  const [{ id }] = await people(["Zoe"]);
  await server.api("POST", "/login-sessions", { as: yan, body: { subject_id: id } });
  const page = await open({ as: ADA, expected: refused(422) });
  await page.goto(LIST);
  await row(page, "yan", "zoe").getByText("Live session").waitFor();
  await row(page, "yan", "zoe").getByRole("link", { name: /^Edit/ }).click();
  await page.getByLabel(/Login Access/).uncheck();
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.locator("#access-error").getByText("delete it instead", { exact: false }).waitFor();
  await dialog(page).getByRole("link", { name: "Delete this relationship" }).click();
  await dialog(page).getByText("A live session ends now.").waitFor();
  await dialog(page).getByRole("button", { name: "Delete" }).click();
  await page.getByText("Yan can no longer act for Zoe. 1 login session ended.").waitFor();
  assert.equal(await row(page, "yan", "zoe").count(), 0);
});

test("many are deleted at once: with their number typed, all or none, and offered as a file", async ({ open }) => {
  const boss = await person("Boss");
  for (let index = 1; index <= 12; index++) await grant(await person(`Temp${index}`), boss, ["send"], { reason: "temps" });
  const page = await open({ as: ADA, expected: refused(422) });
  await page.goto(`${LIST}?q=temps`);
  assert.ok(await page.getByText("Bulk Options").isHidden());
  await page.getByLabel("Select all rows on this page").check();
  await page.getByText("12 selected").waitFor();
  await page.getByText("Bulk Options").click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog(page).getByText("13 people").waitFor();
  assert.equal(await dialog(page).locator(".list-box li").count(), 12);
  await dialog(page).getByLabel("Type 12 to confirm").fill("11");
  await dialog(page).getByRole("button", { name: /^Delete 12/ }).click();
  await page.locator("#number-error").waitFor();
  await dialog(page).getByLabel("Type 12 to confirm").fill("12");
  await dialog(page).getByRole("button", { name: /^Delete 12/ }).click();
  await page.getByText("12 relationships deleted.").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download removed rows (CSV)" }).click();
  const stream = await (await download).createReadStream();
  let csv = "";
  for await (const chunk of stream) csv += chunk;
  assert.equal(csv.trim().split("\r\n").length, 13);
  // It can be imported again.
  const token = (await server.api("POST", "/sign-in", { body: { email: ADA, password: "impersonate-me" } })).token;
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "text/csv" };
  const answer = await fetch(`${server.url}/api/v1/grants/import`, { method: "POST", headers, body: csv });
  assert.ok(answer.ok, await answer.text());
});

test("the table learns at once what somebody else has done, and keeps what is ticked", async ({ open }) => {
  const page = await open({ as: ADA });
  await page.goto(LIST);
  await page.locator("html[data-news=on]").waitFor({ state: "attached" });
  await row(page, "ben", "cleo").locator("input.row-select").check();
  await grant(await person("Late"), "ben@acme.example", ["send"]);
  await row(page, "late", "ben").waitFor({ timeout: 1500 });
  assert.ok(await row(page, "ben", "cleo").locator("input.row-select").isChecked());
  assert.ok(await page.getByText("1 selected").isVisible());
});

test("where the plan has no impersonation, the address says why in a sentence", async ({ open }) => {
  const page = await open({ as: "sam@solo.example", expected: refused(403) });
  assert.equal(await page.getByRole("link", { name: "User Impersonation" }).count(), 0);
  await page.goto(LIST);
  await page.getByText("plan does not include user impersonation").waitFor();
});

test("without script everything can be done all the same", async ({ open }) => {
  const [gus, hal] = [await person("Gus"), await person("Hal")];
  const page = await open({ as: ADA, javaScriptEnabled: false });
  await page.goto(LIST);
  await page.locator("#grant-access").click();
  await page.locator("#grantor").fill(hal);
  await page.locator("#grantee").fill(gus);
  await page.getByLabel(/Login Access/).check();
  await page.getByRole("button", { name: "Review" }).click();
  await page.getByText("Gus will be able to log in as Hal.").waitFor();
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Gus can now act for Hal.").waitFor();
  await row(page, "gus", "hal").getByRole("link", { name: /^Edit/ }).click();
  await page.getByLabel(/Send Access/).check();
  await page.getByRole("button", { name: "Confirm" }).click();
  await row(page, "gus", "hal").locator("input.row-select").check();
  await page.getByText("Bulk Options").click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete 1 relationship" }).click();
  await page.getByText("1 relationship deleted.").waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  test(`the table and its dialogs keep nobody out, ${colorScheme}`, async ({ open }) => {
    const page = await open({ as: ADA, colorScheme });
    for (const width of [360, 1280, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(LIST);
      await axe(page);
      await noSidewaysScroll(page);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    for (const link of ["#grant-access", "a[id^=edit-]", "a[id^=delete-]"]) {
      await page.locator(link).first().click();
      await dialog(page).waitFor();
      await axe(page);
      await noSidewaysScroll(page);
      await page.keyboard.press("Escape");
      await dialog(page).waitFor({ state: "detached" });
    }
  });
}
