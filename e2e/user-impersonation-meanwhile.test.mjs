// Settings, User Impersonation: what other people do meanwhile, pages of rows, files, and who may not.

import assert from "node:assert/strict";

import { axe, server, setUp, test } from "./harness.mjs";

setUp();

const ADA = "ada@acme.example";
const LIST = "/settings/user-impersonation";
const refused = (status) => [new RegExp(`answer ${status}:`), new RegExp(`status of ${status}`)];

const row = (page, grantee, grantor) =>
  page.locator("tbody tr").filter({ hasText: `${grantee}@` }).filter({ hasText: `${grantor}@` });
const dialog = (page) => page.locator("dialog[open]");

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

/** Somebody else's page, on which this button of the dialog is pressed. */
async function elsewhere(open, grantee, grantor, action, change = async () => {}) {
  const page = await open({ as: ADA });
  await page.goto(`${LIST}?q=${grantee}`);
  await row(page, grantee, grantor).getByRole("link", { name: new RegExp(`^${action}`) }).click();
  await change(page);
  await dialog(page).getByRole("button", { name: action === "Edit" ? "Confirm" : "Delete" }).click();
  await dialog(page).waitFor({ state: "detached" });
}

test("an edit is previewed as what it is, not as a second relationship", async ({ open }) => {
  const [amy, bob] = [await person("Amy"), await person("Bob")];
  await grant(amy, bob, ["login"]);
  const page = await open({ as: ADA });
  await page.goto(LIST);
  await row(page, "amy", "bob").getByRole("link", { name: /^Edit/ }).click();
  await page.getByLabel(/Send Access/).check();
  await dialog(page).getByText("Amy will be able to log in as Bob and to send as Bob in 0 shared channels.").waitFor();
  await dialog(page).getByText("Bob and Amy share no channel").waitFor();
  assert.equal(await dialog(page).getByText("have a relationship already").count(), 0);
});

test("a protected account is said to be out of reach, and nothing else is promised", async ({ open }) => {
  const [cat, dan] = [await person("Cat"), await person("Dan")];
  const { items } = await server.api("GET", "/users?limit=200", { as: ADA });
  const { id, version } = items.find((one) => one.email === dan);
  await server.api("PATCH", `/users/${id}`, { as: ADA, body: { protected: true }, headers: { "If-Match": `"${version}"` } });
  const page = await open({ as: ADA, expected: refused(422) });
  await page.goto(`${LIST}/grants/new`);
  await page.locator("#grantor").fill("dan@");
  await dialog(page).getByRole("option", { name: /Protected/ }).click();
  await page.locator("#grantee").fill(cat);
  await page.getByLabel(/Login Access/).check();
  await dialog(page).getByText("Dan's account is protected: nobody can act for Dan.").waitFor();
  assert.equal(await dialog(page).getByText("will be able to").count(), 0);
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.locator(".error, .note.danger").first().waitFor();
  assert.equal(await page.locator("#grantor").inputValue(), dan);
});

test("what starts later is not said to hold now", async ({ open }) => {
  const [eva, fay] = [await person("Eva"), await person("Fay")];
  const page = await open({ as: ADA });
  await page.goto(`${LIST}/grants/new`);
  await page.locator("#grantor").fill(fay);
  await page.locator("#grantee").fill(eva);
  await page.getByLabel(/Send Access/).check();
  await dialog(page).getByText("Reason and expiry").click();
  await page.getByLabel(/^Starts/).fill("2031-07-01T09:30");
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Eva can act for Fay as soon as the access starts.").waitFor();
  await row(page, "eva", "fay").getByText("Scheduled").waitFor();
});

test("a moment that nobody touched stays what it was, also in the hour that comes twice", async ({ open }) => {
  const [gia, hub] = [await person("Gia"), await person("Hub")];
  // Half past one for the second time: the clocks of New York were turned back at two.
  await grant(gia, hub, ["send"], { expires_at: "2031-11-02T06:30:00Z" });
  const page = await open({ as: ADA, timezoneId: "America/New_York" });
  await page.goto(LIST);
  await row(page, "gia", "hub").getByRole("link", { name: /^Edit/ }).click();
  await page.getByLabel(/Login Access/).check();
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Gia's access to Hub's account is changed.").waitFor();
  const { items } = await server.api("GET", "/grants?limit=200", { as: ADA });
  const { expires_at } = items.find((one) => one.grantee.email === gia);
  assert.equal(new Date(expires_at).toISOString(), "2031-11-02T06:30:00.000Z");
});

test("deleting what somebody has just changed shows both states and asks again", async ({ open }) => {
  const [ida, jon] = [await person("Ida"), await person("Jon")];
  await grant(ida, jon, ["send"]);
  const page = await open({ as: ADA, expected: refused(412) });
  await page.goto(LIST);
  await row(page, "ida", "jon").getByRole("link", { name: /^Delete/ }).click();
  await dialog(page).waitFor();
  await elsewhere(open, "ida", "jon", "Edit", (other) => other.getByLabel(/Login Access/).check());
  await dialog(page).getByRole("button", { name: "Delete" }).click();
  await dialog(page).getByText("It has been changed since you looked, and was not deleted.").waitFor();
  assert.deepEqual(await dialog(page).locator("dd.differs").allInnerTexts(), ["No", "Yes"]);
  await axe(page);
  await dialog(page).getByRole("button", { name: "Delete" }).click();
  await page.getByText("Ida can no longer act for Jon.").waitFor();
});

for (const action of ["Edit", "Delete"]) {
  test(`${action}: what somebody has deleted meanwhile is said to be gone`, async ({ open }) => {
    const [kit, lou] = [await person(`Kit${action}`), await person(`Lou${action}`)];
    await grant(kit, lou, ["send"]);
    const [grantee, grantor] = [kit, lou].map((email) => email.split("@")[0]);
    const page = await open({ as: ADA, expected: refused(404) });
    await page.goto(LIST);
    const link = row(page, grantee, grantor).getByRole("link", { name: new RegExp(`^${action}`) });
    const address = await link.getAttribute("href");
    await link.click();
    await dialog(page).waitFor();
    await elsewhere(open, grantee, grantor, "Delete");
    await dialog(page).getByRole("button", { name: action === "Edit" ? "Confirm" : "Delete" }).click();
    await dialog(page).getByText("somebody may have deleted it", { exact: false }).waitFor();
    await dialog(page).getByRole("link", { name: "Back to the list" }).click();
    await dialog(page).waitFor({ state: "detached" });
    // The list below learns it by itself, within a second.
    await row(page, grantee, grantor).waitFor({ state: "detached" });
    await page.goto(address);
    await dialog(page).getByRole("heading", { name: "This relationship is gone" }).waitFor();
    await axe(page);
  });
}

test("a chosen set that has changed is shown anew, with what has changed", async ({ open }) => {
  const boss = await person("Chief");
  const names = ["Mia", "Ned", "Ola"];
  for (const name of names) await grant(await person(name), boss, ["send"], { reason: "chosen" });
  const page = await open({ as: ADA, expected: refused(409) });
  await page.goto(`${LIST}?q=chosen`);
  await page.getByLabel("Select all rows on this page").check();
  await page.getByText("Bulk Options").click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog(page).getByText("Delete 3 relationships?").waitFor();
  await elsewhere(open, "mia", "chief", "Edit", (other) => other.getByLabel(/Login Access/).check());
  await elsewhere(open, "ned", "chief", "Delete");
  await dialog(page).getByRole("button", { name: "Delete 3 relationships" }).click();
  await dialog(page).getByText("Mia acting for Chief was changed; now with Login Access and Send Access.").waitFor();
  await dialog(page).getByText("1 relationship is not there any more.").waitFor();
  await axe(page);
  await dialog(page).getByRole("button", { name: "Delete 2 relationships" }).click();
  await page.getByText("2 relationships deleted.").waitFor();
  // The filter is still there, and in the address.
  await page.getByText("Nothing matches").waitFor();
  assert.equal(new URL(page.url()).search, "?q=chosen");
});

test("rows come in pages whose size is remembered, and files have all of them", async ({ open }) => {
  const owner = await person("Owner");
  for (let index = 10; index < 40; index++) await grant(await person(`Page${index}`), owner, ["send"], { reason: "many" });
  const page = await open({ as: ADA });
  await page.goto(`${LIST}?q=many&sort=grantee_name`);
  await page.getByLabel("Rows per page").selectOption("25");
  await page.waitForURL(/size=25/);
  assert.equal(await page.locator("tbody tr").count(), 25);
  await page.locator("input.row-select").first().check();
  await page.getByRole("link", { name: "Next page" }).click();
  await row(page, "page39", "owner").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 5);
  assert.equal(await page.locator("input.row-select:checked").count(), 0);
  // What is on the last page goes: the first one is shown instead.
  await page.getByLabel("Select all rows on this page").check();
  await page.getByText("Bulk Options").click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Delete 5 relationships" }).click();
  await page.getByText("5 relationships deleted.").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 25);
  // Without a size in the address it is the one that was chosen last.
  await page.goto(`${LIST}?q=page`);
  assert.equal(await page.locator("tbody tr").count(), 25);
  assert.equal(await page.getByLabel("Rows per page").inputValue(), "25");
  await page.goto(`${LIST}?q=many&size=50`);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  let csv = "";
  for await (const chunk of await (await download).createReadStream()) csv += chunk;
  assert.equal(csv.trim().split("\r\n").length, 26);
  await page.getByLabel("Unused for 90 days").check();
  await page.waitForURL(/unused=90/);
  await page.getByText("Nothing matches").waitFor();
});

test("whoever lacks the permission is told which", async ({ open }) => {
  const page = await open({ as: "ben@acme.example", expected: refused(403) });
  await page.goto(LIST);
  await page.getByText('Your role does not allow this: it takes the permission "Manage user impersonation".', { exact: false }).waitFor();
});
