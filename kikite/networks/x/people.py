"""People on X."""

from __future__ import annotations

from kikite.networks import raw
from kikite.networks.contract import Author
from kikite.networks.raw import Json

from .raw import Includes, number

_LONGEST_NAME = 200


def author(data: Json) -> Author:
    """A user object. Raises Unreadable when even its id is none."""
    key, handle = number(data.get("id")), raw.maybe_text(data, "username")
    return Author(
        key=key,
        handle=handle,
        name=raw.maybe_text(data, "name")[:_LONGEST_NAME],
        avatar=raw.web_address(data, "profile_image_url"),
        url=f"https://x.com/{handle}" if handle else "",
        followers=raw.count(raw.maybe_object(data, "public_metrics"), "followers_count"),
        # X's label of automated accounts; there is no field of its own for it.
        automated=raw.maybe_text(raw.maybe_object(data, "affiliation"), "description") == "Automated",
    )


def person(key: str, includes: Includes) -> Author:
    """Whoever has this id, as far as it came along."""
    found = includes.users.get(key)
    return author(found) if found else Author(key=key, handle="")
