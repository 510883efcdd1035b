// What other sites can do: link here, and nothing else.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before } from "node:test";

import { server, setUp, test } from "./harness.mjs";

setUp();

/** Another site: `localhost` is one to a page of `127.0.0.1`. */
let elsewhere;
before(async () => {
  elsewhere = createServer((request, answer) => {
    answer.setHeader("content-type", "text/html; charset=utf-8");
    const target = new URL(request.url, "http://localhost").searchParams.get("target");
    const pages = {
      "/link": `<a href="${target}">to the console</a>`,
      "/frame": `<iframe src="${target}" title="console"></iframe>`,
      "/form": `<form method="post" action="${target}"><input name="subject" value="x"><button>win a prize</button></form>`,
    };
    answer.end(`<!doctype html><title>elsewhere</title>${pages[request.url.split("?")[0]] ?? ""}`);
  });
  await new Promise((resolve) => elsewhere.listen(0, "localhost", resolve));
});
after(() => new Promise((resolve) => elsewhere.close(resolve)));

const at = (kind, path) =>
  `http://localhost:${elsewhere.address().port}/${kind}?target=${encodeURIComponent(server.url + path)}`;

// The other site is foreign on purpose.
const FOREIGN = [/foreign request: http:\/\/localhost/, /answer 404: GET \/favicon.ico/, /status of 404/];

test("a link from elsewhere finds whoever is signed in", async ({ open }) => {
  const page = await open({ as: "ben@acme.example", expected: FOREIGN });
  await page.goto(at("link", "/account/delegated-access"));
  await page.getByText("to the console").click();
  await page.waitForURL("**/account/delegated-access");
  await page.locator("#profile").getByText("Ben", { exact: true }).first().waitFor();
});

test("w3: nobody can frame a page", async ({ open }) => {
  const page = await open({ as: "ben@acme.example", expected: [...FOREIGN, /frame-ancestors|refused to connect|Refused to frame|ERR_BLOCKED_BY_RESPONSE/] });
  await page.goto(at("frame", "/channels"));
  const [, frame] = page.frames();
  await frame.waitForLoadState().catch(() => {});
  assert.ok(!(await frame.content()).includes("Ben"));
  assert.match(frame.url(), /chrome-error|about:blank/);
});

test("w1: a form of another site does nothing", async ({ open }) => {
  const page = await open({ as: "ben@acme.example", expected: [...FOREIGN, /answer 403: POST/, /status of 403/] });
  for (const target of ["/sign-out", "/login-sessions"]) {
    await page.goto(at("form", target));
    await page.getByText("win a prize").click();
    await page.getByText("The form was sent by another site").waitFor();
  }
  await page.goto("/account/delegated-access");
  await page.locator("#profile").waitFor();
});
