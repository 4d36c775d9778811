"""What every act on a case begins with."""

from __future__ import annotations

from .models import Case


def hold(case: Case) -> Case:
    """The case as it stands now, kept from other acts until the transaction ends."""
    return Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
