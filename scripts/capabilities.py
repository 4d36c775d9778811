"""The table of docs/networks/README.md: what each network can do, drawn from its Capabilities.

python scripts/capabilities.py           write it into the page
python scripts/capabilities.py --check   fail when the page says something else
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from kikite.networks import registry
from kikite.networks.contract import Capabilities

PAGE = Path(__file__).resolve().parent.parent / "docs" / "networks" / "README.md"
START = "<!-- capabilities: written by scripts/capabilities.py -->\n"
END = "<!-- end of capabilities -->\n"

type Say = Callable[[Any], str]


def yes(value: bool) -> str:
    return "yes" if value else "no"


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def lasting(time: timedelta | None) -> str:
    """Of days, hours or minutes; a dash for none."""
    if time is None:
        return "–"
    for unit, size in (("days", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if time >= 2 * size:
            return f"{time / size:g} {unit}"
    return f"{time.total_seconds():g} s"


# One line for each field of Capabilities; a field without one makes the script fail.
ROWS: dict[str, tuple[str, Say]] = {
    "private_messages": ("private messages", yes),
    "private_encrypted": ("private messages are encrypted end to end", yes),
    "sealed_messages": ("some private conversations can be read in the network's own app alone", yes),
    "posts": ("we can post what answers nobody", yes),
    "edits": ("authors can change what they posted", yes),
    "deletes": ("we can take back what we posted", yes),
    "private_deletes": ("we can take back what we said privately", yes),
    "media_in": ("pictures and files of customers arrive", yes),
    "media_out": ("pictures can be sent", yes),
    "reads_by": ("how it is read", lambda ways: listed(sorted(ways))),
    "poll_every": ("seconds between two polls of a channel", lambda seconds: f"{seconds:g}"),
    "subscribes": ("sets its webhook up by itself", yes),
    "searches": ("what everybody says can be searched", lambda ways: listed(sorted(ways)) or "no"),
    "refreshes": ("posts that one look at what became of them can hold", lambda count: str(count) if count else "–"),
    "profiles_apart": ("names and pictures are asked for apart", yes),
    "idempotent": ("the same key sent twice stands once", yes),
    "idempotent_for": ("how long a key is remembered", lambda seconds: f"{seconds:,} s" if seconds else "for ever"),
    "private_idempotent": ("of private messages too", lambda known: "as above" if known is None else yes(known)),
    "looks_up": ("what we sent can be looked up", yes),
    "cold_private": ("we may write privately first", yes),
    "summons": ("the API takes answers only to those who named us", yes),
    "hand_over": ("a reply can be handed over by a link", yes),
    "window": ("private messages are taken for so long after theirs", lasting),
    "human_window": ("and, from people, for so long", lasting),
    "private_reply": ("a comment can be answered privately, once, for so long", lasting),
    "moderates": ("what we may do with comments", lambda acts: listed(sorted(acts)) or "–"),
    "signals": ("what we may show of us in private", lambda signals: listed(sorted(signals)) or "–"),
    "receipts": ("tells us that a private message was seen", yes),
    "warnings": ("content warnings", yes),
    "renews": ("access ends, and is renewed before its end by", lasting),
    "prices": ("charges", lambda prices: "by the piece" if prices else "nothing"),
    "visibilities": ("who can read a post", listed),
}
# Rows that mean something only where the other capability is there.
NEEDS = {
    "private_encrypted": "private_messages",
    "private_deletes": "private_messages",
    "cold_private": "private_messages",
    "idempotent_for": "idempotent",
    "private_idempotent": "private_messages",
}


def table() -> str:
    """One column a network, one row a capability, in the order of the code."""
    networks = registry.networks()
    titles = [f"[{network.title}]({network.name}.md)" for network in networks]
    rows = ["| | " + " | ".join(titles) + " |", "| --- " * (len(networks) + 1) + "|"]
    for field in fields(Capabilities):
        label, _ = ROWS[field.name]
        rows.append(f"| {label} | " + " | ".join(said(network.capabilities, field.name) for network in networks) + " |")
    return "\n".join(rows) + "\n"


def said(capabilities: Capabilities, name: str) -> str:
    if name in NEEDS and not getattr(capabilities, NEEDS[name]):
        return "–"
    return ROWS[name][1](getattr(capabilities, name))


def page(text: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        if page(text) != text:
            print("The table of docs/networks/README.md is not the code's. Run: python scripts/capabilities.py")
            return 1
        return 0
    PAGE.write_text(page(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
