"""Notes: what agents tell each other about a case."""

from __future__ import annotations

from django.db import transaction

from kikite.accounts.models import Agent
from kikite.history.models import Verb
from kikite.history.recording import record

from .models import Case, Note


@transaction.atomic
def note(case: Case, by: Agent, text: str) -> Note:
    """Leave a note; never sent to anybody outside the desk."""
    written = Note.objects.create(case=case, agent=by, text=text)
    record(case.brand_id, case.pk, Verb.NOTED, agent=by, note=written.pk)
    return written
