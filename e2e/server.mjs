// A server of one's own: the real program, on a store that nobody else uses.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { SCRATCH } from "./scratch.mjs";

const PATIENCE = 30_000;

/** The root of the workspace. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The one that `cargo xtask e2e` names, else what cargo has built last. */
function program() {
  const target = path.resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
  const file = process.env.IMP_SERVER_BINARY ?? path.join(target, "debug/impersonation-server");
  if (!existsSync(file)) throw new Error(`there is no server ${file}; \`cargo xtask e2e\` builds it and runs the tests`);
  return file;
}

/** The printed welcome, once the server is up. */
function welcome(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    const give = (action) => {
      clearTimeout(timer);
      action();
    };
    const timer = setTimeout(() => give(() => reject(new Error(`the server is not up: ${said}`))), PATIENCE);
    const listen = (chunk) => {
      said += chunk;
      if (/console +http:\/\/\S+/.test(said) && /\n\s*$/.test(said)) give(() => resolve(said));
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", (chunk) => (said += chunk));
    child.on("exit", (code) => give(() => reject(new Error(`the server ended with ${code}: ${said}`))));
  });
}

/**
 * Starts a server: the demo, or with `empty: true` one on an empty store. `env` adds settings.
 * The answer has `url`, `text` (what it printed when it was up), `log()` (all that it has said since),
 * `api` and `stop`.
 */
export async function start({ empty = false, env = {} } = {}) {
  const folder = await mkdtemp(path.join(SCRATCH, "server-"));
  const settings = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    IMP_LISTEN: "127.0.0.1:0",
    IMP_METRICS_LISTEN: "127.0.0.1:0",
    IMP_SIGN_IN__ATTEMPTS_PER_MINUTE: "6000",
    IMP_SIGN_IN__ATTEMPTS_AT_ONCE: "1000",
    ...env,
  };
  const child = spawn(program(), empty ? ["serve"] : ["serve", "--demo"], { cwd: folder, env: settings });
  // Nobody may be left to stop it properly, as after an interrupt. Its store is thrown away anyway.
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  const text = await welcome(child);
  const url = /console +(http:\/\/\S+)/.exec(text)[1];
  // An open page that nobody reads must not keep the server from ending.
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(kill, 10_000);
      await ended;
      clearTimeout(timer);
    }
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };
  return { url, text, log: () => log, folder, stop, api: client(url) };
}

/** The JSON API, to arrange things: `await server.api("GET", "/grants", { as: "ada@acme.example" })`. */
function client(url) {
  const tokens = new Map();
  const call = async (method, address, { as, body, headers = {} } = {}) => {
    if (as && !tokens.has(as)) {
      const signedIn = await call("POST", "/sign-in", { body: { email: as, password: "impersonate-me" } });
      tokens.set(as, signedIn.token);
    }
    const authorization = as ? { Authorization: `Bearer ${tokens.get(as)}` } : {};
    const type = body === undefined ? {} : { "Content-Type": "application/json" };
    const answer = await fetch(`${url}/api/v1${address}`, {
      method,
      headers: { ...authorization, ...type, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${text}`);
    return text && (answer.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : text;
  };
  return call;
}
