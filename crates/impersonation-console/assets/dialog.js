// Pages that are dialogs are shown in place: opened, sent and closed without leaving the list below.

import { enhance, load, replaceMain } from "./page.js";

let opener = null;

const current = () => document.querySelector("dialog[data-dialog-page]");

/** Opens the page behind a link as a dialog. Where that fails the link is simply followed. */
export async function openLinked(link) {
  if (link.getAttribute("aria-busy") === "true") return;
  link.setAttribute("aria-busy", "true");
  await openAddress(link.href, link);
  link.removeAttribute("aria-busy");
}

/** Opens the page at an address as a dialog; `from` gets the focus back. */
export async function openAddress(address, from) {
  try {
    const { page } = await load(address);
    if (!show(page)) return location.assign(address);
    if (!from.closest("dialog")) opener = { element: from, id: from.id };
  } catch {
    location.assign(address);
  }
}

/** Shows the dialog of a document, in place of the one that is open. */
function show(page) {
  const fresh = page.querySelector("dialog[data-dialog-page]");
  if (!fresh) return false;
  const before = current();
  // Its own end is no end of the whole.
  if (before) before.dataset.replaced = "";
  before?.remove();
  fresh.removeAttribute("open");
  const dialog = document.adoptNode(fresh);
  document.body.append(dialog);
  modal(dialog);
  return true;
}

function modal(dialog) {
  enhance(dialog);
  dialog.showModal();
  const wrong = dialog.querySelector("[aria-invalid=true]");
  (wrong ?? dialog.querySelector("[autofocus]"))?.focus();
  dialog.addEventListener("click", (event) => {
    const isOutside = event.target === dialog;
    if (isOutside && !isTouched(dialog)) dialog.close();
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => closed(dialog));
  document.dispatchEvent(new CustomEvent("dialog-opened", { detail: dialog }));
}

/** Whether something has been typed that a stray click should not throw away. */
function isTouched(dialog) {
  const fields = [...dialog.querySelectorAll("input, textarea, select")];
  return fields.some((field) =>
    field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.type !== "hidden" && field.value !== (field.defaultValue ?? field.value));
}

function closed(dialog) {
  if ("replaced" in dialog.dataset) return;
  const home = dialog.dataset.home;
  dialog.remove();
  // A dialog that was the page itself leaves the list under it.
  if (home && location.pathname !== new URL(home, location.href).pathname) {
    history.replaceState(null, "", home);
  }
  giveFocusBack();
}

function giveFocusBack() {
  const same = opener?.element.isConnected ? opener.element : document.getElementById(opener?.id || "-");
  (same ?? document.querySelector("main h1"))?.focus();
  opener = null;
}

/** Sends a form of the dialog. Nothing that was typed is lost, whatever the answer. */
export async function submitInside(form, submitter) {
  const dialog = form.closest("dialog");
  form.setAttribute("aria-busy", "true");
  const body = new URLSearchParams(new FormData(form, submitter));
  try {
    const action = submitter?.getAttribute("formaction") || form.action;
    const { page, address } = await load(action, { method: "POST", body });
    if (show(page)) return;
    if (!page.querySelector("main") || page.querySelector("[data-whole-page]")) return whole(page);
    dialog.dataset.replaced = "";
    dialog.close();
    dialog.remove();
    replaceMain(page);
    history.replaceState(null, "", address);
    giveFocusBack();
  } catch {
    fail(form);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** A page that stands for itself, such as signing in again. */
function whole(page) {
  document.body.replaceWith(document.adoptNode(page.body));
  document.title = page.title;
  enhance(document);
  document.querySelector("[autofocus]")?.focus();
}

function fail(form) {
  form.querySelector("[data-failure]")?.remove();
  const message = document.createElement("p");
  message.className = "notice danger";
  message.dataset.failure = "";
  message.setAttribute("role", "alert");
  message.textContent = "The server cannot be reached. Nothing you typed is lost; try again.";
  form.prepend(message);
}

// The page itself may be a dialog: opened by its address, or sent without script before.
const here = current();
if (here) {
  here.removeAttribute("open");
  modal(here);
}
