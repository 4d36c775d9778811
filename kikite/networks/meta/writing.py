"""Writing to Graph: one request, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from kikite.lib.http import Answer
from kikite.networks.calling import later, lost
from kikite.networks.contract import (
    NetworkTrouble,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
    Unreadable,
    Visibility,
)
from kikite.networks.raw import parse

from . import errors
from .graph import Graph
from .reading import key, segment


class TooMany(Exception):
    """More was said since a part was written than can be looked through."""


def private(part: Part) -> bool:
    return part.visibility is Visibility.PRIVATE


def write(
    graph: Graph,
    method: str,
    path: str,
    data: Mapping[str, str] | None = None,
    made: Callable[[str], Outcome] | None = None,
) -> Outcome:
    """`made` is given where the answer names what stands now, and makes the outcome of that key."""
    try:
        answer = graph.ask(method, path, data=data)
    except httpx.TransportError as error:
        return lost(error)
    except NetworkTrouble as trouble:
        return later(trouble)
    if errors.failed(answer):
        return errors.refusal(answer)
    return _stands(answer, made) if made else Sent("")


def remove(graph: Graph, name: str) -> Outcome:
    """Sent when it is gone, also when it was gone before."""
    outcome = write(graph, "DELETE", f"/{segment(name)}")
    gone = isinstance(outcome, Sent) or (isinstance(outcome, Refused) and outcome.reason is Reason.GONE)
    return Sent(name) if gone else outcome


def _stands(answer: Answer, made: Callable[[str], Outcome]) -> Outcome:
    try:
        return made(key(parse(answer.body).get("id")))
    except Unreadable as error:
        return Unknown(f"The server took it, but its answer is unreadable: {error}")
