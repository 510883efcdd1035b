import assert from "node:assert/strict";

import { axe, noSidewaysScroll, PASSWORD, server, setUp, test } from "./harness.mjs";

setUp();

const ADA = "ada@acme.example";
const BEN = "ben@acme.example";
const CLEO = "cleo@acme.example";
const HERE = "/account/delegated-access";

const listening = (page) => page.waitForFunction(() => document.documentElement.dataset.news === "on");

async function logIn(page) {
  await page.locator("#profile > summary").click();
  await page.getByRole("button", { name: "Log in as Cleo" }).click();
  await page.locator(".session-banner").waitFor();
}

async function grantOf(grantor) {
  const { items } = await server.api("GET", "/grants", { as: ADA });
  return items.find((grant) => grant.grantor.email === grantor);
}

const remove = async ({ id }) => server.api("DELETE", `/grants/${id}`, { as: ADA, headers: { "If-Match": "*" } });

const give = ({ grantor, grantee, access }) => server.api("POST", "/grants", {
  as: ADA, body: { grantor_email: grantor.email, grantee_email: grantee.email, access },
});

const OVER = [/answer 403/, /status of 403/];

test("when the grant goes, the session's page says so and why within a second, and what is typed stays", async ({ open }) => {
  const ben = await open({ as: BEN, expected: OVER });
  await logIn(ben);
  await listening(ben);
  await ben.locator("#composer-text").fill("Half a sentence that must not be lo");
  const grant = await grantOf(CLEO);
  await remove(grant);
  const since = Date.now();
  const dialog = ben.getByRole("dialog", { name: "Your session as Cleo has ended" });
  await dialog.waitFor();
  assert.ok(Date.now() - since < 1000, `it took ${Date.now() - since} ms`);
  await dialog.getByText("Your access to this account was removed.").waitFor();
  assert.equal(await dialog.getByLabel("What you were writing").inputValue(), "Half a sentence that must not be lo");
  await axe(ben);
  // There is no way round it: whatever is asked next is refused.
  const status = await ben.evaluate(async () => (await fetch("/channels")).status);
  assert.equal(status, 403);
  await ben.reload();
  await ben.locator("#profile > summary").click();
  assert.equal(await ben.getByRole("button", { name: "Log in as Cleo" }).count(), 0);
  await give({ ...grant, access: ["login", "send"] });
  // The open menu learns of the new grant by itself.
  await ben.getByRole("button", { name: "Log in as Cleo" }).waitFor();
});

test("a message that is sent when access is gone already is refused and kept", async ({ open }) => {
  const ben = await open({ as: BEN, expected: OVER, javaScriptEnabled: false });
  await logIn(ben);
  await ben.locator("#composer-text").fill("Too late, but not lost");
  const grant = await grantOf(CLEO);
  await remove(grant);
  await ben.getByRole("button", { name: "Send" }).click();
  await ben.getByText("Your access to this account was removed.").waitFor();
  assert.equal(await ben.locator("textarea").inputValue(), "Too late, but not lost");
  await ben.getByRole("link", { name: "Return to my account" }).click();
  await ben.locator("#profile > summary").click();
  assert.equal(await ben.locator(".session-banner").count(), 0);
  await give({ ...grant, access: ["login", "send"] });
});

test("the owner sees who is logged in, ends it, and reads what was done", async ({ open }) => {
  const [cleo, ben] = await Promise.all([open({ as: CLEO }), open({ as: BEN, expected: OVER })]);
  await cleo.goto(HERE);
  await listening(cleo);
  await ben.goto(HERE);
  await ben.locator("#accounts").getByRole("button", { name: "Log in as Cleo" }).click();
  await ben.locator(".session-banner").waitFor();
  await listening(ben);
  const live = cleo.getByRole("region", { name: "Who is logged in as you now" });
  await live.getByText(BEN).waitFor();
  await axe(cleo);
  await live.getByRole("button", { name: /End now/ }).click();
  await cleo.getByText("The login session has ended.").waitFor();
  await ben.getByRole("dialog").getByText("The owner of the account ended the session.").waitFor();
  const past = cleo.getByRole("region", { name: "Past sessions in your account" });
  await past.getByText("You ended the session.").waitFor();
  const deeds = cleo.locator("#deeds");
  for (const said of ["Ben logged in as you", "Ben read the messages in #deals", "Ada gave Ben access to your account"]) {
    await deeds.locator("li", { hasText: said }).first().waitFor();
  }
  const mine = await deeds.locator("li b").allInnerTexts();
  assert.ok(!mine.includes("Cleo"), "only what others did");
  assert.match(await past.getByRole("link", { name: /What they did/ }).first().getAttribute("href"), /^\/settings\/audit-log\/sessions\//);
});

test("a start that is refused says why, and one stays in one's own account", async ({ open }) => {
  const ben = await open({ as: BEN, expected: OVER.concat([/answer 409/, /status of 409/]) });
  await ben.goto(HERE);
  const grant = await grantOf(CLEO);
  const { id } = grant.grantor;
  for (let number = 0; number < 5; number += 1) {
    await server.api("POST", "/login-sessions", { as: BEN, body: { subject_id: id } });
  }
  await ben.locator("#accounts").getByRole("button", { name: "Log in as Cleo" }).click();
  await ben.getByRole("alert").getByText("You have 5 live login sessions already; end one first.").waitFor();
  await axe(ben);
  await ben.getByRole("button", { name: /End now/ }).first().click();
  await ben.getByText("The login session has ended.").waitFor();
  await ben.evaluate(() => document.querySelector("#accounts").removeAttribute("data-live-topics"));
  await remove(grant);
  await ben.locator("#accounts").getByRole("button", { name: "Log in as Cleo" }).click();
  await ben.getByRole("heading", { name: "You are still in your own account" }).waitFor();
  await ben.getByRole("alert").getByText("No grant gives this access").waitFor();
  await give({ ...grant, access: ["login", "send"] });
});

test("a password is changed by whoever knows the old one, never inside a login session", async ({ open }) => {
  const eli = await open({ as: "eli@acme.example", expected: [/answer 422/, /status of 422/] });
  const change = async (current, next, again) => {
    await eli.getByLabel("Current password").fill(current);
    await eli.getByLabel("New password", { exact: true }).fill(next);
    await eli.getByLabel("New password, once more").fill(again);
    await eli.getByRole("button", { name: "Change password" }).click();
  };
  await eli.goto("/account/password");
  await change(PASSWORD, "short", "short");
  await eli.locator("#new-error").waitFor();
  await axe(eli);
  await change(PASSWORD, "impersonate-you", "impersonate-them");
  await eli.getByText("This is not the same as the new password.").waitFor();
  await change("something else", "impersonate-you", "impersonate-you");
  await eli.locator("#current-error").getByText("The current password is wrong").waitFor();
  assert.equal(await eli.evaluate(() => document.activeElement.id), "current");
  await change(PASSWORD, "impersonate-you", "impersonate-you");
  await eli.getByText("Your password is changed. Your other sessions have ended.").waitFor();
  await eli.goto("/channels");
  await eli.locator("#composer-text").waitFor();
});

test("without script the page shows the same, and sessions are ended all the same", async ({ open }) => {
  const [ben, cleo] = await Promise.all([BEN, CLEO].map((as) => open({ as, javaScriptEnabled: false })));
  await logIn(ben);
  await cleo.goto(HERE);
  await cleo.getByRole("button", { name: /End now/ }).first().click();
  await cleo.getByText("The login session has ended.").waitFor();
});

test("where the plan has no impersonation there is no such page", async ({ open }) => {
  const sam = await open({ as: "sam@solo.example", expected: OVER });
  await sam.getByRole("heading", { name: "You are in no channel yet" }).waitFor();
  assert.equal(await sam.getByRole("link", { name: "Delegated access" }).count(), 0);
  await sam.goto(HERE);
  await sam.getByText("The organization's plan does not include user impersonation").waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  test(`the pages of my account keep nobody out, narrow and wide, ${colorScheme}`, async ({ open }) => {
    const [ben, cleo] = await Promise.all([BEN, CLEO].map((as) => open({ as, colorScheme })));
    await logIn(ben);
    for (const page of [ben, cleo]) {
      for (const address of [HERE, ...(page === cleo ? ["/account/password"] : [])]) {
        await page.goto(address);
        for (const width of [360, 1280]) {
          await page.setViewportSize({ width, height: 740 });
          await axe(page);
          await noSidewaysScroll(page);
        }
      }
    }
    await ben.getByRole("button", { name: "Return to my account" }).first().click();
    await ben.getByText("You are back in your own account.").waitFor();
  });
}
