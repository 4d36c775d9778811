"""A text as HTML in which links, @names, lists and tags can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from .entities import Entity


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
    said = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in {**attributes, "href": href}.items())
    return f"<a{said}>{escape(text)}</a>"
