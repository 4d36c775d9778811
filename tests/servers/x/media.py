"""Files: uploaded at once or in pieces, described, attached; a media id lives a day."""

from __future__ import annotations

import base64
import binascii
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .gate import Answer, Call
from .problems import Problem
from .state import State, Thing

LIVES = 86_400  # seconds
PIECE = 5 * 1024 * 1024
MOST = {"image": 5 * 1024 * 1024, "gif": 15 * 1024 * 1024, "video": 512 * 1024 * 1024}
MIMES = {
    "image": ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/pjpeg", "image/tiff"),
    "gif": ("image/gif",),
    "video": ("video/mp4", "video/webm", "video/quicktime", "video/mp2t"),
}
PREFIX = {"image": "3", "gif": "16", "video": "13"}
PROCESSING = 1.0  # seconds until a video can be attached


@dataclass
class Media:
    state: State

    def upload(self, call: Call) -> Answer:
        content = _bytes(call.body["media"])
        kind = str(call.body["media_category"]).rpartition("_")[2]
        if kind == "video":
            raise Problem.invalid("Videos are uploaded in pieces", "media_category")
        one = self.keep(call.user, content, kind, _mime_of(content), str(call.body["media_category"]))
        return 200, {"data": _told(one)}

    def begin(self, call: Call) -> Answer:
        mime, category = str(call.body.get("media_type", "")), str(call.body.get("media_category", ""))
        kind = category.rpartition("_")[2]
        total = int(call.body.get("total_bytes", 0))
        if mime not in MIMES.get(kind, ()):
            raise Problem.invalid(f"{mime} is no {category}", "media_type", mime)
        if not 0 < total <= MOST[kind]:
            raise Problem.invalid(f"{total} bytes are too many for {category}", "total_bytes", str(total))
        one = self._new(call.user, kind, mime, category)
        one |= {"total": total, "pieces": {}, "ready_at": None}
        return 200, {"data": {"id": one["id"], "media_key": one["key"], "expires_after_secs": LIVES}}

    def append(self, call: Call) -> Answer:
        one = self._own(call.user, call.path["id"])
        piece = _bytes(call.body["media"])
        if len(piece) > PIECE or one["ready_at"] is not None:
            raise Problem.invalid("A piece has at most 5 MB", "media")
        index = int(call.body["segment_index"])
        (self.state.folder / f"{one['id']}.{index}").write_bytes(piece)
        one["pieces"][str(index)] = len(piece)
        return 200, {"data": {"expires_at": int(one["at"] + LIVES)}}

    def finish(self, call: Call) -> Answer:
        one = self._own(call.user, call.path["id"])
        order = sorted(one["pieces"], key=int)
        if sum(one["pieces"].values()) != one["total"] or [int(place) for place in order] != list(range(len(order))):
            raise Problem.invalid("The pieces are not the whole", "id", one["id"])
        files = [self.state.folder / f"{one['id']}.{place}" for place in order]
        self.file(one).write_bytes(b"".join(file.read_bytes() for file in files))
        for file in files:
            file.unlink()
        one["ready_at"] = time.time() + (PROCESSING if one["kind"] == "video" else 0)
        return 200, {"data": _told(one)}

    def status(self, call: Call) -> Answer:
        return 200, {"data": _told(self._own(call.user, call.query["media_id"]))}

    def describe(self, call: Call) -> Answer:
        one = self._own(call.user, str(call.body["id"]))
        one["alt"] = call.body.get("metadata", {}).get("alt_text", {}).get("text", one["alt"])
        return 200, {"data": {"id": one["id"], "associated_metadata": {"alt_text": {"text": one["alt"]}}}}

    def keep(self, owner: str, content: bytes, kind: str, mime: str, category: str) -> Thing:
        """Raises Problem 400 for a file of a kind or size that X does not take."""
        if mime not in MIMES.get(kind, ()) or not 0 < len(content) <= MOST[kind]:
            raise Problem.invalid(f"This file is no {category}, or too large for one", "media")
        one = self._new(owner, kind, mime, category)
        one |= {"ready_at": time.time(), "total": len(content)}
        if mime == "image/png":
            one["width"], one["height"] = struct.unpack(">II", content[16:24])
        self.file(one).write_bytes(content)
        return one

    def file(self, one: Thing) -> Any:
        return self.state.folder / f"{one['id']}.media"

    def _new(self, owner: str, kind: str, mime: str, category: str) -> Thing:
        key = self.state.new_key()
        one: Thing = {
            "id": key, "key": f"{PREFIX[kind]}_{key}", "owner": owner, "kind": kind, "mime": mime, "alt": "",
            "category": category, "at": time.time(), "width": 48, "height": 32,
        }  # fmt: skip
        self.state.media[key] = one
        return one

    def _own(self, user: str, key: str) -> Thing:
        one = self.state.media.get(key)
        if one is None or one["owner"] != user or time.time() - one["at"] > LIVES:
            raise Problem.not_found("media", "id", key)
        return one


def attached(state: State, user: str, ids: Iterable[str], use: str = "tweet") -> list[str]:
    """The media keys of what is to hang on a message. Raises Problem 400: X does not say which of them is wrong."""
    found = [state.media.get(str(key)) for key in ids]
    right = [
        one for one in found
        if one and one["owner"] == user and one["ready_at"] and one["ready_at"] <= time.time()
        and time.time() - one["at"] < LIVES and one["category"].startswith(use)
    ]  # fmt: skip
    moving = [one for one in right if one["kind"] != "image"]
    if len(right) != len(found) or (moving and len(right) > 1):
        raise Problem.invalid("Your media IDs are invalid.", "media.media_ids")
    return [one["key"] for one in right]


def _told(one: Thing) -> Thing:
    told: Thing = {"id": one["id"], "media_key": one["key"], "size": one["total"], "expires_after_secs": LIVES}
    if one["kind"] == "video":
        waits = max(0.0, one["ready_at"] - time.time())
        state = (
            {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50} if waits else {"state": "succeeded"}
        )
        return {**told, "processing_info": state}
    return {**told, "image": {"w": one["width"], "h": one["height"], "image_type": one["mime"]}}


def _bytes(given: Any) -> bytes:
    """A form's file, or base64 in JSON."""
    if isinstance(given, bytes):
        return given
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Problem.invalid("media is neither a file nor base64", "media") from error


def _mime_of(content: bytes) -> str:
    known = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
    return next((mime for start, mime in known.items() if content.startswith(start)), "application/octet-stream")
