// News at once: the page hears when something that concerns it has changed.

import { enhance, load } from "./page.js";

/** Follows the news for this page. */
export function followNews() {
  const head = document.body.dataset.live;
  if (!head) return;
  let source;
  let seen = head;
  const open = () => {
    source = new EventSource(`/live?seen=${encodeURIComponent(seen)}`);
    source.addEventListener("hello", () => (document.documentElement.dataset.news = "on"));
    source.addEventListener("changed", (event) => {
      const news = JSON.parse(event.data);
      seen = news.head;
      hear(news.topics);
    });
    source.addEventListener("ended", (event) => {
      source.close();
      over("ended", JSON.parse(event.data).why);
    });
    source.addEventListener("signed-out", () => {
      source.close();
      over("signed-out");
    });
    // A browser gives up on an answer that is no stream; we do not.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    });
  };
  open();
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && open());
}

let waiting = new Set();
let timer;

function hear(topics) {
  for (const topic of topics) waiting.add(topic);
  clearTimeout(timer);
  timer = setTimeout(refresh, 50);
}

const regionsOf = (root) => [...root.querySelectorAll("[data-live-topics][id]")];

// What a person may see at all can change with any of these.
const GENERAL = ["roles", "people", "organization"];

async function refresh() {
  const topics = waiting;
  waiting = new Set();
  const isGeneral = GENERAL.some((topic) => topics.has(topic));
  const concerned = regionsOf(document).filter((region) =>
    isGeneral || region.dataset.liveTopics.split(" ").some((topic) => topics.has(topic)));
  if (concerned.length === 0) return;
  if (document.body.hasAttribute("data-in-login-session")) {
    // Looking is recorded, and counts as activity: in somebody else's account only people look.
    for (const hint of document.querySelectorAll("[data-news-hint]")) {
      const about = hint.dataset.newsHint.split(" ").filter(Boolean);
      if (about.length === 0 || about.some((topic) => topics.has(topic))) hint.hidden = false;
    }
    return;
  }
  try {
    const { page, status } = await load(location.href);
    if (status >= 500) return;
    // The page is not this person's any more: they are told why.
    if (status >= 400 && !document.querySelector("dialog[open]")) return location.reload();
    for (const region of concerned) {
      const fresh = page.getElementById(region.id);
      if (fresh) exchange(region, fresh);
    }
  } catch {
    for (const topic of topics) waiting.add(topic);
    timer = setTimeout(refresh, 2000);
  }
}

/** Puts the new in place of the old: what is ticked, focused and scrolled stays so. */
function exchange(region, fresh) {
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  const ticked = new Set([...region.querySelectorAll("input[type=checkbox][id]:checked")].map((box) => box.id));
  const atEnd = region.scrollHeight - region.scrollTop - region.clientHeight < 40;
  const place = region.scrollTop;
  for (const box of fresh.querySelectorAll("input[type=checkbox][id]")) box.checked = ticked.has(box.id);
  const open = new Set([...region.querySelectorAll("details[open][id]")].map((element) => element.id));
  for (const element of fresh.querySelectorAll("details[id]")) element.open = open.has(element.id);
  if (region.open) fresh.open = true;
  const placed = document.adoptNode(fresh);
  region.replaceWith(placed);
  enhance(placed);
  placed.scrollTop = placed.hasAttribute("data-newest-last") && atEnd ? placed.scrollHeight : place;
  if (focused) document.getElementById(focused)?.focus();
  document.dispatchEvent(new CustomEvent("page-replaced"));
}

/** Says that this page's session is over. What was being written is shown, to be taken along. */
function over(kind, why) {
  const template = document.querySelector(`template[data-over="${kind}"]`);
  if (!template) return location.reload();
  const dialog = template.content.firstElementChild.cloneNode(true);
  const reason = dialog.querySelector("[data-why]");
  if (reason && why) reason.textContent = why;
  const writing = [...document.querySelectorAll("textarea, dialog input[type=text]")];
  const text = writing.map((field) => field.value).filter((value) => value.trim()).join("\n");
  const kept = dialog.querySelector("[data-kept]");
  kept.hidden = !text;
  kept.querySelector("textarea").value = text;
  document.body.append(dialog);
  // There is nothing to go back to on this page.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.showModal();
}
