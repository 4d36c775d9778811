// Addresses that are taken along to a network's own pages.

import { say } from "./facts.js";
import { says } from "./says.js";

export function start() {
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      says(say("copied"));
    } catch {
      // Not over https, or not allowed: selected, it is one key away.
      getSelection().selectAllChildren(button.previousElementSibling);
    }
  });
}
