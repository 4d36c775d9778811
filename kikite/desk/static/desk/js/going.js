// Going from list to list and from case to case without loading the frame again. Every place has its address.

import * as ahead from "./ahead.js";
import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import { byId, facts } from "./facts.js";
import * as list from "./list.js";
import { ask, says, trouble } from "./says.js";

const CASE = /^\/[^/]+\/cases\/\d+\/$/;
let blank = "";
let going = null;
let scrolled = 0;

const isCase = (url) => CASE.test(url.pathname);
const isList = (url) => [`/${facts.slug}/`, `/${facts.slug}/mine`, `/${facts.slug}/all`].includes(url.pathname);
const isHere = (url) => url.origin === location.origin && url.pathname.startsWith(`/${facts.slug}/`);

/** Whether a link leads to a place that this page can become. */
export const canGo = (url) => Boolean(byId("list")) && isHere(url) && (isCase(url) || isList(url));

/** Become that place. `by`: which way the agent goes through the list, 1 down or -1 up. */
export async function go(url, { push = true, focus = true, by = 1 } = {}) {
  going?.abort();
  going = new AbortController();
  const { signal } = going;
  const slow = setTimeout(() => byId("case").toggleAttribute("data-slow", true), 180);
  try {
    if (isCase(url)) await openCase(url, { signal, focus, by });
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

async function openCase(url, { signal, focus, by }) {
  const text = await fragment(url, "case", signal);
  if (signal.aborted) return;
  if (document.body.dataset.open !== "case") scrolled = byId("rows").scrollTop;
  await show(text);
  document.body.dataset.open = "case";
  conversation.opened();
  composer.opened();
  list.stampAll();
  if (focus) byId("scroll").focus({ preventScroll: true });
  ahead.shown(by);
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
  return (await ahead.take(url)) ?? (await ask(url, { target, signal })).text();
}

const plain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

export function start() {
  if (!byId("list")) return;
  blank = byId("blank").innerHTML;
  document.addEventListener("pointerdown", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || !plain(event) || link.matches("[data-back]")) return;
    const url = new URL(link.href);
    if (canGo(url)) ahead.pressed(url, isCase(url) ? "case" : "list");
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (event.target.closest?.("[data-begin]")) document.querySelector("#rows .row a")?.click();
    if (!link || !plain(event) || link.target || !canGo(new URL(link.href))) return;
    event.preventDefault();
    if (link.matches("[data-back]")) back();
    else go(new URL(link.href));
  });
  document.addEventListener("desk:reopen", () => (ahead.hear(), go(new URL(location), { push: false })));
  addEventListener("popstate", () => go(new URL(location), { push: false }));
}
