// Going from list to list and from case to case without loading the frame again. Every place has its address.

import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import { byId, facts } from "./facts.js";
import * as list from "./list.js";
import { ask, says, trouble } from "./says.js";

const CASE = /^\/[^/]+\/cases\/\d+\/$/;
const ready = new Map(); // address -> promise of a fragment, fetched when a pointer goes down
let blank = "";
let going = null;
let scrolled = 0;

const isCase = (url) => CASE.test(url.pathname);
const isList = (url) => [`/${facts.slug}/`, `/${facts.slug}/mine`, `/${facts.slug}/all`].includes(url.pathname);
const isHere = (url) => url.origin === location.origin && url.pathname.startsWith(`/${facts.slug}/`);

/** Whether a link leads to a place that this page can become. */
export const canGo = (url) => Boolean(byId("list")) && isHere(url) && (isCase(url) || isList(url));

export async function go(url, { push = true, focus = true } = {}) {
  going?.abort();
  going = new AbortController();
  const { signal } = going;
  const slow = setTimeout(() => byId("case").toggleAttribute("data-slow", true), 180);
  try {
    if (isCase(url)) await openCase(url, { signal, focus });
    else await openList(url, signal);
    if (push) history.pushState(null, "", url);
    settle();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!push) return location.reload();
    says(await trouble(error.answer));
  } finally {
    clearTimeout(slow);
    byId("case").removeAttribute("data-slow");
  }
}

async function openCase(url, { signal, focus }) {
  const text = await fragment(url, "case", signal);
  if (signal.aborted) return;
  if (document.body.dataset.open !== "case") scrolled = byId("rows").scrollTop;
  await show(text);
  document.body.dataset.open = "case";
  conversation.opened();
  composer.opened();
  list.stampAll();
  if (focus) byId("scroll").focus({ preventScroll: true });
}

async function openList(url, signal) {
  if (byId("list").dataset.url !== url.pathname) {
    const text = await fragment(url, "list", signal);
    await htmx.swap({ text, target: byId("list"), sourceElement: byId("list"), swap: "outerHTML" });
    scrolled = 0;
  }
  await show(blank);
  document.body.dataset.open = "list";
  delete document.body.dataset.rail;
  byId("rows").scrollTop = scrolled;
  list.clear();
  list.focusCurrent();
}

async function show(text) {
  composer.leaving();
  await htmx.swap({ text, target: byId("case"), sourceElement: byId("case"), swap: "innerHTML" });
}

function settle() {
  const shelf = byId("list").dataset.shelf;
  for (const link of document.querySelectorAll(".nav [data-shelf]")) {
    if (link.dataset.shelf === shelf) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = (byId("open") ?? byId("list")).dataset.title;
}

/** Leave the case for its list, at the row where one was. */
export function back() {
  if (!byId("open")) return;
  const open = byId("open").dataset.case;
  return go(new URL(byId("list").dataset.url, location)).then(() => {
    const row = byId(`row-${open}`);
    if (row) list.focus(row);
  });
}

async function fragment(url, target, signal) {
  const kept = ready.get(url.href);
  ready.delete(url.href);
  return kept ? await kept : (await ask(url, { target, signal })).text();
}

/** Begin to fetch when the button goes down: a click takes its time to come up. */
function prepare(url) {
  if (ready.has(url.href)) return;
  const text = ask(url, { target: isCase(url) ? "case" : "list" }).then((answer) => answer.text());
  text.catch(() => ready.delete(url.href));
  ready.set(url.href, text);
  setTimeout(() => ready.delete(url.href), 2000);
}

const plain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

export function start() {
  if (!byId("list")) return;
  blank = byId("blank").innerHTML;
  document.addEventListener("pointerdown", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && plain(event) && !link.matches("[data-back]") && canGo(new URL(link.href))) prepare(new URL(link.href));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (event.target.closest?.("[data-begin]")) document.querySelector("#rows .row a")?.click();
    if (!link || !plain(event) || link.target || !canGo(new URL(link.href))) return;
    event.preventDefault();
    if (link.matches("[data-back]")) back();
    else go(new URL(link.href));
  });
  addEventListener("popstate", () => go(new URL(location), { push: false }));
}
