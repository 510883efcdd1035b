// What every new piece of a page gets: times in the reader's zone, and countdowns.

const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function showTime(element) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const { clock: alone, day: whole, seconds } = element.dataset;
  const plain = seconds === undefined ? short : precise;
  element.textContent = (alone === undefined ? (whole === undefined ? plain : day) : clock).format(at);
  element.title = `${exact.format(at)} (${at.toISOString()})`;
}

/** The time left, as people read it: `1:04:59`, `42:10`. */
export function left(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A moment that the server gave in UTC, as the field of the reader's zone has it. */
function localize(field) {
  const at = new Date(field.dataset.utc);
  if (Number.isNaN(at.getTime())) return;
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  field.value = field.defaultValue = local.toISOString().slice(0, 16);
}

function countDown(element) {
  const until = Date.parse(element.dataset.countdown);
  const tick = () => {
    if (!element.isConnected) return;
    const remaining = until - Date.now();
    element.textContent = left(remaining);
    if (remaining > 0) setTimeout(tick, 1000 - (Date.now() % 1000) + 5);
  };
  if (!Number.isNaN(until)) tick();
}

/** Makes a new piece of a page comfortable. */
export function enhance(root) {
  // Enter presses the first button of a form, whether or not it is seen.
  for (const button of root.querySelectorAll("button.without-script")) button.remove();
  for (const element of root.querySelectorAll("time[datetime]:not([data-countdown])")) showTime(element);
  for (const element of root.querySelectorAll("[data-countdown]")) countDown(element);
  for (const field of root.querySelectorAll("input[data-utc]:not([data-utc=''])")) localize(field);
  for (const element of root.querySelectorAll("[data-newest-last]")) element.scrollTop = element.scrollHeight;
}

/** The document at an address, and the address that it really has. */
export async function load(address, options = {}) {
  const answer = await fetch(address, { credentials: "same-origin", ...options });
  const type = answer.headers.get("content-type") ?? "";
  if (!type.startsWith("text/html")) throw new Error(`not a page: ${type}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // What was done to something may be answered with a page of another address.
  const shown = answer.headers.get("content-location");
  const url = shown ? new URL(shown, answer.url).href : answer.url;
  return { page, address: url, status: answer.status };
}

/** Puts the main part of another document here, and its notice. */
export function replaceMain(page) {
  const main = document.querySelector("main");
  const fresh = page.querySelector("main");
  if (!main || !fresh) return false;
  main.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  say(page.querySelector("[data-notice]"));
  enhance(fresh);
  document.dispatchEvent(new CustomEvent("page-replaced"));
  return true;
}

/** Shows what has just been done. */
export function say(notice) {
  document.querySelector("[data-notice]")?.remove();
  if (notice) document.body.append(document.adoptNode(notice));
}
