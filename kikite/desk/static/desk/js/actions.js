// What can be done now. The page tells each action's words and keys (actions.py); most press the button that shows
// them, the others say here what they do and when they can.

import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import { byId, facts } from "./facts.js";
import * as going from "./going.js";
import * as list from "./list.js";
import { takeBack } from "./says.js";

const narrow = () => matchMedia("(max-width: 760px)").matches;
const listed = () => Boolean(byId("list"));
const open = () => Boolean(byId("open"));
const writes = (mode) => ({
  when: () => Boolean(byId("composer")),
  run: () => composer.choose(mode, { focus: true }),
});

function step(by) {
  const link = list.step(by);
  if (link && open() && !narrow()) going.go(new URL(link.href), { focus: false, by });
}

function back() {
  if (document.body.dataset.rail === "open") return conversation.toggleRail();
  return going.back();
}

const doing = {
  palette: { when: () => true, run: async () => (await import("./palette.js")).open() },
  next: { when: listed, run: () => step(1) },
  previous: { when: listed, run: () => step(-1) },
  back: { when: open, run: back },
  reply: writes("public"),
  private: writes("private"),
  note: writes("note"),
  undo: { when: listed, run: () => takeBack() || composer.takeBack() },
  customer: { when: () => Boolean(byId("rail")), run: () => conversation.toggleRail() },
};

// Here before it is asked for, so that no key is typed past it; without a connection it is fetched when it is wanted.
addEventListener("load", () => setTimeout(() => import("./palette.js").catch(() => {}), 1000));

const pressing = (selector) => ({
  when: () => Boolean(document.querySelector(selector)),
  run: () => document.querySelector(selector).click(),
});

/** Every action: id, words, keys; `when` it can be done, and `run` does it. What a link itself does is not among them. */
export const actions = (facts.actions ?? [])
  .map((told) => ({ ...told, ...(told.press ? pressing(told.press) : doing[told.id]) }))
  .filter((one) => one.run);

/** The action of a key, or of one key after another ("g q"). */
export function action(keys) {
  return actions.find((one) => one.keys.split("|").includes(keys));
}
