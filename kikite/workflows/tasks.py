"""What is done now and then, by whichever worker is free: Procrastinate keeps the timetable in the database."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from procrastinate.contrib.django import app

from kikite.cases.models import Act
from kikite.cases.snoozing import wake_the_due
from kikite.channels.models import Delivery
from kikite.playbooks import links

from . import alerting, renewing, spending, webhooks

PRUNE = 5_000


@app.periodic(cron="* * * * * */10", periodic_id="wake")
@app.task(queueing_lock="wake", pass_context=False)
def wake_sleepers(timestamp: int) -> None:
    """Cases whose time has come are back in the queue within ten seconds."""
    wake_the_due()


@app.periodic(cron="*/5 * * * *", periodic_id="renew")
@app.task(queueing_lock="renew", pass_context=False)
def renew_access(timestamp: int) -> None:
    """Access that ends by itself is renewed in time, also where nothing is read or sent."""
    renewing.renew_all()


@app.periodic(cron="37 2 * * *", periodic_id="webhooks")
@app.task(queueing_lock="webhooks", pass_context=False)
def subscribe_again(timestamp: int) -> None:
    """Networks that call us are told where once more, in case they forgot."""
    webhooks.subscribe_all()


@app.periodic(cron="7 * * * *", periodic_id="prune")
@app.task(queueing_lock="prune", pass_context=False)
def drop_raw(timestamp: int) -> None:
    """Raw deliveries that were read lose their body after KIKITE_KEEP_RAW_HOURS; their key stays, against repeats."""
    before = timezone.now() - timedelta(hours=settings.KEEP_RAW_HOURS)
    old = Delivery.objects.filter(read_at__lt=before).exclude(body=b"").order_by("read_at").values("pk")
    while Delivery.objects.filter(pk__in=old[:PRUNE]).update(body=b"") == PRUNE:
        pass  # a part at a time, so that no row is held for long


@app.periodic(cron="17 3 * * *", periodic_id="tidy")
@app.task(queueing_lock="tidy", pass_context=True)
async def forget_jobs(context: object, timestamp: int) -> None:
    """Finished jobs of more than a day ago are of no use to anybody."""
    await app.job_manager.delete_old_jobs(nb_hours=24, include_failed=False)


@app.periodic(cron="27 3 * * *", periodic_id="sessions")
@app.task(queueing_lock="sessions", pass_context=False)
def forget_sessions(timestamp: int) -> None:
    """Sign-ins that have run out."""
    call_command("clearsessions")


@app.periodic(cron="47 * * * *", periodic_id="acts")
@app.task(queueing_lock="acts", pass_context=False)
def forget_acts(timestamp: int) -> None:
    """What was done a day ago is not undone any more."""
    Act.objects.filter(at__lt=timezone.now() - timedelta(days=1)).delete()


@app.periodic(cron="* * * * * */20", periodic_id="alerts")
@app.task(queueing_lock="alerts", pass_context=False)
def watch_channels(timestamp: int) -> None:
    """Channels that need a person: their admins are told once, and once when it is over."""
    alerting.watch()


@app.periodic(cron="37 0 * * *", periodic_id="charged")
@app.task(queueing_lock="charged", pass_context=False)
def forget_charged(timestamp: int) -> None:
    """What was charged yesterday may be charged again."""
    spending.forget_yesterday()


@app.task(pass_context=False)
def look_at_link(address: str) -> None:
    """Whether a link that somebody is writing leads anywhere."""
    links.look(address)


@app.periodic(cron="47 3 * * *", periodic_id="links")
@app.task(queueing_lock="links", pass_context=False)
def forget_links(timestamp: int) -> None:
    """What was known of links that nobody writes any more."""
    links.forget()
