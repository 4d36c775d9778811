"""Pictures, GIFs and films that go out: uploaded first, then named by the post. A media id lives 24 hours.

Their bytes travel inside the part as a `data:` address, so that nothing is fetched from anywhere and a second attempt
sends the very same.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Sequence

import httpx

from kikite.lib.http import Answer
from kikite.networks import raw
from kikite.networks.calling import later
from kikite.networks.contract import (
    Later,
    Media,
    NetworkTrouble,
    Outcome,
    Reason,
    Refused,
    Unknown,
    Unreadable,
    Urgency,
)
from kikite.networks.raw import Json

from . import limits, outcomes
from .abilities import ACCEPTS
from .api import Api
from .limits import Limit

PIECE = 4 * 1024 * 1024
_LONGEST_WAIT = 5.0  # seconds between two looks at a film that X still works on
_LOOKS = 24


class NotUploaded(Exception):
    """The part was not posted, because of one of its media."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def upload(api: Api, media: Sequence[Media], *, private: bool) -> list[str]:
    """The ids of the uploaded media. Raises NotUploaded: whatever became of a picture, nothing was posted."""
    opened = [(_kind(medium), medium, _content(medium)) for medium in media]
    _fit_together([kind for kind, _, _ in opened])
    try:
        return [_upload(api, kind, medium, content, private=private) for kind, medium, content in opened]
    except httpx.TransportError as error:
        raise NotUploaded(Later(Reason.UNAVAILABLE, detail=str(error) or type(error).__name__)) from error
    except NetworkTrouble as trouble:
        raise NotUploaded(later(trouble)) from trouble


def _kind(medium: Media) -> str:
    """X's word for what it is: "image", "gif" or "video". Raises NotUploaded."""
    if medium.mime == "image/gif":
        return "gif"
    if any(medium.mime in accepts.types for accepts in ACCEPTS):
        return medium.mime.partition("/")[0]
    raise NotUploaded(Refused(Reason.MEDIA, f"X takes no files of the type {medium.mime or 'unknown'}."))


def _content(medium: Media) -> bytes:
    head, comma, data = medium.url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise NotUploaded(Refused(Reason.INVALID, "The picture's bytes are not here."))
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotUploaded(Refused(Reason.INVALID, "The picture's bytes are damaged.")) from error
    most = next(accepts.bytes for accepts in ACCEPTS if medium.mime in accepts.types)
    if len(content) > most:
        raise NotUploaded(Refused(Reason.MEDIA, f"X takes at most {most // 1024 // 1024} MB of {medium.mime}."))
    return content


def _fit_together(kinds: Sequence[str]) -> None:
    if len(kinds) > 1 and set(kinds) != {"image"}:
        raise NotUploaded(Refused(Reason.MEDIA, "X takes up to four pictures with a post, or one GIF, or one video."))


def _upload(api: Api, kind: str, medium: Media, content: bytes, *, private: bool) -> str:
    category = f"{'dm' if private else 'tweet'}_{kind}"
    key = _at_once(api, medium, content, category) if kind == "image" else _in_pieces(api, medium, content, category)
    if medium.alt and not private:
        alt = {"id": key, "metadata": {"alt_text": {"text": medium.alt[:1000]}}}
        _taken(api.ask("POST", "/2/media/metadata", limits.DESCRIBE, data=alt, urgency=Urgency.SENDING))
        api.meter.spent("media.describe", [key])
    return key


def _at_once(api: Api, medium: Media, content: bytes, category: str) -> str:
    answer = _send(api, "/2/media/upload", limits.UPLOAD, {"media_category": category}, content, medium.mime)
    _ready(api, answer)
    return _id(answer)


def _in_pieces(api: Api, medium: Media, content: bytes, category: str) -> str:
    begun = {"media_type": medium.mime, "total_bytes": len(content), "media_category": category}
    key = _id(api.ask("POST", "/2/media/upload/initialize", limits.UPLOAD_PART, data=begun, urgency=Urgency.SENDING))
    path = f"/2/media/upload/{key}"
    for index, start in enumerate(range(0, len(content), PIECE)):
        piece = content[start : start + PIECE]
        _taken(_send(api, f"{path}/append", limits.UPLOAD_PART, {"segment_index": str(index)}, piece, medium.mime))
    _ready(api, _taken(api.ask("POST", f"{path}/finalize", limits.UPLOAD_PART, urgency=Urgency.SENDING)))
    return key


def _send(api: Api, path: str, limit: Limit, form: dict[str, str], content: bytes, mime: str) -> Answer:
    return api.ask("POST", path, limit, form=form, files={"media": ("media", content, mime)}, urgency=Urgency.SENDING)


def _ready(api: Api, answer: Answer) -> None:
    """Wait until X has worked on it, as far as it says that it does."""
    for _ in range(_LOOKS):
        working = raw.maybe_object(_data(answer), "processing_info")
        state = raw.maybe_text(working, "state")
        if state == "failed":
            raise NotUploaded(Refused(Reason.MEDIA, "X could not work with this file."))
        if state not in ("pending", "in_progress"):
            return
        time.sleep(min(raw.count(working, "check_after_secs") or 0.5, _LONGEST_WAIT))
        query = {"command": "STATUS", "media_id": _id(answer)}
        answer = _taken(api.ask("GET", "/2/media/upload", limits.UPLOAD_STATUS, query=query, urgency=Urgency.SENDING))
    raise NotUploaded(Later(Reason.UNAVAILABLE, detail="X still works on the file."))


def _taken(answer: Answer) -> Answer:
    if answer.status // 100 == 2:
        return answer
    refused = outcomes.refusal(answer)
    raise NotUploaded(Later(Reason.UNAVAILABLE, detail=refused.detail) if isinstance(refused, Unknown) else refused)


def _data(answer: Answer) -> Json:
    try:
        return raw.an_object(raw.parse(_taken(answer).body), "data")
    except Unreadable as error:
        raise NotUploaded(Later(Reason.UNAVAILABLE, detail=str(error))) from error


def _id(answer: Answer) -> str:
    key = raw.maybe_id(_data(answer), "id")
    if not key:
        raise NotUploaded(Later(Reason.UNAVAILABLE, detail="X names no id of the file."))
    return key
