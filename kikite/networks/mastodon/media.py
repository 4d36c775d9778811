"""Pictures that go out. Their bytes travel inside the part as a `data:` address, so that nothing is fetched from
anywhere and a second attempt sends the very same."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import time
from collections.abc import Sequence

from kikite.lib.http import Answer
from kikite.networks import raw
from kikite.networks.contract import Later, Limits, Media, Outcome, Reason, Refused, Unknown, Unreadable, Urgency

from . import outcomes
from .client import MEDIA, Api

_LOOK_AGAIN = 0.5  # seconds between looks at a medium that the server still works on
_LOOKS = 20


class NotUploaded(Exception):
    """The part was not posted, because of one of its media."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def upload(api: Api, medium: Media) -> str:
    """The server's id of the uploaded medium. Raises NotUploaded, RateLimited, httpx.TransportError."""
    mime, content = _content(medium)
    name = f"picture{mimetypes.guess_extension(mime) or '.bin'}"
    answer = api.ask(
        "POST",
        "/api/v2/media",
        data={"description": medium.alt} if medium.alt else {},
        files={"file": (name, content, mime)},
        limit=MEDIA,
        urgency=Urgency.SENDING,
    )
    key = _id(answer)
    for _ in range(_LOOKS):
        if answer.status == 200:
            return key
        time.sleep(_LOOK_AGAIN)
        answer = api.ask("GET", f"/api/v1/media/{key}", urgency=Urgency.SENDING)
        _id(answer)
    raise NotUploaded(Later(Reason.UNAVAILABLE, detail="The server still works on the picture."))


def untaken(media: Sequence[Media], most: Limits) -> Refused | None:
    """Why the server would not take these, in words; None where it does."""
    if len(media) > most.media:
        return Refused(Reason.MEDIA, f"This server takes at most {most.media} files with a post.")
    for medium in media:
        refused = _untaken(medium, most)
        if refused is not None:
            return refused
    return None


def _untaken(medium: Media, most: Limits) -> Refused | None:
    try:
        mime, content = _content(medium)
    except NotUploaded as problem:
        return problem.outcome if isinstance(problem.outcome, Refused) else None
    taken = next((one for one in most.accepts if mime in one.types), None)
    if taken is None:
        return Refused(Reason.MEDIA, f"This server does not take files of the type {mime}.")
    if len(content) > taken.bytes:
        return Refused(Reason.MEDIA, f"This server takes at most {taken.bytes >> 20} MB of this kind of file.")
    if taken.alt and len(medium.alt) > taken.alt:
        return Refused(Reason.MEDIA, f"This server keeps descriptions of at most {taken.alt} characters.")
    return None


def _id(answer: Answer) -> str:
    """200: ready; 202 and 206: taken, still being worked on."""
    if answer.status not in (200, 202, 206):
        refusal = outcomes.refusal(answer, replying=False)
        # Whatever became of the picture, the post itself was not sent.
        raise NotUploaded(Later(Reason.UNAVAILABLE, detail=refusal.detail) if isinstance(refusal, Unknown) else refusal)
    try:
        return raw.identifier(raw.parse(answer.body).get("id"))
    except Unreadable as error:
        raise NotUploaded(Later(Reason.UNAVAILABLE, detail=str(error))) from error


def _content(medium: Media) -> tuple[str, bytes]:
    head, comma, data = medium.url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise NotUploaded(Refused(Reason.INVALID, "The picture's bytes are not here."))
    try:
        return head[5:-7] or medium.mime or "application/octet-stream", base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotUploaded(Refused(Reason.INVALID, "The picture's bytes are damaged.")) from error
