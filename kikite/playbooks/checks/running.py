"""All checks over a draft."""

from __future__ import annotations

from dataclasses import replace

from .frame import Check, Context, Draft, Finding, Level
from .registry import checks

# A draft that is longer is a paste of something else; its first part says enough.
LONGEST = 20_000
MOST = 20


def findings(draft: Draft, context: Context, *, blocking: bool = False) -> list[Finding]:
    """What the brand's checks find, in the order of the text; of the whole draft last. `blocking`: only such."""
    if not draft.text.strip() and not draft.files:
        return []
    draft = replace(draft, text=draft.text[:LONGEST])
    found: list[Finding] = []
    for check in checks():
        found += _of(check, draft, context, blocking=blocking)
    return sorted(found, key=lambda one: (one.start == one.end, one.start, -one.end))[:MOST]


def _of(check: Check, draft: Draft, context: Context, *, blocking: bool) -> list[Finding]:
    level = check.told(context.voice)
    if check.find is None or level == Level.OFF or (blocking and level != Level.BLOCKING):
        return []
    if not check.speaks(draft.language):
        return []
    return [replace(one, check=check.name, level=level) for one in check.find(draft, context)]


def strict(context: Context) -> bool:
    """Whether anything can keep this brand's reply from being sent."""
    return any(check.find and check.told(context.voice) == Level.BLOCKING for check in checks())
