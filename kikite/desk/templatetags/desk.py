"""What templates of the desk need: icons, keys, times, texts of customers."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kikite.channels.models import Channel
from kikite.desk import hearing, marks, networks, words, writing
from kikite.desk.happenings import Happening
from kikite.networks.contract import Addresses
from kikite.networks.text import autolink
from kikite.workflows import webhooks, wording

register = template.Library()

# What a page shows of a text before "Show the rest": nobody reads a megabyte, and no browser lays it out in time.
LONG = 4000


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A symbol of the sprite; decoration, so a word always stands beside it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("desk/icons.svg"), name)


@register.simple_tag
@cache
def key(name: str) -> SafeString:
    """The key that does it, shown on the action itself."""
    return format_html('<kbd aria-hidden="true">{}</kbd>', name)


@register.simple_tag
def clock(at: datetime) -> SafeString:
    """When it was: the time of day, the whole of it on hover, both in the agent's zone."""
    local = timezone.localtime(at)
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), full(at), date_format(local, "H:i"))


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """As `clock`, with the day where it is not today."""
    local = timezone.localtime(at)
    now = timezone.localtime()
    if local.date() == now.date():
        return clock(at)
    day = date_format(local, "MONTH_DAY_FORMAT" if local.year == now.year else "DATE_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), full(at), day)


@register.simple_tag
def waited(at: datetime) -> SafeString:
    """A waiting time that the page lets run."""
    return format_html(
        '<time class="wait" data-since="{}" data-mark="{}" datetime="{}">{}</time>',
        at.isoformat(), marks.mark(at), at.isoformat(), marks.span(at),
    )  # fmt: skip


@register.simple_tag
def left(until: datetime) -> SafeString:
    """The time that is left, which the page lets run."""
    return format_html(
        '<time class="left" data-until="{}" datetime="{}">{}</time>',
        until.isoformat(), until.isoformat(), marks.span(timezone.now(), until),
    )  # fmt: skip


@register.simple_tag
def newest(at: datetime) -> SafeString:
    """As `moment`, for rows: they are drawn once for agents of every zone, so each page writes it again in its own."""
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    shown = date_format(local, "H:i") if today else date_format(local, "MONTH_DAY_FORMAT")
    return format_html('<time class="last" datetime="{}" data-newest>{}</time>', at.isoformat(), shown)


@register.filter
def full(at: datetime) -> str:
    """Day, time and zone."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'DATE_FORMAT')} {date_format(local, 'H:i')} {local.tzname()}"


@register.filter
def iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


@register.filter
def initials(name: str) -> str:
    """MK for Mara K., 木 for 木村 さやか; a dot for a name without letters."""
    found = [word for word in re.split(r"[\s._-]+", name) if word and word[0].isalnum()]
    if not found:
        return "·"
    return "".join(word[0] for word in found[:2]).upper() if found[0][0].isascii() else found[0][0]


register.filter("language", writing.language_of)
register.filter("at", writing.at)


@register.filter
def linked(text: str, channel: Channel | None = None) -> SafeString:
    """Somebody's words: escaped, links made links; with their channel also names and tags, as its network has them."""
    addresses = wording.addresses(channel) if channel else Addresses()
    shown = autolink.clickable(text, addresses, target="_blank", rel="noopener noreferrer nofollow")
    return mark_safe(shown)  # noqa: S308 - every piece is escaped


@register.filter
def beginning(text: str) -> str:
    return text[:LONG]


@register.filter
def rest(text: str) -> str:
    return text[LONG : LONG * 25]


@register.filter
def refusal(reason: str) -> str:
    return words.refusal(reason)


@register.filter
def capped(count: int) -> str:
    """A count that stopped at lists.MOST."""
    return "999+" if count > 999 else str(count)


@register.filter
def day(on: date) -> str:
    """Today, Yesterday, or the date."""
    today = timezone.localdate()
    if on == today:
        return _("Today")
    if on == today - timedelta(days=1):
        return _("Yesterday")
    return date_format(on, "MONTH_DAY_FORMAT" if on.year == today.year else "DATE_FORMAT")


@register.filter
def month(at: datetime) -> str:
    return date_format(timezone.localtime(at), "YEAR_MONTH_FORMAT")


@register.filter
def shortly(at: datetime) -> str:
    """The time of day, with the day of the week where it is not today."""
    local = timezone.localtime(at)
    return date_format(local, "H:i" if local.date() == timezone.localdate() else "D H:i")


@register.filter
def seen(visibility: str) -> str:
    """Who can read a message, in a word."""
    return {
        "public": _("public"), "unlisted": _("public, unlisted"), "followers": _("followers"), "private": _("private"),
    }.get(visibility, visibility)  # fmt: skip


@register.filter
def network(name: str) -> str:
    return networks.title(name)


@register.filter
def thousands(count: int) -> str:
    return number_format(count, use_l10n=True, force_grouping=True)


@register.filter
def last_text(events: list[Happening]) -> str:
    return events[-1].text


@register.filter
def lasted(span: timedelta) -> str:
    """How long it took: 0.4 s, 12 s, then as a waiting time."""
    seconds = span.total_seconds()
    if seconds < 60:
        return _("%(n)s s") % {"n": number_format(seconds, 1 if seconds < 10 else 0, use_l10n=True)}
    now = timezone.now()
    return marks.span(now - span, now)


@register.filter
def usd(amount: Decimal) -> str:
    """US dollars; small sums with what the network counts in."""
    places = 2 if amount >= 1 or not amount else 4
    return f"US${number_format(amount, places, use_l10n=True, force_grouping=True)}"


@register.filter
def figure(amount: Decimal | None) -> str:
    """A number as a field or a meter takes it, in no language."""
    return "" if amount is None else f"{amount:f}"


@register.filter
def fifth(number: int) -> str:
    """A fifth of it, for a meter."""
    return f"{number / 5:.1f}"


@register.filter
def called(channel: Channel) -> bool:
    """The network calls our webhook."""
    return bool(channel.settings.get(webhooks.NOTE))


@register.filter(name="callable")
def can_be_called(channel: Channel) -> bool:
    """We can have the network call our webhook."""
    return webhooks.possible(channel)


register.filter("unnamed", hearing.unnamed)
register.filter("when", words.moment)
