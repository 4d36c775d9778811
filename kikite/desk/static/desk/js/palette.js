// The palette of commands: every action that is possible now, the pages, and a case by its number. What was used
// last comes first.

import { actions } from "./actions.js";
import { byId, facts, say } from "./facts.js";
import * as going from "./going.js";

const RECENT = "kikite.commands";
const dialog = byId("palette");
const field = dialog.querySelector("input");
const listbox = byId("commands");
const nothing = dialog.querySelector("p");
let known = [];
let shown = [];
let at = 0;

const plain = (words) => words.normalize("NFKC").toLowerCase();

/** How well words fit what is asked: 0 is not at all. Letters that stand together, and early, fit better. */
export function fit(words, asked) {
  const text = plain(words);
  const found = text.indexOf(asked);
  if (found >= 0) return 1000 - Math.min(found, 400);
  let place = -1;
  let gaps = 0;
  for (const letter of asked.replace(/\s+/g, "")) {
    const next = text.indexOf(letter, place + 1);
    if (next < 0) return 0;
    gaps += next - place - 1;
    place = next;
  }
  return Math.max(1, 500 - gaps);
}

function recent() {
  try {
    return JSON.parse(localStorage.getItem(RECENT)) ?? [];
  } catch {
    return [];
  }
}

function used(id) {
  const kept = [id, ...recent().filter((one) => one !== id)].slice(0, 8);
  try {
    localStorage.setItem(RECENT, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing still does what it is told.
  }
}

function visit(href) {
  const url = new URL(href, location);
  if (going.canGo(url)) going.go(url);
  else location.assign(url);
}

function places() {
  const links = [...document.querySelectorAll(".nav a[href]:not([data-shelf])")];
  return links
    .map((link) => ({ id: link.pathname, words: link.title || link.textContent.trim(), keys: "", link }))
    .filter((one, n, all) => one.words && all.findIndex((other) => other.id === one.id) === n)
    .map(({ link, ...one }) => ({ ...one, run: () => visit(link.href) }));
}

function numbered(asked) {
  const number = asked.match(/^#?(\d{1,18})$/)?.[1];
  if (!number || !facts.slug) return [];
  const run = () => visit(`/${facts.slug}/cases/${number}/`);
  return [{ id: "", words: say("casenumber", { number }), keys: "", run }];
}

function ranked(asked) {
  const before = recent();
  const age = (one) => (before.includes(one.id) ? before.indexOf(one.id) : before.length);
  const fits = (one) => (asked ? fit(`${one.words} ${one.id}`, asked) : 1);
  return known
    .map((one) => ({ one, fits: fits(one) }))
    .filter((found) => found.fits)
    .sort((a, b) => b.fits - a.fits || age(a.one) - age(b.one))
    .map((found) => found.one);
}

function drawn(one, n) {
  const option = document.createElement("li");
  Object.assign(option, { id: `command-${n}`, role: "option" });
  const words = document.createElement("span");
  words.textContent = one.words;
  option.append(words, ...one.keys.split(/[ |+]/).filter(Boolean).map((key) => {
    const shownKey = document.createElement("kbd");
    shownKey.textContent = key;
    return shownKey;
  }));
  return option;
}

function draw() {
  const asked = plain(field.value.trim());
  shown = [...numbered(asked), ...ranked(asked)];
  listbox.replaceChildren(...shown.map(drawn));
  listbox.hidden = !shown.length;
  nothing.hidden = Boolean(shown.length);
  field.setAttribute("aria-expanded", String(Boolean(shown.length)));
  choose(0);
}

function choose(n) {
  at = shown.length ? (n + shown.length) % shown.length : 0;
  [...listbox.children].forEach((option, here) => option.setAttribute("aria-selected", String(here === at)));
  const option = listbox.children[at];
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

/** The dialog gives the focus back first: what is done then may put it elsewhere. */
function run(one) {
  if (!one) return;
  dialog.close();
  if (one.id) used(one.id);
  one.run();
}

function pressed(event) {
  if (event.isComposing || event.keyCode === 229) return;
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) choose(at + by);
  else if (event.key === "Enter") run(shown[at]);
  else return;
  event.preventDefault();
}

export function open() {
  if (dialog.open) return dialog.close();
  if (document.querySelector("dialog[open]")) return;
  known = [...actions.filter((one) => one.id !== "palette" && one.when()), ...places()];
  field.value = "";
  dialog.showModal();
  draw();
  field.focus();
}

field.addEventListener("input", draw);
field.addEventListener("keydown", pressed);
listbox.addEventListener("mousedown", (event) => event.preventDefault());
listbox.addEventListener("click", ({ target }) => run(shown[[...listbox.children].indexOf(target.closest("li"))]));
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
