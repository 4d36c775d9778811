// What is worth a second look in a draft: underlined where it stands, one at a time in a place that is kept free for it.

import * as composer from "./composer.js";
import { byId, facts, say } from "./facts.js";
import { ask } from "./says.js";

const PAUSE = 350; // ms after the last key until the server is asked
const AGAIN = [1500, 3000, 6000]; // ms until a link that a worker looks at is asked about once more
const dismissed = new Map();
let seen = { text: "" };
let told = { findings: [], tone: "", prefer: [] };
let spelt = [];
let found = [];
let current = 0;
let timer = null;
let asking = null;
let worker = null;

const form = () => byId("composer");
const field = () => byId("draft");
const draftOf = ({ case: id, mode }) => `${id} ${mode}`;
const gone = () => dismissed.get(draftOf(seen)) ?? new Set();
const named = ({ check, start, end }) => `${check} ${seen.text.slice(start, end)}`;
const whole = ({ start, end }) => start === end;

// --- asking ---------------------------------------------------------------------------------------------------------

/** A draft is another than it was. What was found keeps its place until it is looked at anew. */
function changed(draft) {
  clearTimeout(timer);
  asking?.abort();
  const same = draft && draftOf(draft) === draftOf(seen);
  const before = seen.text;
  seen = draft ?? { text: "" };
  told.findings = same ? moved(told.findings, before, seen.text) : [];
  spelt = same ? moved(spelt, before, seen.text) : [];
  if (!seen.text.trim()) dismissed.delete(draftOf(seen));
  show();
  if (looked()) timer = setTimeout(check, PAUSE);
}

const looked = () => form() && seen.case && seen.mode !== "note" && (seen.text.trim() || byId("files").children.length);

/** Findings that an edit did not touch, where they stand now. */
function moved(findings, before, after) {
  let [start, end] = [0, 0];
  const most = Math.min(before.length, after.length);
  while (start < most && before[start] === after[start]) start++;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const rest = before.length - end;
  const by = after.length - before.length;
  return findings
    .filter((one) => whole(one) || one.end < start || one.start > rest || before === after)
    .map((one) => (whole(one) || one.end < start || before === after ? one : { ...one, start: one.start + by, end: one.end + by }));
}

async function check(tries = 0) {
  asking = new AbortController();
  const { signal } = asking;
  const { text, mode } = seen;
  const body = new URLSearchParams(tries ? { text, mode, again: "" } : { text, mode });
  try {
    const answer = await (await ask(form().dataset.checks, { method: "POST", body, signal })).json();
    if (signal.aborted || text !== seen.text || mode !== seen.mode) return;
    told = answer;
  } catch {
    return; // advice may be late; sending asks the server again
  }
  spell(text);
  show();
  if (told.waiting && tries < AGAIN.length) timer = setTimeout(() => check(tries + 1), AGAIN[tries]);
}

function spell(text) {
  if (!told.spelling) return (spelt = []);
  worker ??= hire(told.spelling.worker);
  worker.postMessage({ text, spelling: told.spelling });
}

function hire(address) {
  const made = new Worker(address, { type: "module" });
  made.addEventListener("message", ({ data }) => {
    if (data.text !== seen.text || !told.spelling) return;
    spelt = data.findings;
    show();
  });
  return made;
}

// --- showing --------------------------------------------------------------------------------------------------------

function show() {
  if (!form()) return;
  const free = (one) => !told.findings.some((other) => one.start < other.end && other.start < one.end);
  const was = found[current] && named(found[current]);
  found = [...told.findings, ...spelt.filter(free)]
    .filter((one) => one.blocks || !gone().has(named(one)))
    .sort((one, other) => whole(one) - whole(other) || one.start - other.start);
  current = Math.max(0, found.findIndex((one) => named(one) === was));
  draw();
}

function draw() {
  underline();
  const region = byId("checks");
  const line = looked() && (found.length ? finding(found[current]) : voice());
  const held = region.contains(document.activeElement) && document.activeElement.className;
  count(region);
  region.querySelector("p")?.remove();
  if (line) region.prepend(line);
  region.toggleAttribute("data-blocks", Boolean(found[current]?.blocks));
  if (held) (region.querySelector(`button.${held}`) ?? field()).focus();
}

/** How many there are, for who cannot see the line; said only when it is another number. */
function count(region) {
  const words = found.length ? say("look", { n: found.length }) : "";
  if (!region.querySelector("output")) {
    const line = document.createElement("output");
    line.className = "visually-hidden";
    region.append(line);
  }
  const line = region.querySelector("output");
  if (line.textContent !== words) line.textContent = words;
}

/** How the brand sounds, while there is nothing to say. */
function voice() {
  const words = [told.tone, told.prefer?.length && say("prefer", { words: told.prefer.join(" · ") })].filter(Boolean);
  if (!words.length) return null;
  const line = document.createElement("p");
  line.className = "tone";
  line.title = words.join("\n");
  line.append(...words.map((part) => Object.assign(document.createElement("span"), { textContent: part })));
  return line;
}

function finding(one) {
  const line = document.createElement("p");
  const why = document.createElement("span");
  line.className = "finding";
  why.className = "why";
  why.textContent = reason(one);
  why.title = why.textContent;
  line.append(why, ...buttons(one));
  return line;
}

function reason(one) {
  const words = seen.text.slice(one.start, one.end);
  const why = one.check === "spelling" && (one.spelt || facts.tongue === "ja") ? say(one.spelt ? "spelling" : "grammar") : one.reason;
  const short = words.length > 24 ? `${words.slice(0, 23)}…` : words;
  return (one.blocks ? `${say("blocks")} · ` : "") + (words ? `${short} · ${why}` : why);
}

function buttons(one) {
  return [
    one.fix != null && button("mend", one.fix ? say("mend", { words: one.fix }) : say("takeout"), "Alt ↵", mend),
    one.offer === "private" && mayPrivate() && button("mend", say("offer"), "Alt ↵", mend),
    one.offer === "alt" && button("mend", say("describe"), "Alt ↵", mend),
    one.spelt && button("know", say("known"), "Alt k", know),
    !one.blocks && button("dismiss", say("dismiss"), "Alt ⌫", dismiss),
    found.length > 1 && button("next", `${current + 1}/${found.length}`, "Alt .", next, say("next")),
  ].filter(Boolean);
}

function button(name, words, key, act, label = "") {
  const made = document.createElement("button");
  const shown = document.createElement("kbd");
  made.type = "button";
  made.className = name;
  if (label) made.setAttribute("aria-label", `${label} ${words}`);
  shown.textContent = key;
  shown.setAttribute("aria-hidden", "true");
  made.append(words, " ", shown);
  made.addEventListener("click", act);
  return made;
}

// --- underlining ----------------------------------------------------------------------------------------------------

/** The same words behind the field, unseen, so that they can be underlined without touching what is typed. */
function mirror() {
  const area = field();
  let under = form().querySelector(".under");
  if (!under) {
    under = document.createElement("div");
    under.className = "under";
    under.setAttribute("aria-hidden", "true");
    under.append("");
    area.after(under);
  }
  under.firstChild.data = `${area.value}\n `;
  under.style.top = `${area.offsetTop}px`;
  under.style.left = `${area.offsetLeft}px`;
  under.style.width = `${area.clientWidth}px`;
  under.style.height = `${area.clientHeight}px`;
  under.scrollTop = area.scrollTop;
  return under.firstChild;
}

function underline() {
  if (!CSS.highlights) return;
  const placed = found.filter((one) => !whole(one) && one.end <= field().value.length);
  if (!placed.length && !CSS.highlights.has("checks")) return;
  const words = mirror();
  const range = ({ start, end }) => new StaticRange({ startContainer: words, startOffset: start, endContainer: words, endOffset: end });
  CSS.highlights.set("checks", new Highlight(...placed.map(range)));
  CSS.highlights.set("checks-now", new Highlight(...placed.filter((one) => one === found[current]).map(range)));
}

// --- acting ---------------------------------------------------------------------------------------------------------

const mayPrivate = () => form().querySelector('.modes [data-mode="private"]')?.getAttribute("aria-disabled") === "false";

function mend() {
  const one = found[current];
  if (!one) return;
  if (one.offer === "private") return mayPrivate() && privately();
  if (one.offer === "alt") return byId("files").querySelector('img ~ label input:placeholder-shown, input[name="alt"]')?.focus();
  if (one.fix == null) return;
  const { selectionStart: at } = field();
  composer.insert(one.fix, one.start, one.end);
  const back = at >= one.end ? at + one.fix.length - (one.end - one.start) : Math.min(at, one.start);
  field().setSelectionRange(back, back);
}

/** The same words, where only the customer reads them; behind what stands there already. */
function privately() {
  const { text } = seen;
  composer.insert("", 0, text.length);
  composer.choose("private", { focus: true });
  const end = field().value.length;
  composer.insert(end ? `\n\n${text}` : text, end, end);
}

function dismiss() {
  const one = found[current];
  if (!one || one.blocks) return;
  dismissed.set(draftOf(seen), gone().add(named(one)));
  show();
}

/** The brand knows this word from now on. */
function know() {
  const one = found[current];
  if (!one?.spelt) return;
  const body = new URLSearchParams({ word: seen.text.slice(one.start, one.end), language: told.language });
  ask(told.learn, { method: "POST", body }).then(() => check(), () => {});
  dismiss();
}

function next() {
  if (!found.length) return;
  current = (current + 1) % found.length;
  const one = found[current];
  if (!whole(one)) field().setSelectionRange(one.end, one.end);
  draw();
}

function pressed(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.target.id !== "draft") return;
  const act = { Period: next, Enter: mend, NumpadEnter: mend, Backspace: dismiss, KeyK: know }[event.code];
  if (!act || !found.length) return;
  event.preventDefault();
  act();
}

/** Before sending: what the brand made a condition is shown; the server would refuse it too. */
async function guard(draft) {
  if (draft.mode === "note" || !told.strict) return true;
  clearTimeout(timer);
  asking?.abort();
  await check(AGAIN.length);
  const stops = found.findIndex((one) => one.blocks);
  if (stops < 0) return true;
  current = stops;
  draw();
  field().focus();
  return false;
}

export function start() {
  document.addEventListener("desk:draft", ({ detail }) => changed(detail));
  document.addEventListener("keydown", pressed);
  document.addEventListener("scroll", ({ target }) => target.id === "draft" && found.length && mirror(), true);
  document.addEventListener("change", ({ target }) => target.name === "alt" && changed(composer.now()));
  // The cursor stays in the draft when one of its buttons is pressed.
  document.addEventListener("mousedown", (event) => event.target.closest?.("#checks") && event.preventDefault());
  addEventListener("resize", () => form() && found.length && mirror());
  composer.before(guard);
  changed(composer.now());
}
