"""Canned answers in a case: which fit, how they read there, and that a use is counted when it is sent."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from kikite.accounts.models import Agent, Brand
from kikite.cases.models import Case, Message, Reply

from .answer_models import Answer, AnswerUse
from .filling import stands_in

MOST = 500


def language_of(case: Case) -> str:
    """The language of the customer's newest words that tell one: "ja", "en"; "" when none does."""
    said = Message.objects.filter(case=case, direction=Message.Direction.IN).exclude(lang="")
    return (said.order_by("-posted_at", "-id").values_list("lang", flat=True).first() or "").split("-")[0].lower()


def fitting(case: Case) -> list[Answer]:
    """The brand's answers for this network: the customer's language first, then what is said most."""
    network = Q(network="") | Q(network=case.channel.network)
    found = list(Answer.objects.filter(network, brand=case.brand_id).order_by("-used", "title")[:MOST])
    spoken = language_of(case)
    return sorted(found, key=lambda answer: (answer.language != spoken, answer.language != ""))


def values(case: Case, agent: Agent) -> dict[str, str]:
    """What the variables of an answer stand for in this case."""
    name = case.customer.name.strip()
    profile = case.customer.profiles.filter(network=case.channel.network).order_by("pk").first()
    handle = profile.handle if profile else ""
    known = "" if name.lstrip("@").casefold() == handle.lstrip("@").casefold() else name
    return {
        "customer.name": known,
        "customer.first_name": known.split(" ", 1)[0] if known.isascii() or _latin(known) else known,
        "customer.handle": handle,
        "agent.name": agent.name,
        "agent.first_name": agent.short_name(),
        "brand.name": case.brand.name,
        "case.number": str(case.pk),
        "channel.handle": case.channel.handle,
    }


def _latin(name: str) -> bool:
    """Whether given names come first, as far as the letters tell: accented ones too."""
    return all(ord(letter) < 0x250 for letter in name)


@transaction.atomic
def count(brand: Brand, reply: Reply, answers: Collection[int]) -> None:
    """The reply was sent with these answers. Those of which nothing is left in it do not count, nor does any twice."""
    said = [one for one in Answer.objects.filter(brand=brand, pk__in=answers) if stands_in(one.text, reply.text)]
    known = set(AnswerUse.objects.filter(reply=reply).values_list("answer_id", flat=True))
    fresh = [one.pk for one in said if one.pk not in known]
    AnswerUse.objects.bulk_create([AnswerUse(answer_id=pk, reply=reply) for pk in fresh])
    Answer.objects.filter(pk__in=fresh).update(used=F("used") + 1, used_at=timezone.now())
