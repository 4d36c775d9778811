"""Pictures and files that go out: their bytes travel inside the part as a `data:` address."""

from __future__ import annotations

import base64
import binascii
import mimetypes

from kikite.networks.contract import Media, Outcome, Reason, Refused


class NotUploaded(Exception):
    """The part was not sent, because of one of its files."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def content(medium: Media) -> tuple[str, bytes, str]:
    """(file name, bytes, media type). Raises NotUploaded."""
    head, comma, data = medium.url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise NotUploaded(Refused(Reason.INVALID, "The file's bytes are not here."))
    mime = head[5:-7] or medium.mime or "application/octet-stream"
    try:
        return f"file{mimetypes.guess_extension(mime) or '.bin'}", base64.b64decode(data, validate=True), mime
    except (binascii.Error, ValueError) as error:
        raise NotUploaded(Refused(Reason.INVALID, "The file's bytes are damaged.")) from error
