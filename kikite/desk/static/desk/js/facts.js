// What the server told this page: who looks, at which brand, and the words that scripts say.

export const facts = JSON.parse(document.getElementById("facts")?.textContent ?? "{}");

export const csrf = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRFToken"];

/** A word of the page, with %(name)s filled in. */
export function say(word, values = {}) {
  const text = facts.words?.[word] ?? word;
  return text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

export const byId = (id) => document.getElementById(id);
