// Choosing many cases and acting on them at once. The row keeps its mark for as long as it stands; the bar below the list
// is read when the first case is chosen.

import { byId, say } from "./facts.js";
import { ask, says, trouble } from "./says.js";

const chosen = new Set(); // numbers of cases
let whole = false; // the whole list is meant, also what is not loaded
let anchor = null; // the row that was chosen last, where a range begins

const bar = () => byId("chosen");
const rows = () => [...document.querySelectorAll("#rows .row")];
const box = (row) => row.querySelector(".choose input");
export const any = () => whole || chosen.size > 0;

async function show() {
  if (!bar() && any()) {
    const holder = byId("choosing");
    const text = await (await ask(holder.dataset.tools, { target: "choosing" })).text();
    await htmx.swap({ text, target: holder, sourceElement: holder, swap: "innerHTML" });
  }
  byId("list").toggleAttribute("data-choosing", any());
  if (!bar()) return;
  bar().hidden = !any();
  const count = whole ? say("whole", { n: bar().dataset.most }) : say("chosen", { n: chosen.size });
  bar().querySelector(".how-many").textContent = count;
}

function mark(row, is) {
  const id = +row.dataset.case;
  if (is) chosen.add(id);
  else chosen.delete(id);
  box(row).checked = is;
  row.toggleAttribute("data-chosen", is);
}

/** Choose a row or not; with `range` all rows from the last one chosen. */
function choose(row, { range = false, is = !chosen.has(+row.dataset.case) } = {}) {
  whole = false;
  const all = rows();
  const [from, to] = [all.indexOf(range && anchor?.isConnected ? anchor : row), all.indexOf(row)].sort((a, b) => a - b);
  for (const one of all.slice(from, to + 1)) mark(one, is);
  anchor = row;
  show().catch(unheard);
}

export function none() {
  whole = false;
  for (const row of rows()) mark(row, false);
  chosen.clear();
  show();
}

function everything() {
  for (const row of rows()) mark(row, true);
  whole = true;
  show();
}

const unheard = async (error) => says(await trouble(error.answer));

/** `how`: {act, to, until}, as the server wants them. */
async function act(how) {
  const body = new URLSearchParams(how);
  if (whole) body.append("shelf", byId("list").dataset.shelf);
  else body.append("ids", [...chosen].join(","));
  try {
    const { text, undo } = await (await ask(bar().dataset.acts, { method: "POST", body })).json();
    none();
    says(text, undo);
  } catch (error) {
    await unheard(error);
  }
}

const KEYS = { e: { act: "resolve" }, a: { act: "give" } };

/** Before the keys of the page: while cases are chosen, its acts are meant for them. */
function pressed(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (document.querySelector("dialog[open], .menu:popover-open")) return;
  const row = document.activeElement?.closest?.("#rows .row") ?? document.querySelector("#rows .row[data-current]");
  if (event.key.toLowerCase() === "x" && row) choose(row, { range: event.shiftKey });
  else if (any() && event.key === "Escape") none();
  else if (any() && event.key === "s") byId("snooze-chosen")?.showPopover();
  else if (any() && KEYS[event.key]) act(KEYS[event.key]);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function clicked(event) {
  const field = event.target.closest?.(".choose input");
  if (field) choose(field.closest(".row"), { range: event.shiftKey, is: field.checked });
  const all = event.target.closest?.("[data-choose]");
  if (all) ({ all: everything, none, begin: () => byId("list").toggleAttribute("data-choosing", true) })[all.dataset.choose]();
  const button = event.target.closest?.("#chosen [data-do]");
  if (!button || button.dataset.do === "menu") return;
  const { do: name, to = "", until = "" } = button.dataset;
  act({ act: name === "take" ? "give" : name, to, until });
}

export function start() {
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("click", clicked);
  // Rows that come in are marked where they are chosen; another list begins with none.
  document.addEventListener("htmx:after:swap", ({ target }) => {
    if (target.id === "list") chosen.clear(), (whole = false);
    for (const row of rows()) if (chosen.has(+row.dataset.case) || whole) mark(row, true);
  });
}
