"""A stage: a real server of one network on which the contract suite lets customers act and counts what stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Protocol

from kikite.networks.contract import Account, Network


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
