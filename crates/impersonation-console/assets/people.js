// Type-ahead over the organization's people (the WAI-ARIA combobox pattern, with a listbox).

const WAIT = 120;

function listOf(input) {
  return document.getElementById(input.getAttribute("aria-controls"));
}

function close(input) {
  const list = listOf(input);
  if (!list) return;
  list.hidden = true;
  list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(input, option) {
  input.value = option.dataset.email;
  close(input);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dataset.chosen = input.value;
}

function mark(input, option) {
  for (const other of listOf(input).children) other.setAttribute("aria-selected", String(other === option));
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

async function suggest(input) {
  const asked = input.value.trim();
  if (!asked || asked === input.dataset.chosen) return close(input);
  const answer = await fetch(`${input.dataset.people}?q=${encodeURIComponent(asked)}`);
  if (!answer.ok || input.value.trim() !== asked || document.activeElement !== input) return;
  const people = await answer.json();
  const list = listOf(input);
  const options = people.map((person, index) => {
    const option = make("li", "option");
    option.id = `${list.id}-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.email = person.email;
    const avatar = make("span", `avatar tone-${person.tone}`, person.initials);
    avatar.setAttribute("aria-hidden", "true");
    const words = make("span", "", person.name);
    words.append(make("span", "email", person.note ? `${person.email} · ${person.note}` : person.email));
    option.append(avatar, words);
    return option;
  });
  list.replaceChildren(...options);
  list.hidden = options.length === 0;
  input.setAttribute("aria-expanded", String(options.length > 0));
  input.removeAttribute("aria-activedescendant");
}

function move(input, step) {
  const options = [...listOf(input).children];
  if (options.length === 0) return;
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  mark(input, options[(at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length]);
}

/** Offers people while an address is being typed. */
export function watchPeople() {
  const timers = new WeakMap();
  const isField = (target) => target.matches?.("input[data-people]");
  document.addEventListener("input", ({ target }) => {
    if (!isField(target)) return;
    delete target.dataset.chosen;
    clearTimeout(timers.get(target));
    timers.set(target, setTimeout(() => suggest(target).catch(() => close(target)), WAIT));
  });
  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!isField(input) || listOf(input)?.hidden !== false) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(input, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" || event.key === "Tab") {
      const marked = listOf(input).querySelector("[aria-selected=true]");
      if (marked) {
        if (event.key === "Enter") event.preventDefault();
        choose(input, marked);
      }
    } else if (event.key === "Escape") {
      // The list closes first, the dialog around it with the next.
      event.preventDefault();
      event.stopPropagation();
      close(input);
    }
  }, true);
  // Before the field loses its focus.
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=listbox] [role=option]");
    const input = option && document.querySelector(`input[aria-controls="${option.parentElement.id}"]`);
    if (input) {
      event.preventDefault();
      choose(input, option);
    }
  });
  document.addEventListener("focusout", ({ target }) => isField(target) && close(target));
}
