// Spelling and grammar, in a worker: Harper in WebAssembly. Typing never waits for it, and no word leaves the browser.

// Links, addresses, @names, #tags and sign-offs are not the writer's words.
const APART = /https?:\/\/\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.-]+|[@#][\w.@-]+|[\^*~/-]\s?\p{L}{1,12}\s*$|\^\p{L}+|\b[A-Z]{2,}\d*\b|\b\w*\d\w*\b/gu;
// Matters of taste, which are the brand's, and what was wrong too often over real answers of care teams.
const LEFT = new Set(["Capitalization", "Style", "Readability", "Enhancement", "Formatting", "Regionalism", "Usage", "Miscellaneous", "WordChoice"]);
const PLAIN = 0;
let begun = null;

// The binary is kept compressed: it is large, and a server that compressed it when asked would stand still meanwhile.
const plain = self.fetch;
self.fetch = async (address) => {
  const { body } = await plain(address);
  return new Response(body.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": "application/wasm" } });
};

/** Makes linters, one for each way of writing English: what one of them takes is right. */
async function begin({ code, binary }) {
  const { createBinaryModuleFromUrl, Dialect } = await import(code);
  const module = createBinaryModuleFromUrl(new URL(binary, location.href).href, "slim");
  await module.setup();
  return { american: await module.createLinter(Dialect.American), british: await module.createLinter(Dialect.British) };
}

const lint = (linter, text) => linter.lint(text, PLAIN, false, undefined, true, false);
/** A word with a capital is a name that no dictionary has, far more often than a slip; so is a very short one. */
const named = (found) => found.lint_kind() in { Spelling: 1, Typo: 1 } && !/^(?:Teh|[a-z' ]{3,})$/.test(found.get_problem_text());
const place = (found) => `${found.span().start} ${found.span().end}`;

function findings({ american, british }, text, known) {
  const names = new Set(known.map((word) => word.toLowerCase()));
  const first = lint(american, text).filter((found) => !LEFT.has(found.lint_kind()) && !named(found));
  if (!first.length) return [];
  const second = new Set(lint(british, text).map(place));
  const apart = [...text.matchAll(APART)].map((found) => [found.index, found.index + found[0].length]);
  const at = places(text);
  return first
    .filter((found) => second.has(place(found)) && !names.has(found.get_problem_text().toLowerCase()))
    .map((found) => told(found, at(found.span().start), at(found.span().end)))
    .filter(({ spelt, fix, start, end }) => !(spelt && fix?.includes(" ")) && !apart.some(([from, to]) => start < to && from < end));
}

/** Harper counts characters, browsers count UTF-16. */
function places(text) {
  const sums = [0];
  for (const char of text) sums.push(sums.at(-1) + char.length);
  return (count) => sums[count] ?? text.length;
}

function told(found, start, end) {
  const words = found.get_problem_text();
  const best = found.suggestions()[0];
  const fix = best && [best.get_replacement_text(), "", words + best.get_replacement_text()][best.kind()];
  const kind = found.lint_kind();
  return { check: "spelling", start, end, fix: fix ?? null, reason: found.message().replace(/`/g, ""), spelt: kind === "Spelling" || kind === "Typo" };
}

self.onmessage = async ({ data: { text, spelling } }) => {
  begun ??= begin(spelling);
  self.postMessage({ text, findings: findings(await begun, text, spelling.known) });
};
