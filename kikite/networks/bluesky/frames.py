"""The firehose's frames: two DAG-CBOR values, the second one with a CAR of blocks when it is a commit.

Decoded by `atproto`'s core, imported here only when a frame comes: whoever reads no firehose does not pay for it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import raw
from .addresses import LIKE, POST, PROFILE, REPOST, parse
from .raw import Json
from .records import mentioned, quoted

_COLLECTIONS = frozenset({POST, LIKE, REPOST})


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its number (0 where it has none) and time, whose it is, and the operations that may concern us.

    `error` is the server's word in a frame that ends the stream, `info` its word in one that only tells something.
    """

    seq: int = 0
    time: str = ""
    did: str = ""
    operations: tuple[Json, ...] = ()
    renamed: bool = False  # this account's handle or profile may have changed
    info: str = ""
    error: str = ""


# Whether a record of a repository (its DID) is worth looking at.
type Wanted = Callable[[str, Json], bool]


def read(data: bytes, wanted: Wanted) -> Frame:
    """The frame with its operations on `wanted` records. Raises ValueError for bytes that are none."""
    try:
        header, body = _decode(data)
        if header.get("op") != 1:
            return Frame(error=f"{raw.text(body, 'error')}: {raw.text(body, 'message')}")
        return _told(raw.text(header, "t"), body, wanted)
    except Exception as error:  # each layer of the decoder has errors of its own
        raise ValueError(f"{type(error).__name__}: {error}") from error


def for_us(us: str) -> Wanted:
    """What concerns `us` (a DID) or goes on with what may."""
    return lambda repo, record: concerns(us, repo, record) or bool(goes_on(repo, record))


def concerns(us: str, repo: str, record: Json) -> bool:
    """Whether a record of `repo` is for us: our own post; one that answers, quotes or mentions us; a reaction."""
    if record.get("$type") in (LIKE, REPOST):
        return _is_of(us, raw.maybe_object(record, "subject").get("uri"))
    if repo == us:
        return True
    reply = raw.maybe_object(record, "reply")
    near = [raw.maybe_object(reply, end).get("uri") for end in ("parent", "root")]
    near.append(quoted(raw.maybe_object(record, "embed")))
    return any(_is_of(us, uri) for uri in near) or us in mentioned(record)


def goes_on(repo: str, record: Json) -> list[str]:
    """The author's own earlier posts below which they go on talking: it concerns whom those concern."""
    reply = raw.maybe_object(record, "reply")
    near = [raw.maybe_object(reply, end).get("uri") for end in ("parent", "root")]
    return [str(uri) for uri in dict.fromkeys(near) if _is_of(repo, uri)] if _is_of(repo, near[0]) else []


def as_json(value: Any) -> Any:
    """DAG-CBOR as the protocol writes it in JSON: links as `$link`, bytes as `$bytes`."""
    if isinstance(value, dict):
        return {str(name): as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if isinstance(value, bytes):
        return {"$link": _link(value)} if _is_link(value) else {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value


def _told(kind: str, body: Json, wanted: Wanted) -> Frame:
    if kind == "#info":
        return Frame(info=raw.text(body, "name"))
    seq, time = int(body["seq"]), raw.text(body, "time")
    did = raw.text(body, "repo") or raw.text(body, "did")
    if kind != "#commit":
        return Frame(seq, time, did, renamed=kind == "#identity")
    renamed = any(str(op["path"]).startswith(PROFILE) for op in body["ops"])
    return Frame(seq, time, did, tuple(_operations(body, did, wanted)), renamed)


def _operations(body: Json, repo: str, wanted: Wanted) -> list[Json]:
    """What of a commit is wanted, and what became of posts, each able to stand alone."""
    commit = {name: body[name] for name in ("repo", "rev", "seq", "time")}
    found = []
    blocks: dict[str, Any] | None = None
    for op in body["ops"]:
        path, action = str(op["path"]), str(op["action"])
        if path.split("/", maxsplit=1)[0] not in _COLLECTIONS:
            continue
        told = commit | {"path": path, "action": action}
        if action == "delete":
            found += [told] if path.startswith(POST) else []
            continue
        blocks = _blocks(body["blocks"]) if blocks is None else blocks
        cid = _link(op["cid"])
        record = as_json(blocks[cid])
        if wanted(repo, record):
            found.append(told | {"cid": cid, "record": record})
    return found


def _is_of(did: str, uri: object) -> bool:
    found = parse(uri)
    return found is not None and found.did == did


def _decode(data: bytes) -> tuple[Json, Json]:
    from atproto_core.cbor import decode_dag_multi

    header, body = decode_dag_multi(data)
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise TypeError("a frame is two maps")
    return header, body


def _blocks(car: bytes) -> dict[str, Any]:
    from atproto_core.car import CAR

    return {str(cid): block for cid, block in CAR.from_bytes(car).blocks.items()}


def _is_link(value: bytes) -> bool:
    """The decoder gives a link as its bytes: CID version 1, of DAG-CBOR or of raw bytes, by SHA-256."""
    return len(value) == 36 and value[:4] in (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")


def _link(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")
