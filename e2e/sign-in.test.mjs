import assert from "node:assert/strict";

import { axe, noSidewaysScroll, PASSWORD, server, setUp, signIn, test } from "./harness.mjs";

setUp();

const REFUSED = [/answer 401: POST \/sign-in/, /status of 401/];

test("signing in with the keyboard alone leads to the page that was asked for", async ({ open }) => {
  const page = await open();
  await page.goto("/account/delegated-access");
  assert.match(page.url(), /\/sign-in\?return_to=/);
  await page.keyboard.type("ben@acme.example");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/account/delegated-access");
});

test("every page of the menus asks who one is, and is shown afterwards", async ({ open }) => {
  const ben = await open({ as: "ben@acme.example" });
  const links = await ben.locator(".sidenav a, #profile a").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  const addresses = [...new Set(links)];
  assert.ok(addresses.length > 2, `the menus have ${addresses}`);
  const page = await open();
  for (const address of [...addresses, `${addresses[0]}?a=1&b=%26`]) {
    await page.goto(address);
    await page.waitForURL("**/sign-in?return_to=*");
    await signIn(page, "ben@acme.example", page.url());
    assert.equal(page.url(), server.url + address);
    await page.context().clearCookies();
  }
});

test("a wrong password says so and keeps the address", async ({ open }) => {
  const page = await open({ expected: REFUSED });
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill("ben@acme.example");
  await page.getByLabel("Password").fill("something else");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("The email address or the password is wrong").waitFor();
  assert.equal(await page.getByLabel("Email").inputValue(), "ben@acme.example");
  assert.equal(await page.evaluate(() => document.activeElement.id), "password");
});

test("signing out ends the session, and Back shows nothing of it", async ({ open }) => {
  const page = await open({ as: "ben@acme.example" });
  await page.locator("#profile > summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  await page.goto("/channels");
  assert.match(page.url(), /\/sign-in/);
});

test("a form survives an expired sign-in", async ({ open }) => {
  const page = await open({ as: "cleo@acme.example", expected: REFUSED.concat([/answer 401: POST/]) });
  await page.goto("/channels");
  await page.locator("textarea[name=body]").fill("What I was writing");
  // The session ends elsewhere while the text is being written.
  await page.evaluate(() => document.querySelector("form.composer").setAttribute("data-plain", ""));
  await page.context().clearCookies();
  await page.locator("form.composer").getByRole("button", { name: "Send" }).click();
  await page.getByText("What you typed is kept").waitFor();
  await page.getByLabel("Email").fill("cleo@acme.example");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("You are signed in again").waitFor();
  assert.equal(await page.locator("textarea").inputValue(), "What I was writing");
  await page.getByRole("button", { name: "Go on with it" }).click();
  await page.locator(".message").getByText("What I was writing").waitFor();
});

test("another site's link leads nowhere else after signing in", async ({ open }) => {
  const page = await open();
  for (const away of ["https://evil.example/", "//evil.example", "/\\evil.example"]) {
    await page.goto(`/sign-in?return_to=${encodeURIComponent(away)}`);
    assert.equal(await page.locator("input[name=return_to]").inputValue(), "/");
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`the sign-in page keeps nobody out, ${colorScheme}`, async ({ open }) => {
    const page = await open({ colorScheme });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto("/sign-in");
      await axe(page);
      await noSidewaysScroll(page);
    }
  });
}

test("without script one signs in and out all the same", async ({ open }) => {
  const page = await open({ javaScriptEnabled: false });
  await signIn(page, "ada@acme.example");
  await page.locator("#profile > summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  assert.ok(server.url);
});
