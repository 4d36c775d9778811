"""What the checks find in a draft, told while it is written; words that the brand's dictionary learns."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kikite.accounts.models import Brand
from kikite.desk.scope import AgentRequest, in_brand
from kikite.playbooks import links
from kikite.playbooks.checks import gathering, registry
from kikite.playbooks.checks.frame import Context, Draft, Finding, Level
from kikite.playbooks.checks.running import LONGEST, findings, strict
from kikite.playbooks.checks.wording import LINK
from kikite.playbooks.voice import learn
from kikite.workflows.tasks import look_at_link

from .acts import refused
from .case import found


@require_POST
@in_brand
def checks(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """What is worth a second look, with places as browsers count them (UTF-16); and how to look on by itself.

    `waiting`: a link is being looked at, ask again. `strict`: the brand has checks that must pass before sending.
    """
    shown = found(request, brand, number)
    text, private = request.POST.get("text", "")[:LONGEST], request.POST.get("mode") == "private"
    draft = gathering.draft(shown, request.user, text, private=private)
    context, waiting = gathering.with_links(gathering.context(shown, draft), draft)
    if waiting:
        _look(draft, settled="again" in request.POST)
    answer: dict[str, Any] = {
        "findings": [_told(one, draft.text) for one in findings(draft, context)],
        "waiting": waiting,
        "strict": strict(context),
        "language": draft.language,
        "learn": reverse("desk:dictionary", args=[brand.slug]),
        "tone": context.voice.tone,
        "prefer": context.voice.prefer,
    }
    if _spells(draft, context):
        answer["spelling"] = _spelling(brand, context)
    return JsonResponse(answer)


@require_POST
@in_brand
def dictionary(request: AgentRequest, brand: Brand) -> HttpResponse:
    """Put a `word` into the brand's dictionary of a `language`: nobody of the brand is told of it again."""
    try:
        learn(brand, request.POST.get("language", ""), request.POST.get("word", ""))
    except ValueError:
        return refused(_("That is no word."))
    return HttpResponse(status=204)


def _look(draft: Draft, *, settled: bool) -> None:
    """Have a worker look at the links of the draft; nobody waits for it.

    One that ends the text may still grow: it is looked at when the page asks again and nothing was typed meanwhile.
    """
    whole = {link[0] for link in LINK.finditer(draft.text) if settled or link.end() < len(draft.text)}
    for address in links.unknown(whole):
        look_at_link.defer(address=address)


def _told(one: Finding, text: str) -> dict[str, Any]:
    start, end = _place(text, one.start), _place(text, one.end)
    return {
        "check": one.check, "start": start, "end": end, "reason": one.reason, "fix": one.fix, "offer": one.offer,
        "blocks": one.level == Level.BLOCKING,
    }  # fmt: skip


def _place(text: str, at: int) -> int:
    return at + sum(char > "\uffff" for char in text[:at])


def _spells(draft: Draft, context: Context) -> bool:
    return any(
        check.find is None and check.speaks(draft.language) and check.told(context.voice) != Level.OFF
        for check in registry.checks()
    )


def _spelling(brand: Brand, context: Context) -> dict[str, Any]:
    """Where Harper is, and the words that it need not know: names, and the brand's dictionary."""
    known = [*context.voice.dictionary, *context.name.split(), *brand.name.split(), context.handle]
    known += [word for one in context.voice.avoid for word in one.instead.split()]
    return {
        "worker": static("desk/js/harper.js"),
        "code": static("vendor/harper/harper.js"),
        "binary": static("vendor/harper/harper.wasm.bin"),
        "known": sorted({word for word in known if word}),
    }
