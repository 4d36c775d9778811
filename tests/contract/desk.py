"""The least that can be called a desk: what the contract suite reads, sends and looks up with."""

from __future__ import annotations

import random
import struct
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from kikite.networks.contract import (
    Absent,
    Author,
    Connection,
    Deletion,
    Delivery,
    Incoming,
    Message,
    NetworkTrouble,
    Outcome,
    Part,
    Sent,
    Unknown,
    Visibility,
)

from .stage import Cannot, Stage

type Opened = Callable[[Connection], Iterator[Delivery | None]]
PATIENCE = 30.0  # seconds until something that must come counts as missed


def words(what: str) -> str:
    """A sentence that no other case uses."""
    return f"{what} {uuid.uuid4().hex[:8]}"


def part(text: str, to: Message | None = None, **more: Any) -> Part:
    """Something to send; a reply to `to` by the way it came."""
    made = Part(key=uuid.uuid4().hex, text=text, written_at=datetime.now(UTC), **more)
    if to is None:
        return made
    private = to.visibility is Visibility.PRIVATE
    made = replace(made, reply_to=to.key, root=to.root or to.key, to=to.author, thread=to.thread)
    return replace(made, visibility=Visibility.PRIVATE) if private else made


@dataclass
class State:
    """What deliveries add up to, in whatever order they are read: the rule of `contract.Message.edited_at`."""

    messages: dict[str, Message] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    others: list[Incoming] = field(default_factory=list)

    def read(self, stage: Stage, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            for item in stage.network.translate(stage.account, delivery.kind, delivery.body):
                if isinstance(item, Deletion):
                    self.gone.add(item.key)
                elif isinstance(item, Message):
                    self._keep(item)
                else:
                    self.others.append(item)

    def _keep(self, message: Message) -> None:
        kept = self.messages.get(message.key)
        if kept is None or (message.edited_at or message.at) > (kept.edited_at or kept.at):
            self.messages[message.key] = message

    def standing(self) -> dict[str, str]:
        return {key: message.text for key, message in self.messages.items() if key not in self.gone}


class Desk:
    """The least that reads a network: a cursor, and what the deliveries say so far."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.cursor = ""
        self.deliveries: dict[str, Delivery] = {}
        self.state = State()

    def poll(self) -> None:
        with self.stage.network.connect(self.stage.account) as connection:
            more = True
            while more:
                page = connection.poll(self.cursor)
                self.cursor, more = page.cursor, page.more
                self.deliveries |= {delivery.key: delivery for delivery in page.deliveries}
                self.state.read(self.stage, page.deliveries)
        self.hear()

    def hear(self) -> None:
        """What the network called our webhook with. From the first call on: a repeated one changes nothing."""
        for headers, body in self.stage.calls():
            deliveries = self.stage.network.receive(self.stage.account, headers, body)
            self.deliveries |= {delivery.key: delivery for delivery in deliveries}
            self.state.read(self.stage, deliveries)

    def until(self, seen: Callable[[], bool], what: str) -> None:
        """Poll until it is so. Fails after PATIENCE."""
        end = time.monotonic() + PATIENCE
        while True:
            self.poll()
            if seen():
                return
            assert time.monotonic() < end, f"{what} did not arrive"
            time.sleep(0.1)

    def message(self, key: str) -> Message:
        self.until(lambda: key in self.state.messages, f"message {key}")
        return self.state.messages[key]

    def send(self, *parts: Part, timeout: float = 15.0) -> list[Outcome]:
        with self.stage.network.connect(self.stage.account, timeout=timeout) as connection:
            return [connection.send(part) for part in parts]

    def standing(self, text: str) -> list[str]:
        """The keys of the brand's posts with these words."""
        return [post.key for post in self.stage.standing() if text in post.text]


class Listener:
    """Reads a stream (the account's own, unless told otherwise) in a thread of its own; once `ending`, only up to the
    next thing that comes."""

    def __init__(self, stage: Stage, opened: Opened = lambda connection: connection.stream()) -> None:
        self.stage = stage
        self._opened = opened
        self.state = State()
        self.deliveries: dict[str, Delivery] = {}
        self._changed = threading.Condition()
        self.ending = False
        self._open = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.wait(lambda: self._open, "the stream's first sign of life")

    def until(self, key: str) -> None:
        self.wait(lambda: key in self.state.messages, f"message {key} on the stream")

    def join(self) -> None:
        self._thread.join(PATIENCE)

    def wait(self, seen: Callable[[], bool], what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(seen, PATIENCE), f"{what} did not come"

    def _listen(self) -> None:
        with self.stage.network.connect(self.stage.account) as connection:
            try:
                self._follow(connection)
            except NetworkTrouble:
                return

    def _follow(self, connection: Connection) -> None:
        for delivery in self._opened(connection):
            with self._changed:
                self._open = True
                if delivery is not None:
                    self.deliveries[delivery.key] = delivery
                    self.state.read(self.stage, [delivery])
                self._changed.notify_all()
                if self.ending:
                    return


def has_public(stage: Stage) -> bool:
    return Visibility.PUBLIC in stage.network.capabilities.visibilities


def needs_public(stage: Stage) -> None:
    if not has_public(stage):
        raise Cannot("this network has no public posts")


def needs_private(stage: Stage) -> None:
    if not stage.network.capabilities.private_messages:
        raise Cannot("this network has no private messages")


def find(stage: Stage, what: Part, timeout: float = 15.0) -> object:
    with stage.network.connect(stage.account, timeout=timeout) as connection:
        return connection.find(what)


def found_or_known(stage: Stage, what: Part) -> object:
    """What becomes of a doubt: a look-up's answer, or, where nothing can be looked up, that of the key sent again."""
    if stage.network.capabilities.looks_up:
        return find(stage, what)
    with stage.network.connect(stage.account) as connection:
        return connection.send(what)


def absent(stage: Stage, what: Part) -> bool:
    """Whether it does not stand, as far as the network can be asked."""
    found = find(stage, what)
    return isinstance(found, Absent if stage.network.capabilities.looks_up else Unknown)


def called(stage: Stage, author: Author) -> str:
    """What somebody is called: by the message, or where names are asked for apart, by the answer to that."""
    if not stage.network.capabilities.profiles_apart:
        return author.handle
    with stage.network.connect(stage.account) as connection:
        return "".join(found.name or found.handle for found in connection.profiles([author.key]))


def key_of(found: object) -> str:
    assert isinstance(found, Sent), f"not found: {found}"
    return found.key


def mangle(value: Any, chance: random.Random) -> Any:
    """The same JSON with something in it replaced by what does not belong there."""
    rubbish: list[Any] = [None, 7, -1, 1e300, "", "x" * 300, "not-a-time", [], {}, [None], True, "2026-13-40T99:00Z"]
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(sorted(value))
        if chance.random() < 0.15:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: mangle(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        place = chance.randrange(len(value))
        return [*value[:place], mangle(value[place], chance), *value[place + 1 :]]
    return chance.choice(rubbish)


def picture(width: int = 48, height: int = 32) -> bytes:
    """A PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\x2a\x6b\xa0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
