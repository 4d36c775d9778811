"""What only Bluesky has, on its real servers: beside the contract suite, on a PDS alone and with an app view."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kikite.networks.bluesky import hearing
from kikite.networks.contract import (
    Author,
    Deletion,
    Delivery,
    Incoming,
    Media,
    Message,
    Moderation,
    NetworkTrouble,
    Part,
    Reaction,
    Reason,
    Refused,
    Sent,
    Signal,
    Visibility,
)

from .desk import PATIENCE, Desk, part, picture, words
from .stage import Cannot

if TYPE_CHECKING:
    from .bluesky_stage import BlueskyStage

pytestmark = pytest.mark.servers
BRAND = "brand.test"


@pytest.fixture(scope="module", params=["pds", "full"])
def stage(request: pytest.FixtureRequest) -> Iterator[BlueskyStage]:
    from .bluesky_stage import BlueskyStage  # with it comes the official client, which takes two seconds

    try:
        stage = BlueskyStage(request.param)
    except Cannot as reason:
        pytest.skip(str(reason))
    yield stage
    stage.close()


@pytest.fixture
def desk(stage: BlueskyStage) -> Desk:
    desk = Desk(stage)
    desk.poll()
    return desk


def record_of(stage: BlueskyStage, key: str) -> Any:
    did, collection, rkey = key.removeprefix("at://").split("/")
    query = {"repo": did, "collection": collection, "rkey": rkey}
    return httpx.get(f"{stage.server.pds}/xrpc/com.atproto.repo.getRecord", params=query).json()["value"]


def test_how_the_server_is_read(stage: BlueskyStage) -> None:
    reads = "notifications" if stage.server.appview else "firehose"
    services = {"chat": stage.server.chat, "jetstream": stage.server.jetstream}
    assert stage.account.settings == {"reads": reads, **services}


def test_an_answer_without_our_name(stage: BlueskyStage, desk: Desk) -> None:
    (ours,) = desk.send(part(words("Any questions?")))
    assert isinstance(ours, Sent)
    key = stage.post("rin", words("Yes, one"), reply_to=ours.key, mention=False)
    assert desk.message(key).reply_to == ours.key


def test_an_author_who_goes_on_below_their_own_post(stage: BlueskyStage, desk: Desk) -> None:
    first = stage.post("rin", words("My bag 1/2"))
    second = stage.post("rin", words("is lost 2/2"), reply_to=first, mention=False)
    assert desk.message(second).root == first


def test_what_others_say_to_others_is_not_ours(stage: BlueskyStage, desk: Desk) -> None:
    theirs = stage.post("kai", words("Lovely weather"), mention=False)
    answer = stage.post("rin", words("Indeed"), reply_to=theirs, mention=False)
    desk.message(stage.post("rin", words("And now to you")))
    assert not {theirs, answer} & set(desk.state.messages)


def test_what_the_brand_posts_elsewhere_is_ours(stage: BlueskyStage, desk: Desk) -> None:
    asked = stage.post("rin", words("Anybody?"))
    answer = stage.post(BRAND, words("From the telephone"), reply_to=asked, mention=False)
    message = desk.message(answer)
    assert (message.author.key, message.reply_to) == (stage.account.key, asked)


def test_a_like(stage: BlueskyStage, desk: Desk) -> None:
    (ours,) = desk.send(part(words("Like this")))
    assert isinstance(ours, Sent)
    desk.message(ours.key)
    stage.like("rin", ours.key)

    def liked() -> bool:
        things = [
            thing
            for one in desk.deliveries.values()
            for thing in stage.network.translate(stage.account, one.kind, one.body)
        ]
        return any(
            isinstance(thing, Reaction) and thing.message == ours.key and thing.kind == "like" for thing in things
        )

    desk.until(liked, "the like")


def test_links_names_and_tags_stand_where_they_are(stage: BlueskyStage, desk: Desk) -> None:
    rin = stage.client("rin").did
    text = words("🧳鈴木@rin.test様、https://example.com/a?b=1をご覧ください。 #遅延")
    (outcome,) = desk.send(part(text, lang="ja"))
    assert isinstance(outcome, Sent)
    record = record_of(stage, outcome.key)
    marked = [text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in record["facets"]]
    assert marked == ["@rin.test", "https://example.com/a?b=1", "#遅延"]
    assert record["facets"][0]["features"][0]["did"] == rin
    assert record["langs"] == ["ja"]


def test_a_picture_of_ours(stage: BlueskyStage, desk: Desk) -> None:
    url = "data:image/png;base64," + base64.b64encode(picture()).decode()
    sent = part(words("The form"), media=(Media("image", url, "A form", "image/png", 48, 32),))
    (outcome,) = desk.send(sent)
    assert isinstance(outcome, Sent)
    (medium,) = desk.message(outcome.key).media
    assert (medium.alt, medium.width, medium.height) == ("A form", 48, 32)
    assert httpx.get(medium.url).status_code == 200


def test_300_graphemes_of_any_kind(stage: BlueskyStage, desk: Desk) -> None:
    outcomes = desk.send(*(part(letter * 300) for letter in ("x", "荷", "🧳", "e\u0301")))
    assert all(isinstance(outcome, Sent) for outcome in outcomes)


def test_other_words_under_the_same_record_key(stage: BlueskyStage, desk: Desk) -> None:
    first = part(words("The first words"))
    outcomes = desk.send(first, replace(first, text="Other words"))
    assert isinstance(outcomes[0], Sent)
    assert isinstance(outcomes[1], Refused) and outcomes[1].reason is Reason.INVALID
    assert desk.standing("Other words") == []


def test_many_parts_of_one_moment(stage: BlueskyStage, desk: Desk) -> None:
    first = part(words("Part 1"))
    parts = [replace(first, key=f"{number:032x}", text=words(f"Part {number}")) for number in range(20)]
    outcomes = desk.send(*parts)
    assert len({outcome.key for outcome in outcomes if isinstance(outcome, Sent)}) == 20


def test_a_session_outlives_its_access_token(stage: BlueskyStage, desk: Desk) -> None:
    """As when a connection is opened after two hours: the tokens are stale, the password is not."""
    stage.server.order("fault", kind="expire")
    with stage.network.connect(stage.account) as connection:
        outcome = connection.send(part(words("Still here")))
        assert isinstance(outcome, Sent)
        assert connection.renewed is not None
        stage.account = replace(stage.account, secrets=connection.renewed)
    key = stage.post("rin", words("Still there?"))
    assert desk.message(key).author.handle == "rin.test"


def test_the_server_away_while_people_talk(stage: BlueskyStage, desk: Desk) -> None:
    """Down and up again, with posts on both sides of it, and a deletion."""
    before, gone = stage.post("rin", words("Before")), stage.post("rin", words("Regretted"))
    desk.message(gone)
    stage.stop()
    stage.start()
    after = stage.post("rin", words("After"))
    stage.erase("rin", gone)
    desk.message(after)
    desk.until(lambda: gone in desk.state.gone, "the deletion")
    assert before in desk.state.standing()


def test_a_rate_limit_on_the_way_to_the_parent(stage: BlueskyStage, desk: Desk) -> None:
    message = desk.message(stage.post("rin", words("Hurry")))
    stage.limit(timedelta(seconds=1))
    (first,) = desk.send(part(words("We do"), message))
    assert not isinstance(first, Sent)


def test_somebody_who_blocked_us(stage: BlueskyStage, desk: Desk) -> None:
    if not stage.server.appview:
        pytest.skip("blocks are known to app views")
    key = stage.post("mio", words("I am angry"))
    message: Message = desk.message(key)
    mio = stage.client("mio")
    block = {"$type": "app.bsky.graph.block", "subject": stage.account.key, "createdAt": mio.get_current_time_iso()}
    mio.com.atproto.repo.create_record({"repo": mio.did, "collection": "app.bsky.graph.block", "record": block})
    stage.server.order("settle")
    (outcome,) = desk.send(part(words("We are sorry"), message))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.BLOCKED
    desk.poll()
    assert key in desk.state.standing()


# --- posts, as they are and as they hang together ---


def read(stage: BlueskyStage, delivery: Delivery) -> list[Incoming]:
    return stage.network.translate(stage.account, delivery.kind, delivery.body)


def write(stage: BlueskyStage, customer: str, text: str, **more: Any) -> str:
    """A post with fields that the official client has no words for."""
    client = stage.client(customer)
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": client.get_current_time_iso(), **more}
    made = client.com.atproto.repo.create_record({"repo": client.did, "collection": record["$type"], "record": record})
    return str(made.uri)


def cid_of(stage: BlueskyStage, key: str) -> str:
    did, collection, rkey = key.removeprefix("at://").split("/")
    query = {"repo": did, "collection": collection, "rkey": rkey}
    return str(httpx.get(f"{stage.server.pds}/xrpc/com.atproto.repo.getRecord", params=query).json()["cid"])


def test_a_quote_names_us(stage: BlueskyStage, desk: Desk) -> None:
    (ours,) = desk.send(part(words("Winter timetable")))
    assert isinstance(ours, Sent)
    strong = {"uri": ours.key, "cid": cid_of(stage, ours.key)}
    key = write(stage, "rin", words("Really?"), embed={"$type": "app.bsky.embed.record", "record": strong})
    message = desk.message(key)
    assert (message.quotes, message.names) == (ours.key, (stage.account.key,))


def test_a_link_card_of_a_customer(stage: BlueskyStage, desk: Desk) -> None:
    external = {"uri": "https://example.com/terms", "title": "Our terms", "description": "All of them"}
    mention = [{"$type": "app.bsky.richtext.facet#mention", "did": stage.account.key}]
    facet = {"index": {"byteStart": 0, "byteEnd": 6}, "features": mention}
    embed = {"$type": "app.bsky.embed.external", "external": external}
    message = desk.message(write(stage, "rin", words("@brand what is this"), facets=[facet], embed=embed))
    assert message.media == (Media("card", "https://example.com/terms", "Our terms"),)
    assert message.names == (stage.account.key,)


def test_a_link_to_nowhere_goes_without_a_card(stage: BlueskyStage, desk: Desk) -> None:
    (outcome,) = desk.send(part(words("See http://10.0.0.1/inside")))
    assert isinstance(outcome, Sent)
    assert "embed" not in record_of(stage, outcome.key)


def test_a_video_of_ours(stage: BlueskyStage, desk: Desk) -> None:
    video = base64.b64encode(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64).decode()
    sent = part(
        words("How to fold it"), media=(Media("video", f"data:video/mp4;base64,{video}", "Hands", "video/mp4"),)
    )
    (outcome,) = desk.send(sent)
    assert isinstance(outcome, Sent)
    embed = record_of(stage, outcome.key)["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "Hands")


def test_what_became_of_posts(stage: BlueskyStage, desk: Desk) -> None:
    """Also of posts that are no longer among the newest that are watched."""
    standing, gone = stage.post("rin", words("I stay")), stage.post("rin", words("I go"))
    desk.message(gone)
    stage.erase("rin", gone)
    if stage.server.appview:
        stage.server.order("settle")
    with stage.network.connect(stage.account) as connection:
        deliveries = connection.refresh([standing, gone, "chat:a/b", standing])
    found = [thing for one in deliveries for thing in read(stage, one)]
    assert [(type(thing), thing.key) for thing in found if isinstance(thing, Message | Deletion)] == [
        (Message, standing), (Deletion, gone),
    ]  # fmt: skip


def test_names_and_pictures(stage: BlueskyStage) -> None:
    rin = stage.person("rin")
    with stage.network.connect(stage.account) as connection:
        found = connection.profiles([rin, "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "rubbish"])
    assert [(one.key, one.handle) for one in found] == [(rin, "rin.test")]


# --- what we do with posts ---


@pytest.mark.parametrize(
    ("do", "undo", "mark"),
    [
        (Moderation.LIKE, Moderation.UNLIKE, Moderation.LIKE),
        (Moderation.HIDE, Moderation.UNHIDE, Moderation.HIDE),
    ],
)
def test_likes_and_hidden_answers(
    stage: BlueskyStage, desk: Desk, do: Moderation, undo: Moderation, mark: Moderation
) -> None:
    (ours,) = desk.send(part(words("Say something")))
    assert isinstance(ours, Sent)
    key, other = (stage.post("rin", words("Something"), reply_to=ours.key) for _ in range(2))
    desk.message(key)
    with stage.network.connect(stage.account) as connection:
        for act, marks in ((do, {mark}), (do, {mark}), (undo, set()), (undo, set()), (do, {mark})):
            assert connection.moderate(key, act) == Sent(key)
            assert stage.marks(key) == marks
        assert connection.moderate(other, do) == Sent(other)
        assert stage.marks(key) == stage.marks(other) == {mark}


def test_a_like_of_another_app_is_taken_back_too(stage: BlueskyStage, desk: Desk) -> None:
    if not stage.server.appview:
        pytest.skip("likes of other apps are known to app views")
    key = stage.post("rin", words("Nice seats"))
    stage.like(BRAND, key)
    stage.server.order("settle")
    with stage.network.connect(stage.account) as connection:
        assert isinstance(connection.moderate(key, Moderation.LIKE), Sent)
        assert isinstance(connection.moderate(key, Moderation.UNLIKE), Sent)
    assert stage.marks(key) == set()


def test_what_cannot_be_done(stage: BlueskyStage, desk: Desk) -> None:
    theirs = stage.post("kai", words("My own thread"))
    gone = stage.post("kai", words("Not for long"))
    stage.erase("kai", gone)
    with stage.network.connect(stage.account) as connection:
        outcomes = [
            connection.moderate(theirs, Moderation.HIDE), connection.moderate(theirs, Moderation.DELETE),
            connection.moderate("chat:a/b", Moderation.LIKE), connection.moderate(gone, Moderation.LIKE),
        ]  # fmt: skip
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Refused)]
    assert reasons[:3] == [Reason.FORBIDDEN] * 3
    assert reasons[3:] == [Reason.GONE] or stage.server.appview  # which may be late with it


# --- private messages ---


def to(stage: BlueskyStage, customer: str, text: str) -> Part:
    """A first private word of ours."""
    author = Author(stage.person(customer), f"{customer}.test")
    return replace(part(text), to=author, visibility=Visibility.PRIVATE)


@pytest.mark.parametrize(("whom", "follows", "reason"), [
    ("all", False, None), ("following", True, None), ("following", False, Reason.CLOSED), ("none", True, Reason.CLOSED),
])  # fmt: skip
def test_who_may_be_written_to_first(
    stage: BlueskyStage, desk: Desk, whom: str, follows: bool, reason: Reason | None
) -> None:
    name = f"{whom}{follows}".lower()
    stage.welcome(name, whom)
    if follows:
        client = stage.client(name)
        record = {"subject": stage.account.key, "createdAt": client.get_current_time_iso()}
        client.com.atproto.repo.create_record(
            {"repo": client.did, "collection": "app.bsky.graph.follow", "record": record}
        )
    word = to(stage, name, words("May we help?"))
    (outcome,) = desk.send(word)
    assert getattr(outcome, "reason", None) is reason
    if reason is None:
        assert isinstance(outcome, Sent) and desk.message(outcome.key).to[0].handle == f"{name}.test"
    with stage.network.connect(stage.account) as connection:
        found = connection.find(word)
    assert isinstance(found, Sent) is (reason is None)


def test_somebody_who_blocks_us_in_private(stage: BlueskyStage, desk: Desk) -> None:
    message = desk.message(stage.whisper("aki", words("Leave me alone")))
    aki = stage.client("aki")
    block = {"$type": "app.bsky.graph.block", "subject": stage.account.key, "createdAt": aki.get_current_time_iso()}
    aki.com.atproto.repo.create_record({"repo": aki.did, "collection": block["$type"], "record": block})
    (outcome,) = desk.send(part(words("As you wish"), message))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.BLOCKED


def test_reactions_in_private(stage: BlueskyStage, desk: Desk) -> None:
    message = desk.message(stage.whisper("rin", words("Are you there?")))
    (ours,) = desk.send(part(words("Always"), message))
    assert isinstance(ours, Sent)
    what = {"convo_id": message.thread, "message_id": ours.key.rpartition("/")[2], "value": "❤️"}
    stage.chat("rin").add_reaction(what)
    stage.chat("rin").remove_reaction(what)

    def given() -> list[bool]:
        things = [thing for one in desk.deliveries.values() for thing in read(stage, one)]
        return [one.removed for one in things if isinstance(one, Reaction) and one.message == ours.key]

    desk.until(lambda: given() == [False, True], "the reaction, and that it was taken back")


def test_what_we_read_is_read(stage: BlueskyStage, desk: Desk) -> None:
    message = desk.message(stage.whisper("rin", words("Read this")))

    def unread() -> int:
        return int(stage.chat(BRAND).get_convo({"convo_id": message.thread}).convo.unread_count)

    assert unread()
    with stage.network.connect(stage.account) as connection:
        connection.signal(message.author, message.thread, Signal.READ)
    assert not unread()


def test_a_password_without_direct_messages(stage: BlueskyStage) -> None:
    account = stage.asks(privileged=False)
    with stage.network.connect(account) as connection:
        identity = connection.identify()
    assert identity.missing == ("chat",)
    reads = replace(account, key=stage.account.key, secrets=identity.secrets, settings=identity.settings)
    assert not stage.network.able(reads).private_messages
    public, private = stage.post("rin", words("In public")), stage.whisper("rin", words("In private"))
    alone = Desk(stage)
    whole, stage.account = stage.account, reads
    try:
        alone.message(public)
    finally:
        stage.account = whole
    assert private not in alone.state.messages


def test_many_private_messages_after_a_long_silence(stage: BlueskyStage, desk: Desk) -> None:
    keys = [stage.whisper("noa", words(f"Word {number}")) for number in range(25)]
    desk.message(keys[-1])
    assert set(keys) <= set(desk.state.messages)
    fresh = Desk(stage)
    fresh.poll()
    assert set(keys) <= set(fresh.state.messages)
    assert all(fresh.state.messages[key] == desk.state.messages[key] for key in keys)


# --- listeners ---


def test_a_search(stage: BlueskyStage) -> None:
    if not stage.server.appview:
        pytest.skip("a server without an app view searches nothing")
    text = words("荷物が見つからない")
    key = stage.post("rin", text, mention=False)
    stage.server.order("settle")
    with stage.network.connect(stage.account) as connection:
        page = connection.search(text, "")
        again = connection.search(text, page.cursor)
    found = [thing for one in page.deliveries for thing in read(stage, one)]
    assert [thing.key for thing in found if isinstance(thing, Message)] == [key]
    assert {one.key for one in again.deliveries} <= {one.key for one in page.deliveries}


class Ears:
    """Listens in a thread of its own until told to end."""

    def __init__(self, stage: BlueskyStage, queries: Sequence[str], settings: dict[str, Any]) -> None:
        self.stage = stage
        self.heard: dict[str, Delivery] = {}
        self.open, self.ending = threading.Event(), False
        secrets = {name: value for name, value in stage.account.secrets.items() if name != "jetstream"}
        self._account = replace(stage.account, settings={**stage.account.settings, **settings}, secrets=secrets)
        self._queries = queries
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        with self.stage.network.connect(self._account) as connection:
            try:
                for delivery in connection.listen(self._queries):
                    self.open.set()
                    if delivery is not None:
                        self.heard[delivery.key] = delivery
                    if self.ending:
                        return
            except NetworkTrouble:
                return

    def things(self) -> list[Incoming]:
        return [thing for one in list(self.heard.values()) for thing in read(self.stage, one)]

    def until(self, key: str, kind: type = Message) -> None:
        end = time.monotonic() + PATIENCE
        while not any(isinstance(thing, kind) and getattr(thing, "key", "") == key for thing in self.things()):
            assert time.monotonic() < end, f"{key} was not heard"
            time.sleep(0.05)


@pytest.mark.parametrize("way", ["jetstream", "firehose"])
def test_what_everybody_says(stage: BlueskyStage, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """By Jetstream, and by the firehose where nobody answers at the Jetstream's address."""
    monkeypatch.setattr(hearing, "HEARTBEAT", 0.3)
    ears = Ears(stage, ["遅延 -天気", "#lostbag"], {} if way == "jetstream" else {"jetstream": "ws://127.0.0.1:1"})
    assert ears.open.wait(PATIENCE)
    weather = stage.post("kai", words("天気で遅延"), mention=False)
    first = stage.post("rin", words("また遅延です"), mention=False)
    ears.until(first)
    stage.erase("rin", first)
    last = stage.post("kai", words("My #LostBag"), mention=False)
    ears.until(last)
    ears.until(first, Deletion)
    ears.ending = True
    ears.thread.join(PATIENCE)
    messages = [thing for thing in ears.things() if isinstance(thing, Message)]
    assert weather not in {one.key for one in messages}
    assert {one.author.handle for one in messages} == {"rin.test", "kai.test"}


def test_a_jetstream_that_goes_away(stage: BlueskyStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The firehose takes over, and whoever listens anew is at the Jetstream again."""
    monkeypatch.setattr(hearing, "HEARTBEAT", 0.3)
    ears = Ears(stage, ["欠航"], {})
    assert ears.open.wait(PATIENCE)
    ears.until(stage.post("rin", words("欠航か"), mention=False))
    stage.server.order("deaf", on=True)
    end = time.monotonic() + PATIENCE
    while len(ears.heard) < 2:
        stage.post("rin", words("欠航だ"), mention=False)
        assert time.monotonic() < end, "nothing was heard without the Jetstream"
    ears.ending = True
    ears.thread.join(PATIENCE)
    stage.server.order("deaf", on=False)
    again = Ears(stage, ["欠航"], {})
    assert again.open.wait(PATIENCE)
    again.until(stage.post("rin", words("やはり欠航"), mention=False))
    again.ending = True
    again.thread.join(PATIENCE)
