// Rows that are ticked, and what can be done with them.

function update() {
  for (const form of document.querySelectorAll("form[data-selection]")) {
    const boxes = [...form.querySelectorAll("input.row-select")];
    const chosen = boxes.filter((box) => box.checked).length;
    const all = form.querySelector("input.select-all");
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    for (const element of form.querySelectorAll("[data-when-selected]")) element.hidden = chosen === 0;
    for (const element of form.querySelectorAll("[data-unless-selected]")) element.hidden = chosen > 0;
    for (const element of form.querySelectorAll(".bulk-count")) element.textContent = `${chosen} selected`;
    for (const box of boxes) box.closest("tr")?.toggleAttribute("data-selected", box.checked);
  }
}

let last = null;

/** Keeps the page in step with its tick boxes. Shift takes all from the last one on. */
export function watchSelection() {
  document.addEventListener("click", (event) => {
    const box = event.target.closest("input.row-select");
    if (!box) return;
    const boxes = [...box.form.querySelectorAll("input.row-select")];
    const from = boxes.indexOf(last);
    if (event.shiftKey && from >= 0) {
      const to = boxes.indexOf(box);
      for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
    }
    last = box;
    update();
  });
  document.addEventListener("change", (event) => {
    const all = event.target.closest("input.select-all");
    if (all) for (const box of all.form.querySelectorAll("input.row-select")) box.checked = all.checked;
    update();
  });
  document.addEventListener("page-replaced", update);
  update();
}
