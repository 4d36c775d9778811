"""The firehose where a real server would have to be broken for it: what it forgot, counts anew, or garbles."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import libipld
import pytest
from websockets.sync.server import ServerConnection, serve

from kikite.networks.base import UNMETERED
from kikite.networks.bluesky import firehose, frames, network, sockets
from kikite.networks.bluesky.addresses import POST, time_key
from kikite.networks.bluesky.firehose import Firehose, FutureCursor
from kikite.networks.bluesky.people import People
from kikite.networks.bluesky.threads import Threads
from kikite.networks.contract import Unreachable, Unreadable

from .told import THEM, Told

SAMPLES = Path(__file__).parent / "samples"
LIKE = (SAMPLES / "frame-createlike.cbor").read_bytes()
US = json.loads((SAMPLES / "commit-like.json").read_text())["record"]["subject"]["uri"].split("/")[2]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def frame(kind: str, **body: object) -> bytes:
    return libipld.encode_dag_cbor({"op": 1, "t": kind}) + libipld.encode_dag_cbor(body)


def error(name: str) -> bytes:
    return libipld.encode_dag_cbor({"op": -1}) + libipld.encode_dag_cbor({"error": name, "message": "No."})


class Telling:
    """A firehose that tells its frames to everybody, and with which cursors it was asked."""

    def __init__(self) -> None:
        self.frames: dict[str, list[bytes]] = {}
        self.cursors: list[str] = []
        self.url = ""
        self.hang_up = False

    def __call__(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        cursor = parse_qs(urlsplit(socket.request.path).query).get("cursor", [""])[0]
        self.cursors.append(cursor)
        for one in self.frames.get(cursor, self.frames.get("", [])):
            socket.send(one)
        if not self.hang_up:
            socket.recv()


@contextmanager
def telling() -> Iterator[Telling]:
    handler = Telling()
    with serve(handler, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        handler.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        try:
            yield handler
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def hose() -> Iterator[Telling]:
    with telling() as handler:
        yield handler


@pytest.fixture
def reader(hose: Telling, server: Told) -> Iterator[Firehose]:
    from kikite.networks.bluesky.media import Place
    from kikite.networks.bluesky.session import Session

    server.says("describeRepo", 200, {"handle": "rin.test"})
    server.says("getRecord", 400, {"error": "RecordNotFound"})
    account = server.account("firehose")
    session = Session(account, 5.0, UNMETERED)
    people = People(session, Place.of(account))
    yield Firehose(hose.url, US, people, Threads(session, US), 5.0)
    session.close()


def test_a_frame_that_cannot_be_decoded_is_kept_and_the_rest_is_read(hose: Telling, reader: Firehose) -> None:
    hose.frames[""] = [b"\xffrubbish", LIKE]
    reading = reader.past(0, "")
    broken, like = reading.deliveries
    assert (broken.kind, like.kind) == ("frame", "commit")
    with pytest.raises(Unreadable, match="could not be decoded"):
        network.translate(Told().account("firehose"), broken.kind, broken.body)
    assert (reading.seq, reading.more) == (frames.read(LIKE, frames.for_us(US)).seq, False)


def test_the_end_is_a_frame_younger_than_the_question(
    hose: Telling, reader: Firehose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firehose, "QUIET", 60.0)
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    hose.frames[""] = [LIKE, frame("#identity", seq=99, did=THEM, time=later, handle="rin.test")]
    assert reader.past(7, "").seq == 99
    assert hose.cursors == ["7"]


def test_a_full_page_says_that_there_is_more(hose: Telling, reader: Firehose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firehose, "PAGE", 2)
    hose.frames[""] = [LIKE] * 5
    reading = reader.past(0, "")
    assert (len(reading.deliveries), reading.more) == (2, True)


def test_what_the_server_forgot_is_said(hose: Telling, reader: Firehose) -> None:
    hose.frames[""] = [frame("#info", name="OutdatedCursor", message="…"), LIKE]
    assert reader.past(1, "").outdated


def test_a_server_that_counts_anew(hose: Telling, reader: Firehose) -> None:
    hose.frames[""] = [error("FutureCursor")]
    with pytest.raises(FutureCursor):
        reader.past(1000, "")


def test_a_server_that_ends_the_stream(hose: Telling, reader: Firehose) -> None:
    hose.frames[""] = [error("ConsumerTooSlow")]
    with pytest.raises(Unreachable, match="ConsumerTooSlow"):
        list(reader.live(None))


def test_a_stream_begins_with_a_sign_of_life_and_breaks_loudly(hose: Telling, reader: Firehose) -> None:
    hose.frames[""], hose.hang_up = [LIKE], True
    stream = reader.live(None)
    assert next(stream) is None
    told = next(stream)
    assert told is not None and told.kind == "commit"
    with pytest.raises(Unreachable, match="broke"):
        list(stream)


def test_nobody_there(server: Told) -> None:
    with pytest.raises(Unreachable), server.connected("firehose") as connection:
        connection.poll("")


def at_one_address(hose: Telling, server: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The questions go to `server`, the firehose to `hose`."""
    elsewhere = sockets.firehose(hose.url)
    monkeypatch.setattr(sockets, "firehose", lambda _origin: elsewhere)


def post(at: datetime, **more: object) -> dict[str, object]:
    value = {"$type": POST, "text": "help", "createdAt": at.isoformat(), **more}
    return {"uri": f"at://{THEM}/{POST}/{time_key(at)}", "cid": "cid", "value": value}


def mention() -> list[object]:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:us"}
    return [{"index": {"byteStart": 0, "byteEnd": 4}, "features": [feature]}]


@pytest.mark.parametrize("told", ["outdated", "anew"])
def test_what_the_firehose_no_longer_tells_is_read_from_the_repositories(
    hose: Telling, server: Told, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    at_one_address(hose, server, monkeypatch)
    outdated = frame("#info", name="OutdatedCursor")
    hose.frames = {"": [outdated]} if told == "outdated" else {"500": [error("FutureCursor")], "0": [outdated]}
    old, missed, other = post(NOON - timedelta(days=3), facets=mention()), post(NOON, facets=mention()), post(NOON)
    server.says("describeRepo", 200, {"handle": "rin.test"})
    server.says("getRecord", 400, {"error": "RecordNotFound"})
    repositories = [{"did": THEM, "rev": time_key(NOON)}, {"did": "did:plc:quiet", "rev": "3aaaaaaaaaaaa"}]
    server.says("listRepos", 200, {"repos": repositories})
    server.says("listRecords", 200, {"records": [other, missed, old], "cursor": "more"})
    with server.connected("firehose") as connection:
        page = connection.poll(f'{{"seq": 500, "at": "{(NOON - timedelta(days=2)).isoformat()}"}}')
    (delivery,) = page.deliveries
    assert page.gap is not None and page.gap.since == NOON - timedelta(days=2)
    (message,) = network.translate(server.account("firehose"), delivery.kind, delivery.body)
    assert message.key == missed["uri"]  # type: ignore[union-attr]
    assert [asked.query["repo"] for asked in server.asked if asked.method.endswith("listRecords")] == [[THEM]]
