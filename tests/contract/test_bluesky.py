"""What only Bluesky has, on its real servers: beside the contract suite, on a PDS alone and with an app view."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kikite.networks.contract import Media, Message, Reaction, Reason, Refused, Sent

from .desk import Desk, part, picture, words
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
    rin = stage.person("rin").did
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
    mio = stage.person("mio")
    block = {"$type": "app.bsky.graph.block", "subject": stage.account.key, "createdAt": mio.get_current_time_iso()}
    mio.com.atproto.repo.create_record({"repo": mio.did, "collection": "app.bsky.graph.block", "record": block})
    stage.server.order("settle")
    (outcome,) = desk.send(part(words("We are sorry"), message))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.BLOCKED
    desk.poll()
    assert key in desk.state.standing()
