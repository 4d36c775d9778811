"""The form that connects an account and what stands around it, drawn from what the network declares."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _

from kikite.networks.contract import Field, Network, Permission, Step, Way

_FILLED = re.compile(r"\{(redirect|hook)\}")


class ConnectForm(forms.Form):
    """One field for each of `Way.fields`, and the server's address where there is not one for everybody.

    `known` is what a channel that is connected again was connected with: shown, or kept where it is secret.
    """

    def __init__(
        self, network: Network, way: Way, *args: Any, known: Mapping[str, str] | None = None, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.network = network
        self.way = way
        self.known = known or {}
        if "base_url" not in [field.name for field in way.fields] and not network.default_url:
            self.fields["base_url"] = forms.CharField(label=_("Server"), max_length=400)
        for field in way.fields:
            self.fields[field.name] = self._field(field)

    def _field(self, field: Field) -> forms.Field:
        kept = field.secret and bool(self.known.get(field.name))
        help_text = _("Leave it empty to keep the one that is here.") if kept else _(field.help) if field.help else ""
        common: dict[str, Any] = {
            "label": _(field.label), "help_text": help_text, "required": field.required and not kept,
            "initial": "" if field.secret else self.known.get(field.name) or self._default(field),
        }  # fmt: skip
        if field.choices:
            choices = [(value, _(label)) for value, label in field.choices]
            return forms.ChoiceField(choices=choices, widget=forms.Select(), **common)
        # A secret is never sent back to the page, not even after a mistake in another field.
        off = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        widget = forms.PasswordInput(attrs=off) if field.secret else forms.TextInput(attrs=off)
        return forms.CharField(max_length=2000, widget=widget, **common)

    def _default(self, field: Field) -> str:
        return field.default or (self.network.default_url if field.name == "base_url" else "")

    @property
    def values(self) -> dict[str, str]:
        """The fields by name, those that were left as they are too."""
        given = {name: str(value) for name, value in self.cleaned_data.items()}
        names = {field.name for field in self.way.fields if field.secret}
        return given | {name: self.known[name] for name in names if not given.get(name) and self.known.get(name)}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a step's text; `copied` are addresses to be taken along to the network's own pages."""

    text: str
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One step as the page shows it."""

    pieces: tuple[Piece, ...]
    link: str
    place: str  # whose page that is


def told(step: Step, redirect: str, hook: str) -> Told:
    """A step with our addresses filled in."""
    known = {"redirect": redirect, "hook": hook}
    parts = _FILLED.split(_(step.text))
    pieces = [Piece(known[part], True) if place % 2 else Piece(part) for place, part in enumerate(parts)]
    host = (urlsplit(step.link).hostname or "").removeprefix("www.")
    return Told(tuple(piece for piece in pieces if piece.text), step.link, host)


def lacking(way: Way, missing: Collection[str]) -> list[Permission]:
    """The permissions that were not given, as the way explains them."""
    return [permission for permission in way.permissions if permission.name in missing]
