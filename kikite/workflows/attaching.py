"""Pictures and files in a draft: looked at before they are kept, and made to fit what the network takes.

A picture is opened and written anew where it says more than it shows (where and by whom it was taken) or is larger than
the network takes, so that nothing of a colleague's telephone leaves the house.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from kikite.accounts.models import Agent
from kikite.cases.models import Attachment, Case, Reply, ReplyPart
from kikite.networks.contract import Accepts, Limits, Media

# In one draft, whatever the network: a thread of ten posts with four pictures each.
MOST = 40
LARGEST = 64 * 1024 * 1024
# Larger pictures are bombs or posters; opening one takes 4 bytes a pixel.
PIXELS = 60_000_000
# The address of a file that is here, in a message of ours.
OURS = "attachment:"
_PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
_SHORTEST = 320  # pixels of the longer side below which a picture is not made smaller any more


class CannotAttach(ValueError):
    """The file was not taken; the message says why and what would be, in words for the agent."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A file as it was found to be, whatever its name says."""

    kind: str
    mime: str
    body: bytes
    width: int | None = None
    height: int | None = None


def draft(case: Case, by: Agent) -> list[Attachment]:
    """What this agent has put into the draft of a reply to this case, without the bytes."""
    return list(Attachment.objects.filter(case=case, agent=by, part=None).defer("body").order_by("position", "pk"))


@transaction.atomic
def attach(case: Case, by: Agent, name: str, body: bytes, limits: Limits, *, private: bool) -> Attachment:
    """Put a file into the draft, made to fit. Raises CannotAttach."""
    if len(body) > LARGEST:
        raise CannotAttach(_("This file has more than %(mb)s MB.") % {"mb": LARGEST // 1024**2})
    there = Attachment.objects.filter(case=case, agent=by, part=None)
    if there.count() >= MOST:
        raise CannotAttach(_("A reply holds at most %(n)s files.") % {"n": MOST})
    found = _fitting(_look(body), accepted(limits, private=private))
    last = there.aggregate(last=Max("position"))["last"]
    return Attachment.objects.create(
        case=case, agent=by, position=0 if last is None else last + 1, name=name[-200:].replace("\x00", ""),
        kind=found.kind, mime=found.mime, width=found.width, height=found.height, body=found.body,
    )  # fmt: skip


def accepted(limits: Limits, *, private: bool) -> Sequence[Accepts]:
    """Which files go with a message of this kind."""
    return limits.private_accepts if private and limits.private_accepts is not None else limits.accepts


def hang(reply: Reply, files: Sequence[Attachment], places: Sequence[Sequence[int]]) -> None:
    """The files of a draft go with its parts: `places[n]` are places in `files` of those of part `n` + 1."""
    parts = {part.number: part for part in reply.parts.all()}
    for number, own in enumerate(places, start=1):
        for place in own:
            files[place].part = parts[number]
    Attachment.objects.bulk_update([file for file in files if file.part], ["part"])


def media(part: ReplyPart) -> tuple[Media, ...]:
    """The files of a part as its network is handed them."""
    return tuple(
        Media(file.kind, _data(file), file.alt, file.mime, file.width, file.height)
        for file in part.attachments.order_by("position", "pk")
    )


def shown(part: ReplyPart) -> list[dict[str, object]]:
    """The files of a part as its message keeps them: their bytes are with us, whatever the network makes of them."""
    return [
        {"kind": file.kind, "url": f"{OURS}{file.pk}", "alt": file.alt, "mime": file.mime, "width": file.width,
         "height": file.height}
        for file in part.attachments.defer("body").order_by("position", "pk")
    ]  # fmt: skip


def _data(file: Attachment) -> str:
    return f"data:{file.mime};base64,{base64.b64encode(bytes(file.body)).decode()}"


# --- looking ----------------------------------------------------------------------------------------------------


def _look(body: bytes) -> Looked:
    """What it is by its own first bytes. Raises CannotAttach for what is none of what networks take."""
    if body[4:8] == b"ftyp":
        return Looked("video", "video/quicktime" if body[8:12] == b"qt  " else "video/mp4", body)
    if body.startswith(b"%PDF-"):
        return Looked("file", "application/pdf", body)
    return _picture(body)


def _picture(body: bytes) -> Looked:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(body), formats=list(_PICTURES))
        if image.width * image.height > PIXELS:
            raise CannotAttach(_("This picture is larger than %(n)s million pixels.") % {"n": PIXELS // 10**6})
        image.load()
    except CannotAttach:
        raise
    except Exception as error:  # Pillow raises whatever its decoders meet in a broken file
        raise CannotAttach(_("This is no picture, video or PDF that can be read, whatever its name says.")) from error
    assert image.format
    found = Looked("image", _PICTURES[image.format], body, image.width, image.height)
    return _written(image, found.mime) if _tells(image) else found


def _tells(image: Image.Image) -> bool:
    """Whether it says more than it shows: place, camera, owner."""
    return bool(image.getexif()) or any(name in image.info for name in ("exif", "xmp", "comment", "photoshop"))


def _written(image: Image.Image, mime: str, quality: int = 92) -> Looked:
    """The picture alone, upright."""
    upright = ImageOps.exif_transpose(image)
    out = io.BytesIO()
    if mime == "image/jpeg":
        upright.convert("RGB").save(out, "JPEG", quality=quality, optimize=True)
    elif mime == "image/gif":
        image.save(out, "GIF", save_all=True)
    else:
        upright.info = {}
        upright.save(out, "PNG" if mime == "image/png" else "WEBP")
    return Looked("image", mime, out.getvalue(), upright.width, upright.height)


# --- fitting ----------------------------------------------------------------------------------------------------


def _fitting(found: Looked, accepts: Sequence[Accepts]) -> Looked:
    """As the network takes it: a still picture is written in another way or smaller where that helps."""
    for taken in accepts:
        if taken.kind == found.kind and found.mime in taken.types and len(found.body) <= taken.bytes:
            return found
    room = next((taken for taken in accepts if taken.kind == "image" and "image/jpeg" in taken.types), None)
    if found.kind != "image" or found.mime == "image/gif" or room is None:
        raise CannotAttach(_wanted(accepts))
    return _smaller(found, room.bytes)


def _smaller(found: Looked, room: int) -> Looked:
    image = Image.open(io.BytesIO(found.body))
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.convert("RGBA").getchannel("A"))
    while True:
        written = _written(flat, "image/jpeg", quality=85)
        if len(written.body) <= room:
            return written
        if max(flat.size) <= _SHORTEST:
            raise CannotAttach(_("This picture cannot be made small enough for the network."))
        flat = flat.resize((max(1, flat.width * 3 // 4), max(1, flat.height * 3 // 4)), Image.Resampling.LANCZOS)


def _wanted(accepts: Sequence[Accepts]) -> str:
    if not accepts:
        return _("This network takes no files here.")
    kinds = ", ".join(
        f"{', '.join(mime.partition('/')[2].upper() for mime in taken.types)} (≤ {taken.bytes / 1e6:.3g} MB)"
        for taken in accepts
    )
    return _("The network takes %(kinds)s here.") % {"kinds": kinds}
