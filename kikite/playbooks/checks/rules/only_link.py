"""A link, and no answer."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import LINK, bare, words_of

_WORD = regex.compile(r"[\p{L}\p{N}'’]+")
# What only leads to the link, and greetings.
_EMPTY = words_of(
    "hi hello hey dear thanks thank you please see check visit click go to here this that link page our the a for "
    "more info information details at on via below follow find is and just read it out use website site faq help"
)
_EMPTY_JAPANESE = regex.compile(
    r"こちら|下記|以下|リンク|ページ|サイト|ホームページ|を?ご覧(?:ください|下さい)|を?ご確認(?:ください|下さい)|"
    r"を?ご参照(?:ください|下さい)|詳しくは|詳細は|から|まで|お願い(?:いたし|し)ます|[\p{P}\p{S}\s　はをのにへより]+"
)
FEW = 2


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """A link with hardly a word of one's own around it."""
    link = LINK.search(draft.text)
    if not link:
        return
    words = bare(draft.text)
    if draft.language == "ja":
        left = len(_EMPTY_JAPANESE.sub("", words)) // 4
    else:
        left = sum(word.lower() not in _EMPTY for word in _WORD.findall(words))
    if left <= FEW:
        reason = _("Only a link. Say in a sentence what the customer will find there")
        yield Finding(link.start(), link.end(), reason)


CHECK = Check("only_link", gettext_lazy("Only a link"), gettext_lazy("“Please see” and an address"), find)
