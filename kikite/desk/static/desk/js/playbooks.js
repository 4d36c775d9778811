// Canned answers: a slash in the draft opens a list that filters as one types; what is chosen takes the slash's place.

import * as composer from "./composer.js";
import { byId, say } from "./facts.js";
import { ask } from "./says.js";

const SHOWN = 8;
// A slash that begins a word. Japanese has no spaces; addresses, dates and fractions are no slashes of ours.
const SLASH = /(?:^|[^\w/:.])\/([^\s/]{0,40})$/;
const read = new Map();
let shown = [];
let at = 0;
let begin = -1;
let let_be = -1;

const list = () => byId("answers");
const field = () => byId("draft");
const open = () => list() && !list().hidden;
const fold = (words) => words.normalize("NFKC").toLocaleLowerCase();

/** The case's answers, asked for once. What failed is asked for again with the next slash. */
function answersOf(draft) {
  if (!read.has(draft.case)) {
    const asked = ask(byId("composer").dataset.answers).then((answer) => answer.json()).then(({ answers }) => answers);
    asked.catch(() => read.delete(draft.case));
    read.set(draft.case, asked);
  }
  return read.get(draft.case);
}

async function changed() {
  const draft = composer.now();
  const end = field()?.selectionEnd;
  const word = draft && document.activeElement === field() && SLASH.exec(draft.text.slice(0, end))?.[1];
  if (typeof word !== "string") return close();
  begin = end - word.length - 1;
  if (begin === let_be) return close();
  try {
    const answers = await answersOf(draft);
    if (composer.now()?.case === draft.case && field().value === draft.text) show(matching(answers, word, draft.mode));
  } catch {
    close(); // the slash stays what it is: a character
  }
}

/** Shortcuts that begin so first, then titles, then words of the text; each in the order of the server. */
function matching(answers, word, mode) {
  const wanted = fold(word);
  const rank = ({ shortcut, title, text }) =>
    fold(shortcut).startsWith(wanted) && shortcut ? 0 : fold(title).includes(wanted) ? 1 : fold(text).includes(wanted) ? 2 : 9;
  return answers
    .filter(({ audience }) => mode === "note" || !audience || audience === mode)
    .map((answer) => [rank(answer), answer])
    .filter(([place]) => place < 9)
    .sort(([one], [other]) => (wanted ? one - other : 0))
    .slice(0, SHOWN)
    .map(([, answer]) => answer);
}

function show(answers) {
  shown = answers;
  at = 0;
  list().replaceChildren(...(answers.length ? answers.map(line) : [none()]));
  list().hidden = false;
  field().setAttribute("aria-controls", "answers");
  mark();
}

function line(answer, index) {
  const item = document.createElement("li");
  Object.assign(item, { id: `answer-${index}`, role: "option", lang: answer.language });
  item.dataset.index = index;
  for (const [tag, words] of [["b", answer.title], ["code", answer.shortcut && `/${answer.shortcut}`], ["span", answer.text]]) {
    item.append(Object.assign(document.createElement(tag), { textContent: words }));
  }
  return item;
}

const none = () => Object.assign(document.createElement("li"), { className: "none", textContent: say("noanswer") });

function mark() {
  for (const item of list().querySelectorAll("[role=option]")) item.ariaSelected = String(Number(item.dataset.index) === at);
  if (!shown.length) return field().removeAttribute("aria-activedescendant");
  field().setAttribute("aria-activedescendant", `answer-${at}`);
  byId(`answer-${at}`).scrollIntoView({ block: "nearest" });
}

function close() {
  if (!open()) return;
  list().hidden = true;
  field().removeAttribute("aria-activedescendant");
  field().removeAttribute("aria-controls");
}

function choose(answer) {
  if (!answer) return;
  close();
  composer.insert(answer.text, begin, field().selectionEnd, answer.id);
  if (answer.missing.length) document.dispatchEvent(new CustomEvent("desk:says", { detail: { text: say("nobody", { what: answer.missing.join(", ") }) } }));
}

/** Before the desk's own keys, and never while an input method is at work. */
function pressed(event) {
  if (!open() || event.isComposing || event.target.id !== "draft" || event.ctrlKey || event.metaKey) return;
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by && shown.length) {
    at = (at + by + shown.length) % shown.length;
    mark();
  } else if ((event.key === "Enter" || event.key === "Tab") && shown.length) choose(shown[at]);
  else if (event.key === "Escape") {
    let_be = begin;
    close();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

export function start() {
  document.addEventListener("desk:draft", changed);
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("pointerdown", (event) => {
    const item = event.target.closest?.("#answers [role=option]");
    if (!item) return event.target.id === "draft" || close();
    event.preventDefault(); // the draft keeps the focus
    choose(shown[Number(item.dataset.index)]);
  });
  document.addEventListener("input", ({ target }) => {
    if (target.id === "draft" && target.value[let_be] !== "/") let_be = -1;
  }, true);
  changed();
}
