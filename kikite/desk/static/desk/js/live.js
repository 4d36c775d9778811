// One line to the server for everything that changes. While it is cut, a quiet word; when it is back, or the tab was
// hidden, the page reads its list and its case again.

import * as ahead from "./ahead.js";
import * as conversation from "./conversation.js";
import { byId, facts, say } from "./facts.js";
import * as list from "./list.js";

const QUIET = 1500; // ms until a lost connection is worth a word
const HIDDEN = 10000; // ms; a browser has six lines to a server, and a hidden tab must not keep one
const SILENCE = 40000; // ms; the server says something every 15 s, so a longer silence is a dead line
let source = null;
let silence = null;
let heard = false;
let lostTimer = null;
let hiddenTimer = null;

function connect() {
  source?.close();
  source = new EventSource(facts.stream);
  breathe();
  for (const name of ["breath", "rows", "cases", "counts"]) source.addEventListener(name, breathe);
  source.addEventListener("hello", () => {
    found();
    document.documentElement.dataset.live = "";
    if (heard) catchUp();
    heard = true;
  });
  source.addEventListener("rows", ({ data }) => ours(data, (told) => list.hear(told.rows)));
  source.addEventListener("cases", ({ data }) => ours(data, (told) => (ahead.hear(told.ids), conversation.hear(told.ids))));
  source.addEventListener("counts", ({ data }) => ours(data, counts));
  source.addEventListener("error", () => {
    lost();
    ahead.hear();
    delete document.documentElement.dataset.live;
    // The browser tries again by itself, but not after an answer that is no stream.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => document.hidden || connect(), 3000);
  });
}

function breathe() {
  clearTimeout(silence);
  silence = setTimeout(() => document.hidden || (lost(), connect()), SILENCE);
}

function ours(data, hear) {
  const told = JSON.parse(data);
  if (told.brand === facts.brand) hear(told);
}

export function catchUp() {
  ahead.hear();
  list.reload().catch(() => {});
  conversation.hear();
}

export function counts(told) {
  for (const place of document.querySelectorAll("[data-count]")) {
    const count = told[place.dataset.count];
    if (count === undefined) continue;
    place.textContent = count >= facts.most ? `${facts.most - 1}+` : count;
    place.toggleAttribute("data-none", count === 0);
  }
}

function lost() {
  lostTimer ??= setTimeout(() => {
    byId("lost").textContent = say("lost");
    byId("lost").hidden = false;
  }, QUIET);
}

function found() {
  clearTimeout(lostTimer);
  lostTimer = null;
  byId("lost").hidden = true;
}

function visibility() {
  clearTimeout(hiddenTimer);
  if (document.hidden) hiddenTimer = setTimeout(() => (source.close(), (source = null)), HIDDEN);
  else if (!source || source.readyState === EventSource.CLOSED) connect();
}

export function start() {
  if (!facts.brand || !facts.stream) return;
  connect();
  document.addEventListener("visibilitychange", visibility);
  addEventListener("offline", () => (lost(), source?.close()));
  addEventListener("online", connect);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
}
