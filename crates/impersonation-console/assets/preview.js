// What a form will do, shown while it is being filled in.

const WAIT = 250;

async function show(form) {
  const target = form.querySelector("[data-preview-target]");
  const number = (form.dataset.asked = String(Number(form.dataset.asked ?? 0) + 1));
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.preview, { method: "POST", body });
    if (!answer.ok || form.dataset.asked !== number) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    target.replaceChildren(...document.adoptNode(page.body).childNodes);
  } catch {
    // The form itself says more when it is sent.
  }
}

/** Keeps previews in step with their forms. */
export function watchPreview() {
  const timers = new WeakMap();
  const soon = ({ target }) => {
    const form = target.closest?.("form[data-preview]");
    if (!form) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => show(form), WAIT));
  };
  document.addEventListener("input", soon);
  document.addEventListener("change", soon);
}
