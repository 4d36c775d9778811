"""The pages of the settings, as their own navigation lists them: one's own, the brand's, the installation's."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kikite.accounts.models import Agent, Brand

from .scope import leads


@dataclass(frozen=True, slots=True)
class Section:
    """One page. `view` is the name of its address; a brand's page takes the brand's slug."""

    view: str
    title: Promise
    of_brand: bool = False
    leads: bool = False
    admins: bool = False

    def address(self, brand: Brand | None) -> str:
        return reverse(f"desk:{self.view}", args=[brand.slug] if self.of_brand and brand else [])


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together; a brand's group is headed by its name."""

    title: str | Promise
    links: list[tuple[Section, str]]


# A new page is one line here. Whoever may not open it does not see it.
OWN = (Section("settings", _("You")),)
BRAND = (
    Section("signing", _("Signing"), of_brand=True, leads=True),
    Section("voice", _("Voice"), of_brand=True, leads=True),
    Section("answers", _("Answers"), of_brand=True, leads=True),
)
INSTALLATION = (Section("channels", _("Channels")),)


def groups(agent: Agent, brand: Brand | None) -> list[Group]:
    """What this agent may open, in the order of the navigation."""
    lead = brand is not None and leads(agent, brand)
    shown = [
        Group(_("Yours"), _links(OWN, agent, brand, lead)),
        Group(brand.name if brand else "", _links(BRAND, agent, brand, lead) if brand else []),
        Group(_("Installation"), _links(INSTALLATION, agent, brand, lead)),
    ]
    return [group for group in shown if group.links]


def _links(sections: tuple[Section, ...], agent: Agent, brand: Brand | None, lead: bool) -> list[tuple[Section, str]]:
    may = [one for one in sections if (lead or not one.leads) and (agent.is_admin or not one.admins)]
    return [(one, one.address(brand)) for one in may]
