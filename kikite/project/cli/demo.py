"""`kikite demo`: the practice airline's brand, agents and channel. Run again it changes only what moved."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from kikite.networks.practice.demo.answers import ANSWERS
from kikite.networks.practice.demo.brand import BRAND
from kikite.project import env
from kikite.project.cli import ground
from kikite.project.cli.practice import Admin, connect
from kikite.project.demo import Seeded, remember, seeded

if TYPE_CHECKING:
    from kikite.accounts.models import Brand

SLUG = "tsubame-air"
AGENTS = (
    ("sam@tsubame.example", "Sam Porter", "SP", "en", "Europe/London"),
    ("aoi@tsubame.example", "田中 葵", "AT", "ja", "Asia/Tokyo"),
)
WAIT_SECONDS = 20.0
VOICES = {
    "en": {
        "tone": "Warm, plain and short. We say what we do next and by when. We never explain why it is not our fault.",
        "avoid": "unfortunately\ninconvenience = trouble\npassengers = travellers\nas per = under\nkindly = please",
        "prefer": "right away\nI have\nby six this evening",
        "dictionary": "Tsubame\nTsubame Air\n+81 3 5550 0142",
        "levels": {"customer_name": "advice", "private_data": "blocking"},
    },
    "ja": {
        "tone": "です・ますで、短く、温かく。次に何をいつまでにするかを必ず伝えます。言い訳はしません。",
        "avoid": "乗客 = お客様\nキャンセル料 = 変更手数料\n確認させていただきます = 確認いたします\nできかねます",
        "prefer": "すぐに\nお調べいたします\n本日18時までに",
        "dictionary": "ツバメ航空\n+81 3 5550 0142",
        "levels": {"customer_name": "advice", "private_data": "blocking"},
    },
}


def run() -> None:
    """Make the demo. Raises Problem when the practice network does not answer."""
    settings = env.read()
    admin = Admin(settings)
    admin.wait(WAIT_SECONDS)
    before = seeded(settings.data)
    password = before.password if before else secrets.token_urlsafe(9)
    with ground.django():
        _make(admin, password)
    remember(settings.data, Seeded(settings.practice_url, [agent[0] for agent in AGENTS], password))


def _make(admin: Admin, password: str) -> None:
    from django.db import transaction

    from kikite.accounts.models import Brand
    from kikite.channels.models import Listener

    with transaction.atomic():
        brand, _ = Brand.objects.get_or_create(slug=SLUG, defaults={"name": BRAND.name})
        for agent in AGENTS:
            _agent(brand, password, *agent)
        _voice(brand)
        _answers(brand)
    channel = connect(admin, brand, BRAND.handle, BRAND.name, BRAND.terms, BRAND.bio)
    for query in BRAND.listens:
        Listener.objects.get_or_create(channel=channel, query=query)


def _voice(brand: Brand) -> None:
    """How the airline speaks in both of its languages, until somebody says otherwise."""
    from kikite.playbooks.models import Voice

    for language, spoken in VOICES.items():
        Voice.objects.get_or_create(brand=brand, language=language, defaults=spoken)


def _answers(brand: Brand) -> None:
    """What the airline says again and again; one that was changed or deleted since stays so after the first time."""
    from kikite.playbooks.models import Answer

    if not Answer.objects.filter(brand=brand).exists():
        Answer.objects.bulk_create(Answer(brand=brand, **answer) for answer in ANSWERS)


def _agent(brand: Brand, password: str, email: str, name: str, initials: str, language: str, zone: str) -> None:
    from kikite.accounts.models import Agent, Membership

    agent = Agent.objects.filter(email__iexact=email).first()
    if agent is None:
        extra = {"initials": initials, "language": language, "time_zone": zone, "is_admin": email == AGENTS[0][0]}
        agent = Agent.objects.create_agent(email, password, name, **extra)
    Membership.objects.get_or_create(agent=agent, brand=brand, defaults={"role": Membership.Role.ADMIN})
