"""Accounts and how they are connected: forms, steps, permissions and signing in at the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .arriving import Author


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form that connects an account. `secret` ones are encrypted and never shown again.

    `choices` (value, label) make it a choice of one; `label`, `help` and the choices' labels are translatable.
    """

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do before the form can be filled in, in words; `link` is where. `{redirect}` and `{hook}` in `text`
    stand for our address that the network sends people back to, and for the address of our webhooks."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """A scope that we ask the network for, and what it is for, in words. Without a required one nothing works;
    without another, what `why` says does not."""

    name: str
    why: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """A channel as its connector sees it. `key` and `handle` are empty until `identify` has told them."""

    key: str
    handle: str
    base_url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom credentials belong to, and what the server said of itself.

    `settings` and `secrets` are kept with the channel (empty secrets: those that were given). `missing` are names of
    permissions that were not granted; `expires_at` is when access ends unless it is renewed.
    """

    author: Author
    settings: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a person goes to sign in; `secrets` (an app made for this) are kept with the form until they are back."""

    url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Renewal:
    """Renewed credentials, all of them, and when they end (None: not by themselves)."""

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None


class SignIn(Protocol):
    """Signing in at the network in the browser (OAuth 2).

    `account` holds the form's fields (an app's id and secret, the server's address) as secrets. `state` is ours and
    comes back unchanged. `verifier` is the PKCE verifier of RFC 7636, 43 to 128 characters, for networks that know it.
    """

    def depart(self, account: Account, *, redirect: str, state: str, verifier: str) -> Departure:
        """Raises NetworkTrouble."""

    def exchange_code(
        self, account: Account, *, code: str, redirect: str, verifier: str, timeout: float = 15.0
    ) -> tuple[Identity, ...]:
        """The accounts that this sign-in may act for, each with its own secrets: one, or a person's Pages to choose
        from. Raises NetworkTrouble; Unauthorised when the code is not taken."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to connect an account: what to do first, what to fill in, what is asked for, and whether the browser
    then goes to the network to sign in. All texts are translatable."""

    name: str  # in addresses, unique within the network
    title: str
    fields: tuple[Field, ...]
    steps: tuple[Step, ...] = ()
    permissions: tuple[Permission, ...] = ()
    sign_in: SignIn | None = None
