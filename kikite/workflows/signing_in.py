"""Signing in at a network in the browser: who leaves is expected back, once, in time, with the state we gave them."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent
from kikite.channels import vault
from kikite.channels.models import Channel, SigningIn
from kikite.lib.secrets import CannotDecrypt
from kikite.networks import registry
from kikite.networks.contract import Author, Identity, SignIn, Unauthorised

from .connecting import CannotConnect, Plan, check, fits, keep, troubles, way_of

LIFE = timedelta(minutes=15)


class NotExpected(CannotConnect):
    """Nobody is expected back with this: forged, too old, used, or somebody else's. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody is back, and their sign-in is good for several accounts: which of them?"""

    pk: int
    plan: Plan
    accounts: tuple[Author, ...]


def redirect_address() -> str:
    """Where networks send people back to."""
    return f"{settings.PUBLIC_URL}{reverse('desk:returned')}"


def depart(plan: Plan, agent: Agent) -> str:
    """Where the browser goes to sign in. Raises CannotConnect."""
    check(plan)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    with troubles():
        departure = _sign_in(plan).depart(plan.account, redirect=redirect_address(), state=state, verifier=verifier)
    SigningIn.objects.filter(at__lt=timezone.now() - LIFE).delete()
    SigningIn.objects.create(
        brand=plan.brand, agent=agent, network=plan.network.name, way=plan.way.name, base_url=plan.base_url,
        state=_digest(state), sealed=_seal(plan, verifier, {**plan.values, **departure.secrets}),
    )  # fmt: skip
    return departure.url


def returned(agent: Agent, query: Mapping[str, str]) -> Channel | Choice:
    """Somebody is back from a network. Raises NotExpected, CannotConnect."""
    row = _claimed(agent, query.get("state", ""))
    plan, verifier, _accounts = _opened(row)
    try:
        if not query.get("code"):
            raise CannotConnect(_denied(query))
        with troubles():
            found = _exchanged(plan, query["code"], verifier)
        return _one_of(row, plan, found)
    except CannotConnect as error:
        error.plan = plan
        row.delete()
        raise


def waiting(agent: Agent, pk: int) -> Choice:
    """The accounts that somebody who is back may choose from. Raises NotExpected."""
    row = _of(agent).filter(pk=pk, returned_at__isnull=False).first()
    if row is None or row.at < timezone.now() - LIFE:
        raise NotExpected(_old())
    plan, _verifier, accounts = _opened(row)
    return Choice(row.pk, plan, tuple(identity.author for identity in accounts))


def choose(agent: Agent, pk: int, key: str) -> Channel:
    """Connect the account with this key; the others can still be chosen. Raises NotExpected, CannotConnect."""
    choice = waiting(agent, pk)
    row = SigningIn.objects.get(pk=pk)
    plan, _verifier, accounts = _opened(row)
    identity = next((one for one in accounts if one.author.key == key), None)
    if identity is None:
        raise CannotConnect(_("Choose one of the accounts."))
    channel = keep(plan, identity)
    if len(choice.accounts) == 1:
        row.delete()
    else:
        row.sealed = _seal(plan, "", plan.values, [one for one in accounts if one is not identity])
        row.save(update_fields=["sealed"])
    return channel


def _one_of(row: SigningIn, plan: Plan, found: tuple[Identity, ...]) -> Channel | Choice:
    """The only account, or the one that is to be connected again; else there is something to choose."""
    wanted = [identity for identity in found if plan.again is not None and fits(plan, identity)] or list(found)
    if len(wanted) == 1:
        channel = keep(plan, wanted[0])
        row.delete()
        return channel
    row.sealed = _seal(plan, "", plan.values, wanted)
    row.save(update_fields=["sealed"])
    return Choice(row.pk, plan, tuple(identity.author for identity in wanted))


def _claimed(agent: Agent, state: str) -> SigningIn:
    """The departure with this state, which nobody can use again. Raises NotExpected."""
    row = _of(agent).filter(state=_digest(state)).first() if state else None
    if row is None:
        raise NotExpected(
            _("Nobody is expected back with this. Begin again here, in the browser in which you are signed in.")
        )
    if row.at < timezone.now() - LIFE:
        row.delete()
        raise NotExpected(_old())
    if not SigningIn.objects.filter(pk=row.pk, returned_at=None).update(returned_at=timezone.now()):
        raise NotExpected(_("This sign-in was used already. Begin again if the account is not connected."))
    return row


def _of(agent: Agent) -> QuerySet[SigningIn]:
    """What this agent began, for brands that they still work for."""
    return SigningIn.objects.select_related("brand").filter(agent=agent, brand__in=agent.brands.all())


def _exchanged(plan: Plan, code: str, verifier: str) -> tuple[Identity, ...]:
    found = _sign_in(plan).exchange_code(plan.account, code=code, redirect=redirect_address(), verifier=verifier)
    if not found:
        raise Unauthorised(_("this sign-in may act for no account"))
    return found


def _sign_in(plan: Plan) -> SignIn:
    if plan.way.sign_in is None:
        raise CannotConnect(_("This way needs no signing in."))
    return plan.way.sign_in


def _old() -> str:
    return _("This took longer than a quarter of an hour, so it no longer counts. Begin again.")


def _denied(query: Mapping[str, str]) -> str:
    if query.get("error") in ("access_denied", "user_cancelled_login", ""):
        return _("The network says that you did not allow it. Nothing was connected; begin again to allow it.")
    said = (query.get("error_description") or query.get("error") or "")[:300]
    return _("The network refused to sign you in: %(detail)s") % {"detail": said}


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()


# --- what is kept meanwhile, encrypted ---


def _seal(plan: Plan, verifier: str, values: Mapping[str, str], accounts: list[Identity] | None = None) -> bytes:
    kept = {
        "verifier": verifier, "values": json.dumps(dict(values)), "hook": plan.hook,
        "again": str(plan.again.pk) if plan.again else "", "accounts": json.dumps([*map(_plain, accounts or ())]),
    }  # fmt: skip
    return vault.seal(kept)


def _opened(row: SigningIn) -> tuple[Plan, str, list[Identity]]:
    """Raises NotExpected when the keys were changed meanwhile, or the channel is gone."""
    try:
        kept = vault.opened(bytes(row.sealed))
    except CannotDecrypt:
        raise NotExpected(_old()) from None
    network = registry.network(row.network)
    again = Channel.objects.filter(pk=int(kept["again"]), brand=row.brand).first() if kept["again"] else None
    if kept["again"] and again is None:
        raise NotExpected(_old())
    values = json.loads(kept["values"])
    plan = Plan(row.brand, network, way_of(network, row.way), {**values, "base_url": row.base_url}, again, kept["hook"])
    return plan, kept["verifier"], [_identity(one) for one in json.loads(kept["accounts"])]


def _plain(identity: Identity) -> dict[str, Any]:
    author = identity.author
    return {
        "author": [author.key, author.handle, author.name, author.avatar, author.url],
        "settings": dict(identity.settings), "secrets": dict(identity.secrets), "missing": list(identity.missing),
        "expires_at": identity.expires_at.isoformat() if identity.expires_at else "",
    }  # fmt: skip


def _identity(kept: dict[str, Any]) -> Identity:
    expires = kept["expires_at"]
    return Identity(
        Author(*kept["author"]), kept["settings"], kept["secrets"], tuple(kept["missing"]),
        datetime.fromisoformat(expires) if expires else None,
    )  # fmt: skip
