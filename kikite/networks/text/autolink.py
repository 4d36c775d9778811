"""A text as HTML in which links, @names, lists and tags can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from html import escape
from urllib.parse import quote

import regex

from ..contract import Addresses
from .entities import Entity, Kind, apart, tags
from .links import links


def weave(
    text: str, found: Iterable[Entity], link: Callable[[Entity, str], str], plain: Callable[[str], str] = escape
) -> str:
    """`text` with each entity as `link(entity, its text)` makes it, and `plain` of what stands between them.

    `found` is in order and apart, as `entities` gives it. Both must escape.
    """
    parts, at = [], 0
    for entity in found:
        parts += [plain(text[at : entity.start]), link(entity, text[entity.start : entity.end])]
        at = entity.end
    return "".join([*parts, plain(text[at:])])


def anchor(text: str, href: str, **attributes: str) -> str:
    """A link. Everything is escaped; `class_` stands for class."""
    said = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in {"href": href, **attributes}.items())
    return f"<a{said}>{escape(text)}</a>"


def clickable(text: str, addresses: Addresses, **attributes: str) -> str:
    """Somebody's words as HTML, escaped: links with their https://, and names and tags that lead somewhere."""

    def link(entity: Entity, shown: str) -> str:
        return anchor(shown, _href(entity, addresses), **attributes)

    return weave(text, _spots(text, addresses), link)


def _spots(text: str, addresses: Addresses) -> list[Entity]:
    found = [Entity(Kind.LINK, link.start, link.end, link.url) for link in links(text, bare=False)]
    if addresses.name and ("@" in text or "\uff20" in text):
        names = (match for match in _names(addresses.names).finditer(text) if addresses.remote or not match[2])
        found += [Entity(Kind.NAME, *match.span(), match[0][1:]) for match in names]
    if addresses.tag:
        found += tags(text, over_links=True)
    return apart(found)


@lru_cache(maxsize=64)
def _names(names: str) -> regex.Pattern[str]:
    """@name and @name@host, where no word, link or mail address goes on into it."""
    return regex.compile(
        rf"(?<![\w@\uff20/.+-])[@\uff20]({names})(?:@([A-Za-z0-9.-]+[A-Za-z0-9]))?(?![\w@\uff20--[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}ー]])",
        regex.VERSION1,
    )


def _href(entity: Entity, addresses: Addresses) -> str:
    if entity.kind is Kind.LINK:
        return entity.text
    if entity.kind is Kind.TAG:
        return addresses.tag.replace("{tag}", quote(entity.text, safe=""))
    name, _at, host = entity.text.partition("@")
    address = addresses.remote if host else addresses.name
    return address.replace("{name}", quote(name, safe="")).replace("{host}", quote(host, safe=""))
