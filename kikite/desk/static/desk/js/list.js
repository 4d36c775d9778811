// The list of cases: which row stands where, for this agent. Rows come drawn from the server, the same for everybody;
// whose they are and which one is open is added here. Nothing moves under the pointer: what would shift rows while
// the pointer rests on the list waits until it leaves or a key is used.

import { localise, tick } from "./clock.js";
import { byId, facts, say } from "./facts.js";
import { ask } from "./says.js";

const waiting = new Map(); // id -> what the server said of it, while the pointer rests on the list
let left = 0; // where the row stood that one worked on, before it left
const unseen = new Set(); // ids that came in above, in "all"

const list = () => byId("list");
const rows = () => byId("rows");
const shelf = () => list()?.dataset.shelf;
const all = () => [...rows().querySelectorAll(".row")];
const pointed = () => rows().matches(":hover") && matchMedia("(hover: hover)").matches;

// --- what belongs where ---------------------------------------------------------------------------------------------

function belongs(told) {
  if (shelf() === "queue") return told.waiting !== null;
  if (shelf() === "unassigned") return told.waiting !== null && !told.assignee;
  if (shelf() === "mine") return told.assignee === facts.agent && told.state !== "resolved";
  return true;
}

/** Smaller comes first. */
function place(told) {
  if (shelf() === "all") return -Date.parse(told.last);
  return told.waiting ? Date.parse(told.waiting) : Infinity;
}

const told = (row) => ({ id: +row.dataset.case, waiting: row.dataset.waiting || null, last: row.dataset.last });

const before = (one, other) => place(one) < place(other) || (place(one) === place(other) && one.id < other.id);

/** The row before which this one stands; null for the end; undefined when that is beyond what is loaded. */
function neighbour(one) {
  const end = byId("more") ? undefined : null;
  const last = byId("more")?.previousElementSibling ?? rows().lastElementChild;
  if (!last || (last.id !== `row-${one.id}` && !before(one, told(last)))) return end; // what is new mostly comes last
  const others = all().filter((row) => row.id !== `row-${one.id}`);
  let low = 0;
  for (let high = others.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (before(one, told(others[middle]))) high = middle;
    else low = middle + 1;
  }
  return others[low] ?? end;
}

// --- what the server tells ------------------------------------------------------------------------------------------

export function hear(rowsTold) {
  if (!list()) return;
  for (const one of rowsTold) settle(one);
  emptiness();
}

function settle(one) {
  const row = byId(`row-${one.id}`);
  if (!belongs(one)) return row ? leave(row, one) : undefined;
  if (shelf() === "all" && arrivesAbove(one, row)) return;
  if (row) return update(row, one);
  const next = neighbour(one);
  if (next === undefined) return;
  if (next && pointed()) return void waiting.set(one.id, one);
  const fresh = drawn(one);
  rows().insertBefore(fresh, next);
  fresh.dataset.fresh = "";
}

/** In "all" the newest come in at the top: behind "N new", unless the agent looks at the very top. */
function arrivesAbove(one, row) {
  if (row && row.dataset.last === one.last) return false;
  if (rows().scrollTop < 8 && !pointed()) return false;
  if (row) refresh(row, one, row.dataset.last);
  unseen.add(one.id);
  const button = byId("fresh");
  button.textContent = say("new", { n: unseen.size });
  button.hidden = false;
  return true;
}

function update(row, one) {
  delete row.dataset.gone;
  const moves = place(one) !== place(told(row));
  if (moves && pointed()) {
    refresh(row, one, row.dataset.last, row.dataset.waiting);
    return void waiting.set(one.id, one);
  }
  refresh(row, one);
  if (!moves) return;
  const next = neighbour(one);
  if (next === undefined) row.remove();
  else rows().insertBefore(row, next);
}

function leave(row, one) {
  waiting.delete(one.id);
  if ("current" in row.dataset) left = all().indexOf(row);
  refresh(row, one);
  if (pointed() || row.contains(document.activeElement)) {
    row.dataset.gone = "";
    row.title = say("gone");
  } else row.remove();
}

/** What waited for the pointer to leave. */
export function flush() {
  if (!list()) return;
  for (const row of rows().querySelectorAll("[data-gone]")) if (!row.contains(document.activeElement)) row.remove();
  const held = [...waiting.values()];
  waiting.clear();
  held.forEach(settle);
  emptiness();
}

// --- drawing --------------------------------------------------------------------------------------------------------

function drawn(one) {
  const holder = document.createElement("template");
  holder.innerHTML = one.html;
  const row = holder.content.querySelector(".row");
  stamp(row);
  return row;
}

/** New words in an old row: the element stays, and with it focus. `last` and `since` keep its place as it is. */
function refresh(row, one, last = one.last, since = one.waiting ?? "") {
  const fresh = drawn(one);
  row.querySelector("a").replaceChildren(...fresh.querySelector("a").childNodes);
  Object.assign(row.dataset, { ...fresh.dataset, last, waiting: since });
  stamp(row);
}

/** What is this agent's own about a row. */
function stamp(row) {
  const link = row.querySelector("a");
  const url = new URL(link.getAttribute("href"), location.origin);
  if (shelf() !== "queue") url.searchParams.set("in", shelf());
  link.href = url.pathname + url.search;
  const mine = +row.dataset.assignee === facts.agent;
  row.toggleAttribute("data-yours", mine);
  if (mine) row.querySelector(".whose").textContent = say("yours");
  const current = row.dataset.case === byId("open")?.dataset.case;
  row.toggleAttribute("data-current", current);
  if (current) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  tick(row);
  localise(row);
}

export function stampAll() {
  if (!list()) return;
  all().forEach(stamp);
  const focusable = rows().querySelector("a[tabindex='0']") ?? rows().querySelector(".row[data-current] a, .row a");
  focusable?.setAttribute("tabindex", "0");
  emptiness();
}

function emptiness() {
  byId("nothing").hidden = Boolean(rows().querySelector(".row, #more"));
}

// --- moving with keys -----------------------------------------------------------------------------------------------

/** Put the focus on the next (1) or previous (-1) row; returns its link. */
export function step(by) {
  const found = all();
  const here = found.findIndex((row) => row.contains(document.activeElement));
  const open = found.findIndex((row) => "current" in row.dataset);
  const from = here >= 0 ? here : open;
  const to = from >= 0 ? from + by : left + (by > 0 ? 0 : by);
  const row = found[Math.min(found.length - 1, Math.max(0, to))];
  if (row) focus(row);
  flush();
  return row?.querySelector("a");
}

export function focus(row) {
  rows().querySelector("a[tabindex='0']")?.setAttribute("tabindex", "-1");
  const link = row.querySelector("a");
  link.tabIndex = 0;
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

export function focusCurrent() {
  const row = rows()?.querySelector(".row[data-current]") ?? rows()?.querySelector(".row a[tabindex='0']")?.closest("li");
  if (row) focus(row);
}

// --- beginning again ------------------------------------------------------------------------------------------------

/** Read the list anew: after a lost connection, or to see what came in above. */
export async function reload({ top = false } = {}) {
  if (!list()) return;
  const answer = await ask(list().dataset.url, { target: "list" });
  const scrolled = rows().scrollTop;
  const focused = document.activeElement?.closest(".row")?.id;
  await htmx.swap({ text: await answer.text(), target: list(), sourceElement: list(), swap: "outerHTML" });
  clear();
  rows().scrollTop = top ? 0 : scrolled;
  if (focused && byId(focused)) focus(byId(focused));
}

/** Another list stands here now. */
export function clear() {
  waiting.clear();
  unseen.clear();
  left = 0;
  stampAll();
}

export function start() {
  stampAll();
  document.addEventListener("pointerout", (event) => {
    if (event.target.closest?.("#rows") && !event.relatedTarget?.closest?.("#rows")) flush();
  });
  document.addEventListener("click", ({ target }) => target.closest?.("#fresh") && reload({ top: true }));
  document.addEventListener("htmx:after:swap", () => list() && stampAll());
}
