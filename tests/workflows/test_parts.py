"""Whatever networks, senders, customers and agents do in whatever order: a part stands once, or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kikite.cases import replying as keeping
from kikite.cases.arriving import Arrival, absorb
from kikite.cases.models import Case, Message, Reply, ReplyPart
from kikite.cases.states import PARTS, UNFINISHED, PartState
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import Author, Deletion, Incoming
from kikite.networks.contract import Message as Neutral
from kikite.workflows import replying
from kikite.workflows.sending import Sender

from .ground import a_brand, an_agent
from .scripted import Does, Killed, Scripted

LONG = "One sentence of a reply that needs several posts. Another sentence of it. And the third one, which ends it."
EXAMPLES = int(os.environ.get("KIKITE_EXAMPLES", "50"))
_TEXTS = st.sampled_from(["Thank you!", "We look for it.", LONG])
_STEPS = st.tuples(st.sampled_from(Does), st.booleans())
_DICE = st.integers(0, 10**6)


class Outbox(RuleBasedStateMachine):
    """Agents reply, requests fail in every way, senders die, time goes by."""

    network: Scripted

    @initialize(idempotent=st.booleans())
    def opens(self, idempotent: bool) -> None:
        network = self.network = Scripted(idempotent, overtake=self._overtake)
        registry.network = lambda _: network  # type: ignore[assignment]
        self.brand = a_brand()
        self.agent = an_agent(self.brand)
        self.channel = Channel.objects.create(
            brand=self.brand, network="scripted", realm="scripted", key="us", handle="us", base_url="",
            secrets=vault.seal({}),
        )  # fmt: skip
        self.seen: dict[int, str] = {}
        self.words: dict[int, str] = {}
        self.waited: set[int] = set()
        self.cases = [self._customer_posts(name) for name in ("ann", "bob")]

    def _customer_posts(self, name: str) -> Case:
        key = f"{name}{Message.objects.count()}"
        self._arrives(Neutral(key, Author(name, name), "Where is my bag?", timezone.now()))
        case = Message.objects.get(brand=self.brand, key=key).case
        assert case is not None
        return case

    def _arrives(self, thing: Incoming) -> None:
        now = timezone.now()
        ours = {("scripted", "us"): self.channel.pk}
        arrival = Arrival(self.channel.pk, "scripted", "scripted", 0, now, thing)
        absorb(self.brand.pk, timedelta(days=7), ours, [arrival], now)

    # --- what people do ---

    @rule(which=st.booleans(), text=_TEXTS, private=st.booleans(), steps=st.lists(_STEPS, min_size=1, max_size=8))
    def agent_replies(self, which: bool, text: str, private: bool, steps: list[tuple[Does, bool]]) -> None:
        """A reply, and what happens next; in one rule, because Hypothesis leaves whole rules out of a run."""
        case = self.cases[which]
        way = replying.answering(case, private)
        if way is not None and way.open:
            for part in replying.send(case, self.agent, text, private, uuid4()).parts.all():
                self.words[part.pk] = part.text
        for does, after_a_while in steps:
            self.a_sender_works(does, after_a_while)
            self.all_is_well()

    @rule(which=st.booleans())
    def customer_posts_again(self, which: bool) -> None:
        self._customer_posts("bob" if which else "ann")

    @rule(dice=_DICE)
    def customer_takes_a_post_back(self, dice: int) -> None:
        standing = Message.objects.filter(brand=self.brand, direction="in", deleted_at=None).order_by("id")
        keys = list(standing.values_list("key", flat=True))
        if len(keys) > 2:
            self._arrives(Deletion(keys[dice % len(keys)]))

    @rule(dice=_DICE, verb=st.sampled_from([keeping.withdraw, keeping.retry]))
    @precondition(lambda self: self.words)
    def agent_withdraws_or_tries_again(self, dice: int, verb: object) -> None:
        part = self._some(dice)
        assert callable(verb)
        verb(part, self.agent)

    @rule(dice=_DICE)
    @precondition(lambda self: self.network.standing)
    def the_network_tells_of_our_post(self, dice: int) -> None:
        post = self.network.standing[dice % len(self.network.standing)]
        self._arrives(Neutral(post.key, Author("us", "us"), post.text, timezone.now(), reply_to=post.reply_to))

    @rule()
    def admin_connects_again(self) -> None:
        Channel.objects.filter(pk=self.channel.pk).update(unauthorised_at=None, secrets=vault.seal({}))

    # --- what senders and networks do ---

    @rule(does=st.sampled_from(Does), after_a_while=st.booleans())
    def a_sender_works(self, does: Does, after_a_while: bool) -> None:
        if after_a_while:
            self.time_goes_by()
        self.network.next = does
        with suppress(Killed):
            Sender(1.0).send_due()
        self.network.next = Does.WORKS

    def _overtake(self) -> None:
        """Locks of one database session do not exclude each other: to this sender the other one is dead."""
        self.network.next = Does.WORKS
        Sender(1.0).send_due()

    def time_goes_by(self) -> None:
        self.network.land()
        unfinished = ReplyPart.objects.filter(case__brand=self.brand, state__in=UNFINISHED)
        unfinished.update(not_before=timezone.now() - timedelta(seconds=1))
        Channel.objects.filter(pk=self.channel.pk).update(send_after=None)

    @rule()
    def the_network_forgets_keys(self) -> None:
        """Replies are two hours old. Ours are asked for by words from now on, so the server need not forget."""
        young = Reply.objects.filter(case__brand=self.brand, written_at__gt=timezone.now() - timedelta(hours=1))
        young.update(written_at=F("written_at") - timedelta(hours=2))

    # --- what must always be so ---

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "network"):
            parts = self._parts()
            self._nothing_stands_twice()
            self._the_database_knows_what_stands(parts)
            self._moves_are_those_of_the_graph(parts)
            self._the_order_of_a_case_is_kept(parts)

    def _nothing_stands_twice(self) -> None:
        parts = [post.part for post in self.network.standing]
        assert len(parts) == len(set(parts))

    def _the_database_knows_what_stands(self, parts: list[ReplyPart]) -> None:
        posts = {post.part: post for post in self.network.standing}
        for part in parts:
            post = posts.get(part.key)
            assert part.text == self.words[part.pk]
            if part.state == PartState.SENT:
                assert post is not None and part.message is not None
                assert (part.message.key, part.message.agent_id) == (post.key, self.agent.pk)
            elif part.state in (PartState.QUEUED, PartState.REFUSED, PartState.WITHDRAWN):
                assert post is None, f"{part.state}, and yet it stands"

    def _moves_are_those_of_the_graph(self, parts: list[ReplyPart]) -> None:
        for part in parts:
            before = PartState(self.seen.get(part.pk, part.state))
            assert PartState(part.state) in _reachable(before), f"from {before} to {part.state}"
            self.seen[part.pk] = part.state

    def _the_order_of_a_case_is_kept(self, parts: list[ReplyPart]) -> None:
        place = {post.part: number for number, post in enumerate(self.network.standing)}
        self._note_who_waited(parts)
        for case in self.cases:
            own = [part for part in parts if part.case_id == case.pk and part.reply_id not in self.waited]
            numbers = [place[part.key] for part in own if part.key in place]
            assert numbers == sorted(numbers)

    def _note_who_waited(self, parts: list[ReplyPart]) -> None:
        """Replies that waited for their agent: others went before them meanwhile."""
        stopped = (PartState.REFUSED, PartState.WITHDRAWN)
        self.waited |= {part.reply_id for part in parts if part.state in stopped}

    def teardown(self) -> None:
        """When the trouble ends everything that may leave leaves."""
        if hasattr(self, "network"):
            self.admin_connects_again()
            for _ in range(60):
                self.a_sender_works(Does.WORKS, after_a_while=True)
                if all(part.state not in UNFINISHED or self._is_held(part) for part in self._parts()):
                    break
            self.all_is_well()
            for part in self._parts():
                assert part.state not in UNFINISHED or self._is_held(part), f"{part.state} for ever"

    def _is_held(self, part: ReplyPart) -> bool:
        held_by = (PartState.REFUSED, PartState.WITHDRAWN)
        return part.reply.parts.filter(number__lt=part.number, state__in=held_by).exists()

    def _parts(self) -> list[ReplyPart]:
        parts = ReplyPart.objects.filter(case__brand=self.brand).select_related("message", "reply")
        return list(parts.order_by("id"))

    def _some(self, dice: int) -> ReplyPart:
        parts = self._parts()
        return parts[dice % len(parts)]


def _reachable(state: PartState) -> set[PartState]:
    """Everything that moves of the graph lead to from here."""
    reached, edge = {state}, [state]
    while edge:
        fresh = PARTS.moves[edge.pop()] - reached
        reached |= fresh
        edge.extend(fresh)
    return reached


def test_outbox(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "network", registry.network)  # the machine's own until the test ends
    run_state_machine_as_test(
        Outbox,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        ),
    )
