import assert from "node:assert/strict";

import { axe, noSidewaysScroll, server, setUp, test } from "./harness.mjs";

setUp({ empty: true });

const REFUSED = [/answer 422: POST \/set-up\//, /status of 422/];
const GONE = [/answer 404: (GET|POST) \/set-up\//, /status of 404/];

/** The link that the server has printed, as the browser gets it. */
const link = () => new URL(/(http\S+\/set-up\/\S+)/.exec(server.text)[1]).pathname;

const fill = async (page, password) => {
  await page.getByLabel("Organization name").fill("Harbour Works");
  await page.getByRole("radio", { name: /Enterprise/ }).check();
  await page.getByLabel("Your name").fill("Gudrun Hale");
  await page.getByLabel("Email").fill("gudrun@harbour.example");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create organization" }).click();
};

test("another link than the printed one shows nothing", async ({ open }) => {
  const page = await open({ expected: GONE });
  for (const token of ["x", `${"imp_set_"}${"0".repeat(64)}`]) {
    const answer = await page.goto(`/set-up/${token}`);
    assert.equal(answer.status(), 404);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`the first page keeps nobody out, ${colorScheme}`, async ({ open }) => {
    const page = await open({ colorScheme });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(link());
      await axe(page);
      await noSidewaysScroll(page);
    }
  });
}

test("without script, what cannot be taken is said beside its field and nothing typed is lost", async ({ open }) => {
  const page = await open({ javaScriptEnabled: false, expected: REFUSED });
  await page.goto(link());
  await fill(page, "short");
  await page.locator("#password-error").getByText("12 to 256 characters").waitFor();
  assert.equal(await page.getByLabel("Organization name").inputValue(), "Harbour Works");
  assert.ok(await page.getByRole("radio", { name: /Enterprise/ }).isChecked());
  assert.equal(await page.getByLabel("Password").inputValue(), "");
});

test("the first administrator is signed in at once, and the link is gone", async ({ open }) => {
  const page = await open();
  await page.goto(link());
  await fill(page, "a few words to remember");
  await page.waitForURL("**/settings/user-impersonation");
  await page.getByText("Nobody acts for anybody yet").waitFor();
  await page.goto("/settings/people");
  await page.locator("#people").getByText("gudrun@harbour.example").waitFor();
  const other = await open({ expected: GONE });
  const answer = await other.goto(link());
  assert.equal(answer.status(), 404);
  const token = link().split("/").at(-1);
  const times = (text) => text.split(token).length - 1;
  assert.ok(times(server.text) > 0);
  assert.equal(times(server.log()), times(server.text), "the token is in the log");
});
