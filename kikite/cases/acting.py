"""What every act on a case begins with."""

from __future__ import annotations

from .models import Case, MergedCase


def hold(case: Case) -> Case:
    """The case as it stands now, kept from other acts until the transaction ends.

    If it has just become part of another, that one: the act was meant for the matter, whatever its number is.
    """
    while True:
        try:
            return Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        except Case.DoesNotExist:
            case = MergedCase.objects.select_related("into").get(pk=case.pk).into
