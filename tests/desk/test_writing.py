"""What the composer and a message's menu do: files, handing over, windows, hiding and taking back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kikite.accounts.models import Agent
from kikite.cases.models import Attachment, Case, Message, Reply
from kikite.cases.states import PartState
from kikite.channels.models import Channel
from kikite.customers.models import Profile
from kikite.networks import registry
from kikite.networks.base import UNMETERED, BaseConnection, BaseNetwork
from kikite.networks.contract import (
    Accepts,
    Account,
    Capabilities,
    Connection,
    Later,
    Limits,
    Meter,
    Moderation,
    Outcome,
    Part,
    Reason,
    Sent,
    Unreachable,
    Visibility,
)
from tests.workflows.test_attaching import picture

from . import factory


class Asked(BaseConnection):
    """A server that writes down what it is asked, and answers as it is told."""

    timeout = 1.0

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: Outcome = Sent("1")

    def moderate(self, key: str, act: Moderation) -> Outcome:
        self.asked.append((act.value, key))
        return self.answer

    def delete(self, key: str) -> Outcome:
        self.asked.append(("take back", key))
        return self.answer


class Able(BaseNetwork):
    """A network that can do what the test says."""

    name = "practice"
    title = "Able"

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self.server = Asked()

    def realm(self, account: Account) -> str:
        return factory.REALM

    def limits(self, account: Account) -> Limits:
        return Limits(280, accepts=(Accepts("image", ("image/jpeg",), 1_000_000),), private_accepts=())

    @contextmanager
    def connect(self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED) -> Iterator[Connection]:
        yield self.server  # type: ignore[misc]

    def hand_over(self, account: Account, part: Part) -> str:
        where = "dm" if part.visibility is Visibility.PRIVATE else part.reply_to
        return f"https://able.example/write?to={where}&text={part.text}" if self.capabilities.hand_over else ""


type Ables = Callable[[Capabilities], Able]


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> Ables:
    def make(capabilities: Capabilities) -> Able:
        network = Able(capabilities)
        monkeypatch.setattr(registry, "network", lambda _: network)
        return network

    return make


PLAIN = Capabilities(private_messages=True)


def page(desk: Client, case: Case) -> str:
    return desk.get(f"/tsubame/cases/{case.pk}/").content.decode()


def send(desk: Client, case: Case, text: str = "On our way", mode: str = "public") -> tuple[int, str]:
    answer = desk.post(f"/tsubame/cases/{case.pk}/replies", {"text": text, "mode": mode, "token": str(uuid4())})
    return answer.status_code, answer.headers.get("X-Open", "")


# --- handing over ---


def test_who_named_us_is_answered_by_the_api(desk: Client, channel: Channel, able: Ables) -> None:
    able(replace(PLAIN, summons=True, hand_over=True))
    case = factory.case(channel)
    Message.objects.update(names=[channel.key])
    assert 'data-how="send"' in page(desk, case)
    assert send(desk, case) == (200, "")
    assert Reply.objects.get().parts.get().state == PartState.QUEUED


def test_who_did_not_is_answered_by_hand(desk: Client, channel: Channel, able: Ables) -> None:
    able(replace(PLAIN, summons=True, hand_over=True))
    case = factory.case(channel, named=False)
    shown = page(desk, case)
    assert 'data-how="hand_over"' in shown and "did not name this account" in shown
    key = case.messages.get().key
    status, opened = send(desk, case)
    assert (status, opened) == (200, f"https://able.example/write?to={key}&text=On our way")
    part = Reply.objects.get().parts.get()
    assert part.state == PartState.HANDED
    shown = page(desk, case)
    assert f"to={key}&amp;text=On our way" in shown and "It is posted" in shown
    assert desk.post(f"/tsubame/cases/{case.pk}/parts/{part.pk}/standing").status_code == 200
    assert desk.post(f"/tsubame/cases/{case.pk}/parts/{part.pk}/standing").status_code == 409
    case.refresh_from_db()
    assert case.waiting_since is None


def test_where_there_is_no_link_it_is_said_before_anything_is_written(
    desk: Client, channel: Channel, able: Ables
) -> None:
    able(replace(PLAIN, summons=True))
    case = factory.case(channel, named=False)
    assert "did not name this account" in page(desk, case)
    assert send(desk, case)[0] == 422
    assert not Reply.objects.exists()


def test_encrypted_words_are_out_of_reach(desk: Client, channel: Channel, able: Ables) -> None:
    able(replace(PLAIN, hand_over=True))
    case = factory.case(channel, "", private=True)
    Message.objects.update(sealed=True, text="")
    shown = page(desk, case)
    assert "An encrypted message" in shown and 'data-how="hand_over"' in shown
    assert send(desk, case, mode="private") == (200, "https://able.example/write?to=dm&text=On our way")


# --- windows ---


@pytest.mark.parametrize(
    ("hours", "status", "words"),
    [(2, 200, "until then"), (30, 200, "from people until then"), (24 * 8, 422, "too late")],
)
def test_the_window_runs_on_the_case(
    desk: Client, channel: Channel, able: Ables, hours: int, status: int, words: str
) -> None:
    able(replace(PLAIN, window=timedelta(hours=24), human_window=timedelta(days=7)))
    case = factory.case(channel, private=True, minutes=60 * hours)
    assert words in page(desk, case)
    assert send(desk, case, mode="private")[0] == status


def test_a_comment_is_answered_privately_once(desk: Client, channel: Channel, able: Ables) -> None:
    able(replace(PLAIN, window=timedelta(hours=24), private_reply=timedelta(days=7)))
    case = factory.case(channel)
    assert send(desk, case, mode="private")[0] == 200
    assert send(desk, case, mode="private")[0] == 422
    assert "answered privately before" in page(desk, case)


# --- files ---


def upload(desk: Client, case: Case, body: bytes | None = None, mode: str = "public") -> int:
    file = SimpleUploadedFile("gate.jpg", picture() if body is None else body)
    answer = desk.post(f"/tsubame/cases/{case.pk}/files", {"file": file, "mode": mode})
    return answer.status_code


def test_a_file_is_put_in_described_and_taken_out(desk: Client, channel: Channel, able: Ables) -> None:
    able(PLAIN)
    case = factory.case(channel)
    assert upload(desk, case) == 200
    file = Attachment.objects.get()
    here = f"/tsubame/cases/{case.pk}/files/{file.pk}"
    assert here in page(desk, case)
    shown = desk.get(here)
    assert shown["Content-Type"] == "image/jpeg" and "sandbox" in shown["Content-Security-Policy"]
    assert desk.post(here, {"alt": "The new gate"}).status_code == 204
    assert 'value="The new gate"' in page(desk, case)
    assert desk.delete(here).status_code == 204
    assert not Attachment.objects.exists()


def test_what_cannot_go_is_refused_in_words(desk: Client, channel: Channel, able: Ables) -> None:
    able(PLAIN)
    case = factory.case(channel, private=True)
    assert upload(desk, case, b"a program", mode="private") == 422
    assert upload(desk, case, mode="private") == 422  # this network takes no files privately
    assert upload(desk, case, mode="public") == 422  # and there is nothing public to answer


def test_a_colleagues_draft_is_not_mine(desk: Client, client: Client, channel: Channel, able: Ables) -> None:
    able(PLAIN)
    case = factory.case(channel)
    upload(desk, case)
    file = Attachment.objects.get()
    client.force_login(factory.agent("Owen Bell", channel.brand))
    here = f"/tsubame/cases/{case.pk}/files/{file.pk}"
    assert here not in page(client, case)
    assert client.get(here).status_code == client.delete(here).status_code == 404


# --- what else can be done with a message ---

MODERATES = replace(PLAIN, moderates=frozenset({Moderation.HIDE, Moderation.UNHIDE, Moderation.LIKE}))


def moderate(desk: Client, message: Message, act: str) -> tuple[int, str]:
    answer = desk.post(f"/tsubame/cases/{message.case_id}/messages/{message.pk}/moderation", {"act": act})
    return answer.status_code, answer.content.decode()


def test_hiding_and_showing_again(desk: Client, channel: Channel, able: Ables) -> None:
    server = able(MODERATES).server
    message = factory.case(channel).messages.get()
    assert message.case is not None
    assert moderate(desk, message, "hide")[0] == 200
    assert "hidden" in page(desk, message.case) and "Show it again" in page(desk, message.case)
    assert moderate(desk, message, "hide")[0] == 409  # it is hidden
    assert moderate(desk, message, "unhide")[0] == 200
    assert moderate(desk, message, "delete")[0] == 409  # this network does not let us
    assert moderate(desk, message, "burn")[0] == 409
    assert server.asked == [("hide", message.key), ("unhide", message.key)]


def test_a_message_of_ours_is_taken_back(desk: Client, chie: Agent, channel: Channel, able: Ables) -> None:
    server = able(PLAIN).server
    stage = factory.Stage(channel)
    asked = stage.say(factory.author("mara"), "Where is my bag?", 9)
    stage.answer(asked, "It is lost, ha ha", 5)
    case = stage.perform()[0]
    ours = case.messages.get(direction=Message.Direction.OUT)
    assert moderate(desk, ours, "delete")[0] == 200
    assert server.asked == [("take back", ours.key)]
    ours.refresh_from_db()
    assert (ours.text, ours.deleted_at is None) == ("", False)
    assert "took a sent message back" in page(desk, case)


@pytest.mark.parametrize("answer", [Later(Reason.RATE_LIMITED), Later(Reason.UNAUTHORISED), None])
def test_what_the_network_did_not_do_did_not_happen(
    desk: Client, channel: Channel, able: Ables, answer: Outcome | None
) -> None:
    network = able(MODERATES)
    message = factory.case(channel).messages.get()
    if answer is None:
        network.connect = _gone  # type: ignore[assignment, method-assign]
    else:
        network.server.answer = answer
    status, words = moderate(desk, message, "hide")
    message.refresh_from_db()
    assert (status, message.hidden_at) == (409, None) and words


def _gone(*_args: object, **_options: object) -> Iterator[Connection]:
    raise Unreachable("no route to host")


def test_seen_is_shown_where_it_was(desk: Client, channel: Channel, chie: Agent, able: Ables) -> None:
    able(PLAIN)
    case = factory.case(channel, private=True)
    asked = case.messages.get()
    Message.objects.create(
        brand=channel.brand, case=case, channel=channel, realm=channel.realm, key="ours", direction="out", agent=chie,
        customer=case.customer, visibility="private", text="Here we are", posted_at=asked.posted_at,
        received_at=asked.posted_at,
    )  # fmt: skip
    assert "</svg>sent" in page(desk, case)
    Profile.objects.update(read_to=asked.posted_at)
    assert "</svg>seen" in page(desk, case)
