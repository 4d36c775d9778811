"""Files of a draft: what they are, what they tell, whether the network takes them."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kikite.accounts.models import Agent
from kikite.cases.models import Attachment, Case
from kikite.networks.contract import Accepts, Limits
from kikite.workflows import attaching, replying, wording
from kikite.workflows.attaching import CannotAttach, attach
from tests.desk import factory

from .desk import Desk

PICTURES = Accepts("image", ("image/jpeg", "image/png"), 60_000, alt=1000)
VIDEOS = Accepts("video", ("video/mp4",), 1_000_000)
LIMITS = Limits(280, accepts=(PICTURES, VIDEOS), private_accepts=())
MP4 = b"\0\0\0\x20ftypisom" + b"\0" * 64


@pytest.fixture
def case(db: None) -> Case:
    return factory.case(factory.channel(factory.brand()))


@pytest.fixture
def chie(case: Case) -> Agent:
    return factory.agent("Chie Park", case.brand)


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), *, noise: bool = False, gps: bool = False) -> bytes:
    image = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, "#2a6ba0")
    out, exif = io.BytesIO(), Image.Exif()
    if gps:
        exif[0x010F] = "Chie's own telephone"
        exif[0x0112] = 6  # turned by a quarter
    image.save(out, kind, **({"exif": exif} if gps else {}))
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of few bytes that would open to 3.6 gigabytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_a_picture_is_kept_as_it_is(case: Case, chie: Agent) -> None:
    body = picture()
    kept = attach(case, chie, "gate.jpg", body, LIMITS, private=False)
    assert (kept.kind, kept.mime, kept.width, kept.height) == ("image", "image/jpeg", 64, 48)
    assert bytes(kept.body) == body
    assert attaching.draft(case, chie) == [kept]


def test_nothing_of_the_telephone_leaves_the_house(case: Case, chie: Agent) -> None:
    kept = attach(case, chie, "gate.jpg", picture(gps=True), LIMITS, private=False)
    assert b"telephone" not in bytes(kept.body)
    assert (kept.width, kept.height) == (48, 64)  # upright, since what said so is gone


def test_too_many_bytes_are_made_fewer(case: Case, chie: Agent) -> None:
    body = picture("PNG", (900, 700), noise=True)
    kept = attach(case, chie, "noise.png", body, LIMITS, private=False)
    assert len(body) > PICTURES.bytes >= len(bytes(kept.body))
    assert kept.mime == "image/jpeg" and kept.width and kept.width < 900


def test_another_kind_is_written_as_one_that_is_taken(case: Case, chie: Agent) -> None:
    assert attach(case, chie, "gate.webp", picture("WEBP"), LIMITS, private=False).mime == "image/jpeg"


def test_a_video_goes_where_videos_go(case: Case, chie: Agent) -> None:
    assert attach(case, chie, "gate.mp4", MP4, LIMITS, private=False).kind == "video"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"MZ\x90\0 a program", "whatever its name says"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "whatever its name says"),
        (picture()[:200], "whatever its name says"),
        (bomb(), "whatever its name says"),
        (b"", "whatever its name says"),
        (b"%PDF-1.7 terms", "JPEG, PNG"),
        (b"\0" * (attaching.LARGEST + 1), "64 MB"),
    ],
    ids=["program", "drawing", "torn", "bomb", "empty", "pdf", "huge"],
)
def test_what_it_says_it_is_does_not_count(case: Case, chie: Agent, body: bytes, why: str) -> None:
    with pytest.raises(CannotAttach, match=why):
        attach(case, chie, "picture.jpg", body, LIMITS, private=False)
    assert attaching.draft(case, chie) == []


def test_where_no_file_goes(case: Case, chie: Agent) -> None:
    with pytest.raises(CannotAttach, match="no files"):
        attach(case, chie, "gate.jpg", picture(), LIMITS, private=True)


def test_no_more_than_anybody_reads(case: Case, chie: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "MOST", 2)
    for name in ("1.jpg", "2.jpg"):
        attach(case, chie, name, picture(), LIMITS, private=False)
    with pytest.raises(CannotAttach, match="at most 2"):
        attach(case, chie, "3.jpg", picture(), LIMITS, private=False)


@given(st.binary(max_size=400), st.integers(0, 400))
def test_no_bytes_break_it(noise: bytes, at: int) -> None:
    for body in (noise, picture()[:at] + noise, picture("PNG")[:at] + noise, picture("GIF")[:at] + noise):
        try:
            found = attaching._look(body)
        except CannotAttach:
            continue
        assert found.kind in {"image", "video", "file"}


def test_the_plan_gives_every_file_a_part(case: Case, chie: Agent) -> None:
    files = [attach(case, chie, f"{n}.jpg", picture(), LIMITS, private=False) for n in range(5)]
    Attachment.objects.filter(pk=files[4].pk).update(alt="The fifth")
    reply = replying.send(case, chie, "Five pictures", False, uuid4())
    first, second = reply.parts.order_by("number")
    assert [file.name for file in first.attachments.order_by("position")] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    (medium,) = wording.written(second).media
    assert (medium.kind, medium.mime, medium.alt) == ("image", "image/jpeg", "The fifth")
    assert base64.b64decode(medium.url.removeprefix("data:image/jpeg;base64,")) == picture()
    assert attaching.draft(case, chie) == []


def test_a_picture_alone_is_a_reply(case: Case, chie: Agent) -> None:
    attach(case, chie, "gate.jpg", picture(), LIMITS, private=False)
    assert replying.send(case, chie, " ", False, uuid4()).parts.get().attachments.count() == 1


def test_pictures_stand_on_the_network_and_in_the_case(desk: Desk) -> None:
    case = desk.post()
    attach(case, desk.agent, "gate.jpg", picture(), LIMITS, private=False)
    Attachment.objects.update(alt="The new gate")
    (part,) = desk.reply(case, "Here it is")
    desk.send()
    part.refresh_from_db()
    assert part.message is not None
    (shown,) = part.message.media
    assert (shown["url"], shown["alt"]) == (f"attachment:{part.attachments.get().pk}", "The new gate")
    posts = desk.stage.server.admin("GET", "/standing/TsubameAir")["posts"]
    (media,) = [post["media"] for post in posts if post["id"] == part.message.key]
    assert media[0]["alt"] == "The new gate"
