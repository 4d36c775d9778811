// What the agent will want next is fetched before it is asked for: the next case while this one is read, and whatever a
// button goes down on, since a click takes its time to come up.

import { ask } from "./says.js";

const PRESSED = 2000; // ms that a click may take
const READ = 60000; // ms that the next case is kept; what happens to it meanwhile throws it away
const IDLE = 120; // ms after a case was shown
const ready = new Map(); // address -> {text: a promise of the fragment, id of the case or ""}
let timer = null;

function fetched(url, target, keeps) {
  if (ready.has(url.href)) return;
  const kept = { text: ask(url, { target }).then((answer) => answer.text()), id: /\/cases\/(\d+)\//.exec(url.pathname)?.[1] ?? "" };
  const drop = () => ready.get(url.href) === kept && ready.delete(url.href);
  kept.text.catch(drop);
  ready.set(url.href, kept);
  setTimeout(drop, keeps);
}

/** The fragment of an address, as a promise; undefined when it was not fetched ahead. It is good for one use. */
export function take(url) {
  const kept = ready.get(url.href);
  ready.delete(url.href);
  return kept?.text;
}

/** A button went down on a link. */
export const pressed = (url, target) => fetched(url, target, PRESSED);

/** A case is shown: fetch its neighbour in the list, the way the agent goes (1 down, -1 up). Only while the page hears
    of changes, which are what throws it away. */
export function shown(by) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const row = document.querySelector("#rows .row[data-current]");
    const link = (by < 0 ? row?.previousElementSibling : row?.nextElementSibling)?.querySelector("a");
    if (link && "live" in document.documentElement.dataset) fetched(new URL(link.href), "case", READ);
  }, IDLE);
}

/** Something happened to these cases (or to any, without ids): what was fetched of them is old. */
export function hear(ids) {
  for (const [address, { id }] of ready) if (!ids || ids.includes(+id)) ready.delete(address);
}
