"""The customer complains, and the reply says no sorry."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import bare

_COMPLAINS = regex.compile(
    r"\b(?:worst|terrible|awful|horrible|disgusting|disgrace\w*|unacceptable|ridiculous|pathetic|appalling|shambles|"
    r"fed up|furious|useless|rude|still waiting|never again|let down|ruined|lost my|cancell?ed my|"
    r"disappoint\w+|rip.?off|no one (?:answers|replies|helps)|nobody (?:answers|replies|helps)|third time)\b"
    r"|最悪|ひどい|酷い|ふざけ|ありえない|あり得ない|信じられない|がっかり|怒り|困って|困りました|二度と|届かない|"
    r"届いていない|届きません|壊れ|返事がな|返信がな|いつまで待|不愉快|残念です|誰もいな",
    regex.IGNORECASE,
)
_SORRY = regex.compile(
    r"\b(?:sorry|apolog\w+|regret\w*|our (?:mistake|fault)|forgive|oh no|not (?:ok|good enough|what we want))\b"
    r"|申し訳|お詫び|おわび|すみません|失礼いたし|失礼しま|ご迷惑|ご不便|ご不快|心苦し",
    regex.IGNORECASE,
)


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Nothing once somebody of us said sorry in this case, and nothing of a draft that only begins."""
    if len(bare(draft.text)) < (12 if draft.language == "ja" else 30) or _SORRY.search(draft.text):
        return
    complains = any(_COMPLAINS.search(said.text) for said in context.waiting)
    if complains and not any(_SORRY.search(said.text) for said in context.ours):
        yield Finding(0, 0, _("The customer complains, and nobody has said sorry yet"))


CHECK = Check(
    "apology",
    gettext_lazy("An apology where the customer complains"),
    gettext_lazy("“worst service ever”, answered without a sorry"),
    find,
    ("en", "ja"),
    voice=True,
)
