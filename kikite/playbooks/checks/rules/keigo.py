"""Japanese: honorifics that are put on twice, or on the wrong person."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import phrases

# お元気になる and お世話になる are verbs of their own; されられ is no slip of this kind.
_TWICE = regex.compile(
    r"[おご](?!元気|世話|客|病気|大人|名前)[^おごがはをもにのとへ様、。\s]{1,5}になられ(?=る|ま|た|て|ず|な)"
    r"|(?:おっしゃ|仰|いらっしゃ|召し上が)られ(?=る|ま|た|て|ず|な)"
)
_AFTER = {"る": "る", "ま": "りま", "た": "った", "て": "って", "ず": "らず", "な": "らな"}
_SAID = {
    "ご拝見": "拝見",
    "拝見させていただき": "拝見し",
    "申されま": "おっしゃいま",
    "了解しました": "承知しました",
    "了解いたしました": "承知いたしました",
    "了解です": "承知しました",
    "ご苦労様": "お疲れ様",
    "よろしかったでしょうか": "よろしいでしょうか",
    "お体ご自愛": "ご自愛",
}  # fmt: skip
_WRONG = regex.compile("|".join(sorted(map(regex.escape, _SAID), key=len, reverse=True)))


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each slip, with the usual form."""
    for start, end, words in phrases(draft.text, _TWICE):
        after = draft.text[end : end + 1]
        once = words.removesuffix("られ")
        tail = "いま" if after == "ま" and once.endswith("しゃ") else _AFTER[after]
        yield Finding(start, end + 1, _("The honorific is put on twice"), once + tail)
    for start, end, words in phrases(draft.text, _WRONG):
        yield Finding(start, end, _("To a customer one says %(words)s") % {"words": _SAID[words]}, _SAID[words])


CHECK = Check("keigo", gettext_lazy("Slips of keigo"), gettext_lazy("ご覧になられる, 了解しました"), find, ("ja",))
