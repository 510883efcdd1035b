// Comfort for writing: Enter sends, the chosen file is named, and days begin at the reader's midnight.

const composer = () => document.querySelector("form[data-composer]");

function watchKeys() {
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target.matches("[data-composer] textarea");
    // While a word is being composed (Japanese, Chinese, Korean) Enter takes the word.
    if (!isWriting || event.key !== "Enter" || event.isComposing) return;
    if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const form = event.target.form;
    if (event.target.value.trim() || form.elements.file.files.length) form.requestSubmit();
  });
}

function watchFile() {
  document.addEventListener("change", (event) => {
    const label = event.target.closest("[data-composer] .file-pick")?.querySelector("[data-file-name]");
    if (label) label.textContent = event.target.files[0]?.name ?? "Attach file";
  });
}

/** Puts the lines between days where the reader's days begin. */
function markDays(list) {
  const dayOf = (time) => new Date(time.dateTime).toDateString();
  let before = "";
  for (const item of [...list.children]) {
    if (item.classList.contains("day")) {
      item.remove();
      continue;
    }
    const time = item.querySelector("time[data-clock]");
    if (dayOf(time) !== before) item.before(lineFor(time));
    before = dayOf(time);
  }
}

function lineFor(time) {
  const line = document.createElement("li");
  line.className = "day";
  const name = document.createElement("span");
  name.textContent = dayName(new Date(time.dateTime));
  line.append(name);
  return line;
}

function dayName(at) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (at.toDateString() === today.toDateString()) return "Today";
  if (at.toDateString() === yesterday.toDateString()) return "Yesterday";
  return new Intl.DateTimeFormat(undefined, { dateStyle: "full" }).format(at);
}

const markAll = () => document.querySelectorAll("[data-days]").forEach(markDays);

/** Makes writing comfortable. */
export function watchWorkspace() {
  watchKeys();
  watchFile();
  markAll();
  document.addEventListener("page-replaced", markAll);
  // An address that names the composer brings the focus there; then the name has done its duty.
  if (location.hash === "#composer-text" && composer()) {
    composer().elements.body.focus();
    history.replaceState(null, "", location.pathname + location.search);
  }
}
