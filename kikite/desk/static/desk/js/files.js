// Pictures and files of a draft: chosen, pasted or dropped; kept by the server at once, so that any device has them.

import { byId, say } from "./facts.js";
import { ask, says, trouble } from "./says.js";

let hooks = { mode: () => "", changed: () => {} };

const form = () => byId("composer");
const list = () => byId("files");
const accepts = () => byId("attach").querySelector("input").accept;

/** Who reads it decides what may go with it. */
export function dress(way, mode) {
  const input = byId("attach").querySelector("input");
  input.accept = way.accepts ?? "";
  byId("attach").hidden = mode === "note" || !input.accept;
  list().hidden = mode === "note";
}

export const any = () => Boolean(list().querySelector(".file"));

/** They went out with the reply. */
export const sent = () => list().replaceChildren();

async function add(chosen) {
  const here = form();
  for (const file of chosen) {
    const body = new FormData();
    body.append("file", file);
    body.append("mode", hooks.mode());
    here.dataset.attaching = "";
    try {
      const answer = await ask(here.dataset.files, { method: "POST", body, signal: AbortSignal.timeout(120000) });
      if (form() !== here) return;
      list().insertAdjacentHTML("beforeend", await answer.text());
    } catch (error) {
      says(`${file.name}: ${await trouble(error.answer)}`);
    } finally {
      delete here.dataset.attaching;
    }
  }
  hooks.changed();
  list().lastElementChild?.querySelector("input")?.focus();
}

async function remove(button) {
  const line = button.closest(".file");
  try {
    await ask(line.dataset.address, { method: "DELETE" });
    line.remove();
    hooks.changed();
  } catch (error) {
    says(await trouble(error.answer));
  }
}

async function describe(input) {
  const body = new URLSearchParams({ alt: input.value });
  try {
    await ask(input.closest(".file").dataset.address, { method: "POST", body });
  } catch {
    says(say("unanswered"));
  }
}

const brought = (event) => [...(event.clipboardData ?? event.dataTransfer)?.files ?? []];

function drop(event) {
  if (!event.target.closest?.("#case") || !form() || !accepts()) return;
  event.preventDefault();
  form().toggleAttribute("data-over", event.type === "dragover");
  if (event.type === "drop") add(brought(event));
}

export function start(given) {
  hooks = given;
  document.addEventListener("change", ({ target }) => {
    if (target.closest?.("#attach")) {
      add([...target.files]);
      target.value = "";
    } else if (target.matches?.("#files input")) describe(target);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-unattach]");
    if (button) remove(button);
  });
  document.addEventListener("paste", (event) => {
    const files = brought(event);
    if (event.target.id !== "draft" || !files.length || !accepts()) return;
    event.preventDefault();
    add(files);
  });
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, drop);
}
