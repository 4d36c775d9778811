"""Words for screens, said where no screen is known: marked for the catalogues here, translated where they are shown."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """The text itself. Its only effect is that the catalogues hold it."""
    return text
