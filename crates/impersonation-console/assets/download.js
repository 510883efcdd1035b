// Long downloads show how far they are. Without this they are plain downloads.

/** What takes less is over before anybody asks. */
const WAIT = 400;

/** The last event of a piece of the file: the newest come first, so that it says what is left. */
function lastEvent(text) {
  const found = [...text.matchAll(/(?:^|\n)(\d+),|"sequence":\s*(\d+)/g)].at(-1);
  return found && Number(found[1] ?? found[2]);
}

function show(link, newest) {
  const box = document.createElement("div");
  box.className = "download-progress";
  const bar = document.createElement("progress");
  bar.className = "progress";
  bar.max = newest;
  bar.value = 0;
  bar.setAttribute("aria-label", `Downloading ${link.download}`);
  const text = document.createElement("p");
  text.className = "soft";
  text.setAttribute("role", "status");
  text.textContent = `Downloading ${link.download}.`;
  box.append(text, bar);
  link.closest(".page-header").after(box);
  return { bar, box, text };
}

async function download(link) {
  const newest = Number(link.dataset.progress) || 1;
  const shown = show(link, newest);
  shown.box.hidden = true;
  const timer = setTimeout(() => (shown.box.hidden = false), WAIT);
  const parts = [];
  try {
    const answer = await fetch(link.href);
    if (!answer.ok || answer.redirected) return location.assign(link.href);
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      const at = lastEvent(decoder.decode(part.value, { stream: true }));
      if (at) shown.bar.value = newest - at;
    }
    save(new Blob(parts, { type: answer.headers.get("content-type") }), link.download);
    shown.box.remove();
  } catch {
    shown.box.hidden = false;
    shown.bar.remove();
    shown.text.textContent = "The download broke off, and nothing was saved. Try again.";
  } finally {
    clearTimeout(timer);
  }
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Follows downloads that know how long they are. */
export function watchDownloads() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-progress]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    document.querySelector(".download-progress")?.remove();
    await download(link);
    link.removeAttribute("aria-busy");
  });
}
