// Every key does what the button that shows it does.

import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import { byId } from "./facts.js";
import * as going from "./going.js";
import * as list from "./list.js";
import { takeBack } from "./says.js";

const press = (selector) => document.querySelector(selector)?.click();
const write = (mode) => byId("composer") && composer.choose(mode, { focus: true });
const narrow = () => matchMedia("(max-width: 760px)").matches;

function step(by) {
  if (!byId("list")) return;
  const link = list.step(by);
  if (link && byId("open") && !narrow()) going.go(new URL(link.href), { focus: false, by });
}

function escape() {
  if (document.body.dataset.rail === "open") return conversation.toggleRail();
  going.back();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  u: () => going.back(),
  Escape: escape,
  r: () => write("public"),
  p: () => write("private"),
  n: () => write("note"),
  e: () => press("[data-act='resolve']"),
  a: () => press("[data-act='take']"),
  s: () => press("[data-act='wake'], [data-act='snooze']"),
  i: () => byId("rail") && conversation.toggleRail(),
  z: () => takeBack() || composer.takeBack(),
  "?": () => byId("keys").showModal(),
};
const places = { q: "queue", u: "unassigned", m: "mine", a: "all" };
let going_to = 0;

function pressed(event) {
  if (event.isComposing || event.defaultPrevented || event.altKey) return;
  const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
  if (typing) return typed(event);
  if (event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const menu = document.querySelector(".menu:popover-open");
  if (menu) return inMenu(event, menu);
  if (Date.now() - going_to < 1500 && places[event.key]) {
    going_to = 0;
    event.preventDefault();
    return press(`.nav [data-shelf="${places[event.key]}"]`);
  }
  going_to = event.key === "g" ? Date.now() : 0;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
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
