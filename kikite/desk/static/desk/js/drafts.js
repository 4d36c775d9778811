// Drafts outlive everything: kept in this browser per case and way, until the server took them.

import { facts } from "./facts.js";

const AGE = 30 * 86400e3;
const name = (id, mode) => `kikite.draft.${facts.agent}.${id}.${mode}`;

export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** {text, token, tried, replaces}: `tried` is the text that was last sent under `token` without an answer. */
export function read(id, mode) {
  try {
    return JSON.parse(localStorage.getItem(name(id, mode))) ?? {};
  } catch {
    return {};
  }
}

export function keep(id, mode, draft) {
  try {
    if (draft.text.trim()) localStorage.setItem(name(id, mode), JSON.stringify({ ...draft, at: Date.now() }));
    else localStorage.removeItem(name(id, mode));
  } catch {
    // A full or forbidden storage: the text still stands in the page.
  }
}

export function forget(id, mode) {
  keep(id, mode, { text: "" });
}

export function prune() {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("kikite.draft.")) continue;
    const { at = 0 } = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (Date.now() - at > AGE) localStorage.removeItem(key);
  }
}
