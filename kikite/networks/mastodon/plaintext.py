"""Mastodon's HTML as plain text, and plain texts compared as the server may have rewritten them.

Servers sanitise what they serve, but others' posts come from any software, so the reader is its own small one:
linear in the length of the input whatever it holds, and it never fails.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kikite.networks.raw import clean

_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LONGEST_TAG = 8192  # a longer tag is no honest link; its attributes are not read
_PARAGRAPHS = frozenset({"p", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "div"})
_HIDDEN = frozenset({"script", "style"})
_MENTION_HOST = re.compile(r"(?<![=/\w])(@\w+(?:[.-]+\w+)*)@[\w.-]+(?::\d+)?")


def plain(content: str, *, mentions: Mapping[str, str] | None = None, without_quote: bool = False) -> str:
    """`content` as people read it: paragraphs apart by an empty line, links in full, emoji as their `:code:`.

    `mentions` maps the address of a mentioned account to its full name (`user@host`). `without_quote` drops the
    "RE: link" that servers add for readers that cannot show quotes.
    """
    reader = _Reader(mentions or {}, without_quote)
    for token, is_tag in _tokens(content):
        if is_tag:
            reader.tag(token)
        else:
            reader.text(html.unescape(token))
    return reader.result()


def comparable(text: str) -> str:
    """Two texts with the same value here are the same words: white space, hosts of names and letters' forms aside."""
    named = _MENTION_HOST.sub(lambda found: found[1].lower(), text)
    return " ".join(unicodedata.normalize("NFC", named).split())


def _tokens(content: str) -> Iterator[tuple[str, bool]]:
    """Text and the insides of tags. A "<" that nothing closes is text."""
    at = 0
    while (start := content.find("<", at)) >= 0 and (end := content.find(">", start)) >= 0:
        if start > at:
            yield content[at:start], False
        yield content[start + 1 : end], True
        at = end + 1
    if at < len(content):
        yield content[at:], False


@dataclass
class _Link:
    href: str
    hashtag: bool
    words: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, mentions: Mapping[str, str], without_quote: bool) -> None:
        self._mentions = mentions
        self._without_quote = without_quote
        self._out: list[str] = []
        self._link: _Link | None = None
        self._hidden = ""  # the name of the element whose end shows text again

    def text(self, words: str) -> None:
        if not self._hidden:
            (self._link.words if self._link else self._out).append(words)

    def tag(self, inside: str) -> None:
        closing = inside.startswith("/")
        name = re.split(r"[\s/]", inside[1:40] if closing else inside[:40], maxsplit=1)[0].lower()
        if self._hidden:
            self._hidden = "" if closing and name == self._hidden else self._hidden
        elif closing:
            self._close(name)
        else:
            self._open(name, _attributes(inside))

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _HIDDEN or (self._without_quote and "quote-inline" in attributes.get("class", "")):
            self._hidden = name
        elif name == "a":
            self._end_link()
            classes = attributes.get("class", "").split()
            self._link = _Link(html.unescape(attributes.get("href", "")), "hashtag" in classes)
        elif name == "br":
            self.text("\n")
        elif name == "li":
            self.text("\n- ")
        elif name in _PARAGRAPHS:
            self.text("\n\n")

    def _close(self, name: str) -> None:
        if name == "a":
            self._end_link()
        elif name in _PARAGRAPHS:
            self.text("\n\n")

    def _end_link(self) -> None:
        if self._link is not None:
            link, self._link = self._link, None
            self._out.append(self._shown(link))

    def _shown(self, link: _Link) -> str:
        words = "".join(link.words)
        if link.href in self._mentions:
            return f"@{self._mentions[link.href]}"
        if link.hashtag or words.startswith(("@", "#")) or not link.href.startswith(("http://", "https://")):
            return words
        bare = words.strip().removesuffix("…")
        # The same address, shortened for the eye; any other words could hide where the link leads, so both are shown.
        return link.href if not bare or bare in link.href else f"{words} ({link.href})"

    def result(self) -> str:
        self._end_link()
        text = "".join(self._out).replace("\r", "")
        return clean(re.sub(r"\n{3,}", "\n\n", text).strip())


def _attributes(inside: str) -> dict[str, str]:
    if len(inside) > _LONGEST_TAG:
        return {}
    return {found[1].lower(): found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(inside)}
