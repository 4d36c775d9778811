"""An agent's own settings."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from kikite.accounts.models import Agent
from kikite.desk import frame
from kikite.desk.scope import AgentRequest, signed_in


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Language, time zone, looks, and how an agent signs."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    class Meta:
        model = Agent
        fields = ("name", "initials", "language", "time_zone", "theme", "density")
        labels = {  # noqa: RUF012 - Django's own way
            "name": gettext_lazy("Name"),
            "initials": gettext_lazy("Initials"),
            "theme": gettext_lazy("Colours"),
            "density": gettext_lazy("Rows"),
        }
        help_texts = {"initials": gettext_lazy("How you sign: CP signs as ^CP.")}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(zone, zone.replace("_", " ")) for zone in zones]

    def clean_initials(self) -> str:
        return str(self.cleaned_data["initials"]).removeprefix("^")


@signed_in
def preferences(request: AgentRequest) -> HttpResponse:
    """Show and change them."""
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        agent = form.save()
        with override(agent.language):
            messages.success(request, _("Saved"))
        return redirect("desk:settings")
    if form.errors:
        request.user.refresh_from_db()
    return frame.page(
        request, "desk/pages/settings.html", frame.brand_of(request), {"form": form}, 422 if form.errors else 200
    )
