"""Canned answers: the list that `/` opens in a case, and the pages on which leads keep them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from kikite.accounts.models import Brand
from kikite.cases.models import Case
from kikite.channels.models import Channel
from kikite.desk import frame
from kikite.desk.networks import title
from kikite.desk.scope import AgentRequest, for_leads, in_brand
from kikite.playbooks import answering, carrying, filling
from kikite.playbooks.answer_models import Answer
from kikite.playbooks.voice_models import Voice

from .acts import refused
from .case import found

LONGEST = 10_000
LARGEST = 4 * 1024 * 1024  # bytes of a CSV file
MOST = 200  # answers that the list of the settings shows; a search finds the others


@require_GET
@in_brand
def fitting(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """The answers that fit a case, already filled in: read once, when the first `/` is typed."""
    case = found(request, brand, number)
    values = answering.values(case, request.user)
    return JsonResponse({"answers": [_filled(answer, values) for answer in answering.fitting(case)]})


def _filled(answer: Answer, values: dict[str, str]) -> dict[str, Any]:
    filled = filling.fill(answer.text, values)
    return {
        "id": answer.pk, "title": answer.title, "shortcut": answer.shortcut, "language": answer.language,
        "audience": answer.audience, "text": filled.text, "missing": filled.missing,
    }  # fmt: skip


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """One answer. An unknown variable is refused with its place."""

    class Meta:
        model = Answer
        fields = ("title", "shortcut", "text", "language", "network", "audience", "review_days")
        labels = {  # noqa: RUF012
            "title": gettext_lazy("Title"),
            "shortcut": gettext_lazy("Shortcut"),
            "text": gettext_lazy("Words"),
            "language": gettext_lazy("Language"),
            "network": gettext_lazy("Network"),
            "audience": gettext_lazy("Where it may be said"),
            "review_days": gettext_lazy("Read again after (days)"),
        }
        help_texts = {  # noqa: RUF012
            "shortcut": gettext_lazy("Typed behind the slash. Short, without spaces."),
            "review_days": gettext_lazy("0 means never."),
        }
        widgets = {"text": forms.Textarea({"rows": 6, "maxlength": LONGEST})}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            choices=[("", _("Any language")), *Voice.Language.choices], required=False, label=_("Language")
        )
        self.fields["network"] = forms.ChoiceField(
            choices=[("", _("Every network")), *networks(self.instance)], required=False, label=_("Network")
        )
        self.fields["audience"] = forms.ChoiceField(
            choices=Answer.Audience.choices, required=False, label=_("Where it may be said")
        )

    def clean_shortcut(self) -> str:
        shortcut = str(self.cleaned_data["shortcut"]).strip().lstrip("/")
        if "/" in shortcut or any(letter.isspace() for letter in shortcut):
            raise forms.ValidationError(_("A shortcut has no spaces and no slash."))
        return shortcut

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        try:
            filling.check(text)
        except filling.Unfillable as error:
            raise forms.ValidationError(carrying.told(error)) from error
        return text

    def clean(self) -> None:
        """One shortcut in a language means one answer."""
        shortcut, language = self.cleaned_data.get("shortcut"), self.cleaned_data.get("language", "")
        same = Answer.objects.filter(brand=self.instance.brand, language=language, shortcut=shortcut)
        if shortcut and same.exclude(pk=self.instance.pk).exists():
            self.add_error("shortcut", _("Another answer in this language has this shortcut."))


def networks(answer: Answer) -> list[tuple[str, str]]:
    """Those on which the brand has a channel, and the answer's own."""
    names = set(Channel.objects.filter(brand=answer.brand).values_list("network", flat=True)) | {answer.network}
    return sorted((name, title(name)) for name in names - {""})


@for_leads
def answers(request: AgentRequest, brand: Brand) -> HttpResponse:
    """All of them, or those in which every word of `q` stands; what must be read again comes first when asked for."""
    words = request.GET.get("q", "")[:200]
    kept = Answer.objects.filter(brand=brand)
    for word in words.split():
        kept = kept.filter(Q(title__icontains=word) | Q(text__icontains=word) | Q(shortcut__icontains=word))
    shown = list(kept.order_by("title", "pk")[: MOST + 1])
    context = {
        "answers": shown[:MOST], "more": len(shown) > MOST, "words": words,
        "stale": sum(answer.stale for answer in shown[:MOST]),
    }  # fmt: skip
    return frame.settings(request, "desk/settings/answers.html", brand, context)


@for_leads
def answer(request: AgentRequest, brand: Brand, answer: int | None = None) -> HttpResponse:
    """Write one or change it; saving says that it was read."""
    kept = get_object_or_404(Answer, brand=brand, pk=answer) if answer else Answer(brand=brand)
    form = AnswerForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        form.instance.reviewed_at = timezone.now()
        form.save()
        messages.success(request, _("Saved"))
        return redirect("desk:answers", brand.slug)
    newest = Case.objects.visible_to(request.user).filter(brand=brand).order_by("-last_at", "-id").first()
    context = {"form": form, "answer": kept, "variables": filling.VARIABLES, "newest": newest}
    return frame.settings(request, "desk/settings/answer.html", brand, context, 422 if form.errors else 200)


@require_POST
@for_leads
def preview(request: AgentRequest, brand: Brand) -> HttpResponse:
    """How words would read in a case of the brand (`case`, its number)."""
    number = request.POST.get("case", "")
    cases = Case.objects.visible_to(request.user).select_related("customer", "channel", "brand")
    case = cases.filter(brand=brand, pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    context: dict[str, Any] = {"case": case, "number": number}
    try:
        filling.check(request.POST.get("text", "")[:LONGEST])
        if case:
            context["filled"] = filling.fill(
                request.POST.get("text", "")[:LONGEST], answering.values(case, request.user)
            )
    except filling.Unfillable as error:
        context["wrong"] = carrying.told(error)
    return render(request, "desk/settings/_preview.html", context)


@require_POST
@for_leads
def reviewed(request: AgentRequest, brand: Brand, answer: int) -> HttpResponse:
    """Somebody read it and it still holds."""
    Answer.objects.filter(brand=brand, pk=answer).update(reviewed_at=timezone.now())
    return redirect("desk:answers", brand.slug)


@require_POST
@for_leads
def removal(request: AgentRequest, brand: Brand, answer: int) -> HttpResponse:
    """Away with it; replies that were sent with it stay as they are."""
    get_object_or_404(Answer, brand=brand, pk=answer).delete()
    messages.success(request, _("Deleted"))
    return redirect("desk:answers", brand.slug)


@for_leads
def sheet(request: AgentRequest, brand: Brand) -> HttpResponse:
    """All of them as CSV; POST takes such a file."""
    if request.method != "POST":
        name = f"answers-{brand.slug}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(carrying.export(brand), content_type="text/csv; charset=utf-8", headers=headers)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.size or file.size > LARGEST:
        return refused(_("Choose a CSV file of at most 4 MB."))
    try:
        taken = carrying.take(brand, file.read())
    except carrying.Unreadable as error:
        for problem in error.problems:
            messages.error(request, problem)
        return redirect("desk:answers", brand.slug)
    said = ngettext("%(n)s answer is new", "%(n)s answers are new", taken.new) % {"n": taken.new}
    messages.success(request, said + " · " + _("%(n)s changed") % {"n": taken.changed})
    return redirect("desk:answers", brand.slug)
