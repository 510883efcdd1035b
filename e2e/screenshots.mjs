// The screenshots of docs/console.md: the demo's pages, light and dark, always the same way.

import { mkdir } from "node:fs/promises";

import { launch } from "./browser.mjs";
import { PASSWORD } from "./harness.mjs";
import { PAGES, prepare } from "./pages.mjs";
import { start } from "./server.mjs";

const FOLDER = "docs/images/console";

await mkdir(FOLDER, { recursive: true });
const server = await start();
const browser = await launch();
try {
  const world = await prepare(server);
  for (const colorScheme of ["light", "dark"]) {
    for (const { name, as, path, steps, viewport = { width: 1280, height: 800 } } of PAGES) {
      const context = await browser.newContext({
        baseURL: server.url,
        viewport,
        colorScheme,
        reducedMotion: "reduce",
        timezoneId: "Europe/Berlin",
        locale: "en-GB",
      });
      const page = await context.newPage();
      if (as) {
        await page.goto("/sign-in");
        await page.getByLabel("Email").fill(as);
        await page.getByLabel("Password").fill(PASSWORD);
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.waitForURL((url) => url.pathname !== "/sign-in");
      }
      if (path) await page.goto(typeof path === "function" ? path(world) : path);
      await steps?.(page, world);
      await page.screenshot({ path: `${FOLDER}/${name}-${colorScheme}.png`, caret: "hide", animations: "disabled" });
      await context.close();
      console.log(`${FOLDER}/${name}-${colorScheme}.png`);
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
