"""X's JSON: its ids, its two vocabularies, and what comes along with a post ("includes")."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from kikite.networks.contract import Unreadable
from kikite.networks.raw import Json, maybe_id, maybe_object, maybe_objects, maybe_text

_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
# Ids hold the milliseconds since this moment above their lowest 22 bits; older and smaller ids hold none.
_SNOWFLAKES_BEGAN = 1_288_834_974_657
_FIRST_SNOWFLAKE = 1 << 40


def number(value: object, what: str = "id") -> str:
    """An id of a post, a person or a private message: at most 19 digits. Raises Unreadable."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 <= value < 10**19 else ""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise Unreadable(f"{what} is no id of X")
    return value


def maybe_number(value: object) -> str:
    """The id, or ""."""
    try:
        return number(value)
    except Unreadable:
        return ""


def either(data: Json, *names: str) -> Any:
    """What stands under the first of `names` that is there: X calls one thing by two names."""
    return next((data[name] for name in names if data.get(name) is not None), None)


def numbers(value: object) -> list[str]:
    """The ids in a list; what is no list holds none."""
    return [found for found in map(maybe_number, value) if found] if isinstance(value, list) else []


def born(key: str) -> datetime | None:
    """When the post or message with this id was made, as its id tells; None for ids that tell nothing."""
    value = int(key)
    if value < _FIRST_SNOWFLAKE:
        return None
    try:
        return datetime.fromtimestamp(((value >> 22) + _SNOWFLAKES_BEGAN) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


class Includes:
    """People, media and posts that came along, by their ids. Anything malformed among them is left out."""

    def __init__(self, data: Json) -> None:
        self.users = {maybe_id(user, "id"): user for user in map(_inner, maybe_objects(data, "users"))}
        self.media = {maybe_text(medium, "media_key"): medium for medium in maybe_objects(data, "media")}
        posts = [*maybe_objects(data, "posts"), *maybe_objects(data, "tweets")]
        self.posts = {maybe_id(post, "id"): post for post in posts}
        self._names = {maybe_text(user, "username").lower(): key for key, user in self.users.items()}

    def user_named(self, name: str) -> str:
        """The id of whoever is called that, or ""."""
        return self._names.get(name.lower(), "") if name else ""


def _inner(user: Json) -> Json:
    """Events wrap some of their people in one more "data"."""
    return maybe_object(user, "data") or user
