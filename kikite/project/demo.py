"""What the demo left in the data folder: how to sign in, and which practice server its channel belongs to."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "practice.json"


@dataclass(frozen=True, slots=True)
class Seeded:
    """The practice airline is made. The password is random, and the same for all its agents."""

    practice_url: str
    emails: list[str]
    password: str


def seeded(data: Path) -> Seeded | None:
    """None when the demo was never made with this data folder."""
    try:
        return Seeded(**json.loads((data / FILE).read_text()))
    except FileNotFoundError:
        return None


def remember(data: Path, made: Seeded) -> None:
    """Keep it, for our eyes only."""
    part = data / f".{FILE}"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(made), file)
    part.replace(data / FILE)
