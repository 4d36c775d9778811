"""What a network is and does unless its folder says otherwise: it does not have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .contract import (
    Account,
    Addresses,
    Author,
    BadSignature,
    Budget,
    Capabilities,
    Delivery,
    Handshake,
    Moderation,
    Outcome,
    Page,
    Part,
    Reason,
    Refused,
    Renewal,
    Signal,
    Unauthorised,
    Unmetered,
)

# Stateless, so that one serves all.
UNMETERED = Unmetered()


class BaseNetwork:
    """Parent of the networks' own classes. Stateless, like every network."""

    title: str
    capabilities: Capabilities
    default_url = ""

    def able(self, account: Account) -> Capabilities:
        """The same for every account."""
        return self.capabilities

    def addresses(self, account: Account) -> Addresses:
        """They lead nowhere."""
        return Addresses()

    def renew(self, account: Account, *, timeout: float = 15.0) -> Renewal:
        raise Unauthorised(f"{self.title} renews no access; connect the account again")

    def revoke(self, account: Account, *, timeout: float = 15.0) -> None:
        """Nothing was given that could be given back."""

    def handshake(self, account: Account, query: Mapping[str, str]) -> Handshake:
        raise BadSignature(f"{self.title} asks nothing of webhooks")

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        raise BadSignature(f"{self.title} calls no webhooks")

    def media_headers(self, account: Account, url: str) -> Mapping[str, str]:
        """Whoever has the address may have the picture."""
        return {}

    def hand_over(self, account: Account, part: Part) -> str:
        return ""


class BaseConnection:
    """Parent of the networks' own connections."""

    budget: Budget | None = None
    renewed: Mapping[str, str] | None = None

    def stream(self) -> Iterator[Delivery | None]:
        return iter(())

    def search(self, query: str, cursor: str) -> Page:
        return Page((), cursor)

    def listen(self, queries: Sequence[str]) -> Iterator[Delivery | None]:
        return iter(())

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        return ()

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        return []

    def subscribe(self, hook: str) -> Mapping[str, object]:
        return {}

    def unsubscribe(self) -> None:
        """Nothing calls."""

    def moderate(self, key: str, act: Moderation) -> Outcome:
        return Refused(Reason.FORBIDDEN, "This network does not let us do that.")

    def signal(self, to: Author, thread: str, signal: Signal) -> None:
        """Nobody is shown anything."""
