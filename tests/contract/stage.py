"""A stage: a real server of one network on which the contract suite lets customers act and counts what stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Protocol

from kikite.networks.contract import Account, Moderation, Network


@dataclass(frozen=True)
class Standing:
    """A post as it stands on the network, read by the network's own means and never through the connector."""

    key: str
    author: str
    text: str
    reply_to: str = ""


class Cannot(Exception):
    """This network (or its test server) cannot do that; the suite skips the case and prints the sentence."""


class Stage(Protocol):
    """One network server with a brand's account and customers. Every method acts on the server, not on Kikite.

    Methods that the network cannot do raise Cannot with the reason. Where customers' own words are comments on a post
    of the brand, the stage also has `ground`, that post's key. Where people talk only in private, `post` is what a
    customer says to the brand.
    """

    network: Network
    account: Account  # the brand's, as a channel would hold it after `identify`
    # What the button says by which a person agrees, where journeys sign in by the browser.
    agrees: str = ""

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        """`customer` (a name, made on first use) posts; returns the key as the connector would give it."""

    def whisper(self, customer: str, text: str) -> str:
        """The customer sends the brand a private message; returns its key."""

    def edit(self, customer: str, key: str, text: str) -> None: ...

    def erase(self, customer: str, key: str) -> None: ...

    def calls(self) -> Sequence[tuple[Mapping[str, str], bytes]]:
        """The webhook calls (headers by lower-case name, body) that the brand's hook got so far, oldest first; none
        where the network is read otherwise."""
        return ()

    def standing(self) -> list[Standing]:
        """Everything that the brand's account has on the network now, private messages too."""

    # what some networks have
    def seal(self, customer: str) -> str:
        """The customer sends the brand an encrypted message that only the network's own app can read."""
        raise Cannot("this network has no sealed messages")

    def see(self, customer: str) -> None:
        """The customer reads what the brand wrote to them in private."""
        raise Cannot("this network does not tell what somebody read")

    def person(self, customer: str) -> str:
        """The key of a customer's account."""
        raise Cannot("this stage does not tell the keys of its people")

    def marks(self, key: str) -> set[Moderation]:
        """What the brand did to a message and that stands: HIDE, LIKE."""
        raise Cannot("this stage does not tell what was done to messages")

    def hook(self) -> None:
        """From now on, until `unhook`, the network calls the brand's webhook, which keeps the `calls`. Nothing to do
        where it always does."""
        return

    def unhook(self) -> None:
        """The network calls no more."""
        return

    def elsewhere(self, customer: str, text: str) -> str:
        """On the same webhook, the customer says something to another account of the same app; that account's key."""
        raise Cannot("here, each account has a webhook of its own")

    def revoke(self) -> None:
        """The account's owner takes our permission back on the network; `renew` ends it."""
        raise Cannot("this network does not tell that a permission was taken back")

    def expect_back(self, redirect: str) -> None:
        """The app is told on the network that people may be sent back to this address."""
        return

    def consent(self, url: str) -> Mapping[str, str]:
        """A person signs in at this address and agrees; the query with which the network sends them back."""
        raise Cannot("nobody signs in at this network's server")

    def withhold(self, permission: str) -> None:
        """From now on the person ticks everything but this; "" for nothing."""
        raise Cannot("permissions cannot be withheld here")

    def lessened(self, permission: str) -> Account:
        """The brand's account with credentials that lack this permission."""
        raise Cannot("credentials of this network have no permissions that could be missing")

    def end_access(self) -> None:
        """The brand's access is over, as it always is after its time, and can be renewed."""
        raise Cannot("access to this network does not end by itself")

    def pass_window(self, customer: str) -> None:
        """The customer's last private words were long enough ago for the network to take no answer."""
        raise Cannot("private messages of this network have no window")

    def garble(self, how: str, on: str) -> None:
        """Until `heal`, what the brand's requests that `on` "read" or "write" hear is broken, although they are taken:
        "html", "empty", "half" (of the JSON), "types" (all other ones), "error_after" (5xx); "error": 5xx and not
        taken."""
        raise Cannot("this stage's server always answers properly")

    def heal(self) -> None:
        """The server answers properly again."""
        return

    # faults, each for the brand's next calls
    def limit(self, wait: timedelta) -> None:
        """The server refuses the brand's next write with its rate-limit answer, saying when to come back."""

    def expire(self) -> None:
        """The brand's token is dead from now on."""

    def renew(self) -> Account:
        """The brand has a working token again; the account as it is after re-authorising."""

    def lose_request(self) -> None:
        """The next write times out before the server took it."""

    def lose_answer(self) -> None:
        """The next write is taken, but its answer does not arrive in time."""

    def stop(self) -> None: ...

    def start(self) -> None:
        """The server is back, with everything that stood before."""

    def close(self) -> None: ...


def opened(name: str, folder: Path) -> Stage:
    """The stage of `tests/contract/<name>_stage.py`, its server keeping what it keeps in `folder`. Raises Cannot."""
    stage: Stage = import_module(f"tests.contract.{name}_stage").open_stage(folder)
    return stage
