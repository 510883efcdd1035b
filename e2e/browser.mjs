// Chromium, as Debian has it.

import { accessSync, constants } from "node:fs";
import path from "node:path";

import "./scratch.mjs";
import { chromium } from "playwright-core";

/** Whom the pages are shown to, unless a test says otherwise. */
export const READER = {
  viewport: { width: 1280, height: 800 },
  deviceScaleFactor: 1,
  reducedMotion: "reduce",
  timezoneId: "Europe/Berlin",
  locale: "en-GB",
};

const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];

function find() {
  if (process.env.IMP_CHROMIUM) return process.env.IMP_CHROMIUM;
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const name of NAMES) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error("there is no Chromium; install it (Debian: apt-get install chromium), or name it in IMP_CHROMIUM");
}

/** A browser without a window, that asks nobody for anything but the pages. */
export function launch() {
  const quiet = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
  ];
  // Chromium's own sandbox does not work for root, as in containers.
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  // Signals are seen to in scratch.mjs. playwright-core ends its browsers on `exit`.
  const signals = { handleSIGHUP: false, handleSIGINT: false, handleSIGTERM: false };
  return chromium.launch({ executablePath: find(), args: [...quiet, ...asRoot], ...signals });
}
