"""How names and languages are written."""

from __future__ import annotations

import re

_KANA = re.compile(r"[\u3040-\u30ff]")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def at(handle: str) -> str:
    """A handle as people write it: with one @, whatever the network keeps."""
    return f"@{handle.removeprefix('@')}" if handle else ""


def language_of(text: str, claimed: str = "") -> str:
    """The value of `lang` for a customer's text: what it claims, else Japanese where there is kana, else nothing."""
    if claimed and _TAG.fullmatch(claimed):
        return claimed
    return "ja" if _KANA.search(text, 0, 500) else ""
