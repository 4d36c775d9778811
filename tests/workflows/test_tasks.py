"""What the timetable does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from kikite.accounts.models import Brand
from kikite.channels.models import Channel, Delivery
from kikite.workflows.tasks import drop_raw

pytestmark = pytest.mark.django_db


def test_raw_bodies_go_after_their_time_and_their_keys_stay() -> None:
    channel = Channel.objects.create(
        brand=Brand.objects.create(slug="b", name="B"), network="practice", realm="r", key="k", handle="h", base_url=""
    )
    now = timezone.now()
    old = now - timedelta(hours=settings.KEEP_RAW_HOURS + 1)
    rows = {"old": old, "young": now, "unread": None}
    Delivery.objects.bulk_create(
        Delivery(channel=channel, key=key, kind="post", body=b"{}", received_at=old, read_at=read)
        for key, read in rows.items()
    )
    drop_raw.func(0)
    assert {row.key: bytes(row.body) for row in Delivery.objects.all()} == {"old": b"", "young": b"{}", "unread": b"{}"}
