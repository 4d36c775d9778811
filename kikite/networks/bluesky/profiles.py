"""Profile views, raw to neutral."""

from __future__ import annotations

from ..contract import Author
from . import raw
from .media import Place
from .raw import Json

_BOT = "bot"  # the label that automated accounts give themselves
_NO_HANDLE = "handle.invalid"


def author(view: Json, place: Place, followers: int | None = None) -> Author:
    """An account from any profile view of the app view or the chat service."""
    did = raw.did(view, "did")
    handle = raw.text(view, "handle")
    handle = did if handle in ("", _NO_HANDLE) else handle[:300]
    return Author(
        key=did,
        handle=handle,
        name=raw.text(view, "displayName")[:300],
        avatar=raw.web_address(view, "avatar"),
        url=place.profile(did),
        followers=raw.count(view, "followersCount") if followers is None else followers,
        automated=any(label.get("val") == _BOT for label in raw.objects(view, "labels")),
    )
