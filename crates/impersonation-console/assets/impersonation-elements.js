// Two web components over the JSON API, for the pages of any product: <impersonation-menu> lists whose
// account one may use and logs in there, <impersonation-banner> says in whose account one is and leads
// back. They need nothing else. How to use them: docs/embedding.md.

const REFRESH = 30_000;

const TEXTS = {
  menu: "Other accounts", logInAs: "Log in as {name}", banner: "Login session",
  loggedInAs: "You ({actor}) are logged in as {subject}", left: "{time} left", returnToMine: "Return to my account",
  ended: "The session as {subject} has ended. {why}", failed: "This did not work. Try again.",
  absolute_limit: "Its time limit was reached.", idle_limit: "Nothing was done for 15 minutes.",
  ended_by_administrator: "An administrator ended it.", ended_by_owner: "The owner of the account ended it.",
  grant_deleted: "The access to this account was removed.", grant_edited: "The access no longer includes logging in.",
  grant_expired: "The access to this account has expired.",
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: block; font: 14px/20px var(--impersonation-font, system-ui, sans-serif); color: var(--impersonation-text, light-dark(#17181c, #ededf0)); } :host([hidden]), [hidden] { display: none !important; }
button { font: inherit; color: inherit; cursor: pointer; } button:disabled { cursor: progress; opacity: .7; } :focus-visible { outline: 2px solid var(--impersonation-focus, light-dark(#4450d3, #a3adff)); outline-offset: 2px; }
.menu { position: relative; inline-size: fit-content; }
.toggle { padding: 5px 12px; border: 1px solid var(--impersonation-line, light-dark(#d3d4dc, #363943)); border-radius: var(--impersonation-radius, 6px); background: var(--impersonation-surface, light-dark(#fff, #1a1c21)); }
.toggle::after { content: "\\25BE" / ""; margin-inline-start: 6px; } ul { margin: 0; padding: 4px; list-style: none; }
.menu > ul { position: absolute; z-index: 10; inset-block-start: calc(100% + 4px); inset-inline-end: 0; min-inline-size: max-content; max-block-size: 60vh; overflow-y: auto; border: 1px solid var(--impersonation-line, light-dark(#d3d4dc, #363943)); border-radius: var(--impersonation-radius, 6px); background: var(--impersonation-surface, light-dark(#fff, #1a1c21)); box-shadow: 0 8px 24px rgb(0 0 0 / .16); }
li button { display: block; inline-size: 100%; padding: 6px 12px; border: 0; border-radius: 4px; background: none; text-align: start; } li button:hover { background: var(--impersonation-hover, light-dark(#f3f3f6, #26282f)); }
li small { display: block; color: var(--impersonation-soft, light-dark(#585c68, #a5a9b5)); }
.banner { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 8px 16px; padding: 8px 16px; background: var(--impersonation-banner, #ffb000); color: var(--impersonation-banner-text, #1f1604); }
.banner p { margin: 0; } .banner :focus-visible { outline-color: currentColor; }
.banner button { padding: 5px 12px; border: 0; border-radius: var(--impersonation-radius, 6px); background: var(--impersonation-banner-text, #1f1604); color: var(--impersonation-banner-button-text, #fff); }
time { font-variant-numeric: tabular-nums; white-space: nowrap; } .error { margin: 4px 12px; color: var(--impersonation-error, light-dark(#b3261e, #ff9c94)); } .banner .error { color: inherit; font-weight: 600; } `);

/** An element with some properties and children. Text is never markup. */
function make(name, properties = {}, ...children) {
  const { part, ...rest } = properties;
  const element = Object.assign(document.createElement(name), rest);
  if (part) element.setAttribute("part", part);
  element.append(...children);
  return element;
}

/** What the two have in common: how they reach the API, and when they look again. */
class ImpersonationElement extends HTMLElement {
  static observedAttributes = ["api"];

  /** Whether there is nothing more to look for on this page. */
  isDone = false;
  #authorization = null;
  #timer;
  #looking = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    /** Words in place of ours, by the names in TEXTS. */
    this.texts ??= {};
    if (!Object.hasOwn(this, "authorization")) return;
    // The page has set it before this script was there.
    this.#authorization = this.authorization;
    delete this.authorization;
  }

  /** An async function that gives the value of the Authorization header, where the page has it. */
  get authorization() { return this.#authorization; }
  set authorization(value) {
    this.#authorization = value;
    // A look that has begun without it does not count.
    this.#looking = null;
    if (this.isConnected) this.refresh();
  }

  connectedCallback() {
    document.addEventListener("visibilitychange", this);
    this.refresh();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this);
    clearTimeout(this.#timer);
  }

  attributeChangedCallback() { if (this.isConnected) this.refresh(); }

  handleEvent() {
    // Nobody sees a hidden page; it is brought up to date when it is shown.
    if (document.visibilityState === "visible" && !this.isDone) this.refresh();
  }

  /** Looks again. Several calls at once are one. */
  refresh() {
    clearTimeout(this.#timer);
    if (this.#looking) return this.#looking;
    this.isDone = false;
    const looking = this.look().catch((error) => this.#looking === looking && this.fail(error)).finally(() => {
      if (this.#looking === looking) this.#looking = null;
      clearTimeout(this.#timer);
      if (this.isConnected) this.#timer = setTimeout(() => this.handleEvent(), REFRESH);
    });
    return (this.#looking = looking);
  }

  say(name, values = {}) {
    const text = this.texts?.[name] ?? TEXTS[name] ?? "";
    return text.replaceAll(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  }

  async request(path, { method = "GET", body } = {}) {
    const base = (this.getAttribute("api") ?? "/api/v1").replace(/\/+$/, "");
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (this.authorization) headers.Authorization = await this.authorization();
    const options = { method, headers, body: body && JSON.stringify(body), credentials: "same-origin", cache: "no-store" };
    const answer = await fetch(base + path, options);
    if (answer.status === 204) return null;
    const value = /[/+]json\b/.test(answer.headers.get("content-type")) ? await answer.json() : {};
    if (answer.ok) return value;
    throw Object.assign(new Error(value.detail ?? ""), { status: answer.status, code: value.code });
  }

  /** Tells the page, which may see to what follows itself; otherwise it is loaded again. */
  tell(name, detail) {
    const event = new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true });
    if (this.dispatchEvent(event)) location.reload();
  }

  /** Shows what went wrong. That nobody is signed in is nothing wrong: there is nothing to show. */
  fail(error) {
    if (error.status === 401) return this.clear();
    const message = (error.status && error.message) || this.say("failed");
    this.shadowRoot.querySelector(".error")?.remove();
    const place = this.shadowRoot.querySelector(".error-place") ?? this.shadowRoot;
    const text = message.charAt(0).toUpperCase() + message.slice(1);
    place.append(make("p", { className: "error", part: "error", role: "alert" }, text));
  }

  clear() { this.shadowRoot.replaceChildren(); }
}

/** Lists "Log in as …" for every account that one may log in to. */
export class ImpersonationMenu extends ImpersonationElement {
  #shown = "";

  async look() {
    let accounts = [];
    try {
      accounts = (await this.request("/me/accounts")).items;
    } catch (error) {
      // Inside a login session, and without the feature, there is nothing to choose from; and asking
      // again and again in the session would be a use of it.
      this.isDone = ["in_login_session", "plan_excludes_impersonation"].includes(error.code);
      if (!this.isDone) throw error;
    }
    accounts = accounts.filter(({ access }) => access.includes("login"));
    const shown = JSON.stringify(accounts);
    if (shown !== this.#shown) this.#show(accounts);
    this.#shown = shown;
    this.shadowRoot.querySelector(".error")?.remove();
  }

  clear() {
    super.clear();
    this.#shown = "";
  }

  #show(accounts) {
    const hadFocus = this.shadowRoot.activeElement !== null;
    super.clear();
    if (accounts.length === 0) return;
    const list = make("ul", { part: "list", className: "error-place" }, ...accounts.map((account) => this.#item(account)));
    if (this.hasAttribute("inline")) return this.shadowRoot.append(list);
    list.id = "list";
    list.hidden = true;
    const toggle = make("button", { className: "toggle", part: "button", type: "button", ariaExpanded: "false" }, this.say("menu"));
    toggle.setAttribute("aria-controls", "list");
    toggle.addEventListener("click", () => this.#open(list.hidden));
    const menu = make("div", { className: "menu", part: "menu" }, toggle, list);
    menu.addEventListener("keydown", (event) => this.#key(event));
    menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || this.#open(false));
    this.shadowRoot.append(menu);
    if (hadFocus) toggle.focus();
  }

  #item({ user, grant_id }) {
    const button = make("button", { type: "button", part: "item" }, this.say("logInAs", user), make("small", {}, user.email));
    button.addEventListener("click", () => this.#start(user, grant_id, button));
    return make("li", {}, button);
  }

  #open(open) {
    this.shadowRoot.querySelector("ul").hidden = !open;
    this.shadowRoot.querySelector(".toggle").ariaExpanded = String(open);
  }

  #key(event) {
    const buttons = [...this.shadowRoot.querySelectorAll("li button")];
    const at = buttons.indexOf(this.shadowRoot.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 1 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    if (event.key !== "Escape" && to === undefined) return;
    event.preventDefault();
    this.#open(to !== undefined);
    (to === undefined ? this.shadowRoot.querySelector(".toggle") : buttons.at(to % buttons.length)).focus();
  }

  async #start(account, grant, button) {
    button.disabled = true;
    try {
      const { token, ...session } = await this.request("/login-sessions", { method: "POST", body: { subject_id: account.id } });
      this.tell("impersonation-started", { session, token, account: { ...account, grant_id: grant } });
    } catch (error) {
      this.#shown = "";
      await this.refresh();
      this.fail(error);
    } finally {
      button.disabled = false;
    }
  }
}

/** Says in whose account one is, how long still, and leads back. */
export class ImpersonationBanner extends ImpersonationElement {
  #session = null;
  #clock;

  async look() {
    if (this.#session) {
      // This question is no use of the session, so that an open page does not keep it alive.
      const { expires_at } = await this.request("/login-sessions/current");
      this.#session.expires_at = expires_at;
      this.shadowRoot.querySelector(".error")?.remove();
      return;
    }
    const me = await this.request("/me");
    if (!me.login_session) return this.clear();
    this.#session = { ...me.login_session, actor: me.actor, subject: me.subject };
    this.#show();
  }

  fail(error) {
    const isOver = ["login_session_ended", "unauthenticated", "no_login_session"].includes(error.code);
    if (this.#session && isOver) return this.#ended(/\((\w+)\)/.exec(error.message)?.[1]);
    super.fail(error);
  }

  clear() {
    clearTimeout(this.#clock);
    this.#session = null;
    super.clear();
  }

  #show() {
    const { actor, subject } = this.#session;
    const text = this.say("loggedInAs", { actor: actor.name, subject: subject.name });
    const time = make("time", { part: "time", dateTime: this.#session.expires_at });
    const back = make("button", { type: "button", part: "return" }, this.say("returnToMine"));
    back.addEventListener("click", () => this.#return(back));
    const region = make("section", { className: "banner error-place", part: "banner", ariaLabel: this.say("banner") },
      make("p", { part: "text" }, text, " · ", time), back);
    super.clear();
    this.shadowRoot.append(region);
    this.#count(time);
  }

  #count(time) {
    if (!time.isConnected) return;
    const seconds = Math.max(0, Math.ceil((Date.parse(this.#session.expires_at) - Date.now()) / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const clock = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
    time.textContent = this.say("left", { time: clock });
    if (seconds > 0) this.#clock = setTimeout(() => this.#count(time), 1000);
    else this.refresh();
  }

  async #return(button) {
    button.disabled = true;
    const session = this.#session;
    try {
      await this.request("/login-sessions/current", { method: "DELETE" });
      this.clear();
      this.tell("impersonation-ended", { session, cause: "stopped" });
    } catch (error) {
      this.fail(error);
      button.disabled = false;
    }
  }

  /** The session is over: that stays on the page until the person has seen it and goes back. */
  #ended(cause) {
    const session = this.#session;
    clearTimeout(this.#clock);
    this.#session = null;
    this.isDone = true;
    const back = make("button", { type: "button", part: "return" }, this.say("returnToMine"));
    back.addEventListener("click", () => this.tell("impersonation-ended", { session, cause }));
    const text = make("p", { part: "text" }, this.say("ended", { subject: session.subject.name, why: this.say(cause) }));
    this.shadowRoot.replaceChildren(make("section", { className: "banner", part: "banner ended", role: "alert" }, text, back));
  }
}

customElements.define("impersonation-menu", ImpersonationMenu);
customElements.define("impersonation-banner", ImpersonationBanner);
