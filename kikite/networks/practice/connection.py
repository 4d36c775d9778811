"""A signed-in conversation with a practice server."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from kikite.lib.http import Answer, DeadlineTransport, call

from ..base import UNMETERED, BaseConnection
from ..calling import later, lost, secret, skew
from ..contract import (
    Absent,
    Account,
    Budget,
    Delivery,
    Finding,
    Gap,
    Identity,
    Later,
    Media,
    Meter,
    NetworkTrouble,
    Outcome,
    Page,
    Part,
    RateLimited,
    Reason,
    Refused,
    Sent,
    Unknown,
    Unreachable,
    Unreadable,
    Urgency,
    Visibility,
)
from . import translation
from .outcomes import json_of, raise_for, refused, sent_as

PAGE = 200  # events a poll, own posts a page of a look-up
PATIENCE = 30.0  # seconds of silence after which a stream counts as broken; the server beats every 10
EVENT_BYTES = 4_000_000
CLOCKS = timedelta(seconds=5)  # how far the two clocks may still be apart after they were compared


class PracticeConnection(BaseConnection):
    """See `contract.Connection`."""

    def __init__(self, account: Account, timeout: float, meter: Meter = UNMETERED) -> None:
        self.timeout = timeout
        self._account = account.key
        self._meter = meter
        self._secrets = account.secrets
        self._base_url = account.base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {secret(account, 'token')}"}
        self._client = httpx.Client(transport=DeadlineTransport(timeout), headers=self._headers)

    def identify(self) -> Identity:
        data = self._read("/api/account", Urgency.SENDING)
        try:
            return Identity(translation.author(data), {"limits": data.get("limits", {})})
        except Unreadable as error:
            raise Unreachable(f"this is not a practice server: {error}") from None

    def poll(self, cursor: str) -> Page:
        data = self._read(f"/api/events?limit={PAGE}" + (f"&since={quote(cursor, safe='')}" if cursor else ""))
        events, following = data.get("events"), data.get("next")
        if not isinstance(events, list) or not isinstance(following, str):
            raise Unreachable("this is not a practice server's answer")
        return Page(
            tuple(map(translation.delivery, events)), following, data.get("more") is True, _gap(data.get("gap"))
        )

    def search(self, query: str, cursor: str) -> Page:
        path = f"/api/search?limit={PAGE}&q={quote(query, safe='')}&since={quote(cursor, safe='')}"
        data = self._read(path, Urgency.SEARCHING)
        following = data.get("next")
        if not isinstance(following, str):
            raise Unreachable("this is not a practice server's answer")
        return Page(tuple(map(translation.found, _posts(data))), following, data.get("more") is True)

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        data = self._read(f"/api/posts?keys={quote(','.join(keys), safe=',')}", Urgency.SEARCHING)
        standing = tuple(map(translation.found, _posts(data)))
        there = {post.get("id") for post in _posts(data) if isinstance(post, dict)}
        return standing + tuple(translation.gone(key) for key in keys if key not in there)

    def stream(self) -> Iterator[Delivery | None]:
        # Not the client with the deadline: a stream lasts, and only its silence is limited.
        try:
            with (
                httpx.Client(timeout=PATIENCE, headers=self._headers, trust_env=False) as client,
                client.stream("GET", self._url("/api/stream")) as response,
            ):
                if response.status_code != 200:
                    raise_for(refused(Answer(response.status_code, response.headers, response.read())))
                for frame in _frames(response.iter_bytes()):
                    yield _event(frame)
        except httpx.TransportError as error:
            raise Unreachable(f"the stream broke: {error}") from None
        raise Unreachable("the stream ended")

    def subscribe(self, hook: str) -> Mapping[str, object]:
        """A secret that we do not know yet is one of the renewed credentials."""
        known = self._secrets.get("webhook_secret", "")
        outcome = self._asked("PUT", {"url": hook, "secret": known})
        if not known:
            self.renewed = {**(self.renewed or self._secrets), "webhook_secret": str(outcome.get("secret", ""))}
        return {"url": hook}

    def unsubscribe(self) -> None:
        self._asked("DELETE")

    def _asked(self, method: str, content: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Ask for our webhook to be changed. Raises NetworkTrouble."""
        body = orjson.dumps(content) if content else None
        try:
            headers = {"Content-Type": "application/json"}
            answer = self._call(method, "/api/webhook", body, headers, Urgency.CATCHING_UP)
        except httpx.TransportError as error:
            raise Unreachable(f"the server does not answer: {error}") from None
        if answer.status not in (200, 204):
            raise_for(refused(answer))
        return json_of(answer) or {}

    def send(self, part: Part) -> Outcome:
        media: list[str] = []
        for medium in part.media:
            uploaded = self._upload(medium)
            if not isinstance(uploaded, str):
                return uploaded
            media.append(uploaded)
        content: dict[str, Any] = {"text": part.text, "lang": part.lang, "media": media}
        if part.visibility is Visibility.PRIVATE:
            path = "/api/messages"
            content |= {"conversation": part.thread, "to": part.to.handle if part.to else ""}
        else:
            path = "/api/posts"
            content["reply_to"] = part.reply_to
        headers = {"Content-Type": "application/json", "Idempotency-Key": part.key}
        return self._write("POST", path, orjson.dumps(content), headers)

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """Our own post with these words in this place, made since the part was written and known to be no other part.

        The oldest such one: the network offers no better mark."""
        before, found = "", None
        try:
            while True:
                data = self._read(f"/api/account/sent?limit={PAGE}{before}", Urgency.SENDING)
                since = _earliest(part, data)
                posts = [post for post in data["posts"] if _at(post) >= since]
                same = (post for post in reversed(posts) if _is(post, part) and post["id"] not in taken)
                found = next(same, found)
                if len(posts) < PAGE:
                    return sent_as(found) if found else Absent()
                before = f"&before={posts[-1]['id']}"
        except NetworkTrouble as trouble:
            return later(trouble)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Unknown(f"the server's list of our posts cannot be read: {error!r:.200}")

    def delete(self, key: str) -> Outcome:
        outcome = self._write("DELETE", f"/api/posts/{quote(key, safe='')}")
        if isinstance(outcome, Sent) or (isinstance(outcome, Refused) and outcome.reason is Reason.GONE):
            return Sent(key)
        return outcome

    def close(self) -> None:
        self._client.close()

    def _url(self, path: str) -> httpx.URL:
        try:
            return httpx.URL(self._base_url + path)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise httpx.UnsupportedProtocol(f"this is not a web address: {error}") from None

    def _call(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None, urgency: Urgency
    ) -> Answer:
        """One exchange within the deadline. Raises httpx.TransportError; RateLimited while the meter holds back."""
        request = self._client.build_request(method, self._url(path), content=body, headers=headers)
        # The network has one limit for reading and one for writing, for each account.
        bucket = f"account/{self._account}/{'read' if method == 'GET' else 'write'}" if self._account else ""
        if bucket:
            self._meter.ask(bucket, urgency)
        answer = call(self._client, request)
        self._note_budget(answer, bucket)
        return answer

    def _read(self, path: str, urgency: Urgency = Urgency.CATCHING_UP) -> dict[str, Any]:
        try:
            answer = self._call("GET", path, None, None, urgency)
        except httpx.TransportError as error:
            raise Unreachable(f"the server does not answer: {error}") from None
        if answer.status != 200:
            raise_for(refused(answer))
        data = json_of(answer)
        if data is None:
            raise Unreachable("the server's answer is not JSON")
        return data

    def _write(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Outcome:
        try:
            answer = self._call(method, path, body, headers, Urgency.SENDING)
        except RateLimited as trouble:
            return later(trouble)
        except httpx.TransportError as error:
            return lost(error)
        if answer.status == 204:
            return Sent("")
        if answer.status in (200, 201):
            data = json_of(answer)
            try:
                return sent_as(data or {})
            except (KeyError, ValueError, TypeError):
                return Unknown("the server took it, but its answer cannot be read")
        return refused(answer)

    def _upload(self, medium: Media) -> str | Outcome:
        """The key of the uploaded picture. Losing this answer posts nothing, so it is never Unknown."""
        try:
            content = base64.b64decode(medium.url.removeprefix(f"data:{medium.mime};base64,"), validate=True)
        except binascii.Error:
            return Refused(Reason.INVALID, "a picture to be sent comes as a data: URL")
        outcome = self._write(
            "POST", f"/api/media?alt={quote(medium.alt, safe='')}", content, {"Content-Type": medium.mime}
        )
        if isinstance(outcome, Sent):
            return outcome.key
        return Later(Reason.UNAVAILABLE, detail=outcome.detail) if isinstance(outcome, Unknown) else outcome

    def _note_budget(self, answer: Answer, bucket: str) -> None:
        try:
            limit, remaining, reset = (
                int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")
            )
            self.budget = Budget(limit, remaining, datetime.fromtimestamp(reset, UTC) - skew(answer.headers))
        except (KeyError, ValueError, OverflowError, OSError):
            return
        if bucket:
            self._meter.told(bucket, self.budget)


def _posts(data: dict[str, Any]) -> list[object]:
    posts = data.get("posts")
    if not isinstance(posts, list):
        raise Unreachable("this is not a practice server's answer")
    return posts


def _gap(told: object) -> Gap | None:
    """What the server no longer has of the time since the cursor."""
    try:
        since, until = (datetime.fromisoformat(told[name]) for name in ("since", "until"))  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        return None
    return Gap(since, until, "the practice network forgot its events") if since.tzinfo and until.tzinfo else None


def _at(post: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(post["at"])


def _earliest(part: Part, data: dict[str, Any]) -> datetime:
    """When the part can first have stood there, by the server's clock."""
    ahead = datetime.fromisoformat(data["now"]) - datetime.now(UTC)
    return part.written_at + ahead - CLOCKS


def _is(post: dict[str, Any], part: Part) -> bool:
    if post["text"] != part.text:
        return False
    if part.visibility is not Visibility.PRIVATE:
        return "conversation" not in post and (post["reply_to"] or "") == part.reply_to
    if part.thread:
        return bool(post.get("conversation") == part.thread)
    return part.to is not None and "to" in post and bool(post["to"]["id"] == part.to.key)


def _frames(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The frames of a stream of server-sent events."""
    kept = b""
    for piece in pieces:
        *frames, kept = (kept + piece).split(b"\n\n")
        yield from frames
        if len(kept) > EVENT_BYTES:
            raise Unreachable("the stream sends an event without an end")


def _event(frame: bytes) -> Delivery | None:
    """A frame's event; None for a sign of life."""
    data = b"\n".join(line[5:].strip() for line in frame.split(b"\n") if line.startswith(b"data:"))
    if not data:
        return None
    try:
        return translation.delivery(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise Unreachable(f"the stream sends what is not JSON: {error}") from None
