"""Streams of X: one JSON document a line, and an empty line as a sign of life every 20 seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import httpx

from kikite.lib.http import Answer, ssl_context
from kikite.networks import raw
from kikite.networks.calling import USER_AGENT, origin
from kikite.networks.contract import NetworkTrouble, Unreachable, Unreadable, Urgency

from . import answers
from .api import Api
from .limits import Limit

SILENCE = 28.0  # seconds
_LONGEST = 8 * 1024 * 1024


def follow(
    api: Api, path: str, limit: Limit, query: Mapping[str, str], timeout: float, urgency: Urgency
) -> Iterator[bytes | None]:
    """Each line; None for a sign of life, the first when X has let us in. Ends only by raising NetworkTrouble."""
    api.meter.ask(api.bucket(limit), urgency)
    wait = httpx.Timeout(timeout, read=SILENCE)
    try:
        with httpx.Client(
            base_url=origin(api.account.base_url), timeout=wait, verify=ssl_context(), trust_env=False
        ) as client:
            request = client.build_request("GET", path, params=dict(query), headers={"User-Agent": USER_AGENT})
            request.headers["Authorization"] = api.authorization(request, app=True)
            response = client.send(request, stream=True)
            try:
                _accept(response)
                yield None
                yield from _lines(response.iter_bytes())
            finally:
                response.close()
    except httpx.TransportError as error:
        raise Unreachable(f"the stream broke: {str(error) or type(error).__name__}") from error
    raise Unreachable("X closed the stream")


def _accept(response: httpx.Response) -> None:
    if response.status_code == 200:
        return
    raise refused(Answer(response.status_code, response.headers, b"".join(_start(response))))


def refused(answer: Answer) -> NetworkTrouble:
    """Too many streams of one app at once is no limit that a wait ends: there is none for us now."""
    if answers.problem(answer) == "streaming-connection":
        return Unreachable(answers.sentence(answer))
    return answers.trouble(answer, app=True)


def _start(response: httpx.Response) -> Iterator[bytes]:
    for chunk in response.iter_bytes():
        yield chunk[:4096]
        return


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    rest = bytearray()
    for chunk in chunks:
        rest += chunk
        *whole, last = rest.split(b"\n")
        rest = bytearray(last)
        if len(rest) > _LONGEST:
            raise Unreachable("a line of the stream is too long")
        for line in whole:
            yield bytes(line).strip() or None


def problem_in(line: bytes) -> str:
    """X's own words where a line says why the stream ends, "" for any other line."""
    try:
        document = raw.parse(line)
    except Unreadable:
        return ""
    if document.get("data") is not None:
        return ""
    told = raw.maybe_objects(document, "errors")
    return next((words for one in told if (words := raw.maybe_text(one, "detail"))), "")
