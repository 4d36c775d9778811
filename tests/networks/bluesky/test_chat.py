"""Private messages on a chat service that answers as a test wrote it down; the real thing is in the contract suite."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.bluesky import network
from kikite.networks.bluesky.media import CHAT
from kikite.networks.bluesky.reading import Cursor
from kikite.networks.contract import (
    Absent,
    Author,
    Connection,
    Deletion,
    Delivery,
    Incoming,
    Later,
    Message,
    Outcome,
    Part,
    Reaction,
    Reason,
    Refused,
    Sent,
    Signal,
    Unauthorised,
    Unknown,
    Unreachable,
    Visibility,
)

from .told import THEM, US, Query, Told

DEFS = "chat.bsky.convo.defs#"
NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
MEMBERS = [{"did": US, "handle": "brand.test"}, {"did": THEM, "handle": "rin.test", "displayName": "Rin"}]
RIN = Author(THEM, "rin.test")
PART = Part(
    "0" * 32,
    "Seat 14A is yours.",
    NOON,
    visibility=Visibility.PRIVATE,
    to=RIN,
    thread="convo1",
    reply_to="chat:convo1/m1",
)
EMPTY: dict[str, Any] = {"notifications": [], "records": [], "posts": [], "profiles": []}


def view(number: int, text: str = "Hello", by: str = THEM, minutes: int = 0, **more: Any) -> dict[str, Any]:
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    said = {"$type": f"{DEFS}messageView", "id": f"m{number}", "rev": f"{number:04}", "text": text, "sentAt": at}
    return said | {"sender": {"did": by}} | more


def entry(number: int, kind: str = "logCreateMessage", **more: Any) -> dict[str, Any]:
    told = {"$type": DEFS + kind, "rev": f"{number:04}", "convoId": "convo1", "message": view(number)}
    return told | more


@dataclass
class Service:
    """A chat service with one conversation, its log and its newest messages."""

    logs: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)  # newest first
    members: list[dict[str, Any]] = field(default_factory=lambda: MEMBERS)
    kind: str = "directConvo"
    page: int = 2

    @property
    def convo(self) -> dict[str, Any]:
        newest = {"lastMessage": self.messages[0]} if self.messages else {}
        kind = {"$type": DEFS + self.kind}
        return {
            "id": "convo1",
            "rev": "1",
            "members": self.members,
            "muted": False,
            "unreadCount": 0,
            "kind": kind,
        } | newest

    def says(self, server: Told) -> None:
        server.says("getConvo", 200, lambda _: {"convo": self.convo})
        server.says("getConvoForMembers", 200, lambda _: {"convo": self.convo})
        server.says("listConvos", 200, lambda _: {"convos": [self.convo]})
        server.says("getMessages", 200, lambda _: {"messages": self.messages})
        server.says("getLog", 200, self.log)
        for method in ("listNotifications", "listRecords", "getPosts", "getProfiles"):
            server.says(method, 200, EMPTY)

    def log(self, query: Query) -> dict[str, Any]:
        if "cursor" not in query:
            return {"logs": [], "cursor": self.logs[-1]["rev"] if self.logs else "0000"}
        after = [one for one in self.logs if one["rev"] > query["cursor"][0]][: self.page]
        return {"logs": after, "cursor": after[-1]["rev"] if after else query["cursor"][0]}


@pytest.fixture
def chat(server: Told) -> Service:
    service = Service()
    service.says(server)
    return service


def caught_up(connection: Connection, cursor: str) -> tuple[list[Delivery], str]:
    found: list[Delivery] = []
    more = True
    while more:
        page = connection.poll(cursor)
        found, cursor, more = [*found, *page.deliveries], page.cursor, page.more
    return found, cursor


def read(server: Told, delivery: Delivery) -> list[Incoming]:
    return network.translate(server.account(chat=CHAT), delivery.kind, delivery.body)


def told(server: Told, reads: str = "notifications") -> tuple[list[Delivery], str]:
    with server.connected(reads, chat=CHAT) as connection:
        return caught_up(connection, "")


# --- reading ---


def test_at_first_the_conversations_are_read_and_then_the_log(server: Told, chat: Service) -> None:
    chat.messages, chat.logs = [view(2, minutes=1), view(1)], [entry(1), entry(2)]
    first, cursor = told(server)
    assert [one.key for one in first] == ["logCreateMessage convo1/m1", "logCreateMessage convo1/m2"]
    chat.logs += [entry(3), entry(4), entry(5)]
    with server.connected(chat=CHAT) as connection:
        second, cursor = caught_up(connection, cursor)
        assert [one.key.rpartition("/")[2] for one in second] == ["m3", "m4", "m5"]
        assert caught_up(connection, cursor)[0] == []
    assert {asked.proxy for asked in server.asked if asked.method.startswith("chat.")} == {CHAT}


def test_a_message_is_the_same_however_it_came(server: Told, chat: Service) -> None:
    chat.messages = [view(1)]
    (listed,), cursor = told(server)
    chat.logs = [entry(1, rev="0009")]
    with server.connected(chat=CHAT) as connection:
        (logged,), _ = caught_up(connection, cursor)
    assert listed.key == logged.key and read(server, listed) == read(server, logged)


def test_what_a_message_becomes(server: Told, chat: Service) -> None:
    chat.messages = [view(1, "My code is QK7T2M")]
    (delivery,), _ = told(server)
    (message,) = read(server, delivery)
    assert isinstance(message, Message)
    assert (message.key, message.text, message.thread) == ("chat:convo1/m1", "My code is QK7T2M", "convo1")
    assert (message.author.name, message.to, message.at) == (
        "Rin",
        (Author(US, "brand.test", url=message.to[0].url),),
        NOON,
    )
    assert message.visibility is Visibility.PRIVATE and message.url == "https://bsky.app/messages/convo1"


def test_our_own_words_go_to_the_customer(server: Told, chat: Service) -> None:
    chat.messages = [view(1, by=US)]
    (delivery,), _ = told(server)
    (message,) = read(server, delivery)
    assert isinstance(message, Message)
    assert (message.author.key, [one.key for one in message.to]) == (US, [THEM])


def test_a_hidden_message_reactions_and_what_says_nothing(server: Told, chat: Service) -> None:
    _, cursor = told(server)
    thumb = {"value": "👍", "sender": {"did": THEM}, "createdAt": NOON.isoformat()}
    hidden = {
        "$type": f"{DEFS}deletedMessageView",
        "id": "m2",
        "rev": "2",
        "sender": {"did": US},
        "sentAt": NOON.isoformat(),
    }
    chat.logs = [
        entry(1, "logBeginConvo"), entry(2, "logDeleteMessage", message=hidden), entry(3, "logReadConvo"),
        entry(4, "logAddReaction", reaction=thumb), entry(5, "logRemoveReaction", reaction=thumb),
        entry(6, "logSomethingNew"),
    ]  # fmt: skip
    with server.connected(chat=CHAT) as connection:
        deliveries, _ = caught_up(connection, cursor)
    found = [thing for one in deliveries for thing in read(server, one)]
    assert found[0] == Deletion("chat:convo1/m2")
    assert [(one.kind, one.removed) for one in found if isinstance(one, Reaction)] == [("👍", False), ("👍", True)]
    assert len(found) == 3


@pytest.mark.parametrize("how", ["kind", "members"])
def test_groups_are_not_ours_to_read(server: Told, chat: Service, how: str) -> None:
    chat.messages, chat.logs = [view(1)], [entry(1), entry(2)]
    if how == "kind":
        chat.kind = "groupConvo"
    else:
        chat.members = [*MEMBERS, {"did": "did:plc:kai", "handle": "kai.test"}]
    deliveries, cursor = told(server)
    assert deliveries == []
    chat.logs.append(entry(3))
    with server.connected(chat=CHAT) as connection:
        assert caught_up(connection, cursor)[0] == []


def test_a_log_that_forgot_our_place_is_made_up_for(server: Told, chat: Service) -> None:
    _, cursor = told(server)
    chat.messages = [view(2, minutes=30), view(1, minutes=20)]
    real, answers = chat.log, server.answers["getLog"]
    answers[:] = [(400, {"error": "InvalidRequest", "message": "no such cursor"}, {}), (200, real, {})]
    with server.connected(chat=CHAT) as connection:
        found, _ = caught_up(connection, cursor)
    assert [one.key.rpartition("/")[2] for one in found] == ["m1", "m2"]


def test_after_a_long_time_away_the_conversations_are_read_too(server: Told, chat: Service) -> None:
    _, cursor = told(server)
    values = json.loads(cursor)
    values["chat"]["at"] = (NOON - timedelta(days=2)).isoformat()
    chat.messages = [view(2), view(1, minutes=-60 * 24 * 9)]
    with server.connected(chat=CHAT) as connection:
        found, _ = caught_up(connection, json.dumps(values))
    assert [one.key.rpartition("/")[2] for one in found] == ["m2"]


def test_trouble_with_the_chat_holds_back_no_post(server: Told, chat: Service) -> None:
    record = {
        "uri": f"at://{US}/app.bsky.feed.post/3k2a",
        "cid": "c",
        "value": {"text": "Hi", "createdAt": NOON.isoformat()},
    }
    server.answers["listRecords"] = [(200, {"records": [record]}, {})]
    server.says("getRecord", 200, record)
    server.answers["getLog"] = [(502, {"error": "UpstreamFailure", "message": "Upstream service unreachable"}, {})]
    with server.connected(chat=CHAT) as connection:
        page = connection.poll("")
        assert [one.kind for one in page.deliveries] == ["record"]
        with pytest.raises(Unreachable, match="Upstream"):
            connection.poll(page.cursor)


@pytest.mark.parametrize("method", ["getLog", "listConvos"])
def test_a_server_that_finds_no_service_still_tells_posts(server: Told, chat: Service, method: str) -> None:
    server.answers[method] = [(400, {"error": "InvalidRequest", "message": "could not resolve proxy did"}, {})]
    record = {
        "uri": f"at://{US}/app.bsky.feed.post/3k2a",
        "cid": "c",
        "value": {"text": "Hi", "createdAt": "2026-11-25"},
    }
    server.answers["listRecords"] = [(200, {"records": [record]}, {})]
    server.says("getRecord", 200, record)
    with server.connected(chat=CHAT) as connection:
        page = connection.poll("")
        assert [one.kind for one in page.deliveries] == ["record"]
        with pytest.raises(Unreachable, match="could not resolve"):
            connection.poll(page.cursor)


def test_the_service_that_does_not_believe_our_server_is_no_dead_password(server: Told, chat: Service) -> None:
    server.says("refreshSession", 200, {"accessJwt": "access-2", "refreshJwt": "refresh-2"})
    server.answers["getLog"] = [(401, {"error": "BadJwtAudience", "message": "jwt audience does not match"}, {})]
    with server.connected(chat=CHAT) as connection, pytest.raises(Unreachable, match="audience"):
        connection.poll("")


def test_a_spent_limit_of_the_chat_holds_back_nothing(server: Told, chat: Service) -> None:
    server.answers["getLog"] = [(429, {"error": "RateLimitExceeded", "message": "wait"}, {"retry_after": "60"})]
    with server.connected(chat=CHAT) as connection:
        assert connection.poll("").deliveries == ()


@pytest.mark.parametrize("cursor", ['{"seen":"","watch":{}}', '{"seq": 7, "at": ""}', "[1]", '{"posts": 1}'])
def test_a_cursor_from_before_is_one_of_posts(cursor: str) -> None:
    assert Cursor.parse(cursor) == Cursor(cursor)


@pytest.mark.parametrize("cursor", ["", "rubbish", '{"posts'])
def test_what_is_no_cursor_is_the_beginning(cursor: str) -> None:
    assert Cursor.parse(cursor) == Cursor()


@given(st.text(max_size=50), st.text(max_size=20), st.lists(st.text(max_size=10), max_size=3))
def test_a_cursor_comes_back_as_it_was(posts: str, rev: str, todo: list[str]) -> None:
    cursor = replace(Cursor(posts), chat=replace(Cursor().chat, rev=rev, todo=tuple(todo)))
    assert Cursor.parse(str(cursor)) == cursor


# --- what a password may ---


def test_a_password_without_direct_messages(server: Told) -> None:
    server.says("listNotifications", 200, EMPTY)
    server.says("getProfiles", 200, {"profiles": [{"did": US, "handle": "brand.test"}]})
    server.says("getLog", 400, {"error": "InvalidToken", "message": "Bad token method"})
    with server.connected() as connection:
        identity = connection.identify()
    assert identity.missing == ("chat",) and identity.settings["chat"] == ""
    assert not {"createSession", "refreshSession"} & set(server.methods()), "a good session was given up"
    account = replace(server.account(), settings=identity.settings)
    assert not network.able(account).private_messages and not network.able(account).cold_private
    with network.connect(account) as connection:
        outcome = connection.send(PART)
    assert isinstance(outcome, Refused) and outcome.reason is Reason.FORBIDDEN


def test_a_dead_password_is_no_missing_permission(server: Told) -> None:
    server.says("listNotifications", 200, EMPTY)
    server.says("getProfiles", 200, {"profiles": [{"did": US, "handle": "brand.test"}]})
    server.says("getLog", 400, {"error": "ExpiredToken", "message": "Token has expired"})
    server.says("refreshSession", 400, {"error": "ExpiredToken"})
    server.says("createSession", 401, {"message": "Invalid identifier or password"})
    with server.connected() as connection, pytest.raises(Unauthorised):
        connection.identify()


def test_a_service_that_is_none(server: Told) -> None:
    server.says("listNotifications", 200, EMPTY)
    server.says("getProfiles", 200, {"profiles": [{"did": US, "handle": "brand.test"}]})
    wrong = {"chat": "https://chat.example"}
    with server.connected(secrets=wrong) as connection, pytest.raises(Unreachable, match="names no service"):
        connection.identify()


# --- sending ---


def sending(server: Told, part: Part = PART) -> Outcome:
    with server.connected(chat=CHAT) as connection:
        return connection.send(part)


def test_an_answer(server: Told, chat: Service) -> None:
    server.says("resolveHandle", 200, {"did": THEM})
    server.says("sendMessage", 200, view(7, by=US))
    outcome = sending(server, replace(PART, text="@rin.test, see https://example.com/a"))
    assert isinstance(outcome, Sent) and outcome.key == "chat:convo1/m7"
    (body,) = [asked.body for asked in server.asked if asked.method.endswith("sendMessage")]
    assert body["convoId"] == "convo1"
    assert [one["features"][0]["$type"].partition("#")[2] for one in body["message"]["facets"]] == ["mention", "link"]
    assert set(body["message"]) == {"text", "facets"}


def test_a_first_word_opens_the_conversation(server: Told, chat: Service) -> None:
    server.says("sendMessage", 200, view(7, by=US))
    assert isinstance(sending(server, replace(PART, thread="")), Sent)
    (asked,) = [asked for asked in server.asked if asked.method.endswith("getConvoForMembers")]
    assert asked.query == {"members": [THEM]}


@pytest.mark.parametrize(
    ("status", "error", "message", "reason"),
    [
        (
            400,
            "NotFollowedBySender",
            "recipient requires incoming messages to come from someone they follow",
            Reason.CLOSED,
        ),
        (400, "MessagesDisabled", "recipient has disabled incoming messages", Reason.CLOSED),
        (400, "InvalidRequest", "recipient has disabled incoming messages", Reason.CLOSED),
        (400, "BlockedActor", "block between recipient and sender", Reason.BLOCKED),
        (400, "InvalidRequest", "block between recipient and sender", Reason.BLOCKED),
        (400, "RecipientNotFound", "recipient not found", Reason.GONE),
        (400, "InvalidRequest", "Input/message/text must not be longer than 10000 characters", Reason.TOO_LONG),
        (400, "InvalidToken", "Bad token method", Reason.FORBIDDEN),
        (400, "InvalidConvo", "Convo not found", Reason.INVALID),
        (403, "AccountSuspended", "suspended", Reason.FORBIDDEN),
    ],
)
@pytest.mark.parametrize("method", ["sendMessage", "getConvoForMembers"])
def test_what_they_refuse(
    server: Told, chat: Service, method: str, status: int, error: str, message: str, reason: Reason
) -> None:
    server.answers[method] = [(status, {"error": error, "message": message}, {})]
    outcome = sending(server, replace(PART, thread="" if method == "getConvoForMembers" else "convo1"))
    if method == "getConvoForMembers" and error == "InvalidToken":
        assert isinstance(outcome, Later) and outcome.reason is Reason.UNAUTHORISED
    else:
        assert isinstance(outcome, Refused) and outcome.reason is reason


@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, Unknown), (502, Unknown), (504, Unknown), (429, Later), (404, Later), (501, Unknown), (302, Later)],
)
def test_what_silence_means(server: Told, chat: Service, status: int, expected: type) -> None:
    server.answers["sendMessage"] = [(status, b"<html>", {})]
    assert isinstance(sending(server), expected)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": "x" * 1001}, Reason.TOO_LONG),
        ({"text": "👩‍👩‍👧‍👦" * 500}, Reason.TOO_LONG),
        ({"to": None, "thread": ""}, Reason.INVALID),
        ({"text": " "}, Reason.INVALID),
    ],
)
def test_what_never_leaves(server: Told, chat: Service, changes: dict[str, Any], reason: Reason) -> None:
    outcome = sending(server, replace(PART, **changes))
    assert isinstance(outcome, Refused) and outcome.reason is reason
    assert "sendMessage" not in server.methods()


def test_1000_graphemes_are_taken(server: Told, chat: Service) -> None:
    server.says("sendMessage", 200, view(7, by=US))
    assert isinstance(sending(server, replace(PART, text="荷" * 1000)), Sent)


# --- looking up ---


def looking(server: Told, *taken: str) -> object:
    with server.connected(chat=CHAT) as connection:
        return connection.find(PART, taken)


def test_found_by_its_words(server: Told, chat: Service) -> None:
    chat.messages = [view(9, "Later words", US, 3), view(8, PART.text, US, 2), view(7, PART.text, THEM, 1)]
    found = looking(server)
    assert isinstance(found, Sent) and found.key == "chat:convo1/m8"


def test_the_same_words_of_another_part(server: Told, chat: Service) -> None:
    chat.messages = [view(8, PART.text, US, 2), view(7, PART.text, US, 1)]
    found = looking(server, "chat:convo1/m8")
    assert isinstance(found, Sent) and found.key == "chat:convo1/m7"
    assert isinstance(looking(server, "chat:convo1/m8", "chat:convo1/m7"), Absent)


def test_words_from_before_are_others(server: Told, chat: Service) -> None:
    chat.messages = [view(8, PART.text, US, -1)]
    assert isinstance(looking(server), Absent)


def test_a_look_up_that_fails_is_no_no(server: Told, chat: Service) -> None:
    server.answers["getMessages"] = [(502, b"", {})]
    assert isinstance(looking(server), Later)
    server.answers["getMessages"] = [(400, {"error": "InvalidConvo"}, {})]
    assert isinstance(looking(server), Unknown)


# --- the rest ---


def test_read(server: Told, chat: Service) -> None:
    server.says("updateRead", 200, {"convo": chat.convo})
    with server.connected(chat=CHAT) as connection:
        connection.signal(RIN, "convo1", Signal.READ)
        connection.signal(RIN, "", Signal.READ)
        connection.signal(RIN, "convo1", Signal.TYPING)
    bodies = [asked.body for asked in server.asked if asked.method.endswith("updateRead")]
    assert bodies == [{"convoId": "convo1"}] * 2


def test_a_private_message_cannot_be_taken_back(server: Told) -> None:
    with server.connected(chat=CHAT) as connection:
        outcome = connection.delete("chat:convo1/m1")
    assert isinstance(outcome, Refused) and outcome.reason is Reason.FORBIDDEN and server.asked == []
