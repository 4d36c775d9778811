"""`kikite aside`: what could not be read, and reading it again."""

from __future__ import annotations

from kikite.project.cli import ground
from kikite.project.problems import Problem

SHOWN = 100


def show() -> None:
    """The newest deliveries that were set aside, each with its reason."""
    with ground.django():
        from kikite.channels.models import Delivery

        aside = Delivery.objects.filter(set_aside_at__isnull=False).select_related("channel").defer("body")
        count = aside.count()
        for delivery in aside.order_by("-id")[:SHOWN]:
            where = f"{delivery.channel.network} {delivery.channel.handle}"
            print(
                f"{delivery.pk:8}  {delivery.received_at:%Y-%m-%d %H:%M}  {where}  {delivery.kind}: {delivery.reason}"
            )
        if count > SHOWN:
            print(f"… and {count - SHOWN} older ones.")
        elif not count:
            print("Nothing is set aside.")


def retry(numbers: list[int]) -> None:
    """Have the given ones read again, or all without numbers. Raises Problem when none of the numbers is set aside."""
    with ground.django():
        from kikite.channels.models import Delivery
        from kikite.workflows.receive import run_again

        aside = Delivery.objects.filter(set_aside_at__isnull=False)
        count = run_again(aside.filter(pk__in=numbers) if numbers else aside)
        if numbers and not count:
            raise Problem("None of these numbers is set aside. `kikite aside` lists those that are.")
        print(f"{count} will be read again.")
