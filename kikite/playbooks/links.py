"""Whether links lead anywhere: asked by a worker, never while somebody waits, and remembered."""

from __future__ import annotations

import socket
from collections.abc import Collection
from datetime import timedelta

import httpx
from django.utils import timezone

from kikite.lib.http import DeadlineTransport, call

from .voice_models import Link

SECONDS = 6.0
LARGEST = 2 * 1024 * 1024
REDIRECTS = 4
FRESH = timedelta(hours=6)
KEPT = timedelta(days=7)
LATE = timedelta(seconds=60)  # a look that was asked for and did not come is asked for again
MOST = 8  # links of a draft that are looked at
_NO_SUCH_NAME = f"[Errno {socket.EAI_NONAME}]"  # not EAI_AGAIN: our own resolver may be down
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36 Kikite"


def standing(addresses: Collection[str]) -> tuple[set[str], bool]:
    """Those that are known to be dead, and whether some are still to be looked at. Nothing is asked here."""
    known = {link.address: link for link in Link.objects.filter(address__in=addresses)}
    dead = {address for address, link in known.items() if link.dead}
    return dead, any(address not in known or _stale(known[address]) for address in addresses)


def unknown(addresses: Collection[str]) -> list[str]:
    """Mark those that must be looked at (anew) as asked for, and return them: each is asked for once."""
    now = timezone.now()
    wanted = [address for address in sorted(set(addresses)) if len(address) <= 2000][:MOST]
    known = {link.address: link for link in Link.objects.filter(address__in=wanted)}
    due = [address for address in wanted if address not in known or _due(known[address])]
    rows = [Link(address=address, asked_at=now) for address in due]
    Link.objects.bulk_create(rows, update_conflicts=True, unique_fields=["address"], update_fields=["asked_at"])
    return due


def _stale(link: Link) -> bool:
    return link.looked_at is None or link.looked_at < timezone.now() - FRESH


def _due(link: Link) -> bool:
    return _stale(link) and link.asked_at < timezone.now() - LATE


def look(address: str, trusted: str = "") -> None:
    """Look at one link and keep what was found. What cannot be told for sure is not dead.

    Only public addresses are asked, but for the one that is `trusted` ("host:port").
    """
    dead = _dead(address if "://" in address else f"https://{address}", trusted)
    Link.objects.filter(address=address).update(dead=dead, looked_at=timezone.now())


def _dead(url: str, trusted: str) -> bool:
    """Each redirect is checked anew, and none of the page is kept."""
    with httpx.Client(
        transport=DeadlineTransport(SECONDS, public_only=True, trusted=trusted), headers={"User-Agent": _BROWSER}
    ) as client:
        for _ in range(REDIRECTS):
            try:
                answer = call(client, client.build_request("GET", url), limit=LARGEST)
            except httpx.ConnectError as error:
                return _NO_SUCH_NAME in str(error)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError):
                return False
            target = answer.headers.get("location", "")
            if 300 <= answer.status < 400 and target:
                url = str(httpx.URL(url).join(target))
                continue
            return answer.status in (404, 410)
    return False


def forget() -> None:
    """Links that nobody wrote for a week."""
    Link.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()
