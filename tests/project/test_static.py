from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from django.conf import settings
from django.templatetags.static import static

from kikite.project.static import FOR_EVER, Message, Receive, Scope, Send, Static, find

SCRIPT = "vendor/htmx.min.js"


async def _inside(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})


def get(path: str, query: str = "", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    scope: dict[str, Any] = {
        "type": "http", "path": path, "method": method, "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(Static(_inside)(scope, receive, send))
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], head, b"".join(message.get("body", b"") for message in sent[1:])


def test_an_address_with_the_hash_is_kept_for_ever() -> None:
    path, _, query = static(SCRIPT).partition("?")
    status, head, body = get(path, query)
    assert (status, head["cache-control"]) == (200, FOR_EVER)
    assert head["content-type"].startswith("text/javascript")
    assert int(head["content-length"]) == len(body) > 1000


def test_without_or_with_an_old_hash_it_is_asked_about_again() -> None:
    for query in ("", "v=000000000000"):
        _, head, _ = get(f"{settings.STATIC_URL}{SCRIPT}", query)
        assert head["cache-control"] == "no-cache"
    status, _, body = get(f"{settings.STATIC_URL}{SCRIPT}", if_none_match=head["etag"])
    assert (status, body) == (304, b"")


def test_it_is_compressed_for_those_who_can_read_that() -> None:
    _, head, zipped = get(f"{settings.STATIC_URL}{SCRIPT}", accept_encoding="gzip, br")
    assert head["content-encoding"] == "gzip"
    _, _, plain = get(f"{settings.STATIC_URL}{SCRIPT}")
    assert gzip.decompress(zipped) == plain


def test_head_has_no_body() -> None:
    status, head, body = get(f"{settings.STATIC_URL}{SCRIPT}", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(head["content-length"]) > 0


@pytest.mark.parametrize(
    "name", ["none.js", "../settings.py", "..%2f..%2fsettings.py", "/etc/passwd", "vendor", "", "a\x00b"]
)
def test_what_is_not_a_static_file_is_not_found(name: str) -> None:
    assert get(f"{settings.STATIC_URL}{name}")[0] == 404
    assert find(name) is None


def test_everything_else_is_for_the_application() -> None:
    assert get("/sign-in")[0] == 299


def test_a_missing_file_has_an_address_all_the_same() -> None:
    assert static("none.js") == f"{settings.STATIC_URL}none.js"
