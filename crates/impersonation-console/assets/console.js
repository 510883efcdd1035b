// Comfort for pages that work without it: dialogs in place, news at once, times in the reader's zone.

import { openAddress, openLinked, submitInside } from "./dialog.js";
import { watchDownloads } from "./download.js";
import { followNews } from "./live.js";
import { watchPeople } from "./people.js";
import { watchPreview } from "./preview.js";
import { enhance } from "./page.js";
import { watchSelection } from "./selection.js";
import { watchWorkspace } from "./workspace.js";

document.documentElement.classList.add("has-script");

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  if (link && isPlain) {
    event.preventDefault();
    openLinked(link);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  // A second click while the first is under way does nothing.
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  if (form.hasAttribute("data-dialog-form") && form.method === "get") {
    event.preventDefault();
    for (const menu of openMenus()) menu.open = false;
    openAddress(`${form.action}?${new URLSearchParams(new FormData(form))}`, document.activeElement);
  } else if (form.closest("dialog[data-dialog-page]") && form.method === "post" && !form.hasAttribute("data-plain")) {
    event.preventDefault();
    submitInside(form, event.submitter);
  } else if (form.method === "post" && !form.hasAttribute("data-download")) {
    form.setAttribute("aria-busy", "true");
  }
});

// A page that comes back from the browser's memory is not busy any more.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

// Dates are typed in the reader's zone, and sent as moments.
document.addEventListener("formdata", ({ target, formData }) => {
  for (const field of target.querySelectorAll("input[type=datetime-local][name]")) {
    const at = new Date(field.value);
    // What was not touched stays the moment that it was: an hour in autumn comes twice.
    const isUntouched = field.dataset.utc && field.value === field.defaultValue;
    if (isUntouched) formData.set(field.name, field.dataset.utc);
    else if (field.value && !Number.isNaN(at.getTime())) formData.set(field.name, at.toISOString());
  }
});

// A choice that applies at once has a button only where there is no script.
document.addEventListener("change", (event) => {
  // The form that it belongs to, which need not be the one that it stands in.
  const { form } = event.target;
  if (form?.matches("[data-at-once]")) form.requestSubmit();
});

// Open menus close on Escape and on a click elsewhere, and give the focus back.
const openMenus = () => [...document.querySelectorAll("details.menu[open]")];
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

watchSelection();
watchPeople();
watchPreview();
watchWorkspace();
watchDownloads();
enhance(document);
followNews();
