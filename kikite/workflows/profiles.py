"""Names and pictures of those whose messages come without: looked up after intake, in batches, never before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import batched

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from kikite.cases.models import Case
from kikite.channels.models import Channel
from kikite.customers.models import Customer, Profile
from kikite.history.recording import announce
from kikite.networks.contract import Author, Capabilities, Connection, Unreadable

from .checking import check_author

BATCH = 50
STALE = timedelta(days=7)


def look_up(channel: Channel, link: Connection, can: Capabilities) -> int:
    """Look up those of whom nothing is known yet, then those of whom we heard a week ago; returns how many were asked
    for. Raises NetworkTrouble."""
    if not can.profiles_apart:
        return 0
    profiles = list(_due(channel)[:BATCH])
    if profiles:
        found = {author.key: author for author in map(_checked, link.profiles([one.key for one in profiles])) if author}
        _keep(channel, profiles, found)
    return len(profiles)


def _due(channel: Channel) -> QuerySet[Profile]:
    """Of those who wrote lately: a name that changes matters where somebody may answer."""
    now = timezone.now()
    here = Profile.objects.filter(brand=channel.brand_id, realm=channel.realm).exclude(key=channel.key)
    new = here.filter(looked_up_at=None)
    stale = here.filter(looked_up_at__lt=now - STALE, seen_at__gt=now - STALE)
    return new.order_by("pk") if new.exists() else stale.order_by("looked_up_at")


def _checked(author: Author) -> Author | None:
    try:
        return check_author(author)
    except Unreadable:
        return None


@transaction.atomic
def _keep(channel: Channel, profiles: Sequence[Profile], found: dict[str, Author]) -> None:
    """What the network left out stays as it is, and is not asked for again before its time."""
    now = timezone.now()
    for profile in profiles:
        author = found.get(profile.key)
        for name in ("handle", "name", "avatar", "url") if author else ():
            setattr(profile, name, getattr(author, name) or getattr(profile, name))
        profile.looked_up_at = now
    Profile.objects.bulk_update(profiles, ["handle", "name", "avatar", "url", "looked_up_at"])
    known = [profile for profile in profiles if profile.key in found]
    _rename(known)
    cases = Case.objects.filter(customer__in=[profile.customer_id for profile in known])
    for ids in batched(cases.values_list("pk", flat=True), 1000):
        announce(channel.brand_id, ids)


def _rename(profiles: Sequence[Profile]) -> None:
    """A customer who was known by an account's handle or key alone goes by the name now."""
    for profile in profiles:
        if profile.name:
            nameless = Q(name="") | Q(name=profile.handle) | Q(name=profile.key)
            Customer.objects.filter(nameless, pk=profile.customer_id).update(name=profile.name)
