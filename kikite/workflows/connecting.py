"""Connecting an account: the network is asked whose credentials these are before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent, Brand
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import Account, Identity, Network, NetworkTrouble, RateLimited, Unauthorised

networks = registry.networks


class CannotConnect(ValueError):
    """The account was not connected; the message says what to do."""


def connect(brand: Brand, by: Agent | None, network_name: str, base_url: str, values: Mapping[str, str]) -> Channel:
    """Connect an account, or connect it again. `values` are the form's fields by name. Raises CannotConnect."""
    network = registry.network(network_name)
    base_url = (base_url or network.default_url).strip().rstrip("/")
    _complete(network, base_url, values)
    account = Account("", values.get("handle", ""), base_url, dict(values))
    try:
        with network.connect(account) as link:
            identity = link.identify()
    except Unauthorised as error:
        raise CannotConnect(
            _("The network does not accept these credentials: %(detail)s") % {"detail": error}
        ) from error
    except RateLimited as error:
        raise CannotConnect(_("The network asks us to wait. Try again in some minutes.")) from error
    except NetworkTrouble as error:
        raise CannotConnect(_("The server does not answer as it should: %(detail)s") % {"detail": error}) from error
    return _keep(brand, network, account, identity)


def _complete(network: Network, base_url: str, values: Mapping[str, str]) -> None:
    missing = [
        field.label for field in network.ways[0].fields if field.required and not values.get(field.name, "").strip()
    ]
    missing = [label for label in missing if not (base_url and label == _label(network, "base_url"))]
    if missing:
        raise CannotConnect(_("Fill in: %(fields)s") % {"fields": ", ".join(missing)})
    if not base_url.startswith(("https://", "http://")):
        raise CannotConnect(_("The server's address begins with https://"))


def _label(network: Network, name: str) -> str:
    return next((field.label for field in network.ways[0].fields if field.name == name), "")


@transaction.atomic
def _keep(brand: Brand, network: Network, account: Account, identity: Identity) -> Channel:
    author = identity.author
    found = Account(author.key, author.handle, account.base_url, account.secrets, identity.settings)
    values = {
        "network": network.name, "handle": author.handle, "name": author.name, "avatar": author.avatar,
        "base_url": account.base_url, "secrets": vault.seal(identity.secrets or account.secrets),
        "settings": dict(identity.settings), "disconnected_at": None, "unauthorised_at": None, "trouble": "",
        "trouble_since": None, "connected_at": timezone.now(), "send_after": None,
    }  # fmt: skip
    channel, _created = Channel.objects.update_or_create(
        brand=brand, realm=network.realm(found), key=author.key, defaults=values
    )
    return channel


def disconnect(channel: Channel, by: Agent) -> None:
    """Stop reading and sending, and forget the credentials; what was kept stays."""
    Channel.objects.filter(pk=channel.pk).update(disconnected_at=timezone.now(), secrets=b"")
