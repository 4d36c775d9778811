"""When a waiting time turns: the one place that says what "close" and "over" are."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

# Until policies set their own (service levels come later), the desk's marks are these.
CLOSE = timedelta(minutes=10)
OVER = timedelta(minutes=60)


def mark(since: datetime, now: datetime | None = None) -> str:
    """ "" in good time, "close" or "over"."""
    waited = (now or timezone.now()) - since
    return "over" if waited >= OVER else "close" if waited >= CLOSE else ""


def span(since: datetime, now: datetime | None = None) -> str:
    """How long that is, as a running clock shows it: 8:42, 2 h 14, 3 d 4 h. `js/clock.js` says the same."""
    seconds = max(0, int(((now or timezone.now()) - since).total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if hours < 1:
        return f"{minutes}:{seconds % 60:02}"
    if days < 1:
        return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{minutes % 60:02}"}
    return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours % 24}
