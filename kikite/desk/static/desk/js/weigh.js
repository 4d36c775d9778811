// A text's weight at once, by the rules that the server has (kikite/networks/counting.py). The server's plan follows
// and is what counts. tests/journeys/test_weighing.py holds both to the same cases.

import TLDS from "./tlds.js";

const segmenter = new Intl.Segmenter();
const graphemes = (text) => [...segmenter.segment(text)].length;
const light = (code) => code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);

// --- links, as twitter-text finds them ------------------------------------------------------------------------------

const LATIN = "\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\xff\\u0100-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263\\u0268\\u026f\\u0272\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff";
const INVALID = "\\ufffe\\ufeff\\uffff";
const NAME = `[^\\-_!'#%&()*+,\\\\./:;<=>?@\\[\\]^{|}~$\\s\\x85\\u180e${INVALID}\\u202a-\\u202e\\u061c\\u200e\\u200f\\u2066-\\u2069]`;
const PATH = `[a-zA-Z\\u0400-\\u04ff0-9!*';:=+,.$/%#\\[\\]\\-\\u2013_~@|&${LATIN}]`;
const BRACKETS = `\\((?:${PATH}+|${PATH}*\\(${PATH}+\\)${PATH}*)\\)`;
const ENDING = `(?:[+\\-a-zA-Z\\u0400-\\u04ff0-9=_#/${LATIN}]|${BRACKETS})`;
const QUERY = "[a-zA-Z0-9!?*'@();:&=+$/%#\\[\\]\\-_.,~|]*[a-zA-Z0-9\\-_&=#/]";
const TLD = `(?:${TLDS})(?![0-9A-Za-z@+\\-])|[xX][nN]--[\\-0-9A-Za-z]+`;
let patterns = null;

/** Made when they are first needed: the list of top-level domains is long. */
function made() {
  patterns ??= {
    link: new RegExp(
      `(?<before>[^A-Za-z0-9@＠$#＃${INVALID}]|^)(?<url>(?<scheme>[hH][tT][tT][pP][sS]?://)?` +
        `(?<domain>(?:${NAME}(?:[_\\-]|${NAME})*(?<![_\\-])\\.)*${NAME}(?:-|${NAME})*(?<!-)\\.(?:${TLD}))(?::[0-9]+)?` +
        `(?<path>/(?:${PATH}*(?:${BRACKETS}${PATH}*)*${ENDING}|@${PATH}+/)*)?(?:\\?${QUERY})?)`,
      "giu",
    ),
    latin: new RegExp(`(?:[\\-a-zA-Z0-9${LATIN}]+\\.)+(?:${TLD})`, "giu"),
    short: new RegExp(`^[hH][tT][tT][pP][sS]?://[tT]\\.[cC][oO]/([a-zA-Z0-9]+)(?:\\?${QUERY})?`, "u"),
  };
  return patterns;
}

/** The text in pieces: strings, and null in the place of each link. `bare`: also of those without https://. */
function parted(text, bare) {
  if (!text.includes(".") || (!bare && !text.includes("://"))) return [text];
  const pieces = [];
  let at = 0;
  const found = (start, end) => {
    pieces.push(text.slice(at, start), null);
    at = end;
  };
  for (const match of text.matchAll(made().link)) {
    const { before, url, scheme, domain, path } = match.groups;
    const start = match.index + before.length;
    if (domain.split(".").some((label) => !encodable(label)) || url.length + (scheme ?? "https://").length > 4096) continue;
    if (scheme) {
      const short = url.match(made().short);
      if (!short || short[1].length <= 40) found(start, start + (short ? short[0] : url).length);
    } else if (bare && !"-_./".includes(before || " ")) {
      const parts = [...domain.matchAll(made().latin)];
      parts.forEach((part, n) => {
        const last = path && n === parts.length - 1;
        found(start + part.index, last ? start + url.length : start + part.index + part[0].length);
      });
    }
  }
  return [...pieces, text.slice(at)];
}

/** At most 63 characters, as the domain name system writes it. */
function encodable(label) {
  if (/^[\0-\x7f]*$/.test(label)) return label.length > 0 && label.length < 64;
  try {
    return new URL(`http://${label}`).hostname.length < 64;
  } catch {
    return label.length < 57; // browsers refuse what twitter-text does not ask about
  }
}

// --- the four measures ----------------------------------------------------------------------------------------------

// Drawn as pictures by themselves, and yet X takes "as a picture" behind them for a part of them.
const PICTURES = "⌚⌛☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛔⛪⛲⛳⛵⛺⛽❗⬛⬜⭐⭕🀄🈚🈯";

/** Emoji of several characters; made from a string, so that a browser that does not know them yet only guesses worse. */
const JOINED = (() => {
  try {
    return new RegExp(`[${PICTURES}]\\ufe0f|\\p{RGI_Emoji}|[#*0-9]\\u20e3`, "gv");
  } catch {
    return /\p{Extended_Pictographic}\ufe0f?/gu;
  }
})();

function weighted(text, link) {
  let sum = 0;
  for (const piece of parted(text.normalize("NFC"), true)) {
    if (piece === null) sum += link;
    else for (const char of piece.replace(JOINED, "\u3000")) sum += light(char.codePointAt(0)) ? 1 : 2;
  }
  return sum;
}

function characters(text, link) {
  const hosts = [...text.matchAll(/(?<![/\p{L}\p{N}_])@[A-Za-z0-9_.-]+(@[A-Za-z0-9.-]+[A-Za-z0-9])/gu)];
  const sum = [...text].length - hosts.reduce((all, [, host]) => all + host.length, 0);
  if (!link) return sum;
  const pieces = parted(text, false);
  const links = pieces.filter((piece) => piece === null).length;
  return sum - [...text].length + pieces.reduce((all, piece) => all + (piece === null ? 0 : [...piece].length), 0) + links * link;
}

export function weigh(text, { counting, link }) {
  if (counting === "graphemes") return graphemes(text);
  if (counting === "utf16") return text.length;
  return counting === "weighted" ? weighted(text, Number(link) || 23) : characters(text, Number(link));
}
