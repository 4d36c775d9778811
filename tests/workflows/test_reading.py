"""Each channel is read by one worker, whoever dies, and nothing that was said meanwhile is missed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from kikite.channels import vault
from kikite.channels.models import Channel, Delivery
from kikite.networks.contract import RateLimited
from kikite.workflows import connecting, receive
from kikite.workflows.reading import LEASE_LOCK, ChannelReader
from tests.contract.practice_stage import BRAND, PracticeStage
from tests.hooks.caller import Caller
from tests.outbox.zygote import Workers

from .calls import call, created, signed
from .ground import a_brand, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(stage: PracticeStage) -> Channel:
    account = stage.account
    return connecting.connect(a_brand(), None, "practice", account.base_url, account.secrets)


@pytest.fixture
def reader(channel: Channel, stage: PracticeStage) -> Iterator[ChannelReader]:
    """A reader at work in a thread of its own."""
    reader = ChannelReader(channel.pk, threading.Event())
    thread = threading.Thread(target=_read_for_ever, args=(reader,))
    thread.start()
    yield reader
    reader.stop.set()
    stage.post("mara", "Good night")  # a stream is left at the next word
    thread.join(30)
    assert not thread.is_alive()


def _read_for_ever(reader: ChannelReader) -> None:
    """As `Readers` does: one that ends is taken up again."""
    while not reader.stop.is_set():
        reader.run()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(tmp_path / "workers.log")
    yield workers
    workers.close()


def arrives(stage: PracticeStage, channel: Channel, text: str, what: str = "the post") -> None:
    stage.post("mara", text)
    until(lambda: is_kept(channel, text), what)


def is_kept(channel: Channel, text: str) -> bool:
    bodies = Delivery.objects.filter(channel=channel).values_list("body", flat=True)
    return any(text.encode() in bytes(body) for body in bodies)


def holders(channel: Channel) -> int:
    """How many database sessions hold the channel's lease."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s",
            [LEASE_LOCK, channel.pk],
        )
        return int(cursor.fetchone()[0])


class TestLease:
    def test_two_workers_one_reads_and_the_other_takes_over(
        self, workers: Workers, stage: PracticeStage, channel: Channel
    ) -> None:
        workers.begin()
        workers.begin()
        for turn in range(4):
            until(lambda: holders(channel) == 1, "a reader")
            arrives(stage, channel, f"post of turn {turn}")
            assert holders(channel) == 1
            workers.kill(0)
            arrives(stage, channel, f"after the kill of turn {turn}", "the second worker's reading")
            workers.begin()

    def test_a_second_reader_leaves_at_once(self, channel: Channel, reader: ChannelReader) -> None:
        until(lambda: holders(channel) == 1, "the lease")
        second = ChannelReader(channel.pk, threading.Event())
        thread = threading.Thread(target=second.run)
        thread.start()
        thread.join(30)
        assert not thread.is_alive() and holders(channel) == 1

    def test_given_back_when_disconnected(self, channel: Channel, reader: ChannelReader) -> None:
        until(lambda: holders(channel) == 1, "the lease")
        Channel.objects.update(disconnected_at="2026-01-01T00:00:00Z")
        reader.stop.set()
        until(lambda: holders(channel) == 0, "the lease's end")


class TestTrouble:
    def test_the_network_is_away_for_a_while(
        self, stage: PracticeStage, channel: Channel, reader: ChannelReader
    ) -> None:
        arrives(stage, channel, "before")
        stage.server.admin("POST", "/down", down=True)
        # The open stream outlives the API; a new one is not to be had.
        Channel.objects.update(secrets=vault.seal(stage.account.secrets))
        until(lambda: Channel.objects.get().trouble, "the trouble being said")
        since = Channel.objects.get().trouble_since
        keys = [stage.post("mara", f"meanwhile {number}") for number in range(5)]
        assert since is not None and not is_kept(channel, "meanwhile")
        stage.server.admin("POST", "/down", down=False)
        until(lambda: all(is_kept(channel, f"meanwhile {number}") for number in range(len(keys))), "all of it")
        until(lambda: not Channel.objects.get().trouble, "the end of the trouble")
        assert Channel.objects.get().trouble_since is None

    def test_the_server_is_killed_and_comes_back(
        self, stage: PracticeStage, channel: Channel, reader: ChannelReader
    ) -> None:
        arrives(stage, channel, "before")
        stage.stop()
        until(lambda: Channel.objects.get().trouble, "the trouble being said")
        stage.start()
        stage.post("mara", "while nobody listened")
        until(lambda: is_kept(channel, "while nobody listened"), "the post")

    def test_a_dead_token(self, stage: PracticeStage, channel: Channel, reader: ChannelReader) -> None:
        """Reading waits for somebody to connect the account again; what the network pushes is kept meanwhile."""
        arrives(stage, channel, "before")
        stage.expire()
        Channel.objects.update(secrets=vault.seal(stage.account.secrets))  # a new stream is asked for
        until(lambda: Channel.objects.get().unauthorised_at, "the dead token being noticed")
        assert "token" in Channel.objects.get().trouble
        stage.post("mara", "with a dead token")
        body = call(created("pushed"))
        headers = signed(body, str(stage.account.secrets["webhook_secret"]))
        with closing(Caller()) as caller:
            assert caller.post(channel, body, headers) == 200
        account = stage.renew()
        connecting.connect(channel.brand, None, "practice", account.base_url, account.secrets)
        until(lambda: is_kept(channel, "with a dead token"), "what was said meanwhile")
        assert Delivery.objects.filter(key="epushed").exists()
        assert Channel.objects.get().unauthorised_at is None and not Channel.objects.get().trouble

    def test_a_mistake_of_ours_is_said_and_reading_goes_on(
        self, stage: PracticeStage, channel: Channel, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
    ) -> None:
        from kikite.networks.practice.connection import PracticeConnection

        def broken(*_: object) -> None:
            raise RuntimeError("a mistake")

        logging.getLogger("kikite.workflows.reading").setLevel(logging.CRITICAL)
        with monkeypatch.context() as patch:
            patch.setattr(PracticeConnection, "poll", broken)
            request.getfixturevalue("reader")
            until(lambda: Channel.objects.get().trouble == "Reading failed: RuntimeError", "the trouble being said")
        arrives(stage, channel, "after the mistake")

    def test_old_credentials_do_not_condemn_new_ones(self, channel: Channel, stage: PracticeStage) -> None:
        """A poll that began before somebody connected the account again ends with the old token's refusal."""
        from kikite.networks.contract import Unauthorised

        reader = ChannelReader(channel.pk, threading.Event())
        account = stage.account
        connecting.connect(channel.brand, None, "practice", account.base_url, account.secrets)
        reader._trouble(channel, Unauthorised("dead"), "dead")
        assert Channel.objects.get().unauthorised_at is None and not Channel.objects.get().trouble

    @pytest.mark.parametrize(("year", "longest"), [(9999, 900), (1990, 1)])
    def test_a_rest_is_neither_endless_nor_none(self, channel: Channel, year: int, longest: float) -> None:
        from datetime import UTC, datetime

        reader = ChannelReader(channel.pk, threading.Event())
        limit = RateLimited(datetime(year, 1, 1, tzinfo=UTC))
        assert reader._how_long(limit, datetime.now(UTC)) == longest


def test_polling_where_streams_break(stage: PracticeStage, channel: Channel, request: pytest.FixtureRequest) -> None:
    stage.server.admin("POST", "/faults", kind="drop_before", probability=0.5, on="read", handle=BRAND)
    request.getfixturevalue("reader")
    for number in range(2):
        arrives(stage, channel, f"in spite of it, {number}")
    receive.Reader().read_all()
    assert not Delivery.objects.filter(read_at=None).exists()
