"""What `kikite check` says of a set-up that is not well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kikite.accounts.models import Brand
from kikite.channels import vault
from kikite.channels.models import Channel, Delivery
from kikite.lib.secrets import Box
from kikite.project.cli.checking import Finding, Verdict, _inside
from kikite.project.env import new_encryption_key

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def channel() -> Channel:
    brand = Brand.objects.create(slug="example", name="Example")
    return Channel.objects.create(
        brand=brand, network="practice", realm="practice", key="1", handle="Example", base_url="http://127.0.0.1:1",
        secrets=vault.seal({"token": "x"}), last_read_at=NOW,
    )  # fmt: skip


def findings() -> list[Finding]:
    return list(_inside())


def wrong() -> list[str]:
    assert all(finding.mend for finding in findings() if finding.verdict is not Verdict.OK)
    return [finding.text for finding in findings() if finding.verdict is Verdict.WRONG]


def test_a_healthy_channel_is_fine(channel: Channel) -> None:
    assert wrong() == []
    assert any("Example on practice" in finding.text for finding in findings())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unauthorised_at": NOW}, "credentials no longer"),
        ({"trouble": "The server is away."}, "The server is away."),
        ({"secrets": Box([new_encryption_key()]).seal({"token": "x"})}, "none of the keys"),
    ],
)
def test_a_channel_in_trouble_is_wrong(channel: Channel, change: dict[str, object], says: str) -> None:
    Channel.objects.filter(pk=channel.pk).update(**change)
    assert [says in text for text in wrong()] == [True]


def test_a_channel_that_nobody_reads_is_a_note(channel: Channel) -> None:
    Channel.objects.update(last_read_at=NOW - timedelta(hours=1))
    assert wrong() == []
    assert any(finding.verdict is Verdict.NOTE for finding in findings())


def test_a_disconnected_channel_is_nobodys_trouble(channel: Channel) -> None:
    Channel.objects.update(disconnected_at=NOW, trouble="gone")
    assert wrong() == []


def test_deliveries_that_wait_are_wrong_and_those_aside_a_note(channel: Channel) -> None:
    old = NOW - timedelta(hours=1)
    Delivery.objects.create(channel=channel, key="1", kind="post", body=b"{}", received_at=old)
    Delivery.objects.create(channel=channel, key="2", kind="post", body=b"{", received_at=old, set_aside_at=NOW)
    assert [text.startswith("Deliveries wait") for text in wrong()] == [True]
    assert any(finding.text.endswith("set aside: 1") and "kikite aside" in finding.mend for finding in findings())
