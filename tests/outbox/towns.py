"""Two networks with customers who talk, trouble on demand, and a count of what stands: the practice network, which
forgets keys, so that lost answers are looked up; and a Mastodon server, which knows a key again."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from kikite.accounts.models import Brand
from kikite.channels.models import Channel
from kikite.workflows import connecting
from tests.contract.mastodon_stage import MastodonStage
from tests.contract.practice_stage import PracticeStage
from tests.contract.stage import Standing

from .zygote import SEND_SECONDS

CUSTOMERS = [f"guest{number}" for number in range(24)]
_POST: dict[str, Any] = {"methods": ["POST"], "path": "/api/v1/statuses"}
_READ: dict[str, Any] = {"methods": ["GET"], "path_regex": "^/api/v1/(notifications|accounts|streaming)"}
_LONG = 3.0 * SEND_SECONDS  # no answer before the sender gives up
_SHORT = 0.4 * SEND_SECONDS
_TOO_LATE = 1.6 * SEND_SECONDS  # the sender gave up, and has not looked yet


class Town(Protocol):
    """A network under traffic. `trouble` makes something go wrong for the brand, as `dice` will."""

    def connect(self, brand: Brand) -> Channel: ...
    def post(self, dice: random.Random) -> str:
        """Some customer says something; the key of it."""

    def trouble(self, dice: random.Random) -> None: ...
    def peace(self) -> None: ...
    def standing(self) -> list[Standing]:
        """What stands of the brand, in the order in which it came to stand."""

    def close(self) -> None: ...


class PracticeTown:
    """Trouble strikes by chance, request by request; `trouble` itself only kills the token."""

    FAULTS = (
        ("error_before", 0.03, 0), ("error_after", 0.03, 0), ("drop_before", 0.03, 0), ("drop_after", 0.03, 0),
        ("hang_before", 0.04, _SHORT), ("hang_after", 0.04, _SHORT), ("hang_before", 0.02, _LONG),
        ("hang_after", 0.02, _LONG), ("late", 0.03, _SHORT), ("late", 0.03, _TOO_LATE),
        ("limit", 0.01, 1), ("unavailable", 0.02, 0), ("nonsense", 0.02, 0),
        ("unauthorised", 0.004, 0),
    )  # fmt: skip

    def __init__(self, folder: Path) -> None:
        self.stage = PracticeStage(folder)

    def connect(self, brand: Brand) -> Channel:
        account = self.stage.account
        return connecting.connect(brand, None, "practice", account.base_url, account.secrets)

    def begin(self) -> None:
        for kind, chance, seconds in self.FAULTS:
            for on, share in (("write", 1.0), ("read", 0.3)):
                self.stage.server.admin(
                    "POST", "/faults", kind=kind, probability=chance * share, seconds=seconds, on=on
                )

    def post(self, dice: random.Random) -> str:
        who, words = dice.choice(CUSTOMERS), f"Where is my bag? {dice.random()}"
        return self.stage.whisper(who, words) if dice.random() < 0.25 else self.stage.post(who, words)

    def trouble(self, dice: random.Random) -> None:
        if not self.stage.server.admin("GET", "/faults")["faults"]:
            self.begin()

    def peace(self) -> None:
        self.stage.server.admin("DELETE", "/faults")

    def standing(self) -> list[Standing]:
        return self.stage.standing()

    def close(self) -> None:
        self.stage.close()


class MastodonTown:
    """Trouble is made rule by rule, each for one request."""

    def __init__(self, folder: Path) -> None:
        self.stage = MastodonStage(folder)

    def connect(self, brand: Brand) -> Channel:
        account = self.stage.account
        return connecting.connect(brand, None, "mastodon", account.base_url, account.secrets)

    def post(self, dice: random.Random) -> str:
        who, words = dice.choice(CUSTOMERS), f"Where is my bag? {dice.random()}"
        return self.stage.whisper(who, words) if dice.random() < 0.25 else self.stage.post(who, words)

    def trouble(self, dice: random.Random) -> None:
        effects: list[dict[str, Any] | None] = [
            {"type": "status", "status": 500},
            {"type": "status", "status": 503, "delay_ms": _ms(_SHORT)},
            {"type": "latency", "delay_ms": _ms(_SHORT)},  # taken after a while
            {"type": "latency", "delay_ms": _ms(_LONG)},  # taken when nobody listens any more
            {"type": "malformed"},
            {"type": "ratelimit", "headers": _limit(1.0)},
            None,
            None,
        ]
        effect = dice.choice(effects)
        if effect is None:
            self.stage.lose_answer()
        else:
            self.stage.server.fault(match=dice.choice([_POST, _POST, _READ]), effect=effect, count=1)

    def peace(self) -> None:
        self.stage.server.clear_faults()

    def standing(self) -> list[Standing]:
        """The words alone: the names that Mastodon wants at the head are not the agent's."""
        return [
            Standing(post.key, post.author, re.sub(r"^(@\S+\s+)+", "", post.text), post.reply_to)
            for post in sorted(self.stage.standing(), key=lambda post: int(post.key))
        ]

    def close(self) -> None:
        self.stage.close()


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def _limit(seconds: float) -> dict[str, str]:
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"X-RateLimit-Reset": until.isoformat(), "X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
