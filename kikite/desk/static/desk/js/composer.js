// Writing: who will read it, how it will stand, and that it is sent once and never lost.

import * as conversation from "./conversation.js";
import { left } from "./clock.js";
import * as drafts from "./drafts.js";
import { byId, csrf, say } from "./facts.js";
import * as files from "./files.js";
import { ask, says, trouble } from "./says.js";
import { weigh } from "./weigh.js";

const TYPING = 8000; // ms between two words to the network that somebody writes
const PLAN = 250; // ms after the last key until the server is asked how the draft will stand
const number = new Intl.NumberFormat(document.documentElement.lang);
let typed = 0;
let planTimer = null;
let planning = null;
let draft = {};
// Who wants to have a word before something is sent: asked in turn with {case, mode, text}, each answers whether to go on.
const guards = [];

const form = () => byId("composer");
const field = () => byId("draft");
const mode = () => form().dataset.mode;
const caseId = () => form().dataset.case;
const way = (name = mode()) => form().querySelector(`[data-way="${name}"]`)?.dataset ?? {};
const handed = () => way().how === "hand_over";
const possible = (name) => name === "note" || "limit" in way(name);

// --- modes ----------------------------------------------------------------------------------------------------------

/** A case was just opened: its draft is back where it was left. */
export function opened() {
  if (!form()) return;
  const kept = ["private", "public", "note"].find((name) => drafts.read(caseId(), name).text);
  const wanted = drafts.read(caseId(), mode()).text ? mode() : (kept ?? mode());
  choose(possible(wanted) ? wanted : "note");
  const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
  if (mac) form().querySelector("[data-modifier]").textContent = "⌘";
}

export function choose(name, { focus = false } = {}) {
  form().dataset.mode = name;
  draft = drafts.read(caseId(), name);
  field().value = draft.text ?? "";
  dress();
  changed({ keep: false });
  if (focus) field().focus();
}

/** Everything that depends on who reads it. */
function dress() {
  const name = mode();
  for (const button of form().querySelectorAll(".modes [data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === name));
    button.setAttribute("aria-disabled", String(!possible(button.dataset.mode)));
  }
  field().placeholder = field().dataset[name];
  byId("as").textContent = byId("as").dataset[name].replace("%(as)s", way().as ?? "");
  byId("go").textContent = handed() ? say("open", { network: way().network }) : say({ public: "publicly", private: "privately", note: "note" }[name]);
  const customerPrivate = form().querySelector("[data-newest]")?.dataset.newest === "private";
  byId("caution-public").hidden = !(name === "public" && customerPrivate && possible("public"));
  byId("caution-private").hidden = !(name === "private" && way().encrypted === "no" && field().value);
  caution("caution-way", way().why);
  caution("caution-until", way().until && say("late" in way() ? "late" : "until"));
  if (way().until) left(byId("caution-until").querySelector("time"), way().until);
  byId("warned").hidden = !("warnings" in way());
  files.dress(way(), name);
}

function caution(id, words) {
  byId(id).hidden = !words;
  byId(id).querySelector(".words").textContent = words ?? "";
}

/** Something to send: words, or a file where files go. */
const written = () => Boolean(field().value.trim() || (mode() !== "note" && files.any()));

/** Ask `guard` before anything is sent. */
export const before = (guard) => guards.push(guard);

/** What is being written now: {case, mode, text}; null without a composer. Told anew by every "desk:draft". */
export const now = () => form() && { case: caseId(), mode: mode(), text: field().value };

/** Put words where the cursor stands, in place of what is selected or of [from, to); `answer`: the canned answer they are. */
export function insert(words, from = field().selectionStart, to = field().selectionEnd, answer = null) {
  if (answer) draft.answers = [...(draft.answers ?? []), answer];
  field().focus();
  field().setRangeText(words, from, to, "end");
  changed();
}

// --- writing --------------------------------------------------------------------------------------------------------

function changed({ keep = true } = {}) {
  const text = field().value;
  if (keep) {
    draft = { ...draft, text };
    drafts.keep(caseId(), mode(), draft);
    byId("kept").textContent = text.trim() ? say("saved") : "";
  } else byId("kept").textContent = "";
  byId("caution-private").hidden = !(mode() === "private" && way().encrypted === "no" && text);
  enable(written() && possible(mode()) && !("sending" in form().dataset));
  guess(text);
  document.dispatchEvent(new CustomEvent("desk:draft", { detail: now() }));
  clearTimeout(planTimer);
  planning?.abort();
  if (mode() !== "note" && written() && possible(mode())) planTimer = setTimeout(plan, PLAN);
  else showPlan([]);
}

/** The customer may see that somebody writes, where the network shows it. */
function typing() {
  if (!("signals" in way()) || !field().value.trim() || Date.now() - typed < TYPING) return;
  typed = Date.now();
  ask(form().dataset.typing, { method: "POST" }).catch(() => {}); // nobody waits for it
}

/** The weight as far as this page can tell by itself. */
function guess(text) {
  const limit = Number(way().limit);
  const counter = byId("counter");
  counter.textContent = mode() !== "note" && text.trim() && limit ? count(weigh(text.trim(), way()), limit) : "";
}

const count = (weight, limit) => {
  byId("counter").toggleAttribute("data-over", weight > limit);
  return sized(weight, limit);
};

const sized = (weight, limit) => say("part", { weight: number.format(weight), limit: number.format(limit) });

async function plan() {
  planning = new AbortController();
  const { signal } = planning;
  const asked = field().value;
  const body = new URLSearchParams({ text: asked, mode: mode() });
  try {
    const { parts } = await (await ask(form().dataset.plan, { method: "POST", body, signal })).json();
    if (!signal.aborted && field()?.value === asked) showPlan(parts);
    byId("trouble").hidden = true;
  } catch (error) {
    // The guess stands. What cannot be sent so is told now rather than later.
    if (error.answer?.status !== 422 || signal.aborted) return;
    byId("trouble").textContent = await trouble(error.answer);
    byId("trouble").hidden = false;
  }
}

function showPlan(parts) {
  const list = byId("plan");
  list.hidden = parts.length < 2;
  if (parts.length === 1) byId("counter").textContent = count(parts[0].weight, parts[0].limit);
  if (parts.length < 2) return list.replaceChildren();
  byId("counter").textContent = say("posts", { n: parts.length });
  byId("counter").removeAttribute("data-over");
  list.replaceChildren(
    ...parts.map(({ text, weight, limit, files: hung }) => {
      const line = document.createElement("li");
      const size = document.createElement("small");
      line.lang = field().lang;
      size.textContent = [hung && say("files", { n: hung }), sized(weight, limit)].filter(Boolean).join(" · ");
      line.append(document.createElement("span"), size);
      line.firstChild.textContent = text;
      return line;
    }),
  );
}

// --- sending --------------------------------------------------------------------------------------------------------

/** Send what is written. The same text keeps its token until the server answered, so that it stands once. */
/** `later`: until when it waits, as the menu says it; at once without. */
export async function send(later = "") {
  if (byId("go").disabled) return;
  for (const guard of guards) if (!(await guard(now()))) return;
  const [here, id, name, text] = [form(), caseId(), mode(), field().value];
  if (!draft.token || (draft.tried && draft.tried !== text)) draft.token = drafts.uuid();
  draft = { ...draft, text, tried: text };
  drafts.keep(id, name, draft);
  busy(true);
  // Browsers open a window only while the button is pressed; where it leads is known when the server has answered.
  const opened = handed() && name !== "note" ? window.open("", "_blank") : null;
  try {
    const { replies, notes } = here.dataset;
    const from = byId("talk").dataset.from;
    const warning = byId("warned").hidden ? "" : byId("warned").value;
    const body = new URLSearchParams({ text, mode: name, token: draft.token, from, warning });
    if (later) body.append("later", later);
    if (later && byId("holds").checked) body.append("holds", "on");
    for (const answer of draft.answers ?? []) body.append("answer", answer);
    const answer = await ask(name === "note" ? notes : replies, { method: "POST", body });
    lead(opened, answer.headers.get("X-Open"));
    await taken(here, id, name, await answer.text());
  } catch (error) {
    opened?.close();
    if (form() !== here) return;
    byId("trouble").textContent = await trouble(error.answer);
    byId("trouble").hidden = false;
    busy(false);
    field().focus();
  }
}

/** Into the network's own app, which learns nothing of where it was opened from. */
function lead(opened, address) {
  if (!opened) return;
  if (!address) return opened.close();
  opened.opener = null;
  opened.location.replace(address);
}

/** The server took it: only now is the draft let go. */
async function taken(here, id, name, fragments) {
  const { replaces } = draft;
  drafts.forget(id, name);
  if (form() !== here) return;
  draft = {};
  field().value = "";
  byId("warned").value = "";
  if (name !== "note") files.sent();
  busy(false);
  changed({ keep: false });
  byId("trouble").hidden = true;
  await conversation.apply(fragments, { end: true });
  if (replaces) fetch(replaces, { method: "POST", headers: { "X-CSRFToken": csrf, "HX-Request": "true" } });
  byId("scroll").focus({ preventScroll: true });
}

function enable(is) {
  byId("go").disabled = !is;
  byId("later").disabled = !is || mode() === "note" || handed();
}

function busy(is) {
  form().toggleAttribute("data-sending", is);
  field().readOnly = is;
  if (is) byId("go").textContent = say("sending");
  else dress();
  enable(!is && written());
}

/** A refused reply comes back to be changed; once the new one is taken, the old one is withdrawn. */
function again(button) {
  const parts = [button.closest(".way")];
  while (parts.at(-1).nextElementSibling?.matches(".way")) parts.push(parts.at(-1).nextElementSibling);
  const words = button.dataset.words ?? parts.map((part) => bare(part.querySelector(".text").innerText, button.dataset.sign)).join(" ");
  choose(button.dataset.mode, { focus: true });
  field().value = field().value.trim() ? `${words}\n\n${field().value}` : words;
  draft.replaces = button.dataset.withdraw;
  changed();
}

/** The words of a part without its number and its agent's sign. */
function bare(text, sign) {
  const unnumbered = text.trim().replace(/\s\d+\/\d+$/, "");
  return (sign && unnumbered.endsWith(sign) ? unnumbered.slice(0, -sign.length) : unnumbered).trim();
}

/** A reply that has not left yet comes back with its files, into the composer of the case as it then stands. */
async function undo(button) {
  const { undo: url, mode: name, words } = button.dataset;
  const id = caseId();
  try {
    await ask(url, { method: "POST" });
  } catch (error) {
    return says(await trouble(error.answer));
  }
  const { text = "" } = drafts.read(id, name);
  drafts.keep(id, name, { text: text.trim() ? `${words}\n\n${text}` : words });
  form().dataset.mode = name;
  document.dispatchEvent(new CustomEvent("desk:reopen"));
}

/** Take back the reply that was just sent, if it has not left. */
export function takeBack() {
  const waiting = [...document.querySelectorAll("[data-undo]")].filter((button) => button.querySelector("kbd"));
  waiting.at(-1)?.click();
  return waiting.length > 0;
}

/** The page is about to show something else. */
export function leaving() {
  clearTimeout(planTimer);
  planning?.abort();
}

export function start() {
  drafts.prune();
  files.start({ mode, changed: () => changed() });
  opened();
  document.addEventListener("input", ({ target }) => {
    if (target.id !== "draft") return;
    changed();
    typing();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "composer") return;
    event.preventDefault();
    send();
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.(".modes [data-mode]");
    if (button) choose(button.dataset.mode, { focus: true });
    const refused = target.closest?.("[data-again]");
    if (refused) again(refused);
    const waiting = target.closest?.("[data-undo]");
    if (waiting) undo(waiting);
    const time = target.closest?.("[data-later]");
    if (!time) return;
    byId("when").hidePopover();
    send(time.dataset.later || byId("at").value);
  });
  document.addEventListener("desk:refreshed", () => form() && dress());
}
