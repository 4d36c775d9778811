"""Whom a text names. On Mastodon naming is addressing: whoever is not named hears nothing of a reply, and a direct
message is shown to everybody it names."""

from __future__ import annotations

import re

from kikite.networks.contract import Part, Visibility

# As Mastodon finds names in a text (app/models/account.rb, MENTION_RE): not inside addresses and e-mail addresses.
_NAME = re.compile(r"(?<![=/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@(\w+(?:[.-]+\w+)*(?::\d+)?))?", re.IGNORECASE)

# Room for "@name " at the head of a reply: servers let names have 30 characters, and the host does not count.
ROOM_FOR_NAME = 32


def addressed(part: Part, domain: str) -> str:
    """The text as it is posted: with the name of the person it is for at its head, unless it names them already."""
    if part.to is None or not part.to.handle or short(part.to.handle, domain) in named(part.text, domain):
        return part.text
    return f"@{short(part.to.handle, domain)} {part.text}"


def unaddressed(part: Part, domain: str) -> str:
    """The text without the name at its head that `addressed` would have put there."""
    head = _NAME.match(part.text)
    if head is None or part.to is None or named(head[0], domain) != {short(part.to.handle, domain)}:
        return part.text
    return part.text[head.end() :].lstrip()


def named(text: str, domain: str) -> set[str]:
    """Everybody whom `text` names, in the short form and lower case."""
    return {short(f"{name}@{host}" if host else name, domain) for name, host in _NAME.findall(text)}


def overheard(part: Part, us: str, domain: str) -> list[str]:
    """Whom a private message would be shown to besides the two who speak."""
    if part.visibility is not Visibility.PRIVATE or part.to is None:
        return []
    return sorted(named(part.text, domain) - {short(part.to.handle, domain), short(us, domain)})


def short(handle: str, domain: str) -> str:
    """As the server itself names them: without the host where it is its own."""
    name, _, host = handle.lower().removeprefix("@").partition("@")
    return name if not host or host == domain.lower() else f"{name}@{host}"
