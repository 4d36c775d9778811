"""One webhook for all accounts of an app: each delivery goes to its own account's channel, or to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import orjson
import pytest
from django.utils import timezone

from kikite.accounts.models import Brand
from kikite.channels import vault
from kikite.channels.models import Channel, Delivery
from kikite.networks import registry
from tests.workflows.ground import a_brand

from .caller import Caller
from .shared import SharedNetwork

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    real, ours = registry.network, SharedNetwork()
    monkeypatch.setattr(registry, "network", lambda name: ours if name == "shared" else real(name))


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.close()


def a_channel(brand: Brand, key: str, app: str = "app one") -> Channel:
    return Channel.objects.create(
        brand=brand, network="shared", realm="shared", key=key, handle=key, base_url="https://shared.example",
        secrets=vault.seal({"app": app}),
    )  # fmt: skip


def post(caller: Caller, channel: Channel, *things: dict[str, str], app: str = "app one") -> int:
    return caller.post(channel, orjson.dumps(things), {"x-app": app})


def kept(channel: Channel) -> list[str]:
    return sorted(Delivery.objects.filter(channel=channel, set_aside_at=None).values_list("key", flat=True))


def test_each_to_its_own_channel(caller: Caller) -> None:
    first, second = a_channel(a_brand(), "a"), a_channel(a_brand(), "b")
    things = [{"key": "1", "account": "a"}, {"key": "2", "account": "b"}, {"key": "3"}]
    assert post(caller, first, *things) == 200 == post(caller, first, *things)
    assert (kept(first), kept(second)) == (["1", "3"], ["2"])


def test_another_apps_account_is_not_reached(caller: Caller) -> None:
    """Whoever has an app of their own cannot put words into another brand's inbox."""
    ours, theirs = a_channel(a_brand(), "a", "app one"), a_channel(a_brand(), "b", "app two")
    assert post(caller, ours, {"key": "1", "account": "b"}, {"key": "2", "account": "a"}) == 200
    assert kept(theirs) == [] and not Delivery.objects.filter(channel=theirs).exists()
    assert kept(ours) == ["2"]
    aside = Delivery.objects.get(channel=ours, key="1")
    assert aside.set_aside_at is not None and "not connected here with the same app" in aside.reason


def test_an_account_that_is_not_connected_is_set_aside_in_words(caller: Caller) -> None:
    channel = a_channel(a_brand(), "a")
    gone = a_channel(channel.brand, "gone")
    Channel.objects.filter(pk=gone.pk).update(disconnected_at=timezone.now(), secrets=b"")
    assert post(caller, channel, {"key": "1", "account": "nobody"}, {"key": "2", "account": "gone"}) == 200
    assert Delivery.objects.filter(channel=channel, set_aside_at__isnull=False).count() == 2
    assert not Delivery.objects.filter(channel=gone).exists()


def test_two_brands_with_one_account_both_have_it(caller: Caller) -> None:
    called, one, other = a_channel(a_brand(), "a"), a_channel(a_brand(), "b"), a_channel(a_brand(), "b")
    assert post(caller, called, {"key": "1", "account": "b"}) == 200
    assert kept(one) == kept(other) == ["1"] and kept(called) == []


def test_another_networks_account_of_the_same_name(caller: Caller) -> None:
    called = a_channel(a_brand(), "a")
    other = a_channel(a_brand(), "b")
    Channel.objects.filter(pk=other.pk).update(network="practice")
    assert post(caller, called, {"key": "1", "account": "b"}) == 200
    assert not Delivery.objects.filter(channel=other).exists()


def test_the_wrong_app_is_refused_altogether(caller: Caller) -> None:
    channel = a_channel(a_brand(), "a")
    assert post(caller, channel, {"key": "1"}, app="app two") == 401
    assert not Delivery.objects.exists()


def test_a_network_asks_whether_the_address_is_ours(caller: Caller) -> None:
    channel = a_channel(a_brand(), "a")
    answer = caller.get(channel, "challenge=say%20%3Cthis%3E&token=app%20one")
    assert (answer.status_code, answer.text) == (200, "say <this>")
    assert answer.headers["content-type"].startswith("text/plain") and answer.headers["x-content-type-options"]
    assert caller.get(channel, "challenge=x&token=wrong").status_code == 401
    assert caller.get(channel, "token=app%20one").status_code == 401
    Channel.objects.filter(pk=channel.pk).update(disconnected_at=timezone.now())
    with closing(Caller()) as another:  # the first one may remember it for a second
        assert another.get(channel, "challenge=x&token=app%20one").status_code == 410
