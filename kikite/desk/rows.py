"""Rows of the inbox. A row is the same for every agent of a brand: who looks at it is added by the page itself
(`js/list.js`), so that one rendering serves fifty open inboxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kikite.cases.models import Case
from kikite.cases.states import CaseState
from kikite.customers.models import Profile

from . import hearing, lists, networks
from .writing import at, language_of


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, ready to be drawn."""

    case: Case
    address: str
    who: str
    handle: str
    network: str
    channel: str
    words: str
    language: str
    reasons: list[str]
    whose: str


def row(case: Case) -> Row:
    """The row of a case that was read with its customer, profiles, channel and assignee."""
    return rows(case.brand.slug, [case])[0]


def rows(slug: str, cases: Iterable[Case]) -> list[Row]:
    """The rows of cases of one brand."""
    # One look-up for all rows: the addresses differ in their number alone.
    before, after = reverse("desk:case", args=[slug, 0]).rsplit("0", 1)
    shown = list(cases)
    overheard = hearing.overheard(shown)
    return [_row(case, f"{before}{case.pk}{after}", case.pk in overheard) for case in shown]


def _row(case: Case, address: str, overheard: bool) -> Row:
    profile = _profile(case)
    words = case.preview or case.title
    return Row(
        case=case,
        address=address,
        who=case.customer.name or (profile.handle if profile else ""),
        handle=at(profile.handle) if profile else "",
        network=networks.title(case.channel.network),
        channel=at(case.channel.handle),
        words=words,
        language=language_of(words),
        reasons=_reasons(case, overheard),
        whose=case.assignee.short_name() if case.assignee else "",
    )


def _profile(case: Case) -> Profile | None:
    """The account that wrote where the case began, else any of the customer's."""
    profiles = sorted(case.customer.profiles.all(), key=lambda profile: profile.pk)
    here = [profile for profile in profiles if profile.realm == case.channel.realm]
    return next(iter(here or profiles), None)


def _reasons(case: Case, overheard: bool) -> list[str]:
    """Short words on why a case stands where it stands."""
    words = [_("did not name us")] if overheard else []
    if case.waiting_since and case.unanswered > 1:
        words.append(ngettext("asked %(n)s time", "asked %(n)s times", case.unanswered) % {"n": case.unanswered})
    if case.state == CaseState.SNOOZED:
        words.append(_("snoozed"))
    if case.state == CaseState.RESOLVED:
        words.append(_("resolved"))
    return words


# --- what open pages are told -----------------------------------------------------------------------------------


def render_rows(brand_id: int, case_ids: Sequence[int], languages: Sequence[str]) -> dict[str, list[dict[str, object]]]:
    """The rows of these cases for every open inbox of the brand, by language, with what a page needs to place them."""
    cases = list(
        Case.objects.filter(brand=brand_id, pk__in=case_ids)
        .select_related("customer", "channel", "assignee", "brand")
        .prefetch_related("customer__profiles")
    )
    if not cases:
        return {language: [] for language in languages}
    drawn, slug = {}, cases[0].brand.slug
    for language in languages:
        with translation.override(language):
            drawn[language] = [_told(case, shown) for case, shown in zip(cases, rows(slug, cases), strict=True)]
    return drawn


def _told(case: Case, shown: Row) -> dict[str, object]:
    return {
        "id": case.pk,
        "html": get_template("desk/list/_row.html").render({"row": shown}),
        "waiting": case.waiting_since.isoformat() if case.waiting_since else None,
        "last": case.last_at.isoformat(),
        "assignee": case.assignee_id,
        "state": case.state,
    }


def counts(brand_id: int, agent_ids: Sequence[int]) -> dict[int, dict[str, object]]:
    """What stands beside the lists in the navigation of each of these agents; at most lists.MOST each."""
    shared = {"queue": lists.waiting(brand_id), "unassigned": lists.unassigned(brand_id)}
    mine = lists.mine_of(brand_id, agent_ids)
    return {agent: {**shared, "mine": mine.get(agent, 0)} for agent in agent_ids}
