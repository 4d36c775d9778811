"""Japanese: です・ます and である・だ in one reply."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import masked

_SENTENCE = regex.compile(r"[^。！？!?\n]+")
_QUOTED = regex.compile(r"「[^」]*」|『[^』]*』|（[^）]*）|\([^)]*\)")
_POLITE = regex.compile(
    r"(?:です|ます|ました|ません|ませんでした|でした|でしょう|ましょう|ください|下さい|くださいませ|ませ)[かねよ]*\s*$"
)
_PLAIN = regex.compile(
    r"(?:である|であった|だった|だろう|のだ|ではない|じゃない|(?<!ま)した|[てで]い[るた]|"
    r"(?:と|く)思う|する|できない|できる|(?:\p{Han}|\p{Katakana})だ)[よねか]?\s*$"
)


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """The ends of the plain sentences, where the reply is a polite one."""
    text = _QUOTED.sub(lambda found: "　" * len(found[0]), masked(draft.text))
    sentences = list(_SENTENCE.finditer(text))
    polite = sum(bool(_POLITE.search(sentence[0])) for sentence in sentences)
    plain = [(one.start(), found) for one in sentences if (found := _PLAIN.search(one[0]))]
    if not plain or polite < len(plain):
        return
    for at, found in plain:
        end = at + found.end() - (len(found[0]) - len(found[0].rstrip()))
        yield Finding(at + found.start(), end, _("The rest of the reply says です・ます"))


CHECK = Check(
    "politeness", gettext_lazy("Levels of politeness mixed"), gettext_lazy("です・ます with である・だ"), find, ("ja",)
)
