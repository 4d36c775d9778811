"""Customers who write and agents who answer, at the same time, keeping a book of their own of what they did."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import connection

from kikite.accounts.models import Agent, Brand
from kikite.cases.models import Case, ReplyPart
from kikite.cases.replying import withdraw
from kikite.channels.models import Channel
from kikite.workflows import connecting, replying

from .towns import Town

THANKS = "Thank you!"  # said again and again, in the same place


@dataclass
class Book:
    """What happened, written down by those who did it."""

    posted: list[str] = field(default_factory=list)
    # By the reply's token: the words of each part, and the number of the part from which on it was withdrawn.
    sent: dict[UUID, tuple[list[str], int | None]] = field(default_factory=dict)
    failures: list[BaseException] = field(default_factory=list)


class Life:
    """Threads of customers, agents, an admin who connects again what lost its token, and trouble."""

    def __init__(self, town: Town, brand: Brand, agent: Agent, channel: Channel, seed: int) -> None:
        self.town, self.brand, self.agent, self.channel = town, brand, agent, channel
        self.book = Book()
        self.stop = threading.Event()
        self.peaceful = threading.Event()
        work = [
            (self._customer, 0.12),
            (self._agent, 0.12),
            (self._agent, 0.12),
            (self._trouble, 0.3),
            (self._admin, 0.3),
        ]
        self._threads = [
            threading.Thread(target=self._repeat, args=(act, pause, random.Random(f"{seed}/{number}")))
            for number, (act, pause) in enumerate(work)
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def rest(self) -> None:
        """Customers and agents fall silent and the trouble ends; the admin stays awake until `end`."""
        self.peaceful.set()
        for thread in self._threads[:-1]:
            thread.join()
        self.town.peace()

    def end(self) -> None:
        self.peaceful.set()
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, act: Callable[[random.Random], None], pause: float, dice: random.Random) -> None:
        end = self.stop if act == self._admin else self.peaceful
        try:
            while not end.is_set():
                act(dice)
                end.wait(dice.uniform(0.2, 1.8) * pause)
        except BaseException as failure:
            self.book.failures.append(failure)
            raise
        finally:
            connection.close()

    def _customer(self, dice: random.Random) -> None:
        self.book.posted.append(self.town.post(dice))

    def _trouble(self, dice: random.Random) -> None:
        self.town.trouble(dice)

    def _admin(self, dice: random.Random) -> None:
        if Channel.objects.filter(pk=self.channel.pk, unauthorised_at=None).exists():
            return
        with contextlib.suppress(connecting.CannotConnect):  # it has its troubles; once more in a moment
            self.town.connect(self.brand)

    def _agent(self, dice: random.Random) -> None:
        cases = list(Case.objects.filter(brand=self.brand).order_by("id"))
        if not cases:
            return
        case, private = dice.choice(cases), dice.random() < 0.25
        way = replying.answering(case, private)
        if way is None or not way.open:
            return
        text = self._words(dice)
        for _ in range(2 if text == THANKS else 1):
            self._answer(case, text, private, dice)

    def _answer(self, case: Case, text: str, private: bool, dice: random.Random) -> None:
        token = uuid4()
        self.book.sent[token] = (replying.plan(case, text, private, self.agent).texts, None)
        pressed = [self._press(case, text, private, token) for _ in range(2 if dice.random() < 0.1 else 1)]
        if dice.random() < 0.08:
            self._withdraw(dice.choice(pressed[0]), token)

    def _press(self, case: Case, text: str, private: bool, token: UUID) -> list[ReplyPart]:
        return list(replying.send(case, self.agent, text, private, token).parts.order_by("number"))

    def _withdraw(self, part: ReplyPart, token: UUID) -> None:
        if withdraw(part, self.agent):
            self.book.sent[token] = (self.book.sent[token][0], part.number)

    def _words(self, dice: random.Random) -> str:
        """Words that are said once, the same words as always, or more than fit into one post."""
        chance, mark = dice.random(), f"{dice.getrandbits(40):x}"
        if chance < 0.15:
            return THANKS
        if chance < 0.3:
            return " ".join(f"We are sorry, {mark}: this is sentence {number} of it." for number in range(18))
        return f"We are on it ({mark}). ご不便をおかけします。"


def kill_at_random(kills: int, dice: random.Random, kill: Callable[[int], None], begin: Callable[[], None]) -> None:
    """Kill one worker of two `kills` times, each at a moment of its own, and begin another in its place."""
    for _ in range(kills):
        time.sleep(dice.uniform(0.02, 0.5))  # the random moment
        kill(dice.randrange(2))
        begin()
