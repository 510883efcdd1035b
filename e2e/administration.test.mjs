import assert from "node:assert/strict";

import { axe, noSidewaysScroll, PASSWORD, server, setUp, signIn, test } from "./harness.mjs";

setUp();

const ADA = { as: "ada@acme.example" };
const status = (number, pattern = ".*") => [new RegExp(`answer ${number}: \\w+ ${pattern}`), new RegExp(`status of ${number}`)];

const people = async () => (await server.api("GET", "/users?limit=100", ADA)).items;
const person = async (name) => (await people()).find((one) => one.name === name);
const notice = (page, text) => page.locator("[data-notice]").getByText(text).waitFor();

test("a switch of a role applies at once, for whoever holds it", async ({ open }) => {
  const page = await open(ADA);
  const eli = await open({ as: "eli@acme.example", expected: status(403) });
  assert.equal((await eli.goto("/settings/user-impersonation")).status(), 403);
  await page.goto("/settings/roles");
  const flip = page.getByRole("switch", { name: "Manage user impersonation for Member" });
  assert.equal(await flip.getAttribute("aria-checked"), "false");
  await flip.focus();
  await page.keyboard.press("Space");
  await notice(page, "Manage user impersonation is on for Member.");
  assert.equal(await flip.getAttribute("aria-checked"), "true");
  assert.equal((await eli.goto("/settings/user-impersonation")).status(), 200);
  await flip.click();
  await notice(page, "Manage user impersonation is off for Member.");
  // The open page knows by itself.
  await eli.getByRole("heading", { name: "This is not allowed" }).waitFor();
  assert.ok(await page.getByRole("link", { name: "Holders of Admin: Ada" }).isVisible());
});

test("a switch that somebody else has flipped meanwhile does nothing and says so", async ({ open }) => {
  const page = await open({ ...ADA, javaScriptEnabled: false, expected: status(412) });
  await page.goto("/settings/roles");
  const other = await open(ADA);
  await other.goto("/settings/roles");
  await other.getByRole("switch", { name: "Read audit log for Support lead" }).click();
  await notice(other, "Read audit log is on for Support lead.");
  await page.getByRole("switch", { name: "Manage user impersonation for Support lead" }).click();
  await page.getByRole("alert").getByText("Somebody changed this role meanwhile").waitFor();
  const role = page.getByRole("switch", { name: "Manage user impersonation for Support lead" });
  assert.equal(await role.getAttribute("aria-checked"), "true");
});

test("roles are made, renamed and deleted; one that is held stays", async ({ open }) => {
  const page = await open({ ...ADA, expected: status(409) });
  await page.goto("/settings/roles");
  await page.getByRole("link", { name: "New role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("support lead");
  await dialog.getByRole("checkbox", { name: /Read audit log/ }).check();
  await dialog.getByRole("button", { name: "Make role" }).click();
  await dialog.locator("#role-name-error").getByText("already in use").waitFor();
  assert.ok(await dialog.getByRole("checkbox", { name: /Read audit log/ }).isChecked());
  await dialog.getByLabel("Name").fill("Auditors");
  await page.keyboard.press("Enter");
  await notice(page, "The role Auditors is made.");
  await page.getByRole("link", { name: "Rename Auditors" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Revision");
  await page.getByRole("button", { name: "Rename" }).click();
  await notice(page, "The role is called Revision now.");
  await page.getByRole("link", { name: "Delete Revision" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await notice(page, "The role Revision is deleted.");
  await page.getByRole("link", { name: "Delete Support lead" }).click();
  await page.getByRole("dialog").getByText("1 person holds this role.").waitFor();
  assert.equal(await page.getByRole("dialog").getByRole("button", { name: "Delete" }).count(), 0);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("below Enterprise the built-in roles are shown, and one sentence says what Enterprise adds", async ({ open }) => {
  const page = await open({ as: "olga@birch.example" });
  await page.goto("/settings/roles");
  await page.getByText("Enterprise adds roles of your own").waitFor();
  assert.equal(await page.getByRole("switch").count(), 0);
  assert.equal(await page.locator("#roles tbody tr").count(), 2);
});

test("the last administrator stays, and the dialog says why", async ({ open }) => {
  const page = await open({ ...ADA, expected: status(409) });
  await page.goto("/settings/people");
  await page.getByRole("link", { name: "Edit Ada" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Role").selectOption({ label: "Member" });
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByRole("alert").getByText("This is the last active administrator").waitFor();
  await dialog.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("link", { name: "Remove Ada" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await dialog.getByRole("alert").getByText("This is the last active administrator").waitFor();
});

test("a person is added, protected, deactivated and removed, and their sessions end", async ({ open }) => {
  const page = await open({ ...ADA, expected: status(422) });
  await page.goto("/settings/people");
  await page.getByRole("link", { name: "Add a person" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Zoe Marsh");
  await dialog.getByLabel("Email").fill("zoe@acme.example");
  await dialog.getByLabel("First password").fill("short");
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.locator("#person-password-error").getByText("12 to 256 characters").waitFor();
  assert.equal(await dialog.getByLabel("Name").inputValue(), "Zoe Marsh");
  await dialog.getByLabel("First password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Add" }).click();
  await notice(page, "Zoe Marsh is added.");

  const grant = { grantee_email: "zoe@acme.example", grantor_email: "cleo@acme.example", access: ["login"] };
  await server.api("POST", "/grants", { ...ADA, body: grant });
  const zoe = await open({ as: "zoe@acme.example", expected: status(403).concat(status(401)) });
  await zoe.locator("#profile > summary").click();
  await zoe.getByRole("button", { name: "Log in as Cleo" }).click();
  await zoe.locator(".session-banner").waitFor();
  // What is for administrators is refused by its address, as whoever one is.
  for (const path of ["roles", "people", "channels", "organization", "sessions", "audit-log"]) {
    assert.equal((await zoe.goto(`/settings/${path}`)).status(), 403, path);
  }
  await zoe.goto("/channels");

  await page.getByRole("link", { name: "Edit Cleo" }).click();
  await dialog.getByRole("checkbox", { name: /Never to be impersonated/ }).check();
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await notice(page, "Cleo is changed.");
  await zoe.getByRole("dialog").getByText("The account is now protected").waitFor();
  await zoe.getByRole("dialog").getByRole("link", { name: "Return to my account" }).click();
  await zoe.getByText("The login session has ended").waitFor();
  await zoe.getByRole("link", { name: "Return to my account" }).click();
  await zoe.waitForURL("**/channels**");

  await page.getByRole("link", { name: "Edit Zoe Marsh" }).click();
  await dialog.getByRole("radio", { name: /Deactivated/ }).check();
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await notice(page, "Zoe Marsh is changed.");
  await zoe.getByRole("heading", { name: "You are signed out" }).waitFor();
  await page.getByLabel("State").selectOption("deactivated");
  await page.waitForURL("**state=deactivated**");
  assert.equal(await page.locator("#people tbody tr").count(), 1);
  await page.getByRole("link", { name: "Remove Zoe Marsh" }).click();
  await dialog.getByText("1 relationship").waitFor();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await notice(page, "Zoe Marsh is removed.");
  assert.equal(await person("Zoe Marsh"), undefined);
  assert.match(page.url(), /state=deactivated/);

  const cleo = await person("Cleo");
  await server.api("PATCH", `/users/${cleo.id}`, { ...ADA, body: { protected: false }, headers: { "If-Match": `"${cleo.version}"` } });
});

test("a person whom somebody else has changed meanwhile: both states are shown", async ({ open }) => {
  const page = await open({ ...ADA, expected: status(412) });
  await page.goto("/settings/people");
  await page.getByRole("link", { name: "Edit Eli" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Eli Sato");
  const eli = await person("Eli");
  await server.api("PATCH", `/users/${eli.id}`, { ...ADA, body: { name: "Elias" }, headers: { "If-Match": `"${eli.version}"` } });
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByText("Somebody changed this person while you were editing").waitFor();
  await dialog.getByText("Elias", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Apply mine" }).click();
  await notice(page, "Eli Sato is changed.");
});

test("a password that an administrator sets signs the person out and lets them in", async ({ open }) => {
  const page = await open(ADA);
  const dina = await open({ as: "dina@acme.example" });
  await page.goto("/settings/people");
  await page.getByRole("link", { name: "Set the password of Dina" }).click();
  await page.getByRole("dialog").getByLabel("New password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Set password" }).click();
  await notice(page, "The password of Dina is set.");
  await dina.getByRole("heading", { name: "You are signed out" }).waitFor();
  await signIn(dina, "dina@acme.example");
});

test("without script a channel is made, and people come and go", async ({ open }) => {
  const page = await open({ ...ADA, javaScriptEnabled: false, expected: status(422) });
  await page.goto("/settings/channels");
  await page.getByRole("link", { name: "New channel" }).click();
  await page.getByLabel("Name").fill("harbour");
  await page.getByRole("button", { name: "Make channel" }).click();
  await page.getByRole("heading", { name: "Members of #harbour" }).waitFor();
  await page.getByLabel("Add a person").fill("nobody@acme.example");
  await page.getByRole("button", { name: "Add" }).click();
  await page.locator("#member-email-error").getByText("Nobody in the organization").waitFor();
  assert.equal(await page.getByLabel("Add a person").inputValue(), "nobody@acme.example");
  await page.getByLabel("Add a person").fill("Ben@acme.example");
  await page.getByRole("button", { name: "Add" }).click();
  await notice(page, "Ben is in harbour now.");
  await page.getByRole("button", { name: "Remove Ben from harbour" }).click();
  await notice(page, "Ben is no longer in this channel.");
  assert.equal(await page.locator("#members tbody tr").count(), 1);
});

test("the organization's settings are changed, unless somebody else was faster", async ({ open }) => {
  const page = await open({ ...ADA, expected: status(412) });
  const other = await open(ADA);
  for (const one of [page, other]) await one.goto("/settings/organization");
  await page.getByLabel("A login session lasts at most").selectOption("30");
  await other.getByLabel("Name").fill("Acme Field Services");
  await other.getByRole("button", { name: "Save" }).click();
  await notice(other, "The organization's settings are changed.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("Somebody changed the settings").waitFor();
  assert.equal(await page.getByLabel("A login session lasts at most").inputValue(), "30");
  await page.getByRole("link", { name: "Keep theirs" }).click();
  await page.waitForURL("**/settings/organization");
  assert.equal(await page.getByLabel("Name").inputValue(), "Acme Field Services");
  assert.equal(await page.getByLabel("A login session lasts at most").inputValue(), "60");
});

test("whoever is no administrator sees none of it", async ({ open }) => {
  const page = await open({ as: "ben@acme.example", expected: status(403) });
  for (const path of ["roles", "roles/new", "people", "people/new", "channels", "channels/new", "organization"]) {
    assert.equal((await page.goto(`/settings/${path}`)).status(), 403, path);
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`the pages of administration keep nobody out, ${colorScheme}`, async ({ open }) => {
    const page = await open({ ...ADA, colorScheme });
    const { id } = await person("Ben");
    const channel = (await server.api("GET", "/channels", ADA)).items[0].id;
    const role = (await server.api("GET", "/roles", ADA)).items.find((one) => one.name === "Support lead").id;
    const paths = ["roles", "roles/new", `roles/${role}/rename`, `roles/${role}/delete`, "people", "people/new"];
    paths.push(...["edit", "password", "remove"].map((what) => `people/${id}/${what}`));
    paths.push("channels", "channels/new", `channels/${channel}`, "organization", "sessions");
    for (const path of paths) {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(`/settings/${path}`);
        await noSidewaysScroll(page);
        await axe(page);
      }
    }
  });
}
