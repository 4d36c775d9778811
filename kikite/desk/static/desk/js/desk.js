// The desk's own scripts, each a small module; htmx does the rest.

import * as clock from "./clock.js";
import * as composer from "./composer.js";
import * as copying from "./copying.js";
import * as conversation from "./conversation.js";
import * as folding from "./folding.js";
import * as going from "./going.js";
import * as keys from "./keys.js";
import * as list from "./list.js";
import * as live from "./live.js";
import * as selecting from "./selecting.js";
import * as says from "./says.js";
import { byId } from "./facts.js";

// Checks come with the first word that is written.
document.addEventListener("desk:draft", async function first({ detail }) {
  if (!detail?.text.trim() && !byId("files")?.children.length) return;
  document.removeEventListener("desk:draft", first);
  (await import("./checks.js")).start();
});
// Canned answers come with the first slash.
document.addEventListener("desk:draft", async function slash({ detail }) {
  if (!detail?.text.includes("/")) return;
  document.removeEventListener("desk:draft", slash);
  (await import("./playbooks.js")).start();
});
for (const part of [clock, says, folding, keys, copying]) part.start();
if (byId("list")) for (const part of [selecting, list, going, conversation, composer]) part.start();
live.start();
document.documentElement.dataset.ready = "";
