"""How the brand speaks, and what its checks ask for: a page for leads, one for each language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kikite.accounts.models import Brand
from kikite.desk import frame
from kikite.desk.scope import AgentRequest, for_leads
from kikite.playbooks.checks.frame import Check, Level
from kikite.playbooks.checks.registry import checks
from kikite.playbooks.voice_models import Voice

LONGEST = 20_000
# What an empty page shows, in the language that it is for.
EXAMPLES = {
    "en": {
        "tone": "Warm, plain and short. We say what we do next and by when.",
        "avoid": "unfortunately\ninconvenience = trouble",
        "prefer": "right away\nby six this evening",
        "dictionary": "Kaiju Class\n+81 3 5550 0142",
    },
    "ja": {
        "tone": "です・ますで、短く、温かく。次に何をいつまでにするかを伝えます。",
        "avoid": "できかねます\nキャンセル料 = 変更手数料",
        "prefer": "すぐに\n本日18時までに",
        "dictionary": "怪獣クラス\n+81 3 5550 0142",
    },
}


class VoiceForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Tone and words; one choice for each check that knows the language."""

    class Meta:
        model = Voice
        fields = ("tone", "avoid", "prefer", "dictionary")
        labels = {  # noqa: RUF012
            "tone": gettext_lazy("How we sound"),
            "avoid": gettext_lazy("Words we avoid"),
            "prefer": gettext_lazy("Words we like"),
            "dictionary": gettext_lazy("Our own words"),
        }
        help_texts = {  # noqa: RUF012
            "tone": gettext_lazy("Two or three sentences. Agents see them under the draft while nothing is amiss."),
            "avoid": gettext_lazy("One a line. Behind an equals sign, what you say instead: staff = crew"),
            "prefer": gettext_lazy("One a line. Agents see them beside the tone."),
            "dictionary": gettext_lazy("One a line: products, places, your own numbers. The checks let them be."),
        }
        widgets = {  # noqa: RUF012
            name: forms.Textarea({"rows": rows, "maxlength": LONGEST, "spellcheck": "false"})
            for name, rows in (("tone", 3), ("avoid", 5), ("prefer", 3), ("dictionary", 4))
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, example in EXAMPLES[self.instance.language].items():
            self.fields[name].widget.attrs |= {"placeholder": example, "lang": self.instance.language}
        self.checks = [check for check in checks() if check.speaks(self.instance.language)]
        for check in self.checks:
            self.fields[_field(check)] = forms.ChoiceField(
                choices=_choices(check), label=str(check.title), help_text=str(check.example),
                initial=self.instance.levels.get(check.name, check.level),
            )  # fmt: skip

    def words(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    def rules(self) -> list[forms.BoundField]:
        return [self[_field(check)] for check in self.checks]

    def save(self, commit: bool = True) -> Voice:
        """Only what differs from a check's own level is kept, so that a new level of ours reaches everybody else."""
        chosen = {check.name: self.cleaned_data[_field(check)] for check in self.checks}
        levels = {check.name: chosen[check.name] for check in self.checks if chosen[check.name] != check.level}
        self.instance.levels = levels
        kept: Voice = super().save(commit)
        return kept


def _field(check: Check) -> str:
    return f"check_{check.name}"


def _choices(check: Check) -> list[tuple[str, Any]]:
    """What runs in the browser cannot be held to by the server."""
    levels = [Level.OFF, Level.ADVICE] if check.find is None else list(Level)
    return [(level.value, level.label) for level in levels]


@for_leads
def voice(request: AgentRequest, brand: Brand, language: str = Voice.Language.ENGLISH) -> HttpResponse:
    """Show and change it, from the next key that an agent presses on."""
    if language not in Voice.Language.values:
        raise Http404
    kept = Voice.objects.filter(brand=brand, language=language).first() or Voice(brand=brand, language=language)
    form = VoiceForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved"))
        return redirect("desk:voice-in", brand.slug, language)
    context = {
        "form": form,
        "languages": Voice.Language.choices,
        "language": language,
        "fresh": kept.pk is None,
        "here": "voice",
    }
    return frame.settings(request, "desk/settings/voice.html", brand, context, 422 if form.errors else 200)
