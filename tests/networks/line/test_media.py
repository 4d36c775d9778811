"""Files that customers send: the token goes to LINE's own place for them and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from kikite.accounts.models import Brand
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks.contract import Account
from kikite.networks.line import network
from kikite.workflows.media import NoPicture, download, fetch
from tests.contract.desk import picture

if TYPE_CHECKING:
    from tests.contract.line_stage import LineStage

LINE = Account("U1", "", "https://api.line.me", {"access_token": "t0ken"})
HERE = Account("U1", "", "http://127.0.0.1:8008", {"access_token": "t0ken"})
PATH = "/v2/bot/message/354718705033693859/content"


@pytest.mark.parametrize(
    ("account", "url", "given"),
    [
        (LINE, f"https://api-data.line.me{PATH}", True),
        (LINE, f"https://api-data.line.me{PATH}/preview", True),
        (HERE, f"http://127.0.0.1:8008{PATH}", True),
        (LINE, f"http://api-data.line.me{PATH}", False),
        (LINE, f"https://api-data.line.me:444{PATH}", False),
        (LINE, f"https://api-data.line.me.evil.example{PATH}", False),
        (LINE, f"https://evil.example{PATH}", False),
        (LINE, f"https://api-data.line.me@evil.example{PATH}", False),
        (LINE, f"https://x@api-data.line.me{PATH}", False),
        (LINE, f"https://api-data.line.me{PATH}?to=evil", False),
        (LINE, "https://api-data.line.me/v2/bot/message/../../oauth/verify", False),
        (LINE, "https://api-data.line.me/v2/bot/info", False),
        (LINE, "https://stickershop.line-scdn.net/stickershop/v1/sticker/1/android/sticker.png", False),
        (HERE, f"https://api-data.line.me{PATH}", False),
        (LINE, "https://[", False),
        (LINE, "", False),
    ],
)
def test_who_is_shown_the_token(account: Account, url: str, given: bool) -> None:
    assert network.media_headers(account, url) == ({"Authorization": "Bearer t0ken"} if given else {})


@contextmanager
def elsewhere() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A stranger's server: its address, and the headers of what it was asked."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/x.png", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def channel(db: None, stage: LineStage) -> Channel:
    brand = Brand.objects.create(name="Tsubame", slug="tsubame")
    return Channel.objects.create(
        brand=brand, network="line", realm="line", key=stage.account.key, handle="tsubame",
        base_url=stage.account.base_url, secrets=vault.seal(stage.account.secrets),
    )  # fmt: skip


def said(stage: LineStage, file: str, mime: str = "image/png") -> str:
    message = {"type": "image", "contentProvider": {"type": "line"}, "quoteToken": "q"}
    key = stage.server.admin("say", author="mara", message=message, file=file, mime=mime)["id"]
    return f"{stage.server.url}/v2/bot/message/{key}/content"


def test_a_picture_that_needs_the_token(stage: LineStage, channel: Channel) -> None:
    stage.post("mara", "Look", picture=picture())
    key = stage.post("mara", "and this", picture=picture(60, 40))
    got = fetch(channel, f"{stage.server.url}/v2/bot/message/{key}/content")
    assert (got.mime, got.body) == ("image/png", picture(60, 40))
    assert download(channel, f"{stage.server.url}/v2/bot/message/{key}/content") == picture(60, 40)


def test_without_credentials_there_is_none(stage: LineStage, channel: Channel) -> None:
    channel.secrets = b""
    with pytest.raises(NoPicture, match="401"):
        fetch(channel, said(stage, "AAAA"))


def test_a_redirect_is_never_shown_the_token(
    stage: LineStage, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere() as (address, asked):
        # The stranger's server is on this machine, where the proxy asks nobody but the channel's own server.
        monkeypatch.setattr("kikite.lib.http._public_address", lambda host, _port: host)
        assert fetch(channel, said(stage, address)).body == picture()
    assert len(asked) == 1 and "authorization" not in asked[0]


def test_an_address_inside_our_own_network_is_not_asked(stage: LineStage, channel: Channel) -> None:
    with elsewhere() as (address, asked), pytest.raises(NoPicture, match="public internet"):
        fetch(channel, said(stage, address))
    assert asked == []


def test_a_video_that_line_still_prepares(stage: LineStage, channel: Channel) -> None:
    with pytest.raises(NoPicture, match="still prepares"):
        download(channel, said(stage, "preparing"))
