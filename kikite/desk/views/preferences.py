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

from kikite.accounts.models import Agent, Brand
from kikite.desk import frame
from kikite.desk.scope import AgentRequest, for_leads, signed_in


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Language, time zone, looks, and how an agent signs."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    class Meta:
        model = Agent
        fields = ("name", "initials", "language", "time_zone", "theme", "density", "undo_seconds")
        labels = {  # noqa: RUF012 - Django's own way
            "name": gettext_lazy("Name"),
            "initials": gettext_lazy("Initials"),
            "theme": gettext_lazy("Colours"),
            "density": gettext_lazy("Rows"),
            "undo_seconds": gettext_lazy("A reply can be taken back for"),
        }
        help_texts = {"initials": gettext_lazy("How you sign where the brand wants it: CP signs as ^CP.")}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(zone, zone.replace("_", " ")) for zone in zones]
        self.fields["initials"].widget.attrs["placeholder"] = self.instance.suggested_initials()

    def clean_initials(self) -> str:
        return str(self.cleaned_data["initials"]).strip().removeprefix("^")


class SigningForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Whether a brand's agents sign, and where."""

    class Meta:
        model = Brand
        fields = ("sign_offs",)
        labels = {"sign_offs": gettext_lazy("How agents sign")}  # noqa: RUF012


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
    status = 422 if form.errors else 200
    return frame.settings(request, "desk/settings/you.html", frame.brand_of(request), {"form": form}, status)


@for_leads
def signing(request: AgentRequest, brand: Brand) -> HttpResponse:
    """How a brand's agents sign, from the next reply on."""
    form = SigningForm(request.POST or None, instance=brand)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved"))
        return redirect("desk:signing", brand.slug)
    status = 422 if form.errors else 200
    return frame.settings(request, "desk/settings/signing.html", brand, {"form": form}, status)
