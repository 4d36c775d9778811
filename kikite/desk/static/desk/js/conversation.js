// The open case: kept up to date without touching what the agent writes, reads or points at.

import { tick } from "./clock.js";
import { byId, say } from "./facts.js";
import { ask, says, trouble } from "./says.js";
import { view } from "./viewer.js";

const GATHER = 150; // ms in which changes are gathered into one fetch
let timer = null;
let fetching = null;

const scroller = () => byId("scroll");
const atEnd = () => !scroller() || scroller().scrollHeight - scroller().scrollTop - scroller().clientHeight < 80;

// While the agent reads the end, it stays in view, whatever grows above it (a picture) or below (the composer).
let pinned = true;
const grown = new ResizeObserver(() => pinned && toEnd());

export function toEnd() {
  if (!scroller()) return;
  pinned = true;
  scroller().scrollTop = scroller().scrollHeight;
  byId("below").hidden = true;
}

/** A case was just opened. */
export function opened() {
  grown.disconnect();
  if (!scroller()) return;
  tick(byId("case"));
  toEnd();
  grown.observe(scroller());
  grown.observe(scroller().querySelector(".column"));
  for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    scroller().addEventListener(name, () => requestAnimationFrame(() => scroller() && (pinned = atEnd())), { passive: true });
  }
  scroller().addEventListener("scroll", () => atEnd() && byId("below")?.setAttribute("hidden", ""), { passive: true });
}

/** Something happened to these cases (or to any, without ids). */
export function hear(ids) {
  const open = byId("open");
  if (!open || (ids && !ids.includes(+open.dataset.case))) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, GATHER);
}

export async function refresh() {
  const open = byId("open");
  if (!open) return;
  fetching?.abort();
  fetching = new AbortController();
  const { signal } = fetching;
  try {
    const url = new URL(open.dataset.live, location);
    url.searchParams.set("from", byId("talk").dataset.from);
    const answer = await ask(url, { target: "live", signal });
    if (open === byId("open")) await apply(await answer.text());
  } catch (error) {
    if (error.name !== "AbortError" && error.answer?.status === 404) location.assign("/");
  }
}

/** Morph the live parts of the case in. The end stays in view where it was; else the agent is told of new words. */
export async function apply(text, { end = false } = {}) {
  const follow = end || atEnd();
  const last = byId("talk").lastElementChild?.id;
  await htmx.swap({ text, target: byId("case"), sourceElement: byId("case"), swap: "none" });
  tick(byId("case"));
  if (follow) toEnd();
  else if (byId("talk").lastElementChild?.id !== last) byId("below").hidden = false;
  document.dispatchEvent(new CustomEvent("desk:refreshed"));
}

function toggleRail() {
  const narrow = matchMedia("(max-width: 1100px)").matches;
  const { dataset } = document.body;
  if (narrow) dataset.rail === "open" ? delete dataset.rail : (dataset.rail = "open");
  else dataset.rail === "closed" ? delete dataset.rail : (dataset.rail = "closed");
}

/** A face that cannot be had shows its initials; a picture says so and keeps its description below. */
function missing(picture) {
  if (picture.matches?.(".face img")) picture.remove();
  if (!picture.matches?.(".media img")) return;
  const words = document.createElement("span");
  words.className = "lost";
  words.textContent = say("picture");
  picture.replaceWith(words);
}

export { toggleRail };

export function start() {
  opened();
  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.closest?.("[data-rail]:not(body)")) toggleRail();
    if (target.closest?.("#below")) toEnd();
    const picture = target.closest?.("a[data-view]");
    if (picture && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      view(picture);
    }
  });
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const from = byId("talk")?.dataset.from;
    if (from && ctx.request.method !== "GET") ctx.request.body.set("from", from);
  });
  // An act's answer is the case as it stands now.
  document.addEventListener("htmx:after:swap", () => byId("case") && tick(byId("case")));
  document.addEventListener("desk:undo", async ({ detail }) => {
    try {
      says((await (await ask(detail.url, { method: "DELETE" })).json()).text);
    } catch (error) {
      says(await trouble(error.answer));
    }
    await refresh();
  });
  document.addEventListener("error", ({ target }) => missing(target), true);
  for (const picture of document.querySelectorAll("#case img")) if (picture.complete && picture.loading !== "lazy" && !picture.naturalWidth) missing(picture);
}
