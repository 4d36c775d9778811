"""A morning at the practice airline: what the screenshots show and the browser journeys live in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from kikite.accounts.models import Agent, Brand
from kikite.cases import assigning, closing, noting, snoozing
from kikite.cases.models import Case, ReplyPart
from kikite.cases.states import PartState
from kikite.channels.models import Budget, Channel, Delivery, Gap, Listener, Share, Spending
from kikite.networks.contract import Media
from kikite.workflows.replying import send

from . import factory
from .factory import Stage, author


@dataclass
class Scene:
    """Who and what stands on the stage."""

    brand: Brand
    chie: Agent
    owen: Agent
    channel: Channel
    cases: dict[str, Case]


def airline(pictures: str = "http://127.0.0.1:9", zone: str = "Europe/London") -> Scene:
    """The whole morning; `pictures` is where the network keeps its pictures."""
    brand = factory.brand()
    chie = factory.agent("Chie Park", brand, is_admin=True, initials="CP", time_zone=zone)
    owen = factory.agent("Owen Bell", brand, initials="OB", time_zone=zone)
    factory.agent("田中 みどり", brand, initials="TM", language="ja", time_zone="Asia/Tokyo")
    channel = factory.channel(brand, base_url=pictures)
    scene = Scene(brand, chie, owen, channel, {})
    _others(scene)
    _waiting(scene)
    _mara(scene)
    _channels(scene)
    return scene


def _keep(scene: Scene, stage: Stage, *names: str) -> None:
    for name, case in zip(names, stage.perform(), strict=True):
        scene.cases[name] = case


def _others(scene: Scene) -> None:
    """What is not waiting any more."""
    stage = Stage(scene.channel)
    thanks = stage.say(
        author("finn_o", "Finn Okafor", followers=310), "Your crew on TA 112 were kindness itself. Thank you.", 9000
    )
    stage.answer(thanks, "That will make their day, Finn. We have passed it on. ^OB", 8950)
    _keep(scene, stage, "thanks")
    socket = stage.say(
        author("marak", "Mara Keller", followers=12400), "The socket at 22C is dead and so is my laptop.", 60 * 24 * 40
    )
    stage.answer(
        socket, "Sorry Mara. Reported for repair, and 2,000 miles are on their way to you. ^CP", 60 * 24 * 40 - 22
    )
    _keep(scene, stage, "socket")
    for name in ("thanks", "socket"):
        closing.resolve(scene.cases[name], scene.chie)
    stage.say(
        author("ines_v", "Inês Vaz", followers=95), "Is there a vegan meal on the Lisbon flight next Friday?", 180
    )
    _keep(scene, stage, "meal")
    snoozing.snooze(scene.cases["meal"], scene.owen, timezone.now() + timedelta(hours=3))


def _waiting(scene: Scene) -> None:
    stage = Stage(scene.channel)
    owen = author("owenb", "Owen Brandt", followers=204)
    first = stage.say(owen, "Online check-in says my name is not my name. Can somebody look?", 134)
    second = stage.say(owen, "Hello?", 70, reply_to=first)
    stage.say(owen, "Any update? Third time of asking.", 12, reply_to=second)
    _keep(scene, stage, "owen")
    sayaka = author("sayaka_k", "木村 さやか", followers=860, avatar=f"{scene.channel.base_url}/face/sayaka")
    stage.say(
        sayaka, "カウンターに誰もいないんですが…もう搭乗まで40分しかないのに、どうすればいいですか？", 21, lang="ja"
    )
    _keep(scene, stage, "sayaka")
    stage.say(author("lenaroth", "Lena Roth", followers=51), "Bag still in Osaka, I am in Leeds. Wonderful.", 17)
    _keep(scene, stage, "lena")
    assigning.assign(scene.cases["lena"], scene.owen, scene.owen)
    stage.say(author("tomasz_w", "Tomasz Wilk", followers=100_200),
              "Landing at nine tonight, starving. @TsubameAir, a steak at the gate would be lovely.", 6)  # fmt: skip
    _keep(scene, stage, "steak")
    stage.say(
        author("yuki_run", "高橋 由紀", followers=1220),
        "マイルが反映されていません。予約番号はDMで送りましたのでご確認ください。",
        4,
        private=True,
        lang="ja",
    )
    _keep(scene, stage, "miles")
    stage.say(
        author("ruth_a", "Ruth Adeyemi", followers=77),
        "Gate changed twice in ten minutes and the app still shows the first one",
        2,
    )
    _keep(scene, stage, "gate")
    stage.say(author("pk_travels", "Petra Kovač", followers=5400), "Do you fly to Split in winter?", 0.6)
    _keep(scene, stage, "split")


def _mara(scene: Scene) -> None:
    """S1: a public cry, then private, with a picture; our answer, a note, a refusal."""
    stage = Stage(scene.channel)
    mara = author("marak", "Mara Keller", followers=12400, avatar=f"{scene.channel.base_url}/face/mara")
    cry = stage.say(
        mara, "@TsubameAir you moved my flight home three hours earlier. I will still be on stage. Help?", 33
    )
    stage.answer(
        cry,
        "Sorry, that is no use to you at all, Mara. Send me your booking privately, I will find you a later one. ^CP",
        29,
    )
    shot = Media(
        "image",
        f"{scene.channel.base_url}/shot.svg",
        "Screenshot: flight TA 318, 18:25 to 20:10, three seats left",
        "image/svg+xml",
        480,
        300,
    )
    stage.say(
        mara,
        "Booking QK7T2M. I have a meeting until 16:00, can you put me on the later one? Screenshot from your own site: https://tsubame.example/flights/TA318",
        9,
        private=True,
        media=(shot,),
    )
    stage.say(mara, "And a window seat if there is one left, please.", 8, private=True)
    cases = stage.perform()
    mine = cases[-1]
    scene.cases["mara"] = mine
    assigning.assign(mine, scene.chie, scene.chie)
    noting.note(mine, scene.chie, "TA 318 has three seats left. Fare class is the same, no fee.")
    reply = send(mine, scene.chie, "You are on TA 318 at 18:25 now, window seat 14A, Mara.", True, uuid4())
    part = reply.parts.get()
    ReplyPart.objects.filter(pk=part.pk).update(
        state=PartState.REFUSED, reason="closed", detail="This account only takes messages from people it follows."
    )


def _channels(scene: Scene) -> None:
    now = timezone.now()
    Channel.objects.filter(pk=scene.channel.pk).update(
        last_delivery_at=now - timedelta(seconds=40), last_read_at=now, newest_at=now - timedelta(seconds=41),
        newest_lag=timedelta(seconds=0.8), daily_usd="5.00",
    )  # fmt: skip
    factory.channel(scene.brand, "tsubame.example", "did:1", "bluesky", realm="bluesky", base_url="https://pds.example",
                    last_read_at=now, last_delivery_at=now - timedelta(minutes=3), newest_at=now - timedelta(minutes=3),
                    newest_lag=timedelta(seconds=2), read_after=now + timedelta(minutes=9))  # fmt: skip
    factory.channel(scene.brand, "tsubameair@mastodon.example", "77", "mastodon", realm="mastodon:mastodon.example",
                    base_url="https://mastodon.example", unauthorised_at=now - timedelta(hours=2),
                    trouble="The access token was revoked", trouble_since=now - timedelta(hours=2))  # fmt: skip
    Delivery.objects.create(channel=scene.channel, key="aside-1", kind="post", body=b"{", received_at=now,
                            set_aside_at=now, reason="Not JSON: it ends at line 1, column 2")  # fmt: skip
    ReplyPart.objects.filter(state=PartState.REFUSED).update(attempted_at=now - timedelta(hours=3))
    _limits(scene.channel)
    Gap.objects.create(channel=scene.channel, since=now - timedelta(hours=9), until=now - timedelta(hours=7),
                       why="the practice network forgot its events")  # fmt: skip
    Listener.objects.create(channel=scene.channel, query="check-in counter", searched_at=now)


def _limits(channel: Channel) -> None:
    """What the network's answers told, and what reading cost."""
    now = timezone.now()
    for name, left, most, minutes in (("read", 31, 300, 6), ("write", 96, 100, 11)):
        resets_at = now + timedelta(minutes=minutes)
        budget = Budget.objects.create(
            network=channel.network, bucket=f"account/{channel.key}/{name}", limit=most, remaining=left,
            resets_at=resets_at, told_at=now,
        )  # fmt: skip
        Share.objects.create(budget=budget, channel=channel, used=most - left, resets_at=resets_at, asked_at=now)
    for days in range(5):
        day = now.date() - timedelta(days=days)
        for what, pieces, price in (("post.read", 214, "0.005"), ("post.create", 37, "0.015")):
            usd = pieces * Decimal(price)
            Spending.objects.create(channel=channel, day=day, what=what, pieces=pieces, usd=usd)
