// Which pages docs/console.md shows, and what happens on the demo before.

/** Arranges the demo: some life, so that the pages have something to show. */
export async function prepare(server) {
  const ada = { as: "ada@acme.example" };
  const ben = { as: "ben@acme.example" };
  const people = (await server.api("GET", "/users?limit=100", ada)).items;
  const id = (name) => people.find((person) => person.name === name).id;
  const channels = (await server.api("GET", "/channels", ben)).items;
  const channel = (name) => channels.find((one) => one.name === name).id;
  const body = { body: "The offer for Harbour Street is out. Three sites, as you asked.", send_as: id("Cleo") };
  await server.api("POST", `/channels/${channel("deals")}/messages`, { ...ben, body });
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString();
  for (const [grantee, grantor, access, more] of [
    ["dina", "eli", ["login"], { reason: "Eli is on parental leave", expires_at: soon }],
    ["ada", "dina", ["send"], {}],
    ["cleo", "ben", ["login", "send"], { starts_at: new Date(Date.now() + 5 * 86_400_000).toISOString() }],
  ]) {
    const grant = { grantee_email: `${grantee}@acme.example`, grantor_email: `${grantor}@acme.example`, access, ...more };
    await server.api("POST", "/grants", { ...ada, body: grant });
  }
  const session = await server.api("POST", "/login-sessions", { ...ben, body: { subject_id: id("Cleo"), reason: "Cleo is out until Monday" } });
  const inside = { headers: { Authorization: `Bearer ${session.token}` } };
  await server.api("GET", `/channels/${channel("deals")}/messages`, inside);
  await server.api("POST", `/channels/${channel("deals")}/messages`, { ...inside, body: { body: "Thank you all. I will confirm on Monday." } });
  await server.api("GET", "/grants", inside).catch(() => {});
  return { id, channel, session: session.login_session?.id ?? session.id };
}

const ADA = "ada@acme.example";
const BEN = "ben@acme.example";
const CLEO = "cleo@acme.example";

/** Logs in as the first account of the profile menu. */
async function logIn(page) {
  await page.locator("#profile > summary").click();
  await page.getByRole("button", { name: /^Log in as/ }).first().click();
  await page.locator(".session-banner").waitFor();
}

/** Name, who looks, where, and what they do there. */
export const PAGES = [
  { name: "sign-in", path: "/sign-in" },
  { name: "user-impersonation", as: ADA, path: "/settings/user-impersonation" },
  {
    name: "selected",
    as: ADA,
    path: "/settings/user-impersonation",
    steps: async (page) => {
      await page.locator("input.row-select").first().check();
      await page.locator("input.row-select").nth(1).check();
      await page.getByText("Bulk Options").click();
    },
  },
  {
    name: "grant-access",
    as: ADA,
    path: "/settings/user-impersonation",
    steps: async (page) => {
      await page.getByRole("link", { name: "Grant Access" }).first().click();
      await page.locator("input[name=grantor_email]").fill("cleo@acme.example");
      await page.locator("input[name=grantee_email]").fill("eli@acme.example");
      await page.getByRole("checkbox", { name: /Login Access/ }).check();
      await page.getByRole("checkbox", { name: /Send Access/ }).check();
      await page.getByText("Eli will be able to").waitFor();
    },
  },
  { name: "roles", as: ADA, path: "/settings/roles" },
  { name: "people", as: ADA, path: "/settings/people" },
  { name: "sessions", as: ADA, path: "/settings/sessions" },
  { name: "audit-log", as: ADA, path: "/settings/audit-log?account=cleo@acme.example" },
  { name: "audit-session", as: ADA, path: ({ session }) => `/settings/audit-log/sessions/${session}` },
  {
    name: "profile-menu",
    as: BEN,
    path: ({ channel }) => `/channels/${channel("general")}`,
    steps: (page) => page.locator("#profile > summary").click(),
  },
  { name: "workspace", as: BEN, path: ({ channel }) => `/channels/${channel("deals")}` },
  {
    name: "login-session",
    as: BEN,
    path: "/channels",
    steps: async (page, { channel }) => {
      await logIn(page);
      await page.goto(`/channels/${channel("deals")}`);
    },
  },
  { name: "delegated-access", as: CLEO, path: "/account/delegated-access" },
  { name: "narrow", as: ADA, path: "/settings/user-impersonation", viewport: { width: 360, height: 740 } },
];
