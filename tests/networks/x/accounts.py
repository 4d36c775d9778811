"""The account that these tests look from."""

from __future__ import annotations

from kikite.networks.contract import Account

ME = "1111111111111111111"
SECRET = "consumer-secret"
ACCOUNT = Account(
    key=ME,
    handle="TsubameAir",
    base_url="https://api.x.com",
    secrets={"access_token": "token", "consumer_secret": SECRET, "bearer_token": "app"},
)
