// Every key does what the button that shows it does.

import { action } from "./actions.js";
import * as composer from "./composer.js";
import { byId } from "./facts.js";

let begun = 0; // when "g" was pressed, ms

const palette = (event) => (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k";

function pressed(event) {
  if (event.isComposing || event.defaultPrevented || event.altKey) return;
  if (palette(event)) return act(event, "Ctrl+k");
  const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
  if (typing) return typed(event);
  if (event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const menu = document.querySelector(".menu:popover-open");
  if (menu) return inMenu(event, menu);
  const second = Date.now() - begun < 1500 && action(`g ${event.key}`);
  begun = event.key === "g" ? Date.now() : 0;
  act(event, second ? `g ${event.key}` : event.key === "Escape" ? "Esc" : event.key);
}

function act(event, keys) {
  const found = action(keys);
  if (!found) return;
  event.preventDefault();
  if (found.when()) found.run();
}

/** In a field only leaving and sending are keys. */
function typed(event) {
  if (event.target.matches("[data-filter]")) return filtering(event);
  if (event.target.id !== "draft") return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    composer.send();
  } else if (event.key === "Escape") {
    event.preventDefault();
    byId("scroll").focus({ preventScroll: true });
  }
}

/** From the field that filters a menu: down to the choices, or straight to the first. */
function filtering(event) {
  const first = event.target.parentElement.querySelector(":scope > button:not([hidden])");
  if (event.key !== "ArrowDown" && event.key !== "Enter") return;
  event.preventDefault();
  if (event.key === "Enter") first?.click();
  else first?.focus();
}

function inMenu(event, menu) {
  const items = [...menu.querySelectorAll(":scope > a, :scope > button")].filter((item) => !item.hidden);
  const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const at = items.indexOf(document.activeElement);
  items[(at + by + items.length) % items.length]?.focus();
}

export function start() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", ({ target }) => target.closest?.("[data-keys]") && byId("keys").showModal());
  document.addEventListener("toggle", ({ target, newState }) => {
    if (newState !== "open" || !target.matches?.(".menu")) return;
    htmx.trigger(target, "desk:open");
    target.querySelector(":scope > a, :scope > button")?.focus();
  }, true);
  // A menu that is read when it opens.
  document.addEventListener("htmx:after:swap", () => {
    const menu = document.querySelector(".menu:popover-open");
    if (menu && !menu.contains(document.activeElement)) menu.querySelector(":scope > input, :scope > button")?.focus();
  });
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.("[data-filter]")) return;
    const words = target.value.trim().toLocaleLowerCase();
    for (const choice of target.parentElement.querySelectorAll(":scope > button")) {
      choice.hidden = !choice.textContent.toLocaleLowerCase().includes(words);
    }
  });
  // A choice closes its menu.
  document.addEventListener("click", ({ target }) => target.closest?.(".menu > button")?.closest(".menu").hidePopover());
  document.addEventListener("submit", ({ target }) => target.closest?.(".menu")?.hidePopover());
}
