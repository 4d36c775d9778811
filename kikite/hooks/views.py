"""Where the networks call: signature first, then kept raw, then answered. Nothing is read here."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kikite.channels.models import Channel
from kikite.networks.contract import BadSignature
from kikite.workflows import receive

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def deliver(request: HttpRequest, hook: str) -> HttpResponse:
    """One webhook call. 401 without a right signature, 404 for no such channel, 410 once it is disconnected, 413 for
    more than we take at once.

    A call that is signed but cannot be opened is kept as it came and set aside by the readers, so that nothing that
    a network said is lost.
    """
    channel = Channel.objects.filter(hook=hook).first()
    if channel is None:
        return _say(404, "There is no channel at this address.")
    if channel.disconnected_at is not None:
        return _say(410, "This channel was disconnected. Stop calling.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        deliveries = receive.opened(channel, headers, request.body)
    except RequestDataTooBig:
        return _say(413, "This is more than one call may hold. Nothing was kept.")
    except BadSignature as error:
        log.warning("a call to the webhook of %s was refused: %s", channel.handle, error)
        return _say(401, "The signature is missing or wrong. Nothing was kept.")
    receive.keep(channel, deliveries)
    return HttpResponse(status=200)


def _say(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
