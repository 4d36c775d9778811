// What was done, and how to take it back; what went wrong, in words.

import { byId, csrf, say } from "./facts.js";

const STAYS = 6000;
let undo = null;

export function says(text, undoUrl = "") {
  const line = document.createElement("p");
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  if (undoUrl) line.append(undoButton(undoUrl));
  byId("says").replaceChildren(line);
  undo = undoUrl ? line.lastChild : null;
  setTimeout(() => {
    if (undo && line.contains(undo)) undo = null;
    line.remove();
  }, STAYS);
}

function undoButton(url) {
  const button = document.createElement("button");
  const key = document.createElement("kbd");
  key.textContent = "z";
  button.append(say("undo"), key);
  button.addEventListener("click", () => {
    undo = null;
    button.closest("p").remove();
    document.dispatchEvent(new CustomEvent("desk:undo", { detail: { url } }));
  });
  return button;
}

/** Take back what was just done, if it still can be. */
export function takeBack() {
  const was = undo;
  was?.click();
  return Boolean(was);
}

/** A sentence for an answer that is not one, or for no answer at all. */
export async function trouble(answer) {
  if (!answer) return say("unanswered");
  const plain = answer.headers.get("content-type")?.startsWith("text/plain");
  return (plain && (await answer.text()).trim()) || say("failed");
}

/** Ask our own server. Returns the answer; throws what `trouble` can put in words. */
export async function ask(url, { method = "GET", target = "", body, signal } = {}) {
  const headers = { "HX-Request": "true", "HX-Target": `x#${target}`, "HX-Current-URL": location.href };
  if (method !== "GET") headers["X-CSRFToken"] = csrf;
  let answer;
  try {
    answer = await fetch(url, { method, headers, body, signal: signal ?? AbortSignal.timeout(20000) });
  } catch (error) {
    throw Object.assign(new Error(error.message), { name: error.name, answer: null });
  }
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { answer });
  return answer;
}

export function start() {
  document.addEventListener("desk:says", ({ detail }) => says(detail.text, detail.undo));
  document.addEventListener("htmx:response:error", async ({ detail: { ctx } }) => {
    const plain = ctx.response.headers.get("content-type")?.startsWith("text/plain");
    says((plain && ctx.text) || say("failed"));
  });
  document.addEventListener("htmx:error", ({ detail }) => detail.error?.name === "AbortError" || says(say("unanswered")));
}
