"""`kikite channels rotate-keys`: everything encrypted is encrypted with the first key, so that the others can go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kikite.project.cli import ground
from kikite.project.problems import Problem

if TYPE_CHECKING:
    from kikite.lib.secrets import Box


def rotate() -> None:
    """In one transaction. Raises Problem when some open with none of the keys: nothing is changed then."""
    with ground.django():
        from django.conf import settings
        from django.db import transaction

        from kikite.lib.secrets import Box

        box = Box(settings.ENCRYPTION_KEYS)
        with transaction.atomic():
            count = _channels(box)
            _signing_in(box)
        print(f"{count} channels are encrypted with the first key now.")


def _channels(box: Box) -> int:
    from kikite.channels.models import Channel
    from kikite.lib.secrets import CannotDecrypt
    from kikite.workflows import renewing

    for pk in Channel.objects.exclude(secrets=b"").order_by("pk").values_list("pk", flat=True):
        renewing.lock(pk)  # nobody writes credentials meanwhile that this would undo
    channels = Channel.objects.exclude(secrets=b"").select_for_update()
    for channel in channels:
        try:
            channel.secrets = box.renew(bytes(channel.secrets))
        except CannotDecrypt:
            raise Problem(
                f"{channel.handle} on {channel.network}: none of the keys opens it. Nothing was changed."
            ) from None
    Channel.objects.bulk_update(channels, ["secrets"])
    return len(channels)


def _signing_in(box: Box) -> None:
    """People who are at a network just now; what no key opens is of a sign-in that cannot end any more."""
    from kikite.channels.models import SigningIn
    from kikite.lib.secrets import CannotDecrypt

    for row in SigningIn.objects.select_for_update():
        try:
            row.sealed = box.renew(bytes(row.sealed))
            row.save(update_fields=["sealed"])
        except CannotDecrypt:
            row.delete()
