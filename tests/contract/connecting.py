"""Signing in, what was not granted, and access that ends by itself."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from kikite.networks.contract import Account, Identity, NetworkTrouble, SignIn, Unauthorised

from .desk import Desk, words
from .stage import Cannot, Stage

BACK = "https://desk.example/channels/back"
STATE = "a-state-of-ours-0123456789"
VERIFIER = "verifier-of-at-least-43-characters-0123456789abcdef"


class Connecting:
    """A person signs in once; what they withheld is named; what ends is renewed without them."""

    def test_signing_in(self, stage: Stage, desk: Desk, customer: str) -> None:
        found = _signed_in(stage)
        assert found.missing == ()
        account = Account(found.author.key, found.author.handle, stage.account.base_url, found.secrets, found.settings)
        text = words("Heard with the fresh sign-in")
        key = stage.post(customer, text)
        before, stage.account = stage.account, account
        try:
            assert text in desk.message(key).text
        finally:
            stage.account = before

    def test_what_was_withheld_is_named(self, stage: Stage) -> None:
        permissions = [one for way in stage.network.ways if way.sign_in for one in way.permissions if not one.required]
        if not permissions:
            _way(stage)
            raise Cannot("every permission is needed here")
        for permission in (permissions[0], permissions[-1]):
            stage.withhold(permission.name)
            try:
                assert permission.name in _signed_in(stage).missing
            finally:
                stage.withhold("")

    def test_a_forged_code(self, stage: Stage) -> None:
        way = _way(stage)
        with pytest.raises(Unauthorised):
            way.exchange_code(_consented(stage, way)[0], code="forged", redirect=BACK, verifier=VERIFIER)

    def test_a_code_is_good_for_one_use(self, stage: Stage) -> None:
        way = _way(stage)
        form, code = _consented(stage, way)
        way.exchange_code(form, code=code, redirect=BACK, verifier=VERIFIER)
        with pytest.raises(Unauthorised):
            way.exchange_code(form, code=code, redirect=BACK, verifier=VERIFIER)

    def test_another_verifier_than_the_one_that_left(self, stage: Stage) -> None:
        way = _way(stage)
        departure = way.depart(_form(stage), redirect=BACK, state=STATE, verifier=VERIFIER)
        if "code_challenge" not in parse_qs(urlsplit(departure.url).query):
            raise Cannot("this network does not know PKCE")
        form, code = _consented(stage, way)
        with pytest.raises(Unauthorised):
            way.exchange_code(form, code=code, redirect=BACK, verifier=f"another-{VERIFIER}")

    def test_missing_permissions_are_named_later_too(self, stage: Stage) -> None:
        names = [one.name for way in stage.network.ways for one in way.permissions if not one.required]
        if not names:
            raise Cannot("no permission is optional here")
        with stage.network.connect(stage.lessened(names[0])) as connection:
            assert names[0] in connection.identify().missing

    def test_renewal(self, stage: Stage, desk: Desk, customer: str) -> None:
        if stage.network.able(stage.account).renews is None:
            raise Cannot("access does not end by itself here")
        stage.end_access()
        missed = stage.post(customer, words("Said while access was over"))
        with suppress(NetworkTrouble), stage.network.connect(stage.account) as connection:
            connection.poll(desk.cursor)
            pytest.fail("access is not over")
        renewal = stage.network.renew(stage.account)
        assert renewal.expires_at is None or renewal.expires_at > datetime.now(UTC)
        stage.account = replace(stage.account, secrets=renewal.secrets)
        assert desk.message(missed).author.key
        assert stage.network.renew(stage.account).secrets, "what was renewed can be renewed"
        stage.account = stage.renew()


def _way(stage: Stage) -> SignIn:
    found = [way.sign_in for way in stage.network.ways if way.sign_in]
    if not found:
        raise Cannot("nobody signs in here; the form takes what is needed")
    return found[0]


def _form(stage: Stage) -> Account:
    return replace(stage.account, key="", handle="")


def _consented(stage: Stage, way: SignIn) -> tuple[Account, str]:
    """The form as it is kept until the person is back, and the code that they bring."""
    departure = way.depart(_form(stage), redirect=BACK, state=STATE, verifier=VERIFIER)
    asked = parse_qs(urlsplit(departure.url).query)
    assert asked["redirect_uri"] == [BACK] and VERIFIER not in departure.url
    told = stage.consent(departure.url)
    assert told["state"] == STATE
    form = _form(stage)
    return replace(form, secrets={**form.secrets, **departure.secrets}), told["code"]


def _signed_in(stage: Stage) -> Identity:
    """The brand's account, found by a sign-in from the beginning."""
    way = _way(stage)
    form, code = _consented(stage, way)
    found = way.exchange_code(form, code=code, redirect=BACK, verifier=VERIFIER)
    (ours,) = [one for one in found if one.author.key == stage.account.key]
    return ours
