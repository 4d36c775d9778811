"""The outbox, step by step, against a real practice server."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from kikite.cases import merging, replying
from kikite.cases.models import Case, Message, Reply, ReplyPart
from kikite.cases.states import CaseState, PartState
from kikite.channels.models import Channel
from kikite.history.models import Verb
from kikite.networks.contract import Later, Reason, Sent
from kikite.workflows import outcomes
from kikite.workflows.sending import due

from .desk import Desk, fresh

LONG = " ".join(f"This is sentence number {number} of a long answer." for number in range(14))


class TestSent:
    def test_stands_and_is_known(self, desk: Desk) -> None:
        case = desk.post()
        (part,) = desk.reply(case, "We look for it. 探しています。")
        desk.send()
        (post,) = desk.standing()
        part = fresh(part)
        assert (post.text, post.reply_to) == ("We look for it. 探しています。", part.reply.answers.key)
        assert part.state == PartState.SENT and part.message is not None and part.sent_at is not None
        assert (part.message.key, part.message.agent, part.message.case) == (post.key, desk.agent, case)
        assert desk.verbs(case) == [Verb.OPENED, Verb.RECEIVED, Verb.REPLIED, Verb.SENT]
        case.refresh_from_db()
        assert case.state == CaseState.WAITING and case.waiting_since is None

    def test_private(self, desk: Desk) -> None:
        case = desk.whisper()
        desk.reply(case, "We found it.", private=True)
        desk.send()
        (post,) = desk.standing()
        (message,) = Message.objects.filter(case=case, direction="out")
        assert (message.key, message.visibility) == (post.key, "private")

    def test_the_same_token_is_one_reply(self, desk: Desk) -> None:
        case, token = desk.post(), uuid4()
        first = desk.reply(case, "Once.", token=token)
        assert desk.reply(case, "Once.", token=token) == first
        desk.send()
        assert desk.reply(case, "Once.", token=token) == first
        desk.send()
        assert [post.text for post in desk.standing()] == ["Once."]

    def test_an_echo_before_the_outcome(self, desk: Desk) -> None:
        """The network tells of our post before its answer reaches us: one message, ours, and nobody wrote elsewhere."""
        case = desk.post()
        (part,) = desk.reply(case)
        desk.stage.lose_answer()
        desk.send()
        desk.hear()
        (echo,) = Message.objects.filter(case=case, direction="out")
        assert echo.agent is None and Verb.ANSWERED_ELSEWHERE in desk.verbs(case)
        desk.later()
        desk.send()
        (message,) = Message.objects.filter(case=case, direction="out")
        assert (message, message.agent) == (fresh(part).message, desk.agent)
        assert Verb.ANSWERED_ELSEWHERE not in desk.verbs(case) and desk.verbs(case).count(Verb.SENT) == 1

    def test_an_echo_after_the_outcome(self, desk: Desk) -> None:
        case = desk.post()
        desk.reply(case)
        desk.send()
        desk.hear()
        (message,) = Message.objects.filter(case=case, direction="out")
        assert message.agent == desk.agent and Verb.ANSWERED_ELSEWHERE not in desk.verbs(case)

    def test_deleted_on_the_network_before_the_outcome(self, desk: Desk) -> None:
        case = desk.post()
        (part,) = desk.reply(case)
        desk.stage.lose_answer()
        desk.send()
        (post,) = desk.standing()
        desk.stage.erase("", post.key)
        desk.hear()
        outcomes.keep(fresh(part), Sent(post.key), timezone.now())
        message = fresh(part).message
        assert message is not None and message.deleted_at is not None and message.text == ""

    def test_a_case_that_became_part_of_another(self, desk: Desk) -> None:
        case, other = desk.post(), desk.post()
        assert case == other  # the same matter; so the second is made by hand
        other = Case.objects.get(pk=case.pk)
        other.pk = None
        other.save()
        (part,) = desk.reply(case)
        merging.merge(desk.brand.pk, other.pk, [case.pk], timezone.now())
        (second,) = desk.reply(case, "And this.")
        desk.send()
        assert [fresh(one).case_id for one in (part, second)] == [other.pk, other.pk]
        assert desk.verbs(other).count(Verb.SENT) == 2
        assert [post.text for post in desk.standing()] == ["We look for it.", "And this."]


class TestThread:
    def test_in_order_each_answering_the_one_before(self, desk: Desk) -> None:
        parts = desk.reply(desk.post(), LONG)
        assert len(parts) > 2
        desk.send()
        posts = desk.standing()
        assert [post.text for post in posts] == [part.text for part in parts]
        assert [post.reply_to for post in posts[1:]] == [post.key for post in posts[:-1]]
        messages = [fresh(part).message for part in parts]
        assert [message and message.reply_to for message in messages] == [post.reply_to for post in posts]

    def test_replies_to_one_case_leave_in_order(self, desk: Desk) -> None:
        case = desk.post()
        desk.reply(case, "First.")
        desk.reply(case, "Second.")
        desk.stage.lose_request()
        assert desk.sender.send_due() == 1 and not desk.sender.send_due()  # the second waits for the doubt to end
        assert not desk.standing()
        desk.later()
        desk.send()
        assert [post.text for post in desk.standing()] == ["First.", "Second."]

    def test_a_refused_part_holds_its_own_reply_and_no_other(self, desk: Desk) -> None:
        case = desk.post()
        first, *rest = desk.reply(case, LONG)
        assert desk.sender.send_due() == 1
        desk.stage.erase("", desk.standing()[0].key)
        desk.reply(case, "Another reply.")
        desk.send()
        assert fresh(first).state == PartState.SENT
        assert (fresh(rest[0]).state, fresh(rest[0]).reason) == (PartState.REFUSED, Reason.GONE)
        assert {fresh(part).state for part in rest[1:]} == {PartState.QUEUED}
        assert [post.text for post in desk.standing()] == ["Another reply."]
        assert replying.withdraw(rest[0], desk.agent)
        assert {fresh(part).state for part in rest} == {PartState.WITHDRAWN}


class TestRefused:
    def test_the_agent_learns_why_and_the_words_are_kept(self, desk: Desk) -> None:
        case = desk.whisper()
        desk.stage.server.admin("POST", "/accounts", handle=desk.customer, takes_private=False)
        (part,) = desk.reply(case, "We found it.", private=True)
        desk.send()
        part = fresh(part)
        assert (part.state, part.reason, part.text) == (PartState.REFUSED, Reason.CLOSED, "We found it.")
        assert part.detail == f"@{desk.customer} does not take private messages."
        assert part.reply.text == "We found it."
        (told,) = desk.told(case, Verb.REFUSED)
        assert (told["reason"], told["detail"]) == (Reason.CLOSED, part.detail)
        desk.later()
        desk.send()
        assert not desk.standing() and fresh(part).attempts == 1  # nothing is tried again by itself

    def test_once_more(self, desk: Desk) -> None:
        case = desk.whisper()
        desk.stage.server.admin("POST", "/accounts", handle=desk.customer, takes_private=False)
        (part,) = desk.reply(case, "We found it.", private=True)
        desk.send()
        desk.stage.server.admin("POST", "/accounts", handle=desk.customer, takes_private=True)
        assert replying.retry(part, desk.agent) and not replying.retry(part, desk.agent)
        desk.send()
        assert [post.text for post in desk.standing()] == ["We found it."]
        assert (fresh(part).state, fresh(part).reason) == (PartState.SENT, "")

    def test_blocked(self, desk: Desk) -> None:
        case = desk.post()
        desk.stage.server.admin("POST", "/blocks", by=desk.customer, account="TsubameAir")
        (part,) = desk.reply(case)
        desk.send()
        assert (fresh(part).state, fresh(part).reason) == (PartState.REFUSED, Reason.BLOCKED)
        assert replying.withdraw(part, desk.agent)
        assert fresh(part).state == PartState.WITHDRAWN

    def test_taken_back_before_we_answered(self, desk: Desk) -> None:
        """Known here: nobody is asked. Some networks would let the answer stand below nothing."""
        case = desk.post()
        (part,) = desk.reply(case)
        desk.stage.erase(desk.customer, part.reply.answers.key)
        desk.hear()
        desk.send()
        assert (fresh(part).state, fresh(part).reason) == (PartState.REFUSED, Reason.GONE)
        assert fresh(part).attempts == 0 and not desk.standing()

    def test_taken_back_and_not_yet_heard_of(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        desk.stage.erase(desk.customer, part.reply.answers.key)
        desk.send()
        assert (fresh(part).state, fresh(part).reason) == (PartState.REFUSED, Reason.GONE)
        assert (fresh(part).text, fresh(part).attempts) == ("We look for it.", 1)


class TestWithdrawn:
    def test_before_it_left(self, desk: Desk) -> None:
        parts = desk.reply(desk.post(), LONG)
        assert desk.sender.send_due() == 1
        assert replying.withdraw(parts[1], desk.agent)
        desk.send()
        assert [post.text for post in desk.standing()] == [parts[0].text]
        assert {fresh(part).state for part in parts[1:]} == {PartState.WITHDRAWN}

    @pytest.mark.parametrize("state", [PartState.SENDING, PartState.UNKNOWN, PartState.SENT])
    def test_not_when_it_may_stand(self, desk: Desk, state: PartState) -> None:
        (part,) = desk.reply(desk.post())
        ReplyPart.objects.filter(pk=part.pk).update(state=state)
        assert not replying.withdraw(part, desk.agent)
        assert not replying.retry(part, desk.agent)
        assert fresh(part).state == state


class TestLimited:
    def test_nothing_leaves_before_the_network_says_so(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        began = timezone.now()
        desk.stage.limit(timedelta(seconds=40))
        desk.send()
        part = fresh(part)
        assert (part.state, part.reason) == (PartState.QUEUED, Reason.RATE_LIMITED)
        assert part.not_before >= began + timedelta(seconds=40)
        desk.channel.refresh_from_db()
        assert desk.channel.send_after == part.not_before
        desk.customer = f"{desk.customer}y"
        desk.reply(desk.post(), "Another case of the same channel.")
        assert not due() and not desk.standing()
        desk.stage.server.admin("DELETE", "/faults")
        desk.later()
        desk.send()
        assert len(desk.standing()) == 2

    def test_other_channels_go_on(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        other = Desk(desk.stage)
        (free,) = other.reply(other.post())
        Channel.objects.filter(pk=desk.channel.pk).update(send_after=timezone.now() + timedelta(minutes=1))
        assert due() == [free.pk]
        other.send()
        assert fresh(free).state == PartState.SENT and fresh(part).state == PartState.QUEUED
        other.close()

    @pytest.mark.parametrize(
        ("said", "waited"),
        [
            (timedelta(days=-2), timedelta(seconds=1)),
            (timedelta(days=9000), timedelta(days=1)),
            (timedelta(minutes=5), timedelta(minutes=5)),
        ],
    )
    def test_nonsense_neither_hurries_nor_stops_us(self, desk: Desk, said: timedelta, waited: timedelta) -> None:
        part = desk.begun()
        outcomes.keep(part, Later(Reason.RATE_LIMITED, timezone.now() + said), timezone.now())
        assert abs(fresh(part).not_before - timezone.now() - waited) < timedelta(seconds=1)

    def test_without_a_word_we_wait_longer_each_time(self) -> None:
        waits = [outcomes.back_off(attempts) for attempts in range(1, 40)]
        assert waits[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
        assert waits == sorted(waits) and waits[-1] == timedelta(minutes=10)


class TestUnauthorised:
    def test_replies_wait_until_the_account_is_connected_again(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        desk.stage.expire()
        desk.send()
        desk.channel.refresh_from_db()
        assert desk.channel.unauthorised_at is not None and fresh(part).state == PartState.QUEUED
        desk.later()
        assert not due()
        desk.stage.renew()
        desk.connect()
        desk.send()
        assert [post.text for post in desk.standing()] == ["We look for it."]

    def test_a_late_refusal_of_the_old_credentials_does_not_undo_the_new(self, desk: Desk) -> None:
        part = desk.begun()
        desk.connect()
        outcomes.keep(part, Later(Reason.UNAUTHORISED), timezone.now())
        desk.channel.refresh_from_db()
        assert desk.channel.unauthorised_at is None
        assert fresh(part).state == PartState.QUEUED


@pytest.mark.django_db(transaction=True)
def test_two_hands_press_at_once(stage: object, request: pytest.FixtureRequest) -> None:
    desk: Desk = request.getfixturevalue("desk")
    case, token = desk.post(), uuid4()
    start, replies = threading.Barrier(4), []

    def press() -> None:
        start.wait()
        replies.append(desk.reply(case, "Once.", token=token)[0].reply_id)
        connection.close()

    hands = [threading.Thread(target=press) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(replies) == 4 and len(set(replies)) == 1
    assert Reply.objects.filter(case=case).count() == 1 == ReplyPart.objects.filter(case=case).count()
