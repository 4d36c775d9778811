// A first guess at a text's weight, at once; the server's own measure follows and is what counts.

const LINK = /https?:\/\/[^\s<>"'()[\]{}、。」』）]+/gi;
const REMOTE = /(@[A-Za-z0-9_.-]+)@[A-Za-z0-9.-]+[A-Za-z0-9]/g;
const segmenter = new Intl.Segmenter();

const graphemes = (text) => [...segmenter.segment(text)].length;
const light = (code) => code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);

function weighted(text) {
  let sum = 0;
  for (const { segment } of segmenter.segment(text.normalize("NFC"))) {
    if (/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(segment)) sum += 2;
    else for (const char of segment) sum += light(char.codePointAt(0)) ? 1 : 2;
  }
  return sum;
}

export function weigh(text, { counting, link }) {
  if (counting === "graphemes") return graphemes(text);
  const measure = counting === "weighted" ? weighted : (words) => [...words.replace(REMOTE, "$1")].length;
  if (!link) return measure(text);
  const links = text.match(LINK)?.length ?? 0;
  return measure(text.replace(LINK, "")) + links * Number(link);
}
