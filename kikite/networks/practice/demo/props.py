"""What fills a story's fields: flights, places, times and numbers of an airline that does not exist."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

# English name, Japanese name, airport code.
CITIES = (
    ("Narita", "成田", "NRT"), ("Haneda", "羽田", "HND"), ("Osaka", "関西", "KIX"), ("Sapporo", "新千歳", "CTS"),
    ("Fukuoka", "福岡", "FUK"), ("Naha", "那覇", "OKA"), ("Sendai", "仙台", "SDJ"), ("Hiroshima", "広島", "HIJ"),
)  # fmt: skip
# Without I, O, 0 and 1, which people mistake for each other.
LOCATOR = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def props(lang: str, chance: random.Random, today: datetime) -> dict[str, str]:
    """A new set of fields; places in the customer's language, and in English under `frm_en` and `to_en`."""
    frm, to = chance.sample(CITIES, 2)
    name = 1 if lang == "ja" else 0
    flight = chance.randrange(102, 880, 2)
    departs = today.replace(hour=chance.randrange(7, 15), minute=chance.randrange(0, 60, 5))
    later = departs + timedelta(hours=chance.randrange(3, 6), minutes=20)
    return {
        "flight": f"TA {flight}",
        "later": f"TA {flight + 12}",
        "time": f"{departs:%H:%M}",
        "later_time": f"{later:%H:%M} > {later + timedelta(minutes=105):%H:%M}",
        "date": f"{today + timedelta(days=1):%-d %b}",
        "frm": frm[name],
        "to": to[name],
        "frm_en": frm[0],
        "to_en": to[0],
        "to_code": to[2],
        "locator": "".join(chance.choices(LOCATOR, k=6)),
        "bag": f"TA{chance.randrange(100_000, 999_999)}",
        "gate": str(chance.randrange(2, 40)),
        "mins": str(chance.choice((25, 35, 40, 45))),
    }
