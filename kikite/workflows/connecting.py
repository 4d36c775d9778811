"""Connecting an account: the network is asked whose credentials these are before anything is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent, Brand
from kikite.channels import vault
from kikite.channels.models import Channel, new_hook
from kikite.lib.secrets import CannotDecrypt
from kikite.networks import registry
from kikite.networks.contract import (
    Account,
    Field,
    Forbidden,
    Identity,
    Network,
    NetworkTrouble,
    RateLimited,
    Unauthorised,
    Way,
)

from . import renewing, webhooks

log = logging.getLogger(__name__)
networks = registry.networks


class CannotConnect(ValueError):
    """The account was not connected; the message says what to do. `plan`: what was to be connected, where that is
    known."""

    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody is about to connect: an account of `brand`, by one of the network's ways.

    `values` are the form's fields by name. `again` is the channel whose credentials are to be replaced; without one,
    `hook` is the address of the webhook that the page already named ("": a new one).
    """

    brand: Brand
    network: Network
    way: Way
    values: Mapping[str, str]
    again: Channel | None = None
    hook: str = ""

    @property
    def base_url(self) -> str:
        return (self.values.get("base_url", "") or self.network.default_url).strip().rstrip("/")

    @property
    def account(self) -> Account:
        """Whoever it is: the network has not told yet."""
        return Account("", self.values.get("handle", ""), self.base_url, dict(self.values))


def connect(brand: Brand, by: Agent | None, network_name: str, base_url: str, values: Mapping[str, str]) -> Channel:
    """Connect an account by the network's first form, or connect it again. Raises CannotConnect."""
    network = registry.network(network_name)
    way = next(way for way in network.ways if way.sign_in is None)
    return by_form(Plan(brand, network, way, {**values, "base_url": base_url}))


def by_form(plan: Plan) -> Channel:
    """Connect by credentials that were typed in. Raises CannotConnect."""
    check(plan)
    with troubles(), plan.network.connect(plan.account) as link:
        identity = link.identify()
    return keep(plan, identity)


def way_of(network: Network, name: str) -> Way:
    """The way of that name, else the network's best."""
    return next((way for way in network.ways if way.name == name), network.ways[0])


def stored(channel: Channel) -> dict[str, str]:
    """What the form of this channel's way was filled in with, secrets too; nothing once they are forgotten."""
    try:
        return dict(vault.account(channel).secrets)
    except CannotDecrypt:
        return {}


def check(plan: Plan) -> None:
    """Whether the form is complete. Raises CannotConnect."""
    missing = [field.label for field in plan.way.fields if field.required and not _given(plan, field)]
    if missing:
        raise CannotConnect(_("Fill in: %(fields)s") % {"fields": ", ".join(map(_, missing))})
    if not plan.base_url.startswith(("https://", "http://")):
        raise CannotConnect(_("The server's address begins with https://"))


def _given(plan: Plan, field: Field) -> str:
    return plan.base_url if field.name == "base_url" else plan.values.get(field.name, "").strip()


@contextmanager
def troubles() -> Iterator[None]:
    """A network's troubles as words for whoever connects. Raises CannotConnect."""
    try:
        yield
    except Unauthorised as error:
        raise CannotConnect(
            _("The network does not accept these credentials: %(detail)s") % {"detail": error}
        ) from error
    except Forbidden as error:
        raise CannotConnect(_("A permission is missing: %(detail)s") % {"detail": error}) from error
    except RateLimited as error:
        raise CannotConnect(_("The network asks us to wait. Try again in some minutes.")) from error
    except NetworkTrouble as error:
        raise CannotConnect(_("The server does not answer as it should: %(detail)s") % {"detail": error}) from error


def keep(plan: Plan, identity: Identity) -> Channel:
    """Keep the account with its credentials, and have the network call us. Raises CannotConnect."""
    _require_permissions(plan, identity)
    account = _account(plan, identity)
    realm = plan.network.realm(account)
    if plan.again is not None and (plan.again.realm, plan.again.key) != (realm, account.key):
        raise CannotConnect(
            _(
                "This is %(found)s, but the channel is %(channel)s. Sign in there as %(channel)s, or connect "
                "%(found)s as an account of its own."
            )
            % {"found": f"@{account.handle}", "channel": f"@{plan.again.handle}"}
        )
    return _keep(plan, identity, account, realm)


def fits(plan: Plan, identity: Identity) -> bool:
    """Whether this is the account that is to be connected again."""
    account = _account(plan, identity)
    again = plan.again
    return again is not None and (again.realm, again.key) == (plan.network.realm(account), account.key)


def _account(plan: Plan, identity: Identity) -> Account:
    given = plan.account
    secrets = identity.secrets or given.secrets
    if plan.way.sign_in is not None:  # what the app is known by renews its access
        secrets = {**given.secrets, **identity.secrets}
    return replace(
        given, key=identity.author.key, handle=identity.author.handle, secrets=secrets, settings=identity.settings
    )


def _require_permissions(plan: Plan, identity: Identity) -> None:
    needed = [one for one in plan.way.permissions if one.required and one.name in identity.missing]
    if needed:
        named = " ".join(f"{one.name}: {_(one.why)}" for one in needed)
        raise CannotConnect(
            _("@%(handle)s is not connected: permissions are missing. %(permissions)s Allow them and try again.")
            % {"handle": identity.author.handle, "permissions": named}
        )


@transaction.atomic
def _keep(plan: Plan, identity: Identity, account: Account, realm: str) -> Channel:
    """Everything that was kept of a channel, its cursor too, stays when it is connected again: so the gap closes."""
    author = identity.author
    values: dict[str, Any] = {
        "network": plan.network.name, "handle": author.handle, "name": author.name, "avatar": author.avatar,
        "base_url": account.base_url, "secrets": vault.seal(account.secrets), "settings": dict(identity.settings),
        "way": plan.way.name, "missing": list(identity.missing), "expires_at": identity.expires_at,
        "disconnected_at": None, "unauthorised_at": None, "trouble": "", "trouble_since": None,
        "connected_at": timezone.now(), "send_after": None,
    }  # fmt: skip
    ident = {"brand": plan.brand, "realm": realm, "key": author.key}
    known = Channel.objects.filter(**ident).values_list("pk", flat=True).first()
    if known is not None:
        renewing.lock(known)
    hook = plan.hook if plan.hook and not Channel.objects.filter(hook=plan.hook).exists() else new_hook()
    channel, _created = Channel.objects.update_or_create(
        **ident, defaults=values, create_defaults={**values, "hook": hook}
    )
    return channel


def disconnect(channel: Channel, by: Agent | None) -> None:
    """Stop reading and sending, and forget the credentials; what was kept stays.

    The network is told as far as it listens: whatever it says, the channel is disconnected here.
    """
    channel.refresh_from_db()
    given = stored(channel)
    with transaction.atomic():
        renewing.lock(channel.pk)
        gone = {"disconnected_at": timezone.now(), "secrets": b"", "expires_at": None}
        Channel.objects.filter(pk=channel.pk).update(**gone)
    if given:
        _take_leave(channel, Account(channel.key, channel.handle, channel.base_url, given, channel.settings))


def _take_leave(channel: Channel, account: Account) -> None:
    network = registry.network(channel.network)
    try:
        if network.able(account).subscribes and channel.settings.get(webhooks.NOTE):
            webhooks.end(channel, account)
        network.revoke(account, timeout=webhooks.TIMEOUT)
    except NetworkTrouble as trouble:
        log.info("%s %s was not told that we leave: %s", channel.network, channel.handle, trouble)
    except Exception:
        log.exception("the connector of %s failed in taking leave", channel.network)
