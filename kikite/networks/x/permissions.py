"""The scopes that Kikite asks X for, and what each is for."""

from __future__ import annotations

from collections.abc import Collection

from kikite.lib.words import gettext_noop as _
from kikite.networks.contract import Permission

PERMISSIONS = (
    Permission("tweet.read", _("Read mentions, replies and your own posts.")),
    Permission("users.read", _("See who wrote a post: name, picture, followers.")),
    Permission("offline.access", _("Stay signed in. Without it, access ends after two hours.")),
    Permission("tweet.write", _("Post, answer and delete your own posts."), required=False),
    Permission("tweet.moderate.write", _("Hide and show replies to your own posts."), required=False),
    Permission("like.write", _("Like customers' posts."), required=False),
    Permission("media.write", _("Send pictures and videos."), required=False),
    Permission("dm.read", _("Read direct messages, and see that there are encrypted ones."), required=False),
    Permission("dm.write", _("Answer direct messages."), required=False),
)
SCOPES = tuple(permission.name for permission in PERMISSIONS)

# What keys of OAuth 1.0a may do, as X says in each answer (x-access-level), and what each level lacks.
_PRIVATE = ("dm.read", "dm.write")
_WRITING = ("tweet.write", "tweet.moderate.write", "like.write", "media.write")
_LACKS: dict[str, tuple[str, ...]] = {
    "read": (*_WRITING, *_PRIVATE),
    "read-write": _PRIVATE,
    "read-write-directmessages": (),
}


def missing(granted: Collection[str]) -> tuple[str, ...]:
    """The scopes that were not granted, in the order in which they are asked for."""
    return tuple(name for name in SCOPES if name not in granted)


def missing_at(level: str) -> tuple[str, ...]:
    """What keys of this access level lack; nothing is said to be missing where X names no level."""
    return _LACKS.get(level.lower(), ())
