"""A shortened link hides where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import LINK, words_of

# Not t.co: X makes every link one of those by itself.
_SHORTENERS = words_of(
    "bit.ly bitly.com tinyurl.com goo.gl ow.ly is.gd v.gd buff.ly tiny.cc cutt.ly rb.gy shorturl.at t.ly "
    "rebrand.ly bl.ink short.io lnkd.in dlvr.it ift.tt trib.al tr.im x.gd urx.blue ur0.link s.id surl.li"
)


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each of them, unless the brand's dictionary has its host."""
    for link in LINK.finditer(draft.text):
        host = host_of(link[0])
        if host in _SHORTENERS and host not in context.voice.dictionary:
            reason = _("A shortened link hides where it leads. Write the whole address")
            yield Finding(link.start(), link.end(), reason)


def host_of(link: str) -> str:
    """The host of a link as people write it, without www.; "" where it is none."""
    try:
        return (urlsplit(link if "://" in link else f"https://{link}").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


CHECK = Check("shortened", gettext_lazy("A shortened link"), gettext_lazy("bit.ly, tinyurl.com"), find)
