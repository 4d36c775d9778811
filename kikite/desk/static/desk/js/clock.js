// Waiting times run, and turn at the marks. `marks.py` writes the same words.

import { facts, say } from "./facts.js";

const [CLOSE, OVER] = facts.marks ?? [600, 3600];
const zone = { timeZone: facts.zone, hourCycle: "h23" };
const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { ...zone, hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(language, { ...zone, month: language === "ja" ? "long" : "short", day: "numeric" });
const whole = new Intl.DateTimeFormat(language, { ...zone, dateStyle: "medium", timeStyle: "long" });
const key = new Intl.DateTimeFormat("en-CA", { timeZone: facts.zone, dateStyle: "short" });

const two = (number) => String(number).padStart(2, "0");

export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(seconds / 3600);
  if (hours < 1) return `${minutes}:${two(seconds % 60)}`;
  if (hours < 24) return say("hours", { hours, minutes: two(minutes % 60) });
  return say("days", { days: Math.floor(hours / 24), hours: hours % 24 });
}

/** Write all running times below an element anew; only what changed is touched. */
export function tick(root = document) {
  const now = Date.now();
  for (const time of root.querySelectorAll("time[data-since]")) {
    time.at ??= Date.parse(time.dataset.since);
    const seconds = Math.max(0, Math.floor((now - time.at) / 1000));
    const text = span(seconds);
    if (time.textContent !== text) time.textContent = text;
    const mark = seconds >= OVER ? "over" : seconds >= CLOSE ? "close" : "";
    if (time.dataset.mark !== mark) time.dataset.mark = mark;
  }
  for (const time of root.querySelectorAll("time[data-until]")) down(time, now);
}

/** A time that runs down to `until`: until then something can still be done. */
export function left(time, until) {
  Object.assign(time.dataset, { until });
  time.dateTime = until;
  time.at = Date.parse(until);
  down(time, Date.now());
}

function down(time, now) {
  time.at ??= Date.parse(time.dataset.until);
  const seconds = Math.max(0, Math.floor((time.at - now) / 1000));
  const text = span(seconds);
  if (time.textContent !== text) time.textContent = text;
  const mark = seconds === 0 ? "over" : seconds < OVER ? "close" : "";
  if (time.dataset.mark !== mark) time.dataset.mark = mark;
}

/** Rows are drawn for agents of every zone: their times of day are written again in this agent's. */
export function localise(root) {
  const today = key.format(new Date());
  for (const time of root.querySelectorAll("time[data-newest]")) {
    const at = new Date(time.dateTime);
    time.textContent = key.format(at) === today ? clock.format(at) : date.format(at);
  }
}

export function start() {
  tick();
  setInterval(() => document.hidden || tick(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  // The exact time, when somebody points at a running one.
  document.addEventListener("pointerover", ({ target }) => {
    const time = target.closest?.("time:not([title])");
    if (time) time.title = whole.format(new Date(time.dateTime));
  });
}
