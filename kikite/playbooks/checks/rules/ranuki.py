"""Japanese: 見れる for 見られる."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import phrases

# 見れば is no slip, so れ needs る, な, ま, た or て behind it.
_SHORT = regex.compile(
    r"(?:(?<!\p{Han})(?:見|来|出|着|寝)|食べ|起き|受け|変え|決め|伝え|答え|調べ|教え|信じ|届け|預け|避け|続け|開け|閉め|降り|借り|見つけ|確かめ|乗り換え|考え)"
    r"れ(?=る|な[いくかけ]|ま[すせし]|た|て)"
)


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each ら that is missing."""
    for start, end, words in phrases(draft.text, _SHORT):
        whole = f"{words[:-1]}られ"
        yield Finding(start, end, _("In writing: %(words)s") % {"words": whole}, whole)


CHECK = Check("ranuki", gettext_lazy("A ら left out"), gettext_lazy("見れる for 見られる"), find, ("ja",))
