"""The brand's voice: what agents see of it while they write, and what the checks hold a draft against."""

from __future__ import annotations

from django.db import transaction

from kikite.accounts.models import Brand

from .checks.frame import Avoided
from .checks.frame import Voice as Spoken
from .voice_models import Voice

LONGEST_WORD = 100


def spoken(kept: Voice | None) -> Spoken:
    """A voice as the checks read it; without one, that of a brand that said nothing."""
    if kept is None:
        return Spoken()
    return Spoken(
        tone=kept.tone.strip(),
        avoid=tuple(_avoided(line) for line in lines(kept.avoid)),
        prefer=tuple(lines(kept.prefer)),
        dictionary=frozenset(lines(kept.dictionary)),
        levels=kept.levels,
    )


def lines(text: str) -> list[str]:
    """What stands on the lines of a field, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _avoided(line: str) -> Avoided:
    word, _, instead = line.replace("＝", "=").partition("=")
    return Avoided(word.strip(), instead.strip())


@transaction.atomic
def learn(brand: Brand, language: str, word: str) -> None:
    """Put a word into the brand's dictionary of that language. Raises ValueError for what is no word."""
    word = " ".join(word.split())[:LONGEST_WORD]
    if not word or language not in Voice.Language.values:
        raise ValueError("That is no word.")
    Voice.objects.get_or_create(brand=brand, language=language)
    kept = Voice.objects.select_for_update().get(brand=brand, language=language)
    kept.dictionary = "\n".join(lines(f"{kept.dictionary}\n{word}"))
    kept.save(update_fields=["dictionary"])
