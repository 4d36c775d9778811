"""Whether a whole text is an address, a name, a list or a tag."""

from __future__ import annotations

import re

from .characters import CYRILLIC
from .entities import Kind, names, tags

_UNRESERVED = rf"[a-zA-Z{CYRILLIC}0-9\-._~]"
_MARK = rf"(?:{_UNRESERVED}|%[0-9a-fA-F]{{2}}|[!$&'()*+,;=]|[:|@])"
_USER = rf"(?:{_UNRESERVED}|%[0-9a-fA-F]{{2}}|[!$&'()*+,;=]|:)*"
_OCTET = r"(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_FOREIGN = r"[^\x00-\x7f]"
_EDGE, _INNER = rf"(?:[a-zA-Z0-9]|{_FOREIGN})", rf"(?:[a-zA-Z0-9\-]|{_FOREIGN})"
_SUBDOMAIN = rf"{_EDGE}(?:(?:[a-zA-Z0-9_\-]|{_FOREIGN})*{_EDGE})?"
_DOMAIN = rf"{_EDGE}(?:{_INNER}*{_EDGE})?"
_ENDING = rf"(?:[a-zA-Z]|{_FOREIGN})(?:{_INNER}*{_EDGE})?"
_HOST = rf"(?:{_OCTET}(?:\.{_OCTET}){{3}}|\[[a-fA-F0-9:.]+\]|(?:{_SUBDOMAIN}\.)*{_DOMAIN}\.{_ENDING})"
_PARTS = re.compile(r"(?:([^:/?#]+)://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_AUTHORITY = re.compile(rf"(?:{_USER}@)?{_HOST}(?::[0-9]{{1,5}})?")
_PATH = re.compile(rf"(?:/{_MARK}*)*")
_QUERY = re.compile(rf"(?:{_MARK}|/|\?)*")


def is_url(text: str, *, scheme: bool = True) -> bool:
    """A web address and nothing else. `scheme`: with its http:// or https://."""
    parts = _PARTS.fullmatch(text)
    if not text or parts is None or (scheme and (parts[1] or "").lower() not in ("http", "https")):
        return False
    return bool(
        _AUTHORITY.fullmatch(parts[2])
        and _PATH.fullmatch(parts[3])
        and _QUERY.fullmatch(parts[4] or "")
        and _QUERY.fullmatch(parts[5] or "")
    )


def is_name(text: str) -> bool:
    """An @name and nothing else."""
    found = names(text)
    return len(found) == 1 and found[0].kind is Kind.NAME and found[0].text == text[1:]


def is_list(text: str) -> bool:
    """An @name/list and nothing else."""
    found = names(text)
    return len(found) == 1 and found[0].kind is Kind.LIST and (found[0].start, found[0].end) == (0, len(text))


def is_tag(text: str) -> bool:
    """A #tag and nothing else."""
    found = tags(text)
    return len(found) == 1 and found[0].text == text[1:]
