"""The form that connects an account, drawn from what the network declares."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from kikite.networks.contract import Network


class ConnectForm(forms.Form):
    """One field for each of `Way.fields`, and the server's address where there is not one for everybody."""

    def __init__(self, network: Network, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = network
        names = [field.name for field in network.ways[0].fields]
        if "base_url" not in names:
            self.fields["base_url"] = forms.CharField(
                label=_("Server"), initial=network.default_url, required=not network.default_url, max_length=400
            )
        for field in network.ways[0].fields:
            self.fields[field.name] = forms.CharField(
                label=_(field.label),
                help_text=_(field.help) if field.help else "",
                required=field.required,
                initial=field.default or (network.default_url if field.name == "base_url" else ""),
                max_length=2000,
                # A secret is never sent back to the page, not even after a mistake in another field.
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}) if field.secret else forms.TextInput(),
            )

    @property
    def base_url(self) -> str:
        return str(self.cleaned_data.get("base_url", ""))

    @property
    def values(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.cleaned_data.items()}
